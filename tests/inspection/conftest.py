"""Figures are drawn without a window, to the end, and closed."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import pytest


@pytest.fixture(autouse=True)
def drawn_and_closed():
    yield
    for number in plt.get_fignums():
        plt.figure(number).canvas.draw()  # warnings of Matplotlib's layout come here
    plt.close("all")
