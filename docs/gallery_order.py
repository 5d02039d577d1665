"""The order of the gallery, that of a textbook: from one threshold unit to tuned deep networks."""

ORDER = [
    "logic_gates.py",
    "iris_perceptron.py",
    "playground.py",
    "activation_functions.py",
    "california_housing.py",
    "fashion_mnist.py",
    "wide_and_deep.py",
    "weight_images.py",
    "vanishing_gradients.py",
    "batch_normalization.py",
    "mc_dropout.py",
    "transfer_learning.py",
    "reuse_layers.py",
    "pretraining.py",
    "compare_optimizers.py",
    "learning_rate_range.py",
    "learning_rate_schedules.py",
    "early_stopping.py",
    "tensorboard_runs.py",
    "keras_export.py",
    "keras_wide_and_deep.py",
    "search_layer_sizes.py",
    "search_optuna.py",
    "search_keras_tuner.py",
    "search_fashion_mnist.py",
    "mnist_exercise.py",
    "prediction_intervals.py",
]


def gallery_order(name):
    """Position of an example in the gallery; a new one has to be entered in ``ORDER``."""
    return ORDER.index(name)
