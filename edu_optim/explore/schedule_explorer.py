"""The explorer of schedules: two or three of them, one after the other or all at once, and what becomes of the rate."""

import functools
import itertools
import math

import numpy as np

from . import controls
from .chosen import chosen_schedules
from .composition import changed, compose
from .frame import Explorer

_TOGETHER = ("chain", "sequence")
_LATER = ("resume", "initial_lr")  # remarks on what no picture of rates shows
_DUE = ("the product of the factors", "the factor of the one whose turn it is")
_TWO = 2  # sliders of one schedule, those of its arguments that come first here


def _arguments(epochs):
    shares = (0.01, 0.02, *(k / 20 for k in range(1, 21)))
    return {
        "step_size": range(1, epochs + 1), "T_max": range(1, 2 * epochs + 1), "T_0": range(1, epochs + 1),
        "warmup": range(1, epochs + 1), "gamma": (*controls.decays(0.05), 1.0), "start_factor": shares,
        "factor": shares, "total_iters": range(1, epochs + 1), "power": [k / 4 for k in range(1, 17)],
        "max_lr": controls.rates(1e-3, 10),
    }


def explorer(schedules=None, epochs=100, lr=0.1, milestones=None, log=True):
    """What `explore.schedules` shows, as an `Explorer`; see there for the parameters."""
    from .schedule_picture import MARKS, SchedulePicture

    parts = _parts(schedules)
    labels, start = list(parts), milestones is not None
    milestones = list(milestones) if start else [round(k * epochs / len(parts)) for k in range(1, len(parts))]
    if len(milestones) != len(parts) - 1 or not all(0 < m < epochs for m in milestones):
        raise ValueError(f"milestones={milestones!r} are not {len(parts) - 1} epochs from 1 to {epochs - 1}: between "
                         f"{len(parts)} schedules stand {len(parts) - 1}.")
    sliders = {label: _sliders(label, part, epochs) for label, part in parts.items()}
    tops = [lr * 2.0**k for k in range(-3, 3)]
    lowest = compose(parts, None, epochs=epochs, lr=lr).product
    floor = 10.0 ** np.clip(math.floor(math.log10(lowest[lowest > 0].min(initial=1.0))), -17, -3)
    picture_of = functools.cache(lambda top, floor: SchedulePicture(labels, epochs, top, floor))

    def draw(order, together, version, log, lr, first, second=None, **values):
        known = {label: changed(parts[label], **controls.hyperparameters(label, values)) for label in order}
        until = list(itertools.accumulate([first, second][:len(order) - 1], max))
        sequence = together == "sequence"
        found = compose(known, until if sequence else None, "1.4" if sequence else version, epochs, lr)
        remarks = sorted(found.remarks, key=lambda remark: (remark.kind in _LATER, remark.kind != "order"))
        idle = [slider.name for label in labels if label not in order for slider in sliders[label]]
        idle += ["version"] if sequence else ["first", "second"][:len(milestones)]
        idle += ["second"] if sequence and len(order) < len(labels) else []
        top = next(top for top in tops if lr <= top * (1 + 1e-9))
        words = sentence(found, order, until if sequence else None, version, remarks, MARKS)
        return picture_of(top, floor * log).picture(found, remarks[:MARKS], words, idle)

    orders = [order for n in range(len(labels), 1, -1) for order in itertools.permutations(labels, n)]
    places = [controls.slider(name, f"{name} milestone", range(1, epochs), milestone)
              for name, milestone in zip(("first", "second"), milestones, strict=False)]
    made = [
        controls.choice("order", "order", {", ".join(order): order for order in orders}),
        controls.choice("together", "chain or sequence", _TOGETHER, _TOGETHER[start]),
        controls.choice("version", "as in PyTorch", {"1.4 and later": "1.4", "1.3": "1.3"}),
        *places,
        *(slider for of_one in sliders.values() for slider in of_one),
        controls.slider("lr", "given rate", controls.rates(lr / 10.001, tops[-1]), lr),
        controls.switch("log", "logarithmic axes", log),
    ]
    presets = [{"together": "chain"}, {"together": "sequence"}, {"together": "chain", "version": "1.3"}]
    return Explorer("Schedules", made, draw, presets)


def _parts(schedules):
    from ..schedules import ExponentialLR, LinearLR, StepLR

    if schedules is None:
        schedules = [LinearLR(start_factor=0.1, total_iters=5), StepLR(step_size=20, gamma=0.5),
                     ExponentialLR(gamma=0.97)]
    parts = chosen_schedules(schedules)
    if len(parts) not in (2, 3):
        raise ValueError(f"{len(parts)} schedules are given; two or three can be followed on one rate.")
    return parts


def _sliders(label, part, epochs):
    """For the first of a schedule's arguments that a slider suits."""
    made = []
    for name, options in _arguments(epochs).items():
        value = part.arguments().get(name)
        if isinstance(value, int | float) and len(made) < _TWO:
            made.append(controls.slider(f"{label}.{name}", f"{label}: {name}", options, value))
    return made


def sentence(found, order, milestones, version, remarks, most):
    """What a picture of schedules shows, in words, and under it the linter's first remarks."""
    known = np.flatnonzero(np.isfinite(found.rates))
    last, top = int(known[-1]), int(np.nanargmax(found.rates))
    how = "in a chain" + ", as in PyTorch 1.3" * (version == "1.3")
    if milestones is not None:
        how = f"in a sequence with the milestone{'s' * (len(milestones) > 1)} {' and '.join(map(str, milestones))}"
    total = controls.written(float(f"{found.rates[known].sum():.4g}"))
    words = (f"{', '.join(order)} {how}, given rate {controls.written(found.lr)}: epoch 0 runs at {_short(found, 0)}, "
             f"epoch {last} at {_short(found, last)}, the highest is {_short(found, top)} at epoch {top}, and all "
             f"{len(known)} add up to {total}. ")
    parted = found.parted
    if parted is None:
        words += f"Each is the given rate times {_DUE[milestones is not None]}."
    else:
        due = controls.written(float(f"{found.lr * found.product[parted]:.4g}"))
        words += (f"From epoch {parted} on the rate is not the given rate times {_DUE[milestones is not None]}: "
                  f"{_short(found, parted)} where that is {due}.")
    lines = [f"{number}. {remark.kind}, epoch {remark.epoch}: {remark.message}."
             for number, remark in enumerate(remarks[:most], 1)]
    if lines:
        more = f" has {len(remarks) - most} more, and" if len(remarks) > most else ""
        lines.append(f"schedules.lint{more} says what to do where that was not meant.")
    return "\n".join([words, *lines])


def _short(found, epoch):
    return controls.written(float(f"{found.rates[epoch]:.4g}"))
