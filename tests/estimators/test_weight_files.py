"""Files of weights alone: what is saved is loaded into a model of the same shapes, and no other."""

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError

from sklearn_ann import MLPClassifierTF, load
from sklearn_ann.persistence.archive import read_archive, write_archive
from tests.estimators.problems import CLOSE, LABELS, REAL, REALS, X, assert_same_weights, classifier, regressor

# most fits are a few epochs long: what is compared is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

NETWORKS = {
    "as it comes": {},
    "without hidden layers": {"hidden_layer_sizes": ()},
    "all of a structure": {
        "hidden_layer_sizes": (5, 5),
        "activation": ["prelu", "elu"],
        "normalization": "batch",
        "skip_connections": True,
        "wide": [0, 4],
        "auxiliary_loss_weight": 0.1,
    },
    "an ensemble": {"n_estimators": 2},
    "lbfgs": {"solver": "lbfgs"},
}


@pytest.mark.parametrize("parameters", NETWORKS.values(), ids=NETWORKS)
def test_weights_go_into_another_model_of_the_same_shapes(tmp_path, parameters):
    model = regressor(**parameters).fit(X, REALS)
    other = regressor(**parameters, random_state=9).fit(X, REALS)
    assert not np.allclose(other.predict(X), model.predict(X))
    model.save_weights(tmp_path / "weights.zip")
    assert other.load_weights(tmp_path / "weights.zip") is other
    np.testing.assert_array_equal(other.predict(X), model.predict(X))
    for name, array in model.extra_weights_.items():
        np.testing.assert_array_equal(other.extra_weights_[name], array)


def test_arrays_have_the_names_of_layers_for_other_tools(tmp_path):
    model = regressor(hidden_layer_sizes=(4,), activation="prelu", wide=[1]).fit(X, REAL)
    model.save_weights(tmp_path / "weights.zip")
    with np.load(tmp_path / "weights.zip") as arrays:
        shapes = {name: arrays[name].shape for name in arrays.files if name != "document.json"}
    assert shapes == {
        "hidden_1_coef": (5, 4),
        "hidden_1_intercept": (4,),
        "output_coef": (4, 1),
        "output_intercept": (1,),
        "wide_coef": (1, 1),
        "slope_1": (4,),
    }


def test_training_goes_on_from_what_was_loaded(tmp_path):
    parameters = {"solver": "sgd", "momentum": 0.0, "warm_start": True, "max_iter": 1}
    models = [classifier(**parameters).fit(X, LABELS), classifier(**parameters).fit(X, LABELS[::-1])]
    models[0].save_weights(tmp_path / "weights.zip")
    models[1].load_weights(tmp_path / "weights.zip")
    for model in models:
        model.fit(X, LABELS)
    assert_same_weights(*models)


def test_everything_but_the_weights_stays(tmp_path):
    names = np.array(["ab", "cde", "f"])
    model = classifier(dtype="float32", standardize=True).fit(X, names[LABELS])
    other = classifier().fit(X, LABELS)
    other.save_weights(tmp_path / "weights.zip")
    n_updates, curve = model.t_, list(model.loss_curve_)
    model.load_weights(tmp_path / "weights.zip")
    assert (model.t_, model.loss_curve_) == (n_updates, curve)
    assert {array.dtype.name for array in model.coefs_} == {"float32"}
    np.testing.assert_array_equal(model.predict(X * X.std(axis=0) + X.mean(axis=0)), names[other.predict(X)])
    np.testing.assert_allclose(model.coefs_[0], other.coefs_[0], rtol=1e-6)


def test_a_model_with_parameters_that_save_refuses_has_weights_to_save(tmp_path):
    model = regressor(learning_rate=lambda epoch: 0.01).fit(X, REAL)
    model.save_weights(tmp_path / "weights.zip")
    np.testing.assert_allclose(
        regressor().fit(X, REAL).load_weights(tmp_path / "weights.zip").predict(X), model.predict(X), **CLOSE
    )


def test_what_does_not_fit_is_refused_in_one_sentence_and_changes_nothing(tmp_path):
    path = tmp_path / "weights.zip"
    model = classifier(dtype="float32").fit(X, LABELS)
    before = model.predict_proba(X)
    model.save_weights(path)
    document, arrays = read_archive(path)
    wrong = {
        "text": {"output_coef": np.full((7, 3), "a")},
        "too large": {"output_coef": np.full((7, 3), 1e300)},
        "a shape": {"output_coef": np.ones((3, 7))},
        "an axis": {"output_coef": np.ones((1, 7, 3))},
        "a name": {"output_bias": np.ones(3)},
        "nan": {"hidden_1_intercept": np.full(7, np.nan)},
    }
    messages = {
        "text": "its output_coef has the dtype <U1, which is no real number",
        "too large": "its output_coef has NaN or infinity in float32",
        "a shape": r"its output_coef has the shape \(3, 7\), this model's has \(7, 3\)",
        "an axis": r"its output_coef has the shape \(1, 7, 3\)",
        "a name": "it has other layers than this model: output_bias instead of nothing",
        "nan": "its hidden_1_intercept has NaN",
    }
    for case, change in wrong.items():
        write_archive(path, document, arrays | change)
        with pytest.raises(ValueError, match=f"load_weights takes a file that save_weights has .*: {messages[case]}"):
            model.load_weights(path)
        np.testing.assert_array_equal(model.predict_proba(X), before)
    for other in (
        classifier(hidden_layer_sizes=(7, 7)),
        classifier(hidden_layer_sizes=(6,)),
        classifier(n_estimators=2),
    ):
        other.fit(X, LABELS).save_weights(path)
        with pytest.raises(ValueError, match="load_weights takes"):
            model.load_weights(path)


def test_a_negative_variance_is_refused_in_one_sentence(tmp_path):
    path = tmp_path / "weights.zip"
    model = classifier(normalization="batch").fit(X, LABELS)
    model.save_weights(path)
    document, arrays = read_archive(path)
    before = model.predict_proba(X)
    write_archive(path, document, arrays | {"mean_1": np.full(7, -1.0), "variance_1": np.full(7, -2.0)})
    with pytest.raises(ValueError, match=r"load_weights takes .*: its variance_1 has -2, which must be >= 0"):
        model.load_weights(path)
    np.testing.assert_array_equal(model.predict_proba(X), before)


def test_files_of_something_else_are_refused_in_one_sentence(tmp_path):
    path = tmp_path / "model.zip"
    model = classifier().fit(X, LABELS)
    model.save(path)
    with pytest.raises(
        ValueError, match=r"load_weights takes .*it contains a complete model; read it with sklearn_ann.load"
    ):
        model.load_weights(path)
    model.save_weights(path)
    with pytest.raises(ValueError, match=r"load takes .*it contains weights only; load them .* with load_weights"):
        load(path)
    document, arrays = read_archive(path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"load_weights takes .*damaged"):
        model.load_weights(path)
    for changed, message in (
        (document | {"protocol": 2}, "protocols up to 1"),
        ({}, "it contains no weights"),
        ([], "it contains no weights"),
    ):
        write_archive(path, changed, arrays)
        with pytest.raises(ValueError, match=f"load_weights takes .*{message}"):
            model.load_weights(path)
    with pytest.raises(FileNotFoundError):
        model.load_weights(tmp_path / "nothing.zip")
    for method in (MLPClassifierTF().save_weights, MLPClassifierTF().load_weights):
        with pytest.raises(NotFittedError):
            method(path)
