# shellcheck shell=bash
# Installs pinned tools into .venv. Test servers go into .venv-servers, LocalStack into .venv-localstack,
# checkov into .venv-checkov and readers of the status page into .venv-readers, because they need other
# versions of the same packages. Source this from
# the root of the repository.

# Installs the list scripts/NAME.txt, once for each version of the list. Returns 1 with a message on
# stderr if that is not possible.
install_tools() {
    local name list venv done_list
    for name in "$@"; do
        list=scripts/$name.txt
        case $name in
        tools-servers) venv=.venv-servers ;;
        tools-checkov) venv=.venv-checkov ;;
        tools-readers) venv=.venv-readers ;;
        *) venv=.venv ;;
        esac
        done_list=$venv/$name-installed.txt
        if cmp -s "$list" "$done_list"; then
            continue
        fi
        if ! python3 -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
            echo "\`python3\` 3.10 or newer with \`venv\` is missing; the tools are installed with it: on Debian, \`apt-get install python3-venv\`" >&2
            return 1
        fi
        echo "installing the tools of $list into $venv" >&2
        python3 -m venv "$venv" || return 1
        if ! "$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
            --no-deps --only-binary :all: --require-hashes --requirement "$list" >&2; then
            echo "the tools of $list could not be installed: is the package index reachable? see \`pip config list\`" >&2
            return 1
        fi
        cp "$list" "$done_list"
    done
}

# Installs the servers of scripts/servers-node into .venv-servers/node, once for each version of the list.
# Returns 1 with a message on stderr if that is not possible.
install_node_servers() {
    local list=scripts/servers-node folder=.venv-servers/node
    if cmp -s "$list/package-lock.json" "$folder/installed.json"; then
        return
    fi
    if ! command -v npm >/dev/null; then
        echo "\`npm\` is missing; servers to test with are installed with it: on Debian, \`apt-get install npm\`" >&2
        return 1
    fi
    echo "installing the servers of $list into $folder" >&2
    mkdir -p "$folder"
    cp "$list/package.json" "$list/package-lock.json" "$folder"
    if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel error >&2; then
        echo "the servers of $list could not be installed: is the registry reachable? see \`npm config list\`" >&2
        return 1
    fi
    cp "$list/package-lock.json" "$folder/installed.json"
}

# Installs the servers of scripts/servers-maven into .venv-servers/maven, once for each version of the list. Returns 1 with
# a message on stderr if that is not possible.
install_maven_servers() {
    local list=scripts/servers-maven folder=.venv-servers/maven
    if cmp -s "$list/SHA256SUMS" "$folder/installed"; then
        return
    fi
    if ! command -v mvn >/dev/null; then
        echo "\`mvn\` is missing; servers to test with are installed with it: on Debian, \`apt-get install maven\`" >&2
        return 1
    fi
    echo "installing the servers of $list into $folder" >&2
    rm -rf "$folder"
    mkdir -p "$folder"
    if ! mvn --batch-mode --quiet --strict-checksums --file "$list/pom.xml" \
        org.apache.maven.plugins:maven-dependency-plugin:2.8:copy-dependencies -DoutputDirectory="$PWD/$folder" >&2; then
        echo "the servers of $list could not be installed: is the registry reachable? see \`mvn help:effective-settings\`" >&2
        return 1
    fi
    if ! (cd "$folder" && sha256sum --check --strict --quiet) <"$list/SHA256SUMS" >&2; then
        echo "the servers of $list are not those that are pinned in $list/SHA256SUMS" >&2
        return 1
    fi
    cp "$list/SHA256SUMS" "$folder/installed"
}

# Installs the packages of tests/browser beside its tests, once for each version of the list. Returns 1 with
# a message on stderr if that is not possible.
install_browser_tests() {
    local folder=tests/browser
    if cmp -s "$folder/package-lock.json" "$folder/node_modules/installed.json"; then
        return
    fi
    if ! command -v npm >/dev/null; then
        echo "\`npm\` is missing; the tests of the page run with it: on Debian, \`apt-get install npm\`" >&2
        return 1
    fi
    echo "installing the packages of $folder" >&2
    if ! npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel error >&2; then
        echo "the packages of $folder could not be installed: is the registry reachable? see \`npm config list\`" >&2
        return 1
    fi
    cp "$folder/package-lock.json" "$folder/node_modules/installed.json"
}

