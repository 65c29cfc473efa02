.DEFAULT_GOAL := help
.PHONY: help install demo format lint unit check test browser bench bench-check screenshots docs deploy-check mutation clean
PYTHON := .venv/bin/python
# Twice the cores of a small machine: about half of the time a test waits for another process or for a clock.
WORKERS ?= 4
# Else each of the many processes that tests start compiles the whole code.
export PYTHONDONTWRITEBYTECODE :=
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
# Tests of single packages: no whole bridge, no kill, no foreign program, and none that is marked slow.
UNIT := -m "not slow and not browser" $(foreach folder,browser contract e2e packaging reliability,--ignore=tests/$(folder))

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/.installed: pyproject.toml constraints.txt
	@scripts/install
	@touch $@

install: .venv/.installed ## create .venv from constraints.txt

demo: install ## run the bridge with a sandbox around it, and play a conversation (ARGS=--once ends then)
	$(PYTHON) app.py demo $(ARGS)

format: install ## format the code, and mend what ruff can mend
	.venv/bin/ruff check --fix .
	.venv/bin/ruff format .

lint: install ## ruff, mypy, and the import rules
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

unit: install ## run the fast tests (less than a minute)
	$(PYTHON) -m pytest -n $(WORKERS) $(UNIT) $(ARGS)

check: lint unit ## lint and fast tests: before each commit

# Collecting, beside the linters, compiles the tests once; else each of the workers would.
test: install ## lint and all tests but the browser's: before each merge
	@$(PYTHON) -m pytest --collect-only -qq >/dev/null 2>&1 & \
	  $(MAKE) --no-print-directory lint; status=$$?; wait; exit $$status
	$(PYTHON) -m pytest -n $(WORKERS) -m "not browser" $(ARGS)

# Debian's Chromium; the card renderer, the Agents Playground, an OpenID provider and Prism from npm.
browser: install build/.chromium ## test with real browsers and other vendors' programs
	scripts/playground install || echo "The Agents Playground cannot be installed: its tests are skipped." >&2
	@$(MAKE) --no-print-directory build/.tools || echo "The card renderer cannot be installed: its tests are skipped." >&2
	$(PYTHON) -m pytest -m browser $(ARGS)

build/.chromium:
	command -v chromium >/dev/null || { $(SUDO) apt-get update -qq && \
	  $(SUDO) apt-get install -y -qq chromium fonts-dejavu-core fonts-noto-color-emoji; }
	mkdir -p build && touch $@

build/.tools: package.json
	npm install --no-package-lock --no-audit --no-fund --loglevel=error
	mkdir -p build && touch $@

screenshots: install build/.chromium build/.tools ## draw every card into build/screenshots and docs/cards
	node scripts/render_cards.mjs

bench: install ## run the benchmarks, and note and document their figures (three quarters of an hour; ARGS=--quick is for seconds)
	$(PYTHON) -m benchmarks.record $(ARGS)
	$(PYTHON) -m scripts.benchmarks_doc

bench-check: install ## fail if the bridge is slower than in the last run of make bench
	$(PYTHON) -m benchmarks.record --check

build/.mutation-tools: scripts/mutation.txt
	python3 -m venv $@ && $@/bin/pip install -qq --disable-pip-version-check -r $< && touch $@

# Twenty minutes for each module of scripts/mutation.py at most; ARGS names some, or another time: --minutes 5.
mutation: install build/.mutation-tools ## change the security modules place by place: do their tests notice? (hours)
	build/.mutation-tools/bin/python scripts/mutation.py $(ARGS)

docs: install ## build the documentation into build/site
	NO_MKDOCS_2_WARNING=1 .venv/bin/mkdocs build --strict --quiet

build/.deploy-tools: deploy/requirements.txt
	python3 -m venv $@ && $@/bin/pip install -qq --disable-pip-version-check -r $< && touch $@

deploy-check: build/.deploy-tools ## check container, compose, Helm and systemd files with their own tools
	$</bin/python scripts/check_deploy.py

clean: ## remove what was built or cached, and .venv
	rm -rf .venv build dist *.egg-info node_modules
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
