# demo and test do everything; check is the quick part of test. README.md says what each is for.
# The locks name neither a package index nor a host: packages come from wherever this machine gets its packages.

PYTHON ?= python3
BIN := .venv/bin
PARALLEL := $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder
# The rooms whose tests keep ledgers: they run in SQLite and in PostgreSQL.
STORED := $(addprefix tests/,api faults service storage)
UV := $(BIN)/uv pip --quiet
COMPILE := $(UV) compile --universal --python-version 3.11 --generate-hashes --no-header
# Whatever the shell has: tests compiled once are not compiled by each process anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: env demo test check lint bench lock tools

env: .venv/.ready

.venv/.ready: pyproject.toml requirements/dev.lock requirements/uv-tool.lock ledger/log/quick.c
	@$(PYTHON) -c 'import sys; sys.exit("Senim needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; try: make env PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/tools python3-venv
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements/uv-tool.lock
	$(UV) sync --python $(BIN)/python --require-hashes --compile-bytecode requirements/dev.lock
	$(UV) install --python $(BIN)/python --no-deps --no-build-isolation --editable .
	$(BIN)/python -m compileall -q api ledger reports migrations
	@touch $@

demo: env
	$(BIN)/senim demo

lint: env
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint
	$(BIN)/pytest -m "not slow"

test: tools lint
	$(PARALLEL)
	$(PARALLEL) --store postgres $(STORED)

tools:
	@.ci/tools build-essential chromium-headless-shell mupdf-tools poppler-utils postgresql qpdf softhsm2 strace

# ARGS="--minutes 20", or "--minutes 2" to see it run, or "--only verify append".
bench: env
	@.ci/tools postgresql
	$(BIN)/python -m benchmarks $(ARGS)

# Keeps the versions already locked; to move to newer ones, delete the lock first.
lock: env
	$(COMPILE) pyproject.toml --output-file requirements/base.lock
	$(COMPILE) pyproject.toml --extra dev --output-file requirements/dev.lock
	$(COMPILE) --group peers --output-file requirements/peers.lock
	echo "uv==0.13.9" | $(COMPILE) - --output-file requirements/uv-tool.lock
	@! grep --line-number "://" requirements/*.lock || { echo "A lock names a host."; exit 1; }
