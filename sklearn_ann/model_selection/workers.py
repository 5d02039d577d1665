"""joblib's workers: arguments that each of them gets once, and tasks that are chosen when one of them is free.

Comes in: tasks, or a function that chooses the next one by what has ended until then. Goes out: results, in the order
of time. It knows nothing of searches.
"""

from __future__ import annotations

from collections import deque
from functools import partial
from itertools import islice
from numbers import Integral

from joblib.parallel import get_active_backend
from sklearn.utils._param_validation import Interval
from sklearn.utils.parallel import Parallel, delayed

__all__ = ["N_JOBS", "OnDemandParallel", "tasks_sharing"]

N_JOBS = [Interval(Integral, 1, None, closed="left"), Interval(Integral, None, -1, closed="right"), None]
"""Constraint of the parameter ``n_jobs``: joblib, too, refuses 0, but only if a search calls it."""


def tasks_sharing(**shared):
    """Make tasks for joblib that have some keyword arguments in common, which are shipped once.

    joblib's Dask backend ships an argument once, but not what a function holds. Its Ray backend pickles arguments with
    every task; they are therefore put into Ray's object store, which frees them when the tasks are gone.

    Parameters
    ----------
    **shared
        Arguments of all tasks.

    Returns
    -------
    callable
        ``task(function, *args, **kwargs)``, as ``delayed(function)(*args, **kwargs, **shared)``.
    """
    backend, _ = get_active_backend()
    if type(backend).__module__.partition(".")[0] != "ray":
        return lambda function, *args, **kwargs: delayed(function)(*args, **kwargs, **shared)
    import ray

    reference = ray.put(shared)
    return lambda function, *args, **kwargs: delayed(partial(_fetching, reference, function))(*args, **kwargs)


def _fetching(reference, function, *args, **kwargs):
    import ray

    return function(*args, **kwargs, **ray.get(reference))


class OnDemandParallel(Parallel):
    """joblib's Parallel, for tasks that depend on the results of others.

    joblib draws tasks in its own threads, ``n_jobs`` of them at a time. Here the thread that reads the results draws
    them, one by one.

    Parameters
    ----------
    n_jobs : int or None

    Raises
    ------
    ValueError
        If joblib's backend does not give each result as soon as it is there.
    """

    def __init__(self, n_jobs):
        super().__init__(n_jobs=n_jobs, return_as="generator_unordered", batch_size=1)

    def as_completed(self, choose):
        """Yield results in the order of time.

        Parameters
        ----------
        choose : callable
            ``choose()`` gives the next task (as of ``delayed``), or None if there is none until another has ended. It
            is called when a worker is free. The end: there is none, and no worker has one.
        """
        n_workers = self._effective_n_jobs()  # Dask's workers, whatever n_jobs is
        if n_workers == 1:
            yield from self(iter(choose, None))
            return
        tasks = deque(islice(iter(choose, None), n_workers))
        if not tasks:
            return

        def drawn():
            while tasks:
                yield tasks.popleft()

        self.pre_dispatch = n_running = len(tasks)
        for result in self(drawn()):
            yield result
            n_running -= 1
            for task in islice(iter(choose, None), n_workers - n_running):
                tasks.append(task)
                n_running += 1
                super().dispatch_next()
            if n_running == 0:
                super().dispatch_next()  # finds no task: the end

    def dispatch_one_batch(self, iterator):
        """Draw one task, not ``n_jobs``."""
        return super().dispatch_one_batch(islice(iterator, 1))

    def dispatch_next(self):
        """Leave it to :meth:`as_completed`: joblib's threads do not know the results yet."""
