# `make demo` installs everything and buys the $10 product; `make test` runs every test. ARGS="…" is passed to the program.
.DEFAULT_GOAL := help
ARGS ?=
PY := .venv/bin/python
# Python keeps what it compiled, even where an image says otherwise: demo and tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo edge notebooks dev deploy-check chaos bench bench-edge bench-catalogue bench-host bench-check million image clients wheel lite lite-check docs test check clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 22

demo: ## buy the $10 product on this machine, step by step, then keep the shop running
	@scripts/setup demo
	@.venv/bin/lightning-cart demo $(ARGS)

edge: ## run the engine on workerd with D1 and the provider sandbox, offline
	@scripts/setup demo
	@scripts/setup-node
	@.venv/bin/lightning-cart edge $(ARGS)

notebooks: ## step through a payment in JupyterLab
	@scripts/setup notebooks
	@$(PY) scripts/open_notebooks.py $(ARGS)

dev: ## run the Worker on Cloudflare's current runtime (downloads it); settings come from .dev.vars
	@scripts/setup dev
	@scripts/setup-node
	@PATH="$$PWD/.venv/bin:$$PWD/node_modules/.bin:$$PATH" pywrangler dev $(ARGS)

deploy-check: ## list the modules that a deploy uploads, and check their size
	@scripts/setup demo
	@scripts/setup-node
	@$(PY) -m lightning_cart_host.edge.deploy_check $(ARGS)

chaos: ## buy 10,000 orders with faults, and compare each with the ledger (ARGS="--orders N --seed S")
	@scripts/setup demo
	@.venv/bin/lightning-cart chaos $(ARGS)

bench-edge: ## measure requests and cold starts at the edge, compared with a bare Worker, FastAPI and Hono (ARGS=--quick)
	@scripts/setup dev
	@scripts/setup-node
	@$(PY) -m benchmarks.edge $(ARGS)

bench-catalogue: ## measure what 5,000 products with 20,000 variants cost at the edge (ARGS="--products N")
	@scripts/setup dev
	@scripts/setup-node
	@$(PY) -m benchmarks.edge.large_catalogue $(ARGS)

bench-host: ## measure requests on a host, on SQLite and PostgreSQL, compared with FastAPI and SQLAlchemy (ARGS=--quick)
	@scripts/setup dev
	@$(PY) -m benchmarks.host $(ARGS)

million: ## count what SQLite, PostgreSQL and D1 read for a list, a search and a run of the reconciler of 1,000,000 orders
	@scripts/setup dev
	@scripts/setup-node
	@MILLION_ORDERS=1 $(PY) -m pytest -q tests/proofs/test_rows_read.py tests/proofs/test_orders_searched.py $(ARGS)

image: ## build the image of the engine for hosts; needs docker
	@docker build --file deploy/Dockerfile --tag lightning-cart .

clients: ## try other people's programs with the sandbox: dj-stripe, python-getpaid, Medusa, stripe-python's examples
	@scripts/setup dev
	@scripts/setup-node
	@scripts/setup-clients dj-stripe getpaid-stripe medusa stripe-python
	@$(PY) -m clients $(ARGS)

bench: bench-edge bench-host chaos ## run bench-edge, bench-host, then chaos

wheel: ## build the wheels that Pyodide installs, and their lock file, into build/wheel
	@scripts/setup dev
	@scripts/setup-node
	@$(PY) scripts/wheel.py

lite: ## build a site that runs the notebooks in the browser, without a server, into build/lite
	@scripts/setup dev
	@scripts/setup-node
	@$(PY) scripts/lite.py

lite-check: ## check that three notebooks say in the browser what they say here
	@scripts/setup dev
	@scripts/setup-node
	@scripts/browser
	@$(PY) -m pytest -q -p no:nbval tests/browser/test_lite.py $(ARGS)

