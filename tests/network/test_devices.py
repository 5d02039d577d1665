"""Where a fit runs: names, refusals, and real placement on two logical CPU devices in a process of its own."""

import subprocess
import sys
import textwrap

import pytest

from sklearn_ann.network.devices import resolve_device


@pytest.mark.parametrize(("device", "name"), [("cpu", "/CPU:0"), ("cpu:0", "/CPU:0")])
def test_names(device, name):
    assert resolve_device(device) == name


@pytest.mark.parametrize("device", ["cpu:9", "gpu:7", "tpu", "banana", "gpu:-1", ""])
def test_a_device_that_is_not_there_is_refused_in_one_sentence(device):
    with pytest.raises(ValueError, match=r"device=.*; use device='auto' or device='cpu'\."):
        resolve_device(device)


def test_a_fit_runs_on_the_device_that_was_asked_for():
    script = """
        import numpy as np
        from sklearn_ann.network.backend import tf
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
        models = [MLPClassifierTF((4,), max_iter=3, random_state=0, device=d) for d in ("cpu:0", "cpu:1", "auto")]
        import warnings
        warnings.simplefilter("ignore")
        for model in models:
            model.fit(X, y)
        assert seen == [{"device:CPU:0"}, {"device:CPU:1"}, {"device:CPU:0"}], seen
        for model in models[1:]:
            for a, b in zip(models[0].coefs_, model.coefs_):
                np.testing.assert_array_equal(a, b)
        print("placed")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True)
    assert done.stdout == "placed\n", done.stderr
