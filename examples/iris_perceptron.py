"""
The perceptron on iris
======================

Tell setosa from the other species by petal length and width, the first example of most textbooks. scikit-learn's
``Perceptron`` finds the same line.
"""

# %%
import matplotlib.pyplot as plt
import numpy as np
from datasets import load
from sklearn.linear_model import Perceptron
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklearn_ann import PerceptronClassifier
from sklearn_ann.inspection import BoundaryDisplay, TrainingCurveDisplay

X, y = load("iris")
petals, species = X[:, 2:], np.array(["setosa", "versicolor", "virginica"])[y]
setosa = np.where(y == 0, "setosa", "other")

perceptron = PerceptronClassifier(shuffle=False).fit(petals, setosa)
theirs = Perceptron(shuffle=False).fit(petals, setosa)
print("weights", perceptron.coef_, "scikit-learn's", theirs.coef_)
print("a flower of petal length 2 and width 0.5:", perceptron.predict([[2, 0.5]])[0])

display = BoundaryDisplay.from_estimator(perceptron, petals, setosa)
labels = {"xlabel": "petal length, cm", "ylabel": "petal width, cm"}
display.ax_.set(**labels)

# %%
# Both perceptrons predict the same at every point of the plane.
plane = np.column_stack([axis.ravel() for axis in np.meshgrid(np.linspace(0, 7, 200), np.linspace(0, 3, 200))])
assert np.array_equal(perceptron.predict(plane), theirs.predict(plane))

# %%
# Three species
# -------------
# Each species has a unit to tell it from the other two. No line separates versicolor, which is in the middle, so its
# unit never stops making mistakes. With ``average=True``, the mean of the weights over all steps gives a stable
# line.
figure, axes = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
for ax, average in zip(axes, (False, True), strict=True):
    model = make_pipeline(StandardScaler(), PerceptronClassifier(average=average, max_iter=50, tol=None))
    model.fit(petals, species)
    BoundaryDisplay.from_estimator(model, petals, species, eps=0.5, ax=ax)
    ax.set(title=f"average={average}: accuracy {model.score(petals, species):.2f}", **labels)

# %%
# Mistakes by epoch
# -----------------
# If a line exists, the number of mistakes falls to zero (Novikoff, 1962).
TrainingCurveDisplay.from_estimator(PerceptronClassifier(max_iter=20, tol=None).fit(petals, setosa))
plt.show()
