.DEFAULT_GOAL := help
.PHONY: help setup demo test lint messages errata bench lock clean
.NOTPARALLEL:

BIN := .venv/bin
LOCK := .ci/requirements.lock

help: ## Show what can be made
	@echo 'make TARGET, where TARGET is one of:'
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  %-11s %s\n", $$1, $$2}' Makefile
	@echo 'YES=1 asks nothing, not even before it installs system packages.'

setup: ## Install what is missing on this machine, and make .venv
	@sh installer/bootstrap.sh

demo: setup ## Build a practice lab, install the cluster on it, and prove it
	@if [ "$${YES:-}" = 1 ] || ! [ -t 0 ] || ! [ -t 1 ]; then yes=--yes; else yes=; fi; \
	exec $(BIN)/catherd lab demo $$yes

test: export TESTS = 1
test: lint ## Check the code, then run the tests: first those without a lab, then on two labs
	$(BIN)/pytest -m 'not lab' -n auto --dist worksteal
	$(BIN)/pytest -m lab -v -n 2 --dist loadfile --no-loadscope-reorder

lint: setup ## Check style, types and the layers of the code
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

messages: setup ## Bring the translations up to date with the code; docs/translating.md
	$(BIN)/python -m tools.messages

errata: setup ## Write docs/errata.md anew from the runbook
	$(BIN)/python -m tools.errata

bench: setup ## Measure against plain ssh: an installation, and a run with nothing to do
	$(BIN)/python bench/install.py
	$(BIN)/python bench/rerun.py

screenshots: setup ## Take the screenshots of README and docs, in a real run
	$(BIN)/python docs/screenshots.py

lock: ## Pin the newest versions that pyproject.toml allows (needs uv)
	@command -v uv >/dev/null || { echo 'uv is missing; get it with: pipx install uv' >&2; exit 1; }
	uv pip compile --quiet --upgrade --python-version 3.11 --extra dev \
	    --generate-hashes --no-emit-index-url --no-header -o $(LOCK) pyproject.toml

clean: ## Remove .venv and all caches of this directory; practice labs stay
	rm -rf .venv .venv.part dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
	rm -rf .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
