.PHONY: install demo test lint browser bench screenshots
PY := .venv/bin/python
ROOTLY := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.venv/.installed: pyproject.toml constraints.txt
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

install: .venv/.installed

demo: install
	$(PY) app.py demo $(ARGS)

lint: install
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

test: lint
	$(PY) -m pytest -n 2 -m "not browser" $(ARGS)

# Real browsers and strangers' servers: Debian's Chromium; the Agents Playground, an OpenID provider and Prism from npm.
browser: install build/.chromium
	-scripts/playground install
	$(PY) -m pytest -m browser $(ARGS)

build/.chromium:
	command -v chromium >/dev/null || { $(ROOTLY) apt-get update -qq && \
	  $(ROOTLY) apt-get install -y -qq chromium fonts-dejavu-core fonts-noto-color-emoji; }
	mkdir -p build && touch $@

build/.tools: package.json
	npm install --no-package-lock --no-audit --no-fund --loglevel=error
	mkdir -p build && touch $@

# Every card in build/screenshots, and the contact sheets of docs/cards.
screenshots: install build/.chromium build/.tools
	node scripts/render_cards.mjs

bench: install
	$(PY) -m benchmarks.turns $(ARGS)
	$(PY) -m benchmarks.presses $(ARGS)
	$(PY) -m benchmarks.store $(ARGS)
	$(PY) -m benchmarks.refresh $(ARGS)
	$(PY) -m benchmarks.webhooks $(ARGS)
	$(PY) -m benchmarks.fanout $(ARGS)
	$(PY) -m benchmarks.cards $(ARGS)
	$(PY) -m benchmarks.parse $(ARGS)
