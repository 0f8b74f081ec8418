#!/usr/bin/env bash
# Asks the served API everything that its description allows, and much that it does not: no 5xx, no undocumented answer.
set -euo pipefail
exec target/venv/bin/schemathesis run "$DANGGOL_URL/api/openapi.json" \
  --url "$DANGGOL_URL" \
  --header "Authorization: Bearer $DANGGOL_KEY" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
  --max-examples "${SCHEMATHESIS_EXAMPLES:-20}" --seed 7 --phases examples,coverage,fuzzing
