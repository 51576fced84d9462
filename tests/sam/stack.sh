#!/usr/bin/env bash
# The stack deployed for real, to an AWS that is none: starts ministack, runs the adapters' contract tests against it,
# deploys the template to it with `sam deploy`, and shows the deployed stack at work. Needs `sam` and `ministack` on
# PATH, and `sam build` done.
set -euo pipefail
cd "$(dirname "$0")/../.."

port=${MINISTACK_PORT:-14566}
endpoint="http://127.0.0.1:$port"
work=$(mktemp -d)

finish() {
    local status=$?
    [ "$status" = 0 ] || tail -n 60 "$work/ministack.log" >&2
    kill "$(cat "$work/pid")" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

# Its keys are no keys; a real AWS is never reached.
export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test AWS_DEFAULT_REGION=us-east-1 AWS_ENDPOINT_URL="$endpoint"
export SAM_CLI_TELEMETRY=0
unset AWS_PROFILE AWS_SESSION_TOKEN

BIND_HOST=127.0.0.1 GATEWAY_PORT="$port" LAMBDA_EXECUTOR=local TMPDIR="$work" ministack >"$work/ministack.log" 2>&1 &
echo $! >"$work/pid"
answers() { curl -sS -o /dev/null "$endpoint/" 2>/dev/null; }
for _ in $(seq 100); do
    answers && break
    sleep 0.2
done
answers || { printf 'ministack did not answer within 20 s\n' >&2; exit 1; }

env -u AWS_ENDPOINT_URL SANDBOX_AWS_ENDPOINT="$endpoint" \
    cargo test --quiet --locked --profile "${PROFILE:-dev}" --workspace --test it -- adapters

[ -n "${SANDBOX:-}" ] || cargo build --quiet --locked --package sandbox
"${SANDBOX:-target/debug/sandbox}" stack --endpoint "$endpoint" --architecture "${ARCHITECTURE:-x86_64}" -- \
    sam deploy --no-confirm-changeset --no-fail-on-empty-changeset --no-progressbar
