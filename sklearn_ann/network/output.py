"""What the raw values of the last layer mean: predictions, losses with their derivatives, right rows.

Comes in: an array namespace, the static facts of an output, raw values ``(..., rows, width)`` head by head. Nothing
here knows of layers or of row weights.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .losses import link_of, loss_of
from .spec import Output

__all__ = ["OutputLayer"]


def _within(owner: str, number: Callable[[str], Any]) -> Callable[[str], Any]:
    """The numbers of an owner by its own names."""
    return lambda name: number(f"{owner}.{name}")


class OutputLayer:
    """An output in one array namespace.

    ``number(name)`` gives a number of the loss or the link in the dtype of the raw values, so that it broadcasts with
    them; one with several values has them along the last axis.
    """

    def __init__(self, xp: Any, output: Output) -> None:
        self.loss, self.link = loss_of(output), link_of(output)
        self._xp, self._output = xp, output
        ends = [sum(output.heads[: i + 1]) for i in range(len(output.heads))]
        self._heads = [slice(end - width, end) for end, width in zip(ends, output.heads, strict=True)]
        self._output_of_column = [i for i, width in enumerate(output.weighted) for _ in range(width)]

    def predictions(self, raw: Any, number: Callable[[str], Any]) -> Any:
        """Raw values to the scale of the inverse link; NumPy may overwrite them."""
        if len(self._heads) == 1:
            return self.link.value(self._xp, raw, _within("link", number))
        number = _within("link", number)
        parts = [self.link.value(self._xp, raw[..., head], number) for head in self._heads]
        return self._xp.concatenate(parts, axis=-1)

    def losses_and_deltas(self, raw: Any, y: Any, number: Callable[[str], Any]) -> tuple[Any, Any]:
        """Loss of each row ``(..., rows)`` and its derivative by the raw values; several heads add up."""
        xp, output, of_loss = self._xp, self._output, _within("loss", number)
        # An output with an activation of its own is judged by what that gives.
        judged = raw if output.activation is None else self.predictions(raw + 0, number)
        if len(self._heads) == 1:
            values, deltas = self.loss.value_and_delta(xp, judged, y, of_loss)
            parts = [values]
        else:
            pairs = [
                self.loss.value_and_delta(xp, judged[..., head], y[..., i : i + 1], of_loss)
                for i, head in enumerate(self._heads)
            ]
            parts, deltas = [value for value, _ in pairs], xp.concatenate([delta for _, delta in pairs], axis=-1)
        if output.activation is not None:
            assert self.link.slope is not None
            deltas = deltas * self.link.slope(xp, raw, _within("link", number))
        if output.weighted:
            weights = number("output.loss_weight")
            deltas = deltas * xp.take(weights, self._output_of_column, axis=-1)
            n = parts[0].shape[-1]
            parts = [part * weights[..., i * n : (i + 1) * n] for i, part in enumerate(parts)]
        totals = [self.loss.total(xp, part) for part in parts]
        return sum(totals[1:], totals[0]), deltas

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
