# Each target does all its own set-up. Needs git, make and Python 3.11 or later with its venv module.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin

.PHONY: demo test lint bench prove lock clean

demo: .venv/ready  ## two countries on loopback, the whole story, under 30 seconds
	$(BIN)/ncpeh demo

test: .venv/ready  ## every test; what needs a tool this machine lacks is skipped by name
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: .venv/ready  ## speed and memory, printed as tables
	$(BIN)/python -m tests.bench

prove: .venv/ready  ## the long forms: mutation of trust and admission, many generated persons
	tests/prove.sh

lock:  ## maintainer's: needs uv
	uv pip compile --universal --generate-hashes --extra dev --python-version 3.11 --no-header --no-annotate -o requirements.lock pyproject.toml

.venv/ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "needs Python 3.11 or later with venv (Debian: apt-get install python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf .venv var mutants
