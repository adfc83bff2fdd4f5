"""The tape: what a value was made from, and `backward`, which walks there in reverse.

A result holds its parents and a function that takes the gradient g of the loss with respect to this result and
hands each parent its share: the chain rule, one link at a time. Two rules keep it small, quick and safe:

- A gradient that is handed on (`_accumulate`) is given away: the receiver may write into it. Whoever gives the
  same array twice gives a copy the second time.
- The backward function of a node knows its parents and arrays, never the node itself. There are no reference
  cycles, and a graph is freed the moment its last node is.
"""

import contextlib
import itertools
import operator
import threading

import numpy as np

_births = itertools.count()


class _Mode(threading.local):
    recording = True


_mode = _Mode()


class Node:
    """A value on the tape; `edu_optim.autodiff.Tensor` adds arithmetic."""

    # Of a tensor made by hand; `_result_of` puts others in the place of the last two.
    grad = None
    _parents = ()
    _backward = None

    def __init__(self, data, requires_grad=False):
        self.data = data
        self.requires_grad = requires_grad

    def _result_of(self, parents, backward):
        """Remember, if there is need to, where this value came from."""
        if _mode.recording and any(parent.requires_grad for parent in parents):
            self.requires_grad = True
            self._parents, self._backward, self._birth = parents, backward, next(_births)
        return self

    def _accumulate(self, gradient):
        """Add a gradient of the shape and dtype of the data; the array belongs to this node from now on."""
        if self.grad is None:
            self.grad = np.asarray(gradient)
        else:
            self.grad += gradient

    def _accumulate_matmul(self, a, b):
        """Add ``a @ b``; a parameter computes it in its storage."""
        self._accumulate(a @ b)

    def backward(self, gradient=None, *, retain_graph=False):
        """Compute the gradient with respect to every tensor this one depends on, and add it to its ``.grad``.

        Parameters
        ----------
        gradient : array_like, optional
            The gradient with respect to this tensor, of its shape; 1 if this tensor is a single number.
        retain_graph : bool, optional
            Keep what is needed to call `backward` again. Otherwise the arrays are released on the way.

        Raises
        ------
        RuntimeError
            If nothing here requires a gradient, or the graph was released by an earlier `backward`.
        ValueError
            If this tensor is not a single number and no gradient is given, or the gradient's shape is another.
        """
        shape, dtype = self.data.shape, self.data.dtype
        if not self.requires_grad:
            raise RuntimeError(
                "backward() found nothing to differentiate: this tensor depends on no Parameter and on no tensor "
                "with requires_grad=True. Was it computed inside no_grad() or from stop_gradient()?")
        if gradient is None and self.data.size != 1:
            raise ValueError(
                f"backward() starts from a single number, and this tensor has shape {shape}: "
                "call .mean() or .sum() first, or pass backward(gradient=...) of that shape")
        start = np.ones(shape, dtype) if gradient is None else np.array(gradient, dtype)
        if start.shape != shape:
            raise ValueError(f"backward(gradient=...) needs the shape of the tensor, {shape}; got {start.shape}")
        nodes = self._nodes()
        self._accumulate(start)
        while nodes:
            node = nodes.pop()
            gradient, node.grad = node.grad, None
            node._backward(gradient)
            if not retain_graph:
                node._parents, node._backward = (), _released

    def _nodes(self):
        """Every result this one depends on, itself included, in the order in which they were made."""
        seen, stack = set(), [self]
        while stack:
            node = stack.pop()
            if node._backward is None or node in seen:
                continue
            if node._backward is _released:
                raise RuntimeError(
                    "backward() was called before through a part of this graph, and its arrays were released. "
                    "Compute the loss again, add up losses that share a part before one backward(), "
                    "or call the first one as backward(retain_graph=True)")
            node.grad = None  # an interrupted walk may have left one behind
            seen.add(node)
            stack.extend(node._parents)
        return sorted(seen, key=operator.attrgetter("_birth"))

    def __getstate__(self):
        # A copy has the numbers, not the history: a deep copy would otherwise send gradients to the original.
        history = {"_parents": (), "_backward": None}
        return {**self.__dict__, **history, "requires_grad": self.requires_grad and self._backward is None}


def leaves(loss):
    """The tensors made by hand on which a loss depends and that require a gradient, in the order of their use."""
    parents = [parent for node in loss._nodes() for parent in node._parents] or [loss]
    return list(dict.fromkeys(p for p in parents if p._backward is None and p.requires_grad))


def gradients(loss, tensors):
    """The gradients of a loss with respect to these tensors, as new arrays; every ``.grad`` stays what it was.

    Parameters
    ----------
    loss : Tensor
        A single number. Its graph is kept, so the gradients of another list can be asked for.
    tensors : list of Tensor
        Made by hand, with ``requires_grad``; parameters are.

    Returns
    -------
    list of ndarray or None
        None for a tensor on which the loss does not depend.

    Examples
    --------
    >>> from edu_optim import Tensor
    >>> x, y = Tensor(3.0, requires_grad=True), Tensor(1.0, requires_grad=True)
    >>> gradients(x ** 2, [x, y])
    [array(6.), None]
    """
    reached = leaves(loss)
    kept = [None if tensor.grad is None else tensor.grad.copy() for tensor in reached]
    for tensor in reached:
        tensor.grad = None
    try:
        loss.backward(retain_graph=True)
        there = {id(tensor): tensor.grad for tensor in reached}
        return [None if there.get(id(t)) is None else there[id(t)].copy() for t in tensors]
    finally:
        for tensor, gradient in zip(reached, kept, strict=True):
            tensor.grad = gradient


def _released(g):
    """Stand in a node for the backward function that was released."""


@contextlib.contextmanager
def no_grad():
    """Compute without remembering, as in an evaluation: saves memory and a little time. Per thread.

    Examples
    --------
    >>> from edu_optim import Tensor
    >>> x = Tensor([1.0, 2.0], requires_grad=True)
    >>> with no_grad():
    ...     (x * x).requires_grad
    False
    """
    before, _mode.recording = _mode.recording, False
    try:
        yield
    finally:
        _mode.recording = before
