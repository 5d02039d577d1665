"""Every picture of sklearn_ann.inspection, of networks trained on real data; half a minute.

Writes them to examples/output/.
"""

import warnings
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # files are written, no window opened

import matplotlib.pyplot as plt
from datasets import load
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import MLPClassifierTF, MLPRegressorTF, PerceptronClassifier
from sklearn_ann.activations import LeakyReLU
from sklearn_ann.callbacks import VitalSigns
from sklearn_ann.inspection import (
    ActivationDisplay,
    BoundaryDisplay,
    NetworkDisplay,
    TrainingCurveDisplay,
    VitalSignsDisplay,
    WeightImagesDisplay,
)
from sklearn_ann.normalizations import BatchNorm
from sklearn_ann.schedules import Cosine

OUTPUT = Path(__file__).parent / "output"


def main():
    warnings.simplefilter("ignore", ConvergenceWarning)  # fits are cut short here
    digits, labels = load("digits")
    split = train_test_split(digits, labels, random_state=0)
    flowers = load_iris(as_frame=True)
    petals, species = flowers.data.iloc[:, 2:], flowers.target_names[flowers.target]
    training_curves(*split)
    boundaries(petals, species)
    activations()
    vital_signs(digits, labels)
    weight_images(digits, labels)
    networks(flowers.data, species, digits, labels)


def save(display, name):
    OUTPUT.mkdir(exist_ok=True)
    display.figure_.savefig(OUTPUT / f"{name}.png", dpi=110)
    plt.close(display.figure_)
    print(OUTPUT / f"{name}.png")


def training_curves(X, X_val, y, y_val):
    model = MLPClassifierTF((50,), learning_rate=Cosine(), max_iter=60, random_state=0)
    model.fit(X, y, X_val=X_val, y_val=y_val)
    display = TrainingCurveDisplay.from_estimator(model, quantities=["loss", "score", "learning_rate"])
    save(display, "training_curve")

    display = None
    for solver in ("sgd", "adam", "nadam"):
        model = MLPClassifierTF((50,), solver=solver, max_iter=40, tol=0, n_iter_no_change=40, random_state=0)
        model.fit(X, y, X_val=X_val, y_val=y_val)
        display = TrainingCurveDisplay.from_estimator(model, name=solver, ax=display and display.axes_)
    save(display, "training_curve_solvers")

    perceptron = PerceptronClassifier(max_iter=40, tol=None).fit(X, y)
    save(TrainingCurveDisplay.from_estimator(perceptron), "training_curve_perceptron")


def boundaries(petals, species):
    setosa = [name if name == "setosa" else "other" for name in species]
    save(BoundaryDisplay.from_estimator(PerceptronClassifier().fit(petals, setosa), petals, setosa), "boundary_line")
    for name, last in (
        ("boundary_lines", PerceptronClassifier(average=True, max_iter=50, tol=None)),
        ("boundary_network", MLPClassifierTF((20, 20), activation="tanh", max_iter=300, random_state=0)),
    ):
        model = make_pipeline(StandardScaler(), last).fit(petals, species)
        save(BoundaryDisplay.from_estimator(model, petals, species, eps=0.5), name)


def activations():
    save(ActivationDisplay.from_activations(), "activations")
    few = ["relu", LeakyReLU(0.1), "elu", "gelu"]
    _, ax = plt.subplots(figsize=(6, 4), layout="constrained")
    save(ActivationDisplay.from_activations(few, ax=ax), "activations_few")


def vital_signs(X, y):
    deep = MLPClassifierTF((30,) * 20, max_iter=12, random_state=0).set_callbacks(VitalSigns())
    save(VitalSignsDisplay.from_estimator(deep.set_params(activation="logistic").fit(X, y)), "vital_signs_vanished")
    deep.set_params(activation="relu", kernel_initializer="he_normal", normalization="batch")
    save(VitalSignsDisplay.from_estimator(deep.fit(X, y)), "vital_signs_sound")


def weight_images(X, y):
    model = MLPClassifierTF((64,), alpha=0.1, max_iter=100, random_state=0).fit(X, y)
    save(WeightImagesDisplay.from_estimator(model), "weight_images")
    perceptron = PerceptronClassifier(average=True, max_iter=20, tol=None).fit(X, y)
    save(WeightImagesDisplay.from_estimator(perceptron, order="index"), "weight_images_perceptron")


def networks(flowers, species, X, y):
    model = MLPClassifierTF((8, 6), activation="tanh", standardize=True, max_iter=200, random_state=0)
    save(NetworkDisplay.from_estimator(model.fit(flowers, species)), "network_iris")
    model = MLPClassifierTF((50, 50, 16), normalization=BatchNorm(), skip_connections=True, max_iter=20, random_state=0)
    save(NetworkDisplay.from_estimator(model.fit(X, y)), "network_digits")
    frame, target = load_diabetes(return_X_y=True, as_frame=True)
    model = MLPRegressorTF((8,), wide=["bmi", "bp", "s5"], standardize=True, max_iter=200, random_state=0)
    save(NetworkDisplay.from_estimator(model.fit(frame, target)), "network_wide")
    save(NetworkDisplay.from_estimator(PerceptronClassifier().fit(flowers, species)), "network_perceptron")


if __name__ == "__main__":
    main()
