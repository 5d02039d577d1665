"""Normalization, skip connections, wide columns, an auxiliary output, averages and ensembles, as users meet them."""

import pickle

import keras
import numpy as np
import pytest
from scipy import sparse
from scipy.special import softmax
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann.network.mc_dropout import draw_dropout_masks
from sklearn_ann.network.weights import as_weights
from sklearn_ann.normalizations import BatchNorm, LayerNorm
from sklearn_ann.runtime.programs import compilation_count
from tests.estimators.problems import (
    BINARY,
    CLOSE,
    LABELS,
    REAL,
    REALS,
    WEIGHTS,
    X,
    assert_same_weights,
    classifier,
    regressor,
)

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")  # fits cut short on purpose

# Plain gradient descent in batches of a fixed order, which Keras can be made to repeat.
PLAIN_SGD = {
    "solver": "sgd",
    "momentum": 0.0,
    "nesterovs_momentum": False,
    "learning_rate_init": 0.1,
    "alpha": 0.0,
    "batch_size": 20,
    "shuffle": False,
    "max_iter": 4,
    "hidden_layer_sizes": (6, 6),
    "activation": "tanh",  # smooth: a relu of nothing but dead units is at its kink as long as intercepts are zero
    "kernel_initializer": "glorot_uniform",  # intercepts start from zero, as in Keras
}
# Each a program of ours and a model of Keras': together they have every structure, and each of these next to others.
STRUCTURES = {
    "batch after": {"normalization": BatchNorm(position="after", momentum=0.9999), "auxiliary_loss_weight": 0.3},
    "layer": {"normalization": "layer", "wide": [0, 3], "activation": ["prelu", "tanh"]},
    "wide and deep": {
        "wide": [0, 1, 2],
        "deep": [4, 2, 3],
        "auxiliary_loss_weight": 0.3,
        "auxiliary_layer": 2,
    },
    "everything": {
        "normalization": "batch",
        "skip_connections": True,
        "wide": "all",
        "auxiliary_loss_weight": 0.3,
        "activation": "prelu",
    },
}


def _keras_model(parameters, first):
    """The same network of Keras layers with the weights that a fit begins with."""
    activations = parameters.get("activation", "tanh")
    activations = [activations] * 2 if isinstance(activations, str) else activations
    normalization = parameters.get("normalization")
    kind = "batch" if isinstance(normalization, BatchNorm) else normalization
    after = getattr(normalization, "position", "before") == "after"
    dense = {"dtype": "float64"}

    def normalized(values):
        layer = {"batch": keras.layers.BatchNormalization, "layer": keras.layers.LayerNormalization}[kind]
        return layer(epsilon=1e-3, **dense)(values)

    def taken(columns):
        return keras.layers.Lambda(lambda x: keras.ops.take(x, columns, axis=1), output_shape=(len(columns),), **dense)

    values = inputs = keras.Input((5,), dtype="float64")
    if "deep" in parameters:
        values = taken(parameters["deep"])(inputs)
    outputs, layers = [], []
    for depth, name in enumerate(activations):
        before = values
        layers.append(keras.layers.Dense(6, **dense))
        values = layers[-1](values)
        if kind and not after:
            values = normalized(values)
        activation = keras.layers.PReLU(alpha_initializer=keras.initializers.Constant(0.25), **dense)
        values = activation(values) if name == "prelu" else keras.layers.Activation(name, **dense)(values)
        if kind and after:
            values = normalized(values)
        if parameters.get("skip_connections") and depth == 1:  # the first is from 5 to 6
            values = keras.layers.Add(**dense)([values, before])
        if parameters.get("auxiliary_loss_weight") and depth == parameters.get("auxiliary_layer", 1) - 1:
            auxiliary = keras.layers.Dense(1, **dense)
            outputs.append(auxiliary(values))
    layers.append(keras.layers.Dense(1, **dense))
    raw = layers[-1](values)
    wide = parameters.get("wide")
    if wide is not None:
        columns = list(range(5)) if wide == "all" else wide
        beside = keras.layers.Dense(1, use_bias=False, **dense)
        raw = keras.layers.Add(**dense)([raw, beside(taken(columns)(inputs))])
    model = keras.Model(inputs, [raw, *outputs])
    for layer, coef, intercept in zip(layers, first["coefs_"], first["intercepts_"], strict=True):
        layer.set_weights([coef, intercept])
    if wide is not None:
        beside.set_weights([first["wide_coef"]])
    if outputs:
        auxiliary.set_weights([first["auxiliary_coef"], first["auxiliary_intercept"]])
    return model, layers


