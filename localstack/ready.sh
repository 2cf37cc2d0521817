#!/usr/bin/env bash
# Runs in LocalStack's container after the start of its services. Waits until all services that the stack
# needs respond, and then signals Docker's health check, which `docker compose up --wait` waits for.

set -euo pipefail

readonly calls=(
    "cloudformation list-stacks"
    "dynamodb list-tables"
    "iam list-roles"
    "lambda list-functions"
    "s3api list-buckets"
    "scheduler list-schedules"
    "secretsmanager list-secrets"
    "sns list-topics"
    "sqs list-queues"
)

for call in "${calls[@]}"; do
    read -r -a words <<<"$call"
    until awslocal "${words[@]}" >/dev/null; do
        echo "waiting for \`$call\`"
        sleep 1
    done
done

touch /tmp/allclear-is-ready
echo "ready: scripts/local-aws up --endpoint http://localhost:4566"
