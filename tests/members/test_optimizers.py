"""Every optimizer over many steps against scikit-learn's own or Keras' of that name, NumPy against TensorFlow."""

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from sklearn_ann.optimizers import (
    OPTIMIZERS,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    AMSGrad,
    Lion,
    Nadam,
    RMSprop,
)
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tensors import tensor_namespace

# All numbers are exact in float32, which Keras rounds some of its scalars to.
RATE = 2.0**-4
BETAS = {"beta_1": 0.875, "beta_2": 0.96875, "epsilon": 2.0**-20}
RMS = {"rho": 0.75, "momentum": 0.625, "epsilon": 2.0**-20}
EXACT = {
    "sgd": SGD(momentum=0.75),
    "sgd without nesterov": SGD(momentum=0.75, nesterov=False),
    "adagrad": Adagrad(initial_accumulator=0.25, epsilon=2.0**-20),
    "adadelta": Adadelta(rho=0.75, epsilon=2.0**-20),
    "rmsprop": RMSprop(**RMS),
    "centered rmsprop": RMSprop(centered=True, **RMS),
    "adam": Adam(**BETAS),
    "amsgrad": AMSGrad(**BETAS),
    "adamw": AdamW(weight_decay=0.125, **BETAS),
    "adamax": Adamax(**BETAS),
    "nadam": Nadam(**BETAS),
    "lion": Lion(beta_1=0.875, beta_2=0.96875),
}
MEMBERS = {name: kind() for name, kind in OPTIMIZERS.items()} | EXACT


def _keras(optimizer, weight):
    """Steps of a Keras optimizer on one float64 variable."""
    variable = keras.Variable(weight, dtype="float64")
    optimizer.build([variable])

    def step(gradient):
        optimizer.apply([tf.constant(gradient)], [variable])
        return variable.numpy()

    return step


def _sklearn(make, weight):
    arrays = [weight.copy()]
    optimizer = make(arrays)

    def step(gradient):
        optimizer.update_params(arrays, [gradient])
        return arrays[0]

    return step


SKLEARN = {
    "sgd": lambda arrays: SGDOptimizer(arrays, RATE, momentum=0.75, nesterov=True),
    "sgd without nesterov": lambda arrays: SGDOptimizer(arrays, RATE, momentum=0.75, nesterov=False),
    "adam": lambda arrays: AdamOptimizer(arrays, RATE, *BETAS.values()),
}
KERAS = {
    "sgd": lambda: keras.optimizers.SGD(RATE, momentum=0.75, nesterov=True),
    "sgd without nesterov": lambda: keras.optimizers.SGD(RATE, momentum=0.75),
    "adagrad": lambda: keras.optimizers.Adagrad(RATE, 0.25, 2.0**-20),
    "adadelta": lambda: keras.optimizers.Adadelta(RATE, rho=0.75, epsilon=2.0**-20),
    "rmsprop": lambda: keras.optimizers.RMSprop(RATE, **RMS),
    "centered rmsprop": lambda: keras.optimizers.RMSprop(RATE, centered=True, **RMS),
    "amsgrad": lambda: keras.optimizers.Adam(RATE, amsgrad=True, **BETAS),
    "adamw": lambda: keras.optimizers.AdamW(RATE, 0.125, **BETAS),
    "adamax": lambda: keras.optimizers.Adamax(RATE, **BETAS),
    "nadam": lambda: keras.optimizers.Nadam(RATE, **BETAS),
    "lion": lambda: keras.optimizers.Lion(RATE, beta_1=0.875, beta_2=0.96875),
}


def _scalars(member, n_steps, rate=RATE):
    return member.structure().scalars(numpy_namespace, rate, n_steps, *member.hyper)


def _zeros(member, like):
    return tuple(np.zeros_like(like) for _ in range(member.n_slots))


def _ours(member, weight, engine="numpy"):
    """Steps of an optimizer, in the dtype of the weights."""
    structure, dtype = member.structure(), weight.dtype
    slots = _zeros(member, weight)
    n_steps = 0
    if engine == "tensorflow":
        weight, slots = tf.constant(weight), tuple(map(tf.constant, slots))
    hyper = [tf.constant(value, tf.float64) for value in member.hyper]

    def step(gradient):
        nonlocal weight, slots, n_steps
        n_steps += 1
        if engine == "numpy":
            update, slots = structure.update(numpy_namespace, weight, gradient.copy(), slots, _scalars(member, n_steps))
        else:
            count = tf.constant(n_steps, tf.float64)
            scalars = structure.scalars(tensor_namespace, tf.constant(RATE, tf.float64), count, *hyper)
            assert all(scalar.dtype == tf.float64 for scalar in scalars)
            scalars = [tf.cast(scalar, dtype)[None, None] for scalar in scalars]
            update, slots = structure.update(tensor_namespace, weight, tf.constant(gradient), slots, scalars)
        weight = weight + update
        assert weight.dtype == dtype
        assert all(slot.dtype == dtype for slot in slots)
        return np.asarray(weight)

    return step


