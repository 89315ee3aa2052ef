# Everything a developer or a newcomer does here; `make help` lists it.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PACKAGES := libs/common services/cpr-batch services/cpr-direct services/console services/cvr-online services/cvr-subscription services/cvr-update deploy/sandbox deploy/local
PYPROJECTS := pyproject.toml $(PACKAGES:%=%/pyproject.toml)
STAMP := $(VENV)/.installed
DEPLOYED := libs/common services/cpr-batch services/cpr-direct services/console services/cvr-online services/cvr-subscription services/cvr-update deploy/sandbox
COMPILE = $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-annotate \
	$(foreach name,registerbro registerbro-cpr-batch registerbro-cpr-direct registerbro-console registerbro-cvr-online registerbro-cvr-subscription registerbro-cvr-update registerbro-sandbox registerbro-local,--no-emit-package $(name)) \
	--custom-compile-command 'make lock'

.DEFAULT_GOAL := help
.PHONY: help install run demo test test-compose check format bench bench-large fuzz lock clean

help: ## list these commands
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP) ## make the virtual environment with everything in it

$(STAMP): requirements.lock $(PYPROJECTS)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Registerbro needs Python 3.11 or newer; '$(PYTHON)' is older. Try: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation $(PACKAGES:%=-e ./%)
	@touch $@

run: $(STAMP) ## start all of it on this machine: database, sandbox, services
	$(BIN)/registerbro-local run

demo: $(STAMP) ## import a small extract and a change file, show what changed
	$(BIN)/registerbro-local demo

test: check ## check the code and run every test
	$(BIN)/python -m tests.support.prepare
	$(BIN)/pytest -n 2 --dist loadgroup

test-compose: $(STAMP) ## open every page in a browser against docker compose, built and started for it (needs Docker, ports 8000 to 8015)
	REGISTERBRO_TEST_DEPLOYMENT=compose $(BIN)/pytest -o timeout_func_only=true tests/browser

check: $(STAMP) ## lint, format check, types, import rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(STAMP) ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP) ## measure import, lookups and queries beside their floors
	$(BIN)/python -m tests.benchmarks.import_speed
	$(BIN)/python -m tests.benchmarks.lookup_speed
	$(BIN)/python -m tests.benchmarks.odata_speed
	$(BIN)/python -m tests.benchmarks.cvr_update_speed

bench-large: $(STAMP) ## import a million persons, crash CVR's services over 10,000 companies, open the pages of a million contacts (about 50 minutes)
	$(BIN)/python -m tests.benchmarks.large_import --json large_import.json
	$(BIN)/python -m tests.benchmarks.cvr_crashes --json cvr_crashes.json
	$(BIN)/python -m tests.benchmarks.page_speed

fuzz: $(STAMP) ## fuzz what reads CPR's files, ten minutes
	@$(BIN)/python -c 'import atheris' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check 'atheris>=3.0'
	$(BIN)/python -m tests.fuzz.fuzz_reader

lock: $(STAMP) ## pin what the pyproject files ask for, with hashes
	$(COMPILE) --upgrade --group dev -o requirements.lock $(PYPROJECTS)
	$(COMPILE) -c requirements.lock -o deploy/requirements.lock deploy/build.in $(DEPLOYED:%=%/pyproject.toml)

clean: ## remove the virtual environment and what local mode stored
	rm -rf $(VENV) .registerbro
