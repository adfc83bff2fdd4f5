"""A schedule without an optimizer: a value to be multiplied, followed by another, drawn, and bound to optimizers."""

import functools
import inspect
import numbers
from collections.abc import Mapping

PREVIEW = 8  # epochs in a repr


class Value:
    """What a schedule can do whether or not it drives an optimizer.

    A class of one's own gets all of it if it keeps each argument of its ``__init__`` in an attribute of that name.
    """

    def __new__(cls, *args, **kwargs):
        names = names_of_arguments(cls)
        if args and names[:1] == ["optimizer"] and _no_optimizer(args[0]):
            values = zip(names[1:], args if args[0] is not None else args[1:])
            texts = [f"{name}={_short(value)}" for name, value in (*values, *kwargs.items())]
            raise TypeError(
                f"{cls.__name__}({_short(args[0])}, ...): the first argument is the optimizer. Without one a schedule "
                f"takes keywords only: {cls.__name__}({', '.join(texts)})")
        return super().__new__(cls)

    def arguments(self):
        """What this schedule was made with, but the optimizer, by name.

        Examples
        --------
        >>> from edu_optim.schedules import StepLR
        >>> StepLR(step_size=3).arguments()
        {'step_size': 3, 'gamma': 0.1, 'last_epoch': -1, 'compat': None}
        """
        names = [name for name in names_of_arguments(type(self)) if name != "optimizer"]
        try:
            return {name: getattr(self, "_start" if name == "last_epoch" else name) for name in names}
        except AttributeError as error:
            raise TypeError(
                f"{type(self).__name__} does not keep its argument {error.name!r} in an attribute of that name, so it "
                "cannot be made again") from None

    def bind(self, optimizer, **changes):
        """Make the live schedule that drives an optimizer.

        Parameters
        ----------
        optimizer : object with `param_groups`, or list of dict
        **changes
            Arguments that shall be others, such as ``last_epoch``.

        Examples
        --------
        >>> from edu_optim.schedules import ExponentialLR
        >>> groups = [{"lr": 0.1}]
        >>> schedule = ExponentialLR(gamma=0.5).bind(groups)
        >>> schedule.step()
        >>> groups[0]["lr"]
        0.05
        """
        return type(self)(optimizer, **{**self.arguments(), **changes})

    def unbound(self):
        """The same schedule as a value, as it was before its first epoch."""
        return type(self)(**self.arguments())

    def __mul__(self, other):
        """Both act at every epoch, this one first."""
        from .chainedscheduler import ChainedScheduler

        if not isinstance(other, Value):
            return NotImplemented
        return ChainedScheduler([*_factors(self), *_factors(other)])

    def until(self, epoch):
        """The first part of a sequence: ``a.until(5) >> b`` runs a for epochs 0 to 4, and b, from its start, on.

        Examples
        --------
        >>> from edu_optim import schedules
        >>> warm = schedules.LinearLR(start_factor=0.1, total_iters=5)
        >>> both = warm.until(5) >> schedules.CosineAnnealingLR(T_max=10)
        >>> schedules.rates(both, 7, lr=1.0).round(3)
        array([0.1  , 0.28 , 0.46 , 0.64 , 0.82 , 1.   , 0.976])
        """
        return Until(self, epoch)

    def __rshift__(self, other):
        raise TypeError("what follows begins at an epoch: write first.until(5) >> second")

    def curve(self, epochs, lr):
        """The rates of the first epochs as an array, or None where only running tells."""
        return None

    def formula(self):
        """The formula of the class's docstring, or ""."""
        lines = (inspect.getdoc(type(self)) or "").splitlines()
        if "Formula" not in lines:
            return ""
        text = lines[lines.index("Formula") + 2 :]
        return "\n".join(line.strip() for line in text[: [*text, ""].index("")])

    def __repr__(self):
        arguments = {n: v for n, v in self.arguments().items() if (n, v) not in (("last_epoch", -1), ("compat", None))}
        head = f"{type(self).__name__}({', '.join(f'{name}={_short(value)}' for name, value in arguments.items())})"
        return "\n".join(line for line in (head, self.formula(), self._preview()) if line)

    def _preview(self):
        from .running import run

        live = self.optimizer is not None
        if live:
            return f"epoch {self.last_epoch}, rates {self.get_last_lr()}"
        try:
            found = run(self, PREVIEW).rates
        except Exception:  # what needs more than a rate to run on still has a name
            return ""
        cells = [(f"{e}", f"{rate:.4g}") for e, rate in enumerate(found)]
        widths = [max(map(len, cell)) for cell in cells]
        rows = zip(*[[text.rjust(width) for text in cell] for cell, width in zip(cells, widths)])
        return "\n".join(f"{name:8}{'  '.join(row)}" for name, row in zip(("epoch", "factor"), rows))


@functools.cache
def names_of_arguments(cls):
    return list(inspect.signature(cls.__init__).parameters)[1:]


class Until:
    """A schedule, or a sequence of some, that ends at an epoch; ``>>`` says what follows."""

    def __init__(self, schedule, epoch):
        if isinstance(epoch, bool) or not isinstance(epoch, numbers.Integral) or epoch < 0:
            raise ValueError(f"until({epoch!r}) must name an epoch, an integer from 0 on")
        self.schedule, self.epoch = schedule, int(epoch)

    def __rshift__(self, other):
        from .sequentiallr import SequentialLR

        if isinstance(other, Until):
            return Until(self >> other.schedule, other.epoch)
        if not isinstance(other, Value):
            return NotImplemented
        first = self.schedule
        parts, milestones = [first], []
        if isinstance(first, SequentialLR) and first.optimizer is None:  # a.until(3) >> b.until(8) >> c is one sequence
            parts, milestones = first.schedulers, first.milestones
        if milestones and self.epoch < milestones[-1]:
            raise ValueError(f"until({self.epoch}) comes before until({milestones[-1]}): epochs count from the start")
        return SequentialLR(optimizer=first.optimizer, schedulers=[*parts, other], milestones=[*milestones, self.epoch])

    def __repr__(self):
        return f"({self.schedule!r}).until({self.epoch})"


def _no_optimizer(thing):
    if isinstance(thing, list | tuple):
        return not all(isinstance(group, Mapping) for group in thing)
    return not hasattr(thing, "param_groups")


def _factors(schedule):
    from .chainedscheduler import ChainedScheduler

    return schedule.schedulers if isinstance(schedule, ChainedScheduler) else [schedule]


def _short(value):
    if isinstance(value, Value):
        return repr(value).splitlines()[0]
    if isinstance(value, list):
        return f"[{', '.join(map(_short, value))}]"
    return f"{value:.6g}" if isinstance(value, float) else getattr(value, "__name__", repr(value))
