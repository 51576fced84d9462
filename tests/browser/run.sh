#!/usr/bin/env bash
# Tries the pages in a real browser. Needs Node; installs Chromium from the distribution where there is none, and what it
# needs from npm outside the checkout. Pictures of every page go to target/pictures.
set -euo pipefail
cd "$(dirname "$0")/../.."

cache="${CI_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/helloleads-ghl-sync-ci}/browser"
playwright=1.65.1
axe=4.14.1

install_packages() {
    apt-get update >/dev/null && apt-get install -y "$@" >/dev/null
}

command -v node >/dev/null || install_packages nodejs npm
chromium="$(command -v chromium || true)"
[ -n "$chromium" ] || { install_packages chromium && chromium="$(command -v chromium)"; }

if [ "$(cat "$cache/whole" 2>/dev/null)" != "$playwright $axe" ]; then
    rm -rf "$cache" && mkdir -p "$cache"
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$cache" "playwright-core@$playwright" "axe-core@$axe"
    printf '%s' "$playwright $axe" >"$cache/whole"
fi

[ -n "${SANDBOX:-}" ] || cargo build --quiet --package sandbox --bin sandbox
said="$(mktemp)"
"${SANDBOX:-${CARGO_TARGET_DIR:-target}/debug/sandbox}" browse >"$said" &
sandbox=$!
trap 'kill "$sandbox" 2>/dev/null || true; rm -f "$said"' EXIT
for _ in $(seq 100); do
    [ -s "$said" ] && break
    kill -0 "$sandbox" || { echo 'the sandbox ended' >&2; exit 1; }
    sleep 0.2
done

rm -rf target/pictures
BROWSE="$(cat "$said")" MODULES="$cache" CHROMIUM="$chromium" PICTURES=target/pictures node tests/browser/pages.mjs