REFERENCES = [
    *((name, lambda weight, make=make: _sklearn(make, weight), 1e-12) for name, make in SKLEARN.items()),
    # but for Nadam's constant 0.96
    *(
        (name, lambda weight, make=make: _keras(make(), weight), 1e-6 if name == "nadam" else 1e-11)
        for name, make in KERAS.items()
    ),
]
MEMBER = pytest.mark.parametrize("member", MEMBERS.values(), ids=MEMBERS)


@pytest.mark.parametrize(("name", "reference", "rtol"), REFERENCES)
def test_forty_steps_equal_the_reference(name, reference, rtol):
    rng = np.random.RandomState(0)
    weight = rng.normal(size=(4, 3))
    ours, theirs = _ours(EXACT[name], weight.copy()), reference(weight)
    for _ in range(40):
        gradient = rng.normal(size=weight.shape)
        np.testing.assert_allclose(ours(gradient), theirs(gradient), rtol=rtol)


def test_every_optimizer_has_a_reference():
    assert {name for name, *_ in REFERENCES} == set(MEMBERS)


@pytest.mark.parametrize(("dtype", "rtol"), [("float32", 1e-4), ("float64", 1e-10)])
@MEMBER
def test_numpy_and_tensorflow_agree(member, dtype, rtol):
    rng = np.random.RandomState(1)
    weight = rng.normal(size=(4, 3)).astype(dtype)
    arrays, tensors = (_ours(member, weight, engine) for engine in ("numpy", "tensorflow"))
    for _ in range(10):
        gradient = rng.normal(size=weight.shape).astype(dtype)
        ours, theirs = arrays(gradient), tensors(gradient)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=rtol * np.abs(theirs).max())


@MEMBER
def test_numpy_writes_over_the_slots_and_not_over_the_weights(member):
    rng = np.random.RandomState(2)
    weight, gradient = rng.normal(size=(2, 7))
    slots = _zeros(member, weight)
    before = weight.copy()
    update, new_slots = member.update(numpy_namespace, weight, gradient, slots, _scalars(member, 1))
    assert len(new_slots) == member.n_slots
    assert all(new is old for new, old in zip(new_slots, slots, strict=True))
    np.testing.assert_array_equal(weight, before)
    assert not np.shares_memory(update, weight)


@MEMBER
def test_no_gradient_is_no_step_and_large_ones_stay_finite_without_a_warning(member):
    for dtype, far in [("float32", 1e15), ("float64", 1e150)]:
        weight = np.zeros(3, dtype)
        slots = _zeros(member, weight)
        for n_steps, gradient in enumerate([np.zeros(3), [far, -far, 0], np.zeros(3)], start=1):
            gradient = np.array(gradient, dtype)
            update, slots = member.update(numpy_namespace, weight, gradient, slots, _scalars(member, n_steps))
            assert np.isfinite(update).all()
            assert update[2] == 0
            assert n_steps > 1 or not update.any()


@MEMBER
def test_scalars_of_many_steps_are_those_of_each(member):
    """They are worked out for all batches of an epoch at once, and those of one step are Python floats."""
    together = _scalars(member, np.arange(1, 31), rate=np.full(30, RATE))
    column = [tf.constant([value], tf.float64) for value in member.hyper]
    rates, steps = tf.fill([30], tf.constant(RATE, tf.float64)), tf.range(1, 31, dtype=tf.float64)
    in_tensors = member.structure().scalars(tensor_namespace, rates, steps, *column)
    for step in range(30):
        alone = _scalars(member, step + 1)
        assert all(type(scalar) is float for scalar in alone)
        for many in (together, in_tensors):
            values = [np.broadcast_to(part, 30)[step] for part in many]
            np.testing.assert_allclose(values, alone, rtol=1e-14)


@MEMBER
def test_scalars_of_models_have_an_axis_of_their_own(member):
    """Hyperparameters ``(models, 1)`` and rates ``(models, steps)``, also long after the first steps."""
    structure, steps = member.structure(), np.arange(2000, 2004)
    hyper = [np.array([[value], [value / 2]]) for value in member.hyper]
    rates = np.array([[RATE] * 4, [2 * RATE] * 4])
    together = structure.scalars(numpy_namespace, rates, steps, *hyper)
    in_tensors = structure.scalars(tensor_namespace, *map(tf.constant, (rates, steps.astype(float), *hyper)))
    for model in range(2):
        own = [float(value[model, 0]) for value in hyper]
        for step in range(4):
            alone = structure.scalars(numpy_namespace, float(rates[model, step]), int(steps[step]), *own)
            for many in (together, in_tensors):
                values = [np.broadcast_to(part, (2, 4))[model, step] for part in many]
                np.testing.assert_allclose(values, alone, rtol=1e-12)


@MEMBER
def test_a_structure_is_that_of_all_hyperparameters(member):
    other = clone(member).set_params(**{name: getattr(member, name) / 2 for name in member.hyper_names})
    assert other != member
    assert other.structure() == member.structure()
    assert hash(other.structure()) == hash(member.structure())


@MEMBER
def test_another_momentum_is_that_setting_and_no_other(member):
    if (name := member.momentum_name) is None:
        assert not {"momentum", "beta_1"} & set(member.get_params())
    else:
        assert member.with_momentum(member.hyper, 0.5) == clone(member).set_params(**{name: 0.5}).hyper
