"""Import the package as a whole first: pytest would import a single file of it twice, and its classes with it."""

import os

import sklearn_ann  # noqa: F401  (for what the import does)

# Most programs of the tests run for a millisecond, so XLA makes its quickest code here and not its best, which takes
# three times as long. ``XLA_FLAGS= pytest`` tests the code that users get; ``.ci/run`` does so for the engine.
os.environ.setdefault(
    "XLA_FLAGS",
    "--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false --xla_cpu_parallel_codegen_split_count=4",
)
