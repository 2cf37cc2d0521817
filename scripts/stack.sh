# shellcheck shell=bash
# What scripts/deploy and scripts/local-aws both do with a stack. Source this from the root of the
# repository, after scripts/tools.sh; `stack` holds the stack's name, `allclear` the command's path.

# What AWS takes as the name of a stack, short enough for the names of the functions that begin with it.
check_stack_name() {
    [[ ${stack-} =~ ^[A-Za-z][A-Za-z0-9-]{0,53}$ ]] ||
        stop_unfit "\`$stack\` cannot name a stack: a letter, then up to 53 letters, digits and hyphens"
}

# Stops where the template has no parameter of the name in NAME=VALUE.
check_parameter() {
    grep -q "^  ${1%%=*}:\$" template.yaml || stop_unfit "template.yaml has no parameter \`${1%%=*}\`"
}

# Adds the tools to the path: `sam` looks for `cargo lambda` there.
use_tools() {
    install_tools tools-aws || exit 2
    export PATH="$PWD/.venv/bin:$PATH"
    # No reports to anybody, no pager, no question about versions.
    export SAM_CLI_TELEMETRY=0 AWS_PAGER="" AWS_DEFAULT_OUTPUT=text
}

# Asks once for all outputs of the stack, for `output`.
read_outputs() {
    outputs=$(aws cloudformation describe-stacks --stack-name "${stack:?}" \
        --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]') ||
        stop "the outputs of the stack \`$stack\` cannot be read"
}

# An output of the stack; nothing where it has none of this name.
output() {
    awk -v key="$1" '$1 == key { print $2 }' <<<"${outputs:?}"
}

# The folder of each function's program, as the template says it: `prober allclear-prober`.
functions() {
    sed -n 's/^ *BuildProperties: { Binary: \(allclear-\(.*\)\) }$/\2 \1/p' template.yaml
}

# Gives the stack's secret its first value, which the template leaves to people. Never another.
first_secret() {
    local arn value
    arn=$(output SecretArn)
    [[ -n $arn ]] || return 0
    value=$(aws secretsmanager get-secret-value --secret-id "$arn" --query SecretString 2>/dev/null) || value=""
    if [[ -z $value || $value == None ]]; then
        aws secretsmanager put-secret-value --secret-id "$arn" --secret-string '{}' >/dev/null ||
            stop "the stack's secret cannot be written; if it was deleted: aws secretsmanager restore-secret --secret-id $arn"
    fi
}

# Checks everything once and publishes, so that nobody waits for the schedules to see the page.
first_page() {
    local answer
    answer=$(mktemp)
    invoke "$(output ProberFunction)" '{"monitors": [], "record": true}' "$answer" "checking everything once"
    invoke "$(output EvaluatorFunction)" '{}' "$answer" "evaluating"
    invoke "$(output GeneratorFunction)" '{}' "$answer" "publishing the page"
    rm -f "$answer"
}

# Invokes a function and stops where it fails; its answer is in the file.
invoke() {
    local function=$1 event=$2 file=$3 what=$4 failed
    echo "$what"
    failed=$(aws lambda invoke --function-name "$function" --cli-read-timeout 70 \
        --payload "$event" --query FunctionError "$file") ||
        stop "\`$function\` could not be invoked"
    if [[ $failed != None ]]; then
        stop "$what failed: $(cat "$file")"
    fi
}
