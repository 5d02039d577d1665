"""Every refusal of the two MLPs: the exception, the sentence, that nothing was compiled for it and nothing lost by it.

One table. Each row is called on an estimator that has been fitted before (unless it is about one that has not), and
afterwards that estimator must hold the very objects that it held, so that a refused refit costs nobody a model.
"""

import copy
import re
import traceback
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.exceptions import NotFittedError
from sklearn.utils._param_validation import InvalidParameterError

from sklearn_ann import (
    MLPClassifierTF,
    MLPRegressorTF,
    activations,
    augmentations,
    initializers,
    losses,
    normalizations,
    optimizers,
    regularizers,
    schedules,
)
from sklearn_ann.runtime.programs import compilation_count

# most fits are a few epochs long: what is compared is there before they converge
pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

_rng = np.random.RandomState(0)
X = _rng.normal(size=(30, 4))
LABELS = np.arange(30) % 3
WORDS = np.array(["a", "b", "c"])[LABELS]
REAL = X[:, 0] + 1
REALS = X[:, :2]
MULTILABEL = (X[:, :3] > 0).astype(int)
SHARES = _rng.dirichlet([1.0, 1.0, 1.0], size=30)
PAIR = np.array(["no", "yes"])[LABELS % 2]
MULTIOUTPUT = np.column_stack([LABELS, np.arange(30) % 4])

KNOWN = {  # what the estimators were fitted on before
    "classifier": (MLPClassifierTF, LABELS),
    "words": (MLPClassifierTF, WORDS),
    "pair": (MLPClassifierTF, PAIR),
    "multilabel": (MLPClassifierTF, MULTILABEL),
    "multioutput": (MLPClassifierTF, MULTIOUTPUT),
    "shares": (MLPClassifierTF, SHARES),
    "regressor": (MLPRegressorTF, REAL),
    "reals": (MLPRegressorTF, REALS),
}


def new(known, **parameters):
    return KNOWN[known][0](**{"hidden_layer_sizes": (3,), "max_iter": 2, "random_state": 0, **parameters})


@pytest.fixture(scope="module")
def fitted():
    with pytest.warns():  # two epochs do not converge
        return {known: new(known).fit(X, y) for known, (_, y) in KNOWN.items()}


def with_value(array, value):
    """A float copy of an array with one value replaced."""
    spoiled = np.array(array, dtype=float)
    spoiled.flat[5] = value
    return spoiled


class Row(NamedTuple):
    name: str
    known: str
    call: object  # of one argument, the estimator
    error: type
    message: str  # a regular expression
    parameters: dict
    is_fitted: bool


def row(name, known, call, error, message, is_fitted=True, **parameters):
    return Row(name, known, call, error, message, parameters, is_fitted)


def fit(*args, **kwargs):
    return lambda model: model.fit(*args, **kwargs)


def partial_fit(*args, **kwargs):
    return lambda model: model.partial_fit(*args, **kwargs)


def predict(*args):
    return lambda model: model.predict(*args)


def unweighted(model, rows, y):
    return 1.0


def squares(y_true, y_pred):
    return (y_true[:, 0] - y_pred[:, 0]) ** 2


ZERO = "sample_weight and class_weight together must leave a row with a weight above zero"
MATCH = "X_val, y_val and sample_weight_val must match X and y: "
UNKNOWN = "`y` has classes not in `self.classes_`"

