# shellcheck shell=bash
# The local AWS of scripts/local-aws: functions that start, find and end an emulator. Source this from the
# root of the repository, after scripts/tools.sh; `state` holds the folder of the running emulator.
#
# Files in that folder: `emulator` and `endpoint` of the emulator in use; `emulator.process` and
# `ticker.process` of the started processes; `data` with all data of the emulator.

# The caller sets it.
: "${state:?}"

# Returns 0 for the name of an emulator that can be started here.
is_emulator() {
    [[ $1 == ministack || $1 == localstack ]]
}

# Uses the local AWS at an address that the caller names. Returns 1 if nothing answers there.
use_given() {
    local url=${1%/}
    get "$url" || (($? == 1)) || return 1
    local kind=other
    if get "$url/_ministack/health"; then
        kind=ministack
    elif get "$url/_localstack/health"; then
        kind=localstack
    fi
    echo "$kind-elsewhere" >"$state/emulator"
    echo "$url" >"$state/endpoint"
    use_endpoint "$url"
}

# Uses the emulator of an earlier `up`. Returns 1 if there is none.
use_earlier() {
    [[ -f $state/endpoint && -f $state/emulator ]] || return 1
    local url
    url=$(<"$state/endpoint")
    if [[ $(emulator) == *-elsewhere ]]; then
        get "$url" || (($? == 1)) || return 1
    else
        runs emulator && get "$url/_$(emulator)/health" || return 1
    fi
    use_endpoint "$url"
}

# Prints the emulator in use: `ministack` or `localstack` if it was started here, with the suffix
# `-elsewhere` if it was already running.
emulator() {
    cat "$state/emulator" 2>/dev/null
}

# Directs all later calls to the local AWS. The credentials belong to no account.
use_endpoint() {
    export AWS_ENDPOINT_URL=$1
    export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test
    export AWS_REGION=${AWS_REGION:-us-east-1}
    export AWS_DEFAULT_REGION=$AWS_REGION
    unset AWS_PROFILE AWS_SESSION_TOKEN
}

# Starts an emulator at a given port, or at 4566, or at a free port if 4566 is in use.
start_emulator() {
    local name=$1 port
    port=$(free_port "$2") || stop_unfit "port $2 is taken: give another with --port, or none"
    local url=http://127.0.0.1:$port
    rm -rf "${state:?}/data"
    mkdir -p "$state/data/tmp"
    "prepare_$name"
    # A separate process group, so that `down` also ends the functions that it runs.
    set -m
    "run_$name" "$port" >"$state/$name.log" 2>&1 </dev/null &
    set +m
    remember emulator $!
    echo "$name" >"$state/emulator"
    echo "$url" >"$state/endpoint"
    wait_for_emulator "$name" "$url"
    use_endpoint "$url"
}

wait_for_emulator() {
    local name=$1 url=$2 tries=0
    until get "$url/_$name/health"; do
        tries=$((tries + 1))
        if ((tries > 300)) || ! runs emulator; then
            tail -n 20 "$state/$name.log" >&2
            end_processes
            stop "$name does not answer at $url; its log is in $state/$name.log"
        fi
        sleep 0.2
    done
}

prepare_ministack() {
    :
}

run_ministack() {
    local data=$state/data
    exec env -u AWS_PROFILE GATEWAY_PORT="$1" BIND_HOST=127.0.0.1 AWS_ENDPOINT_URL="http://127.0.0.1:$1" \
        AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test MINISTACK_REGION="${AWS_REGION:-us-east-1}" \
        STATE_DIR="$data" S3_DATA_DIR="$data/s3" TMPDIR="$data/tmp" \
        SFTP_ENABLED=0 IOT_MTLS_ENABLED=0 \
        .venv/bin/ministack
}

# Installs the server for streams at the path to which LocalStack would download it.
prepare_localstack() {
    install_localstack || exit 2
    local libraries=$state/data/root/var/lib/localstack/lib/kinesis-local
    mkdir -p "$state/data/home" "$libraries"
    ln -s "$PWD/.venv-localstack/node" "$libraries/0.4.9"
}

