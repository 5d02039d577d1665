"""Checkpoints, and fits that go on from them: to the last bit what a fit that was never interrupted gives."""

import copy
import os
import signal
import time
import warnings

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV

from sklearn_ann import MLPClassifierTF, PerceptronClassifier
from sklearn_ann.callbacks import Callback, Checkpoint, EarlyStopping, Scores, TargetScore, TimeLimit
from sklearn_ann.callbacks.checkpoint import checkpoint_files
from sklearn_ann.data.orders import EpochOrders
from sklearn_ann.engines.state import Curves
from sklearn_ann.fitting.resuming import _LISTS, identity_of, restored_from, snapshot
from sklearn_ann.schedules import OneCycle, Piecewise
from tests.estimators.problems import LABELS, REAL, WEIGHTS, X_VAL, Y_VAL, X, classifier, regressor
from tests.processes import start_process

# fits of a few epochs: what is looked at is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Breaks(Callback):
    """Ends a training by an exception, and records something before."""

    def __init__(self, at=None):
        self.at = at

    def epoch_end(self, context):
        context.record(norm=np.linalg.norm(context.weights.coefs[0]))
        if context.epoch == self.at:
            raise RuntimeError("broken")


def broken(model, at, folder, *data, **settings):
    """Break a fit at some epoch; its checkpoints are in the folder then."""
    held_out = settings.pop("held_out", {})
    model.set_callbacks(Breaks(at), Checkpoint(folder, **settings))
    with pytest.raises(RuntimeError, match="broken"):
        model.fit(*data, **held_out)


def assert_same_fit(model, expected):
    arrays = [*model.coefs_, *model.intercepts_, *model.extra_weights_.values()]
    others = [*expected.coefs_, *expected.intercepts_, *expected.extra_weights_.values()]
    for a, b in zip(arrays, others, strict=True):
        np.testing.assert_array_equal(a, b)
    for name in ("loss_curve_", "learning_rate_curve_", "n_iter_", "t_", "best_loss_", "stop_reason_"):
        assert getattr(model, name) == getattr(expected, name), name
    for name in ("validation_scores_", "validation_loss_curve_", "best_validation_score_"):
        assert getattr(model, name) == getattr(expected, name), name


