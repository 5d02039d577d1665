# Every target works as the only command on a fresh clone: it makes .venv, installs what it needs, and runs.
# A second run installs nothing, unless pyproject.toml has changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Without byte code `import tensorflow` takes 17 s instead of 5, so pip must compile it whatever the environment says.
PIP := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m pip install --quiet --disable-pip-version-check
EXAMPLES := $(filter-out examples/datasets.py,$(wildcard examples/*.py))

.PHONY: demo test lint format types examples bench clean

demo: $(VENV)/.installed-plots
	$(BIN)/python examples/demo.py

# A process keeps the memory of every program that was compiled in it: TensorFlow gives none of it back. The suite
# compiles hundreds, hence three runs instead of one: scikit-learn's checks and tests and the documents, the estimators
# and what looks at them, the rest. Most programs of the first two run for a millisecond: XLA's machine code is the
# quickest to make there, not the best, and what it computes differs in the last bits. The code that users get is in the
# third run, with all that is about numbers: the engine's rooms, and both files that compare the estimators with
# scikit-learn's to the last digits.
CHECKS := $(wildcard tests/estimators/test_*_conformance.py) tests/test_sklearn_own_tests.py tests/test_docs.py
NUMBERS := $(addprefix tests/estimators/,test_parity.py test_perceptron.py)
ESTIMATORS := $(filter-out $(CHECKS) $(NUMBERS),$(wildcard tests/estimators/test_*.py)) \
	$(addprefix tests/,callbacks inspection keras)
QUICK := --xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=4
test: $(VENV)/.installed-test
	XLA_FLAGS='$(QUICK)' $(BIN)/python -m pytest $(CHECKS)
	XLA_FLAGS='$(QUICK)' $(BIN)/python -m pytest $(ESTIMATORS)
	$(BIN)/python -m pytest tests sklearn_ann $(addprefix --ignore=,$(CHECKS) $(ESTIMATORS))

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

types: $(VENV)/.installed-dev
	$(BIN)/mypy

examples: $(VENV)/.installed-tensorboard
	@set -e; for script in $(EXAMPLES); do echo "== $$script"; $(BIN)/python $$script; done

bench: $(VENV)/.installed-tensorboard
	$(BIN)/python -m benchmarks.fits
	$(BIN)/python -m benchmarks.fits --dtype float64
	$(BIN)/python -m benchmarks.features
	$(BIN)/python -m benchmarks.callbacks
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.predict

clean:
	rm -rf $(VENV) build dist examples/output .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/.installed-%: pyproject.toml | $(BIN)/python
	$(PIP) --editable '.[$*]'
	@touch $@

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# Stamps are made by a pattern, which make would take for intermediate files and delete.
.PRECIOUS: $(VENV)/.installed-%