# Installs Uptime Kuma into a folder, once for each version of scripts/uptime-kuma-node. Its driver of SQLite is compiled,
# because a prebuilt one would come from another place than the registry. Returns 1 with a message on stderr if that is
# not possible.
install_uptime_kuma() {
    local list=scripts/uptime-kuma-node folder=$1 home=$1/node_modules/uptime-kuma
    if cmp -s "$list/package-lock.json" "$folder/installed.json"; then
        return
    fi
    if ! command -v npm >/dev/null; then
        echo "\`npm\` is missing; Uptime Kuma is installed with it: on Debian, \`apt-get install npm\`" >&2
        return 1
    fi
    echo "installing Uptime Kuma into $folder" >&2
    mkdir -p "$folder"
    cp "$list/package.json" "$list/package-lock.json" "$folder"
    # The header files of Node.js are those that are installed with it.
    if ! {
        npm ci --prefix "$folder" --omit=dev --ignore-scripts --no-audit --no-fund --loglevel error &&
            npm rebuild --prefix "$folder" @louislam/sqlite3 --build-from-source --loglevel error \
                --nodedir="$(node -p 'require("path").resolve(process.execPath, "../..")')"
    } >&2; then
        echo "Uptime Kuma could not be installed: is the registry reachable, and a C++ compiler installed?" >&2
        return 1
    fi
    # The package has some of the steps of its database in the wrong folder.
    cp "$home"/db/patch-*.sql "$home/db/old_migrations/"
    cp "$list/package-lock.json" "$folder/installed.json"
}

# Installs LocalStack's core, the plug-ins of localstack/plugins and the server for streams into
# .venv-localstack, once for each version of them, from PyPI and npm. Returns 1 with a message on stderr
# if that is not possible.
install_localstack() {
    local list=scripts/tools-localstack.txt servers=scripts/localstack-node venv=.venv-localstack
    local wanted
    wanted=$(cat "$list" "$servers/package-lock.json" localstack/plugins/pyproject.toml localstack/plugins/*/*.py)
    if [[ -f $venv/installed ]] && cmp -s "$venv/installed" <(echo "$wanted"); then
        return
    fi
    if ! command -v npm >/dev/null; then
        echo "\`npm\` is missing; LocalStack keeps streams in a server of Node.js: on Debian, \`apt-get install npm\`" >&2
        return 1
    fi
    echo "installing LocalStack from PyPI and npm into $venv" >&2
    if ! { python3 -m venv "$venv" && install_localstack_packages "$list" "$venv"; }; then
        echo "LocalStack could not be installed: is the package index reachable? see \`pip config list\`" >&2
        return 1
    fi
    mkdir -p "$venv/node"
    cp "$servers/package.json" "$servers/package-lock.json" "$venv/node"
    npm ci --prefix "$venv/node" --ignore-scripts --no-audit --no-fund --loglevel error >&2 || {
        echo "the server for streams could not be installed: is the registry reachable? see \`npm config list\`" >&2
        return 1
    }
    echo "$wanted" >"$venv/installed"
}

install_localstack_packages() {
    local list=$1 pip=("$2/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps) copy
    # Four packages exist only as sources. They are built with the setuptools of the list.
    "${pip[@]}" --only-binary :all: --require-hashes \
        --requirement <(awk '/^[a-z]/ { wanted = /^setuptools==/ } wanted' "$list") >&2 || return 1
    "${pip[@]}" --only-binary :all: --no-binary airspeed-ext,crontab,jsonpath-rw,tailer --no-build-isolation \
        --require-hashes --requirement "$list" >&2 || return 1
    # From a copy, because a build writes files beside its sources.
    copy=$(mktemp -d)
    cp -R localstack/plugins/. "$copy"
    "${pip[@]}" --no-build-isolation --force-reinstall "$copy" >&2 || return 1
    rm -rf "$copy"
}
