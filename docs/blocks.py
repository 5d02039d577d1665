"""The Python blocks of a page: a page comes in, its blocks run in order and in one namespace.

``python docs/blocks.py`` draws the pictures in ``docs/images`` anew: it runs every page that shows some, and keeps what
its ``savefig`` calls write.
"""

import contextlib
import re
import shutil
import tempfile
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # files are written, no window opened

import matplotlib.pyplot as plt

__all__ = ["pictures_of", "python_blocks", "run_blocks"]

DOCS = Path(__file__).resolve().parent
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PICTURE = re.compile(r"!\[[^]]*\]\(images/([^)]+)\)")


def python_blocks(path):
    """Yield each block as source, padded with empty lines so that a traceback names the line of the page."""
    text = path.read_text()
    for match in _BLOCK.finditer(text):
        yield "\n" * text.count("\n", 0, match.start(1)) + match.group(1)


def pictures_of(path):
    """Names of the pictures in ``docs/images`` that a page shows."""
    return _PICTURE.findall(path.read_text())


def run_blocks(path):
    """Run the blocks of a page in the current folder."""
    namespace = {"__name__": "__main__"}
    for source in python_blocks(path):
        exec(compile(source, str(path), "exec"), namespace)
    plt.close("all")


if __name__ == "__main__":
    for page in sorted(DOCS.glob("*.md")):
        if pictures_of(page) and any(python_blocks(page)):
            print(page.name, flush=True)
            with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
                run_blocks(page)
                for name in pictures_of(page):
                    shutil.copy(name, DOCS / "images")
