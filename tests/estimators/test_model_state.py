"""Copies, clones and pickles go on as the original does; parameters and representations."""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.callbacks import Checkpoint
from tests.estimators.problems import LABELS, MULTIOUTPUT, REAL, REALS, X, assert_same_weights, classifier, regressor

# most fits are a few epochs long: what is compared is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def through_pickle(model):
    return pickle.loads(pickle.dumps(model))


def through_joblib(model):
    file = io.BytesIO()
    joblib.dump(model, file)
    file.seek(0)
    return joblib.load(file)


@pytest.mark.parametrize("copied", [through_pickle, through_joblib, copy.deepcopy], ids=lambda f: f.__name__)
@pytest.mark.parametrize(
    ("make", "y"),
    [(classifier, LABELS), (classifier, MULTIOUTPUT), (regressor, REALS)],
    ids=["labels", "columns of labels", "reals"],
)
@pytest.mark.parametrize("shared", [False, True], ids=["int seed", "RandomState"])
def test_a_copy_goes_on_as_the_original_does(make, y, copied, shared):
    """With partial_fit, which needs the optimizer's memory and the random state too."""
    model = make(random_state=np.random.RandomState(5) if shared else 5).fit(X, y)
    other = copied(model)
    assert_same_weights(other, model)
    np.testing.assert_array_equal(other.predict(X), model.predict(X))
    for _ in range(3):
        model.partial_fit(X, y)
        other.partial_fit(X, y)
    assert_same_weights(other, model)
    assert other.loss_curve_ == model.loss_curve_
    assert other.t_ == model.t_


def test_a_clone_has_the_parameters_and_nothing_learned():
    model = classifier(class_weight="balanced", scoring="f1_macro", dtype="float32", device="cpu").fit(X, LABELS)
    cloned = clone(model)
    assert cloned.get_params() == model.get_params()
    assert not hasattr(cloned, "coefs_")
    assert_same_weights(cloned.fit(X, LABELS), model)


def test_a_clone_of_a_random_state_repeats_the_run():
    model = regressor(random_state=np.random.RandomState(5))
    cloned = clone(model)
    assert_same_weights(cloned.fit(X, REAL), model.fit(X, REAL))


class Narrow(MLPClassifierTF):
    """A subclass whose constructor has one parameter of its own and no other."""

    def __init__(self, width=2):
        super().__init__((width,), max_iter=3, alpha=0.5, random_state=0)
        self.width = width


def test_a_subclass_may_have_another_constructor(tmp_path):
    model = clone(Narrow(width=3)).set_callbacks(Checkpoint(tmp_path)).fit(X, LABELS)
    same = MLPClassifierTF((3,), max_iter=3, alpha=0.5, random_state=0)
    assert_same_weights(model, same.fit(X, LABELS))
    assert model.to_sklearn().get_params() == same.to_sklearn().get_params()
    model.alpha = 0.3
    with pytest.raises(ValueError, match=r"a fit with alpha=0\.5, not alpha=0\.3"):
        model.fit(X, LABELS, resume=next(tmp_path.rglob("*.zip")))


def test_parameters_are_stored_as_given():
    for make in (MLPClassifierTF, MLPRegressorTF):
        model = make((3, 2), alpha=0.5)
        assert model.get_params()["hidden_layer_sizes"] == (3, 2)
        assert model.set_params(alpha=0.25, hidden_layer_sizes=[4]) is model
        assert (model.alpha, model.hidden_layer_sizes) == (0.25, [4])
        with pytest.raises(ValueError, match="Invalid parameter 'alfa'"):
            model.set_params(alfa=1)
        with pytest.raises(TypeError, match="alfa"):
            make(alfa=1)
        with pytest.raises(TypeError, match="positional"):
            make((3,), "tanh")


def test_representations_name_the_class_and_what_differs_from_the_defaults():
    assert repr(MLPClassifierTF()) == "MLPClassifierTF()"
    assert repr(MLPRegressorTF((3, 2), alpha=0.5)) == "MLPRegressorTF(alpha=0.5, hidden_layer_sizes=(3, 2))"
    fitted = classifier().fit(X, LABELS)
    for model in (MLPClassifierTF(), fitted, make_pipeline(StandardScaler(), fitted)):
        html = model._repr_html_()
        assert "MLPClassifierTF" in html
        assert "early_stopping" in html


def test_a_fit_with_lbfgs_leaves_no_curves_of_an_earlier_fit():
    model = (
        classifier(early_stopping=True).fit(X, LABELS).set_params(solver="lbfgs", early_stopping=False).fit(X, LABELS)
    )
    alone = classifier(solver="lbfgs").fit(X, LABELS)
    assert vars(model).keys() - {"early_stopping"} == vars(alone).keys() - {"early_stopping"}
