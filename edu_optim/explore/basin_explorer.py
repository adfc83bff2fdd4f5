"""The explorer of basins: one rate, a quarter of a million walks."""

import functools

import numpy as np

from ..formula import run
from . import basin_map, controls
from .chosen import chosen_rules, named
from .frame import Explorer


def explorer(problem=None, rule="MomentumSGD", steps=200, size=512, **hyperparameters):
    """What `explore.basins` shows, as an `Explorer`; see there for the parameters."""
    from ..problems import himmelblau, saddle
    from .basin_picture import BasinPicture

    problems, rules = named(problem or (himmelblau, saddle)), chosen_rules(rule, hyperparameters)
    for chosen in rules.values():
        basin_map.checked_rule(chosen.rule)
    sliders = {label: controls.of_rule(chosen.rule, label, **chosen.given) for label, chosen in rules.items()}
    # Along a side. Without Numba a map of so many starts takes seconds.
    starts = size if run.resolve("auto") == "numba" else size // 4
    picture_of = functools.cache(lambda name: BasinPicture(problems[name], size, steps))

    def draw(surface, rule, **values):
        known = rules[rule].given | controls.hyperparameters(rule, values)
        found = basin_map.basins(problems[surface], rules[rule].rule, steps, starts, **known)
        idle = [slider.name for label, others in sliders.items() if label != rule for slider in others]
        idle += [name for name, only in (("surface", problems), ("rule", rules)) if len(only) == 1]
        words = sentence(surface, problems[surface].minima, rule, known, found, steps)
        return picture_of(surface).picture(found, words, idle)

    choices = [controls.choice("surface", "surface", list(problems)), controls.choice("rule", "rule", list(rules))]
    own = [slider for of_one in sliders.values() for slider in of_one]
    rate = own[0]
    presets = [{rate.name: _nearest(rate.options, rate.value * factor)} for factor in (0.3, 1, 2)]
    return Explorer("Basins of attraction", [*choices, *own], draw, presets)


def _nearest(options, number):
    return min(options, key=lambda option: abs(option - number))


def sentence(surface, minima, rule, hyperparameters, found, steps):
    """What a map shows, in words."""
    shares = [f"{_share(found.minimum == k)} end at ({x:.3g}, {y:.3g})" for k, (x, y) in enumerate(minima)]
    known, arrived = controls.hyperparameters_text(hyperparameters), found.minimum >= 0
    words = f"{rule} ({known}) from {found.minimum.size:,} starts on {surface}: {', '.join(shares)}"
    for what, of_them in ((f"are not there after {steps} updates", basin_map.NOWHERE), ("overflow", basin_map.LOST)):
        there = found.minimum == of_them
        words += f", {_share(there)} {what}" if there.any() else ""
    if arrived.any():
        words += f". Half of those that arrive need {int(np.median(found.steps[arrived]))} updates or fewer"
    return words + "."


def _share(there):
    share = np.mean(there)
    return f"{share:.0%}" if share == 0 or share >= 0.005 else "under 1%"
