"""A fit and who watches it: what a callback sees, that it changes no number, and what its exceptions leave behind."""

import pickle
import threading

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import MLPClassifierTF, PerceptronClassifier
from sklearn_ann.callbacks import Callback
from sklearn_ann.runtime.programs import compilation_count
from tests.estimators.problems import LABELS, REAL, X_VAL, Y_VAL, X, assert_same_weights, classifier, regressor

# fits of a few epochs: what is looked at is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


class Diary(Callback):
    """Notes what it is told, and ends or breaks a training at some epoch."""

    def __init__(self, stop_at=None, raise_at=None, error=RuntimeError):
        self.stop_at, self.raise_at, self.error = stop_at, raise_at, error
        self.lines, self.models, self.reasons = [], [], []

    def begin(self, context):
        self.lines.append(("begin", context.epoch))
        self._raise(context)

    def epoch_end(self, context):
        self.lines.append(("epoch", context.epoch))
        self.models.append(context.model)
        self._raise(context)
        return context.epoch == self.stop_at

    def end(self, context):
        self.lines.append(("end", context.epoch))
        self.reasons.append(context.stop_reason)

    def _raise(self, context):
        if context.epoch == self.raise_at:
            raise self.error(f"at epoch {context.epoch}")


def perceptron(**parameters):
    return PerceptronClassifier(**{"max_iter": 5, "tol": None, **parameters})


WATCHED = {
    "plain": (classifier, LABELS),
    "early stopping": (lambda **more: classifier(early_stopping=True, **more), LABELS),
    "ensemble": (lambda **more: classifier(n_estimators=2, **more), LABELS),
    "lbfgs": (lambda **more: classifier(solver="lbfgs", **more), LABELS),
    "regressor": (lambda **more: regressor(averaging=0.5, **more), REAL),
    "perceptron": (perceptron, LABELS),
    "averaged perceptron": (lambda **more: perceptron(average=60, n_jobs=2, backend="numpy", **more), LABELS),
}
every_kind = pytest.mark.parametrize("name", WATCHED)


def learned(model):
    return [model.coef_, model.intercept_] if hasattr(model, "coef_") else [*model.coefs_, *model.intercepts_]


def assert_same(model, expected):
    for a, b in zip(learned(model), learned(expected), strict=True):
        np.testing.assert_array_equal(a, b)


# ------------------------------------------------------------------------------------------------ what is told


@every_kind
def test_a_watched_fit_has_the_numbers_of_one_that_nobody_watches(name):
    make, y = WATCHED[name]
    diary = Diary()
    watched, plain = make().set_callbacks(diary).fit(X, y), make().fit(X, y)
    assert_same(watched, plain)
    assert watched.n_iter_ == plain.n_iter_ and watched.stop_reason_ == plain.stop_reason_ == diary.reasons[0]
    n = plain.n_iter_
    assert diary.lines == [("begin", 0), *(("epoch", epoch) for epoch in range(1, n + 1)), ("end", n)]
    if name != "lbfgs":
        assert watched.history_.keys() == plain.history_.keys()
        for column in plain.history_:
            np.testing.assert_array_equal(watched.history_[column], plain.history_[column])


@every_kind
def test_the_model_in_a_report_is_that_of_a_fit_which_ends_there(name):
    make, y = WATCHED[name]
    diary = Diary(stop_at=4)
    make(max_iter=8) if name == "regressor" else make()
    watched = make().set_callbacks(diary).fit(X, y)
    assert watched.n_iter_ == 4 and "stopped training" in watched.stop_reason_
    if name != "regressor":  # whose average begins half way to max_iter
        for epoch in (2, 4):
            assert_same(diary.models[epoch - 1], make(max_iter=epoch).fit(X, y))
    assert_same(diary.models[3], watched)
    np.testing.assert_array_equal(diary.models[3].predict(X), watched.predict(X))
    assert not hasattr(diary.models[3], "_skl_callbacks")


