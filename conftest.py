"""Import the package as a whole first: pytest would import a single file of it twice, and its classes with it."""

import gc
import os

import pytest

import sklearn_ann  # noqa: F401  (for what the import does)

# Most programs of the tests run for a millisecond, so XLA makes its quickest code here and not its best, which takes
# three times as long, and in one thread, since there are as many processes as cores. ``XLA_FLAGS= pytest`` tests the
# code that users get; ``.ci/run`` does so for the engine.
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=1",
)

# Collecting the tests imports TensorFlow and makes a million objects, nearly all of which stay. Looking for garbage
# among them takes a fifth of that time, and half a second whenever a test collects garbage.
gc.disable()


@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop():
    """Leave what is there now alone, and collect the garbage of the tests."""
    gc.freeze()
    gc.enable()
