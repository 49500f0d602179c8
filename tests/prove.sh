#!/usr/bin/env bash
# The long forms: mutation of every decision in trust/ and admission, many generated persons.
set -euo pipefail
cd "$(dirname "$0")/.."
export NCPEH_PROVE=1
.venv/bin/python -m tests.prove
.venv/bin/python -m pytest -n 2 --dist loadfile tests/transformers tests/samples