@pytest.mark.parametrize("structure", STRUCTURES)
def test_training_equals_keras(structure):
    parameters = {**PLAIN_SGD, **STRUCTURES[structure]}
    # Weights after a fit whose steps are too small to change them: where the other fit begins
    start = regressor(**{**parameters, "learning_rate_init": 1e-300, "max_iter": 1}).fit(X, REAL)
    first = {"coefs_": start.coefs_, "intercepts_": start.intercepts_, **start.extra_weights_}
    model = regressor(**parameters).fit(X, REAL)

    reference, layers = _keras_model(STRUCTURES[structure], first)
    losses = ["mse"] * len(reference.outputs)
    shares = [0.5, 0.5 * 0.3][: len(losses)]  # scikit-learn's squared error is half of Keras'
    reference.compile(keras.optimizers.SGD(0.1), loss=losses, loss_weights=shares)
    for _ in range(4):
        for batch in range(3):
            rows = slice(20 * batch, 20 * batch + 20)
            reference.train_on_batch(X[rows], [REAL[rows, None]] * len(losses))
    for layer, coef, intercept in zip(layers, model.coefs_, model.intercepts_, strict=True):
        for found, expected in zip((coef, intercept), layer.get_weights(), strict=True):
            # Keras computes losses and learning rates in float32
            np.testing.assert_allclose(found, expected, rtol=2e-5, atol=2e-6)


def test_moving_means_are_means_over_steps_and_then_forget():
    """The first layer's sums of every batch, from NumPy, with weights that stand still."""
    standing = {**PLAIN_SGD, "learning_rate_init": 1e-300, "max_iter": 2}
    for momentum in (0.5, 0.99):
        model = classifier(**standing, normalization=BatchNorm(momentum=momentum)).fit(X, LABELS)
        sums = X @ model.coefs_[0] + model.intercepts_[0]
        mean = variance = 0
        for step in range(6):
            batch = sums[20 * (step % 3) : 20 * (step % 3) + 20]
            kept = min(momentum, step / (step + 1))
            mean = kept * mean + (1 - kept) * batch.mean(axis=0)
            variance = kept * variance + (1 - kept) * batch.var(axis=0)
        np.testing.assert_allclose(model.extra_weights_["mean_1"], mean, **CLOSE)
        np.testing.assert_allclose(model.extra_weights_["variance_1"], variance, **CLOSE)


def test_moving_means_go_on_in_partial_fit():
    whole = classifier(**PLAIN_SGD, normalization="batch").fit(X, LABELS)
    parts = classifier(**PLAIN_SGD, normalization="batch")
    for _ in range(4):
        parts.partial_fit(X, LABELS, classes=[0, 1, 2])
    assert_same_weights(parts, whole, **CLOSE)
    for name, array in whole.extra_weights_.items():
        np.testing.assert_allclose(parts.extra_weights_[name], array, **CLOSE)


@pytest.mark.parametrize("normalization", ["batch", LayerNorm(position="after")], ids=str)
def test_a_row_of_weight_two_is_the_row_twice(normalization):
    weights = np.repeat([1, 2], [50, 7])  # 57 rows or 64, which share a program
    twice = np.repeat(np.arange(57), weights)
    parameters = {"normalization": normalization, "standardize": True}
    weighted = classifier(**parameters).fit(X[:57], LABELS[:57], weights)
    repeated = classifier(**parameters).fit(X[twice], LABELS[twice])
    np.testing.assert_allclose(weighted.predict_proba(X), repeated.predict_proba(X), **CLOSE)


