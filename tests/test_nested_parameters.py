"""Settings inside parameters: set where there is an object that has them, refused in one sentence elsewhere."""

import pytest
from sklearn.model_selection import GridSearchCV

from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier
from sklearn_ann.losses import Quantile
from sklearn_ann.optimizers import RMSprop
from sklearn_ann.regularizers import L1, MaxNorm


@pytest.mark.parametrize(
    ("model", "params", "got"),
    [
        (MLPClassifierTF(solver="rmsprop"), {"solver__rho": 0.5}, "solver='rmsprop'"),
        (MLPClassifierTF(solver=RMSprop()), {"solver": "adam", "solver__rho": 0.5}, "solver='adam'"),
        (MLPClassifierTF(solver=RMSprop), {"solver__rho": 0.5}, "solver=<class"),
        (MLPRegressorTF(), {"regularizer__limit": 2.0}, "regularizer=None"),
        (MLPRegressorTF(), {"max_iter": 7, "regularizer__limit": 2.0}, "regularizer=None"),
        (MLPRegressorTF(regularizer=[L1(), MaxNorm()]), {"regularizer__limit": 2.0}, r"regularizer=\[L1\(\), MaxNorm"),
        (MLPRegressorTF(activation=abs), {"activation__slope": 0.1}, "activation=<built-in function abs>"),
        (PerceptronClassifier(), {"alpha__strength": 0.1}, "alpha=0.0001"),
        (MLPRegressorTF(loss=Quantile()), {"loss__quantile__low": 0.1}, "quantile=0.5"),
    ],
)
def test_what_has_no_settings_is_refused_in_one_sentence_and_nothing_is_set(model, params, got):
    before = dict(vars(model))
    name = list(params)[-1].removeprefix("loss__")
    with pytest.raises(
        ValueError, match=f"^{name} can only be set while .* is an object with settings, got {got}.*; pass"
    ):
        model.set_params(**params)
    assert vars(model) == before


def test_a_search_over_settings_of_a_name_is_told_so():
    search = GridSearchCV(MLPClassifierTF(solver="rmsprop"), {"solver__rho": [0.5, 0.9]}, cv=2)
    with pytest.raises(ValueError, match="solver__rho can only be set while solver is an object with settings"):
        search.fit([[0.0], [1.0], [0.1], [0.9]], [0, 1, 0, 1])


def test_settings_are_set_as_scikit_learn_sets_them():
    model = MLPRegressorTF(regularizer=MaxNorm()).set_params(solver=RMSprop(), solver__rho=0.5, regularizer__limit=2.0)
    assert (model.solver, model.regularizer) == (RMSprop(rho=0.5), MaxNorm(2.0))
    with pytest.raises(ValueError, match="Invalid parameter 'banana'"):
        model.set_params(solver__banana=1)
    with pytest.raises(ValueError, match="Invalid parameter 'banana'"):
        model.set_params(banana__rho=1)
