#!/usr/bin/env bash
# Proves the Dockerfile where there is no Docker: its own lines are read from it and done here. Needs root.
# Build stage: the files that .dockerignore lets in, the RUN lines. Final stage: ENV, EXPOSE, HEALTHCHECK and ENTRYPOINT, as an
# unprivileged user without capabilities, in a network namespace where low ports are free to all, on a read-only file system.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)

fail() { echo "docker-steps: $*" >&2; exit 1; }
line() { sed -n "s/^$1//p" "$top/Dockerfile"; }
here() { sed "s#/app#$work/app#g; s#\(^\|[ =]\)/data#\1$work/data#g"; } # the image's folders, in the work folder

if [ "${1:-}" != inside ]; then
    [ "$(id -u)" = 0 ] || fail "must run as root"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    mkdir "$work/source" "$work/data" "$work/tmp"
    (cd "$top" && sed -n 's/^!//p' .dockerignore | tar --exclude=bin --exclude=obj -c -T - | tar -x -C "$work/source")
    line 'RUN ' | grep '^dotnet ' | here >"$work/build.sh"
    export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false # nothing stays running
    (cd "$work/source" && bash -euxo pipefail "$work/build.sh" </dev/null) || fail "build failed"

    # An id that no other user and no other run has: whatever it wrote can be found.
    uid=$((200000 + $$))
    chown "$uid" "$work/data" "$work/tmp"
    chmod 755 "$work"
    chmod -R a-w,a+rX "$work/app"
    setpriv --pdeathsig KILL unshare --net --mount --propagation private bash "$0" inside "$work" "$uid"
    exit
fi

work=$2 uid=$3
ip link set lo up
echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
mount --bind "$work/data" "$work/data"
mount --bind "$work/tmp" "$work/tmp"
while read -r _ _ _ _ folder _; do
    case $folder in "$work"/* | /proc* | /sys* | /dev) continue ;; esac
    mount -o remount,bind,ro "$folder" || fail "cannot make $folder read-only"
done <<<"$(tac /proc/self/mountinfo)"

entrypoint=$(line 'ENTRYPOINT ' | tr -d '[]",')
mapfile -t environment < <(line 'ENV ' | here)
health=$(line 'HEALTHCHECK .*CMD ')
as_user=(setpriv --reuid "$uid" --regid "$uid" --clear-groups --inh-caps=-all --bounding-set=-all --no-new-privs --pdeathsig KILL)

cd "$work/app"
# shellcheck disable=SC2086 # the entry point is a list of words
"${as_user[@]}" env -i PATH="$PATH" HOME=/nonexistent TMPDIR="$work/tmp" "${environment[@]}" $entrypoint </dev/null &
service=$!
trap 'kill -KILL "$service" 2>/dev/null || true' EXIT

for ((tries = 0; ; tries++)); do
    "${as_user[@]}" sh -c "$health" 2>/dev/null && break
    kill -0 "$service" || fail "the service ended"
    [ "$tries" -lt 300 ] || fail "not healthy: $health"
    sleep 0.2
done
for port in $(line 'EXPOSE '); do
    (exec 3<>"/dev/tcp/127.0.0.1/$port") || fail "nothing listens at port $port"
done

kill -TERM "$service"
wait "$service" || fail "ended with $?"
trap - EXIT
left=$(find "$work/tmp" -mindepth 1)
[ -z "$left" ] || fail "left outside the data folder: $left"
echo "docker-steps: healthy, exposed ports open, ended by SIGTERM; all that was written:"
find "$work/data" -mindepth 1 -printf '%M %P\n'
