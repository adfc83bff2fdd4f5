"""Whose points changed from one folder of results to another, and why."""

from typing import NamedTuple

from .. import result as results
from . import marks
from .rules import NotNamed
from .standing import Standings, raw_points
from .table import said

TOTAL = "after all rules"
COLUMNS = ("name", "check", "before", "after", "why")
# What a result is made from, and how a difference in it is said.
CAUSES = {"assignment": "the assignment changed", "submission": "another notebook was handed in",
          "course seed": "the course's seed changed", "sandbox": "the kind of sandbox changed",
          "limits": "the limits changed", "packages": "what may be imported changed",
          "package": "the version of edu_optim changed"}


class Change(NamedTuple):
    """Somebody's points for a check, or after all rules, that are not what they were; None is no points at all."""

    name: str
    check: str
    before: float | None
    after: float | None
    why: list


def compare(old, new, rules=None):
    """The changes between two folders of the same assignment.

    Parameters
    ----------
    old, new : path
        Of ``assignment grade --out``. Each follows its own ``course.toml``; a folder that the file does not name, such
        as a copy, follows the rules of the new one.
    rules : optional
        As `marks.final_marks` takes them, for both.

    Returns
    -------
    list of Change
        By submission, check by check; then by person, after all rules.
    """
    before, after = Standings.read(old), Standings.read(new)
    changes = []
    for name in sorted(before.by_name.keys() | after.by_name.keys()):
        changes += _checks(name, before, after)
    rules_now = marks.found_rules(new, rules)
    try:
        rules_then = marks.found_rules(old, rules)
    except NotNamed:
        rules_then = rules_now
    then = {mark.name: mark for mark in marks.final_marks(old, rules_then)}
    now = {mark.name: mark for mark in marks.final_marks(new, rules_now)}
    touched = {change.name for change in changes}
    for name in sorted(then.keys() | now.keys()):
        one, two = then.get(name), now.get(name)
        points = [mark.points if mark else None for mark in (one, two)]
        if points[0] != points[1] or (one is None) != (two is None):
            ruled = [_ruled(mark, standings) for mark, standings in ((one, before), (two, after))]
            changes.append(Change(name, TOTAL, *points, _total(one, two, ruled, touched)))
    return changes


def rows(changes):
    """The changes as rows under `COLUMNS`."""
    return [[change.name, change.check, change.before, change.after, "; ".join(change.why)] for change in changes]


def _checks(name, before, after):
    one, two = before.by_name.get(name), after.by_name.get(name)
    for check in dict.fromkeys([*before.facts.checks, *after.facts.checks]):
        points = [standing.checks.get(check) if standing else None for standing in (one, two)]
        if points[0] != points[1]:
            yield Change(name, check, *points, list(_why(one, two, check, before, after)))


def _why(one, two, check, before, after):
    if one is None or two is None:
        yield "was not handed in before" if one is None else "is not handed in now"
        return
    if check not in before.facts.checks or check not in after.facts.checks:
        yield "the check is new" if check in after.facts.checks else "the check is gone"
    most = [standings.worth.get(check) for standings in (before, after)]
    if None not in most and most[0] != most[1]:
        yield f"the check gave at most {said(most[0])}, and now {said(most[1])}"
    then, now = one.overridden.get(check), two.overridden.get(check)
    if then != now:
        yield "the override is gone" if now is None else \
            f"override {'added' if then is None else 'changed'}: {now.reason} ({now.by}, {now.date})"
    verdicts = [_verdict(standing.result, check) for standing in (one, two)]
    if verdicts[0] != verdicts[1] or raw_points(one.result, check) != raw_points(two.result, check):
        if verdicts[0] != verdicts[1]:
            yield f"{verdicts[0]}, now {verdicts[1]}"
        yield from causes(one.kept, two.kept) or ["nothing that it is made from changed: was a limit of time near?"]


def causes(one, two):
    """List what differs in what two results of one submission were made from.

    Parameters
    ----------
    one, two : folder.Kept

    Returns
    -------
    list of str
    """
    if not one.made_from or not two.made_from:
        found = ["what it was made from is not known"] if one.made_from != two.made_from else []
    else:
        found = [text for part, text in CAUSES.items() if one.made_from.get(part) != two.made_from.get(part)]
    then, now = one.result, two.result
    if then.seed != now.seed and then.seed and now.seed:
        found.append(f"other numbers were drawn (seed {then.seed}, now {now.seed})")
    for part in sorted(then.versions.keys() | now.versions.keys()):
        versions = [str(result.versions.get(part, "none")) for result in (then, now)]
        if versions[0] != versions[1] and then.versions and now.versions:
            found.append(f"{part} {versions[0]}, now {versions[1]}")
    return found


def _verdict(result, check):
    if result.state == results.FAILED:
        return "the grader failed"
    if check not in result.checks:
        return "not judged"
    judged = result.checks[check]
    return "right" if judged.ok else f"{judged.reason}: {judged.feedback}" if judged.feedback else judged.reason


def _ruled(mark, standings):
    """What rules have made of somebody's points; the rest of ``why`` is told check by check."""
    standing = standings.by_name.get(mark.submission) if mark else None
    return [text for text in mark.why if not standing or text not in standing.why] if mark else []


def _total(one, two, ruled, touched):
    if one is None or two is None:
        return ["was not there before" if one is None else "is not there now"]
    why = []
    if one.submission != two.submission:
        why.append("another attempt counts")
    if {one.submission, two.submission} & touched:
        why.append("checks changed")
    then, now = ruled
    why += [f"rule, no longer: {text}" for text in then if text not in now]
    why += [f"rule: {text}" for text in now if text not in then]
    return why or ["what it is made from is out of date in one of them"]
