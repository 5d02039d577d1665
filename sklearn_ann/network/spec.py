"""The static facts of a network, frozen and hashable: exactly what determines a compiled program.

Members (activations, losses, normalizations) stand here as their structure: hyperparameters, which only flow through a
program, are in :class:`~sklearn_ann.network.hyper.NetworkHyper`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from ..activations import Activation
from ..configurable import is_users
from ..links import LINKS, Link
from ..losses import Loss
from ..normalizations import Normalization

__all__ = ["Network", "Output"]


@dataclass(frozen=True)
class Output:
    """The meaning of the last layer: a loss on its raw values, one softmax head or plain column block per entry.

    Attributes
    ----------
    loss : Loss
        It brings the inverse link with it.
    heads : tuple of int
        Widths of the heads, left to right. More than one only for several softmax heads.
    outputs_per_target : int
        Raw columns of each target, one target after the other: several quantiles, or mean and spread.
    activation : str or None
        A name of :data:`sklearn_ann.links.LINKS` in place of the loss's own: the loss is then taken on what it gives.
    weighted : tuple of int
        Raw columns of each output that has a weight of its own in the loss; empty where all count alike.
    """

    loss: Loss
    heads: tuple[int, ...]
    outputs_per_target: int = 1
    activation: str | None = None
    weighted: tuple[int, ...] = ()

    @property
    def width(self) -> int:
        """Number of raw output columns."""
        return sum(self.heads)

    @property
    def link_name(self) -> str:
        """Name of the inverse link."""
        return self.activation or self.loss.link

    @property
    def link(self) -> Link:
        """The inverse link."""
        return LINKS[self.link_name]


@dataclass(frozen=True)
class Network:
    """A multilayer perceptron: layer sizes, hidden activations, output and the dtype it computes in.

    Attributes
    ----------
    n_features : int
        Columns of X.
    hidden : tuple of int
        Units of the hidden layers.
    activations : tuple of Activation
        One per hidden layer; without hidden layers a single one, by which scikit-learn's initial weights go.
    output : Output
        What the last layer means.
    dtype : str
        ``"float32"`` or ``"float64"``.
    noise : tuple of (int, str)
        Places with noise in training, and its kinds: 0 for the inputs, then the hidden layers; names of
        :data:`sklearn_ann.network.noise.NOISES`.
    normalization : Normalization or None
        For all hidden layers.
    skip : bool
        Whether the values that go into a hidden layer are added to those that come out, where they are as many.
    wide : tuple of int
        Columns of X that reach the output layer directly too.
    deep : tuple of int
        Columns of X that go through the layers, where these are not all of them in their order.
    auxiliary : int
        Hidden layer, from 1, on which a second output is trained; 0 for none.
    frozen : tuple of int
        Layers, from 1 to ``n_layers``, that training leaves as they are.
    """

    n_features: int
    hidden: tuple[int, ...]
    activations: tuple[Activation, ...]
    output: Output
    dtype: str
    noise: tuple[tuple[int, str], ...] = ()
    normalization: Normalization | None = None
    skip: bool = False
    wide: tuple[int, ...] = ()
    deep: tuple[int, ...] = ()
    auxiliary: int = 0
    frozen: tuple[int, ...] = ()

    @property
    def units(self) -> tuple[int, ...]:
        """Sizes of all layers, input and output included."""
        return (self.n_features, *self.hidden, self.output.width)

    @property
    def fans(self) -> tuple[tuple[int, int], ...]:
        """(fan in, fan out) of every weight matrix: the layers', of the wide part, of the auxiliary output."""
        width = self.output.width
        wide = ((len(self.wide), width),) if self.wide else ()
        auxiliary = ((self.hidden[self.auxiliary - 1], width),) if self.auxiliary else ()
        n_deep = len(self.deep) or self.n_features
        return *pairwise((n_deep, *self.units[1:])), *wide, *auxiliary

    @property
    def intercept_sizes(self) -> tuple[int, ...]:
        """Lengths of all intercepts: the layers', of the auxiliary output."""
        return *self.units[1:], *((self.output.width,) if self.auxiliary else ())

    @property
    def n_layers(self) -> int:
        """Weight matrices on the way from X to the output: the first of all of them."""
        return len(self.hidden) + 1

    @property
    def lowest_trained(self) -> int:
        """The lowest layer, from 1, that is not frozen: gradients go no further down."""
        return next(layer for layer in range(1, self.n_layers + 2) if layer not in self.frozen)

    def is_skipped(self, layer: int) -> bool:
        """Whether what goes into a hidden layer (from 1) is added to what comes out."""
        fan_in, fan_out = self.fans[layer - 1]
        return self.skip and fan_in == fan_out

    @property
    def needs_tensorflow(self) -> bool:
        """Whether a part of it works on tensors only."""
        return self.output.loss.needs_tensorflow or any(each.needs_tensorflow for each in self.activations)

    @property
    def is_users(self) -> bool:
        """Whether a formula in it is a user's own."""
        return any(map(is_users, (*self.activations, self.output.loss, *filter(None, [self.normalization]))))

    @property
    def n_weights(self) -> int:
        """Number of learned numbers, intercepts included."""
        return sum(fan_in * fan_out for fan_in, fan_out in self.fans) + sum(self.intercept_sizes)
