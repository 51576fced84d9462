#!/usr/bin/env bash
# Reads the template as its critics do: SAM, cfn-lint with no rule left out, and checkov with the checks left out that
# the head of the template gives a reason for. The three tools must be on PATH.
set -euo pipefail
cd "$(dirname "$0")/../.."
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1

sam validate --lint --template template.yaml
cfn-lint --regions us-east-1 --template template.yaml
left_out=$(sed -n 's/^#   \(CKV_[A-Z0-9_]*\): ..*$/\1/p' template.yaml | paste -sd, -)
checkov --file template.yaml --framework cloudformation --compact --quiet --skip-download --skip-check "$left_out"
printf 'checkov found nothing; left out with a reason: %s\n' "$left_out"
