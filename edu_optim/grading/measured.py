"""What only running an assignment tells: whether its values can be guessed, how far they spread, what slips yield."""

import itertools
import math

from .declared import Remark
from .guessing import ENOUGH, bits, flat, slack
from .reach import out_of_reach, shown_lines
from .rehearse import RehearsalError, other_numerics, rehearse
from .values import Tolerance, difference

SEEDS = 1, 2
MARGIN = 100  # a tolerance is so many times what the same computation differs by
ZERO = 1e-9  # of the largest number shown: what is smaller is 0 up to rounding
LOOSE = 0.1  # of the largest number shown: a tolerance that lets wrong answers pass


def measured(assignment, seconds=60):
    """Run an assignment with two seeds, and with one of them under other numerics; list what is wrong.

    Parameters
    ----------
    assignment : Assignment
    seconds : float
        How long a cell may take.

    Returns
    -------
    list of Remark
    """
    try:
        first, second = (rehearse(assignment.reference(seed=seed) + assignment.misconceived(seed), seconds=seconds)
                         for seed in SEEDS)
        other = rehearse(assignment.reference(seed=SEEDS[0]), other_numerics(), seconds)
    except RehearsalError as error:
        return [Remark(None, None, str(error))]
    remarks = []
    for run, cell in zip(first, assignment.reference(seed=SEEDS[0])):
        if run.error:
            remarks.append(Remark(_place(assignment, cell), None, f"with the solutions in place it fails: {run.error}. "
                                  "Run the notebook from its beginning in Jupyter to see where"))
    for check in assignment.checks.values():
        one, two, rounded = (_values(runs, check) for runs in (first, second, other))
        place, lines = _place(assignment, check.cell), shown_lines(check.cell["source"])
        if not one:
            remarks.append(Remark(place, None, f"check {check.name!r} shows no value: call show(name, value)"))
            continue
        idle = out_of_reach(assignment.cells, check.cell)
        found = [*_guessable(check, one, two, idle), *_tolerances(check, one), *_spread(check, one, rounded),
                 *_zeros(check, one)]
        for runs, right in ((first, one), (second, two)):
            found += [(None, text) for text in _misconceived(check, right, {
                wrong.name: _values(runs, check, wrong.name) for wrong in check.misconceptions})]
        remarks += [Remark(place, lines.get(name), f"check {check.name!r}{text}")
                    for name, text in dict.fromkeys(found)]
    return remarks


def _values(runs, check, misconception=None):
    return next((run.values for run in runs if run.role == "check" and run.name == check.name
                 and run.misconception == misconception), {})


def _place(assignment, cell):
    return next((i for i, other in enumerate(assignment.cells, 1) if other["id"] == cell["id"]), None)


def _guessable(check, one, two, idle):
    one, two = ({name: value for name, value in values.items() if name not in idle} for values in (one, two))
    if not one:
        yield None, " shows nothing that an answer has a part in: show what an answer returns"
        return
    known = bits(one, check, None if check.hidden else two)
    if not check.hidden and one == two:
        yield None, (" shows the same for every seed, and the release says what: draw its inputs with "
                     "np.random.RandomState(seed)")
    elif known < ENOUGH:
        yield None, (f" can be guessed: what it shows of an answer is worth {known:.0f} bits, and {ENOUGH} are enough. "
                     "Show numbers, or an array of them, and never only whether something is right; give them a "
                     "narrower tolerance if it is wide")


def _tolerances(check, one):
    for name in check.tolerance:
        if name != "*" and name not in one:
            yield None, f' has a tolerance for {name!r}, which it never shows: it shows {", ".join(map(repr, one))}'
    for name, value in one.items():
        part = slack(flat(value), check.allowed(name))
        if part > LOOSE:
            yield name, (f": the tolerance of {name} allows for {part:.2g} times the largest number there, so that "
                         f'wrong answers pass. Write "tolerance": {{"{name}": {{"rtol": 1e-6}}}}, say')


def _spread(check, one, rounded):
    for name, value in one.items():
        if name not in rounded or difference(value, rounded[name], Tolerance(0.0, math.inf)):
            yield name, (f": {name} changes its kind or shape, or is missing, when it is computed anew: show what does "
                         "not depend on the machine")
            continue
        (rtol, atol), spread, apart = check.allowed(name).of(flat(value)), 0.0, 0.0
        for x, y in zip(flat(value), flat(rounded[name])):
            if isinstance(x, float) and isinstance(y, float) and abs(x - y) * MARGIN > atol + rtol * abs(x):
                spread, apart = max(spread, abs(x - y) / abs(x) if x else math.inf), max(apart, abs(x - y))
        if spread:
            yield name, (f": {name} differs by {spread:.1e} of itself between two ways of rounding, and its tolerance "
                         f'is less than {MARGIN} times that. Write "tolerance": {{"{name}": {{"atol": '
                         f'{2 * MARGIN * apart:.0e}}}}}, or show something better conditioned')


def _zeros(check, one):
    scale = max((abs(x) for value in one.values() for x in flat(value) if isinstance(x, float)), default=0.0) or 1.0
    for name, value in one.items():
        rtol, atol = check.allowed(name).of(flat(value))
        if any(isinstance(x, float) and abs(x) <= ZERO * scale and atol + rtol * abs(x) < 1e-3 * ZERO * scale
               for x in flat(value)):
            yield name, (f": {name} is 0 up to rounding, which no relative tolerance allows for. Write "
                         f'"tolerance": {{"{name}": {{"atol": {ZERO * scale:.0e}}}}}')


def _misconceived(check, right, wrong):
    for name, values in wrong.items():
        if not values.keys() >= right.keys():
            yield (f": misconception {name!r} gives nothing to know it by: it raises, or shows less than the solution. "
                   "Put it right, or take it out")
        elif _coincide(check, right, values):
            yield (f": misconception {name!r} gives the right values, or almost: choose inputs that tell them apart, "
                   "or take it out")
    for one, two in itertools.combinations(wrong, 2):
        if wrong[one] and wrong[two] and _coincide(check, wrong[one], wrong[two]):
            yield (f": misconceptions {one!r} and {two!r} give the same values, or almost: make them one, or choose "
                   "inputs that tell them apart")


def _coincide(check, values, others):
    """Whether two results could not be told apart for certain."""
    for name, value in values.items():
        tolerance = Tolerance(*(MARGIN * part for part in check.allowed(name).of(flat(value))))
        if name not in others or difference(value, others[name], tolerance):
            return False
    return True