VARIANTS = {
    "plain": (classifier, (X, LABELS), {}),
    "batches, momentum": (lambda **p: classifier(solver="sgd", batch_size=16, **p), (X, LABELS, WEIGHTS), {}),
    "early stopping, noise": (lambda **p: classifier(early_stopping=True, dropout=0.3, **p), (X, LABELS), {}),
    "scorer of the host": (
        lambda **p: classifier(early_stopping=True, scoring="f1_macro", **p),
        (X, LABELS),
        {"X_val": X_VAL, "y_val": Y_VAL},
    ),
    "ensemble": (lambda **p: classifier(n_estimators=2, batch_size=16, **p), (X, LABELS), {}),
    "moving means, average, schedule": (
        lambda **p: regressor(normalization="batch", averaging=0.2, learning_rate=OneCycle(peak=0.1), **p),
        (X, REAL),
        {},
    ),
    "plateau": (lambda **p: regressor(learning_rate="plateau", tol=0.05, **p), (X, REAL), {}),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_a_resumed_fit_is_the_uninterrupted_one(name, tmp_path):
    make, data, held_out = VARIANTS[name]
    broken(make(max_iter=12), 7, tmp_path, *data, every=2, held_out=held_out)
    assert [path.name for path in checkpoint_files(tmp_path)] == ["epoch-000007.zip", "epoch-000006.zip"]
    model = make(max_iter=12).set_callbacks(Breaks(), Checkpoint(tmp_path, every=2))
    model.fit(*data, **held_out, resume=True)
    whole = make(max_iter=12).set_callbacks(Breaks()).fit(*data, **held_out)
    assert_same_fit(model, whole)
    assert model.history_ == whole.history_
    again = make(max_iter=12).fit(*data, **held_out, resume=tmp_path)  # of a fit that has ended
    assert_same_fit(again, whole)


def test_a_checkpoint_has_what_later_callbacks_record(tmp_path):
    """A stopping rule goes by it."""

    def fit(*callbacks, **arguments):
        scores, stopping = Scores("f1_macro", on="train"), EarlyStopping("train_f1_macro", patience=3)
        return classifier(max_iter=12).set_callbacks(*callbacks, scores, stopping).fit(X, LABELS, **arguments)

    with pytest.raises(RuntimeError, match="broken"):
        fit(Checkpoint(tmp_path, best="train_f1_macro"), Breaks(2))
    resumed, whole = fit(Checkpoint(tmp_path), Breaks(), resume=True), fit(Breaks())
    assert_same_fit(resumed, whole)
    assert resumed.history_ == whole.history_


def test_entropy_and_generators_of_the_caller_are_resumed_too(tmp_path):
    broken(classifier(random_state=None, early_stopping=True), 3, tmp_path / "none", X, LABELS)
    twins = [
        classifier(random_state=None, early_stopping=True).fit(X, LABELS, resume=tmp_path / "none") for _ in range(2)
    ]
    assert_same_fit(*twins)
    shared = np.random.RandomState(5)
    whole = classifier(random_state=shared, batch_size=16).fit(X, LABELS)
    broken(classifier(random_state=np.random.RandomState(5), batch_size=16), 2, tmp_path / "own", X, LABELS)
    mine = np.random.RandomState(77)
    assert_same_fit(classifier(random_state=mine, batch_size=16).fit(X, LABELS, resume=tmp_path / "own"), whole)
    assert mine.randint(1 << 30) == shared.randint(1 << 30)


def test_more_epochs_may_be_asked_for_unless_a_schedule_goes_by_them(tmp_path):
    classifier().set_callbacks(Checkpoint(tmp_path / "a")).fit(X, LABELS)
    longer = classifier(max_iter=9).set_callbacks(Checkpoint(tmp_path / "a")).fit(X, LABELS, resume=True)
    assert_same_fit(longer, classifier(max_iter=9).fit(X, LABELS))
    classifier(learning_rate="cosine").set_callbacks(Checkpoint(tmp_path / "b", keep=1)).fit(X, LABELS)
    with pytest.raises(ValueError, match="of a fit with max_iter=5, not max_iter=9"):
        classifier(learning_rate="cosine", max_iter=9).fit(X, LABELS, resume=tmp_path / "b")


class Keeps(Callback):
    """Ends a training at some epoch and keeps its snapshot."""

    def __init__(self, at):
        self.at = at

    def epoch_end(self, context):
        return context.epoch == self.at

    def end(self, context):
        self.snapshot = context.snapshot()


@pytest.mark.parametrize("name", VARIANTS)
def test_a_fit_goes_on_from_a_snapshot_in_memory_as_often_as_asked(name):
    make, data, held_out = VARIANTS[name]
    first = Keeps(at=7)
    make(max_iter=12).set_callbacks(first).fit(*data, **held_out)
    whole = make(max_iter=12).fit(*data, **held_out)
    for _ in range(2):  # nothing that training changes is shared with the snapshot
        assert_same_fit(make(max_iter=12).fit(*data, **held_out, resume=first.snapshot), whole)


def test_a_resumed_warm_start_knows_the_best_score_of_the_fit_before():
    begun = regressor(early_stopping=True).fit(X, REAL)
    begun.set_params(warm_start=True, learning_rate_init=10.0)
    first = Keeps(at=2)
    copy.deepcopy(begun).set_callbacks(first).fit(X, REAL)
    resumed = regressor(early_stopping=True, learning_rate_init=10.0).fit(X, REAL, resume=first.snapshot)
    whole = begun.fit(X, REAL)
    assert max(whole.validation_scores_[-whole.n_iter_ :]) < whole.best_validation_score_
    assert_same_fit(resumed, whole)


PERCEPTRONS = {
    "plain": {},
    "two classes, float32": {"dtype": "float32"},
    "averaged": {"average": 100, "backend": "numpy"},
    "averaged, l1": {"average": True, "penalty": "l1", "alpha": 0.01, "backend": "numpy"},
    "elastic net, early stopping": {"penalty": "elasticnet", "early_stopping": True, "tol": None},
    "l2, float32, weights": {"penalty": "l2", "dtype": "float32", "class_weight": "balanced"},
    "stops": {"tol": 0.01},
    "entropy": {"random_state": None, "early_stopping": True},
}


@pytest.mark.parametrize("backend", ["numpy", "tensorflow"])
@pytest.mark.parametrize("name", PERCEPTRONS)
def test_a_perceptron_goes_on_from_snapshots_and_checkpoints(name, backend, tmp_path):
    y = LABELS == 0 if name.startswith("two") else LABELS

    def model():
        return PerceptronClassifier(**{"max_iter": 9, "tol": None, "backend": backend, **PERCEPTRONS[name]})

    kept = [Keeps(at=3), Keeps(at=5)]
    broken = model().set_callbacks(Breaks(), Checkpoint(tmp_path), kept[0]).fit(X, y)
    assert broken.n_iter_ == 3
    first = model().set_callbacks(Breaks(), kept[1]).fit(X, y, resume=kept[0].snapshot)
    resumed = model().set_callbacks(Breaks()).fit(X, y, resume=kept[1].snapshot)
    whole = model().set_callbacks(Breaks()).fit(X, y, resume=tmp_path)
    if name != "entropy":
        whole = model().set_callbacks(Breaks()).fit(X, y)
    again = model().fit(X, y, resume=tmp_path)  # not watched
    assert resumed.n_iter_ == whole.n_iter_ >= 5
    assert first.history_["norm"] == whole.history_["norm"][:5]
    for other in (resumed, again):
        np.testing.assert_array_equal(other.coef_, whole.coef_)
        np.testing.assert_array_equal(other.intercept_, whole.intercept_)
        for attribute in ("loss_curve_", "mistakes_curve_", "n_iter_", "t_", "stop_reason_"):
            assert getattr(other, attribute) == getattr(whole, attribute), attribute
    assert resumed.history_ == whole.history_


def test_a_snapshot_of_another_fit_is_refused():
    kept = Keeps(at=2)
    classifier().set_callbacks(kept).fit(X, LABELS)
    with pytest.raises(ValueError, match="resume must be a snapshot of this fit, but it is of a fit to other data"):
        classifier().fit(X, LABELS, WEIGHTS, resume=kept.snapshot)


def test_without_checkpoints_a_fit_begins(tmp_path):
    model = classifier().set_callbacks(Checkpoint(tmp_path / "new")).fit(X, LABELS, resume=True)
    assert_same_fit(model, classifier().fit(X, LABELS))


class Peaks(Callback):
    """Records a column that is best at epoch 14."""

    def begin(self, context):
        context.announce("peak")

    def epoch_end(self, context):
        context.record(peak=-abs(context.epoch - 14))


def test_the_newest_stay_and_the_best(tmp_path):
    model = classifier(max_iter=30).set_callbacks(
        Peaks(), Checkpoint(tmp_path, every=4, keep=3, best="peak", mode="max")
    )
    model.fit(X, LABELS)
    epochs = ["best.zip", "epoch-000024.zip", "epoch-000028.zip", "epoch-000030.zip"]
    (folder,) = tmp_path.iterdir()
    assert sorted(path.name for path in folder.iterdir()) == epochs
    of_best = classifier(max_iter=14).fit(X, LABELS, resume=folder / "best.zip")
    assert_same_fit(of_best, classifier(max_iter=14).fit(X, LABELS))


class InterruptedScorer:
    """Accuracy, and a Ctrl-C instead of one: it comes while an epoch is on its way."""

    def __init__(self, at=None):
        self.at, self.n_calls = at, 0

    def __repr__(self):
        return "accuracy"

    def __call__(self, model, rows, labels):
        self.n_calls += 1
        if self.n_calls == self.at:
            raise KeyboardInterrupt
        return model.score(rows, labels)


@pytest.mark.filterwarnings("ignore:Training interrupted by user")  # it is, on purpose
def test_what_ctrl_c_interrupts_is_resumed_too(tmp_path):
    def fit(at=None, **more):
        model = classifier(early_stopping=True, scoring=InterruptedScorer(at), batch_size=16, max_iter=12)
        return (model.set_callbacks(Checkpoint(tmp_path, every=5)) if at else model).fit(X, LABELS, **more)

    assert fit(at=9).n_iter_ == 7  # the first score is of the weights that training begins with
    assert checkpoint_files(tmp_path)[0].name == "epoch-000007.zip"
    assert_same_fit(fit(resume=tmp_path), fit())


def test_functions_that_print_alike_are_told_apart(tmp_path):
    def network(rate):
        return classifier(learning_rate=lambda epoch: rate / (1 + epoch), batch_size=16, max_iter=4)

    network(0.1).set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS)
    with pytest.raises(ValueError, match=r"of a fit with learning_rate=\S+<lambda> (\w+), not learning_rate=\S+ "):
        network(0.01).fit(X, LABELS, resume=tmp_path)
    anew = network(0.01).set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS, resume=True)
    assert_same_fit(anew, network(0.01).fit(X, LABELS))
    assert len(list(tmp_path.iterdir())) == 2
    network(0.1).set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS, resume=True)  # which is complete
    assert len(list(tmp_path.iterdir())) == 2