def test_wide_columns_by_number_name_and_mask_are_the_same():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcde"))
    by_name = regressor(wide=["d", "a"]).fit(frame, REALS)
    assert by_name.extra_weights_["wide_coef"].shape == (2, 2)
    assert_same_weights(by_name, regressor(wide=[3, 0]).fit(X, REALS), **CLOSE)
    mask = [False, True, False, False, True]
    assert_same_weights(regressor(wide=mask).fit(X, REALS), regressor(wide=[1, 4]).fit(X, REALS), **CLOSE)


def test_deep_columns_by_number_name_and_mask_are_the_same():
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(X, columns=list("abcde"))
    by_name = regressor(deep=["d", "a"]).fit(frame, REALS)
    assert by_name.coefs_[0].shape == (2, 7)
    assert_same_weights(by_name, regressor(deep=[3, 0]).fit(X, REALS), **CLOSE)
    mask = [False, True, False, False, True]
    assert_same_weights(regressor(deep=mask).fit(X, REALS), regressor(deep=[1, 4]).fit(X, REALS), **CLOSE)
    before = compilation_count()
    plain = regressor().fit(X, REALS)
    for everything in ("all", range(5), list("abcde"), [True] * 5):
        rows = frame if everything == list("abcde") else X
        assert_same_weights(regressor(deep=everything).fit(rows, REALS), plain, **CLOSE)
    assert compilation_count() <= before + 1


@pytest.mark.filterwarnings("ignore:lbfgs failed")  # cut short on purpose
@pytest.mark.parametrize("parameters", [{}, {"solver": "lbfgs", "max_iter": 30}, {"hidden_layer_sizes": ()}], ids=str)
def test_deep_columns_alone_are_a_network_of_these_columns(parameters):
    """The initial weights too: what fans in are these columns."""
    columns = [4, 0, 2]
    held, held_taken = {"X_val": X[:20], "y_val": LABELS[:20]}, {"X_val": X[:20, columns], "y_val": LABELS[:20]}
    if "solver" in parameters:  # L-BFGS makes no use of them
        held = held_taken = {}
    ours = classifier(deep=columns, **parameters).fit(X, LABELS, **held)
    taken = classifier(**parameters).fit(X[:, columns], LABELS, **held_taken)
    assert_same_weights(ours, taken, **CLOSE)
    np.testing.assert_allclose(ours.predict_proba(X), taken.predict_proba(X[:, columns]), **CLOSE)
    if held:
        np.testing.assert_allclose(ours.validation_loss_curve_, taken.validation_loss_curve_, rtol=1e-9)


def test_deep_columns_of_sparse_rows_are_those_of_dense_ones(monkeypatch):
    from sklearn_ann.engines.tensorflow import stochastic as epochs
    from sklearn_ann.network import predict_compiled as compiled

    parameters = {"deep": [4, 0, 2], "wide": [1, 2], "standardize": True, "batch_size": 20, "backend": "tensorflow"}
    rows = np.where(np.abs(X) > 0.5, X, 0)
    rows -= rows.mean(axis=0)  # a sparse X is not centred
    dense = classifier(**parameters).fit(rows, LABELS)
    ours = classifier(**parameters).fit(sparse.csr_matrix(rows), LABELS)
    assert_same_weights(ours, dense, rtol=1e-7)
    expected = dense.predict_proba(rows)
    for kind in (sparse.csr_matrix, sparse.csc_array):
        np.testing.assert_allclose(ours.predict_proba(kind(rows)), expected, rtol=1e-7)
    by_program = compiled.compiled_forward(sparse.csr_matrix(rows / rows.std(axis=0)), *_network_of(ours), "cpu")
    np.testing.assert_allclose(by_program, expected, rtol=1e-7)
    monkeypatch.setattr(epochs, "must_stream", lambda X, dtype: True)
    monkeypatch.setattr(epochs, "BLOCK_BYTES", 20 * 5 * 8)
    assert_same_weights(classifier(**parameters).fit(sparse.csr_matrix(rows), LABELS), dense, rtol=1e-7)


