"""What the benchmarks say about the place they ran in: commit, processor, versions, memory, matrix-product peak."""

import importlib.metadata
import os
import platform
import subprocess
import time
from pathlib import Path

__all__ = ["REPOSITORY", "describe", "matmul_peak", "peak_memory", "reset_peak_memory", "resident_memory"]

REPOSITORY = Path(__file__).resolve().parents[1]
_LIBRARIES = ("numpy", "scipy", "scikit-learn", "tensorflow", "keras", "keras-tuner", "scikeras", "torch", "skorch")


def describe():
    """Return commit, processor, cores, Python and library versions as a dictionary of strings and numbers."""
    return {
        "commit": _commit(),
        "date": time.strftime("%Y-%m-%d"),
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "python": platform.python_version(),
        "versions": {name: version for name in _LIBRARIES if (version := _version(name))},
    }


def matmul_peak(dtype, size=2048, repeats=5):
    """Return this machine's matrix-product rate as NumPy reaches it, in floating-point operations a second."""
    import numpy as np

    a = np.random.default_rng(0).random((size, size)).astype(dtype)
    a @ a  # the first product starts the threads
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        a @ a
        times.append(time.perf_counter() - start)
    return 2 * size**3 / min(times)  # a peak, so the best of them


def resident_memory():
    """Return this process' resident memory in bytes."""
    return _memory("VmRSS")


def peak_memory():
    """Return the highest resident memory of this process so far, in bytes.

    ``resource.getrusage`` would do, but on Linux its peak survives ``exec``: a child starts with its parent's.
    """
    return _memory("VmHWM")


def reset_peak_memory():
    """Make ``peak_memory`` start from the present."""
    Path("/proc/self/clear_refs").write_text("5")


def _memory(field):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return 1024 * int(line.split()[1])
    raise OSError(f"/proc/self/status has no {field}")


def _commit():
    def git(*arguments):
        return subprocess.run(["git", *arguments], cwd=REPOSITORY, capture_output=True, text=True).stdout.strip()

    # What the benchmarks themselves write does not make the measured code another one.
    changed = git("status", "--porcelain", "--", ".", ":!benchmarks/results", ":!docs/benchmarks.md", ":!docs/images")
    return (git("rev-parse", "--short", "HEAD") or "no commit") + (" (dirty)" if changed else "")


def _processor():
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
