"""One system in one process: ``python -m benchmarks.worker <system> <task as JSON> <data.npz>``.

Requests come line by line on standard input, each is answered by a line of JSON on standard output: "fit" trains a
fresh network and is timed from the request on, the first one including the import of the system's library; "predict"
times predictions of the network trained last and tells the peak of memory.
"""

import json
import os
import statistics
import sys
import time
import warnings

import numpy as np

from . import machine
from .systems import SYSTEMS, Task


def main():
    system, task, path = sys.argv[1], Task(**json.loads(sys.argv[2])), sys.argv[3]
    warnings.simplefilter("ignore")  # mostly that training has not converged, which is not asked of it here
    replies = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # whatever a library prints must not end up among the replies
    with np.load(path) as data:
        X, y = data["X"], data["y"]

    start = time.perf_counter()
    model = SYSTEMS[system](task)
    importing = time.perf_counter() - start
    for line in sys.stdin:
        if line.strip() == "fit":
            start = time.perf_counter()
            model.fit(X, y)
            seconds = time.perf_counter() - start + importing
            importing = 0.0
            reply = {"seconds": seconds, "score": score(task, y, model.predict(X))}
        else:
            reply = {
                "predict_one": median_time(lambda: model.predict(X[:1]), repeats=1000),
                "predict_all": median_time(lambda: model.predict(X), repeats=3),
                "peak_memory": machine.peak_memory(),
            }
        print(json.dumps(reply), file=replies)


def score(task, y, predicted):
    """Return the accuracy, or R2 for regression: one formula for all systems."""
    if task.kind == "regressor":
        y = y.astype(np.float64)
        return float(1 - np.sum((y - predicted) ** 2) / np.sum((y - y.mean()) ** 2))
    return float(np.mean(y == predicted))


def median_time(call, repeats, budget=1.0):
    """Return the median seconds of so many calls, or of as many as fit into ``budget`` seconds."""
    call()  # a first call may compile
    times = []
    while len(times) < repeats and (len(times) < 3 or sum(times) < budget):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


if __name__ == "__main__":
    main()