def _network_of(model):
    weights = as_weights(model._net, model.coefs_, model.intercepts_, model.extra_weights_)
    return model._net, weights, model._hyper


def test_a_deep_ensemble_with_dropout_of_inputs_predicts_the_mean_of_its_members():
    """By NumPy; and spreads by dropout are those of the plain network of the same columns."""
    model = classifier(deep=[4, 0, 2], wide=[1], n_estimators=2, input_dropout=0.3).fit(X, LABELS)
    assert model.coefs_[0].shape == (2, 3, 7)
    probas = []
    for member in range(2):
        hidden = np.maximum(X[:, [4, 0, 2]] @ model.coefs_[0][member] + model.intercepts_[0][member], 0)
        scores = hidden @ model.coefs_[1][member] + model.intercepts_[1][member]
        probas.append(softmax(scores + X[:, [1]] @ model.extra_weights_["wide_coef"][member], axis=1))
    np.testing.assert_allclose(model.predict_proba(X), np.mean(probas, axis=0), **CLOSE)


@pytest.mark.parametrize("hidden", [7, 3], ids=["plain", "with a skip from the columns"])
def test_what_dropout_leaves_of_deep_inputs_is_what_it_leaves_of_all(hidden):
    """A network of all columns, whose weights of the columns that are not deep are zero, drops the same ones."""
    columns = [0, 2, 4]
    parameters = {"input_dropout": 0.3, "hidden_layer_sizes": (hidden,), "max_iter": 1}
    deep = classifier(deep=columns, skip_connections=True, **parameters).fit(X, LABELS)
    _, std = deep.predict_proba(X, return_std=True)
    draws = [
        draw_dropout_masks(deep._net, deep._noise_amounts, random_state)[0]
        for random_state in [np.random.RandomState(deep._noise_seed)]
        for _ in range(100)
    ]
    probas = []
    for dropout_masks in draws:
        inputs = (X * dropout_masks.scale + dropout_masks.shift)[:, columns]
        values = np.maximum(inputs @ deep.coefs_[0] + deep.intercepts_[0], 0)
        values = values + inputs if hidden == 3 else values
        probas.append(softmax(values @ deep.coefs_[1] + deep.intercepts_[1], axis=1))
    np.testing.assert_allclose(std, np.std(probas, axis=0), rtol=1e-6)


def test_a_warm_start_with_other_deep_columns_is_refused():
    model = regressor(deep=[0, 1], warm_start=True).fit(X, REAL)
    with pytest.raises(ValueError, match="another structure now"):
        model.set_params(deep=[0, 2]).fit(X, REAL)


def test_weights_to_begin_with_have_a_row_for_each_deep_column():
    standing = {"learning_rate_init": 1e-300, "max_iter": 1, "deep": [3, 1]}
    coefs = [np.arange(14.0).reshape(2, 7), np.ones((7, 1))]
    model = regressor(**standing).fit(X, REAL, coef_init=coefs)
    np.testing.assert_allclose(model.coefs_[0], coefs[0], rtol=0, atol=1e-200)
    with pytest.raises(ValueError, match=r"of shapes \[\(2, 7\), \(7, 1\)\]"):
        regressor(**standing).fit(X, REAL, coef_init=[np.ones((5, 7)), coefs[1]])


@pytest.mark.parametrize("layer", [1, 2, 3, None])
def test_the_auxiliary_output_is_on_the_layer_of_choice(layer):
    sizes = (3, 4, 6)
    model = regressor(hidden_layer_sizes=sizes, auxiliary_loss_weight=0.5, auxiliary_layer=layer).fit(X, REAL)
    assert model.extra_weights_["auxiliary_coef"].shape == (sizes[(layer or 2) - 1], 1)


def test_an_auxiliary_layer_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="auxiliary_layer must be the number of a hidden layer, from 1 to 1, got 2"):
        regressor(auxiliary_loss_weight=0.5, auxiliary_layer=2).fit(X, REAL)
    regressor(auxiliary_layer=2, max_iter=1).fit(X, REAL)  # without the output, of no consequence


