"""What comes in: the caller's arrays stay as they were, frames with names, precisions."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor

from tests.estimators.problems import (
    LABELS,
    REAL,
    WEIGHTS,
    WEIGHTS_VAL,
    X_VAL,
    Y_VAL,
    X,
    assert_same_weights,
    classifier,
    regressor,
)

# most fits are a few epochs long: what is compared is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def read_only(array, tmp_path, kind):
    if kind == "memmap":
        np.save(tmp_path / f"{id(array)}.npy", array)
        return np.load(tmp_path / f"{id(array)}.npy", mmap_mode="r")
    copied = array.copy()
    copied.setflags(write=False)
    return copied


@pytest.mark.parametrize("kind", ["flag", "memmap"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_read_only_arrays_will_do_and_nothing_of_the_callers_changes(kind, dtype, tmp_path):
    """Writing to one of these raises."""
    rows, y, y_real, weights, rows_val, y_val, weights_val = (
        read_only(array, tmp_path, kind)
        for array in (X.astype(dtype), LABELS, REAL.astype(dtype), WEIGHTS, X_VAL.astype(dtype), Y_VAL, WEIGHTS_VAL)
    )
    model = classifier(class_weight={0: 2, 1: 1, 2: 1}).fit(
        rows, y, weights, X_val=rows_val, y_val=y_val, sample_weight_val=weights_val
    )
    model.partial_fit(rows, y, weights)
    model.predict_proba(rows)
    for solver in ("adam", "lbfgs"):
        regressor(solver=solver).fit(rows, y_real, weights).predict(rows)
    np.testing.assert_array_equal(weights, WEIGHTS)
    np.testing.assert_array_equal(rows, X.astype(dtype))


def test_class_weight_and_sparse_rows_are_left_alone():
    class_weight, rows = {0: 2, 1: 1, 2: 1}, sparse.csr_array(X)
    data, before = rows.data.copy(), dict(class_weight)
    classifier(class_weight=class_weight).fit(rows, LABELS).predict(rows)
    assert class_weight == before
    np.testing.assert_array_equal(rows.data, data)


def with_64_bit_indices(rows):
    """As SciPy makes them of products and of matrices that were large once."""
    rows = sparse.csr_array(rows)
    rows.indices, rows.indptr = rows.indices.astype(np.int64), rows.indptr.astype(np.int64)
    return rows


def test_the_width_of_sparse_indices_changes_nothing():
    rows = with_64_bit_indices(X)
    for make, y in ((classifier, LABELS), (regressor, REAL)):
        for solver in ("adam", "lbfgs"):
            assert_same_weights(make(solver=solver).fit(rows, y), make(solver=solver).fit(sparse.csr_array(X), y))
        model = make().partial_fit(rows, y, **({"classes": [0, 1, 2]} if make is classifier else {}))
        np.testing.assert_array_equal(model.predict(rows), model.predict(sparse.csr_array(X)))
    assert rows.indices.dtype == rows.indptr.dtype == np.int64


def test_fit_changes_no_parameter():
    for model, y in (
        (classifier(hidden_layer_sizes=[7], class_weight={0: 2, 1: 1, 2: 1}), LABELS),
        (regressor(random_state=np.random.RandomState(0), batch_size=1000), REAL),
    ):
        before = model.get_params()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.fit(X, y)
        assert all(model.get_params()[name] is value for name, value in before.items())


@pytest.mark.parametrize("library", [pd, pl], ids=["pandas", "polars"])
def test_frames_give_feature_names_and_scikit_learns_checks_of_them(library):
    names = ["a", "b", "c", "d", "e"]
    frame = library.DataFrame({name: column for name, column in zip(names, X.T, strict=True)})
    y = library.Series(LABELS.tolist())
    model = classifier().fit(frame, y, X_val=frame[40:], y_val=y[40:])
    assert model.feature_names_in_.tolist() == names
    on_arrays = classifier().fit(X, LABELS)
    assert_same_weights(model, on_arrays)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(model.predict(frame), on_arrays.predict(X))
    with pytest.warns(UserWarning, match="X does not have valid feature names, but MLPClassifierTF was fitted with"):
        model.predict(X)
    with pytest.raises(ValueError, match="The feature names should match those that were passed during fit"):
        model.predict(frame.rename(columns={"a": "z"}) if library is pd else frame.rename({"a": "z"}))
    with pytest.raises(ValueError, match="must be in the same order as they were in fit"):
        model.predict(frame[names[::-1]])
    with pytest.warns(UserWarning, match="X has feature names, but MLPClassifierTF was fitted without"):
        on_arrays.predict(frame)


def test_a_frame_with_a_host_score_and_early_stopping_warns_of_nothing():
    frame = pd.DataFrame(X, columns=list("abcde"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", ConvergenceWarning)
        regressor(early_stopping=True, scoring="neg_mean_absolute_error", max_iter=2).fit(frame, REAL)
        classifier(early_stopping=True, max_iter=2).fit(frame, LABELS)


def test_precision_is_that_of_the_rows_unless_dtype_says_otherwise():
    for given, dtype, expected in (
        (np.float32, None, np.float32),
        (np.float64, None, np.float64),
        (np.int64, None, np.float64),
        (np.float16, None, np.float64),
        (np.float64, "float32", np.float32),
        (np.float32, "float64", np.float64),
    ):
        rows = (3 * X).astype(given)
        model = regressor(dtype=dtype, max_iter=2).fit(rows, REAL)
        assert {array.dtype for array in [*model.coefs_, *model.intercepts_]} == {np.dtype(expected)}
        same = regressor(max_iter=2).fit(rows.astype(expected), REAL)
        assert_same_weights(model, same)


def test_predictions_have_the_wider_of_both_precisions():
    """A float32 network asked about float64 rows computes in float64, as scikit-learn's does."""
    f4, f8 = np.float32, np.float64
    for fitted_on, asked in ((f4, f4), (f4, f8), (f8, f4), (f4, np.float16), (f4, np.int8), (f4, bool), (f4, int)):
        ours = regressor().fit(X.astype(fitted_on), REAL)
        theirs = MLPRegressor(hidden_layer_sizes=(7,), max_iter=5).fit(X.astype(fitted_on), REAL)
        theirs.coefs_, theirs.intercepts_ = ours.coefs_, ours.intercepts_
        expected, got = theirs.predict(X.astype(asked)), ours.predict(X.astype(asked))
        assert got.dtype == expected.dtype
        np.testing.assert_allclose(got, expected, rtol=50 * np.finfo(expected.dtype).eps, atol=np.finfo(got.dtype).eps)


