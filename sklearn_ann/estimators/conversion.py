"""Conversion of fitted estimators to scikit-learn's and Keras' models that predict the same, and from theirs.

Features for which scikit-learn has no parameter are included in the weights if possible (the scaling of
``standardize``, the columns of ``deep``); otherwise conversion raises an error.
"""

from __future__ import annotations

import copy
import sys

import numpy as np
from scipy import sparse
from sklearn.base import is_classifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils.validation import check_is_fitted

from ..activations import Identity, Logistic, ReLU, Tanh
from ..data.targets import (
    BinaryTarget,
    MulticlassTarget,
    MultilabelTarget,
    MultioutputTarget,
    ProbabilityTarget,
    RealTarget,
)
from ..fitting.range_test import FIND
from ..fitting.settings import optimizer_of
from ..fitting.stochastic import OptimizerState
from ..network.weights import Weights, over_columns

__all__ = ["ConvertibleNetwork", "ConvertiblePerceptron"]

_ACTIVATIONS = (Identity, Logistic, Tanh, ReLU)
_SOLVERS = ("lbfgs", "sgd", "adam")
_SCHEDULES = ("constant", "invscaling", "adaptive")
_IN_KERAS = {"logistic": "sigmoid", "identity": "linear"}
_CURVES = ("loss_curve_", "best_loss_", "validation_scores_", "best_validation_score_", "_no_improvement_count")
_OF_INPUT = ("n_features_in_", "feature_names_in_")
# Results of a model whose training is not known.
_OF_NO_EPOCH = {
    "extra_weights_": {},
    "n_iter_": 0,
    "t_": 0,
    "loss_": np.nan,
    "loss_curve_": [],
    "learning_rate_curve_": [],
    "best_loss_": None,
    "validation_loss_curve_": None,
    "validation_scores_": None,
    "best_validation_score_": None,
    "_no_improvement_count": 0,
    "_recorded": {},
    "_scaling": None,
    "_noise_seed": None,
    "_optimizer": None,
    "backend_": "keras",
    "device_": "CPU:0",
    "stop_reason_": "trained by Keras",
}


class ToKeras:
    """Mixin of all estimators."""

    def to_keras(self, dtype=None):
        """Convert to a Keras model that predicts the same; see :func:`sklearn_ann.keras.keras_model`.

        Parameters
        ----------
        dtype : {"float32", "float64"} or None, default=None
            What the model computes in: None for the dtype that the estimator was trained in. TensorFlow Lite needs
            ``"float32"``.

        Returns
        -------
        keras.Model
            Model, not compiled.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If Keras has no equivalent of an activation, a normalization or the output, or ``dtype`` is unknown.
        """
        from ..keras.model import keras_model

        return keras_model(self, dtype)