ROWS = [
    # X
    row("NaN in X", "classifier", fit(with_value(X, np.nan), LABELS), ValueError, "Input X contains NaN"),
    row("inf in X", "regressor", fit(with_value(X, np.inf), REAL), ValueError, "Input X contains infinity"),
    row(
        "NaN in sparse X", "classifier", fit(sparse.csr_matrix(with_value(X, np.nan)), LABELS), ValueError,
        "Input X contains NaN",
    ),
    row("X of one axis", "classifier", fit(X[:, 0], LABELS), ValueError, "Expected 2D array, got 1D array instead"),
    row("X of three axes", "regressor", fit(X[:, :, None], REAL), ValueError, "Found array with dim 3"),
    row("no rows", "classifier", fit(X[:0], LABELS[:0]), ValueError, r"Found array with 0 sample\(s\)"),
    row("no columns", "regressor", fit(X[:, :0], REAL), ValueError, r"Found array with 0 feature\(s\)"),
    row("text X", "classifier", fit(np.full((30, 2), "a"), LABELS), ValueError, "could not convert string to float"),
    row("complex X", "regressor", fit(X + 1j, REAL), ValueError, "Complex data not supported"),
    row("X missing", "classifier", fit(None, LABELS), ValueError, "Expected 2D array, got scalar array instead"),
    row(
        "other columns in partial_fit", "classifier", partial_fit(X[:, :3], LABELS), ValueError,
        "X has 3 features, but MLPClassifierTF is expecting 4 features as input",
    ),
    row(
        "other columns in a warm start", "regressor", fit(X[:, :3], REAL), ValueError,
        "X has 3 features, but MLPRegressorTF is expecting 4 features as input", warm_start=True,
    ),
    row(
        "refit with other columns and a bad y", "classifier", fit(X[:, :3], LABELS[:5]), ValueError,
        r"inconsistent numbers of samples: \[30, 5\]",
    ),
    # y
    row("y missing", "classifier", fit(X, None), ValueError, "requires y to be passed, but the target y is None"),
    row("NaN in labels", "classifier", fit(X, with_value(LABELS, np.nan)), ValueError, "Input y contains NaN"),
    row("inf in labels", "classifier", fit(X, with_value(LABELS, np.inf)), ValueError, "Input y contains infinity"),
    row("NaN in real y", "regressor", fit(X, with_value(REAL, np.nan)), ValueError, "Input y contains NaN"),
    row("inf in real y", "reals", fit(X, with_value(REALS, -np.inf)), ValueError, "Input y contains infinity"),
    row("short y", "regressor", fit(X, REAL[:9]), ValueError, r"inconsistent numbers of samples: \[30, 9\]"),
    row("y of three axes", "regressor", fit(X, REALS[:, :, None]), ValueError, "Found array with dim 3"),
    row("real labels", "classifier", fit(X, REAL), ValueError, "Unknown label type: continuous"),
    row("columns of real labels", "classifier", fit(X, REALS), ValueError, "label type: continuous-multioutput"),
    row(
        "rows that are no distributions", "shares", fit(X, np.abs(REALS)), ValueError,
        "rows must be >= 0 and sum to 1, got a sum of .* in row .*; divide each row by its sum, or use MLPRegressorTF",
    ),
    row(
        "a loss for labels", "shares", fit(X, SHARES), ValueError,
        "loss='hinge' is for labels, got a y of class probabilities; use loss='log_loss'", loss="hinge",
    ),
    row(
        "class_weight for probabilities", "shares", fit(X, SHARES), ValueError,
        "class_weight is for labels, got class_weight='balanced' and a y of class probabilities; pass sample_weight",
        class_weight="balanced",
    ),
    row("text y", "regressor", fit(X, WORDS), ValueError, "y must be made of real numbers, got dtype <U1"),
    row("objects as y", "regressor", fit(X, WORDS.astype(object)), ValueError, "could not convert string to float"),
    row("complex y", "regressor", fit(X, REAL + 1j), ValueError, "Complex data not supported"),
    row(
        "sparse y", "regressor", fit(X, sparse.csr_matrix(REALS)), ValueError,
        r"y must be a dense array of real numbers, got a sparse one; pass y.toarray\(\)",
    ),
    row(
        "negative y", "regressor", fit(X, REAL - 5), ValueError,
        "loss='poisson' needs y >= 0, got a smallest y of -.*; use loss='squared_error'", loss="poisson",
    ),
    row(
        "negative y_val", "regressor", fit(X, REAL**2, X_val=X, y_val=REAL - 5), ValueError,
        MATCH + "loss='poisson' needs y >= 0", loss="poisson",
    ),
    # labels of a later call
    row(
        "no classes", "classifier", partial_fit(X, LABELS), ValueError,
        "classes must be passed on the first call to partial_fit", is_fitted=False,
    ),
    row(
        "y beyond classes", "classifier", partial_fit(X, LABELS, classes=[0, 1]), ValueError,
        UNKNOWN, is_fitted=False,
    ),
    row(
        "classes of one column for two", "multioutput", partial_fit(X, MULTIOUTPUT, classes=[0, 1, 2, 3]), ValueError,
        "classes must be a list with the labels of each of the 2 columns of y, got", is_fitted=False,
    ),
    row(
        "other classes", "classifier", partial_fit(X, LABELS, classes=[0, 1]), ValueError,
        "is not the same as on last call to partial_fit",
    ),
    row(
        "other classes of a column", "multioutput", partial_fit(X, MULTIOUTPUT, classes=[[0, 1, 2], [0, 1]]),
        ValueError, "is not the same as on last call to partial_fit",
    ),
    row("unknown label", "classifier", partial_fit(X, LABELS + 1), ValueError, UNKNOWN),
    row("unknown word", "words", partial_fit(X, np.repeat(["a", "z"], 15)), ValueError, UNKNOWN),
    row("labels of another type", "words", partial_fit(X, LABELS), ValueError, UNKNOWN),
    row("unknown label in a column", "multioutput", partial_fit(X, MULTIOUTPUT + 1), ValueError, UNKNOWN),
    row(
        "another number of label columns", "multilabel", partial_fit(X, MULTILABEL[:, :2]), ValueError,
        "y must have the columns of the first call, 3, got 2",
    ),
    row(
        "one column instead of labels", "multilabel", partial_fit(X, LABELS), ValueError,
        "y must have the columns of the first call, 3, got 1",
    ),
    row(
        "another number of outputs", "multioutput", partial_fit(X, MULTIOUTPUT[:, [0, 1, 1]]), ValueError,
        "y must have the columns of the first call, 2, got 3",
    ),
    row(
        "fewer classes in a warm start", "classifier", fit(X, LABELS % 2), ValueError,
        "warm_start can only be used where `y` has the same classes as in the previous call to fit", warm_start=True,
    ),
    row(
        "another number of columns in a warm start", "reals", fit(X, REAL), ValueError,
        "The weights learned so far have shapes .* set warm_start=False and call fit to start anew", warm_start=True,
    ),
    row(
        "another number of columns in partial_fit", "reals", partial_fit(X, X[:, :3]), ValueError,
        "The weights learned so far have shapes",
    ),
    row(
        "other hidden layers in a warm start", "classifier", fit(X, LABELS), ValueError,
        r"The weights learned so far have shapes \[\(4, 3\), \(3, 3\)\], but .* ask for \[\(4, 5\), \(5, 3\)\]",
        warm_start=True, hidden_layer_sizes=(5,),
    ),
    row(
        "other rows in partial_fit than probabilities", "shares", partial_fit(X, 2 * SHARES), ValueError,
        "rows must be >= 0 and sum to 1, got a sum of 2",
    ),
    row(
        "one column instead of probabilities", "shares", partial_fit(X, LABELS), ValueError,
        "y must have the columns of the first call, 3, got 1",
    ),
    row(
        "other classes than columns of probabilities", "shares", partial_fit(X, SHARES, classes=[1, 2, 3]), ValueError,
        "classes must be the numbers of the columns of y, which are probabilities, got .*; pass classes=range",
        is_fitted=False,
    ),
    *(
        row(
            f"classes {classes!r} for an indicator", "multilabel", partial_fit(X, MULTILABEL, classes=classes),
            ValueError, "classes must be the numbers of the columns of y, which are an indicator, got .*; pass "
            r"classes=range\(3\)", is_fitted=False,
        )
        for classes in (["a", "b", "c"], [0, 1], [1, 2, 3], 3)
    ),
    row(
        "classes of two columns for one", "classifier", partial_fit(X, LABELS, classes=[[0, 1, 2], [0, 1]]), ValueError,
        "classes must be one list of labels, since y has one column, got .*; pass for example", is_fitted=False,
    ),
    row(
        "classes of one column for columns of two labels", "multioutput",
        partial_fit(X, 2 * MULTILABEL - 1, classes=[-1, 1]), ValueError,
        "classes must be a list with the labels of each of the 3 columns of y, got", is_fitted=False,
    ),
    row(
        "other classes later", "multilabel", partial_fit(X, MULTILABEL, classes=["a", "b", "c"]), ValueError,
        "is not the same as on last call to partial_fit",
    ),
    row(
        "columns of labels after an indicator", "multilabel", partial_fit(X, 2 * MULTILABEL - 1), ValueError,
        "y must be an indicator of zeros and ones, as in the first call, got a multiclass-multioutput target; call fit",
    ),
    row(
        "columns of labels as y_val of an indicator", "multilabel",
        fit(X, MULTILABEL, X_val=X, y_val=2 * MULTILABEL - 1), ValueError,
        MATCH + "y must be an indicator of zeros and ones",
    ),
    row(
        "a sparse y of other numbers", "multilabel", fit(X, sparse.csr_matrix(2 * MULTILABEL)), ValueError,
        r"A sparse y must be an indicator, .* got shape \(30, 3\) with the values \[2\]; pass y.toarray\(\)",
    ),
    row(
        "a sparse y after columns of labels", "multioutput", partial_fit(X, sparse.csr_matrix(MULTILABEL[:, :2])),
        ValueError, r"y must be dense, as in the first call, got a sparse indicator; pass y.toarray\(\)",
    ),
    row(
        "a sparse y_val of probabilities", "shares",
        fit(X, SHARES, X_val=X, y_val=sparse.csr_matrix(np.eye(3)[LABELS])), ValueError,
        MATCH + "y must be dense, as in the first call",
    ),
    row(
        "one class_weight for columns of two labels", "multioutput", fit(X, 2 * MULTILABEL - 1), ValueError,
        "number of elements in class_weight should match number of outputs", class_weight=[{-1: 1, 1: 2}],
    ),
    # sample_weight and class_weight
    row(
        "negative weight", "classifier", fit(X, LABELS, with_value(np.ones(30), -1)), ValueError,
        "Negative values in data passed to `sample_weight`",
    ),
    row(
        "NaN weight", "regressor", fit(X, REAL, with_value(np.ones(30), np.nan)), ValueError,
        "Input sample_weight contains NaN",
    ),
    row(
        "infinite weight", "regressor", partial_fit(X, REAL, with_value(np.ones(30), np.inf)), ValueError,
        "Input sample_weight contains infinity",
    ),
    row("one NaN for all weights", "regressor", fit(X, REAL, np.nan), ValueError, "sample_weight must be finite"),
    row(
        "short weights", "classifier", fit(X, LABELS, np.ones(9)), ValueError,
        r"sample_weight.shape == \(9,\), expected \(30,\)",
    ),
    row("weights of two axes", "regressor", fit(X, REAL, np.ones((30, 2))), ValueError, "must be 1D array or scalar"),
    row("text weights", "regressor", fit(X, REAL, ["a"] * 30), ValueError, "could not convert string to float"),
    row("weights of zero", "classifier", fit(X, LABELS, np.zeros(30)), ValueError, "at least one non-zero number"),
    row(
        "weights that cancel", "classifier", fit(X, LABELS, (LABELS == 1) * 1.0), ValueError,
        "sample_weight and class_weight together must leave a row with a weight above zero",
        class_weight={0: 1, 1: 0, 2: 1},
    ),
    row(
        "weights of zero for X_val", "regressor",
        fit(X, REAL, X_val=X, y_val=REAL, sample_weight_val=np.zeros(30)), ValueError,
        MATCH + "Sample weights must contain at least one non-zero number",
    ),
    row(
        "class weights of zero for X_val", "classifier",
        fit(X, LABELS, X_val=X[LABELS == 1], y_val=LABELS[LABELS == 1]), ValueError,
        MATCH + ZERO + ", got zero for all 10 of them", class_weight={0: 1, 1: 0, 2: 1},
    ),
    row(
        "class weights of zero for lbfgs", "classifier", fit(X, LABELS), ValueError, ZERO + ", got zero for all 30",
        solver="lbfgs", class_weight={0: 0, 1: 0, 2: 0},
    ),
    row(
        "class weights of zero in partial_fit", "classifier", partial_fit(X[LABELS == 1], LABELS[LABELS == 1]),
        ValueError, ZERO + ", got zero for all 10", class_weight={0: 1, 1: 0, 2: 1},
    ),
    # scorers
    row(
        "a scorer of the labels 0 and 1", "words", fit(X, WORDS), ValueError,
        "scoring='f1' must give a number for the rows to be scored, got ValueError: Target is multiclass .*; choose a "
        "scorer that fits the estimator and y, for example", early_stopping=True, scoring="f1",
    ),
    row(
        "a scorer of two text labels", "pair", fit(X, PAIR, X_val=X, y_val=PAIR), ValueError,
        "scoring='f1' must give a number .*, got ValueError: pos_label=1 is not a valid label", scoring="f1",
    ),
    row(
        "a scorer of probabilities", "classifier", fit(X, LABELS), ValueError,
        "scoring='neg_log_loss' must give a number", early_stopping=True, scoring="neg_log_loss", loss="hinge",
    ),
    row(
        "a scorer without weights", "regressor", fit(X, REAL, np.ones(30)), ValueError,
        "must give a number .*, got TypeError: .*sample_weight", early_stopping=True, scoring=unweighted,
    ),
    row(
        "a scorer of several numbers", "regressor", fit(X, REAL), ValueError,
        "must give a number .*, got TypeError: .*not 'dict'", early_stopping=True, scoring=lambda *_: {"a": 1.0},
    ),
    row(
        "class_weight of an unknown class only", "classifier", fit(X, LABELS), ValueError,
        r"The classes, \[0, 1, 2\], are not in class_weight", class_weight={9: 2.0},
    ),
    row(
        "negative class_weight", "classifier", fit(X, LABELS), ValueError,
        "Negative values in data passed to `class_weight`", class_weight={0: -1, 1: 1, 2: 1},
    ),
    row(
        "NaN class_weight", "classifier", fit(X, LABELS), ValueError, "class_weight must be finite",
        class_weight={0: np.nan, 1: 1, 2: 1},
    ),
    row(
        "one class_weight for two columns", "multioutput", fit(X, MULTIOUTPUT), ValueError,
        "For multi-output, class_weight should be a list of dicts, or the string 'balanced'", class_weight={0: 1},
    ),
    # losses and outputs
    *(
        row(
            f"loss_weights {weights!r} for {known}", known, fit(X, KNOWN[known][1]), ValueError,
            f"loss_weights must be finite numbers >= 0, .* one for each output, here {n}, got", loss_weights=weights,
        )
        for known, n, weights in [
            ("reals", 2, [1.0]), ("reals", 2, [1.0, -1.0]), ("reals", 2, [0, 0]), ("reals", 2, ["a", "b"]),
            ("reals", 2, [np.nan, 1]), ("regressor", 1, [1, 1]), ("classifier", 1, [1, 1, 1]),
            ("multilabel", 3, [1, 1]), ("multioutput", 2, [[1], [1, 2]]),
        ]
    ),
    row(
        "loss_weights of a function", "reals", fit(X, REALS), ValueError,
        "loss_weights are for losses that the package has, got a function", loss=squares, loss_weights=[1, 2],
    ),
    row(
        "an activation before Poisson's", "regressor", fit(X, np.abs(REAL)), ValueError,
        "output_activation is for losses without an output of their own, got .*'relu' and loss='poisson'; leave it out",
        output_activation="relu", loss="poisson",
    ),
    row(
        "an activation before a normal distribution", "regressor", fit(X, REAL), ValueError,
        "output_activation is for losses without an output of their own, got .*'identity' and loss='gaussian'",
        output_activation="identity", loss="gaussian",
    ),
    row(
        "a range without bounds", "regressor", fit(X, REAL), ValueError,
        "output_range is for output_activation='logistic' and 'tanh', got output_range=.* and output_activation='relu'",
        output_activation="relu", output_range=(0, 1),
    ),
    *(
        row(
            f"output_range {ends}", "regressor", fit(X, REAL), ValueError,
            "output_range must be two finite numbers, the lower one first, got .*; pass for example",
            output_activation="tanh", output_range=ends,
        )
        for ends in [(1, 0), (0, np.inf), (0, 1, 2), ("a", "b"), (0, 0)]
    ),
    *(
        row(
            f"quantiles {quantiles}", "regressor", fit(X, REAL), ValueError,
            r"quantile must be a number in \(0, 1\) or several of them in a list, got .*; pass for example",
            loss=losses.Quantile(quantiles),
        )
        for quantiles in [[0.5, 1.0], [], [[0.1, 0.2]], ["a"], [0.1, [0.2, 0.3]]]
    ),
    row(
        "a score of several quantiles", "regressor", fit(X, REAL), ValueError,
        "scoring must be 'loss', None or a callable for several quantiles", loss=losses.Quantile([0.1, 0.9]),
        scoring="r2",
    ),
    row(
        "a spread of no size", "regressor", fit(X, REAL), InvalidParameterError,
        "The 'min_std' parameter of Gaussian must be", loss=losses.Gaussian(0.0),
    ),
    row(
        "a spread that was not learned", "regressor", lambda model: model.predict(X, return_std=True), ValueError,
        "needs several networks or a learned standard deviation, got one network with loss=.*; use loss='gaussian'",
    ),
    row(
        "margins of a log-loss", "classifier", lambda model: model.decision_function(X), AttributeError,
        "decision_function is only available with loss='hinge'",
    ),
    # validation rows
    row("X_val alone", "classifier", fit(X, LABELS, X_val=X), ValueError, "X_val and y_val go together"),
    row("y_val alone", "regressor", fit(X, REAL, y_val=REAL), ValueError, "X_val and y_val go together"),
    row(
        "sample_weight_val alone", "classifier", fit(X, LABELS, sample_weight_val=np.ones(30)), ValueError,
        "X_val and y_val go together .* pass both or neither",
    ),
    row(
        "X_val for lbfgs", "classifier", fit(X, LABELS, X_val=X, y_val=LABELS), ValueError,
        "solver='lbfgs' makes no use of X_val; use solver='adam' or 'sgd', or leave X_val out", solver="lbfgs",
    ),
    row(
        "other columns in X_val", "classifier", fit(X, LABELS, X_val=X[:, :3], y_val=LABELS), ValueError,
        MATCH + "X has 3 features, but MLPClassifierTF is expecting 4 features as input",
    ),
    row(
        "other names in X_val", "classifier",
        fit(pd.DataFrame(X, columns=list("abcd")), LABELS, X_val=pd.DataFrame(X, columns=list("abce")), y_val=LABELS),
        ValueError, MATCH + "The feature names should match",
    ),
    row(
        "text X_val", "regressor", fit(X, REAL, X_val=np.full((30, 4), "a"), y_val=REAL), ValueError,
        MATCH + "could not convert string to float",
    ),
    row(
        "NaN in X_val", "regressor", fit(X, REAL, X_val=with_value(X, np.nan), y_val=REAL), ValueError,
        MATCH + "Input X contains NaN",
    ),
    row(
        "NaN in y_val", "regressor", fit(X, REAL, X_val=X, y_val=with_value(REAL, np.nan)), ValueError,
        MATCH + "Input y contains NaN",
    ),
    row(
        "empty X_val", "classifier", fit(X, LABELS, X_val=X[:0], y_val=LABELS[:0]), ValueError,
        MATCH + r"Found array with 0 sample\(s\)",
    ),
    row(
        "short y_val", "regressor", fit(X, REAL, X_val=X, y_val=REAL[:9]), ValueError,
        MATCH + r"Found input variables with inconsistent numbers of samples: \[30, 9\]",
    ),
    row(
        "columns in y_val", "regressor", fit(X, REAL, X_val=X, y_val=REALS), ValueError,
        MATCH + "y must have the columns of the first call, 1, got 2",
    ),
    row(
        "too few columns in y_val", "reals", fit(X, REALS, X_val=X, y_val=REAL), ValueError,
        MATCH + "y must have the columns of the first call, 2, got 1",
    ),
    row(
        "labels in y_val", "multilabel", fit(X, MULTILABEL, X_val=X, y_val=LABELS), ValueError,
        MATCH + "y must have the columns of the first call, 3, got 1",
    ),
    row(
        "unknown label in y_val", "classifier", fit(X, LABELS, X_val=X, y_val=LABELS + 1), ValueError,
        MATCH + UNKNOWN + ".*3",
    ),
    row(
        "words in y_val", "classifier", fit(X, LABELS, X_val=X, y_val=WORDS), ValueError,
        MATCH + UNKNOWN,
    ),
    row(
        "unknown label in a column of y_val", "multioutput", fit(X, MULTIOUTPUT, X_val=X, y_val=MULTIOUTPUT + 1),
        ValueError, MATCH + UNKNOWN,
    ),
    row(
        "short sample_weight_val", "classifier",
        fit(X, LABELS, X_val=X, y_val=LABELS, sample_weight_val=np.ones(9)), ValueError,
        MATCH + r"sample_weight.shape == \(9,\), expected \(30,\)",
    ),
    row(
        "negative sample_weight_val", "regressor",
        fit(X, REAL, X_val=X, y_val=REAL, sample_weight_val=with_value(np.ones(30), -1)), ValueError,
        MATCH + "Negative values in data passed to `sample_weight`",
    ),
    row(
        "too small a split", "regressor", fit(X, REAL), ValueError,
        "The validation set is too small. Increase 'validation_fraction' .* validation_fraction=0.01 of 30 rows is 1",
        early_stopping=True, validation_fraction=0.01,
    ),
    row(
        "a class too rare to split", "classifier", fit(X, np.arange(30) == 3), ValueError,
        "The least populated class", early_stopping=True, validation_fraction=0.2,
    ),
    # methods that the parameters rule out
    row(
        "partial_fit with lbfgs", "classifier", partial_fit(X, LABELS), AttributeError,
        "partial_fit is only available for stochastic optimizers. lbfgs is not stochastic; use solver='adam' or 'sgd'",
        solver="lbfgs",
    ),
    row(
        "partial_fit with early stopping", "regressor", partial_fit(X, REAL), ValueError,
        "partial_fit does not support early_stopping=True; set early_stopping=False or call fit", early_stopping=True,
    ),
    # predicting
    row("predict before fit", "classifier", predict(X), NotFittedError, "not fitted yet", is_fitted=False),
    row(
        "probabilities before fit", "multilabel", lambda model: model.predict_proba(X), NotFittedError,
        "not fitted yet", is_fitted=False,
    ),
    row(
        "score before fit", "regressor", lambda model: model.score(X, REAL), NotFittedError, "not fitted yet",
        is_fitted=False,
    ),
    row(
        "predict other columns", "regressor", predict(X[:, :3]), ValueError,
        "X has 3 features, but MLPRegressorTF is expecting 4 features as input",
    ),
    row("predict NaN", "classifier", predict(with_value(X, np.nan)), ValueError, "Input X contains NaN"),
    row("predict text", "classifier", predict(np.full((3, 4), "a")), ValueError, "arrays of bytes.strings"),
    row("predict one axis", "regressor", predict(X[0]), ValueError, "Expected 2D array, got 1D array instead"),
    row("predict no rows", "regressor", predict(X[:0]), ValueError, r"Found array with 0 sample\(s\)"),
    # weights to begin with
    row(
        "coef_init of other shapes", "classifier", fit(X, LABELS, coef_init=[np.ones((4, 3)), np.ones((3, 2))]),
        ValueError, r"coef_init must be a list of arrays of finite real numbers, one per layer, of shapes "
        r"\[\(4, 3\), \(3, 3\)\], got shapes \[\(4, 3\), \(3, 2\)\]; leave coef_init out to have them drawn",
    ),
    row(
        "too few coef_init", "regressor", fit(X, REAL, coef_init=[np.ones((4, 3))]), ValueError,
        r"coef_init must be .* got shapes \[\(4, 3\)\]",
    ),
    row("a number as coef_init", "regressor", fit(X, REAL, coef_init=3), ValueError, "coef_init must be .* got 3;"),
    row(
        "NaN in intercept_init", "classifier", fit(X, LABELS, intercept_init=[np.zeros(3), [0, np.nan, 0]]),
        ValueError, "intercept_init must be .* got NaN or infinity in them",
    ),
    row(
        "beyond float32", "regressor", fit(X, REAL, intercept_init=[[1e300] * 3, [0.0]]), ValueError,
        "intercept_init must be .* got NaN or infinity in them", dtype="float32",
    ),
    row(
        "text as intercept_init", "reals", fit(X, REALS, intercept_init=[["a"] * 3, [0, 0]]), ValueError,
        "intercept_init must be .* got dtypes .*<U1",
    ),
    row(
        "lists of different lengths", "reals", fit(X, REALS, coef_init=[[[1, 2], [3]], [[1, 2]] * 3]), ValueError,
        r"coef_init must be .* got \[\[\[1, 2\], \[3\]\]",
    ),
    # functions of the user's own
    row(
        "an activation of NumPy", "classifier", fit(X, LABELS), ValueError,
        "activation must map a tensor .* got NotImplementedError .* from <ufunc 'tanh'>", activation=np.tanh,
    ),
    row(
        "an activation of another shape", "regressor", fit(X, REAL), ValueError,
        r"activation must map a tensor .* got shape \(3, 1\) and dtype float64", activation=lambda z: z[:, :1],
    ),
    row(
        "an augmentation of NumPy", "classifier", fit(X, LABELS), ValueError,
        r"augmentation must map a tensor of shape \(..., rows, 4\) and dtype float64 to one of the same shape and "
        "dtype, got NotImplementedError", augmentation=lambda x, uniform: np.sin(x),
    ),
    row(
        "an augmentation that drops columns", "regressor", fit(X, REAL), ValueError,
        r"augmentation must .* got shape \(3, 2\) and dtype float64 for 3 rows from .*; write it with TensorFlow",
        augmentation=lambda x, uniform: x[..., :2],
    ),
    row(
        "images of another size", "classifier", fit(X, LABELS), ValueError,
        r"augmentation=RandomTranslation\(shape=\(2, 3\)\) needs X with one column for each number of an image, 6, got",
        augmentation=augmentations.RandomTranslation(shape=(2, 3)),
    ),
    row(
        "a shape that is none", "regressor", fit(X, REAL), ValueError,
        r"RandomFlip needs the shape of an image, .* got shape=\(4,\); pass for example",
        augmentation=augmentations.RandomFlip((4,)),
    ),
    row(
        "half a pixel", "classifier", fit(X, LABELS), InvalidParameterError,
        "The 'pixels' parameter of RandomTranslation must be",
        augmentation=[augmentations.RandomTranslation((2, 2), pixels=0.5)],
    ),
    row(
        "mixup of nothing", "regressor", fit(X, REAL), InvalidParameterError, "The 'alpha' parameter of Mixup must be",
        augmentation=augmentations.Mixup(alpha=0),
    ),
    row(
        "a class as augmentation", "classifier", fit(X, LABELS), ValueError,
        "augmentation must be an object of sklearn_ann.augmentations, a function of x and uniform or a list of them",
        augmentation=augmentations.Mixup,
    ),
    row(
        "augmentation for lbfgs", "classifier", fit(X, LABELS), ValueError,
        "solver='lbfgs' needs the same rows in every step, got augmentation=Mixup.*; leave it out, or use solver='adam",
        augmentation=augmentations.Mixup(), solver="lbfgs",
    ),
    *(
        row(
            f"{name} for lbfgs", "classifier", fit(X, LABELS), ValueError,
            f"{name} is for the stochastic solvers, got {name}=0.5 with solver='lbfgs'; leave it at None, or use",
            solver="lbfgs", **{name: 0.5},
        )
        for name in ("clipvalue", "global_clipnorm")
    ),
    # devices
    *(
        row(
            f"device {device}", "classifier", fit(X, LABELS), ValueError,
            f"device='{device}' is not there: TensorFlow sees . device.* of kind .*; use device='auto' or device='cpu'",
            device=device,
        )
        for device in ("gpu:7", "cpu:9")
    ),
    *(
        row(
            f"device {device}", "classifier", fit(X, LABELS), ValueError,
            f"device must be 'auto', 'cpu', 'gpu' or .*, got '{device}'; use device='auto', or device='gpu' for CUDA",
            device=device,
        )
        for device in ("cuda", "tpu", "banana", "cpu:x", "")
    ),
]  # fmt: skip