class Interrupts(Callback):
    def epoch_end(self, context):
        if context.epoch == 3:
            raise KeyboardInterrupt


@pytest.mark.filterwarnings("ignore:Training interrupted by user")  # it is, on purpose
def test_an_epoch_whose_turn_a_ctrl_c_took_is_written_at_the_end(tmp_path):
    classifier().set_callbacks(Interrupts(), Checkpoint(tmp_path)).fit(X, LABELS)
    assert checkpoint_files(tmp_path)[0].name == "epoch-000003.zip"


@pytest.mark.parametrize(
    "ends",
    [EarlyStopping("loss", patience=2, min_delta=9.0), TargetScore(9.0, "loss"), TimeLimit(1e-9)],
    ids=lambda ends: type(ends).__name__,
)
def test_a_fit_that_a_callback_has_ended_makes_no_more_epochs(ends, tmp_path):
    ended = classifier().set_callbacks(ends, Checkpoint(tmp_path)).fit(X, LABELS)
    assert ended.n_iter_ < 5
    assert_same_fit(classifier().set_callbacks(ends, Checkpoint(tmp_path)).fit(X, LABELS, resume=True), ended)
    assert classifier().fit(X, LABELS, resume=tmp_path).n_iter_ == 5


def test_labels_may_be_objects_and_numbers_numpys(tmp_path):
    labels = np.array(["a", "b", "c"], dtype=object)[LABELS]
    held_out = {"X_val": X_VAL, "y_val": labels[40:]}
    broken(classifier(alpha=np.float64(0.1)), 3, tmp_path, X, labels, held_out=held_out)
    model = classifier(alpha=0.1).fit(X, labels, **held_out, resume=tmp_path)
    assert_same_fit(model, classifier(alpha=0.1).fit(X, labels, **held_out))


