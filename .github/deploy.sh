#!/usr/bin/env bash
# `sam deploy` as the workflow runs it: with the parameters that are set, and no others, since SAM takes no blank value and
# keeps what a stack was last given. `SAM` stands in for `sam` in a test.
set -euo pipefail

parameters=()
add() {
    [ -z "${!2:-}" ] || parameters+=("$1=\"${!2}\"")
}
add GhlClientId GHL_CLIENT_ID
add GhlClientSecret GHL_CLIENT_SECRET
add GhlSharedSecret GHL_SHARED_SECRET
add GhlAppId GHL_APP_ID
add AlarmEmail ALARM_EMAIL
add Architecture ARCHITECTURE
add FrameSites FRAME_SITES
add MaximumConcurrency MAXIMUM_CONCURRENCY
add Automations AUTOMATIONS
add StateMachineArn STATE_MACHINE_ARN

arguments=(deploy --stack-name "$STACK" --no-confirm-changeset --no-fail-on-empty-changeset)
[ ${#parameters[@]} = 0 ] || arguments+=(--parameter-overrides "${parameters[@]}")
# In words: a stand-in may have some.
${SAM:-sam} "${arguments[@]}"
