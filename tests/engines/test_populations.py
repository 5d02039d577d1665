"""Models on the leading axis of an engine beside the same models one by one: each has hyperparameters of its own."""

import numpy as np
import pytest
from sklearn.base import clone

from sklearn_ann import MLPClassifierTF, MLPRegressorTF
from sklearn_ann.activations import LeakyReLU
from sklearn_ann.augmentations import Mixup, RandomTranslation
from sklearn_ann.engines.numpy.stochastic import train
from sklearn_ann.fitting.population import as_population, results_of_each, structure_of_fit, with_shared_arrays
from sklearn_ann.losses import Focal, Gaussian, Huber, Quantile
from sklearn_ann.optimizers import AdamW, Lion, Nadam
from sklearn_ann.regularizers import L1, MaxNorm
from sklearn_ann.runtime.programs import compilation_count
from sklearn_ann.runtime.tree import leaves
from sklearn_ann.schedules import OneCycle, ReduceOnPlateau

RNG = np.random.RandomState(0)
X = RNG.normal(size=(45, 6))
LABELS = (X[:, :3] + RNG.normal(size=(45, 3))).argmax(axis=1)
REAL = X[:, 0] + RNG.normal(size=45)


def prepared(estimator, X, y, **params):
    """The fit, ready to be trained."""
    estimator._waiting_fits = []
    estimator.fit(X, y, **params)
    (fit,) = estimator._waiting_fits
    return fit


def classifiers(variants, **common):
    settings = {"hidden_layer_sizes": (5,), "max_iter": 8, "batch_size": 16, "random_state": 0, **common}
    return [MLPClassifierTF(**settings | variant) for variant in variants], LABELS


def regressors(variants, **common):
    settings = {"hidden_layer_sizes": (5,), "max_iter": 8, "batch_size": 16, "random_state": 0, **common}
    return [MLPRegressorTF(**settings | variant) for variant in variants], REAL


def each(name, *values):
    return [{name: value} for value in values]


