# `make demo` sets up and buys the $10 product; `make test` sets up and runs every test. ARGS="…" is passed on.
.DEFAULT_GOAL := help
ARGS ?=
PY := .venv/bin/python

.PHONY: help demo edge notebooks dev deploy-check chaos bench bench-edge wheel lite docs test check clean

help: ## show what can be made
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

demo: ## buy the $10 product on this machine, step by step, then stay up for clicking
	@scripts/setup demo
	@.venv/bin/lightning-cart demo $(ARGS)

edge: ## run the engine on real workerd with D1, without a network, with the sandbox to pay at
	@scripts/setup demo
	@scripts/setup-node
	@.venv/bin/lightning-cart edge $(ARGS)

notebooks: ## step through a payment in JupyterLab
	@scripts/setup notebooks
	@$(PY) scripts/open_notebooks.py $(ARGS)

dev: ## run it on Cloudflare's current runtime, which is downloaded; settings come from .dev.vars
	@scripts/setup dev
	@scripts/setup-node
	@PATH="$$PWD/.venv/bin:$$PWD/node_modules/.bin:$$PATH" pywrangler dev $(ARGS)

deploy-check: ## what a deploy would upload: its modules, and its size, which must stay small
	@scripts/setup demo
	@scripts/setup-node
	@$(PY) -m lightning_cart_host.edge.deploy_check $(ARGS)

chaos: ## 10,000 orders from 50 buyers while things go wrong, each judged by the providers' books (ARGS="--orders N --seed S")
	@scripts/setup demo
	@.venv/bin/lightning-cart chaos $(ARGS)

bench-edge: ## what a request and a start cost at the edge, beside the floor, FastAPI and Hono (ARGS=--quick for less)
	@scripts/setup dev
	@scripts/setup-node
	@$(PY) -m benchmarks.edge $(ARGS)

bench: bench-edge chaos ## every measurement, one after the other

wheel: ## the wheels that Pyodide installs, and its lock file, in build/wheel
	@scripts/setup dev
	@scripts/setup-node
	@$(PY) scripts/wheel.py

lite: ## a site on which notebooks run in the browser, with no server at all, in build/lite
	@scripts/setup dev
	@scripts/setup-node
	@$(PY) scripts/lite.py

docs: ## the documents and notebooks as a static site, in build/docs
	@scripts/setup dev
	@scripts/setup-node
	@scripts/docs
	@echo build/docs/index.html

test: ## everything: lint, types, unit, property, process and browser tests, and every notebook
	@scripts/setup dev
	@scripts/setup-node
	@scripts/browser
	@$(PY) -m benchmarks.edge.staging
	@rm -f build/budget.txt
	@scripts/budget lint 60 $(MAKE) --no-print-directory lint
	@scripts/budget tests 460 $(PY) -m pytest --numprocesses=2 --cov --cov-branch --cov-report=term-missing --cov-fail-under=100 $(ARGS)
	@scripts/budget clock 60 $(MAKE) --no-print-directory clock
	@scripts/budget notebooks 140 $(MAKE) --no-print-directory run-notebooks
	@cat build/budget.txt

check: ## the fast inner loop: lint, types and unit tests
	@scripts/setup dev
	@$(MAKE) --no-print-directory lint
	@$(PY) -m pytest -q --numprocesses=2 -m "not browser and not process and not slow" tests/unit tests/conformance $(ARGS)

# Every cell must show what stands in the notebook. The edge's has real ports, ids and times, which are left out of that.
WITHOUT_KEYS := env -u STRIPE_SECRET_KEY -u PAYPAL_CLIENT_ID -u PAYPAL_CLIENT_SECRET -u SQUARE_ACCESS_TOKEN -u WORKER_URL
NBVAL := -m pytest -q --nbval --nbval-current-env --nbval-cell-timeout=120
.PHONY: run-notebooks
run-notebooks:
	@$(WITHOUT_KEYS) $(PY) $(NBVAL) notebooks --ignore=notebooks/07_edge.ipynb
	@$(WITHOUT_KEYS) $(PY) $(NBVAL) notebooks/07_edge.ipynb --nbval-sanitize-with notebooks/07_edge.sanitize.cfg

# Everything that may read a date runs again 400 days later: no test and no certificate may end on a certain day.
AHEAD := PYTHONPATH=tests/clock CLOCK_AHEAD_DAYS=400
.PHONY: clock
clock:
	@$(AHEAD) $(WITHOUT_KEYS) $(PY) $(NBVAL) --numprocesses=2 -W ignore::pytest.PytestAssertRewriteWarning \
		-m "not browser and not process and not slow and not hypothesis" \
		tests/unit tests/conformance tests/notebooks notebooks --ignore=notebooks/07_edge.ipynb

.PHONY: lint
lint:
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m mypy

clean: ## remove what was installed and generated
	@rm -rf .venv node_modules build dist .coverage .ruff_cache .mypy_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
