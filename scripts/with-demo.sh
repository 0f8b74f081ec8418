#!/usr/bin/env bash
# Runs a command beside a server with a small sample brand on a free loopback port. The command finds the server by DANGGOL_URL and
# signs in with DANGGOL_LOGIN and DANGGOL_PASSWORD, or with the key in DANGGOL_KEY.
set -euo pipefail
cd "$(dirname "$0")/.."
danggol=${DANGGOL:-target/debug/danggol}
data=$(mktemp -d)
export DANGGOL_LOGIN=owner DANGGOL_PASSWORD="sample-brand-$RANDOM-$RANDOM"
server=
finish() {
  [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
  rm -rf "$data"
}
trap finish EXIT

DANGGOL_DEMO_PASSWORD="$DANGGOL_PASSWORD" "$danggol" demo --data "$data/brand" --members "${DEMO_MEMBERS:-300}" --language "${DEMO_LANGUAGE:-zh-CN}" --seed 7 >"$data/demo.log"
DANGGOL_KEY=$("$danggol" --json key create --data "$data/brand" --name tests --scopes \
  members:read,members:write,purchases:write,benefits:write,programme:write,insight:read,import,admin |
  python3 -c 'import json,sys; print(json.load(sys.stdin)["secret"])')
export DANGGOL_KEY
"$danggol" serve --data "$data/brand" --listen 127.0.0.1:0 >"$data/serve.log" 2>&1 &
server=$!
for _ in $(seq 1 300); do
  DANGGOL_URL=$(grep -oE 'http://127\.0\.0\.1:[0-9]+' "$data/serve.log" | head -1 || true)
  [ -n "$DANGGOL_URL" ] && break
  kill -0 "$server" 2>/dev/null || { cat "$data/serve.log" >&2; exit 1; }
  read -rt 0.1 <> <(:) || true
done
[ -n "$DANGGOL_URL" ] || { echo "the server did not say where it listens" >&2; cat "$data/serve.log" >&2; exit 1; }
export DANGGOL_URL
"$@"