@every_kind
def test_the_model_in_a_report_says_why_the_training_ended_once_it_has(name):
    summaries = []

    class Summaries(Callback):
        def begin(self, context):
            summaries.append(context.model.summary())

        def epoch_end(self, context):
            summaries.append(context.model.summary())
            return context.epoch == 2

        def end(self, context):
            summaries.append(context.model.summary())

    make, y = WATCHED[name]
    model = make().set_callbacks(Summaries()).fit(X, y)
    *before, last = [summary.splitlines()[-1] for summary in summaries]
    assert before == ["still training"] * 3
    assert last == f"stopped: {model.stop_reason_}" and summaries[-1] == model.summary()


def test_the_model_of_a_refused_fit_says_that_it_failed():
    diary = Diary()
    diary.end = lambda context: diary.models.append(context.model)
    with pytest.raises(ValueError, match="non-finite"):
        classifier(solver="sgd", learning_rate_init=1e200).set_callbacks(diary).fit(X, LABELS)
    assert diary.models[-1].stop_reason_.startswith("failed: ValueError")


def test_a_report_shows_curves_weights_and_data():
    seen = {}

    class Look(Callback):
        def epoch_end(self, context):
            seen.update(history=context.history, weights=context.weights, given=context.given, epoch=context.epoch)
            assert context.seconds > 0 and "epoch" in repr(context)

    model = classifier().set_callbacks(Look()).fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL)
    assert seen["epoch"] == seen["history"]["loss"].size == 5
    assert {name: list(column) for name, column in seen["history"].items()} == model.history_
    assert list(model.history_) == ["loss", "learning_rate", "validation_loss", "validation_score"]
    assert seen["given"].X is X and seen["given"].X_val is X_VAL
    for array, coef in zip(seen["weights"].coefs, model.coefs_, strict=True):
        np.testing.assert_array_equal(array, coef)
    with pytest.raises(ValueError, match="read-only"):
        seen["history"]["loss"][0] = 0
    with pytest.raises(TypeError):
        seen["history"]["loss"] = None


def test_inside_are_the_values_and_gradients_of_numpy():
    seen = []

    class Look(Callback):
        def epoch_end(self, context):
            seen.append((context.weights, context.layer_diagnostics(1000)))

    regressor(alpha=0, max_iter=2).set_callbacks(Look()).fit(X, REAL)
    weights, inside = seen[-1]
    (first, last), (b, c) = weights.coefs, weights.intercepts
    hidden = np.maximum(X @ first + b, 0)
    np.testing.assert_allclose(inside.values[0], hidden, rtol=1e-12)
    np.testing.assert_allclose(inside.values[1], hidden @ last + c, rtol=1e-12)
    errors = (hidden @ last + c - REAL[:, None]) / len(X)  # the derivative of half the mean square
    np.testing.assert_allclose(inside.gradients.coefs[1], hidden.T @ errors, rtol=1e-9)
    np.testing.assert_allclose(
        inside.gradients.coefs[0], X.T @ ((errors @ last.T) * (hidden > 0)), rtol=1e-9, atol=1e-14
    )


def test_what_callbacks_record_is_in_the_history():
    class Norm(Callback):
        def epoch_end(self, context):
            if context.epoch != 2:
                context.record(norm=np.linalg.norm(context.weights.coefs[0]))

    model = classifier(warm_start=True).set_callbacks(Norm()).fit(X, LABELS)
    assert model.history_["norm"][-1] == np.linalg.norm(model.coefs_[0]) and np.isnan(model.history_["norm"][1])
    model.set_callbacks().fit(X, LABELS)
    assert (
        len(model.history_["loss"]) == len(model.history_["norm"]) == 10 and np.isnan(model.history_["norm"][5:]).all()
    )
    norms = model.history_["norm"][:5]
    model.set_callbacks(Norm()).fit(X, LABELS)
    np.testing.assert_array_equal(model.history_["norm"][:5], norms)
    assert np.isfinite(model.history_["norm"][-1]) and len(model.history_["norm"]) == 15

    class Own(Callback):
        def epoch_end(self, context):
            context.record(loss=0.0)

    with pytest.raises(ValueError, match="'loss' is the fit's own"):
        classifier().set_callbacks(Own()).fit(X, LABELS)

    class Text(Callback):
        def epoch_end(self, context):
            context.record(name="a")

    with pytest.raises(ValueError, match=r"record\(\) takes numbers, got name='a'"):
        classifier().set_callbacks(Text()).fit(X, LABELS)


