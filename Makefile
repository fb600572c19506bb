.DEFAULT_GOAL := run
.PHONY: run test bench lint clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Set up what is needed and start: the playground where no platform is configured.
run: $(VENV)/.run
	@$(BIN)/python -m bot run

# Set up what is needed; lint, types and tests.
test: $(VENV)/.dev lint
	$(BIN)/python -m pytest -n auto --dist loadfile

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Tables of speed, memory and retrieval quality. MODELS=1 also installs and measures sentence-transformers.
bench: $(VENV)/.dev $(if $(MODELS),$(VENV)/.models)
	$(BIN)/python -m tests.benchmarks

clean:
	rm -rf $(VENV) .matinee .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Matinee needs Python 3.11 or newer")'
	@echo "Setting up $(VENV)…"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@echo "Installing what the worker needs…"
	@$(PIP) -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-dev.txt | $(VENV)/bin/python
	@echo "Installing what development needs…"
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(VENV)/.run

$(VENV)/.models: requirements-models.txt | $(VENV)/bin/python
	@echo "Installing what models need…"
	@$(PIP) -r requirements-models.txt
	@touch $@
