"""scikeras' wrapper class and encoders, imported without what that import does to Keras.

``import scikeras`` replaces the methods with which Keras' classes pickle. They are restored, unless a program has
imported scikeras itself before. Keras 3 can pickle its objects, and our estimators add what is missing (see
``pickling``).
"""

from __future__ import annotations

import keras

_PATCHED = (keras.Model, keras.losses.Loss, keras.metrics.Metric, keras.optimizers.Optimizer)
_METHODS = ("__reduce__", "__deepcopy__")

_before = [(owner, name, vars(owner).get(name)) for owner in _PATCHED for name in _METHODS]

# After the line above, which notes what these imports will change.
from scikeras._utils import (  # noqa: E402
    accepts_kwargs,
    get_loss_class_function_or_string,
    get_metric_class,
    get_optimizer_class,
    has_param,
    route_params,
    try_to_convert_strings_to_classes,
    unflatten_params,
)
from scikeras.utils import loss_name, metric_name  # noqa: E402
from scikeras.utils.transformers import (  # noqa: E402
    ClassifierLabelEncoder,
    RegressorTargetEncoder,
)
from scikeras.utils.transformers import _is_categorical_crossentropy as is_categorical_crossentropy  # noqa: E402
from scikeras.wrappers import BaseWrapper, KerasClassifier, KerasRegressor  # noqa: E402

for _owner, _name, _method in _before:
    if _method is not None:
        setattr(_owner, _name, _method)
    elif _name in vars(_owner):
        delattr(_owner, _name)

DEFAULT_ENCODERS = (ClassifierLabelEncoder, RegressorTargetEncoder)

__all__ = [
    "DEFAULT_ENCODERS",
    "BaseWrapper",
    "ClassifierLabelEncoder",
    "KerasClassifier",
    "KerasRegressor",
    "RegressorTargetEncoder",
    "accepts_kwargs",
    "get_loss_class_function_or_string",
    "get_metric_class",
    "get_optimizer_class",
    "has_param",
    "is_categorical_crossentropy",
    "loss_name",
    "metric_name",
    "route_params",
    "try_to_convert_strings_to_classes",
    "unflatten_params",
]
