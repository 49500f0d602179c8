# Each target does all its own set-up. Needs git, make and Python 3.11 or later with its venv module.
# PYTHON: which one; VENV: where what it needs is installed, and beside it (NODE) a node without what tests need. Another Python beside the first: make test PYTHON=python3.13 VENV=.venv-3.13
works = $(shell $(1) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(1))
ifndef PYTHON
PYTHON := $(or $(call works,python3.11),$(call works,python3.13),$(call works,python3.12),$(call works,python3))
endif
VENV ?= .venv
BIN := $(VENV)/bin
NODE ?= $(VENV)-node
SPREAD := -n 3 --dist worksteal
# Whoever forbids Python to keep what it compiled pays for it in each of the hundreds of processes that tests start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: install demo test quick lint bench prove exhaustive lock clean

install: $(NODE)/ready  ## a node alone, proved by its own doctor
	$(NODE)/bin/ncpeh --help >/dev/null
	$(NODE)/bin/ncpeh doctor --installation

demo: $(NODE)/ready  ## two countries on loopback, the whole story, under 30 seconds
	$(NODE)/bin/ncpeh demo

test: $(VENV)/ready  ## every rule in its short form; what needs a tool this machine lacks is skipped by name
	$(BIN)/python -m pytest $(SPREAD) $(ARGS)

quick: $(VENV)/ready  ## what a change touches, under a minute
	$(BIN)/python -m tests.support.machine.quick $(ARGS)

lint: $(VENV)/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/ready  ## speed and memory, printed as tables
	$(BIN)/python -m tests.bench

prove: $(VENV)/ready  ## the long forms: mutation of trust and admission, sixty mutants of all rooms, 30 attacks without their check, 300 mutants of the day in the readers and in the gateway, every test with all its examples
	$(BIN)/python -m tests.prove.sixty
	$(BIN)/python -m tests.prove.attacks
	NCPEH_PROVE=1 $(BIN)/python -m tests.prove
	$(BIN)/python -m tests.prove.seeded
	$(BIN)/python -m tests.prove.seeded --rooms gateway
	NCPEH_PROVE=1 $(BIN)/python -m pytest $(SPREAD) $(ARGS)

exhaustive: $(VENV)/ready  ## of the long forms what `make test` leaves out, for .ci/run
	NCPEH_PROVE=1 $(BIN)/python -m pytest $(SPREAD) -m "prove and not timed" $(ARGS)

COMPILE := uv pip compile --universal --generate-hashes --python-version 3.11 --no-header --no-annotate
lock:  ## maintainer's: needs uv
	$(COMPILE) --extra build -o requirements.lock pyproject.toml
	$(COMPILE) --extra build --extra dev --constraint requirements.lock -o requirements-dev.lock pyproject.toml

PIP := -m pip install --quiet --disable-pip-version-check
define made
	@$(if $(PYTHON),$(PYTHON),false) -c 'import ensurepip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { echo "needs Python 3.11 or later with venv (Debian: apt-get install python3-venv); PYTHON=... names one" >&2; exit 1; }
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python $(PIP) --require-hashes -r $<
	$(@D)/bin/python $(PIP) --no-deps --no-build-isolation -e .
	touch $@
endef

$(VENV)/ready: requirements-dev.lock pyproject.toml
	$(made)

$(NODE)/ready: requirements.lock pyproject.toml
	$(made)

clean:
	rm -rf .venv .venv-* var mutants
