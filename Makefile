# Every target works as the only command on a fresh clone: it makes .venv, installs what it needs, and runs.
# A second run installs nothing, unless pyproject.toml has changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Without byte code `import tensorflow` takes 17 s instead of 5, so pip must compile it whatever the environment says.
WITH_BYTE_CODE := env -u PYTHONDONTWRITEBYTECODE
PIP := $(WITH_BYTE_CODE) $(BIN)/python -m pip install --quiet --disable-pip-version-check
EXAMPLES := $(filter-out examples/datasets.py,$(wildcard examples/*.py))

.PHONY: demo test lint format types examples $(EXAMPLES:%=run/%) docs docs-quick bench clean

demo: $(VENV)/.installed-plots
	$(BIN)/python examples/demo.py

# One pytest run of two processes, so each gets one thread for its matrix products. Most tests train in NumPy and
# compile nothing. Byte code of the tests is a third of the time that collecting them takes.
test: $(VENV)/.installed-test
	$(WITH_BYTE_CODE) OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest $(PYTEST_OPTIONS)

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(VENV)/.installed-dev
	$(BIN)/mypy

examples: $(EXAMPLES:%=run/%)

$(EXAMPLES:%=run/%): run/%: $(VENV)/.installed-tensorboard,search
	@echo "== $*"; MPLBACKEND=Agg $(BIN)/python -W ignore:FigureCanvasAgg $*

# Warnings are errors, broken links and references among them. Open docs/_build/html/index.html.
SPHINX := $(BIN)/python -m sphinx -W --keep-going -n -q docs docs/_build/html

docs: $(VENV)/.installed-docs
	$(SPHINX)

# Without running the examples of the gallery.
docs-quick: $(VENV)/.installed-docs
	$(SPHINX) -D plot_gallery=0

bench: $(VENV)/.installed-tensorboard,search
	$(BIN)/python -m benchmarks.first_fits
	$(BIN)/python -m benchmarks.searches
	$(BIN)/python -m benchmarks.hyperband
	$(BIN)/python -m benchmarks.fits
	$(BIN)/python -m benchmarks.fits --dtype float64
	$(BIN)/python -m benchmarks.keras_models
	$(BIN)/python -m benchmarks.features
	$(BIN)/python -m benchmarks.callbacks
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.predict
	$(BIN)/python -m benchmarks.bare_numpy
	$(BIN)/python -m benchmarks.charts

clean:
	rm -rf $(VENV) build dist examples/output docs/_build docs/api docs/api.rst docs/gallery docs/sg_execution_times.rst .pytest_cache .mypy_cache .ruff_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[$*]'
	@touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Stamps are made by a pattern, which make would take for intermediate files and delete.
.PRECIOUS: $(VENV)/.installed-%
