"""A fitted estimator as a document and arrays, and back: its parameters and the attributes of its fit.

The tables here say which attributes a file has, and of which classes it may make objects: settings, members and records
of this package. What is read is checked as a whole (types, shapes, one row predicted) before anything is adopted.
"""

from __future__ import annotations

import datetime
import inspect
import os
import platform
import types
from typing import Any

import numpy as np
import sklearn
from sklearn.utils._pprint import _changed_params

from .. import (
    activations,
    augmentations,
    initializers,
    losses,
    normalizations,
    optimizers,
    regularizers,
    schedules,
)
from ..configurable import Configurable
from ..data import targets
from ..data.scales import Scaling
from ..network.hyper import NetworkHyper
from ..network.spec import Network, Output
from ..network.weights import Weights
from ..perceptron.results import Units
from ..persistence.archive import DamagedFile, in_short
from ..persistence.values import NotStorable, Reader, Storable, Writer, matches, record
from ..version import __version__
from .attributes import OF_EPOCHS
from .stochastic import Monitored, OptimizerState
from .storage_checks import CHECK_ERRORS, check_network, check_units, require

__all__ = ["PROTOCOL", "card_of", "check_protocol", "document_of", "restore"]

PROTOCOL = 1
"""Number of the form of the documents; a version of the package reads those of all earlier ones too."""

_MODULES = (activations, augmentations, initializers, losses, normalizations, optimizers, regularizers, schedules)
_TARGETS = (
    targets.BinaryTarget,
    targets.MulticlassTarget,
    targets.MultilabelTarget,
    targets.MultioutputTarget,
    targets.ProbabilityTarget,
    targets.RealTarget,
)
_RECORDS = (*_TARGETS, Monitored, Network, NetworkHyper, OptimizerState, Output, Scaling, Units, Weights)


def _member(kind: type) -> Storable:
    """A member, or its structure as it stands in a network, with None for hyperparameters."""

    def make(settings):
        made: Any = object.__new__(kind)
        vars(made).update(settings)
        needed = set(inspect.signature(kind).parameters)
        if not needed <= settings.keys() <= {*needed, *made.hyper_names, "form"}:
            raise ValueError(f"{kind.__name__} has no settings {sorted(settings)}")
        return made

    return Storable(kind, vars, make)


def _members_of(module: types.ModuleType) -> dict[str, Storable]:
    own = [each for each in vars(module).values() if isinstance(each, type) and issubclass(each, Configurable)]
    place = module.__name__.rpartition(".")[-1]
    return {f"{place}.{each.__name__}": _member(each) for each in own if each.__module__ == module.__name__}


_TABLE = {name: each for module in _MODULES for name, each in _members_of(module).items()}
_TABLE |= {kind.__name__: record(kind, later={"frozen"} if kind is Network else ()) for kind in _RECORDS}

# Parameters that earlier versions of the package did not have, and so have not written.
_LATER_PARAMETERS = {"base", "n_base_layers", "learning_rate_multipliers"}

_OF_INPUT = {"n_features_in_": int, "feature_names_in_": np.ndarray}
_OF_FITS = {"n_iter_": int, "_n_rows": int, "_recorded": dict[str, list[float]], "backend_": str, "stop_reason_": str}
_OF_NETWORKS = {
    **_OF_INPUT,
    **_OF_FITS,
    "coefs_": list[np.ndarray],
    "intercepts_": list[np.ndarray],
    "extra_weights_": dict[str, np.ndarray],
    "n_layers_": int,
    "n_outputs_": int,
    "out_activation_": str,
    "t_": int,
    "loss_": float,
    "best_loss_": float | None,
    "best_validation_score_": float | None,
    "loss_curve_": list[float],
    "learning_rate_curve_": list[float],
    "learning_rate_init_": float,
    "validation_loss_curve_": list[float] | None,
    "validation_scores_": list[float] | None,
    "device_": str,
    "_target_kind": targets.RealTarget | targets.ClassTarget,
    "_net": Network,
    "_hyper": NetworkHyper,
    "_scaling": Scaling | None,
    "_noise_amounts": tuple[float, ...],
    "_noise_seed": int | np.ndarray | None,
    "_no_improvement_count": int,
    "_optimizer": OptimizerState | None,
    "_monitored": Monitored,
}
_OF_UNITS = {
    **_OF_INPUT,
    **_OF_FITS,
    "coef_": np.ndarray,
    "intercept_": np.ndarray,
    "classes_": np.ndarray,
    "t_": float,
    "loss_curve_": list[float],
    "mistakes_curve_": list[int],
    "_last": Units | None,
    "_averaged": Units | None,
    "_multilabel": bool,
    "_is_bool": bool,
}
# What a fit may leave out, and what earlier versions of the package have not written.
_OPTIONAL = {"feature_names_in_", "learning_rate_init_", "_n_rows", "_monitored", "_is_bool"}
_OF_EPOCHS = OF_EPOCHS - _OPTIONAL  # which L-BFGS leaves out
_GIVEN = {"coef_", "intercept_", "classes_"}  # all that a perceptron has whose weights were set and not trained
# Attributes of which an estimator has all or none.
_TOGETHER_IN_NETWORKS = (_OF_EPOCHS, _OF_NETWORKS.keys() - _OPTIONAL - _OF_EPOCHS)
_TOGETHER_IN_UNITS = (_GIVEN, _OF_UNITS.keys() - _OPTIONAL - _GIVEN)
_SCORES = ("n_iter_", "loss_", "best_loss_", "best_validation_score_", "stop_reason_", "backend_")


