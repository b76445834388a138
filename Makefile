# Every target is one line onto `mlp` or a check; the first one makes what they need.
.DEFAULT_GOAL := help
VENV := .venv
READY := $(VENV)/.ready
UV_VERSION := 0.13.8
# Where a shell forbids keeping what is compiled, every start of Python compiles the SDK anew: seconds each.
unexport PYTHONDONTWRITEBYTECODE

help: ## Show this help
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# A virtual environment holds its own path: that of a checkout that was moved, or whose Python is gone, is made again.
MADE_IN := $$(cat $(READY) 2>/dev/null)
KEPT = test -z "$(MADE_IN)" || test "$(MADE_IN)" = "$$(pwd -P)"
STALE := $(shell test ! -e $(VENV) || { { $(KEPT); } && $(VENV)/bin/python -c "" 2>/dev/null; } || echo stale)
$(READY): requirements.lock pyproject.toml $(STALE)
	@test -z "$(STALE)" || { echo "removing $(VENV), which was made elsewhere or by another Python"; rm -rf $(VENV); }
	@echo "installing the Python packages of requirements.lock into $(VENV)"
	@test -x $(VENV)/bin/python || uv venv -q $(VENV) 2>/dev/null || python3 -m venv $(VENV)
	@command -v uv >/dev/null || test -x $(VENV)/bin/uv || $(VENV)/bin/python -m pip install -q --disable-pip-version-check uv==$(UV_VERSION)
	@PATH="$$PATH:$(VENV)/bin" uv pip sync -q --python $(VENV)/bin/python --require-hashes requirements.lock
	@PATH="$$PATH:$(VENV)/bin" uv pip install -q --python $(VENV)/bin/python --no-deps --no-build-isolation --editable .
	@pwd -P > $@

stale:

up: $(READY) ## Install what is missing, start the sandbox, bring the local platform up
	@$(VENV)/bin/mlp up

test: $(READY) ## Run the whole test suite, sandbox layer included
	@$(VENV)/bin/mlp doctor --fix --quiet
	@# The engine and the control planes work less if they may use some memory.
	@GOGC=400 GOMEMLIMIT=1GiB $(VENV)/bin/pytest -n 3 --dist loadfile --no-loadscope-reorder

bench: $(READY) ## Time what users run, each beside a floor; PART=up for one part, PART=--help for all
	@$(VENV)/bin/python -m tests.bench $(PART)

soak: $(READY) ## Kill parts of prod's sandbox at 20 points; each time the next command must work; an hour
	@$(VENV)/bin/python -m tests.soak

soak-policies: $(READY) ## Bring prod's sandbox up with 20 policies that lack something; each must be refused; 20 minutes
	@$(VENV)/bin/python -m tests.soak.policies

charts: $(READY) ## Render every chart with today's values and write its facts; FROM=folder of archives
	@$(VENV)/bin/python -m tests.charts $(if $(FROM),--from $(FROM)) $(CHARTS)

down: $(READY) ## Take everything away again and prove it
	@$(VENV)/bin/mlp down

lint: $(READY) ## Run ruff, pyright, the import contracts and the checks of the workflows
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/pyright && $(VENV)/bin/lint-imports
	@$(VENV)/bin/pytest -q tests/test_workflows.py

lock: $(READY) ## Resolve pyproject.toml again into requirements.lock
	@$(VENV)/bin/uv pip compile -q pyproject.toml --group dev --universal --generate-hashes --no-header -o requirements.lock
	@$(VENV)/bin/uv pip compile -q --group workloads --universal --generate-hashes --no-header -o tools/workloads/requirements.lock

.PHONY: help up test bench soak soak-policies charts down lint lock stale