def test_the_states_of_large_networks_keep_their_order():
    leaves = tuple(np.array(number) for number in range(1001))
    random_state = np.random.RandomState(0)
    place = EpochOrders(np.arange(3), random_state, shuffle=True).place
    written = snapshot(
        identity_of(classifier(), digest=""),
        state=leaves,
        places=[place],
        generator=random_state.get_state(legacy=False),
        history={"n_done": 0, "best": -np.inf, **{name: [] for name in _LISTS}},
        curves=Curves([], [], [], []),
        recorded={},
        seconds=0.0,
        learning_rate_init=0.01,
    )
    assert restored_from(written).learning_rate_init == 0.01
    assert [int(leaf) for leaf in restored_from(written).leaves] == list(range(1001))


def test_numpys_bools_are_bools(tmp_path):
    classifier(max_iter=3).set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS)
    model = classifier().set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS, resume=np.True_)
    assert_same_fit(model, classifier().fit(X, LABELS, resume=np.False_))


# ------------------------------------------------------------------------------------------------ several fits


def test_a_fit_that_begins_anew_has_a_new_folder(tmp_path):
    for _ in range(2):
        classifier().set_callbacks(Checkpoint(tmp_path, keep=1)).fit(X, LABELS)
    classifier(alpha=0.5).set_callbacks(Checkpoint(tmp_path, keep=1)).fit(X, LABELS)
    assert len(list(tmp_path.iterdir())) == len(checkpoint_files(tmp_path)) == 3
    classifier(alpha=0.5).set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS, resume=True)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_resumed_fit_goes_on_in_its_folder(tmp_path):
    broken(classifier(max_iter=9), 5, tmp_path, X, LABELS)
    model = classifier(max_iter=9).set_callbacks(Breaks(), Checkpoint(tmp_path)).fit(X, LABELS, resume=True)
    (folder,) = tmp_path.iterdir()
    assert [path.name for path in checkpoint_files(folder)] == ["epoch-000009.zip", "epoch-000008.zip"]
    assert_same_fit(model, classifier(max_iter=9).set_callbacks(Breaks()).fit(X, LABELS))


