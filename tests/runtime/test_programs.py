"""The program cache: one compilation per key, the oldest dropped."""

import threading

import numpy as np

from sklearn_ann.runtime import programs
from sklearn_ann.runtime.backend import tf
from sklearn_ann.runtime.programs import Compiled, compilation_count, program_for


def _build_scaled(key):
    return Compiled(lambda x: x * tf.constant(key, tf.float64))


def test_equal_keys_share_a_program_and_compile_once():
    before = compilation_count()
    first, second = program_for(_build_scaled, 3.0), program_for(_build_scaled, 3.0)
    assert first is second
    np.testing.assert_array_equal(first(tf.constant([1.0, 2.0], tf.float64)), [3.0, 6.0])
    np.testing.assert_array_equal(second(tf.constant([2.0, 2.0], tf.float64)), [6.0, 6.0])
    assert compilation_count() - before == 1


def test_threads_compile_once():
    program, before = Compiled(lambda x: x + 1), compilation_count()
    results = []
    threads = [
        threading.Thread(target=lambda i=i: results.append(float(program(tf.constant(float(i)))))) for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [float(i + 1) for i in range(8)]
    assert compilation_count() - before == 1


def test_the_cache_is_bounded_and_drops_the_least_recently_used():
    old, used = program_for(_build_scaled, -1.0), program_for(_build_scaled, -2.0)
    for i in range(programs._CAPACITY - 2):
        program_for(_build_scaled, 1000.0 + i)
    assert program_for(_build_scaled, -2.0) is used  # used again: now the newest, so that -1 is the oldest
    program_for(_build_scaled, 2000.0)
    assert program_for(_build_scaled, -2.0) is used
    assert program_for(_build_scaled, -1.0) is not old
    assert len(programs._programs) == programs._CAPACITY
