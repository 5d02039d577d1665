"""summary() and the HTML representation: every learned parameter is counted, and the result of training is shown."""

import re

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_ann import PerceptronClassifier
from sklearn_ann.callbacks import Callback
from sklearn_ann.normalizations import BatchNorm
from tests.estimators.problems import LABELS, REAL, X_VAL, Y_VAL, X, classifier, regressor

# fits of a few epochs: what is looked at is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

MODELS = {
    "plain": lambda: classifier().fit(X, LABELS, X_val=X_VAL, y_val=Y_VAL),
    "everything": lambda: classifier(
        hidden_layer_sizes=(7, 7),
        activation=["prelu", "tanh"],
        normalization=BatchNorm(position="after"),
        skip_connections=True,
        wide=[0, 2],
        auxiliary_loss_weight=0.1,
    ).fit(X, LABELS),
    "no hidden layer, members": lambda: regressor(hidden_layer_sizes=(), n_estimators=2).fit(X, REAL),
    "lbfgs": lambda: regressor(solver="lbfgs").fit(X, REAL),
    "perceptron": lambda: PerceptronClassifier(max_iter=5, tol=None).fit(X, LABELS),
}


@pytest.fixture(scope="module")
def models():
    return {name: make() for name, make in MODELS.items()}


def learned(model):
    if isinstance(model, PerceptronClassifier):
        return [model.coef_, model.intercept_]
    return [*model.coefs_, *model.intercepts_, *model.extra_weights_.values()]


@pytest.mark.parametrize("name", MODELS)
def test_every_parameter_is_counted_once(models, name):
    lines = models[name].summary().splitlines()
    total = sum(array.size for array in learned(models[name]))
    assert lines[0] == f"{type(models[name]).__name__}: {total:,} parameters"
    of_layers = [int(line.split()[-1].replace(",", "")) for line in lines[3:-2]]
    assert sum(of_layers) == total and of_layers[0] == 0


@pytest.mark.parametrize("name", MODELS)
def test_the_result_of_training_is_shown(models, name):
    model = models[name]
    *_, training, stopped = model.summary().splitlines()
    assert stopped == f"stopped: {model.stop_reason_}"
    assert f"{model.n_iter_} epochs" in training and str(learned(model)[0].dtype) in training
    if name == "plain":
        assert (
            f"loss {model.loss_:.4g}" in training and f"validation score {model.validation_scores_[-1]:.4g}" in training
        )
        assert "trained on CPU:0" in training


@pytest.mark.filterwarnings("ignore:Training interrupted by user")  # it is, on purpose
def test_a_fit_of_no_epochs_has_a_summary_too():
    calls = []

    def interrupted(*_):
        calls.append(1)
        if len(calls) > 1:  # the first call is before training
            raise KeyboardInterrupt
        return 0.0

    model = classifier(early_stopping=True, scoring=interrupted).fit(X, LABELS)
    assert "0 epochs\nstopped: Ctrl-C" in model.summary() and "Ctrl-C" in model._repr_html_()


class Summaries(Callback):
    def __init__(self):
        self.last_lines = []

    def epoch_end(self, report):
        self.last_lines.append(report.model.summary().splitlines()[-1])

    def end(self, report):
        self.epoch_end(report)


@pytest.mark.parametrize(
    "make",
    [classifier, lambda **parameters: classifier(solver="lbfgs", **parameters), PerceptronClassifier],
    ids=["epochs", "lbfgs", "perceptron"],
)
def test_the_summary_of_a_training_that_goes_on_says_so(make):
    summaries = Summaries()
    model = make(max_iter=2).set_callbacks(summaries).fit(X, LABELS)
    assert summaries.last_lines == ["still training"] * 2 + [f"stopped: {model.stop_reason_}"]


def test_layers_show_their_operations(models):
    text = models["everything"].summary()
    for line in (
        r"input +5 +0",
        r"hidden_1 +7  prelu, batch normalization +5 x 7",
        r"hidden_2 +7  tanh, batch normalization, skip connection +7 x 7",
        r"output +3  softmax +7 x 3",
        r"wide +3  added to the output +2 x 3",
        r"auxiliary +3  in training only +7 x 3",
    ):
        assert re.search(line, text), line
    assert "2 of 5 x 1" in models["no hidden layer, members"].summary()


def test_html_has_the_summary_of_what_is_fitted(models):
    for model in (models["plain"], models["perceptron"]):
        html = model._repr_html_()
        assert model.summary().splitlines()[0] in html and "<summary>Network" in html
    assert "<summary>Network" not in classifier()._repr_html_()
    with pytest.raises(NotFittedError):
        classifier().summary()


def test_the_device_and_the_reason_are_attributes(models):
    assert models["plain"].device_ == models["lbfgs"].device_ == "CPU:0"
    assert np.all([isinstance(model.stop_reason_, str) for model in models.values()])
