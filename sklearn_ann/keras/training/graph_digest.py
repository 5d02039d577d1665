"""A digest of a traced function: equal for two functions that compute the same in the same way.

Comes in: a concrete function. Goes out: bytes. Names of nodes, layers and functions do not enter; operations, their
order, constants, types and connections do. Two models of one architecture have the same digest, whatever their
classes, their settings or the state in their attributes, as long as nothing of these reaches the graph; what does, a
dropout rate or the mean in a Normalization layer, is in the digest.
"""

from __future__ import annotations

import hashlib
from typing import Any

__all__ = ["graph_digest"]


def graph_digest(concrete: Any) -> bytes:
    """Digest of a ``tf.ConcreteFunction`` with the functions that it calls."""
    library = {f.signature.name: f for f in concrete.graph.as_graph_def().library.function}
    return _Digests(library).of(concrete.function_def)


class _Digests:
    """Digests of the functions of a library, each computed once."""

    def __init__(self, library: dict[str, Any]) -> None:
        self.library = library
        self.known: dict[str, bytes] = {}

    def of(self, function: Any) -> bytes:
        parts = hashlib.sha256()
        numbers: dict[str, str] = {}
        for i, arg in enumerate(function.signature.input_arg):
            numbers[arg.name] = f"a{i}"
            parts.update(f"{i}:{arg.type};".encode())
        for i, node in enumerate(function.node_def):
            numbers[node.name] = f"n{i}"
        for node in function.node_def:
            inputs = [_renamed(each, numbers) for each in node.input]
            data = [each for each in inputs if not each.startswith("^")]
            control = sorted(each for each in inputs if each.startswith("^"))
            parts.update(repr((node.op, node.device, data, control)).encode())
            for name in sorted(node.attr):
                if not name.startswith("_"):  # the others are hints and names
                    parts.update(name.encode() + b"=" + self.of_value(node.attr[name]) + b";")
        results = [_renamed(function.ret[arg.name], numbers) for arg in function.signature.output_arg]
        control = sorted(numbers[name] for name in function.control_ret.values())
        parts.update(repr((results, control)).encode())
        return parts.digest()

    def of_value(self, value: Any) -> bytes:
        kind = value.WhichOneof("value")
        if kind == "func":
            return self.called(value.func)
        if kind == "list" and value.list.func:
            return b"".join(self.called(each) for each in value.list.func)
        return value.SerializeToString(deterministic=True)

    def called(self, function: Any) -> bytes:
        name = function.name
        if name not in self.library:
            return name.encode()
        if name not in self.known:
            self.known[name] = self.of(self.library[name])
        return self.known[name]


def _renamed(reference: str, numbers: dict[str, str]) -> str:
    """``node:output:0`` or ``^node`` with the node's number for its name."""
    mark = "^" if reference.startswith("^") else ""
    name, *rest = reference.removeprefix("^").split(":")
    return mark + ":".join([numbers[name], *rest])
