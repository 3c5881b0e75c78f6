# Thin: each target is a line or two that README.md also shows as plain commands.

PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python3.14; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; exit; }; done; echo python3)
BIN = .venv/bin
COMPILE = $$(command -v uv || echo .venv-lock/bin/uv) pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-header --no-annotate $(UPGRADE)

.PHONY: help demo test browser lint report page system bench soak lock clean environment outsiders outsiders-python bundler fuzzing

help: ## show this list
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):.*## /  make \1|/' | awk -F '|' '{ printf "%-15s %s\n", $$1, $$2 }'

demo: environment ## issue the sample certificates and serve everything on this machine (more: ARGS="--port 9000")
	$(BIN)/titlecert demo $(ARGS)

test: environment outsiders bundler ## run the tests, but for those that drive a browser (some only: ARGS="tests/credential -k qr")
	$(BIN)/python -m pytest -n 3 --dist worksteal $(or $(ARGS),-m "not browser")

browser: environment bundler ## run the tests that drive a browser (Chromium)
	$(BIN)/python -m pytest -n 3 --dist worksteal -m browser tests/page tests/desk tests/conformance tests/house/test_browser.py

lint: environment ## style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --num-workers 2
	$(BIN)/lint-imports --no-logo

report: environment ## lines, functions and circles of imports by room: reported, not enforced (ARGS="cli issuer")
	$(BIN)/python -m tools.sizes $(ARGS)

page: bundler ## build what readers of the page get, verifier/static/built (needs Node)
	node tools/page/build.mjs

system: ## install the system packages that tests use (Debian, root)
	@sh tools/system.sh

bench: environment ## measure, each figure beside its yardstick (one of them: NAME=qr ARGS="--size 500")
	$(BIN)/python -m bench $(or $(NAME),all) $(ARGS)

soak: environment outsiders bundler fuzzing ## the long tests: many more random cases, no time limit; then every parser fuzzed (MINUTES=10 JOBS=1)
	HYPOTHESIS_PROFILE=soak $(BIN)/python -m pytest --soak --timeout=0 $(ARGS)
	.venv-fuzz/bin/python -m tests.fuzz --minutes $(or $(MINUTES),10) --jobs $(or $(JOBS),1)

lock: ## write the hash-locked files anew (take newer versions: UPGRADE=--upgrade)
	@command -v uv >/dev/null || test -x .venv-lock/bin/uv || \
		{ $(PYTHON) -m venv .venv-lock && .venv-lock/bin/python -m pip install --quiet uv; }
	$(COMPILE) --all-extras --group dev pyproject.toml -o requirements.lock
	$(COMPILE) --extra verifier pyproject.toml -c requirements.lock -o requirements-verifier.lock
	$(COMPILE) $(patsubst %,--extra %,verifier issuer desk pkcs11 postgres) pyproject.toml -c requirements.lock -o requirements-office.lock
	$(COMPILE) --group fuzz -c requirements.lock -o requirements-fuzz.lock
	$(COMPILE) --group outsiders -o requirements-outsiders.lock
	npm $(if $(UPGRADE),update,install) --prefix tests/outsiders/npm --package-lock-only --no-audit --no-fund
	npm $(if $(UPGRADE),update,install) --prefix tools/page --package-lock-only --no-audit --no-fund

clean: ## remove environments and caches (homes and their keys stay)
	rm -rf .venv .venv-fuzz .venv-outsiders .venv-lock build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	rm -rf tests/outsiders/npm/node_modules tools/page/node_modules
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

environment:
	@$(PYTHON) tools/environment.py .venv requirements.lock --project

outsiders: outsiders-python
	@$(PYTHON) -m tools.npm tests/outsiders/npm

outsiders-python:
	@$(PYTHON) tools/environment.py .venv-outsiders requirements-outsiders.lock

bundler:
	@$(PYTHON) -m tools.npm tools/page

fuzzing:
	@$(PYTHON) tools/environment.py .venv-fuzz requirements.lock requirements-fuzz.lock --project
