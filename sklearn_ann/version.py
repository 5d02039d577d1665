"""The version of the package.

A constant, read from here by the build too: right also in a source tree that was never installed, and no metadata file
has to be found and parsed at import.
"""

__all__ = ["__version__"]

__version__ = "0.1.0"