def test_a_callback_that_keeps_its_report_goes_along_in_pickles():
    model = classifier().set_callbacks(KeepsItsReport()).fit(X, LABELS)
    context = pickle.loads(pickle.dumps(model))._skl_callbacks[0].context
    assert context.epoch == 5 and list(context.history["loss"]) == model.loss_curve_
    with pytest.raises(ValueError, match="nothing to see"):
        _ = context.weights


class KeepsItsReport(Callback):
    def epoch_end(self, context):
        self.context = context


def test_why_a_fit_has_ended():
    assert classifier().fit(X, LABELS).stop_reason_ == "max_iter=5 epochs reached"
    converged = classifier(tol=10.0, n_iter_no_change=2, max_iter=50).fit(X, LABELS)
    assert converged.stop_reason_ == "the training loss did not improve by tol=10 for 2 epochs"
    assert "CONVERGENCE" in classifier(solver="lbfgs", max_iter=500).fit(X, LABELS).stop_reason_
    assert perceptron().fit(X, LABELS).stop_reason_ == "max_iter=5 epochs reached"
    assert classifier().partial_fit(X, LABELS, classes=[0, 1, 2]).stop_reason_ == "partial_fit trains for one epoch"


# ------------------------------------------------------------------------------------------------ what it costs


def test_watching_compiles_nothing():
    model = classifier().fit(X, LABELS)
    before = compilation_count()
    model.set_callbacks(Diary()).fit(X, LABELS)
    assert compilation_count() == before


def test_two_threads_may_share_a_callback():
    diary, errors = Diary(), []

    def fit(seed):
        try:
            classifier(random_state=seed).set_callbacks(diary).fit(X, LABELS)
        except Exception as error:  # of a thread, which would keep it to itself
            errors.append(error)

    threads = [threading.Thread(target=fit, args=(seed,)) for seed in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors and len(diary.models) == 15 and diary.lines.count(("end", 5)) == 3


class Writes(Callback):
    """Writes into what it sees."""

    def __init__(self, see, in_begin):
        self.see, self.in_begin = see, in_begin

    def begin(self, context):
        if self.in_begin:
            self.epoch_end(context)

    def epoch_end(self, context):
        for array in self.see(context):
            array[:] = 0


@pytest.mark.parametrize("in_begin", [True, False])
@pytest.mark.parametrize("name", ["plain", "lbfgs", "perceptron"])
def test_what_a_callback_sees_of_the_training_cannot_be_written_to(name, in_begin):
    make, y = WATCHED[name]
    sights = [lambda context: context.weights.coefs]
    if name != "perceptron" or in_begin:
        sights.append(lambda context: learned(context.model))
    if name == "plain":
        sights.append(lambda context: context.snapshot().arrays.values())
    for see in sights:
        with pytest.raises(ValueError, match="read-only"):
            make().set_callbacks(Writes(see, in_begin)).fit(X, y)


def test_a_perceptron_has_a_model_before_its_first_epoch():
    class Begins(Callback):
        def begin(self, context):
            self.predicted, self.summary = context.model.predict(X), context.model.summary()

    begins = Begins()
    perceptron().set_callbacks(begins).fit(X, LABELS)
    assert (begins.predicted == 0).all() and "0 epochs" in begins.summary


# ------------------------------------------------------------------------------------------------ when it breaks


@every_kind
def test_an_exception_in_a_callback_leaves_the_model_of_that_epoch(name):
    make, y = WATCHED[name]
    breaking, other = Diary(raise_at=3), Diary()
    model = make().set_callbacks(breaking, other)
    with pytest.raises(RuntimeError, match="at epoch 3"):
        model.fit(X, y)
    assert other.lines[-2:] == [("epoch", 3), ("end", 3)] and breaking.lines[-1] == ("end", 3)
    assert "failed: RuntimeError" in model.stop_reason_ and model.n_iter_ == 3
    if name != "regressor":
        assert_same(model, make(max_iter=3).fit(X, y))
    assert_same(model.set_callbacks().fit(X, y), make().fit(X, y))


def test_an_exception_before_the_first_epoch_leaves_everything_as_it_was():
    for model in (classifier(), perceptron()):
        model.fit(X, LABELS)
        before = dict(vars(model))
        restored, breaking, never = Diary(), Diary(raise_at=0), Diary()
        with pytest.raises(RuntimeError, match="at epoch 0"):
            model.set_callbacks(restored, breaking, never).fit(X[:, :4], LABELS % 2)
        assert restored.lines == breaking.lines == [("begin", 0), ("end", 0)] and not never.lines
        assert "failed: RuntimeError" in restored.reasons[0]
        assert vars(model.set_callbacks()) == before


def test_several_exceptions_are_raised_together():
    with pytest.raises(ExceptionGroup) as caught:
        classifier().set_callbacks(Diary(raise_at=2), Diary(raise_at=2, error=KeyError)).fit(X, LABELS)
    assert [type(error) for error in caught.value.exceptions] == [RuntimeError, KeyError]


def test_ctrl_c_in_a_callback_ends_the_training_and_keeps_the_model():
    diary = Diary(raise_at=2, error=KeyboardInterrupt)
    model = classifier().set_callbacks(diary, Diary())
    with pytest.warns(UserWarning, match="interrupted by user"):
        model.fit(X, LABELS)
    assert model.stop_reason_ == "Ctrl-C" and diary.lines[-1][0] == "end"
    assert np.isfinite(model.predict_proba(X)).all()


class BreaksAtTheEnd(Callback):
    def __init__(self, error):
        self.error = error

    def end(self, context):
        raise self.error


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, ValueError])
def test_whatever_comes_out_of_an_end_the_others_run(error):
    diary = Diary()
    with pytest.raises(error):
        classifier().set_callbacks(BreaksAtTheEnd(error), diary).fit(X, LABELS)
    assert diary.lines[-1] == ("end", 5)


