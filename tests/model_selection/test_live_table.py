"""The table that a search shows on a terminal: a real pseudo-terminal, read by a small emulator."""

import contextlib
import os
import re
import sys
import threading

import pytest
from sklearn.model_selection import KFold

from sklearn_ann.model_selection import HyperbandSearchCV, OptunaSearchCV, live_table
from tests.estimators.problems import LABELS, X, classifier

pty = pytest.importorskip("pty")  # not on Windows
pytest.importorskip("rich")
CV = KFold(2, shuffle=True, random_state=0)
RATES = {"learning_rate_init": [0.001, 0.01, 0.03, 0.1, 0.3], "batch_size": [8, 16, 30]}
LINE = r"\[\d+\.\d s, (\d+\.\d|nan) s left at most\] "


@pytest.fixture
def terminal(monkeypatch):
    """A context in which standard output is a terminal; gives what it was sent, as a list of one string at its end."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "150")
    monkeypatch.setattr(live_table, "_SECONDS", 0.0)  # renew after every fit

    @contextlib.contextmanager
    def made():
        controller, worker = pty.openpty()
        sent, received = [], []

        def read():
            with contextlib.suppress(OSError):  # Linux: the other side is closed
                while part := os.read(controller, 4096):
                    received.append(part)

        reader = threading.Thread(target=read)
        reader.start()
        with (
            contextlib.suppress(BrokenPipeError),  # at its end, of what a test has left in the stream
            os.fdopen(worker, "w") as stream,
            monkeypatch.context() as patch,
        ):
            patch.setattr(sys, "stdout", stream)
            patch.setattr(sys, "stderr", stream)
            yield sent
        reader.join()
        os.close(controller)
        sent.append(b"".join(received).decode())

    return made


def screen(sent):
    """Lines that a terminal shows after these characters, those that have scrolled up included."""
    lines, row, column = [""], 0, 0
    for token in re.findall(r"\x1b\[[?\d]*[A-Za-z]|[^\x1b]", sent):
        if token == "\n":
            row += 1
            lines += [""] * (row == len(lines))
        elif token == "\r":
            column = 0
        elif token == "\x1b[1A":
            row -= 1
        elif token == "\x1b[2K":
            lines[row] = ""
        elif token[0] != "\x1b":
            lines[row] = lines[row][:column].ljust(column) + token + lines[row][column + 1 :]
            column += 1
        else:
            assert token in ("\x1b[?25l", "\x1b[?25h"), token  # hide the cursor, show it
    return lines


def hyperband(**settings):
    settings = {"max_iter": 9, "cv": CV, "random_state": 0, "verbose": 2} | settings
    return HyperbandSearchCV(classifier(), RATES, **settings)


def test_the_table_is_renewed_below_the_lines(terminal):
    with terminal() as sent:
        search = hyperband().fit(X, LABELS)
        assert search.stop_reason_ == "all brackets were made"
    *lines, blank = screen(sent[0])
    assert blank == ""
    expected = ["18 fits up to epoch 1", "6 fits up to epoch 3", "2 fits up to epoch 9", "10 fits up to epoch 3"]
    expected += ["2 fits up to epoch 9", "6 fits up to epoch 9", "best of 17 trials"]
    assert all(re.fullmatch(LINE + text, line) for text, line in zip(expected, lines[:7], strict=True))
    assert lines[7:] == search.summary(5).splitlines()
    assert sent[0].count("candidate  bracket") > 17  # not at the end alone
    assert sent[0].endswith("\x1b[?25h")


def test_what_is_printed_meanwhile_stays_above_the_table(terminal):
    def score(model, X, y):
        print("odd", file=sys.stderr)
        return 1.0

    with terminal() as sent:
        search = hyperband(scoring=score, max_iter=3, refit=False).fit(X, LABELS)
    n_fits = 2 * len(search.cv_results_["params"])
    lines = screen(sent[0])
    assert lines.count("odd") == n_fits
    assert lines[n_fits + 4 : -1] == search.summary(5).splitlines()  # below the lines of three rungs and the time


def test_ctrl_c_leaves_the_terminal_as_it_was(terminal):
    calls = []

    def score(model, X, y):
        calls.append(0)
        if len(calls) > 21:
            raise KeyboardInterrupt
        return 1.0

    with terminal() as sent:
        before = sys.stdout
        with pytest.warns(UserWarning, match="interrupted by user"):
            search = hyperband(scoring=score, refit=False).fit(X, LABELS)
        assert sys.stdout is before
    assert sent[0].count("\x1b[?25l") == sent[0].count("\x1b[?25h") == 1
    trials = [line.split()[0] for line in screen(sent[0])[-6:-1]]
    assert trials == [line.split()[0] for line in search.summary(5).splitlines()[2:]]


@pytest.mark.parametrize("lost", ["the stream is closed", "the terminal is gone", "there is no stream"])
def test_a_search_outlives_its_standard_output(lost, terminal, monkeypatch):
    calls = []

    def score(model, X, y):
        calls.append(0)
        if len(calls) == 10:
            if lost == "the stream is closed":
                stream.close()
            else:
                os.dup2(end_of_pipe, stream.fileno())
        return 1.0

    reader, end_of_pipe = os.pipe()
    os.close(reader)  # who writes now gets a BrokenPipeError
    with terminal() as sent:
        stream = sys.stdout
        if lost == "there is no stream":
            monkeypatch.setattr(sys, "stdout", None)
        search = hyperband(scoring=score).fit(X, LABELS)
    assert search.stop_reason_ == "all brackets were made"
    assert ("best of" in sent[0]) == (lost != "there is no stream")


def test_trials_that_optuna_proposes(terminal):
    pytest.importorskip("optuna")
    with terminal() as sent:
        search = OptunaSearchCV(
            classifier(), RATES, n_trials=3, max_iter=2, cv=CV, random_state=0, verbose=2
        ).fit(X, LABELS)  # fmt: skip
    assert screen(sent[0])[-6:-1] == search.summary(5).splitlines()


def test_lines_alone_where_there_is_no_terminal(capsys, monkeypatch, terminal):
    pattern = LINE + r"\d fits up to epoch \d"
    hyperband(max_iter=3).fit(X, LABELS)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 3 and all(re.fullmatch(pattern, line) for line in lines)
    monkeypatch.setenv("TERM", "dumb")  # one without a cursor to move
    with terminal() as sent:
        hyperband(max_iter=3).fit(X, LABELS)
    lines = sent[0].splitlines()
    assert len(lines) == 3 and all(re.fullmatch(pattern, line) for line in lines)
    monkeypatch.setenv("TERM", "xterm")
    with terminal() as sent:
        hyperband(max_iter=3, verbose=1).fit(X, LABELS)
    lines = sent[0].splitlines()
    assert len(lines) == 3 and all(re.fullmatch(pattern, line) for line in lines)


def test_rich_has_to_be_there(monkeypatch):
    monkeypatch.setitem(sys.modules, "rich", None)
    with pytest.raises(ImportError, match="HyperbandSearchCV with verbose=2 requires rich"):
        hyperband().fit(X, LABELS)
