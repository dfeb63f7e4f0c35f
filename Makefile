# The commands of this repository. What they need is installed into .venv on first use, every package checked by its
# hash. Needed beforehand: Python 3.11 or newer, and make. `make help` lists the commands.

VENV       := .venv
BIN        := $(VENV)/bin
READY      := $(VENV)/.ready
VERUM_HOME ?= home
ROWS       ?= 1000000
REPEATS    ?= 3
NETWORKS   ?= 4

# No tool reports to its maker. One name per `export`: a second one on the line becomes part of the first's value.
export DAGSTER_DISABLE_TELEMETRY := 1
export GX_ANALYTICS_ENABLED := false
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_PYTHON_DOWNLOADS := never
# Python keeps what it compiles, even where it is told not to: hundreds of processes would each compile all modules.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help run ui test test-vectors calibrate nightly lint browser lock screenshots picture dictionary schema workload bench bench-intake clean

help: ## list the commands
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 18

# ---- what people run -------------------------------------------------------------------------------------------------

run: $(READY) ## write the sample network into ./home, run the pipeline on it, say what was found and where the site is
	@echo "Sample network: $(VERUM_HOME)"
	@$(BIN)/verum sample $(VERUM_HOME) || test $$? -eq 2
	@code=0; $(BIN)/verum run --home $(VERUM_HOME) || code=$$?; \
	case $$code in \
	0) echo "Done (0): a new release is published." ;; \
	2) echo "Done (2): nothing new, the last release stands." ;; \
	3) echo "Done (3): a new release is published; some files were refused, and the site's Files page says why." ;; \
	*) echo "verum run stopped with exit code $$code; the last release, if there is one, is untouched." >&2; exit $$code ;; \
	esac

ui: $(READY) ## open Dagster on ./home: every table with its lineage and checks
	@$(BIN)/verum sample $(VERUM_HOME) || test $$? -eq 2
	@VERUM_HOME=$(VERUM_HOME) $(BIN)/verum ui

# ---- what developers run ---------------------------------------------------------------------------------------------

test: lint ## lint, then every test, those in a real browser included
	@$(MAKE) --no-print-directory browser || test -z "$$CI"
	@echo "Tests, in three processes, the longest files first: those that drive a browser wait much of the time"
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -rs

test-vectors: $(READY) ## the reference cases alone; VERUM_VECTORS=DIR names another folder of them
	@$(BIN)/python -m pytest -rs tests/published

calibrate: $(READY) ## simulate NETWORKS=4 networks whose truth is known, a minute or two each; say how often what comes out is right
	@$(BIN)/verum calibrate --home $(VERUM_HOME) --networks $(NETWORKS)

nightly: $(READY) ## what takes too long for every change: edits in series, every page in every setting, an hour of any bytes, twenty calibrated networks
	@VERUM_EDITS=50 $(BIN)/python -m pytest -rs tests/orchestration/test_edits.py tests/orchestration/test_last_marts.py
	@VERUM_PAGE_EDITS=250 $(BIN)/python -m pytest -rs tests/dashboards/test_pages_that_stand_again.py
	@$(BIN)/python -m pytest -rs --every-setting tests/browser/test_every_page_in_a_browser.py
	@VERUM_FUZZ_SECONDS=1800 $(BIN)/python -m pytest -rs tests/faults/test_fuzz.py
	@$(MAKE) --no-print-directory calibrate NETWORKS=20

lint: $(READY) ## style, formatting, types, and the direction of imports
	@echo "Style and formatting (ruff)"
	@$(BIN)/ruff check -q . && $(BIN)/ruff format -q --check .
	@echo "Types (mypy)"
	@$(BIN)/mypy
	@echo "Direction of imports (import-linter)"
	@$(BIN)/lint-imports --no-logo

browser: ## find Chromium for the browser tests, or install it (Debian, as root)
	@for name in chromium chromium-browser google-chrome; do \
		if command -v $$name >/dev/null; then echo "Browser: $$(command -v $$name)"; exit 0; fi; \
	done; \
	if command -v apt-get >/dev/null && test "$$(id -u)" -eq 0; then \
		echo "Installing Chromium with apt-get, about a minute"; \
		export DEBIAN_FRONTEND=noninteractive; \
		apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else \
		echo "No Chromium found, so the browser tests cannot run. Install the package 'chromium' and repeat." >&2; exit 1; \
	fi

