"""joblib's workers, each of which gets its next task when it is free.

Comes in: a function that chooses the next task by what has ended until then. Goes out: results, in the order of time.
It knows nothing of searches.
"""

from __future__ import annotations

from collections import deque
from itertools import islice

from sklearn.utils.parallel import Parallel

__all__ = ["OnDemandParallel"]


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
