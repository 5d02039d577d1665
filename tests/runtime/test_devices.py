"""Where a fit runs: names, refusals, and real placement on two logical CPU devices in a process of its own."""

import sys
import textwrap

import numpy as np
import pytest

from sklearn_ann import MLPClassifierTF
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.devices import resolve_device
from tests.forks import run_fork


@pytest.mark.parametrize(("device", "name"), [("cpu", "/CPU:0"), ("cpu:0", "/CPU:0"), ("CPU:0", "/CPU:0")])
def test_names(device, name):
    assert resolve_device(device) == name


@pytest.mark.parametrize("device", ["cpu:9", "gpu:7"])
def test_a_device_that_is_not_there_is_refused_in_one_sentence(device):
    with pytest.raises(ValueError, match=r"device=.*; use device='auto' or device='cpu'\."):
        resolve_device(device)


@pytest.mark.parametrize("device", ["cuda", "cuda:1", "tpu", "banana", "gpu:-1", "auto:1", ""])
def test_a_name_of_no_device_is_refused_with_those_that_are(device):
    with pytest.raises(ValueError, match=r"device must be 'auto', 'cpu', 'gpu' or .*, got .*; use .* device='gpu' for"):
        resolve_device(device)


# TensorFlow's own rules for GPUs, on two that only its Python side believes in. Each case is a fork of one interpreter,
# in which TensorFlow has not started.
GPUS = """
import os
from sklearn_ann.runtime.backend import context, tf
from sklearn_ann.runtime.devices import resolve_device
context = context.context()
context._initialize_physical_devices()
gpus = [tf.config.PhysicalDevice(f"/physical_device:GPU:{number}", "GPU") for number in range(2)]
context._physical_devices += gpus
context._visible_device_list += gpus
context._physical_device_to_index.update({gpu: number for number, gpu in enumerate(gpus)})
context._memory_growth_map.update(dict.fromkeys(gpus))

def show(own):
    if os.fork() == 0:
        own()
        device = resolve_device("auto")
        print(device, *map(tf.config.experimental.get_memory_growth, gpus), flush=True)
        os._exit(0)
    assert os.wait()[1] == 0

show(lambda: None)
show(lambda: tf.config.set_visible_devices([], "GPU"))
show(lambda: tf.config.set_visible_devices(gpus[1:], "GPU"))
limit = tf.config.LogicalDeviceConfiguration(memory_limit=99)
show(lambda: tf.config.set_logical_device_configuration(gpus[0], [limit]))
show(lambda: [tf.config.experimental.set_memory_growth(gpu, False) for gpu in gpus])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="forks")
def test_memory_grows_unless_the_user_has_configured_a_gpu():
    done = run_fork(GPUS, imports="tensorflow")
    # TensorFlow makes no logical device of either GPU, so that auto is the CPU each time.
    expected = ["True True", "None None", "None True", "None None", "False False"]
    assert done.stdout.splitlines() == [f"/CPU:0 {growth}" for growth in expected], done.stderr


def test_auto_is_a_gpu_that_tensorflow_sees(monkeypatch):
    there = {"CPU": ["CPU:0"], "GPU": ["GPU:0"]}
    logical = tf.config.LogicalDevice
    monkeypatch.setattr(
        tf.config, "list_logical_devices", lambda kind: [logical(f"/device:{name}", kind) for name in there[kind]]
    )
    assert [resolve_device(device) for device in ("auto", "gpu", "GPU:0", "cpu")] == ["/GPU:0"] * 3 + ["/CPU:0"]
    there["GPU"] = []  # hidden by the user
    assert resolve_device("auto") == "/CPU:0"


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of thirty epochs
@pytest.mark.parametrize("device", ["gpu", "cpu:1"])
def test_a_large_prediction_is_made_where_the_device_of_the_training_is_not(device, monkeypatch):
    X, y = np.random.RandomState(0).normal(size=(40, 3)), np.arange(40) % 2
    model = MLPClassifierTF((4,), max_iter=30, tol=0, n_iter_no_change=30, random_state=0).fit(X, y)
    expected = model.predict_proba(X)
    model.set_params(device=device)  # as if it had been trained there
    monkeypatch.setattr("sklearn_ann.estimators.fitted.is_large", lambda *_: True)
    np.testing.assert_allclose(model.predict_proba(X), expected, rtol=1e-12)  # NumPy's, to rounding
    with pytest.raises(ValueError, match="is not there"):
        model.fit(X, y)


def test_a_fit_runs_on_the_device_that_was_asked_for():
    script = """
        import numpy as np
        from sklearn_ann.runtime.backend import tf
        cpu, = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
        from sklearn_ann import MLPClassifierTF
        from sklearn_ann.engines.tensorflow import stochastic as epochs

        seen = []
        advance = epochs._Loop._advance

        def spy(self, n_done, n_epochs):
            state, curves = advance(self, n_done, n_epochs)
            seen.append({tensor.device.rsplit("/")[-1] for tensor in tf.nest.flatten((state, self.data))})
            return state, curves

        epochs._Loop._advance = spy
        X, y = np.random.RandomState(0).normal(size=(40, 3)), np.arange(40) % 2
        compiled = {"max_iter": 3, "random_state": 0, "backend": "tensorflow"}
        models = [MLPClassifierTF((4,), device=device, **compiled) for device in ("cpu:0", "cpu:1", "auto")]
        import warnings
        warnings.simplefilter("ignore")
        for model in models:
            model.fit(X, y)
        assert seen == [{"device:CPU:0"}, {"device:CPU:1"}, {"device:CPU:0"}], seen
        for model in models[1:]:
            for a, b in zip(models[0].coefs_, model.coefs_):
                np.testing.assert_array_equal(a, b)

        from sklearn_ann.engines.tensorflow import lbfgs

        def as_tensor(array, original=lbfgs.as_tensor):
            tensor = original(array)
            placed.add(tensor.device.rsplit("/")[-1])
            return tensor

        lbfgs.as_tensor, placed = as_tensor, set()
        MLPClassifierTF((4,), max_iter=3, random_state=0, solver="lbfgs", device="cpu:1").fit(X, y)
        assert placed == {"device:CPU:1"}, placed
        print("placed")
    """
    done = run_fork(textwrap.dedent(script), imports="tensorflow")
    assert done.stdout == "placed\n", done.stderr