_WHOLE = "hidden_layer_sizes must be whole numbers, one per hidden layer, got .*; pass for example"
WRONG_VALUES = {  # parameter: values that are refused, of a wrong type or out of range
    "hidden_layer_sizes": [None, 2.5, -1, 0, (3, 0), (3, -1), (3, 2.5), "abc", [[3], [4, 5]], [[3, 4]], {3: 4}, [True]],
    "activation": ["RELU", None, 3],
    "solver": ["newton", None, 3],
    "alpha": [-1e-9, None, "a", np.nan],
    "batch_size": [0, -3, 2.5, "all", None],
    "learning_rate": ["fast", 0.1, None],
    "learning_rate_init": [0, -0.1, "a", None, np.nan],
    "power_t": [-0.1, "a", None],
    "max_iter": [0, -1, 2.5, None, "a"],
    "shuffle": ["yes", 2, None],
    "random_state": [-1, "a", 2.5],
    "tol": [-1e-9, None, "a"],
    "verbose": ["yes", -1, None],
    "warm_start": ["yes", 2, None],
    "momentum": [-0.1, 1.1, None, "a"],
    "nesterovs_momentum": ["yes", 2, None],
    "early_stopping": ["yes", 2, None],
    "validation_fraction": [-0.1, 1.0, None, "a"],
    "beta_1": [-0.1, 1.0, None, "a"],
    "beta_2": [-0.1, 1.0, None, "a"],
    "epsilon": [0.0, -1e-8, None, "a"],
    "n_iter_no_change": [0, 2.5, -np.inf, None, "a"],
    "max_fun": [0, 2.5, None, "a"],
    "scoring": ["banana", 3, ["r2"]],
    "base": [3, [1]],
    "n_base_layers": [0, -1, 1.5, "a"],
    "learning_rate_multipliers": [0.1, "abc"],
    "dtype": ["float16", "int32", 64, float],
    "backend": ["torch", None, 1],
    "device": [None, 0, ("cpu",)],
    "class_weight": ["even", 3, 0.5],
    "loss": ["banana", None, 3],
    "augmentation": ["flip", 3, 0.5],
    "normalization": ["banana", 3, True],
    "skip_connections": ["yes", 2, None],
    "wide": ["some", 3],
    "deep": ["some", 3],
    "auxiliary_loss_weight": [-0.1, None, "a"],
    "auxiliary_layer": [0, 1.5, "a"],
    "standardize": ["yes", 2, None],
    "averaging": [-0.1, 1.0, "a"],
    "n_estimators": [0, 2.5, None, "a"],
    "output_activation": ["banana", 3, "selu"],
    "output_range": [3, "ab"],
    "loss_weights": [3, "ab"],
    "dropout": [-0.1, 1.0, None, "a"],
    "input_dropout": [-0.1, 1.0, None, "a"],
    "gaussian_noise": [-0.1, None, "a"],
    "regularizer": ["l1", 3, 0.5],
    "clipvalue": [0.0, -1, "a", np.nan],
    "global_clipnorm": [0.0, -1, "a", np.nan],
    "label_smoothing": [-0.1, 1.0, None, "a"],
    "kernel_initializer": ["he", 3],
}
ROWS += [
    row(
        f"{known}: {name}={value!r}",
        known,
        fit(X, KNOWN[known][1]),
        ValueError if name == "hidden_layer_sizes" else InvalidParameterError,
        f"The '{name}' parameter of {KNOWN[known][0].__name__} must be .* Got .* instead"
        if name != "hidden_layer_sizes" or not np.iterable(value) or value == "abc"
        else "hidden_layer_sizes must be > 0, got"
        if value in [(3, 0), (3, -1)]
        else _WHOLE,
        **{name: value},
    )
    for known in ("classifier", "regressor")
    for name, values in WRONG_VALUES.items()
    if name in KNOWN[known][0]().get_params()
    for value in values
]


