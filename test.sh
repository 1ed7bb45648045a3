#!/usr/bin/env bash
# Builds everything and runs all tests. The last line is "N passed, N failed, N skipped"; the exit code is 0 only when all is well.
# With CI=true nothing may be skipped, and restore takes exactly the locked packages.
set -euo pipefail
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1

passed=0 failed=0 skipped=0
results=$(mktemp -d)

finish() {
    # Once more at the end, where also a reader of only the last lines finds them: each failure as the runner told it.
    awk '/^    [^ ].*\[FAIL\]$/ { on = 1 } !/^    / { on = 0 } on' "$results"/*.out 2>/dev/null | cut -c 1-1000 | head -n 400 || true
    rm -rf "$results"
    [ "${CI:-}" != true ] || [ "$skipped" = 0 ] || echo "CI=true: skipped tests fail the run"
    echo "$passed passed, $failed failed, $skipped skipped"
    [ "$failed" = 0 ] && [ "$passed" != 0 ] && { [ "${CI:-}" != true ] || [ "$skipped" = 0 ]; }
}

step() { # runs one command; the first that fails is the one failure of this run
    echo "== $*"
    "$@" </dev/null || { failed=1; finish; exit 1; }
}

# The real programs that tests run against (Debian). Without them, or without the right to install them, their tests are skipped.
packages=()
need() { # PACKAGE PROGRAM
    PATH=$PATH:/usr/sbin:/sbin command -v "$2" >/dev/null || compgen -G "$2" >/dev/null || packages+=("$1")
}
need postgresql-15 '/usr/lib/postgresql/*/bin/postgres'
need dnsmasq-base dnsmasq
need bind9 named
need bind9-utils dnssec-signzone
need python3-aiosmtpd aiosmtpd
need postfix-mta-sts-resolver mta-sts-daemon
need curl curl
need iproute2 ip
need util-linux setpriv
need mount mount
need openssl openssl
need sqlite3 sqlite3
need pebble pebble-challtestsrv
need caddy caddy
need certbot certbot
need bind9-dnsutils dig
need knot knotd
need nginx-light nginx
need pdns-server pdns_server
need pdns-backend-sqlite3 /usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql
need postfix postfix
if [ ${#packages[@]} != 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    # The tests start their own servers: new packages find these two in front of the programs by which they start a service.
    mkdir "$results/bin" && ln -s "$(command -v true)" "$results/bin/invoke-rc.d" && ln -s "$(command -v true)" "$results/bin/deb-systemd-invoke"
    install() {
        apt-get -qq update && apt-get -qq -o "DPkg::Path=$results/bin:/usr/sbin:/usr/bin:/sbin:/bin" \
            install --yes --no-install-recommends "${packages[@]}"
    }
    exec {lock}</var/lib/dpkg && flock "$lock" # runs side by side: apt-get update does not wait for its lock
    DEBIAN_FRONTEND=noninteractive install </dev/null >"$results/apt" 2>&1 || { cat "$results/apt"; echo "could not install: ${packages[*]}"; }
    exec {lock}>&-
fi

step dotnet restore
step dotnet build -c Release --no-restore
step dotnet format --verify-no-changes --no-restore

for project in tests/*.Tests; do
    name=$(basename "$project")
    echo "== $name"
    ok=true
    timeout 30m "$project/bin/Release/net10.0/$name" -noColor -xml "$results/$name.xml" </dev/null | tee "$results/$name.out" || ok=false
    # <assembly … total="" passed="" failed="" skipped="" errors="">; a test process that crashed leaves none.
    count() { local n; n=$(sed -n "s/.*<assembly [^>]*[ \"]$1=\"\([0-9]*\)\".*/\1/p" "$results/$name.xml" 2>/dev/null | head -n 1) || true; echo "${n:-0}"; }
    bad=$(($(count failed) + $(count errors)))
    [ "$ok" = true ] || [ "$bad" != 0 ] || bad=1
    passed=$((passed + $(count passed))) failed=$((failed + bad)) skipped=$((skipped + $(count skipped)))
done

finish
