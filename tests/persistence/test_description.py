"""Descriptions: the same for values that are the same, made twice or in another process; different for others."""

import dataclasses
import functools
import operator
import re
import sys
import threading

import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.metrics import f1_score, make_scorer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from sklearn_ann.persistence.description import described, difference

COSTS = {"a": 1, "b": 2}


def adding(number, inner=None):
    def add(value, *, times=1):
        return times * (value + number) + (0 if inner is None else inner(value)) + COSTS["a"]

    return add


def of_code(text):
    """A function as a script would have it."""
    names = {}
    exec(text, names)
    return names["f"]


class Plain:
    kind = "plain"

    def __init__(self, number):
        self.number, self.lock, self.me = number, threading.Lock(), self

    def method(self, value):
        return value + self.number


class Slotted:
    __slots__ = ("number",)

    def __init__(self, number):
        self.number = number


class Told:
    """Its text is what it is, whatever it counts."""

    def __init__(self, number):
        self.number, self.n_calls = number, np.random.randint(2**31)

    def __repr__(self):
        return f"Told({self.number})"


@dataclasses.dataclass
class Data:
    number: int
    array: np.ndarray


def class_with(number):
    class Made:
        def method(self):
            return number

    return Made()


def frame(number):
    """A data frame whose columns are kept one by one, until it is copied."""
    frame = pytest.importorskip("pandas").DataFrame(index=[3, 1])
    for name in "ab":
        frame[name] = [number, 0.5]
    frame["word"] = ["x", "y"]
    return frame


MAKERS = {
    "closure": adding,
    "closure in a closure": lambda number: adding(0, adding(number)),
    "default": lambda number: of_code(f"def f(x={number}): return x"),
    "keyword default": lambda number: of_code(f"def f(*, x={number}): return x"),
    "constant": lambda number: of_code(f"f = lambda x: x + {number}"),
    "constant of an inner function": lambda number: of_code(f"f = lambda: lambda x: x + {number}"),
    "global": lambda number: of_code(f"number = {number}\ndef f(x): return x + number"),
    "function it calls": lambda number: of_code(f"def g(x): return {number}\ndef f(x): return g(x) and f(x)"),
    "operation": lambda number: of_code(f"def f(x): return x {'+-'[number]} 1"),
    "attribute read": lambda number: of_code(f"def f(x): return x.{'ab'[number]}"),
    "partial": lambda number: functools.partial(operator.add, number),
    "cached function": lambda number: functools.cache(adding(number)),
    "bound method": lambda number: Plain(number).method,
    "object": Plain,
    "slots": Slotted,
    "own text": Told,
    "dataclass": lambda number: Data(number, np.zeros(2)),
    "long array": lambda number: Data(0, np.r_[np.zeros(5000), number, np.zeros(5000)]),
    "object array": lambda number: np.array([None, number], object),
    "frame": lambda number: frame(number),
    "column of a frame": lambda number: frame(number)["a"],
    "index of a frame": lambda number: frame(0).set_axis([3, number]),
    "names of a frame": lambda number: frame(0).set_axis(["a", "b", str(number)], axis=1),
    "dtypes of a frame": lambda number: frame(0).astype({"a": f"float{(32, 64)[number]}"}),
    "class of a function": class_with,
    "scorer": lambda number: make_scorer(adding(number)),
    "scorer with settings": lambda number: make_scorer(f1_score, pos_label=number),
    "pipeline": lambda number: make_pipeline(StandardScaler(), FunctionTransformer(adding(number))),
    "fitted": lambda number: StandardScaler().fit([[number], [2]]),
    "state of random_state": lambda number: FitsAtRandom(np.random.RandomState(number)),
    "set": lambda number: {"a", "b", "c", number, adding(number)},
    "keys": lambda number: {number: 0, "a": 1},
    "pattern": lambda number: re.compile(f"{number}"),
}


class FitsAtRandom(BaseEstimator):
    def __init__(self, random_state):
        self.random_state = random_state


@pytest.mark.parametrize("name", MAKERS)
def test_only_what_is_the_same_is_described_the_same(name):
    make = MAKERS[name]
    assert described(make(0)) == described(make(0))
    assert described(make(0)) != described(make(1))


def test_the_place_of_a_frames_values_in_memory_does_not_count():
    assert described({"X_val": frame(0)}) == described({"X_val": frame(0).copy()})


def test_numbers_of_numpy_are_numbers():
    assert described([np.int64(3), np.float64(0.1), np.bool_(True)]) == described([3, 0.1, True])
    assert described(1) != described(True) and described(1) != described(1.0)


def test_generators_are_described_by_their_kind_alone():
    assert described(adding(np.random.default_rng())) == described(adding(np.random.default_rng()))


def test_functions_of_installed_packages_are_described_by_their_names():
    assert described(f1_score) == "function sklearn.metrics._classification.f1_score"
    assert described(np.exp) != described(np.log)


@pytest.mark.parametrize(
    ("before", "now", "text"),
    [
        (adding(1), adding(2), "closure number: 1, not 2"),
        (adding(0, adding(1)), adding(0, adding(2)), "closure inner closure number: 1, not 2"),
        (Data(1, [0, {"a": 1}]), Data(1, [0, {"a": 2}]), "array [1] a: 1, not 2"),
        ("x" * 99, "y" * 99, ""),
        (1, 1, ""),
    ],
)
def test_the_difference_says_where_it_is(before, now, text):
    assert difference(described(before), described(now)) == text


def test_code_of_another_python_is_told_as_such():
    here = described(of_code("def f(x): return 2 * x"))
    there = here | {"bytecode": "cpython-38", "code": "# of the same function, compiled by another Python"}
    assert difference(there, here) == f"bytecode: cpython-38, not {sys.implementation.cache_tag}"