def test_what_is_refused_before_training_calls_nobody():
    diary = Diary()
    with pytest.raises(ValueError, match="inconsistent"):
        classifier().set_callbacks(diary).fit(X, LABELS[:-1])
    assert not diary.lines


@pytest.mark.parametrize(
    ("callback", "sentence"),
    [
        (3, "derive it from sklearn_ann.callbacks.Callback"),
        (Diary, "pass an instance"),
        ([Diary()], "pass them one by one, as in set_callbacks"),
        ((), "pass them one by one"),
        (type("OfKeras", (), {"set_model": None})(), "wrap it: sklearn_ann.keras.KerasCallback"),
    ],
)
def test_what_is_no_callback_is_refused(callback, sentence):
    with pytest.raises(TypeError, match=sentence):
        classifier().set_callbacks(callback)


# ------------------------------------------------------------------------------------------------ in company


def test_clones_and_pickles_keep_their_callbacks():
    diary = Diary()
    model = classifier().set_callbacks(diary)
    assert clone(model)._skl_callbacks == [diary]
    copy = pickle.loads(pickle.dumps(model.fit(X, LABELS)))
    assert [type(callback) for callback in copy._skl_callbacks] == [Diary]
    assert_same_weights(copy.fit(X, LABELS), model)
    assert not hasattr(model.set_callbacks(), "_skl_callbacks")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_search_watches_every_fit(n_jobs, tmp_path):
    pipeline = make_pipeline(StandardScaler(), classifier().set_callbacks(WritesAFile(tmp_path)))
    search = GridSearchCV(pipeline, {"mlpclassifiertf__alpha": [1e-4, 1e-2]}, cv=2, n_jobs=n_jobs).fit(X, LABELS)
    assert len(list(tmp_path.iterdir())) == 2 * 2 + 1
    assert list(search.best_estimator_[-1].history_["epoch"]) == [1, 2, 3, 4, 5]


class WritesAFile(Callback):
    """Importable, as what goes to another process has to be."""

    def __init__(self, folder):
        self.folder = folder

    def epoch_end(self, context):
        context.record(epoch=context.epoch)

    def end(self, context):
        (self.folder / f"{threading.get_native_id()}-{id(context)}-{context.seconds}").touch()


# ------------------------------------------------------------------------------------------------ scikit-learn's own