class ConvertibleNetwork(ToKeras):
    """Mixin of the multilayer perceptrons."""

    def to_sklearn(self):
        """Convert to a fitted scikit-learn MLP that predicts the same.

        It has the weights, the curves and those parameters that scikit-learn's class has too. Other solvers, schedules
        and losses become scikit-learn's defaults, which does not change predictions. The weights of the first layer
        include ``standardize`` and ``deep``. Further training starts with a fresh optimizer state.

        Returns
        -------
        sklearn.neural_network.MLPClassifier or sklearn.neural_network.MLPRegressor
            Fitted model, which does not need this package.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If scikit-learn has no such network: one with other activations than its four or several different ones,
            normalization, skip connections, ``wide`` columns, an ensemble, margins, or several outputs for a target.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn_ann import MLPClassifierTF
        >>> X, y = load_iris(return_X_y=True)
        >>> model = MLPClassifierTF((5,), solver="lbfgs", random_state=0).fit(X, y)
        >>> model.to_sklearn()
        MLPClassifier(hidden_layer_sizes=(5,), random_state=0, solver='lbfgs')
        """
        check_is_fitted(self, "n_iter_")
        if missing := _missing_in_sklearn(self):
            raise ValueError(
                f"to_sklearn needs a network that scikit-learn has too, got one with {missing}; use to_keras() or "
                "save(path)."
            )
        network, target = self._net, self._target_kind
        coefs, intercepts = _plain_layers(self)
        kind = _sklearn_class(self)
        parameters = {name: copy.deepcopy(getattr(self, name)) for name in kind._get_param_names()}
        parameters |= {"hidden_layer_sizes": network.hidden, "activation": network.activations[0].name}
        if self.solver not in _SOLVERS:
            parameters["solver"] = "adam"
        if self.learning_rate not in _SCHEDULES:
            parameters["learning_rate"] = "constant"
        if self.learning_rate_init == FIND:
            parameters["learning_rate_init"] = getattr(self, "learning_rate_init_", 0.001)
        if kind is MLPRegressor:
            parameters["loss"] = "poisson" if network.output.link_name == "exp" else "squared_error"
        model = kind(**parameters)
        names = (*_OF_INPUT, *_CURVES, "n_iter_", "t_", "loss_", "n_layers_", "n_outputs_")
        vars(model).update({name: copy.copy(vars(self)[name]) for name in names if name in vars(self)})
        model.coefs_, model.intercepts_ = coefs, intercepts
        model._best_coefs, model._best_intercepts = ([each.copy() for each in part] for part in (coefs, intercepts))
        model.out_activation_ = network.output.link_name
        if kind is MLPClassifier:
            model._label_binarizer = LabelBinarizer().fit(_like_labels(target))
            model.classes_ = model._label_binarizer.classes_
        return model

    @classmethod
    def from_sklearn(cls, model):
        """Convert a fitted scikit-learn MLP to an estimator that predicts the same.

        Weights are copied. ``partial_fit`` continues from the optimizer state, and ``fit`` with ``warm_start`` from the
        weights, as in scikit-learn.

        Parameters
        ----------
        model : sklearn.neural_network.MLPClassifier or sklearn.neural_network.MLPRegressor
            Fitted: a classifier for :class:`MLPClassifierTF`, a regressor for :class:`MLPRegressorTF`.

        Returns
        -------
        MLPClassifierTF or MLPRegressorTF
            Fitted, with ``backend_`` ``'scikit-learn'``.

        Raises
        ------
        TypeError
            If the model is of another class.
        sklearn.exceptions.NotFittedError
            If the model is not fitted.
        ValueError
            If its layers do not match its parameters.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.neural_network import MLPClassifier
        >>> from sklearn_ann import MLPClassifierTF
        >>> X, y = load_iris(return_X_y=True)
        >>> MLPClassifierTF.from_sklearn(MLPClassifier((5,), solver="lbfgs", random_state=0).fit(X, y))
        MLPClassifierTF(hidden_layer_sizes=(5,), random_state=0, solver='lbfgs')
        """
        estimator = _converted(cls, model, _sklearn_class(cls()))
        weights = Weights(tuple(map(np.copy, model.coefs_)), tuple(map(np.copy, model.intercepts_)))
        n_features, n_outputs = weights.coefs[0].shape[0], weights.coefs[-1].shape[1]
        target = _target_of(model, n_outputs)
        network = estimator._network(np.empty((0, n_features), weights.coefs[0].dtype), target)
        shapes = tuple(coef.shape for coef in weights.coefs)
        if network.fans != shapes:
            raise ValueError(
                f"from_sklearn needs a model whose layers are those that its parameters say, {list(network.fans)}, got "
                f"coefs_ of shapes {list(shapes)}; set hidden_layer_sizes as they were when it was fitted."
            )
        results = {
            "coefs_": list(weights.coefs),
            "intercepts_": list(weights.intercepts),
            "extra_weights_": {},
            "n_iter_": model.n_iter_,
            "t_": model.t_,
            "_scaling": None,
            "_noise_seed": None,
            "_optimizer": None,
            "backend_": "scikit-learn",
            "device_": "CPU:0",
            "stop_reason_": "trained by scikit-learn",
        }
        if hasattr(model, "loss_"):
            results["loss_"] = model.loss_
        if hasattr(model, "loss_curve_"):
            unknown = [np.nan] * len(model.loss_curve_)
            results |= {name: copy.copy(getattr(model, name)) for name in _CURVES}
            results |= {"_recorded": {}, "learning_rate_curve_": unknown}
            results["validation_loss_curve_"] = None if model.validation_scores_ is None else list(unknown)
            results["_optimizer"] = _optimizer_state(estimator, model)
        estimator._adopt(network, target, results)
        return estimator

    @classmethod
    def from_keras(cls, model, classes=None):
        """Make an estimator of a Keras model that predicts the same.

        Weights are copied. ``partial_fit``, and ``fit`` with ``warm_start``, go on from them with a fresh optimizer.
        What only training knows (losses, optimizers, dropout) is left out.

        Parameters
        ----------
        model : keras.Model
            Sequential or functional: a chain of Dense layers with Activation and Dropout layers between them, from one
            input to one output. Its last activation is softmax, or sigmoid for two classes or several labels a row, for
            :class:`MLPClassifierTF`, and linear for :class:`MLPRegressorTF`.
        classes : array-like of shape (n_classes,), default=None
            Label of each output of a classifier (of a single sigmoid: of both its sides); by default their numbers.

        Returns
        -------
        MLPClassifierTF or MLPRegressorTF
            Fitted, with ``backend_`` ``'keras'`` and empty curves.

        Raises
        ------
        TypeError
            If it is no Keras model.
        ValueError
            If the model has other layers, or another output, or ``classes`` does not fit to it.

        Examples
        --------
        >>> import keras
        >>> from sklearn_ann import MLPClassifierTF
        >>> layers = [keras.layers.Dense(8, activation="relu"), keras.layers.Dense(3, activation="softmax")]
        >>> model = MLPClassifierTF.from_keras(keras.Sequential([keras.Input((4,)), *layers]), classes=["a", "b", "c"])
        >>> model.predict_proba([[1, 2, 3, 4]]).shape
        (1, 3)
        """
        layers = sys.modules.get("keras")
        if layers is None or not isinstance(model, layers.Model):
            raise TypeError(f"{cls.__name__}.from_keras takes a Keras model, got {model!r}; build one or load it.")
        from ..keras.layers import dense_layers

        coefs, intercepts, (*activations, last) = dense_layers(model)
        dtype = np.result_type(*coefs, *intercepts)
        hidden = tuple(coef.shape[1] for coef in coefs[:-1])
        estimator = cls(hidden_layer_sizes=hidden, activation=activations or "relu")
        target, coefs[-1], intercepts[-1] = _keras_output(estimator, last, coefs[-1], intercepts[-1], classes)
        estimator.n_features_in_ = coefs[0].shape[0]
        network = estimator._network(np.empty((0, coefs[0].shape[0]), dtype), target)
        results = {
            "coefs_": [coef.astype(dtype) for coef in coefs],
            "intercepts_": [intercept.astype(dtype) for intercept in intercepts],
            **copy.deepcopy(_OF_NO_EPOCH),
        }
        estimator._adopt(network, target, results)
        return estimator


