"""The points after all rules, made anew each time from raw results, overrides, times and ``course.toml``."""

import os
from dataclasses import dataclass, field
from datetime import UTC
from fractions import Fraction

from ..printable import name_shown
from . import rules as course_rules
from .deadlines import FILE, Times, days_late, deduction
from .rules import Course, Rules
from .standing import Standings
from .table import exact, plain, said


@dataclass(frozen=True)
class Mark:
    """What somebody gets.

    Parameters
    ----------
    name : str
        The person where one is known, else the submission.
    points : int, float or None
        After all rules. None is no zero: somebody must look, and ``why`` says at what.
    of : int or float
        The most that can be had.
    why : list of str
        What made the points differ from the grader's, fit for the student's eyes.
    submission : str
        The one that counts; empty if nobody can say which.
    raw : int, float or None
        The grader's points for it.
    dropped : tuple of str
        Over a course: the assignments that do not count.
    parts : dict of str to (int, float or None)
        Over a course: the points in each assignment.
    """

    name: str
    points: float | None
    of: float
    why: list = field(default_factory=list)
    submission: str = ""
    raw: float | None = None
    dropped: tuple = ()
    parts: dict = field(default_factory=dict)


def final_marks(folder, rules=None):
    """The points of an assignment after overrides, choice of the attempt, lateness and rounding.

    Parameters
    ----------
    folder : path
        Of ``assignment grade --out``; nothing in it is changed.
    rules : Rules, Course or path, optional
        By default of ``course.toml`` in the folder or one up; without any there is neither deadline nor rounding.

    Returns
    -------
    list of Mark
        By name.

    Raises
    ------
    FolderError
        If nothing was graded into the folder.
    CourseError
        If a file of the lecturer's is wrong.
    """
    return _marks(Standings.read(folder), found_rules(folder, rules))


def _marks(standings, rules):
    zone = UTC if rules.zone is None and rules.deadline is None else rules.zone  # then only the order matters
    times = Times.read(standings.folder.path, standings.by_name, zone)
    persons = {}
    for name in standings.by_name:
        persons.setdefault(times.person.get(name, name), []).append(name)
    return [_mark(person, [_attempt(standings, times, rules, person, name) for name in names], rules, standings.of)
            for person, names in sorted(persons.items())]


def course_marks(course):
    """The points over all assignments, those that are dropped left out.

    Parameters
    ----------
    course : Course

    Returns
    -------
    list of Mark
        By name. What was not handed in counts 0; an assignment of which nothing is graded yet counts for nobody.
    """
    marks, most = {}, {}
    for assignment in graded(course):
        standings = Standings.read(course.path.parent / assignment)
        most[assignment] = standings.of
        for mark in _marks(standings, course.assignments[assignment]):
            marks.setdefault(mark.name, {})[assignment] = mark
    drop = max(0, min(course.drop_lowest, len(most) - 1))
    return [_over(name, own, most, drop) for name, own in sorted(marks.items())]


def graded(course):
    """List the assignments of a course of which something is graded."""
    return [name for name in course.assignments if (course.path.parent / name / "assignment.json").is_file()]


def dropped(shares, count):
    """The assignments that do not count: those of the lowest share, of equals the earlier.

    Examples
    --------
    >>> dropped({"a1": 0.5, "a2": 0.2, "a3": 0.2}, 1)
    ('a2',)
    """
    return tuple(sorted(shares, key=lambda name: shares[name])[:count])


