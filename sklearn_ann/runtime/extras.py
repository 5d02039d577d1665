"""Packages that are installed as an extra: their absence is said in one sentence, before any training.

Comes in: the name of a package. Goes out: nothing, or an error that tells what to install. Importing is left to the
caller.
"""

from __future__ import annotations

from importlib.util import find_spec

__all__ = ["check_installed"]


def check_installed(package: str, *, extra: str, subject: str) -> None:
    """Check that a package can be imported.

    Raises
    ------
    ImportError
        If it cannot. It needs the package and names the extra of this distribution that installs it.
    """
    spec = find_spec(package)
    # Any folder of that name in the working directory has a spec too: event files often lie in one named tensorboard.
    if spec is None or spec.origin is None:
        raise ImportError(
            f"{subject} needs the package {package}, which is not installed; run "
            f"pip install 'sklearn-ann-tf[{extra}]'."  # quoted, since brackets are a pattern in zsh
        )
