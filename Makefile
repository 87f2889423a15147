# Everything a person types. `make` alone lists it. `make demo` and `make test` do all the set-up they need.
#
# The virtual environment is filled from lock files with hashes; a stamp in it remembers from which, so the
# second run starts at once. Stamps live inside the environment: throw it away and they are gone with it.

VENV   ?= .venv
PYTEST ?=
PEERS  ?=
# One worker a core; what shares a costly fixture stays together.
PARALLEL := -n auto --dist loadscope
# The first interpreter that is new enough (3.11), or nothing: the rule below then says what to do.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	&& { echo $$p; break; }; done)

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
export PYTHONUNBUFFERED := 1

.DEFAULT_GOAL := help
.PHONY: help demo run test test-browser test-postgres check check-web format bench soak screenshots clean setup setup-dev \
	web web-setup api-types

help:  ## this list
	@echo 'Chengyun (城运)'
	@grep -hE '^[a-z-]+:.*  ## ' $(firstword $(MAKEFILE_LIST)) | sed -E 's/:.*  ## /\t/' \
		| while IFS="$$(printf '\t')" read -r name text; do printf '  make %-14s %s\n' "$$name" "$$text"; done
	@echo
	@echo '  make test PYTEST="tests/cases -x"      only what you name, with pytest options'

demo: setup web  ## the night of 2023-12-31 in the sample district, on your screen
	@$(BIN)/chengyun demo

run: setup web  ## every process of a running district, until Ctrl-C
	@$(BIN)/chengyun run

test: setup-dev web  ## the tests, on SQLite
ifdef PYTEST
	@$(BIN)/python -m pytest $(PYTEST)
else
	@$(BIN)/python -m pytest $(PARALLEL) --cov --ignore tests/browser
	@$(MAKE) -s test-browser
endif

# Apart from the others: it needs the machine for itself, and keeps an event loop where Django wants none.
test-browser: setup-dev web  ## the console in Chromium
	@$(BIN)/python -m pytest tests/browser

test-postgres: setup-dev web  ## the same tests, on a PostgreSQL that lives as long as they do
	@$(BIN)/python tests/postgres.py run -- $(BIN)/python -m pytest $(or $(PYTEST),$(PARALLEL) --ignore tests/browser)

check: setup-dev  ## lint, format, types, layers, migrations
	@echo '== lint';       $(BIN)/ruff check .
	@echo '== format';     $(BIN)/ruff format --check --quiet . \
		|| { echo 'Not formatted. Run: make format'; $(BIN)/ruff format --check . | head -20; exit 1; }
	@echo '== types';      $(BIN)/mypy
	@echo '== layers';     $(BIN)/lint-imports
	@echo '== migrations'; $(BIN)/python manage.py makemigrations --check --dry-run

check-web: setup-dev web-setup  ## the console: lint, format, types, unit tests, types of the API up to date
	@echo '== console: lint';  $(NODE) npm run -s lint
	@echo '== console: types of the API'; $(MAKE) -s api-types && git diff --exit-code --stat web/src/api/schema.d.ts \
		|| { echo 'The API has changed. Commit what `make api-types` wrote.'; exit 1; }
	@echo '== console: types'; $(NODE) npm run -s types
	@echo '== console: tests'; $(NODE) npm run -s test

api-types: setup web-setup  ## the console's types, from the API's description
	@CHENGYUN_DATA_DIR=$${CHENGYUN_DATA_DIR:-$(CURDIR)/var} $(BIN)/python tools/openapi.py var/openapi.json
	@$(NODE) npm run -s api

format: setup-dev  ## put the code into the house format
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

bench: setup-dev web  ## the measurements (PEERS=1: with other software beside ours)
	@echo '== SQLite';     $(BIN)/chengyun bench all $(if $(PEERS),--peers)
	@echo '== PostgreSQL'; $(BIN)/python tests/postgres.py run --durable -- $(BIN)/chengyun bench all $(if $(PEERS),--peers)

soak: setup-dev  ## the long tests: a hundred kills under load
	@$(BIN)/python -m pytest -m soak $(PYTEST)

screenshots: setup-dev web  ## the pictures in the documentation
	@$(BIN)/python tools/screenshots.py

clean:  ## remove caches and build left-overs; keeps .venv and the databases in var/
	@rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis \
		.coverage .coverage.* coverage.json htmlcov
	@find chengyun tests tools scenarios -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# ---- the console -------------------------------------------------------------------------------------------
# Built where it is missing or older than its sources. Node 20.19 or newer; where there is none, a wheel brings one.

NODE := PATH="$(CURDIR)/$(BIN)/node:$$PATH" tools/in-web
WEB_SOURCES := $(shell find web -path web/node_modules -prune -o -path web/dist -prune -o -type f -print 2>/dev/null)

web: web/dist/.stamp  ## build the console

web/dist/.stamp: $(WEB_SOURCES) | setup
	@$(MAKE) -s web-setup
	@echo 'building the console'
	@$(NODE) npm run -s build
	@touch $@

web-setup: setup web/node_modules/.stamp

web/node_modules/.stamp: web/package.json web/package-lock.json
	@tools/find-node $(BIN)
	@echo 'what the console is built from, from web/package-lock.json (hashes are checked; the first time takes a while)'
	@$(NODE) npm ci --no-audit --no-fund --loglevel=error
	@touch $@

# ---- set-up -----------------------------------------------------------------------------------------------

setup: $(VENV)/.stamp-package
setup-dev: $(VENV)/.stamp-dev

$(BIN)/python:
	@test -n '$(PYTHON)' || { \
		echo 'Chengyun needs Python 3.11 or newer; this machine has: '"$$(python3 --version 2>&1 || true)"; \
		echo 'On Debian 12 or later: apt install python3 python3-venv'; \
		echo 'Is a newer one elsewhere? make PYTHON=/path/to/python3.11 ...'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo 'Python is here but cannot make virtual environments. On Debian: apt install python3-venv'; exit 1; }
	@echo "1/3 virtual environment in $(VENV) ($$($(PYTHON) --version))"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.stamp-run: requirements.lock requirements-vision.lock | $(BIN)/python
	@echo '2/3 what Chengyun runs on, from the lock files (hashes are checked; the first time takes a while)'
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --require-hashes -r requirements-vision.lock
	@touch $@

$(VENV)/.stamp-package: pyproject.toml $(VENV)/.stamp-run
	@echo '3/3 the chengyun command'
	@$(PIP) install --no-deps -e .
	@touch $@

$(VENV)/.stamp-dev: requirements-dev.lock $(VENV)/.stamp-package
	@echo 'tools for tests and checks, from requirements-dev.lock'
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@