def rounded(points, step, of):
    """Points as a multiple of a step, halves up, and not above what can be had.

    Examples
    --------
    >>> print(rounded(Fraction("2.25"), Fraction("0.5"), 4), rounded(Fraction("4.1"), None, 5))
    5/2 41/10
    """
    if step is None:
        return points
    return min((points / step + Fraction(1, 2)) // 1 * step, Fraction(of))


def found_rules(folder, rules=None):
    """The Rules for a folder, from whatever `final_marks` takes."""
    if isinstance(rules, Rules):
        return rules
    course = course_rules.beside(folder) if rules is None else rules
    course = Course.read(course) if isinstance(course, str | os.PathLike) else course
    return course.rules(folder) if course else Rules()


@dataclass(frozen=True)
class _Attempt:
    """A submission with what orders it, days late, and points after lateness; None where that is not known."""

    name: str
    standing: object
    time: float | None
    number: int | None
    days: int | None
    points: Fraction | None
    why: list


def _attempt(standings, times, rules, person, name):
    standing, time = standings.by_name[name], times.at.get(name)
    until = rules.extensions.get(person) or rules.extensions.get(name) or rules.deadline
    days, points, why = 0, standing.points, list(standing.why)
    if until:
        grace = rules.late.grace if rules.late else 0
        days = days_late(time, until, grace) if time else None
    if until and until is not rules.deadline:
        why.append(f"extended to {_clock(until)}")
    if rules.late and days is None:
        why.append(f"nobody knows when {name_shown(name)} came, and there is a deadline: write a line into {FILE}")
        points = None
    elif days and points is not None:
        cost = min(deduction(rules.late, days, standings.of), points)
        points -= cost
        why.append(f"late, after {_clock(until)}: {days} {'day' if days == 1 else 'days'} begun, minus {said(cost)}")
    elif rules.late and days == 0 and time.timestamp() > until.timestamp():
        why.append(f"{rules.late.grace:g} minutes of grace: not late")
    return _Attempt(name, standing, time and time.timestamp(), times.attempt.get(name), days, points, why)


def _mark(person, attempts, rules, of):
    chosen, which = _chosen(attempts, rules.attempt)
    if chosen is None:
        return Mark(person, None, plain(of), [which])
    points, why = chosen.points, [*filter(None, [which]), *chosen.why]
    if points is not None:
        points = rounded(points, rules.rounding, of)
        if points != chosen.points:
            why.append(f"{said(chosen.points)} points, rounded to {said(points)}")
    return Mark(person, plain(points), plain(of), why, chosen.name, chosen.standing.result.total)


def _chosen(attempts, which):
    """The attempt that counts and why, or None and why not."""
    if len(attempts) == 1:
        return attempts[0], ""
    counts = f"of {len(attempts)} attempts one counts: the {which}"
    if which == "best":
        unknown = [one for one in attempts if one.points is None]
        if unknown:
            return None, f"{counts}, and {name_shown(unknown[0].name)} has no points yet: {'; '.join(unknown[0].why)}"
        return max(attempts, key=lambda one: one.points), counts  # of equals the first by name
    order = "number" if any(one.time is None for one in attempts) and which in ("first", "last") else "time"
    unknown = [one for one in attempts if getattr(one, order) is None]
    if unknown:
        return None, f"{counts}, and nobody knows when {name_shown(unknown[0].name)} came: write a line into {FILE}"
    ordered = sorted(attempts, key=lambda one: (getattr(one, order), one.number or 0, one.name))
    if which == "first":
        return ordered[0], counts
    if which == "last":
        return ordered[-1], counts
    in_time = [one for one in ordered if not one.days]
    if in_time:
        return in_time[-1], counts
    return ordered[0], f"of {len(attempts)} attempts none came before the deadline, so the first counts"


def _over(name, own, most, count):
    points = {one: exact(own[one].points) if one in own and own[one].points is not None else
              None if one in own else Fraction(0) for one in most}
    why = [f"{one}: nothing handed in" for one in most if one not in own]
    unknown = [one for one, number in points.items() if number is None]
    parts = {one: plain(number) for one, number in points.items()}
    if unknown:
        why += [f"{one}: no points yet: {'; '.join(own[one].why)}" for one in unknown]
        return Mark(name, None, plain(sum(most.values())), why, parts=parts)
    left_out = dropped({one: points[one] / most[one] if most[one] else Fraction(1) for one in most}, count)
    why += [f"{one} is dropped: {said(parts[one])} of {said(most[one])} points" for one in left_out]
    counted = [one for one in most if one not in left_out]
    return Mark(name, plain(sum(points[one] for one in counted)), plain(sum(most[one] for one in counted)), why,
                dropped=left_out, parts=parts)


def _clock(time):
    return f"{time:%Y-%m-%d %H:%M} {time.tzname()}"
