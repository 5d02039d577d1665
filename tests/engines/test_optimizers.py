"""Every optimizer over many steps against scikit-learn's own or Keras' of that name, NumPy against TensorFlow."""

import keras
import numpy as np
import pytest
from sklearn.neural_network._stochastic_optimizers import AdamOptimizer, SGDOptimizer

from sklearn_ann.engines.optimizers import OPTIMIZERS
from sklearn_ann.optimizers import SOLVERS
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.tensors import tensor_namespace

NAMES = list(OPTIMIZERS)  # as imported: a page of the docs adds a row
# All numbers are exact in float32, which Keras rounds some of its scalars to.
RATE = 2.0**-4
BETAS = {"beta_1": 0.875, "beta_2": 0.96875, "epsilon": 2.0**-20}
RMS = {"rho": 0.75, "momentum": 0.625, "epsilon": 2.0**-20}
NUMBERS = {
    "sgd": {"momentum": 0.75},
    "nesterov": {"momentum": 0.75},
    "adagrad": {"initial_accumulator": 0.25, "epsilon": 2.0**-20},
    "adadelta": {"rho": 0.75, "epsilon": 2.0**-20},
    "rmsprop": RMS,
    "centered_rmsprop": RMS,
    "adam": BETAS,
    "amsgrad": BETAS,
    "adamw": {**BETAS, "weight_decay": 0.125},
    "adamax": BETAS,
    "nadam": BETAS,
    "lion": {"beta_1": 0.875, "beta_2": 0.96875},
}


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


KERAS = {
    "sgd": lambda **numbers: keras.optimizers.SGD(RATE, **numbers),
    "nesterov": lambda **numbers: keras.optimizers.SGD(RATE, nesterov=True, **numbers),
    "adagrad": lambda initial_accumulator, epsilon: keras.optimizers.Adagrad(RATE, initial_accumulator, epsilon),
    "adadelta": lambda **numbers: keras.optimizers.Adadelta(RATE, **numbers),
    "rmsprop": lambda **numbers: keras.optimizers.RMSprop(RATE, **numbers),
    "centered_rmsprop": lambda **numbers: keras.optimizers.RMSprop(RATE, centered=True, **numbers),
    "adamw": lambda weight_decay, **numbers: keras.optimizers.AdamW(RATE, weight_decay, **numbers),
    "adamax": lambda **numbers: keras.optimizers.Adamax(RATE, **numbers),
    "nadam": lambda **numbers: keras.optimizers.Nadam(RATE, **numbers),
    "lion": lambda **numbers: keras.optimizers.Lion(RATE, **numbers),
}
SKLEARN = {
    "sgd": lambda arrays: SGDOptimizer(arrays, RATE, momentum=0.75, nesterov=False),
    "nesterov": lambda arrays: SGDOptimizer(arrays, RATE, momentum=0.75, nesterov=True),
    "adam": lambda arrays: AdamOptimizer(arrays, RATE, *BETAS.values()),
}


def _amsgrad(weight):
    return _keras(keras.optimizers.Adam(RATE, amsgrad=True, **BETAS), weight)


def _scalars(name, n_steps, xp=numpy_namespace, rate=RATE):
    return OPTIMIZERS[name].scalars(xp, rate, n_steps, NUMBERS[name])


def _ours(name, weight, engine="numpy"):
    """Steps of a row of the table, in the dtype of the weights."""
    optimizer, dtype = OPTIMIZERS[name], weight.dtype
    slots = tuple(np.zeros_like(weight) for _ in range(optimizer.slots))
    n_steps = 0
    if engine == "tensorflow":
        weight, slots = tf.constant(weight), tuple(map(tf.constant, slots))
    numbers = {key: tf.constant(value, tf.float64) for key, value in NUMBERS[name].items()}

    def step(gradient):
        nonlocal weight, slots, n_steps
        n_steps += 1
        if engine == "numpy":
            update, slots = optimizer.update(numpy_namespace, weight, gradient.copy(), slots, _scalars(name, n_steps))
        else:
            count = tf.constant(n_steps, tf.int64)
            scalars = optimizer.scalars(tensor_namespace, tf.constant(RATE, tf.float64), count, numbers)
            assert all(scalar.dtype == tf.float64 for scalar in scalars)
            scalars = [tf.cast(scalar, dtype)[None, None] for scalar in scalars]
            update, slots = optimizer.update(tensor_namespace, weight, tf.constant(gradient), slots, scalars)
        weight = weight + update
        assert weight.dtype == dtype
        assert all(slot.dtype == dtype for slot in slots)
        return np.asarray(weight)

    return step


REFERENCES = [
    *((name, lambda weight, make=make: _sklearn(make, weight), 1e-12) for name, make in SKLEARN.items()),
    *(
        # but for Nadam's constant 0.96
        (
            name,
            lambda weight, name=name: _keras(KERAS[name](**NUMBERS[name]), weight),
            1e-6 if name == "nadam" else 1e-11,
        )
        for name in KERAS
    ),
    ("amsgrad", _amsgrad, 1e-11),
]