def search(folder, **parameters):
    grid = {"learning_rate_init": [0.001, 0.1], "max_iter": [4, 8], **parameters}
    return GridSearchCV(classifier().set_callbacks(Checkpoint(folder)), grid, cv=2, error_score="raise")


def test_every_fit_of_a_search_finds_its_own_checkpoint(tmp_path):
    plain = search(tmp_path / "plain").fit(X, LABELS)
    folders = list((tmp_path / "plain").iterdir())
    assert len(folders) == 2 * 2 * 2 + 1  # folds, rates, epochs; and the refit
    for folder in folders[::2]:  # as if half of the fits had been interrupted
        newest, _ = checkpoint_files(folder)
        newest.unlink()
    again = search(tmp_path / "plain").fit(X, LABELS, resume=True)
    assert sorted((tmp_path / "plain").iterdir()) == sorted(folders)
    assert_same_fit(again.best_estimator_, plain.best_estimator_)
    for name in ("split0_test_score", "split1_test_score"):
        np.testing.assert_array_equal(again.cv_results_[name], plain.cv_results_[name])


def test_fewer_epochs_do_not_go_on_from_more(tmp_path):
    classifier(max_iter=9).set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS)
    model = classifier(max_iter=4).set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS, resume=True)
    assert_same_fit(model, classifier(max_iter=4).fit(X, LABELS))


@pytest.mark.parametrize("make", [classifier, lambda **p: PerceptronClassifier(tol=None, **p)])
def test_a_named_checkpoint_with_more_epochs_is_refused(make, tmp_path):
    keeps = Keeps(6)
    make(max_iter=9).set_callbacks(Checkpoint(tmp_path), keeps).fit(X, LABELS)
    for resume in (tmp_path, next(tmp_path.glob("*/*6.zip")), keeps.snapshot):
        with pytest.raises(ValueError, match="it has 6 epochs, and this fit has at most 4"):
            make(max_iter=4).fit(X, LABELS, resume=resume)
    assert make(max_iter=6).fit(X, LABELS, resume=tmp_path).n_iter_ == 6


class WaitsToBeKilled(Callback):
    """Waits in some epoch, if there are so many folders of checkpoints: a fit does not end before a blow that is late.

    Parameters
    ----------
    at : int
    folder : Path
    n_folders : int
    """

    def __init__(self, at, folder, n_folders=1):
        self.at, self.folder, self.n_folders = at, folder, n_folders

    def epoch_end(self, context):
        if context.epoch == self.at and len(list(self.folder.iterdir())) == self.n_folders:
            signal.pause()