def test_a_wide_network_without_a_hidden_part_that_says_anything_is_linear():
    """With its hidden weights at zero, ReLU never wakes: what is left is linear regression."""
    zeros = {"kernel_initializer": "zeros", "alpha": 0.0, "tol": 1e-10, "max_iter": 2000, "solver": "lbfgs"}
    model = regressor(wide="all", **zeros).fit(X, REAL)
    expected, *_ = np.linalg.lstsq(np.column_stack([X, np.ones(60)]), REAL, rcond=None)
    np.testing.assert_allclose(model.extra_weights_["wide_coef"][:, 0], expected[:5], rtol=1e-4)


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
def test_standardize_equals_a_scaler_before(weights):
    wild = X * [1, 10, 100, 1e-3, 1] + [0, 5, -1e4, 0, 3]
    inside = classifier(standardize=True).fit(wild, LABELS, weights)
    scaler = StandardScaler().fit(wild, sample_weight=weights)
    outside = classifier().fit(scaler.transform(wild), LABELS, weights)
    assert_same_weights(inside, outside, **CLOSE)
    np.testing.assert_allclose(inside.predict_proba(wild), outside.predict_proba(scaler.transform(wild)), **CLOSE)
    np.testing.assert_allclose(pickle.loads(pickle.dumps(inside)).predict_proba(wild), inside.predict_proba(wild))


def test_standardize_computes_in_the_wider_dtype_of_rows_and_weights():
    far = X + 1e3  # float32 rows keep four digits behind the point; their standardized values would keep fewer
    model = classifier(standardize=True).fit(far, LABELS)
    rows = far.astype(np.float32)
    np.testing.assert_allclose(model.predict_proba(rows), model.predict_proba(rows.astype(np.float64)), rtol=1e-12)


def test_standardize_scales_a_sparse_X_and_leaves_it_sparse():
    rows = sparse.csr_matrix(np.where(np.abs(X) > 0.8, 30 * X, 0))
    inside = classifier(standardize=True).fit(rows, LABELS)
    outside = make_pipeline(StandardScaler(with_mean=False), classifier()).fit(rows, LABELS)
    np.testing.assert_allclose(inside.predict_proba(rows), outside.predict_proba(rows), **CLOSE)


def test_standardize_reaches_validation_rows_whoever_scores_them():
    wild = 50 * X + 7
    held = {"X_val": wild[40:], "y_val": LABELS[40:]}
    by_program = classifier(standardize=True, early_stopping=True).fit(wild[:40], LABELS[:40], **held)
    by_host = classifier(standardize=True, early_stopping=True, scoring="accuracy").fit(wild[:40], LABELS[:40], **held)
    assert by_program.validation_scores_ == pytest.approx(by_host.validation_scores_)
    assert by_program.score(wild[40:], LABELS[40:]) == pytest.approx(max(by_program.validation_scores_))


def test_the_average_is_over_the_epochs_from_its_start():
    parameters = {"max_iter": 8, "batch_size": 20}
    averaged = classifier(**parameters, averaging=0.5).fit(X, LABELS)
    ends = [classifier(**{**parameters, "max_iter": epochs}).fit(X, LABELS) for epochs in (5, 6, 7, 8)]
    for layer, coef in enumerate(averaged.coefs_):
        np.testing.assert_allclose(coef, np.mean([end.coefs_[layer] for end in ends], axis=0), **CLOSE)
    assert averaged.loss_curve_ == pytest.approx(ends[-1].loss_curve_, rel=1e-12)


def test_averages_of_streamed_sparse_rows_are_those_of_dense_ones(monkeypatch):
    from sklearn_ann.engines.tensorflow import stochastic as epochs

    parameters = {"max_iter": 6, "batch_size": 20, "averaging": 0.5, "backend": "tensorflow"}
    dense = classifier(**parameters).fit(X, LABELS)
    monkeypatch.setattr(epochs, "must_stream", lambda X, dtype: True)
    monkeypatch.setattr(epochs, "BLOCK_BYTES", 20 * 5 * 8)
    assert_same_weights(classifier(**parameters).fit(sparse.csr_matrix(X), LABELS), dense, **CLOSE)