def document_of(estimator):
    """A fitted estimator as a document and arrays.

    Parameters
    ----------
    estimator : MLPClassifierTF, MLPRegressorTF or PerceptronClassifier

    Raises
    ------
    ValueError
        If something of it cannot be stored, or its weights are not those of its network.
    """
    found, writer = estimator.__getstate__(), Writer(_TABLE)
    attributes = {name: found[name] for name in _hints(estimator) if name in found}
    document = {
        "protocol": PROTOCOL,
        "estimator": type(estimator).__name__,
        "card": card_of(estimator),
        "parameters": _written(writer, _storable(estimator.get_params(deep=False))),
        "attributes": _written(writer, attributes),
    }
    try:
        _check(estimator, attributes)
    except CHECK_ERRORS as error:
        raise ValueError(
            f"save needs a model as fit leaves it, got one with attributes set by hand ({in_short(error)}); call fit, "
            "or set arrays of the shapes that it leaves."
        ) from error
    return document, writer.arrays


def restore(estimator_class, document, arrays):
    """The estimator of a document.

    Parameters
    ----------
    estimator_class : type
        The one that ``document["estimator"]`` names.
    document : dict
    arrays : dict of str to ndarray

    Raises
    ------
    one of CHECK_ERRORS
        If these are not what :func:`document_of` makes.
    """
    reader = Reader(arrays, _TABLE)
    parameters = {name: reader.read(value) for name, value in document["parameters"].items()}
    estimator = estimator_class(**parameters)
    if missing := estimator.get_params(deep=False).keys() - parameters.keys() - _LATER_PARAMETERS:
        raise ValueError(f"it has no parameters {', '.join(sorted(missing))}")
    attributes = {name: reader.read(value) for name, value in document["attributes"].items()}
    if reader.unread:
        raise ValueError(f"its arrays {reader.unread} belong to nothing")
    _check(estimator, attributes)
    vars(estimator).update(attributes)
    if hasattr(attributes.get("_target_kind"), "classes"):
        estimator.classes_ = estimator._target_kind.classes
    return estimator


def _hints(estimator):
    return _OF_NETWORKS if hasattr(estimator, "hidden_layer_sizes") else _OF_UNITS


def _storable(parameters):
    """Parameters without a base: the weights hold what came of it. A path stays, as text."""
    if isinstance(base := parameters.get("base"), str | os.PathLike):
        return parameters | {"base": os.fspath(base)}
    return parameters | ({"base": None} if "base" in parameters else {})


def _written(writer, values):
    documents = {}
    for name, value in values.items():
        try:
            documents[name] = writer.write(value)
        except NotStorable as error:
            raise ValueError(
                f"save stores numbers, text, NumPy arrays and objects of sklearn_ann's own classes, but no code, got "
                f"{name} with {in_short(error)}; set another {name}, or pickle the estimator."
            ) from None
    return documents


def check_protocol(document):
    """Raise an error unless this version of the package reads such documents."""
    protocol = document["protocol"]
    if type(protocol) is not int or protocol < 1:
        raise ValueError(f"protocol {protocol!r}")
    if protocol > PROTOCOL:
        raise DamagedFile(
            f"it has protocol {protocol}, and this version of sklearn_ann reads protocols up to {PROTOCOL}; use a "
            "newer version."
        )


def card_of(estimator):
    """Facts about a file that can be read without loading the model."""
    found = vars(estimator)
    versions = {
        "sklearn_ann": __version__,
        "scikit-learn": sklearn.__version__,
        "numpy": np.__version__,
        "python": platform.python_version(),
    }
    scores = {name.rstrip("_"): found[name] for name in _SCORES if found.get(name) not in (None, np.inf, -np.inf)}
    shape = [found.get("_n_rows"), found.get("n_features_in_")]
    parameters = {name: in_short(repr(value)) for name, value in _changed_params(estimator).items()}
    date = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    return {"data_shape": shape, "scores": scores, "parameters": parameters, "date": date, "versions": versions}


def _check(estimator, attributes):
    """Raise an error unless these attributes are of the right types and shapes and go together."""
    hints = _hints(estimator)
    is_network = hints is _OF_NETWORKS
    for name, value in attributes.items():
        if not matches(value, hints[name]):
            raise TypeError(f"{name} is of {type(value)}")
    for names in _TOGETHER_IN_NETWORKS if is_network else _TOGETHER_IN_UNITS:
        missing = names - attributes.keys()
        require(", ".join(sorted(missing)), not missing or missing == names)
    n_features = check_network(attributes) if is_network else check_units(attributes)
    names = attributes.get("feature_names_in_")
    require("n_features_in_", attributes.get("n_features_in_", n_features) == n_features)
    is_text = names is None or all(isinstance(name, str) for name in names)
    require("feature_names_in_", is_text and (names is None or names.shape == (n_features,)))