class ConvertiblePerceptron(ToKeras):
    """Mixin of the perceptron."""

    def to_sklearn(self):
        """Convert to a fitted scikit-learn Perceptron that predicts and trains on in the same way.

        Returns
        -------
        sklearn.linear_model.Perceptron
            Fitted model. It has averaged weights if this estimator does, but further training does not average.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the estimator is not fitted.
        ValueError
            If it has learned a multilabel target.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn_ann import PerceptronClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> PerceptronClassifier(eta0=0.1).fit(X, y).to_sklearn()
        Perceptron(eta0=0.1)
        """
        from sklearn.linear_model import Perceptron  # which no multilayer perceptron needs

        check_is_fitted(self, "coef_")
        if self._multilabel:
            raise ValueError(
                "to_sklearn needs a target that scikit-learn's Perceptron has too, got a multilabel one; use "
                "to_keras(), save(path), or a MultiOutputClassifier of perceptrons."
            )
        model = Perceptron(**{name: copy.deepcopy(getattr(self, name)) for name in Perceptron._get_param_names()})
        names = (*_OF_INPUT, "coef_", "intercept_", "classes_", "n_iter_", "t_")
        vars(model).update({name: copy.copy(vars(self)[name]) for name in names if name in vars(self)})
        return model

    @classmethod
    def from_sklearn(cls, model):
        """Convert a fitted scikit-learn Perceptron to an estimator that predicts and trains on in the same way.

        Parameters
        ----------
        model : sklearn.linear_model.Perceptron
            Fitted.

        Returns
        -------
        PerceptronClassifier
            Fitted, with ``backend_`` ``'scikit-learn'`` and empty curves.

        Raises
        ------
        TypeError
            If the model is of another class.
        sklearn.exceptions.NotFittedError
            If the model is not fitted.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.linear_model import Perceptron
        >>> from sklearn_ann import PerceptronClassifier
        >>> X, y = load_iris(return_X_y=True)
        >>> PerceptronClassifier.from_sklearn(Perceptron(eta0=0.1).fit(X, y))
        PerceptronClassifier(eta0=0.1)
        """
        from sklearn.linear_model import Perceptron

        estimator = _converted(cls, model, Perceptron)
        coef = model.coef_.toarray() if sparse.issparse(model.coef_) else model.coef_.copy()
        vars(estimator).update(
            coef_=coef,
            intercept_=model.intercept_.copy(),
            classes_=model.classes_,
            n_iter_=model.n_iter_,
            t_=model.t_,
            loss_curve_=[],
            mistakes_curve_=[],
            _last=None,
            _averaged=None,
            _recorded={},
            _multilabel=False,
            backend_="scikit-learn",
            stop_reason_="trained by scikit-learn",
        )
        return estimator


