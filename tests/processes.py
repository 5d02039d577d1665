"""Processes for tests that kill them: forks of one that has imported pytest and the package, without TensorFlow.

A fork takes a hundredth of a second, an import two seconds. The first file to ask starts the server for all of them.
"""

import multiprocessing

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["pytest", "sklearn_ann.model_selection"])
