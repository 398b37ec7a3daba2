# Two commands are all a fresh machine needs: make run, make test. make help lists the rest.

VENV := .venv
BIN := $(VENV)/bin
# the first Python on the path that the product supports
PYTHON ?= $(shell for each in python3 python3.13 python3.12 python3.11; do \
	$$each -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
	2>/dev/null && echo $$each && break; done)

.DEFAULT_GOAL := help
.PHONY: help run test lint format type bench bench-check bench-record bench-parts calibrate test-oldest clean

help: ## List these commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.core ## Score the shipped report on the embedded figures; writes results/
	$(BIN)/screener score --out results/

test: $(VENV)/.dev ## Run all tests
	$(BIN)/python -m pytest

lint: $(VENV)/.dev ## Check style and layout
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/.dev ## Lay the code out
	$(BIN)/ruff format .

type: $(VENV)/.dev ## Check types
	$(BIN)/mypy

bench: $(VENV)/.dev ## Measure speed beside others and the machine; DATA=FOLDER for real prices
	$(BIN)/python benchmarks/bench.py $(if $(DATA),--data $(DATA))

bench-check: $(VENV)/.dev ## Fail where a ratio is more than 30% worse than recorded
	$(BIN)/python benchmarks/bench.py --data random --check

bench-record: $(VENV)/.dev ## Record the ratios of this class of machine
	$(BIN)/python benchmarks/bench.py --data random --record

bench-parts: $(VENV)/.dev ## Measure each part by itself, beside plain loops
	$(BIN)/python benchmarks/startup.py
	$(BIN)/python benchmarks/kernel.py
	$(BIN)/python benchmarks/conventions.py
	$(BIN)/python benchmarks/store.py
	$(BIN)/python benchmarks/factors.py
	$(BIN)/python benchmarks/portfolio.py
	$(BIN)/python benchmarks/evidence.py
	$(BIN)/python benchmarks/weekly.py

calibrate: $(VENV)/.dev ## Try the verdicts where skill is known; needs a store of both markets
	$(BIN)/python benchmarks/calibration.py
	$(BIN)/python benchmarks/planted.py

test-oldest: ## Run all tests on the oldest versions that pyproject.toml allows
	@test -n "$(PYTHON)" || { echo "Python 3.11 to 3.13 is needed."; exit 1; }
	$(PYTHON) -m venv $(VENV)-oldest
	$(VENV)-oldest/bin/python -m pip install --quiet uv
	$(VENV)-oldest/bin/uv pip install --quiet --python $(VENV)-oldest/bin/python \
		--resolution lowest-direct --editable '.[dev]'
	$(VENV)-oldest/bin/python -m pytest -W ignore::DeprecationWarning # of each other's

clean: ## Remove environments, caches and results
	rm -rf $(VENV) $(VENV)-oldest $(VENV)-peers* results .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/.core: pyproject.toml
	@test -n "$(PYTHON)" || { \
		echo "Python 3.11, 3.12 or 3.13 is needed and none is on the path."; \
		echo "Install one, or name it: make run PYTHON=/path/to/python3.12"; exit 1; }
	@echo "Setting up $(VENV) (about a minute) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.core
	@echo "Adding what the tests need ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	@touch $@