def test_early_stopping_judges_the_average():
    held = {"X_val": X[40:], "y_val": REAL[40:]}
    parameters = {"max_iter": 8, "averaging": 0.25, "early_stopping": True, "n_iter_no_change": 100}
    model = regressor(**parameters).fit(X[:40], REAL[:40], **held)
    assert model.score(X[40:], REAL[40:]) == pytest.approx(max(model.validation_scores_), rel=1e-9)
    by_host = regressor(**parameters, scoring="r2").fit(X[:40], REAL[:40], **held)
    assert by_host.validation_scores_ == pytest.approx(model.validation_scores_, rel=1e-9)


def test_an_ensemble_predicts_the_mean_of_its_members():
    model = classifier(n_estimators=3, normalization="batch", max_iter=10).fit(X, LABELS)
    assert model.coefs_[0].shape == (3, 5, 7)
    probas = []
    for member in range(3):
        alone = classifier(normalization="batch", max_iter=1).fit(X, LABELS)
        alone.coefs_ = [coef[member] for coef in model.coefs_]
        alone.intercepts_ = [intercept[member] for intercept in model.intercepts_]
        alone.extra_weights_ = {name: array[member] for name, array in model.extra_weights_.items()}
        probas.append(alone.predict_proba(X))
    np.testing.assert_allclose(model.predict_proba(X), np.mean(probas, axis=0), **CLOSE)
    assert np.abs(probas[0] - probas[1]).max() > 0.01
    assert len(model.loss_curve_) == 10 and np.isfinite(model.loss_curve_).all()
    again = clone(model).fit(X, LABELS)
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))


def test_a_member_trains_as_it_would_alone():
    """With all rows in a batch no order matters: the first member starts from the weights of the single network."""
    ensemble = regressor(n_estimators=2, max_iter=10).fit(X, REAL)
    single = regressor(max_iter=10).fit(X, REAL)
    for together, alone in zip(ensemble.coefs_, single.coefs_, strict=True):
        np.testing.assert_allclose(together[0], alone, **CLOSE)


def test_members_stop_one_by_one_and_keep_their_best():
    model = classifier(n_estimators=3, early_stopping=True, max_iter=300, n_iter_no_change=3, scoring="accuracy")
    model.fit(X, BINARY, X_val=X[40:], y_val=BINARY[40:])
    assert model.n_iter_ < 300
    assert model.score(X[40:], BINARY[40:]) > 0.8


@pytest.mark.parametrize("structure", STRUCTURES)
def test_structures_pickle_clone_and_predict_a_row_as_among_others(structure):
    model = classifier(hidden_layer_sizes=(6, 6), **STRUCTURES[structure]).fit(X, LABELS)
    proba = model.predict_proba(X)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X), proba)
    np.testing.assert_allclose(model.predict_proba(X[7:8])[0], proba[7], rtol=1e-12)
    again = clone(model)
    assert {name: repr(value) for name, value in again.get_params().items()} == {
        name: repr(value) for name, value in model.get_params().items()
    }
    np.testing.assert_array_equal(again.fit(X, LABELS).predict_proba(X), proba)


def test_numbers_of_structures_are_searched_without_compiling():
    model = regressor(normalization=BatchNorm(), auxiliary_loss_weight=0.1, averaging=0.5).fit(X, REAL)
    before = compilation_count()
    grid = {
        "normalization__momentum": [0.5, 0.9],
        "normalization__epsilon": [1e-3, 1e-5],
        "auxiliary_loss_weight": [0.1, 0.5],
        "averaging": [0.2, 0.8],
    }
    search = GridSearchCV(model, grid, cv=[(np.arange(60), np.arange(60))], refit=False, error_score="raise")
    search.fit(X, REAL)
    assert compilation_count() == before
    assert len(set(search.cv_results_["mean_test_score"])) > 1


def test_a_warm_start_with_another_structure_is_refused_and_nothing_is_lost():
    model = classifier(warm_start=True, normalization="layer").fit(X, LABELS)
    proba = model.predict_proba(X)
    with pytest.raises(ValueError, match=r"another structure.*warm_start=False"):
        model.set_params(normalization="batch").fit(X, LABELS)
    np.testing.assert_array_equal(model.predict_proba(X), proba)


