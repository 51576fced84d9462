#!/usr/bin/env bash
# Makes a stand-in for the image that `sam local` runs functions in, from files of this machine, under the name that
# SAM asks for: a static shell, the C library, and the certificates. It is NOT Amazon Linux; it is for machines that
# reach no image registry. `sam local` needs `--skip-pull-image` then. Where the real image is on the machine, it is used.
set -euo pipefail

architecture=${1:-x86_64}
name="public.ecr.aws/lambda/provided:al2023-$architecture"

# Ours carries a label; whatever else has the name is the real one, and stays.
label() { docker image inspect --format '{{ index .Config.Labels "stand-in" }}' "$name"; }
if docker image inspect "$name" >/dev/null 2>&1 && [ "$(label)" != yes ]; then
    printf '%s is here: no stand-in is made\n' "$name"
    exit 0
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

busybox=$(command -v busybox)
mkdir -p "$root"/{bin,etc/ssl/certs,tmp,var/task,var/runtime,lib64,opt}
cp "$busybox" "$root/bin/busybox"
for tool in sh mv chmod mkdir cat ls; do ln -s busybox "$root/bin/$tool"; done
# What a bootstrap needs at run time, from the places where this machine has it.
for library in ld-linux-x86-64.so.2 libc.so.6 libm.so.6 libgcc_s.so.1 libpthread.so.0 libdl.so.2 librt.so.1 \
    libresolv.so.2 libnss_files.so.2 libnss_dns.so.2; do
    # To the end of the list: whoever stops reading early ends `ldconfig`, and this script with it, now and then.
    found=$(ldconfig -p | awk -v name="$library" '$1 == name && /x86-64/ && !seen++ { print $NF }')
    [ -n "$found" ] && cp -L "$found" "$root/lib64/"
done
mkdir -p "$root/lib" && ln -s ../lib64 "$root/lib/x86_64-linux-gnu"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
printf 'hosts: files dns\n' >"$root/etc/nsswitch.conf"
printf 'root:x:0:0:root:/:/bin/sh\n' >"$root/etc/passwd"
cat >"$root/lambda-entrypoint.sh" <<'ENTRY'
#!/bin/sh
exec /var/runtime/bootstrap "$@"
ENTRY
chmod 755 "$root/lambda-entrypoint.sh"
chmod 1777 "$root/tmp"

tar -C "$root" -c . | docker import \
    -c 'LABEL stand-in=yes' \
    -c 'WORKDIR /var/task' \
    -c 'ENTRYPOINT ["/lambda-entrypoint.sh"]' \
    -c 'ENV PATH=/bin LAMBDA_TASK_ROOT=/var/task LAMBDA_RUNTIME_DIR=/var/runtime LD_LIBRARY_PATH=/lib64 SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' \
    - "$name" >/dev/null
printf 'made %s\n' "$name"
