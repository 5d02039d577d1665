"""Every augmentation in both array namespaces: shifts and flips against loops, moments of mixup, uniform numbers."""

from itertools import count

import numpy as np
import pytest
from scipy.stats import beta, chisquare, kstest

from sklearn_ann import augmentations
from sklearn_ann.augmentations import (
    Augmentation,
    AugmentationFunction,
    Batch,
    Mixup,
    RandomFlip,
    RandomTranslation,
)
from sklearn_ann.engines.augmentations import augmented, uniform_numbers
from sklearn_ann.network.noise import step_keys
from sklearn_ann.runtime.arrays import numpy_namespace
from sklearn_ann.runtime.tensors import tensor_namespace

RNG = np.random.RandomState(0)
NAMESPACES = pytest.mark.parametrize("xp", [numpy_namespace, tensor_namespace], ids=["numpy", "tensorflow"])


def _key(xp, lead=(), seed=0.0, step=1):
    """A key, or one for each model of a leading axis."""
    return step_keys(xp, xp.asarray(seed + np.arange(float(np.prod(lead))).reshape(lead)), step)


def _batch(rows, n_features, lead=(), dtype="float64", n_rows=None):
    """A batch of NumPy arrays."""
    x = RNG.normal(size=(*lead, rows, n_features)).astype(dtype)
    y = RNG.normal(size=(*lead, rows, 2)).astype(dtype)
    weights = RNG.uniform(0.5, 2, size=(*lead, rows)).astype(dtype)
    n_rows = np.full(lead, float(rows if n_rows is None else n_rows))
    weights[..., int(n_rows.max()) :] = 0
    return Batch(x, ((y, weights),), n_rows)


def _within(xp, batch):
    """The batch in the arrays of a namespace."""
    targets = tuple((xp.asarray(y), xp.asarray(weights)) for y, weights in batch.targets)
    return Batch(xp.asarray(batch.x), targets, xp.asarray(batch.n_rows))


def _as_numpy(batch):
    return Batch(np.asarray(batch.x), tuple((np.asarray(y), np.asarray(w)) for y, w in batch.targets), batch.n_rows)


def _changed(xp, member, batch, lead=()):
    """The batch after an augmentation, and the uniform numbers that it took, in NumPy arrays."""
    uniform, taken = uniform_numbers(xp, _key(xp, lead), count()), []

    def captured(shape):
        taken.append(np.asarray(uniform(shape)))
        return xp.asarray(taken[-1])

    hyper = [xp.asarray(np.full(lead, value)) for value in member.hyper]
    return _as_numpy(member.structure().change(xp, _within(xp, batch), captured, *hyper)), taken


