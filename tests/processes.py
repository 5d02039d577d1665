"""Processes for tests: forks of one that has imported pytest and the package, without TensorFlow.

A fork takes a hundredth of a second, an import two seconds. The first file to ask starts the server for all of them.
"""

import multiprocessing


def start_process(target, *arguments):
    """A process that runs a function of a module, and is running."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "sklearn_ann.model_selection"])  # others may have set something else
    process = context.Process(target=target, args=arguments)
    process.start()
    return process
