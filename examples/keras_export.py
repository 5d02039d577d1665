"""
From and to Keras
=================

Use Keras' callbacks in a fit, and convert a fitted network to a Keras model, to load it without this package or to use
its layers in your own model.
"""

# %%
# Keras callbacks
# ---------------
import tempfile
import warnings
from pathlib import Path

import keras
import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split

from sklearn_ann import MLPClassifierTF
from sklearn_ann.keras import KerasCallback, keras_model

warnings.simplefilter("ignore", ConvergenceWarning)  # max_iter is a choice here
keras.utils.set_random_seed(0)  # for the head that Keras trains below
try:
    X, y = load("fashion_10k", np.float32)
except FileNotFoundError as reason:
    print(reason, "Using the digits instead.")
    X, y = load("digits", np.float32)
X_train, X_val, y_train, y_val = train_test_split(X, y, random_state=0)

stop = KerasCallback(keras.callbacks.EarlyStopping(monitor="val_loss", patience=3))
model = MLPClassifierTF((100, 50), max_iter=50, random_state=0).set_callbacks(stop)
model.fit(X_train, y_train, X_val=X_val, y_val=y_val)
print(model.n_iter_, "epochs,", model.stop_reason_)

# %%
# A Keras model with the same predictions
# ---------------------------------------
exported = keras_model(model)
with tempfile.TemporaryDirectory() as folder:
    exported.save(Path(folder) / "network.keras")
    restored = keras.saving.load_model(Path(folder) / "network.keras")
restored.summary()
difference = abs(restored.predict(X_val, verbose=0) - model.predict_proba(X_val)).max()
print(f"largest difference of a probability: {difference:.1e}")

# %%
# Its layers in your own model
# ----------------------------
# Freeze the hidden layers and train a new head for another task: whether an image shows one of the first five classes.
features = keras.Model(exported.inputs, exported.get_layer("output").input)
features.trainable = False
own = keras.Sequential([features, keras.layers.Dense(1, activation="sigmoid")])
own.compile(loss="binary_crossentropy", optimizer=keras.optimizers.Adam(0.01), metrics=["accuracy"])
history = own.fit(X_train, y_train < 5, epochs=10, validation_data=(X_val, y_val < 5), verbose=0).history

_, ax = plt.subplots(figsize=(7, 4), layout="constrained")
for name in ("accuracy", "val_accuracy"):
    ax.plot(range(1, 11), history[name], label=name)
ax.set(xlabel="epoch", ylabel="accuracy of the new head")
ax.legend()
plt.show()
