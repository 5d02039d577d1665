"""Silence never breaks what it silences: programs without standard error, and systems without a temporary folder."""

import ast
import sys
import textwrap

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier

from tests.forks import run_fork

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
    done = run_fork(textwrap.dedent(FIT) + textwrap.dedent(script), *arguments)
    assert done.returncode == 0, done.stderr


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


# Each case in a fork of its own; prints what the case has written to standard error.
CASES = r"""
import os, re, sys, tempfile
from sklearn_ann.runtime.quiet import without_lines

def lines(last=lambda: os.write(2, b"noise 2\n")):
    with without_lines(re.compile(rb"noise")):
        os.write(2, b"noise 1\nkept 1\n")
        print("kept 2", file=sys.stderr)
        last()
    print("noise after", file=sys.stderr)

def fails():
    lines(lambda: sys.exit(0))

def no_folder():
    tempfile.tempdir = "/nowhere"
    lines()

def without(close):
    shown = os.dup(2)
    close()
    with without_lines(re.compile(rb"noise")):
        os.write(shown, b"inside")

def no_descriptor():
    without(lambda: os.close(2))

def no_stream():
    without(sys.stderr.close)

for case in (lines, fails, no_folder, no_descriptor, no_stream):
    source, end = os.pipe()
    if not os.fork():
        os.dup2(end, 2)
        try:
            case()
        finally:
            os._exit(0)
    os.close(end)
    print(repr((case.__name__, open(source, "rb").read())), flush=True)
    os.wait()
"""


@pytest.fixture(scope="module")
def written():
    """What each case has written, by its name."""
    done = run_fork(CASES)
    assert done.returncode == 0, done.stderr
    return dict(map(ast.literal_eval, done.stdout.splitlines()))


needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="cases are forks, which was tried on Linux only")


@needs_fork
def test_only_lines_that_match_are_dropped_and_only_inside(written):
    assert written["lines"] == b"kept 1\nkept 2\nnoise after\n"


@needs_fork
@pytest.mark.parametrize("case", ["no_descriptor", "no_stream"])
def test_standard_error_that_cannot_be_written_to_is_left_alone(case, written):
    assert written[case] == b"inside"


@needs_fork
def test_without_a_temporary_folder_all_lines_appear(written):
    assert written["no_folder"] == b"noise 1\nkept 1\nkept 2\nnoise 2\nnoise after\n"


@needs_fork
def test_an_error_inside_comes_out_and_so_do_the_lines(written):
    assert written["fails"] == b"kept 1\nkept 2\n"