MODELS = {
    "penalties": classifiers(
        [{"alpha": 0.0, "regularizer": [L1(1.0), MaxNorm(0.5)]}, {"alpha": 3.0, "regularizer": [L1(0.0), MaxNorm(2.0)]}]
    ),
    "limits of gradients": classifiers(
        [{"clipvalue": 0.01, "global_clipnorm": 1.0}, {"clipvalue": 0.1, "global_clipnorm": 0.05}], random_state=1
    ),
    "weight decays": classifiers(each("solver", AdamW(weight_decay=0.1), AdamW(beta_1=0.5, weight_decay=0.5))),
    "nadam": classifiers(each("solver", Nadam(beta_1=0.5), Nadam(beta_2=0.9))),
    "lion": classifiers(each("solver", Lion(beta_1=0.5), Lion(beta_2=0.9))),
    "slopes of activations": classifiers(each("activation", LeakyReLU(0.1), LeakyReLU(0.4))),
    "losses": classifiers(each("loss", Focal(1.0), Focal(3.0))),
    "widths of a loss": regressors(each("loss", Huber(0.1), Huber(1.0))),
    "several quantiles": regressors(each("loss", Quantile([0.1, 0.5]), Quantile([0.3, 0.9]))),
    "spreads": regressors(each("loss", Gaussian(1e-3), Gaussian(0.5))),
    "output ranges": regressors(each("output_range", (-5, 5), (-4, 8)), output_activation="tanh"),
    "auxiliary outputs": classifiers(each("auxiliary_loss_weight", 0.2, 0.7)),
    "moving means": classifiers(each("learning_rate_init", 0.01, 0.1), normalization="batch"),
    "layer normalization": classifiers(each("learning_rate_init", 0.01, 0.1), normalization="layer"),
    "augmentations": classifiers(
        [
            {"augmentation": [Mixup(0.2), RandomTranslation((2, 3), 1)], "random_state": 0},
            {"augmentation": [Mixup(2.0), RandomTranslation((2, 3), 2)], "random_state": 1},
        ]
    ),
    "noise": classifiers(
        [{"dropout": 0.1, "random_state": 0}, {"dropout": 0.5, "random_state": 1}, {"dropout": 0.3, "random_state": 0}],
        input_dropout=0.1,
    ),
    "plateaus": classifiers(
        each("learning_rate", ReduceOnPlateau(factor=0.1, patience=1), ReduceOnPlateau(patience=2)), tol=0.1
    ),
    "momenta of a schedule": classifiers(each("alpha", 0.01, 0.1), solver="sgd", learning_rate=OneCycle()),
    "penalties, moving means, noise and momenta of a schedule": classifiers(
        [
            {"alpha": 0.0, "dropout": 0.1, "regularizer": MaxNorm(0.5)},
            {"alpha": 3.0, "dropout": 0.5, "regularizer": MaxNorm(2.0)},
        ],
        normalization="batch",
        solver="sgd",
        learning_rate=OneCycle(),
    ),
    "stops": classifiers(
        [{"tol": 0.1, "learning_rate_init": 0.1}, {"tol": 0.0}, {"tol": 0.01, "n_iter_no_change": 5}],
        max_iter=20,
        n_iter_no_change=1,
    ),
    "one batch": classifiers(
        each("learning_rate_init", 0.01, 0.5, 0.1), batch_size="auto", tol=0.05, n_iter_no_change=1
    ),
    "early stopping by R2": regressors(
        [{"random_state": 0, "tol": 0.1}, {"random_state": 1, "tol": 0.0}, {"random_state": 2, "tol": 0.1}],
        early_stopping=True,
        n_iter_no_change=1,
        max_iter=15,
    ),
    "early stopping by the loss": classifiers(
        each("random_state", 0, 1, 2), early_stopping=True, scoring="loss", n_iter_no_change=1, max_iter=15
    ),
    "float32": classifiers(each("alpha", 0.1, 1.0), dtype="float32", clipvalue=0.1),
}


def assert_same(results, fits, rtol=1e-8):
    """Results as those of the fits one by one, in NumPy."""
    for ours, fit in zip(results, fits, strict=True):
        alone = train(fit.run, fit.start.state, fit.orders)
        is_float32 = fit.run.network.dtype == "float32"
        tolerance = {"rtol": 1e-4, "atol": 1e-5} if is_float32 else {"rtol": rtol, "atol": rtol * 1e-3}
        for a, b in zip(leaves(ours.state), leaves(alone.state), strict=True):
            assert (np.shape(a), np.asarray(a).dtype) == (np.shape(b), np.asarray(b).dtype)
            np.testing.assert_allclose(a, b, **tolerance)
        for a, b in zip(ours.curves, alone.curves, strict=True):
            np.testing.assert_allclose(a, b, **tolerance)


@pytest.mark.parametrize("name", MODELS)
def test_a_population_equals_its_models_one_by_one(name):
    models, y = MODELS[name]
    folds = [np.delete(np.arange(45), np.s_[k::9]) for k in range(len(models))]
    ours, alone = ([prepared(model, X[fold], y[fold]) for model, fold in zip(models, folds, strict=True)] for _ in "ab")
    assert len({structure_of_fit(fit) for fit in ours} - {None}) == 1
    assert_same(results_of_each(train(*as_population(ours)), len(models)), alone)


COMPILED = (
    "penalties, moving means, noise and momenta of a schedule", "several quantiles", "stops", "one batch",
    "early stopping by R2", "early stopping by the loss", "float32",
)  # fmt: skip