# Runs LocalStack's core with the plug-ins of localstack/plugins. All folders that it writes to are in
# $state.
run_localstack() {
    local data=$state/data python=$PWD/.venv-localstack/bin/python moto=$PWD/.venv/bin/python
    local loopback=$PWD/localstack/loopback.cjs
    # Outside this folder, because Python would import its folder `localstack`.
    cd "$data" || exit
    exec env -u AWS_PROFILE -u LOCALSTACK_AUTH_TOKEN -u PYTHONPATH \
        GATEWAY_LISTEN="127.0.0.1:$1" LOCALSTACK_HOST="127.0.0.1:$1" DNS_ADDRESS=0 \
        GATEWAY_SERVER=loopback NODE_OPTIONS="--require \"$loopback\"" \
        HOME="$data/home" XDG_CACHE_HOME="$data/home/cache" TMPDIR="$data/tmp" \
        FILESYSTEM_ROOT="$data/root" OVERRIDE_IN_DOCKER=0 \
        LAMBDA_RUNTIME_EXECUTOR=process PROVIDER_OVERRIDE_DYNAMODB=moto ALLCLEAR_MOTO_PYTHON="$moto" \
        KINESIS_LATENCY=0 DISABLE_EVENTS=1 SKIP_SSL_CERT_DOWNLOAD=1 PYTHONUNBUFFERED=1 \
        "$python" -m localstack.runtime.main
}

# Starts the ticker, which fires the schedules of LocalStack. LocalStack stores them but never fires them.
fire_schedules() {
    [[ $(emulator) == localstack* ]] && ! runs ticker || return 0
    set -m
    .venv/bin/python localstack/ticker.py >"$state/ticker.log" 2>&1 </dev/null &
    set +m
    remember ticker $!
}

# Ends the processes that were started here, and removes all their files except the logs.
end_processes() {
    end_group ticker
    end_group emulator
    rm -rf "${state:?}"/{data,emulator,endpoint}
}

# Ends a recorded process, its group, and its descendants with groups of their own.
end_group() {
    if runs "$1"; then
        local pid all _
        read -r pid _ <"$state/$1.process"
        read -r -a all < <(family "$pid")
        kill -TERM -- "-$pid" 2>/dev/null || true
        for _ in {1..75}; do
            kill -0 "${all[@]}" 2>/dev/null || break
            sleep 0.2
        done
        kill -KILL -- "-$pid" "${all[@]}" 2>/dev/null || true
    fi
    rm -f "$state/$1.process"
}

# Prints the ids of a process and of all its descendants.
family() {
    ps -A -o pid= -o ppid= | awk -v root="$1" '
        { parent[$1] = $2 }
        END {
            for (pid in parent)
                for (up = pid; up in parent; up = parent[up])
                    if (up == root) { printf "%s ", pid; break }
            print ""
        }'
}

# Records a process with its start time, so that a later process with the same id is not mistaken for it.
remember() {
    echo "$2 $(started_at "$2")" >"$state/$1.process"
}

# Returns 0 if the process that was recorded under this name is still running.
runs() {
    local pid since
    [[ -f $state/$1.process ]] || return 1
    read -r pid since <"$state/$1.process"
    [[ -n $since && $(started_at "$pid") == "$since" ]]
}

started_at() {
    LC_ALL=C ps -p "$1" -o lstart= 2>/dev/null | xargs
}

# Returns 0 if the address responds with success, 1 if it responds with an error, 2 if it does not
# respond.
get() {
    .venv/bin/python - "$1" <<'PYTHON'
import sys, urllib.error, urllib.request
opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
try:
    opener.open(sys.argv[1], timeout=5)
except urllib.error.HTTPError:
    sys.exit(1)
except (OSError, ValueError):
    sys.exit(2)
PYTHON
}

# Prints the given port; else 4566, else a free one. Returns 1 if the given port is in use.
free_port() {
    local ports=("$1")
    [[ -n $1 ]] || ports=(4566 0)
    .venv/bin/python - "${ports[@]}" <<'PYTHON'
import socket, sys
for port in sys.argv[1:]:
    # Another server may listen at all addresses, and binding to a single address would still succeed.
    with socket.socket() as other:
        other.settimeout(1)
        if port != "0" and other.connect_ex(("127.0.0.1", int(port))) == 0:
            continue
    with socket.socket() as one:
        # Connections that have ended do not block the port.
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", int(port)))
        except (OSError, OverflowError):
            continue
        print(one.getsockname()[1])
        sys.exit()
sys.exit(1)
PYTHON
}