def test_rows_that_skip_scikit_learns_checks_are_predicted_like_checked_ones():
    model = regressor().fit(X, REAL)
    expected = model.predict(X[:3].tolist())
    np.testing.assert_array_equal(model.predict(X[:3]), expected)
    np.testing.assert_array_equal(model.predict(X[:3].astype(X.dtype.newbyteorder())), expected)
    large = np.full((1, X.shape[1]), 3e38, dtype=np.float32)  # finite, and their sum is not
    assert np.isfinite(model.predict(large)).all()


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_rows_that_skip_scikit_learns_checks_are_finite(broken):
    rows = X[:2].copy()
    rows[1, 1] = broken
    with pytest.raises(ValueError, match=r"Input X contains (NaN|infinity)"):
        regressor().fit(X, REAL).predict(rows)


@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array])
def test_long_doubles_are_predicted_like_doubles(container):
    model = classifier().fit(X, LABELS > 0)
    rows = container(X.astype(np.longdouble))
    np.testing.assert_array_equal(model.predict_proba(rows), model.predict_proba(container(X)))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_saturated_probabilities_are_no_floating_point_errors(dtype):
    model = classifier().fit(X.astype(dtype), LABELS > 0)
    far_out = (1e6 * X).astype(dtype)
    expected = model.predict_proba(far_out)
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(model.predict_proba(far_out), expected)


def test_a_row_is_predicted_alike_in_every_company():
    model = classifier().fit(X, LABELS)
    together = model.predict_proba(X)
    for rows in (slice(0, 1), slice(3, 10), slice(None, None, -1)):
        np.testing.assert_allclose(model.predict_proba(X[rows]), together[rows], rtol=1e-13)


def test_dtype_may_change_between_calls_of_partial_fit():
    model = regressor().partial_fit(X, REAL).set_params(dtype="float32").partial_fit(X, REAL)
    assert {array.dtype for array in model.coefs_} == {np.dtype(np.float32)}
    both = regressor().partial_fit(X, REAL).partial_fit(X, REAL)
    assert_same_weights(model, both, rtol=1e-4, atol=1e-5)  # float32's last place, magnified a little


def test_partial_fit_goes_on_after_an_lbfgs_fit_of_another_shape():
    model = regressor().fit(X, REAL).set_params(solver="lbfgs").fit(X[:, :3], REAL)
    loss = model.loss_
    model.set_params(solver="adam").partial_fit(X[:, :3], REAL)
    assert model.loss_ == pytest.approx(loss, rel=0.1)  # one small step from where lbfgs ended


NUMBERS = {
    "alpha": 0.3, "batch_size": 20, "max_iter": 4, "tol": 0.1, "n_iter_no_change": 2, "learning_rate_init": 0.01,
    "momentum": 0.7, "power_t": 0.3, "dropout": 0.2, "input_dropout": 0.1, "gaussian_noise": 0.1, "clipvalue": 0.3,
    "global_clipnorm": 0.6, "averaging": 0.4, "validation_fraction": 0.2, "auxiliary_loss_weight": 0.3,
    "auxiliary_layer": 1, "n_estimators": 2, "random_state": 3,
}  # fmt: skip


@pytest.mark.parametrize("more", [{"learning_rate": "invscaling", "early_stopping": True}, {"solver": "lbfgs"}])
@pytest.mark.parametrize("backend", ["numpy", "tensorflow"])
def test_numbers_may_be_scalars_of_numpy(backend, more):
    """Those of float32 in double precision: each value first becomes one that float32 has too."""
    names = set(NUMBERS)
    if more.get("solver") == "lbfgs":
        names = {"alpha", "max_iter", "tol", "auxiliary_loss_weight", "auxiliary_layer", "random_state"}
    theirs = {
        name: (np.float32 if isinstance(NUMBERS[name], float) else np.int64)(NUMBERS[name]) for name in sorted(names)
    }
    ours = {name: value.item() for name, value in theirs.items()}
    common = {"solver": "sgd", "backend": backend, **more}
    fitted = [regressor(**{**common, **numbers}).fit(X, REAL) for numbers in (ours, theirs)]
    assert_same_weights(*fitted)
    if "solver" not in more:
        assert fitted[0].loss_curve_ == fitted[1].loss_curve_
    assert {coef.dtype for coef in fitted[1].coefs_} == {np.dtype(np.float64)}
