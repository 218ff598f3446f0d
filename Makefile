# `make demo` sets up and buys the $10 product; `make test` sets up and runs every test. ARGS="…" is passed on.
.DEFAULT_GOAL := help
ARGS ?=
PY := .venv/bin/python

.PHONY: help demo edge dev deploy-check wheel bench-edge test check clean

help: ## show what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

demo: ## buy the $10 product on this machine, step by step, then stay up for clicking
	@scripts/setup demo
	@.venv/bin/lightning-cart demo $(ARGS)

edge: ## run the engine on real workerd with D1, without a network, with the sandbox to pay at
	@scripts/setup demo
	@scripts/setup-node
	@.venv/bin/lightning-cart edge $(ARGS)

dev: ## run it on Cloudflare's current runtime, which is downloaded; settings come from .dev.vars
	@scripts/setup dev
	@scripts/setup-node
	@PATH="$$PWD/.venv/bin:$$PWD/node_modules/.bin:$$PATH" pywrangler dev $(ARGS)

deploy-check: ## what a deploy would upload: its modules, and its size, which must stay small
	@scripts/setup demo
	@scripts/setup-node
	@$(PY) -m lightning_cart_host.deploy_check $(ARGS)

bench-edge: ## what a request and a start cost at the edge, beside the floor, FastAPI and Hono (ARGS=--quick for less)
	@scripts/setup dev
	@scripts/setup-node
	@$(PY) -m benchmarks.edge $(ARGS)

test: ## everything: lint, types, unit, property, process and browser tests
	@scripts/setup dev
	@scripts/setup-node
	@scripts/browser
	@$(PY) -m benchmarks.edge.staging
	@$(MAKE) --no-print-directory lint
	@$(PY) -m pytest --cov --cov-branch --cov-report=term-missing --cov-fail-under=100 $(ARGS)

check: ## the fast inner loop: lint, types and unit tests
	@scripts/setup dev
	@$(MAKE) --no-print-directory lint
	@$(PY) -m pytest -q -m "not browser and not process" -k "not (asgi and sqlite)" tests/core tests/conformance tests/host tests/worker $(ARGS)

wheel: ## the wheels that Pyodide installs, and its lock file, in build/wheel
	@scripts/setup dev
	@scripts/setup-node
	@$(PY) scripts/wheel.py

.PHONY: lint
lint:
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m mypy

clean: ## remove what was installed and generated
	@rm -rf .venv node_modules build dist .coverage .ruff_cache .mypy_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
