"""``overrides.csv``: points that a person gives in place of the grader's, with the reason. Grading again leaves the
file alone; raw results never hold what stands in it."""

import json
import math
from datetime import date
from typing import NamedTuple

from ...whole_file import write_whole
from ..printable import name_shown
from .table import CourseError, known, near, read, said

FILE = "overrides.csv"
COLUMNS = ("submission", "check", "points", "reason", "by", "date")
SEEN = "overridden.json"


class Override(NamedTuple):
    """A line of the file; ``points`` is an int or float, the rest are texts."""

    submission: str
    check: str
    points: float
    reason: str
    by: str
    date: str


def overrides(folder, names, checks, withdrawn=()):
    """The overrides for a folder of results.

    Parameters
    ----------
    folder : pathlib.Path
    names : collection of str
        The submissions.
    checks : dict of str to number
        The most points of each check.
    withdrawn : collection of str, optional
        Submissions that are no longer there: lines about them count for nobody.

    Returns
    -------
    dict of (str, str) to Override
        By submission and check.

    Raises
    ------
    CourseError
        At the first line that is wrong.
    """
    path, found, lines = folder / FILE, {}, {}
    for line, cells in read(path, COLUMNS):
        if _idle(cells, names, withdrawn):
            continue
        try:
            one = _override(cells, names, checks)
        except ValueError as error:
            raise CourseError(f"{path}, line {line}: {error}") from None
        key = one.submission, one.check
        if key in lines:
            raise CourseError(f"{path}, line {line}: line {lines[key]} is about {one.check} of "
                              f"{name_shown(one.submission)} too: delete one of them")
        found[key], lines[key] = one, line
    return found


def idle(folder, names, withdrawn):
    """What to say of the lines that count for nobody; parameters as those of `overrides`."""
    return [f"{FILE}, line {line}: {name_shown(cells['submission'])} has been withdrawn, so it counts for nobody"
            for line, cells in read(folder / FILE, COLUMNS) if _idle(cells, names, withdrawn)]


def _idle(cells, names, withdrawn):
    return known(cells["submission"], names) is None and known(cells["submission"], withdrawn) is not None


def _override(cells, names, checks):
    name, check = known(cells["submission"], names), known(cells["check"], checks)
    if name is None:
        raise ValueError(f"no submission {cells['submission']!r:.80} was graded{near(cells['submission'], names)}")
    if check is None:
        raise ValueError(f"there is no check {cells['check']!r:.80}{near(cells['check'], checks)}; there are "
                         f"{', '.join(checks)}")
    try:
        points = float(cells["points"])
    except ValueError:
        hint = ": write a point in place of the comma" if "," in cells["points"] else ""
        raise ValueError(f"points={cells['points']!r:.80} is no number{hint}") from None
    most = checks[check]
    if not math.isfinite(points) or not 0 <= points <= most:
        raise ValueError(f"points={cells['points']:.80} are not from 0 to {said(most)}, which is all that {check} "
                         "gives")
    if not cells["reason"] or not cells["by"]:
        missing = "reason" if not cells["reason"] else "by"
        raise ValueError(f"the cell {missing!r} is empty: whoever asks later must be told why, and by whom")
    try:
        date.fromisoformat(cells["date"])
    except ValueError:
        raise ValueError(f"date={cells['date']!r:.80} is no date: write 2025-05-02") from None
    points = int(points) if points == int(points) else points
    return Override(name, check, points, cells["reason"], cells["by"], cells["date"])


def seen(folder):
    """What the grader gave when each override was first seen, by `Override`; see `remember`."""
    try:
        listed = json.loads((folder / SEEN).read_text("utf-8"))
        return {Override(*one["override"]): one["raw"] for one in listed}
    except FileNotFoundError:
        return {}
    except (ValueError, TypeError, KeyError):
        raise CourseError(f"{folder / SEEN} is damaged: delete it; what each override replaced is then written down "
                          "anew") from None


def remember(folder, raw):
    """Write down what each override has replaced, so that a later change of the raw points can be told.

    Parameters
    ----------
    folder : pathlib.Path
    raw : dict of Override to number or None
        The grader's points, for all overrides there are. Those that are known already keep what they have; a line that
        has been changed, if only in its date, counts as new.
    """
    before = seen(folder)
    if raw or before:
        kept = [{"override": list(one), "raw": before.get(one, points)} for one, points in raw.items()]
        write_whole(folder / SEEN, json.dumps(kept, indent=1) + "\n")
