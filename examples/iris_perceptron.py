"""The textbook's perceptron: iris by petal length and width, setosa or not, with its decision boundary.

scikit-learn's Perceptron predicts the same for every flower and every point of the picture.
"""

import sys
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # a file is written, no window opened

import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.inspection import DecisionBoundaryDisplay
from sklearn.linear_model import Perceptron

from sklearn_ann import PerceptronClassifier

PICTURE = Path(__file__).parent / "output" / "iris_perceptron.png"


def main():
    X, y = load("iris")
    X, y = X[:, 2:], np.where(y == 0, "setosa", "other")
    ours = PerceptronClassifier(shuffle=False).fit(X, y)
    theirs = Perceptron(shuffle=False).fit(X, y)
    print(f"PerceptronClassifier: weights {ours.coef_[0]}, intercept {ours.intercept_}, epochs {ours.n_iter_}")
    print(f"Perceptron:           weights {theirs.coef_[0]}, intercept {theirs.intercept_}, epochs {theirs.n_iter_}")
    print("a flower of petal length 2 and width 0.5:", ours.predict([[2, 0.5]])[0])
    print(f"accuracy on all flowers {ours.score(X, y):.3f}; picture: {draw(ours, X, y)}")
    points = np.column_stack([axis.ravel() for axis in np.meshgrid(np.linspace(0, 7, 200), np.linspace(0, 3, 200))])
    if np.any(ours.predict(points) != theirs.predict(points)):
        sys.exit("The two perceptrons predict differently.")


def draw(perceptron, X, y):
    """Draw the flowers and the side of the boundary that each point lies on; return the file."""
    figure, axes = plt.subplots(figsize=(7, 4), layout="constrained")
    DecisionBoundaryDisplay.from_estimator(
        perceptron,
        X,
        response_method="predict",
        plot_method="pcolormesh",
        grid_resolution=300,
        cmap="Pastel1_r",
        ax=axes,
    )
    for label, marker in (("setosa", "o"), ("other", "s")):
        axes.scatter(*X[y == label].T, marker=marker, edgecolors="black", label=label)
    axes.set(xlabel="petal length, cm", ylabel="petal width, cm", title="Perceptron: setosa or not")
    axes.legend(loc="upper left")
    PICTURE.parent.mkdir(exist_ok=True)
    figure.savefig(PICTURE, dpi=120)
    return PICTURE


if __name__ == "__main__":
    main()
