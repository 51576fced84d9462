#!/usr/bin/env bash
# Sees to it that a Docker daemon answers: installs one from the distribution and starts it where there is none.
# Fails, and says why, where that cannot be done: nothing that needs Docker is passed over in silence.
set -euo pipefail

answers() { docker info >/dev/null 2>&1; }
give_up() {
    printf '\nNO DOCKER: %s\nThe functions were NOT run in containers.\n' "$1" >&2
    exit 1
}

answers && exit 0
[ "$(id -u)" = 0 ] || give_up 'no daemon answers, and only root can install and start one.'
if ! command -v dockerd >/dev/null; then
    command -v apt-get >/dev/null || give_up 'no daemon answers, and this distribution has no apt-get to install one with.'
    { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io iptables; } \
        >/tmp/docker-install.log 2>&1 || { tail -20 /tmp/docker-install.log >&2; give_up 'docker.io could not be installed.'; }
fi
folder=$(mktemp -d /var/tmp/docker-of-ci.XXXXXX)
setsid dockerd --data-root "$folder/data" --pidfile "$folder/pid" >"$folder/log" 2>&1 &
for _ in $(seq 60); do
    answers && exit 0
    sleep 0.5
done
tail -20 "$folder/log" >&2
give_up 'dockerd was started and did not answer within 30 s.'
