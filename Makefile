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
	$(PY) -m pytest -m "not browser" $(ARGS)

# Needs npm; brings Debian's Chromium if there is none.
browser: install build/.tools
	$(PY) -m pytest -m browser $(ARGS)

build/.tools: package.json
	command -v chromium >/dev/null || { $(ROOTLY) apt-get update -qq && \
	  $(ROOTLY) apt-get install -y -qq chromium fonts-dejavu-core fonts-noto-color-emoji; }
	npm install --no-package-lock --no-audit --no-fund --loglevel=error
	mkdir -p build && touch $@

screenshots: install build/.tools
	node scripts/render_cards.mjs

bench: install
	$(PY) -m benchmarks.turns $(ARGS)
	$(PY) -m benchmarks.presses $(ARGS)
	$(PY) -m benchmarks.store $(ARGS)
	$(PY) -m benchmarks.webhooks $(ARGS)
	$(PY) -m benchmarks.fanout $(ARGS)
