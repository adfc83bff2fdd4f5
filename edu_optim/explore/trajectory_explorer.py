"""The explorer of trajectories: a start, a few rules, their rates and decays, and what they remember."""

import functools

import numpy as np

from . import controls
from .chosen import chosen_rules, named
from .frame import Explorer
from .walks import walk

_MOST = 4  # rules; more paths than that nobody can follow


def explorer(problem=None, rules=("SGD", "MomentumSGD", "Adam"), steps=150, start=None, noise=0.0, seed=0,
             **hyperparameters):
    """What `explore.trajectories` shows, as an `Explorer`; see there for the parameters."""
    from ..problems import turned, valley
    from .trajectory_picture import TrajectoryPicture

    problems = named(problem or {"straight valley": valley, "turned valley": turned(30)})
    rules = chosen_rules(rules, hyperparameters)
    if not 0 < len(rules) <= _MOST:
        raise ValueError(f"{len(rules)} rules are given; one to {_MOST} can be told apart side by side.")
    first = next(iter(problems.values()))
    start = first.start if start is None else start
    picture_of = functools.cache(lambda name: TrajectoryPicture(problems[name], list(rules), steps))

    @functools.lru_cache(32)  # a walk stays as it is while another rule's slider moves, or while it is played
    def walked(surface, label, start, noise, seed, values):
        return walk(problems[surface], rules[label].rule, steps, start, noise, seed, **dict(values))

    def draw(surface, x, y, noise, seed, coordinate, update, **values):
        known = {label: one.given | controls.hyperparameters(label, values) for label, one in rules.items()}
        walks = {label: walked(surface, label, (x, y), noise, seed, tuple(known[label].items())) for label in rules}
        words = sentence(surface, (x, y), noise, walks, known, update)
        idle = [name for name, away in (("surface", len(problems) == 1), ("seed", not noise)) if away]
        return picture_of(surface).picture(walks, coordinate, update, words, idle)

    (left, right), (bottom, top) = first.domain
    noises = [0.0, *controls.rates(0.01, 10)]
    general = [
        controls.choice("surface", "surface", list(problems)),
        controls.slider("x", "start x", _along(left, right), _rounded(start[0])),
        controls.slider("y", "start y", _along(bottom, top), _rounded(start[1])),
        controls.slider("noise", "noise of the gradient", noises, float(noise)),
        controls.slider("seed", "seed of the noise", range(10), seed),
        controls.choice("coordinate", "coordinate", {"x": 0, "y": 1}),
    ]
    of_rules = [s for label, one in rules.items() for s in controls.of_rule(one.rule, label, **one.given)]
    player = controls.player("update", "update", steps)
    presets = [{"update": steps // 10}, {}, {"noise": 1.0}]
    return Explorer("Trajectories", [*general, *of_rules, player], draw, presets)


def _along(low, high):
    return sorted({_rounded(v) for v in np.linspace(low, high, 65)})


def _rounded(number):
    return float(f"{number:.3g}") + 0.0


def sentence(surface, start, noise, walks, hyperparameters, update):
    """What a picture of walks shows, in words."""
    words = []
    for label, way in walks.items():
        known, loss = controls.hyperparameters_text(hyperparameters[label]), way.loss[update]
        lost = np.flatnonzero(~np.isfinite(way.loss))
        overflow = lost.size and lost[0] <= update
        now = f"overflowed at update {lost[0]}" if overflow else f"is at loss {controls.written(float(f'{loss:.2g}'))}"
        words.append(f"{label} ({known}) {now}")
    where = f"{controls.written(start[0])}, {controls.written(start[1])}"
    noisy = f" with noise {controls.written(noise)}" if noise else ""
    return f"Update {update} on {surface} from ({where}){noisy}: {', '.join(words)}."
