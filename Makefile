# What one runs on a fresh machine: `make up` and `make test`. Both set up everything they need.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.run-installed
DEV_STAMP := $(VENV)/.dev-installed
ORACLES := .oracles
NODE := .node
PAGES := src/ordermill/entrypoints/pages/app/console.html
# More than there may be cores: many wait most of the time, for a process or a time-out.
SIDE_BY_SIDE := --numprocesses 4 --dist worksteal
# They compare times, so nothing may run beside them.
ALONE := tests/e2e/test_latency.py tests/e2e/test_slow_clients.py
# They kill a process, stop it, take its disk away or fuzz it, over and over, beside those of tests/e2e.
THOROUGH := tests/http/test_api_fuzz.py tests/integration/test_failpoints.py tests/integration/test_torn_writes.py \
  tests/integration/test_skip_rule.py
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help up test test-thorough test-browser test-cloud test-aws check format web web-types demo-site bench aws-local oracles package clean

help: ## Show what there is
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Ordermill needs Python 3.11 or later; name one: make up PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python's venv module does not work here (on Debian: apt install python3-venv)" >&2; exit 1; }

$(RUN_STAMP): requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "Installing Ordermill into $(VENV) ..."
	@$(PIP) install --require-hashes -r requirements/run.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): requirements/dev.txt $(RUN_STAMP)
	@echo "Installing what the tests need ..."
	@$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

$(NODE)/.installed: requirements/web.txt | $(BIN)/python
	@echo "Installing what the pages are built with ..."
	@$(PYTHON) -m venv --clear $(NODE)
	@$(NODE)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@

$(PAGES): $(NODE)/.installed $(shell find web -type f -not -path '*/node_modules/*' -not -path '*/types/*' -not -path '*/tests/*')
	@echo "Building the pages ..."
	@$(NODE)/bin/python web/build.py
	@touch $@

up: $(RUN_STAMP) $(PAGES) ## Install if needed, start Ordermill, print its links (Ctrl-C stops)
	@exec $(BIN)/ordermill up

test: $(DEV_STAMP) $(PAGES) ## Install if needed, run the tests
	@$(NODE)/bin/python web/build.py --run test
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not aws" $(addprefix --ignore=,$(THOROUGH)) \
	  tests/unit tests/contract tests/integration tests/scenarios tests/http

test-thorough: $(DEV_STAMP) $(PAGES) ## Test the process as users meet it; kill, stop and fuzz it, over and over
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) $(addprefix --ignore=,$(ALONE)) tests/e2e $(THOROUGH)
	@$(BIN)/python -m pytest $(ALONE)

test-browser: $(DEV_STAMP) $(PAGES) ## Test the pages in Chromium
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/browser

test-cloud: $(DEV_STAMP) $(PAGES) $(ORACLES)/moto/.installed $(ORACLES)/ministack/.installed ## Test what runs on AWS: adapters, Lambdas, state machines, packages
	@$(BIN)/python -m pytest $(SIDE_BY_SIDE) -m aws tests/unit tests/contract tests/integration
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests/packages

test-aws: test-cloud $(ORACLES)/ministack/.installed ## All that, plans by Terraform, a deployment to an emulator (PIPELINE=)
	@$(BIN)/python -m pytest tests/infrastructure
	@PIPELINE=$(or $(PIPELINE),workflow) $(BIN)/python -m pytest tests/aws_local

check: $(DEV_STAMP) $(NODE)/.installed ## Lint, types, layers, topology, workflows
	@$(NODE)/bin/python web/build.py --run check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/ordermill topology check
	@$(BIN)/zizmor --offline --no-progress --quiet --persona auditor .github

format: $(DEV_STAMP) $(NODE)/.installed ## Format the code
	@$(NODE)/bin/python web/build.py --run format
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

web: $(PAGES) ## Build the pages

# The run is recorded once, and anew only where that is removed.
dist/demo-run.json: | $(RUN_STAMP)
	@echo "Recording a run ..."
	@$(BIN)/python web/demo/run.py $@

demo-site: dist/demo-run.json $(NODE)/.installed ## Build a page that plays a recorded run anywhere, offline
	@ORDERMILL_RECORDING=$(CURDIR)/dist/demo-run.json ORDERMILL_DEMO=$(CURDIR)/dist/demo-site $(NODE)/bin/python web/build.py --run demo
	@echo "dist/demo-site/index.html: open it, or put it on any web server"

web-types: $(DEV_STAMP) $(NODE)/.installed ## Make the types of the API for the pages anew
	@$(BIN)/python web/types/describe.py > web/types/openapi.json
	@$(NODE)/bin/python web/build.py --types
	@$(BIN)/python web/types/describe.py --mark >> web/src/api/schema.ts

bench: $(DEV_STAMP) ## Measure, beside the machine's raw limits, as ratios
	@$(BIN)/python -m benchmarks

$(ORACLES)/%/.installed: requirements/%.txt | $(BIN)/python
	@$(PYTHON) -m venv --clear $(ORACLES)/$*
	@$(ORACLES)/$*/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r $<
	@touch $@

oracles: $(ORACLES)/moto/.installed $(ORACLES)/ministack/.installed $(ORACLES)/checkov/.installed ## Install what state machines are compared with, and the linter of Terraform

package: $(RUN_STAMP) $(PAGES) ## Make what is deployed to AWS, in dist/
	@$(BIN)/ordermill package

aws-local: $(DEV_STAMP) $(ORACLES)/ministack/.installed ## Deploy to an AWS emulator, order there, take all down (PIPELINE=, KEEP=1)
	@exec $(BIN)/python -m tests.aws_local

clean: ## Remove what was installed and cached, not your data
	@rm -rf $(VENV) $(ORACLES) $(NODE) web/node_modules web/types/node_modules $(dir $(PAGES)) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
