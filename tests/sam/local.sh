#!/usr/bin/env bash
# `sam local`, as a person uses it: every function with its events, then a signed webhook through `sam local start-api`
# that must end as a lead in the fake HelloLeads. Needs Docker, `sam` on PATH, and `sam build` done.
set -euo pipefail
cd "$(dirname "$0")/../.."
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1
unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE

architecture=${ARCHITECTURE:-x86_64}
options=(--skip-pull-image --parameter-overrides "Architecture=$architecture")
work=$(mktemp -d)
began=$(docker ps -aq | sort)

finish() {
    for process in "$work"/*.pid; do
        [ -e "$process" ] && kill "$(cat "$process")" 2>/dev/null
    done
    sleep 1
    # What `sam local start-api` left running, and no container of anybody else.
    comm -13 <(printf '%s\n' "$began") <(docker ps -aq | sort) | xargs -r docker rm -f >/dev/null
    rm -rf "$work"
}
trap finish EXIT

fail() {
    printf 'FAILED: %s\n' "$1" >&2
    tail -n 30 "$work"/*.log >&2
    exit 1
}

# Waits until the command succeeds.
wait_for() {
    local what=$1
    shift
    for _ in $(seq 300); do
        "$@" >/dev/null 2>&1 && return
        sleep 0.2
    done
    fail "waited for $what in vain"
}

start() {
    local name=$1
    shift
    "$@" >"$work/$name.log" 2>&1 &
    echo $! >"$work/$name.pid"
}

# What each function answers to each event, in the state that `cargo sandbox serve` starts in, and what its log must say
# where the answer alone does not tell.
expected() {
    cat <<'LIST'
WebhookIntakeFunction http/ghl.unsigned.json statusCode=401
WebhookIntakeFunction http/ghl.base64.json statusCode=401
WebhookIntakeFunction http/helloleads.unsigned.json statusCode=401
ConnectFunction http/connect.start.json statusCode=303
ConnectFunction http/connect.callback.json statusCode=400
ContactSyncFunction sqs/contacts.json batchItemFailures=[]
ContactSyncFunction sqs/contacts.unparsable.json batchItemFailures=[] message=a queue message cannot be read
NotesSyncFunction sqs/notes.json batchItemFailures=[]
AppointmentSyncFunction sqs/appointments.json batchItemFailures=[]
ReconcileFunction sqs/errands.json batchItemFailures=[]
AutomationFunction sqs/jobs.json batchItemFailures=[]
AutomationFunction bus/action-asked.json taken=true
AutomationFunction schedule/moments.json told=0
ReconcileFunction schedule/every-five-minutes.json asked=1 message=every running connection is looked at
LIST
}

check() {
    local function=$1 event=$2 wanted=$3 logged=${4:-}
    sam local invoke "$function" -e "events/$event" "${options[@]}" >"$work/answer" 2>"$work/invoke.log" ||
        fail "$function did not run with $event"
    python3 - "$wanted" "$work/answer" <<'PYTHON' || fail "$function answered $event with $(cat "$work/answer")"
import json, sys
name, value = sys.argv[1].split("=", 1)
answer = json.loads(open(sys.argv[2]).read().strip().splitlines()[-1])
sys.exit(answer.get(name) != json.loads(value))
PYTHON
    [ -z "$logged" ] || grep -q "\"${logged%%=*}\":\"${logged#*=}\"" "$work/invoke.log" ||
        fail "the log of $function with $event says no $logged"
    printf '%-24s %-36s %s %s\n' "$function" "$event" "$wanted" "$logged"
}

[ -n "${SANDBOX:-}" ] || cargo build --quiet --locked --package sandbox
# The database file in memory, the queues and both CRMs are new each time.
start serve "${SANDBOX:-target/debug/sandbox}" serve
wait_for 'the sandbox' grep -q 'The pages, by a link' "$work/serve.log"

while read -r function event wanted logged; do
    check "$function" "$event" "$wanted" "$logged"
done < <(expected)

# The last call was the schedule's: its log holds a metric as CloudWatch reads it.
grep -q '"NeedsAttention":0.0.*"CloudWatchMetrics"' "$work/invoke.log" || fail 'the function wrote no metric'

letters=$(curl -sS -H 'X-Amz-Target: AmazonSQS.ReceiveMessage' http://127.0.0.1:14103/ \
    -d '{"QueueUrl": "https://sqs.us-east-1.amazonaws.com/000000000000/ContactSyncDeadLetters.fifo", "MaxNumberOfMessages": 10}')
case $letters in
*'this is no message of ours'*) printf 'the unparsable message stands in the dead letters\n' ;;
*) fail "the dead letters hold no unparsable message: $letters" ;;
esac

start api sam local start-api "${options[@]}"
wait_for 'sam local start-api' curl -sS -o /dev/null http://127.0.0.1:3000/
command=$(grep -o 'curl .*/webhooks/ghl$' "$work/serve.log")
answer=$(eval "$command")
[ "$answer" = '{"message":"accepted"}' ] || fail "the webhook was answered $answer"
wait_for 'the lead in HelloLeads' grep -q 'HelloLeads has: .* Mira Novak' "$work/serve.log"
[ "$(curl -sS -o /dev/null -w '%{http_code}' http://127.0.0.1:3000/style.css)" = 200 ] || fail 'connect gave no page'
printf '{"sign_in_at": "http://127.0.0.1:3000"}' >"$work/link.json"
sam local invoke ConnectFunction -e "$work/link.json" "${options[@]}" >"$work/answer" 2>"$work/invoke.log" || fail 'connect gave no link'
link=$(grep -o 'http://127.0.0.1:3000/sign-in?token=[A-Za-z0-9_-]*' "$work/answer" | tail -1)
[ "$(curl -sS -o /dev/null -w '%{http_code}' "$link")" = 200 ] || fail "connect's link did not open: $(cat "$work/answer")"
printf 'connect answers with a page, and with a link that opens\n'
printf 'sam local start-api took a signed webhook, and it became: %s\n' "$(grep 'Mira Novak' "$work/serve.log" | tail -1)"
