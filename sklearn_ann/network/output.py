"""The meaning of the raw values of the last layer: predictions, losses with their derivatives, correct rows.

Comes in: an array namespace, the static facts of an output, raw values ``(..., rows, width)`` head by head. Nothing
here knows of layers or of row weights.
"""

from __future__ import annotations

from typing import Any

from .hyper import NetworkHyper
from .spec import Output

__all__ = ["OutputLayer"]


class OutputLayer:
    """An output in one array namespace."""

    def __init__(self, xp: Any, output: Output) -> None:
        self.loss, self.link = output.loss, output.link
        self._xp, self._output = xp, output
        ends = [sum(output.heads[: i + 1]) for i in range(len(output.heads))]
        self._heads = [slice(end - width, end) for end, width in zip(ends, output.heads, strict=True)]
        self._output_of_column = [i for i, width in enumerate(output.weighted) for _ in range(width)]

    def predictions(self, raw: Any, hyper: NetworkHyper) -> Any:
        """Raw values to the scale of the inverse link; NumPy may overwrite them."""
        if len(self._heads) == 1:
            return self.link.value(self._xp, raw, *hyper.link)
        parts = [self.link.value(self._xp, raw[..., head], *hyper.link) for head in self._heads]
        return self._xp.concatenate(parts, axis=-1)

    def losses_and_deltas(self, raw: Any, y: Any, hyper: NetworkHyper) -> tuple[Any, Any]:
        """Loss of each row ``(..., rows)`` and its derivative by the raw values; several heads add up."""
        xp, output = self._xp, self._output
        # An output with an activation of its own is judged by what that gives.
        judged = raw if output.activation is None else self.predictions(raw + 0, hyper)
        total, deltas = None, []
        for i, head in enumerate(self._heads):
            single = len(self._heads) == 1
            of_head = (judged, y) if single else (judged[..., head], y[..., i : i + 1])
            value, delta = self.loss.value_and_delta(xp, *of_head, *hyper.loss)
            if output.weighted:
                value, delta = self._with_weights(i, value, delta, *hyper.loss_weights)
            value, delta = self.loss.reduced(xp, value, delta)
            total = value if total is None else total + value
            deltas.append(delta)
        delta = deltas[0] if len(deltas) == 1 else xp.concatenate(deltas, axis=-1)
        if output.activation is not None:
            assert self.link.slope is not None
            delta = delta * self.link.slope(xp, raw, *hyper.link)
        return total, delta

    def _with_weights(self, head: int, value: Any, delta: Any, weights: Any) -> tuple[Any, Any]:
        """Losses of the outputs of a head and their derivatives, times the weight of each output."""
        n, columns = value.shape[-1], self._output_of_column[self._heads[head]]
        return value * weights[..., head * n : (head + 1) * n], delta * self._xp.take(weights, columns, axis=-1)

    def correct(self, raw: Any, y: Any) -> Any:
        """Whether every output of a row is classified right, ``(..., rows)``."""
        xp = self._xp
        if self.loss.of_indices:
            right = [
                xp.argmax(raw[..., head], axis=-1) == xp.astype(y[..., i], xp.argmax_dtype)
                for i, head in enumerate(self._heads)
            ]
            for more in right[1:]:
                right[0] = right[0] & more
            return right[0]
        if self.loss.link == "softmax":  # targets are probabilities
            return xp.argmax(raw, axis=-1) == xp.argmax(y, axis=-1)
        return xp.all((raw > 0) == (y > 0.5), axis=-1)