@pytest.mark.parametrize("case", ROWS, ids=lambda case: case.name)
def test_bad_input_is_refused_in_one_sentence_before_anything_is_compiled_or_lost(case, fitted):
    model = copy.deepcopy(fitted[case.known]) if case.is_fitted else new(case.known)
    model.set_params(**case.parameters)
    before = dict(vars(model))
    weights = copy.deepcopy(before.get("coefs_"))
    n_compiled = compilation_count()

    with pytest.raises(case.error) as caught:
        case.call(model)

    sentence = str(caught.value)
    assert re.search(case.message, sentence, re.DOTALL), sentence
    assert compilation_count() == n_compiled
    files = [frame.filename for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert not [file for file in files if "/tensorflow/" in file]
    assert not type(caught.value).__module__.startswith("tensorflow")
    after = vars(model)
    assert set(after) == set(before)
    assert all(after[name] is value for name, value in before.items())
    if case.is_fitted:
        for coef, expected in zip(model.coefs_, weights, strict=True):
            np.testing.assert_array_equal(coef, expected)
        model.set_params(**fitted[case.known].get_params())
        np.testing.assert_array_equal(model.predict(X), fitted[case.known].predict(X))


def test_the_table_has_wrong_values_of_every_parameter():
    parameters = {*MLPClassifierTF().get_params(), *MLPRegressorTF().get_params()}
    assert parameters == set(WRONG_VALUES)


@pytest.mark.parametrize("known", KNOWN)
def test_the_rows_that_the_table_spoils_are_fine_by_themselves(known, fitted):
    """Else a row might be refused for another reason than the one it names."""
    _, y = KNOWN[known]
    model = new(known).fit(X, y, np.ones(30), X_val=X, y_val=y, sample_weight_val=np.ones(30))
    np.testing.assert_array_equal(model.predict(X), fitted[known].predict(X))


@pytest.mark.parametrize(
    ("parameter", "base"),
    [
        ("activation", activations.Activation),
        ("augmentation", augmentations.Augmentation),
        ("kernel_initializer", initializers.Initializer),
        ("loss", losses.Loss),
        ("regularizer", regularizers.Regularizer),
        ("normalization", normalizations.Normalization),
        ("learning_rate", schedules.Schedule),
        ("solver", optimizers.Optimizer),
    ],
)
def test_the_base_of_the_members_is_none_of_them(parameter, base):
    message = rf"{base.__name__}\(\) is only the base .* use one of {base.__module__}"
    with pytest.raises(ValueError, match=message):
        MLPRegressorTF(**{parameter: base()}).fit([[0.0], [1.0]], [0.0, 1.0])
