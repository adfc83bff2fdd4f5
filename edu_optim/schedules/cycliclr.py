import math

from .arguments import positive, required
from .momentum import MomentumCycle


class CyclicLR(MomentumCycle):
    """Up and down between two rates, in triangles, while momentum goes down and up.

    Formula
    -------
    eta(e) = base_lr + (max_lr - base_lr) * height(e) * scale(e)

    Symbols
    -------
    height : 0 at a cycle's ends, 1 after step_size_up epochs, straight between.
    scale : 1 ("triangular"), 1 / 2^(cycle - 1) ("triangular2"), gamma^e ("exp_range"), or scale_fn.

    Parameters
    ----------
    optimizer : object with `param_groups`, or list of dict, optional
    base_lr, max_lr : float or list of float
        The lower and the upper end, for all groups or for each. The groups' own rates are overwritten by base_lr.
    step_size_up : int, optional
        Epochs, usually batches, of the way up.
    step_size_down : int, optional
        Of the way down; by default as many.
    mode : {"triangular", "triangular2", "exp_range"}, optional
    gamma : float, optional
        Of "exp_range".
    scale_fn : callable, optional
        A scale of one's own, instead of a mode.
    scale_mode : {"cycle", "iterations"}, optional
        Whether scale_fn is given the number of the cycle, from 1, or of the epoch.
    cycle_momentum : bool, optional
        Whether momentum goes from max_momentum down to base_momentum and back.
    base_momentum, max_momentum : float or list of float, optional
    last_epoch, compat
        See `LRScheduler`.

    When not to use it
    ------------------
    Together with other schedules: it overwrites them. A group that appears later keeps the rate it was given as its
    lower end.

    References
    ----------
    L. N. Smith (2017), Cyclical learning rates for training neural networks, section 3.

    Examples
    --------
    >>> from edu_optim import schedules
    >>> triangles = schedules.CyclicLR(base_lr=0.1, max_lr=1.0, step_size_up=3, step_size_down=2)
    >>> schedules.rates(triangles, 7)
    array([0.1 , 0.4 , 0.7 , 1.  , 0.55, 0.1 , 0.4 ])
    """

    per_group = ("base_lr", "max_lr", "base_momentum", "max_momentum")

    def __init__(
        self, optimizer=None, base_lr=None, max_lr=None, step_size_up=2000, step_size_down=None, mode="triangular",
        gamma=1.0, scale_fn=None, scale_mode="cycle", cycle_momentum=True, base_momentum=0.8, max_momentum=0.9,
        last_epoch=-1, *, compat=None,
    ):
        required("base_lr", base_lr, 0.001)
        required("max_lr", max_lr, 0.1)
        if scale_fn is None and mode not in ("triangular", "triangular2", "exp_range"):
            raise ValueError(f'mode={mode!r} must be "triangular", "triangular2" or "exp_range", or give a scale_fn')
        if scale_fn is not None and not callable(scale_fn):
            raise TypeError(f"scale_fn={scale_fn!r} must be a function of the cycle's or the epoch's number")
        if not step_size_up > 0 or not step_size_up + (step_size_up if step_size_down is None else step_size_down) > 0:
            raise ValueError(f"step_size_up={step_size_up!r} must be positive: the epochs of the way up")
        self.base_lr, self.max_lr, self.mode, self.gamma = base_lr, max_lr, mode, positive("gamma", gamma, 0.99)
        self.step_size_up, self.step_size_down = step_size_up, step_size_down
        self.scale_fn = scale_fn
        self.scale_mode = scale_mode if scale_fn else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum, self.base_momentum, self.max_momentum = cycle_momentum, base_momentum, max_momentum
        self._check_momentum(optimizer)
        super().__init__(optimizer, last_epoch, compat)
        if optimizer is not None:
            # Only now: as in torch, a group that other schedules have met keeps its initial_lr for epoch 0.
            for known in self._look():
                known.base = float(known.own[0])

    def _greet(self, known, first_time):
        if not first_time:
            return super()._greet(known, first_time)
        base, _, low, high = known.own
        if self.cycle_momentum and self._start == -1:
            known.group["max_momentum"], known.group["base_momentum"] = high, low
        return float(known.group.setdefault("initial_lr", float(base)))

    def closed_form(self, e, base, base_lr, max_lr, base_momentum, max_momentum):
        return base + (max_lr - base) * self._height(e)

    def _height(self, e):
        up = float(self.step_size_up)
        total = up + (up if self.step_size_down is None else float(self.step_size_down))
        cycle = math.floor(1 + e / total)
        x, peak = 1 + e / total - cycle, up / total
        height = x / peak if x <= peak else (x - 1) / (peak - 1)
        return height * self._scale(cycle if self.scale_mode == "cycle" else e)

    def _scale(self, x):
        if self.scale_fn is not None:
            return float(self.scale_fn(x))
        return {"triangular": 1.0, "triangular2": 0.5 ** (x - 1), "exp_range": self.gamma**x}[self.mode]

    def _momentum(self, known):
        *_, low, high = known.own
        return high - (high - low) * self._height(self.last_epoch)