@pytest.mark.parametrize("name", COMPILED)
def test_a_compiled_population_equals_its_models_one_by_one_in_numpy(name):
    models, y = MODELS[name]
    folds = [np.delete(np.arange(45), np.s_[k::9]) for k in range(len(models))]
    alone = [prepared(model, X[fold], y[fold]) for model, fold in zip(models, folds, strict=True)]
    compiled = [clone(model).set_params(backend="tensorflow") for model in models]
    ours = [prepared(model, X[fold], y[fold]) for model, fold in zip(compiled, folds, strict=True)]
    assert len({structure_of_fit(fit) for fit in ours} - {None}) == 1
    population = as_population(ours)
    n_compiled = compilation_count()
    results = results_of_each(ours[0].engine.train(*population), len(models))
    assert compilation_count() == n_compiled + 1
    assert_same(results, alone, rtol=1e-7)  # of two engines
    for order, fit in zip(population[-1], alone, strict=True):  # whose models have been trained by now
        assert str(order.place.generator) == str(fit.orders[0].place.generator)


@pytest.mark.parametrize("backend", ["numpy", "tensorflow"])
def test_validation_rows_of_the_caller_and_row_weights(backend):
    """Validation rows with the X of the training rows, but targets and weights of their own."""
    models, y = classifiers(each("alpha", 0.1, 1.0, 2.0), early_stopping=True)
    rows = [np.arange(k, k + 30) for k in range(3)]
    held_out = [np.arange(k + 10, k + 40) for k in range(3)]
    weights = RNG.uniform(0, 2, size=45)

    def fits(backend="numpy"):
        return [
            prepared(
                clone(model).set_params(backend=backend), X[own], y[own], sample_weight=weights[own],
                X_val=X[own], y_val=y[others], sample_weight_val=weights[others],
            )
            for model, own, others in zip(models, rows, held_out, strict=True)
        ]  # fmt: skip

    pool = {}
    shared = [with_shared_arrays(fit, pool) for fit in fits(backend)]
    assert shared[0].run.X is shared[0].run.held_out.X
    results = results_of_each(shared[0].engine.train(*as_population(shared)), 3)
    assert_same(results, fits(), rtol=1e-8 if backend == "numpy" else 1e-7)


def test_equal_data_are_there_once():
    models, y = classifiers(each("alpha", 0.1, 1.0, 2.0))
    pool = {}
    fits = [with_shared_arrays(prepared(model, X.copy(), y.copy()), pool) for model in models]
    run, _, _ = as_population(fits)
    assert run.X is fits[0].run.X is fits[2].run.X
    assert len(run.X) == 45


def test_structures_tell_apart_what_cannot_train_together():
    common = {"solver": "sgd", "early_stopping": True}
    variants = [
        {}, {"hidden_layer_sizes": (6,)}, {"activation": "tanh"}, {"batch_size": 8}, {"max_iter": 9},
        {"solver": "adam"}, {"nesterovs_momentum": False}, {"learning_rate": "adaptive"}, {"early_stopping": False},
        {"dropout": 0.1},
        {"learning_rate": OneCycle()}, {"learning_rate": OneCycle(peak=0.2)}, {"dtype": "float32"},
        {"regularizer": L1(0.1)}, {"clipvalue": 1.0}, {"validation_fraction": 0.3}, {"scoring": "loss"},
        {"averaging": 0.5}, {"normalization": "batch"}, {"augmentation": Mixup()},
    ]  # fmt: skip
    models, y = classifiers(variants, **common)
    structures = {structure_of_fit(prepared(model, X, y)) for model in models}
    assert len(structures) == len(variants)
    models, y = classifiers([{"scoring": "f1_macro"}, {"verbose": True}, {"n_estimators": 2}], **common)
    assert {structure_of_fit(prepared(model, X, y)) for model in models} == {None}


def doubled(z):
    return 2 * z


def test_engines_and_functions_of_tensors_tell_apart_too():
    models, y = classifiers([{}, {"backend": "tensorflow"}, {"backend": "tensorflow", "activation": doubled}])
    numpy, compiled, own = (structure_of_fit(prepared(model, X, y)) for model in models)
    assert numpy != compiled
    assert own is None
