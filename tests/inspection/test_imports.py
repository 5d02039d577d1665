"""Importing the room loads neither Matplotlib nor TensorFlow, of which only a fresh interpreter can tell."""

import subprocess
import sys


def test_import_loads_neither_matplotlib_nor_tensorflow():
    code = (
        "import sys, sklearn_ann.inspection; "
        "print(sorted({'matplotlib', 'tensorflow', 'keras'} & {name.split('.')[0] for name in sys.modules}))"
    )
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (finished.returncode, finished.stdout.strip()) == (0, "[]"), finished.stderr