screenshots: $(READY) ## picture every page at both widths and in both themes, and accept where everything stands now
	@$(BIN)/python -m pytest -rs --every-setting --accept-layout tests/browser/test_every_page_in_a_browser.py
	@echo "Written: build/screenshots and tests/browser/layout.txt; look at both before you commit"

picture: $(READY) ## picture the sample network's Benchmark page for the README
	@$(BIN)/verum sample build/picture || test $$? -eq 2
	@$(BIN)/verum run --home build/picture || case $$? in 2|3) ;; *) exit 1 ;; esac
	@$(BIN)/python -m tests.browser.readme_picture build/picture docs/benchmark.png
	@echo "Written: docs/benchmark.png"

dictionary: $(READY) ## write docs/dictionary.md from the schemas
	@$(BIN)/python -m schemas.dictionary > docs/dictionary.md.new && mv docs/dictionary.md.new docs/dictionary.md
	@echo "Written: docs/dictionary.md"

schema: $(READY) ## write evidence/schema.json, with which an editor helps to write a study's file
	@$(BIN)/python -m schemas.evidence_schema > evidence/schema.json.new && mv evidence/schema.json.new evidence/schema.json
	@echo "Written: evidence/schema.json"

workload: $(READY) ## write a network of ROWS=1000000 made-up rows, with its contracts, into ./workload
	@$(BIN)/python -m benchmarks.workload $(ROWS) workload
	@echo "Run it: $(BIN)/verum run --home workload"

bench: $(READY) ## Verum and its peers on the same ROWS=1000000 rows, REPEATS=3 times in turns; BENCH="--json FILE" and more
	@$(BIN)/python -m benchmarks.bench --rows $(ROWS) --repeats $(REPEATS) $(BENCH)

bench-intake: $(READY) ## Verum's intake beside polars, DuckDB and pandas on one file of ROWS=1000000 rows; BENCH="--json FILE"
	@$(BIN)/python -m benchmarks.intake --rows $(ROWS) $(BENCH)

COMPILE = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-annotate --custom-compile-command "make lock" --upgrade

lock: $(READY) ## choose the newest allowed version of every package and write the lock files
	@echo "Resolving"
	@$(COMPILE) --extra test pyproject.toml -o requirements.lock >/dev/null
	@echo uv | $(COMPILE) - -o requirements-uv.lock >/dev/null
	@! grep -n '://' requirements.lock requirements-uv.lock
	@echo "Written: requirements.lock, requirements-uv.lock"

clean: ## remove .venv, caches, builds and workloads; ./home stays
	rm -rf $(VENV) build dist workload .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find schemas transforms orchestration dashboards tests -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- installation ----------------------------------------------------------------------------------------------------

# Installed again when a lock file changes, and from nothing when the folder was moved: scripts in .venv hold its path.
HERE_BEFORE := $(shell cat $(READY) 2>/dev/null)
ifneq ($(HERE_BEFORE),$(CURDIR))
.PHONY: $(READY)
endif

# The first interpreter that is new enough and can make a virtual environment.
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$name -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)

# uv if it is there, else (or if it cannot reach the packages) pip, which is slower and checks the same hashes.
install = { test -x $(BIN)/uv && $(BIN)/uv pip install -q --python $(BIN)/python $(1); } \
	|| { echo "  with pip, which is slower" && $(BIN)/python -m pip install -q --no-deps $(1); }

$(READY): requirements.lock requirements-uv.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer with the modules venv and ensurepip was found" \
		"(Debian, Ubuntu: install python3 and python3-venv; or name one: make PYTHON=/path/to/python)." >&2; exit 1; }
	@test -z "$(HERE_BEFORE)" || test "$(HERE_BEFORE)" = "$(CURDIR)" || rm -rf $(VENV)
	@echo "Making $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)
	@echo "Installing uv, checked by its hash"
	@$(BIN)/python -m pip install -q --require-hashes --no-deps --only-binary :all: -r requirements-uv.lock \
		|| echo "  uv could not be installed; pip does its work"
	@echo "Installing the packages of requirements.lock, each checked by its hash (about 20 seconds)"
	@$(call install,--require-hashes --only-binary :all: -r requirements.lock)
	@echo "Installing verum itself"
	@$(call install,--no-deps --no-build-isolation -e .)
	@printf '%s' "$(CURDIR)" > $@
