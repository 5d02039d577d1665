"""What the model gives for X.

Comes in: X. Goes out: NumPy arrays, of several outputs by their names. Decoding them is the encoder's, see
``target_encoder``.
"""

from __future__ import annotations

import keras
import numpy as np
from scipy import sparse
from sklearn.exceptions import NotFittedError

from .columns import OutputColumns
from .data_checks import is_named
from .fit_arguments import check_batch_size, n_rows_of_array
from .keras_fit import keras_predict
from .scikeras_base import route_params
from .training import predict_model

__all__ = ["ModelOutputs"]


class ModelOutputs:
    """Part of the estimators around Keras models."""

    def _predict_raw(self, X, **kwargs):
        """What the encoder of y takes: of a classifier, probabilities."""
        outputs = self._outputs(X, **kwargs)
        is_by_name = isinstance(self.target_encoder_, OutputColumns)
        return next(iter(outputs.values())) if is_named(outputs) and len(outputs) == 1 and not is_by_name else outputs

    def _outputs(self, X, **kwargs):
        """What the model gives for X."""
        if not self.initialized_:
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet. Call 'fit' with appropriate arguments before "
                "using this estimator."
            )
        X = self._as_inputs(X)
        arguments = route_params(
            self.get_params(), destination="predict", pass_filter=self._predict_kwargs, strict=True
        )
        arguments = {name: value for name, value in arguments.items() if not name.startswith("callbacks")} | kwargs
        if arguments.get("batch_size") == -1:
            arguments["batch_size"] = n_rows_of_array(X, "batch_size")
        check_batch_size("batch_size", arguments.get("batch_size"))
        if self._is_predicted_without_pipeline(X, arguments):
            outputs = predict_model(self.model_, X, batch_size=arguments.get("batch_size"))
        else:
            outputs = keras_predict(self.model_, X, callbacks=self._predict_callbacks, **arguments)
        outputs = keras.tree.map_structure(_as_numpys_own, outputs)
        return self._by_name(outputs) if isinstance(self.target_encoder_, OutputColumns) else outputs

    def _output_names(self):
        """Names of the outputs; a Sequential or a subclassed model does not tell that of its own."""
        return list(getattr(self.model_, "output_names", None) or ["output"])

    def _as_inputs(self, X):
        X, _ = self._validate_data(X=X)
        return self.feature_encoder_.transform(X)

    def _is_predicted_without_pipeline(self, X, arguments):
        others = {name for name, value in arguments.items() if value is not None} - {"batch_size", "verbose"}
        return (
            (getattr(self, "engine_", "keras") == "compiled" or self.model_.run_eagerly or sparse.issparse(X))
            and keras.backend.backend() == "tensorflow"
            and not others
            and not self._predict_callbacks
            and getattr(self.model_.predict, "__func__", None) is keras.Model.predict
        )

    def _by_name(self, outputs):
        if isinstance(outputs, dict):
            return outputs
        names = getattr(self.model_, "output_names", None) or list(self.target_encoder_.encoders_)
        return dict(zip(names, outputs if isinstance(outputs, list | tuple) else [outputs], strict=True))


def _as_numpys_own(array):
    """An array of a type that NumPy, and so scikit-learn, has: bfloat16 in float32, exactly."""
    return array.astype(np.float32) if getattr(getattr(array, "dtype", None), "kind", "f") == "V" else array
