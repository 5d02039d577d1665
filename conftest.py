"""Import the package as a whole first: pytest would import a single file of it twice, and its classes with it."""

import sklearn_ann  # noqa: F401  (for what the import does)