def test_moving_means_count_a_batch_by_its_weight():
    """A last batch of one row, and rows without weight, next to what NumPy makes of the first layer's sums."""
    standing = {**PLAIN_SGD, "learning_rate_init": 1e-300, "max_iter": 2}
    for rows, weights in ((41, np.ones(41)), (60, np.repeat([0.0, 1, 2], 20))):
        model = classifier(**standing, normalization="batch").fit(X[:rows], LABELS[:rows], weights)
        sums = X[:rows] @ model.coefs_[0] + model.intercepts_[0]
        # every batch has its own mean; within it rows count by weight, and batches count by the weight of their rows
        mean = np.average(sums, axis=0, weights=weights)
        np.testing.assert_allclose(model.extra_weights_["mean_1"], mean, rtol=1e-6)


def test_integer_rows_are_standardized_as_numbers():
    rows = np.round(10 * X).astype(np.int8)
    model = classifier(standardize=True).fit(rows, LABELS)
    np.testing.assert_array_equal(model.predict_proba(rows), model.predict_proba(rows.astype(float)))


def test_sparse_rows_after_dense_ones_are_not_standardized_in_silence():
    model = classifier(standardize=True).fit(X + 1, LABELS)
    with pytest.raises(ValueError, match=r"standardize=True has learned the means of a dense X.*X.toarray\(\)"):
        model.predict(sparse.csr_matrix(X))


def test_a_skip_over_sparse_inputs_is_a_skip_over_dense_ones():
    rows = np.where(np.abs(X) > 0.5, X, 0)
    dense = classifier(hidden_layer_sizes=(5,), skip_connections=True).fit(rows, LABELS)
    of_sparse = dense.predict_proba(sparse.csr_matrix(rows))
    np.testing.assert_allclose(of_sparse, dense.predict_proba(rows), **CLOSE)


def test_what_a_fitted_classifier_offers_does_not_change_with_its_parameters():
    hinge = classifier(loss="hinge").fit(X, LABELS).set_params(loss="log_loss")
    assert hasattr(hinge, "decision_function") and not hasattr(hinge, "predict_proba")
    usual = classifier().fit(X, LABELS).set_params(loss="hinge")
    assert hasattr(usual, "predict_proba") and not hasattr(usual, "decision_function")


@pytest.mark.parametrize(
    "change", [{"wide": [1]}, {"wide": None}, {"auxiliary_loss_weight": 0.0}, {"standardize": True}], ids=str
)
def test_a_warm_start_refuses_another_structure(change):
    model = regressor(warm_start=True, wide=[0], auxiliary_loss_weight=0.1).fit(X, REAL)
    with pytest.raises(ValueError, match="another structure"):
        model.set_params(**change).fit(X, REAL)


def test_an_ensemble_says_how_it_fares_and_survives_an_early_end(capsys):
    regressor(n_estimators=2, verbose=True, max_iter=3).fit(X, REAL)
    assert capsys.readouterr().out.count("Iteration") == 3

    calls = []

    def interrupting(estimator, rows, y):
        calls.append(rows)
        if len(calls) > 2:  # both members are scored once before training
            raise KeyboardInterrupt
        return 0.0

    with pytest.warns(UserWarning, match="interrupted"):
        model = regressor(n_estimators=2, scoring=interrupting).fit(X, REAL, X_val=X, y_val=REAL)
    assert np.isfinite(model.predict(X)).all()


def test_a_scorer_may_ask_for_spreads():
    def likelihood(estimator, rows, y):
        mean, std = estimator.predict(rows, return_std=True)
        return float(np.mean(-np.log(std) - ((y - mean) / std) ** 2 / 2))

    parameters = {"loss": "gaussian", "dropout": 0.2, "early_stopping": True, "scoring": likelihood, "n_estimators": 2}
    model = regressor(**parameters).fit(X, REAL, X_val=X, y_val=REAL)
    assert len(model.validation_scores_) == 5