def long_search(folder, *callbacks):
    model = MLPClassifierTF((), max_iter=40, tol=0, n_iter_no_change=np.inf, batch_size=32, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if folder is None:
            return GridSearchCV(model, {"alpha": [1e-4, 1.0]}, cv=2).fit(X, LABELS)
        model.set_callbacks(Checkpoint(folder), *callbacks)
        found = GridSearchCV(model, {"alpha": [1e-4, 1.0]}, cv=2, error_score="raise").fit(X, LABELS, resume=True)
    best = found.best_estimator_
    np.savez(folder / "learned.npz", *best.coefs_, *best.intercepts_, scores=found.cv_results_["mean_test_score"])


def test_a_search_that_is_killed_goes_on_where_it_was(tmp_path):
    for n_folders in (1, 3, 4):  # killed in the first fit, the third and the fourth
        run = start_process(long_search, tmp_path, WaitsToBeKilled(30, tmp_path, n_folders))
        while len({path.parent for path in checkpoint_files(tmp_path)}) < n_folders and run.is_alive():
            time.sleep(0.001)
        os.kill(run.pid, signal.SIGKILL)
        run.join()
        assert run.exitcode == -signal.SIGKILL
    run = start_process(long_search, tmp_path)
    run.join()
    assert run.exitcode == 0 and len(list(tmp_path.glob("*/epoch-000040.zip"))) == 5
    whole = long_search(None)
    best = whole.best_estimator_
    with np.load(tmp_path / "learned.npz") as learned:
        for number, array in enumerate([*best.coefs_, *best.intercepts_]):
            np.testing.assert_array_equal(learned[f"arr_{number}"], array)
        np.testing.assert_array_equal(learned["scores"], whole.cv_results_["mean_test_score"])


# ------------------------------------------------------------------------------------------------ what is refused


def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(tmp_path):
    broken(classifier(max_iter=9), 5, tmp_path, X, LABELS)
    newest, before = checkpoint_files(tmp_path)
    whole = newest.read_bytes()
    expected = classifier(max_iter=9).fit(X, LABELS)
    for damaged in (whole[: len(whole) // 2], b"", whole[:300] + bytes(64) + whole[364:]):
        newest.write_bytes(damaged)
        with pytest.warns(UserWarning, match="epoch-000005.zip: it is damaged.* One from before it is used"):
            model = classifier(max_iter=9).fit(X, LABELS, resume=tmp_path)
        assert_same_fit(model, expected)
    with pytest.raises(ValueError, match="it is damaged"):
        classifier(max_iter=9).fit(X, LABELS, resume=newest)
    before.write_bytes(b"nothing")
    with pytest.raises(ValueError, match="resume must lead to a complete checkpoint of this fit"):
        classifier(max_iter=9).fit(X, LABELS, resume=tmp_path)


def test_a_checkpoint_of_another_fit_is_refused(tmp_path):
    classifier().set_callbacks(Checkpoint(tmp_path, keep=1)).fit(X, LABELS)
    for model, data, reason in (
        (classifier(alpha=0.5), (X, LABELS), "of a fit with alpha=0.0001, not alpha=0.5"),
        (classifier(), (X + 1, LABELS), "of a fit to other data"),
        (classifier(), (X, LABELS[::-1]), "of a fit to other data"),
        (classifier(), (X, LABELS, WEIGHTS), "of a fit to other data"),
        (regressor(), (X, REAL), "of MLPClassifierTF, not of MLPRegressorTF"),
    ):
        with pytest.raises(ValueError, match=reason):
            model.fit(*data, resume=tmp_path)
        assert not hasattr(model, "coefs_")
    assert_same_fit(
        classifier(verbose=False, warm_start=True).fit(X, LABELS, resume=tmp_path), classifier().fit(X, LABELS)
    )


@pytest.mark.parametrize("as_setting", [list, tuple, np.array])
def test_a_checkpoint_of_another_long_setting_is_refused(as_setting, tmp_path):
    """Whose text in scikit-learn and NumPy leaves out the middle."""

    def model(rate):
        rates = [0.01] * 700 + [rate] + [0.01] * 700
        return classifier(learning_rate=Piecewise(boundaries=as_setting(range(1, 1401)), rates=as_setting(rates)))

    model(0.1).set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS)
    with pytest.raises(ValueError, match="of a fit with learning_rate=Piecewise"):
        model(0.2).fit(X, LABELS, resume=tmp_path)
    assert_same_fit(model(0.1).fit(X, LABELS, resume=tmp_path), model(0.1).fit(X, LABELS))


@pytest.mark.parametrize(
    ("fit", "sentence"),
    [
        (lambda folder: classifier().fit(X, LABELS, resume=True), "resume=True needs one Checkpoint"),
        (lambda folder: classifier().fit(X, LABELS, resume=folder / "no"), "resume must be True or the path"),
        (
            lambda folder: classifier(solver="lbfgs").fit(X, LABELS, resume=folder),
            "cannot be resumed, since SciPy",
        ),
        (
            lambda folder: classifier(solver="lbfgs").set_callbacks(Checkpoint(folder)).fit(X, LABELS),
            "Only a fit by epochs can be resumed",
        ),
        (
            lambda folder: classifier().set_callbacks(Checkpoint(folder, best="validation_loss")).fit(X, LABELS),
            "best must be a column of the history",
        ),
        (
            lambda folder: classifier().fit(X, LABELS, resume=None),
            "resume must be True, False, a path or a snapshot, got None",
        ),
        (
            lambda folder: classifier().fit(X, LABELS, resume=1),
            "resume must be True, False, a path or a snapshot, got 1",
        ),
        (lambda folder: Checkpoint(folder, every=0), "every must be a whole number"),
        (lambda folder: Checkpoint(folder, keep=0), "keep must be a whole number"),
        (lambda folder: Checkpoint(""), "folder must be the path of a folder, got '', which is empty"),
        (lambda folder: Checkpoint(None), "folder must be the path of a folder, got None, which is no path"),
        (lambda folder: Checkpoint(__file__), "folder must be the path of a folder, got .*, which is a file"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(fit, sentence, tmp_path):
    classifier().set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS)
    files = sorted(tmp_path.rglob("*"))
    with pytest.raises(ValueError, match=sentence):
        fit(tmp_path)
    assert sorted(tmp_path.rglob("*")) == files


# ------------------------------------------------------------------------------------------------ killed


N_KILLS, N_EPOCHS = 10, 25  # between two kills


def long_fit(folder, *callbacks):
    """A fit whose epochs end with a file that takes longer to write than they do; a program that compiles fast."""
    wide = np.tile(X, 400)
    max_iter = (N_KILLS + 1) * N_EPOCHS
    model = MLPClassifierTF((), max_iter=max_iter, tol=0, n_iter_no_change=np.inf, batch_size=32, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if folder is None:
            return model.fit(wide, LABELS)
        model.set_callbacks(Checkpoint(folder), *callbacks).fit(wide, LABELS, resume=True)
    np.savez(folder / "learned.npz", *model.coefs_, *model.intercepts_, curve=model.loss_curve_)


def newest_epoch(folder):
    files = checkpoint_files(folder)
    return int(files[0].stem.removeprefix("epoch-")) if files else 0


def test_a_run_that_is_killed_ten_times_ends_with_the_same_weights(tmp_path):
    random_state = np.random.RandomState(0)
    n_unfinished = 0
    for kill in range(N_KILLS):
        last = (kill + 1) * N_EPOCHS
        target = last - random_state.randint(5, N_EPOCHS)
        run = start_process(long_fit, tmp_path, WaitsToBeKilled(last, tmp_path))
        while newest_epoch(tmp_path) < target and run.is_alive():
            time.sleep(0.001)
        while kill % 2 and not list(tmp_path.rglob("*.unfinished")) and newest_epoch(tmp_path) < last - 1:
            pass  # to kill it in the midst of writing
        os.kill(run.pid, signal.SIGKILL)
        run.join()
        assert run.exitcode == -signal.SIGKILL
        n_unfinished += bool(list(tmp_path.rglob("*.unfinished")))
    assert n_unfinished >= 1  # of five that were tried: a file may be finished between look and blow
    run = start_process(long_fit, tmp_path)
    run.join()
    assert run.exitcode == 0 and not list(tmp_path.rglob("*.unfinished"))
    whole = long_fit(None)
    with np.load(tmp_path / "learned.npz") as learned:
        for number, array in enumerate([*whole.coefs_, *whole.intercepts_]):
            np.testing.assert_array_equal(learned[f"arr_{number}"], array)
        np.testing.assert_array_equal(learned["curve"], whole.loss_curve_)
