"""Small Keras networks that the tests of the wrappers build, and parameters that train them without tracing."""

import gc

import keras

QUICK = {"optimizer": "adam", "epochs": 1, "batch_size": 75, "verbose": 0, "run_eagerly": True}


def network(n_features, n_units, activation, hidden=(4,), dtype=None):
    layers = [keras.layers.Dense(size, activation="relu", dtype=dtype) for size in hidden]
    output = keras.layers.Dense(n_units, activation=activation, dtype=dtype, name="out")
    return keras.Sequential([keras.Input((n_features,), dtype=dtype), *layers, output])


def classifier_network(meta, hidden=(4,), dtype=None):
    kind, n_classes = meta["target_type_"], meta["n_classes_"]
    if kind == "binary":
        return network(meta["n_features_in_"], 1, "sigmoid", hidden, dtype)
    activation = "sigmoid" if kind == "multilabel-indicator" else "softmax"
    return network(meta["n_features_in_"], n_classes, activation, hidden, dtype)


def regressor_network(meta, hidden=(4,), dtype=None):
    return network(meta["n_features_in_"], meta["n_outputs_"], None, hidden, dtype)


def collect_iterators():
    """Delete the iterators of Keras' fits that ended within an epoch, while they are young.

    Keras leaves them in a cycle. TensorFlow tunes them in a thread that sleeps twice as long each time, up to a minute,
    and may miss that it is to end (its cancellation is set after it has been woken). Whichever test the garbage
    collector comes in waits until that thread wakes: 40 s, now and then.
    """
    gc.collect()
