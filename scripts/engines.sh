#!/usr/bin/env bash
# Installs the engines that the roster is measured against, in their stated versions.
set -euo pipefail

if [ ! -x target/engines/bin/python ] || ! target/engines/bin/python -c 'import duckdb, numpy, polars, pyarrow' 2>/dev/null; then
  python3 -m venv target/engines
  target/engines/bin/pip install --quiet --disable-pip-version-check duckdb==2.0.0 polars==2.1.0 numpy==2.4.6 pyarrow==26.0.1
fi
