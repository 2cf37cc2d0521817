# shellcheck shell=bash
# Functions for a stack that scripts/deploy and scripts/local-aws share. Source this from the root of the
# repository, after scripts/tools.sh. `stack` holds the stack's name, `allclear` the path of the command.

# Checks that the stack name is valid for AWS and short enough for the function names that begin with it.
check_stack_name() {
    [[ ${stack-} =~ ^[A-Za-z][A-Za-z0-9-]{0,53}$ ]] ||
        stop_unfit "\`$stack\` cannot name a stack: a letter, then up to 53 letters, digits and hyphens"
}

# Stops if the template has no parameter of the name in NAME=VALUE.
check_parameter() {
    grep -q "^  ${1%%=*}:\$" template.yaml || stop_unfit "template.yaml has no parameter \`${1%%=*}\`"
}

# Adds the tools to the path: `sam` looks for `cargo lambda` there.
use_tools() {
    install_tools tools-aws || exit 2
    export PATH="$PWD/.venv/bin:$PATH"
    # No telemetry, no pager, no check for new versions.
    export SAM_CLI_TELEMETRY=0 AWS_PAGER="" AWS_DEFAULT_OUTPUT=text
}

# Reads all outputs of the stack once, for `output`.
read_outputs() {
    outputs=$(aws cloudformation describe-stacks --stack-name "${stack:?}" \
        --query 'Stacks[0].Outputs[].[OutputKey, OutputValue]') ||
        stop "the outputs of the stack \`$stack\` cannot be read"
}

# Prints an output of the stack; nothing if it has none of this name.
output() {
    awk -v key="$1" '$1 == key { print $2 }' <<<"${outputs:?}"
}

# Prints the folder and the program of each function in the template: `prober allclear-prober`.
functions() {
    sed -n 's/^ *BuildProperties: { Binary: \(allclear-\(.*\)\) }$/\2 \1/p' template.yaml
}

# Gives the stack's secret its first value, which the template does not set. An existing value is kept.
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

# Checks all monitors once and publishes the page, which would otherwise appear only after the schedules.
first_page() {
    local answer
    answer=$(mktemp)
    invoke "$(output ProberFunction)" '{"monitors": [], "record": true}' "$answer" "checking everything once"
    invoke "$(output EvaluatorFunction)" '{}' "$answer" "evaluating"
    invoke "$(output GeneratorFunction)" '{}' "$answer" "publishing the page"
    rm -f "$answer"
}

# Invokes a function and stops if it fails. The response is written to the file.
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