class Recorder:
    """A callback by scikit-learn's protocol alone."""

    def __init__(self, stop_at=None):
        self.stop_at, self.hooks, self.fitted = stop_at, [], []

    def setup(self, estimator, context):
        self.hooks.append(("setup", context.task_name))

    def teardown(self, estimator, context):
        self.hooks.append(("teardown", context.task_name))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None):
        assert X is not None and len(X) == len(y)
        self.hooks.append(("begin", context.task_name))

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        self.hooks.append(("end", context.task_name))
        self.fitted.append(fitted_estimator)
        return context.task_name == "epoch" and context.task_id + 1 == self.stop_at


@every_kind
def test_scikit_learns_callbacks_are_told_of_the_fit_and_of_every_epoch(name):
    make, y = WATCHED[name]
    recorder = Recorder(stop_at=3)
    model = make().set_callbacks(recorder).fit(X, y)
    epochs = [("begin", "epoch"), ("end", "epoch")] * 3
    assert recorder.hooks == [("setup", "fit"), ("begin", "fit"), *epochs, ("end", "fit"), ("teardown", "fit")]
    assert model.n_iter_ == 3 and model.stop_reason_ == "a callback of scikit-learn stopped training"
    for fitted in recorder.fitted[-2:]:
        assert_same(fitted, model)


def test_scikit_learns_callbacks_are_torn_down_after_an_exception():
    recorder = Recorder()
    with pytest.raises(RuntimeError):
        classifier().set_callbacks(recorder, Diary(raise_at=2)).fit(X, LABELS)
    with pytest.raises(RuntimeError):
        classifier().set_callbacks(recorder, Diary(raise_at=0)).fit(X, LABELS)
    assert [hook for hook in recorder.hooks if hook[0] in ("setup", "teardown")] == [
        ("setup", "fit"),
        ("teardown", "fit"),
    ] * 2


def test_an_exception_of_scikit_learns_callbacks_between_epochs_leaves_the_model():
    class Breaks(Recorder):
        def on_fit_task_begin(self, estimator, context, **data):
            if context.task_name == "epoch" and context.task_id == 2:
                raise RuntimeError("the third epoch")

    model = classifier().set_callbacks(Breaks())
    with pytest.raises(RuntimeError, match="the third epoch"):
        model.fit(X, LABELS)
    assert_same(model, classifier(max_iter=2).fit(X, LABELS))


def test_scikit_learns_scoring_monitor_has_the_scores_of_every_epoch():
    monitor = ScoringMonitor(scoring="accuracy")
    diary = Diary()
    model = classifier().set_callbacks(monitor, diary).fit(X, LABELS)
    scores = [line["accuracy"] for line in monitor.get_logs().data if line["task_name"] == "epoch"]
    assert scores == [fitted.score(X, LABELS) for fitted in diary.models]
    assert scores[-1] == model.score(X, LABELS)


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_scikit_learns_callbacks_come_through_pipelines_and_searches(n_jobs, capfd):
    monitor = ScoringMonitor(scoring="accuracy")
    pipeline = make_pipeline(StandardScaler(), classifier().set_callbacks(monitor))
    search = GridSearchCV(pipeline, {"mlpclassifiertf__alpha": [1e-4, 1e-2]}, cv=2, n_jobs=n_jobs)
    search.set_callbacks(ProgressBar(max_propagation_depth=None)).fit(X, LABELS)
    shown = capfd.readouterr().out
    assert shown.count("MLPClassifierTF - fit") >= 5  # two candidates in two folds, and the refit
    logs = monitor.get_logs(select="all")
    assert sum(line["task_name"] == "epoch" for log in logs for line in log.data) == 5 * (2 * 2 + 1)


def test_a_search_without_callbacks_leaves_the_fits_unwatched():
    calls = []
    original = MLPClassifierTF._runner

    class Spy(MLPClassifierTF):
        def _runner(self, *arguments):
            calls.append(original(self, *arguments))
            return calls[-1]

    GridSearchCV(Spy((7,), max_iter=5), {"alpha": [1e-4]}, cv=2).fit(X, LABELS)
    assert calls == [None, None, None]
