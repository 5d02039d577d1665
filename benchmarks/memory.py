"""Memory of a large fit against its bound: ``python -m benchmarks.memory``.

A fit of 200,000 rows by 500 columns in float32 may need 1.3 times the data's own size and 700 MB, TensorFlow included,
above what the process held before it. The fit runs in a process of its own; "before" is read when NumPy, scikit-learn
and this package are imported and the data are made, and the peak is counted from there.
"""

import json
import subprocess
import sys

from . import machine, report

N_ROWS, N_FEATURES, EPOCHS = 200_000, 500, 2
DATA_SHARE, FIXED = 1.3, 700e6


def main():
    if sys.argv[1:] == ["--work"]:
        fit_and_print()
        return
    command = [sys.executable, "-m", "benchmarks.memory", "--work"]
    printed = subprocess.run(command, cwd=machine.REPOSITORY, stdout=subprocess.PIPE, text=True, check=True).stdout
    results = {"machine": machine.describe(), **json.loads(printed.splitlines()[-1])}
    needed, bound = results["peak"] - results["before"], DATA_SHARE * results["data"] + FIXED
    rows = [
        ["the data", f"{results['data'] / 1e6:.0f}"],
        ["resident before the fit", f"{results['before'] / 1e6:.0f}"],
        ["needed by the fit: peak - before", f"{needed / 1e6:.0f}"],
        ["allowed: 1.3 x data + 700", f"{bound / 1e6:.0f}"],
    ]
    text = report.as_table(["MB", ""], rows) + "\n\n" + report.machine_line(results["machine"])
    print(text)
    report.write_section("memory", text)
    report.save_json("memory", results)
    sys.exit(0 if needed <= bound else f"FAILED: the fit needed {needed / bound:.2f} times what it may.")


def fit_and_print():
    import warnings

    import numpy as np

    from sklearn_ann import MLPClassifierTF

    warnings.simplefilter("ignore")  # two epochs are not to converge
    X = np.random.default_rng(0).standard_normal((N_ROWS, N_FEATURES), dtype=np.float32)
    y = (X[:, 0] + X[:, 1] > 0).astype(np.int64)
    machine.reset_peak_memory()
    before = machine.resident_memory()
    MLPClassifierTF(max_iter=EPOCHS, random_state=0).fit(X, y)
    print(json.dumps({"data": X.nbytes, "before": before, "peak": machine.peak_memory()}))


if __name__ == "__main__":
    main()