@pytest.mark.parametrize(("name", "reference", "rtol"), REFERENCES)
def test_forty_steps_equal_the_reference(name, reference, rtol):
    rng = np.random.RandomState(0)
    weight = rng.normal(size=(4, 3))
    ours, theirs = _ours(name, weight.copy()), reference(weight)
    for _ in range(40):
        gradient = rng.normal(size=weight.shape)
        np.testing.assert_allclose(ours(gradient), theirs(gradient), rtol=rtol)


def test_every_optimizer_has_a_reference():
    assert {name for name, *_ in REFERENCES} == set(NAMES)


@pytest.mark.parametrize(("dtype", "rtol"), [("float32", 1e-4), ("float64", 1e-10)])
@pytest.mark.parametrize("name", NAMES)
def test_numpy_and_tensorflow_agree(name, dtype, rtol):
    rng = np.random.RandomState(1)
    weight = rng.normal(size=(4, 3)).astype(dtype)
    arrays, tensors = (_ours(name, weight, engine) for engine in ("numpy", "tensorflow"))
    for _ in range(10):
        gradient = rng.normal(size=weight.shape).astype(dtype)
        ours, theirs = arrays(gradient), tensors(gradient)
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=rtol * np.abs(theirs).max())


@pytest.mark.parametrize("name", NAMES)
def test_numpy_writes_over_the_slots_and_not_over_the_weights(name):
    optimizer, rng = OPTIMIZERS[name], np.random.RandomState(2)
    weight, gradient = rng.normal(size=(2, 7))
    slots = tuple(np.zeros(7) for _ in range(optimizer.slots))
    before = weight.copy()
    update, new_slots = optimizer.update(numpy_namespace, weight, gradient, slots, _scalars(name, 1))
    assert len(new_slots) == optimizer.slots
    assert all(new is old for new, old in zip(new_slots, slots, strict=True))
    np.testing.assert_array_equal(weight, before)
    assert not np.shares_memory(update, weight)


@pytest.mark.parametrize("name", NAMES)
def test_no_gradient_is_no_step_and_large_ones_stay_finite_without_a_warning(name):
    optimizer = OPTIMIZERS[name]
    for dtype, far in [("float32", 1e15), ("float64", 1e150)]:
        weight, slots = np.zeros(3, dtype), tuple(np.zeros(3, dtype) for _ in range(optimizer.slots))
        for n_steps, gradient in enumerate([np.zeros(3), [far, -far, 0], np.zeros(3)], start=1):
            gradient = np.array(gradient, dtype)
            update, slots = optimizer.update(numpy_namespace, weight, gradient, slots, _scalars(name, n_steps))
            assert np.isfinite(update).all()
            assert update[2] == 0
            assert n_steps > 1 or not update.any()


@pytest.mark.parametrize("name", NAMES)
def test_scalars_of_many_steps_are_those_of_each(name):
    """They are worked out for all batches of an epoch at once, and those of one step are Python floats."""
    together = _scalars(name, np.arange(1, 31), rate=np.full(30, RATE))
    column = {key: tf.constant([value], tf.float64) for key, value in NUMBERS[name].items()}
    rates, steps = tf.fill([30], tf.constant(RATE, tf.float64)), tf.range(1, 31, dtype=tf.int64)
    in_tensors = OPTIMIZERS[name].scalars(tensor_namespace, rates, steps, column)
    for step in range(30):
        alone = _scalars(name, step + 1)
        assert all(type(scalar) is float for scalar in alone)
        for many in (together, in_tensors):
            values = [np.broadcast_to(part, 30)[step] for part in many]
            np.testing.assert_allclose(values, alone, rtol=1e-14)


@pytest.mark.parametrize("name", NAMES)
def test_scalars_of_models_have_an_axis_of_their_own(name):
    """Numbers ``(models, 1)`` and rates ``(models, steps)``, also long after the first steps."""
    steps = np.arange(2000, 2004)
    numbers = {key: np.array([[value], [value / 2]]) for key, value in NUMBERS[name].items()}
    rates = np.array([[RATE] * 4, [2 * RATE] * 4])
    together = OPTIMIZERS[name].scalars(numpy_namespace, rates, steps, numbers)
    tensors = {key: tf.constant(value) for key, value in numbers.items()}
    in_tensors = OPTIMIZERS[name].scalars(tensor_namespace, tf.constant(rates), tf.constant(steps), tensors)
    for model in range(2):
        own = {key: float(value[model, 0]) for key, value in numbers.items()}
        for step in range(4):
            alone = OPTIMIZERS[name].scalars(numpy_namespace, float(rates[model, step]), int(steps[step]), own)
            for many in (together, in_tensors):
                values = [np.broadcast_to(part, (2, 4))[model, step] for part in many]
                np.testing.assert_allclose(values, alone, rtol=1e-12)


def test_every_solver_gives_the_numbers_of_its_optimizer():
    variants = [make() for make in SOLVERS.values()]
    variants += [SOLVERS["sgd"](nesterov=False), SOLVERS["rmsprop"](centered=True)]
    assert {solver.optimizer for solver in variants} == set(NAMES)
    for solver in variants:
        assert set(solver.numbers) == set(OPTIMIZERS[solver.optimizer].numbers)
