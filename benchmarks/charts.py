"""The charts at the top of ``docs/benchmarks.md``, from the JSON files in ``benchmarks/results/``.

``python -m benchmarks.charts`` draws them into ``docs/images/``: how many times as long as ours scikit-learn takes.
"""

import json

import matplotlib

matplotlib.use("Agg")  # files are written, no window opened

import matplotlib.pyplot as plt

from .machine import REPOSITORY

RESULTS = REPOSITORY / "benchmarks" / "results"
IMAGES = REPOSITORY / "docs" / "images"
SEARCHES = {
    "textbook": "random search, digits",
    "digits": "grid search, digits",
    "grid": "grid search, iris",
    "population": "population, iris",
}


def main():
    first, searches = read("first-fits"), read("searches")["searches"]
    draw(
        "benchmarks_first_fits",
        "First fit and predict in a fresh process, imports left out",
        {name: times["sklearn"]["seconds"] / times["ours"]["seconds"] for name, times in first["tasks"].items()},
        first["machine"],
    )
    draw(
        "benchmarks_searches",
        "Searches in a fresh process",
        {
            f"{SEARCHES.get(each['search'], each['search'])}, {each['n_jobs']} job{'s' * (each['n_jobs'] > 1)}": (
                each["seconds"]["sklearn"] / each["seconds"]["ours"]
            )
            for each in searches
        },
        read("searches")["machine"],
    )
    for dtype in ("float32", "float64"):
        fits = read(f"fits-{dtype}")
        draw(
            f"benchmarks_fits_{dtype}",
            f"Later fits in the same process, {dtype}",
            {
                task["name"]: task["systems"]["sklearn"]["warm"] / task["systems"]["ours"]["warm"]
                for task in fits["tasks"]
            },
            fits["machine"],
        )


def read(name):
    """Return one file of results."""
    return json.loads((RESULTS / f"{name}.json").read_text())


def draw(name, title, ratios, machine):
    """Draw one bar per task, and write machine and commit below."""
    figure, ax = plt.subplots(figsize=(7, 0.9 + 0.32 * len(ratios)), layout="constrained")
    bars = ax.barh(list(ratios), list(ratios.values()), color="#0a7d91")
    ax.bar_label(bars, fmt=" %.1f", fontsize=9)
    ax.axvline(1, color="black", linewidth=0.8)
    ax.invert_yaxis()
    ax.set(title=title, xlim=(0, 1.1 * max(ratios.values())))
    ax.set_xlabel(
        f"time of scikit-learn / ours (commit {machine['commit']}, {machine['processor']}, {machine['cores']} cores)"
    )
    ax.xaxis.label.set_fontsize(9)
    ax.tick_params(labelsize=9)
    ax.spines[["top", "right"]].set_visible(False)
    figure.savefig(IMAGES / f"{name}.png", dpi=100)
    plt.close(figure)


if __name__ == "__main__":
    main()
