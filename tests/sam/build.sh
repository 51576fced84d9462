#!/usr/bin/env bash
# `sam build` for this machine's architecture (or `ARCHITECTURE`), and the size of what it made. Needs `sam`,
# `cargo-lambda` and zig on PATH.
set -euo pipefail
cd "$(dirname "$0")/../.."
export SAM_CLI_TELEMETRY=0 AWS_DEFAULT_REGION=us-east-1

# Amazon Linux 2023 has this C library, and no newer one.
newest_glibc=2.34

sam build --beta-features --parameter-overrides "Architecture=${ARCHITECTURE:-x86_64}"

python3 - <<'PYTHON'
import io, os, zipfile
for name in sorted(os.listdir(".aws-sam/build")):
    path = f".aws-sam/build/{name}/bootstrap"
    if os.path.exists(path):
        zipped = io.BytesIO()
        with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            archive.write(path, "bootstrap")
        print(f"{name:<26} {os.path.getsize(path) / 1e6:6.2f} MB, zipped {len(zipped.getvalue()) / 1e6:5.2f} MB")
PYTHON

for bootstrap in .aws-sam/build/*/bootstrap; do
    needs=$("${OBJDUMP:-objdump}" -T "$bootstrap" | grep -o 'GLIBC_[0-9.]*' | sed 's/GLIBC_//' | sort -uV | tail -1)
    if [ "$(printf '%s\n%s\n' "$needs" "$newest_glibc" | sort -V | tail -1)" != "$newest_glibc" ]; then
        printf '%s needs glibc %s, and Lambda has %s\n' "$bootstrap" "$needs" "$newest_glibc" >&2
        exit 1
    fi
done