MEMBERS = [RandomTranslation((5, 4), 2), RandomFlip((5, 4)), Mixup(0.4)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("lead", [(), (2,)])
@pytest.mark.parametrize("member", MEMBERS, ids=repr)
def test_numpy_and_tensorflow_agree(member, lead, dtype):
    batch = _batch(12, 20, lead, dtype, n_rows=10)
    (ours, our_numbers), (theirs, their_numbers) = (
        _changed(xp, member, batch, lead) for xp in (numpy_namespace, tensor_namespace)
    )
    np.testing.assert_array_equal(our_numbers, their_numbers)  # bit for bit
    # shares of mixup are computed by logarithms and cosines, which differ in their last bits
    tolerance = 0 if not isinstance(member, Mixup) else {"float32": 1e-6, "float64": 1e-12}[dtype]
    np.testing.assert_allclose(ours.x, theirs.x, rtol=0, atol=tolerance)
    assert ours.x.dtype == theirs.x.dtype == dtype
    assert len(ours.targets) == len(theirs.targets)
    for (y, weights), (their_y, their_weights) in zip(ours.targets, theirs.targets, strict=True):
        np.testing.assert_array_equal(y, their_y)
        np.testing.assert_allclose(weights, their_weights, rtol=0, atol=2 * tolerance)
        assert y.dtype == weights.dtype == their_weights.dtype == dtype


def test_every_augmentation_is_compared():
    kinds = [each for each in map(vars(augmentations).get, augmentations.__all__) if isinstance(each, type)]
    compared = {kind for kind in kinds if issubclass(kind, Augmentation)} - {Augmentation, AugmentationFunction}
    assert set(map(type, MEMBERS)) == compared


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_one_after_the_other_with_numbers_that_are_pythons_own(dtype):
    batch = _batch(12, 20, (), dtype)
    structures, hyper = [each.structure() for each in MEMBERS], [each.hyper for each in MEMBERS]
    ours, theirs = (
        augmented(xp, structures, hyper, _within(xp, batch)._replace(n_rows=12.0), _key(xp))
        for xp in (numpy_namespace, tensor_namespace)
    )
    np.testing.assert_allclose(ours.x, theirs.x, rtol=0, atol=1e-6)
    assert ours.x.dtype == dtype
    assert not np.array_equal(ours.x, batch.x)


@NAMESPACES
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("lead", [(), (2,)])
@pytest.mark.parametrize("shape", [(5, 4), (3, 4, 2)])
@pytest.mark.parametrize("pixels", [0, 2, 7])
def test_shift_equals_a_loop(shape, pixels, lead, dtype, xp):
    batch = _batch(6, int(np.prod(shape)), lead, dtype)
    changed, [taken] = _changed(xp, RandomTranslation(shape, pixels), batch, lead)
    images = batch.x.reshape(-1, *shape)
    expected = np.zeros_like(images)
    for image, moved, numbers in zip(images, expected, taken.reshape(-1, 2), strict=True):
        down, right = (int(number * (2 * pixels + 1)) - pixels for number in numbers)
        for i in range(shape[0]):
            for j in range(shape[1]):
                if 0 <= i - down < shape[0] and 0 <= j - right < shape[1]:
                    moved[i, j] = image[i - down, j - right]
    np.testing.assert_array_equal(changed.x, expected.reshape(batch.x.shape))
    assert changed.x.dtype == dtype
    np.testing.assert_array_equal(changed.targets[0][1], batch.targets[0][1])


@NAMESPACES
def test_all_shifts_are_as_likely(xp):
    image = np.zeros((5, 7))
    image[2, 3] = 1
    batch = _batch(20_000, 35)._replace(x=np.tile(image.ravel(), (20_000, 1)))
    changed, _ = _changed(xp, RandomTranslation((5, 7), 1), batch)
    assert chisquare(changed.x.sum(axis=0).reshape(5, 7)[1:4, 2:5].ravel()).pvalue > 1e-3
    assert changed.x.sum() == 20_000


@NAMESPACES
@pytest.mark.parametrize("lead", [(), (2,)])
@pytest.mark.parametrize("shape", [(5, 4), (3, 4, 2)])
def test_flip_equals_numpy(shape, lead, xp):
    batch = _batch(40, int(np.prod(shape)), lead)
    changed, [taken] = _changed(xp, RandomFlip(shape), batch, lead)
    images = batch.x.reshape(*lead, 40, *shape)
    chosen = taken.reshape(*lead, 40, *[1] * len(shape)) < 0.5
    expected = np.where(chosen, np.flip(images, axis=len(lead) + 2), images)
    np.testing.assert_array_equal(changed.x, expected.reshape(batch.x.shape))
    assert 0.2 < chosen.mean() < 0.8


@NAMESPACES
@pytest.mark.parametrize("alpha", [0.1, 1.0, 8.0])
def test_shares_of_mixup_are_beta(alpha, xp):
    batch = _batch(10_000, 1)
    changed, _ = _changed(xp, Mixup(alpha), batch)
    share = changed.targets[0][1] / batch.targets[0][1]
    assert kstest(share, beta(alpha, alpha).cdf).pvalue > 1e-3
    assert kstest(share, beta(alpha * 1.2, alpha * 1.2).cdf).pvalue < 1e-3, "the test is to notice a fifth"


@NAMESPACES
def test_mixup_stays_finite_for_the_smallest_alpha_and_at_the_ends_of_the_uniform_numbers(xp):
    ends = xp.asarray(np.array([[0.0, 0.25, 0.5], [0.0, 0.5, 1 - 2.0**-24], [0.0, 0.25, 1 - 2.0**-24]]))
    for alpha in (1e-300, 1e-3, 1e6, 1e300):
        changed = _as_numpy(Mixup().change(xp, _within(xp, _batch(3, 4)), lambda shape: ends, alpha))
        assert np.isfinite(changed.x).all()
        assert all(np.isfinite(weights).all() for _, weights in changed.targets)


@NAMESPACES
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("lead", [(), (2,)])
def test_mixup_mixes_with_another_real_row(lead, dtype, xp):
    batch = _batch(60, 3, lead, dtype, n_rows=50)
    [(y, weights)] = batch.targets
    changed, _ = _changed(xp, Mixup(1.0), batch, lead)
    (own_y, own), (other_y, other) = changed.targets
    np.testing.assert_array_equal(own_y, y)
    for model in np.ndindex(lead):
        x, targets = batch.x[model], y[model]
        partner = [int(np.flatnonzero((targets == row).all(axis=1))[0]) for row in other_y[model]]
        share = own[model][:50] / weights[model][:50]
        expected = share[:, None] * x[:50] + (1 - share)[:, None] * x[partner[:50]]
        np.testing.assert_allclose(changed.x[model][:50], expected, rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(other[model][:50], (1 - share) * weights[model][partner[:50]], rtol=1e-4, atol=1e-6)
        assert not (np.array(partner[:50]) == np.arange(50)).any()
        assert max(partner) < 50
        assert len(set(partner)) > 20
        assert not other[model][50:].any(), "padding has no weight afterwards either"
        assert np.isfinite(changed.x).all()


@NAMESPACES
@pytest.mark.parametrize("n_rows", [0, 1])
def test_mixup_of_a_single_row_is_that_row_and_of_none_is_finite(n_rows, xp):
    batch = _batch(4, 3, n_rows=n_rows)
    changed, _ = _changed(xp, Mixup(0.5), batch)
    assert np.isfinite(changed.x).all()
    np.testing.assert_allclose(changed.x[:n_rows], batch.x[:n_rows])
    np.testing.assert_allclose(sum(weights for _, weights in changed.targets), batch.targets[0][1])


@NAMESPACES
def test_partners_are_drawn_evenly(xp):
    batch = _batch(20_000, 1, n_rows=20_000)
    changed, _ = _changed(xp, Mixup(1.0), batch)
    rows = {value: place for place, value in enumerate(batch.targets[0][0][:, 0])}
    distance = [rows[value] - place for place, value in enumerate(changed.targets[1][0][:, 0])]
    assert kstest(np.array(distance) % 20_000 / 20_000, "uniform").pvalue > 1e-3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_function_gets_other_uniform_numbers_at_each_call_and_step(dtype):
    seen, xp = [], tensor_namespace

    def spy(x, uniform):
        seen.append((uniform((30, 7)), uniform((30, 7))))
        return x + seen[-1][0][..., :3]

    batch = _within(xp, _batch(30, 3, (2,), dtype))
    spies = [AugmentationFunction(spy)] * 2
    results = [augmented(xp, spies, [(), ()], batch, _key(xp, (2,), step=step)) for step in (1, 2, 1)]
    numbers = np.stack([[part.numpy() for part in call] for call in seen]).reshape(3, 4, 2, 210)
    assert seen[0][0].dtype == dtype
    assert 0 <= numbers.min() < 0.01
    assert 0.99 < numbers.max() < 1
    np.testing.assert_array_equal(numbers[0], numbers[2])
    assert np.abs(np.corrcoef(numbers[:2].reshape(16, 210)) - np.eye(16)).max() < 0.3
    np.testing.assert_allclose(results[0].x, batch.x + seen[0][0][..., :3] + seen[1][0][..., :3], rtol=1e-6)
