"""The line that tells how far a training is."""

import contextlib
import io
import os
import pickle

import pytest

from sklearn_ann import PerceptronClassifier
from sklearn_ann.callbacks import ProgressLine, Scores, VitalSigns
from tests.estimators.problems import LABELS, X, classifier

# fits of a few epochs: what is looked at is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_a_file_gets_ten_lines_and_a_last_one():
    file = io.StringIO()
    model = classifier(max_iter=30).set_callbacks(ProgressLine(file)).fit(X, LABELS)
    lines = file.getvalue().splitlines()
    assert len(lines) == 11 and lines[0].startswith("epoch  3/30  loss ") and "left at most" in lines[0]
    assert f"loss {model.loss_:.4g}" in lines[-1] and lines[-1].endswith(model.stop_reason_)


def test_a_line_has_what_its_epoch_has():
    file = io.StringIO()
    classifier(max_iter=3).set_callbacks(Scores("accuracy", every=2), ProgressLine(file)).fit(X, LABELS)
    assert ["accuracy" in line for line in file.getvalue().splitlines()] == [False, True, False, False]
    assert "nan" not in file.getvalue()


def test_a_terminal_gets_one_line_over_and_over():
    file = Terminal()
    classifier().set_callbacks(ProgressLine(file)).fit(X, LABELS)
    assert file.getvalue().count("\n") == 1 and file.getvalue().count("\r") >= 2


@pytest.mark.parametrize("width", [50, 20])
def test_a_line_fits_the_terminal(width):
    termios = pytest.importorskip("termios")
    reading, writing = os.openpty()
    termios.tcsetwinsize(writing, (24, width))
    file = Terminal()
    file.fileno = lambda: writing
    classifier().set_callbacks(VitalSigns(), ProgressLine(file)).fit(X, LABELS)
    os.close(reading)
    os.close(writing)
    *lines, last = file.getvalue().split("\r\x1b[K")[1:]
    assert lines and all(len(line) == width - 1 for line in lines)
    assert "gradient_2" in last


def test_the_line_has_what_later_callbacks_record():
    file = io.StringIO()
    model = classifier().set_callbacks(ProgressLine(file), Scores("f1_macro", on="train")).fit(X, LABELS)
    lines = file.getvalue().splitlines()
    for line, score in zip(lines, model.history_["train_f1_macro"], strict=False):
        assert f"train_f1_macro {score:.4g}" in line


def test_standard_error_is_the_default(capsys):
    classifier().set_callbacks(pickle.loads(pickle.dumps(ProgressLine()))).fit(X, LABELS)
    captured = capsys.readouterr()
    assert "epoch 5/5" in captured.err and not captured.out


def test_a_program_without_standard_error_gets_no_line(capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr", None)
    model = classifier().set_callbacks(ProgressLine()).fit(X, LABELS)
    assert model.n_iter_ == 5 and not capsys.readouterr().out


def _closed():
    file = io.StringIO()
    file.close()
    return file


def _broken():
    """A pipe that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    return open(writing, "w", buffering=1)  # by lines, as a terminal


@pytest.mark.parametrize("make_file", [_closed, _broken], ids=["closed", "broken"])
def test_no_fit_is_lost_because_nobody_reads_its_lines(make_file, monkeypatch):
    file = make_file()
    assert classifier().set_callbacks(ProgressLine(file)).fit(X, LABELS).n_iter_ == 5
    monkeypatch.setattr("sys.stdout", file)
    assert classifier(verbose=True).fit(X, LABELS).n_iter_ == 5
    assert classifier(verbose=True, solver="lbfgs").fit(X, LABELS).n_iter_ == 5
    assert PerceptronClassifier(verbose=1, max_iter=5).fit(X, LABELS).n_iter_ == 5
    with contextlib.suppress(BrokenPipeError):  # what is left in the buffer cannot be written
        file.close()
