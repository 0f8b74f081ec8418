#!/usr/bin/env bash
# Installs what the checks need and a bare machine lacks: PostgreSQL, a browser with CJK fonts, nextest, schemathesis, lunar calendars.
set -euo pipefail

missing=()
have_postgres() { command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; }
have_postgres || missing+=(postgresql)
command -v pgbench >/dev/null || ls /usr/lib/postgresql/*/bin/pgbench >/dev/null 2>&1 || missing+=(postgresql-contrib)
command -v chromium >/dev/null || missing+=(chromium)
fc-list 2>/dev/null | grep -qi 'noto.*cjk' || missing+=(fonts-noto-cjk fontconfig)
if [ ${#missing[@]} -gt 0 ]; then
  sudo=$([ "$(id -u)" = 0 ] || echo sudo)
  $sudo apt-get update -qq
  DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq --no-install-recommends "${missing[@]}"
fi

command -v cargo-nextest >/dev/null || cargo install --locked cargo-nextest

if [ ! -x target/venv/bin/schemathesis ]; then
  python3 -m venv target/venv
  target/venv/bin/pip install --quiet --disable-pip-version-check 'schemathesis==4.32.5'
fi
if ! target/venv/bin/python -c 'import lunardate, lunar_python, korean_lunar_calendar' 2>/dev/null; then
  target/venv/bin/pip install --quiet --disable-pip-version-check 'lunardate==0.3.0' 'lunar_python==1.4.8' 'korean_lunar_calendar==0.4.0'
fi