def _sklearn_class(estimator):
    return MLPClassifier if is_classifier(estimator) else MLPRegressor


def _converted(cls, model, kind):
    """An estimator with the parameters and the input of a fitted model of scikit-learn."""
    if not isinstance(model, kind):
        raise TypeError(
            f"{cls.__name__}.from_sklearn takes a fitted {kind.__name__} of scikit-learn, got {model!r}; of a Pipeline "
            "pass the last step, pipeline[-1]."
        )
    check_is_fitted(model)
    estimator = cls(**{name: copy.deepcopy(getattr(model, name)) for name in kind._get_param_names()})
    vars(estimator).update({name: getattr(model, name) for name in _OF_INPUT if hasattr(model, name)})
    return estimator


def _missing_in_sklearn(estimator):
    """What a network has that scikit-learn's have not, in words; None if nothing."""
    network, target = estimator._net, estimator._target_kind
    activations = network.activations
    reasons = {
        f"n_estimators={len(estimator.coefs_[0])}": estimator.coefs_[0].ndim == 3,
        "several activations": len(set(activations)) > 1,
        f"activation {activations[0].name!r}": type(activations[0]) not in _ACTIVATIONS,
        "normalization": network.normalization is not None,
        "skip connections": any(network.is_skipped(layer) for layer in range(1, network.n_layers)),
        "wide columns": bool(network.wide),
        "several columns of labels": isinstance(target, MultioutputTarget),
        "a softmax of two outputs": isinstance(target, ProbabilityTarget) and target.heads == (2,),
        "several outputs for each target": network.output.outputs_per_target > 1,
        f"output {network.output.link_name!r}": network.output.link_name
        not in (("logistic", "softmax") if is_classifier(estimator) else ("identity", "exp")),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _plain_layers(estimator):
    """Weights and intercepts of layers that see the columns of X as they are."""
    coefs = [coef.copy() for coef in estimator.coefs_]
    intercepts = [intercept.copy() for intercept in estimator.intercepts_]
    if (scaling := estimator._scaling) is not None:  # in float64: what is taken off may be large beside the rest
        coefs, intercepts = ([each.astype(np.float64) for each in part] for part in (coefs, intercepts))
    coefs[0] = over_columns(estimator._net, coefs[0])
    if scaling is not None:
        coefs[0] /= scaling.scale[:, None]
        intercepts[0] -= scaling.mean @ coefs[0]
    return coefs, intercepts


def _like_labels(target):
    """Labels of which scikit-learn's LabelBinarizer learns a target."""
    if not isinstance(target, MultilabelTarget):
        return target.classes
    labels = np.eye(2, len(target.classes), dtype=bool if target.is_bool else int)
    return sparse.csr_matrix(labels) if target.is_sparse else labels


def _target_of(model, n_outputs):
    """The kind of target that a model of scikit-learn has learned."""
    if not is_classifier(model):
        unknown = np.full(n_outputs, np.nan)
        return RealTarget(unknown, unknown)
    binarizer = model._label_binarizer
    if binarizer.y_type_.startswith("multilabel"):
        return MultilabelTarget(np.arange(n_outputs), bool(binarizer.sparse_input_), is_bool=False)
    return (BinaryTarget if n_outputs == 1 else MulticlassTarget)(model.classes_)


def _keras_output(estimator, activation, coef, intercept, classes):
    """The kind of target of a Keras model, and its last layer as an estimator has it."""
    function = getattr(activation, "function", None)
    is_softmax = function is not None and function is sys.modules["keras"].activations.softmax
    name, n_columns = "softmax" if is_softmax else function or activation.name, coef.shape[1]
    wanted = ["softmax", "logistic"] if is_classifier(estimator) else ["identity"]
    if name not in wanted or (name == "softmax" and n_columns == 1):
        got, *names = (_IN_KERAS.get(each, each) for each in (name, *wanted))
        raise ValueError(
            f"{type(estimator).__name__}.from_keras needs a model whose last activation is Keras' own "
            f"{' or '.join(names)}, got {got!r} with n_units={n_columns}; add an Activation layer to one that gives "
            "logits, or put another one into a KerasClassifier or KerasRegressor."
        )
    is_multilabel = name == "logistic" and n_columns > 1
    if classes is not None and (name == "identity" or is_multilabel):
        raise ValueError(f"classes are for models of one label a row, got {classes!r}; leave them out.")
    if name == "identity":
        unknown = np.full(n_columns, np.nan)
        return RealTarget(unknown, unknown), coef, intercept
    if is_multilabel:
        return MultilabelTarget(np.arange(n_columns), is_sparse=False, is_bool=False), coef, intercept
    if n_columns == 1:  # a sigmoid is the second column of a softmax beside zeros
        coef, intercept = np.hstack([0 * coef, coef]), np.hstack([0 * intercept, intercept])
    n_classes = len(intercept)
    labels, order = np.unique(np.arange(n_classes) if classes is None else np.asarray(classes), return_index=True)
    if len(labels) != n_classes or np.size(classes) not in (1, n_classes):
        raise ValueError(f"classes must be a label for each of the {n_classes} classes of the model, got {classes!r}.")
    coef, intercept = coef[:, order], intercept[order]
    if n_classes == 2:
        return BinaryTarget(labels), coef[:, 1:] - coef[:, :1], intercept[1:] - intercept[:1]
    return MulticlassTarget(labels), coef, intercept


def _optimizer_state(estimator, model):
    """The memory of scikit-learn's optimizer as ours."""
    if estimator.solver == "lbfgs" or not hasattr(model, "_optimizer"):
        return None
    found, n_layers = model._optimizer, len(model.coefs_)
    slots = (found.velocities,) if estimator.solver == "sgd" else (found.ms, found.vs)
    return OptimizerState(
        optimizer=optimizer_of(estimator).structure(),
        learning_rate_init=float(found.learning_rate_init),
        learning_rate=float(found.learning_rate if estimator.solver == "sgd" else found.learning_rate_init),
        n_steps=getattr(found, "t", 0),
        n_epochs=len(model.loss_curve_),
        wait=0,
        opt_state=tuple(
            Weights(tuple(map(np.copy, slot[:n_layers])), tuple(map(np.copy, slot[n_layers:]))) for slot in slots
        ),
    )
