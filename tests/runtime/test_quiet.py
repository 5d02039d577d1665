"""Silence never breaks what it silences: programs without standard error, and systems without a temporary folder."""

import subprocess
import sys
import textwrap

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

FIT = """
    import sys
    import numpy as np

    def fit():
        import warnings
        from sklearn_ann import MLPClassifierTF, PerceptronClassifier
        warnings.simplefilter("ignore")
        X, y = np.random.RandomState(0).normal(size=(40, 3)), np.arange(40) % 2
        PerceptronClassifier(max_iter=3, verbose=sys.stdout is None).fit(X, y)
        model = MLPClassifierTF((4,), max_iter=3, random_state=0, verbose=sys.stdout is None).fit(X, y)
        np.save(sys.argv[1], model.coefs_[0])
"""


def run(script, *arguments):
    source = textwrap.dedent(FIT) + textwrap.dedent(script)
    done = subprocess.run([sys.executable, "-c", source, *map(str, arguments)], capture_output=True, timeout=200)
    assert done.returncode == 0, done.stderr.decode()
    return done.stderr


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of three epochs
@pytest.mark.parametrize(
    "setting",
    [
        "sys.stdout = sys.stderr = None",
        "import os; sys.stdout = sys.stderr = None; os.close(1); os.close(2)",
        "import os; os.chdir('/proc'); import tempfile; tempfile._candidate_tempdir_list = lambda: ['/proc']",
    ],
    ids=["windowed", "daemon", "no temporary folder"],
)
def test_a_fit_gets_through(setting, tmp_path):
    if "/proc" in setting and sys.platform != "linux":
        pytest.skip("needs a folder that nobody can write to, root included")
    run(f"{setting}\nfit()", tmp_path / "coef.npy")
    X, y = np.random.RandomState(0).normal(size=(40, 3)), np.arange(40) % 2
    theirs = MLPClassifier((4,), max_iter=3, random_state=0).fit(X, y)
    np.testing.assert_allclose(np.load(tmp_path / "coef.npy"), theirs.coefs_[0], rtol=0, atol=1e-6)


LINES = r"""
import os, re
from sklearn_ann.runtime.quiet import without_lines

with without_lines(re.compile(rb"noise")):
    os.write(2, b"noise 1\nkept 1\n")
    print("kept 2", file=sys.stderr)
    os.write(2, b"noise 2\n")
print("noise after", file=sys.stderr)
"""


def test_only_lines_that_match_are_dropped_and_only_inside():
    assert run(LINES) == b"kept 1\nkept 2\nnoise after\n"


@pytest.mark.parametrize("setting", ["os.close(2)", "sys.stderr.close()"])
def test_standard_error_that_cannot_be_written_to_is_left_alone(setting, tmp_path):
    script = f"""
import os, re
from sklearn_ann.runtime.quiet import without_lines
{setting}
with without_lines(re.compile(rb"noise")):
    np.save(sys.argv[1], 1)
"""
    run(script, tmp_path / "inside.npy")
    assert (tmp_path / "inside.npy").exists()


def test_without_a_temporary_folder_all_lines_appear():
    script = "import tempfile\ntempfile.tempdir = '/nowhere'\n" + LINES
    assert run(script) == b"noise 1\nkept 1\nkept 2\nnoise 2\nnoise after\n"


def test_an_error_inside_comes_out_and_so_do_the_lines():
    script = LINES.replace('    os.write(2, b"noise 2\\n")', "    raise SystemExit(0)")
    assert run(script) == b"kept 1\nkept 2\n"