docs: ## build the documents and notebooks as a static site into build/docs
	@scripts/setup dev
	@scripts/setup-node
	@scripts/docs
	@echo build/docs/index.html

# A run of a benchmark takes longer than it may within `make test`.
BENCHMARKS := tests/benchmarks/test_edge_benchmark.py tests/benchmarks/test_host_benchmark.py
bench-check: ## check that bench-edge and bench-host run completely, with the smallest settings
	@scripts/setup dev
	@scripts/setup-node
	@$(PY) -m pytest -q -p no:nbval $(BENCHMARKS)

# The parts call `make` by its name: with `$(MAKE)` they would also run in a dry run. Their budgets add up to 11 minutes at most.
# The tests note the files that read the clock, for the part after them; the first line is for a run of a few tests.
CLOCK_READS := build/clock-reads.txt
test: ## run everything: lint, types, unit, property, process and browser tests, and every notebook
	@scripts/setup dev
	@scripts/setup-node
	@scripts/setup-clients django-payments
	@scripts/browser
	@rm -f build/budget.txt
	@mkdir -p build && echo tests/conformance/test_any_day.py >$(CLOCK_READS)
	@scripts/budget checks 40 make --no-print-directory --jobs=2 lint run-notebooks
	@scripts/budget tests 575 $(PY) -m pytest -p no:nbval --numprocesses=2 --no-loadscope-reorder --cov --cov-branch --cov-report=term-missing --cov-fail-under=100 \
		--note-clock=$(CLOCK_READS) -m "not long" $(BENCHMARKS:%=--ignore=%) $(ARGS)
	@scripts/budget clock 40 make --no-print-directory clock CLOCK_TESTS=@$(CLOCK_READS)
	@cat build/budget.txt

check: ## run the fast checks: lint, types and unit tests
	@scripts/setup dev
	@$(MAKE) --no-print-directory lint
	@$(PY) -m pytest -q -p no:nbval --numprocesses=2 -m "not browser and not process and not slow" tests/unit tests/conformance $(ARGS)

# Executes every cell and compares its output with the saved one, 400 days ahead: no output may depend on the day.
# The edge notebook runs today, because workerd has the machine's clock; its ports, ids and times are ignored.
AHEAD := PYTHONPATH=tests/clock CLOCK_AHEAD_DAYS=400
WITHOUT_KEYS := env -u STRIPE_SECRET_KEY -u PAYPAL_CLIENT_ID -u PAYPAL_CLIENT_SECRET -u SQUARE_ACCESS_TOKEN -u WORKER_URL
NBVAL := -m pytest -q --nbval --nbval-current-env --nbval-cell-timeout=120
.PHONY: run-notebooks
run-notebooks:
	@$(AHEAD) $(WITHOUT_KEYS) $(PY) $(NBVAL) -W ignore::pytest.PytestAssertRewriteWarning notebooks --ignore=notebooks/07_edge.ipynb
	@$(WITHOUT_KEYS) $(PY) $(NBVAL) notebooks/07_edge.ipynb --nbval-sanitize-with notebooks/07_edge.sanitize.cfg

# Runs the tests that read the clock again, 400 days ahead: no fixture or certificate may expire. `make test` names their
# files, as its tests noted them; by itself this runs all that could read it.
CLOCK_TESTS ?= tests/unit tests/conformance tests/notebooks
.PHONY: clock
clock:
	@$(AHEAD) $(WITHOUT_KEYS) $(PY) -m pytest -q -p no:nbval --numprocesses=2 -W ignore::pytest.PytestAssertRewriteWarning \
		-m "not browser and not process and not slow and not hypothesis" $(CLOCK_TESTS)

.PHONY: lint
lint:
	@$(PY) -m ruff check --quiet .
	@$(PY) -m ruff format --check --quiet .
	@$(PY) -m mypy

clean: ## delete everything that was installed or generated
	@rm -rf .venv node_modules build dist .coverage .ruff_cache .mypy_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
