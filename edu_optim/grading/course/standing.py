"""Where each submission stands before any rule: the grader's points, and those that a person gave in their place."""

import hashlib
from dataclasses import dataclass, field

from .. import result as results
from ..folder import Folder, Kept
from ..printable import name_shown
from .overrides import idle, overrides, seen
from .table import exact, one_line, said

STALE = "graded by an earlier form of the assignment: the same assignment grade command again brings it up to date"


@dataclass(frozen=True)
class Standing:
    """One submission.

    Parameters
    ----------
    kept : folder.Kept
    checks : dict of str to number or None
        The points of each check, as far as there are any.
    overridden : dict of str to Override
        By check.
    stale : bool
        Whether the assignment has changed since.
    flags : list of str
        What the lecturer has to look at.
    """

    kept: Kept
    checks: dict
    overridden: dict = field(default_factory=dict)
    stale: bool = False
    flags: list = field(default_factory=list)

    @property
    def result(self):
        """The grader's Result."""
        return self.kept.result

    @property
    def points(self):
        """fractions.Fraction: the sum; None if a check has no points, or nobody knows."""
        given = self.checks.values()
        return None if self.stale or None in given else sum(map(exact, given))

    @property
    def why(self):
        """List of str: how the points came about, for the student too."""
        if self.stale:
            return [STALE]
        texts = []
        if self.result.state == results.UNREADABLE:
            texts.append(f"the file could not be read: {one_line(self.result.why)}")
        if self.points is None:
            texts.append("it could not be graded, through no fault of the student's: somebody must look at it")
        for check, one in self.overridden.items():
            raw = raw_points(self.result, check)
            before = "" if raw is None else f" in place of {said(raw)}"
            texts.append(f"{check}: {said(one.points)}{before} points by hand: {one_line(one.reason)} "
                         f"({one_line(one.by)}, {one.date})")
        return texts


@dataclass(frozen=True)
class Standings:
    """A folder of results.

    Attributes
    ----------
    folder : Folder
    facts : folder.Facts
    worth : dict of str to number
        The most points of each check.
    by_name : dict of str to Standing
    flags : list of str
        What the lecturer has to look at beside them.
    """

    folder: Folder
    facts: object
    worth: dict
    by_name: dict
    flags: list = field(default_factory=list)

    @classmethod
    def read(cls, path):
        """Of a folder's path; FolderError if nothing was graded there, CourseError for an override that cannot be."""
        folder = Folder(path)
        facts, kept = folder.facts(), list(folder.kept())
        now = hashlib.sha256(folder.source.read_bytes()).hexdigest() if folder.source.is_file() else None
        stale = {one.result.submission: _stale(one, facts, now) for one in kept}
        worth = {}
        for one in kept:
            if not stale[one.result.submission]:
                worth |= {name: judged.of for name, judged in one.result.checks.items()}
        worth = {name: worth[name] for name in facts.checks if name in worth}
        gone = folder.withdrawn()
        given, before = overrides(folder.path, stale.keys(), worth, gone), seen(folder.path)
        found = {}
        for one in kept:
            name = one.result.submission
            own = {check: given[name, check] for check in worth if (name, check) in given}
            checks = {check: own[check].points if check in own else raw_points(one.result, check)
                      for check in facts.checks}
            looks = [_flag(name, line, before[line], raw_points(one.result, check)) for check, line in own.items()
                     if line in before and before[line] != raw_points(one.result, check)]
            found[name] = Standing(one, checks, own, stale[name], looks)
        return cls(folder, facts, worth, found, idle(folder.path, stale.keys(), gone))

    @property
    def of(self):
        """fractions.Fraction: the most points that can be had."""
        return sum(map(exact, self.worth.values()), exact(0))

    def replaced(self):
        """What each override replaces, as `overrides.remember` takes it."""
        return {line: raw_points(one.result, check) for one in self.by_name.values()
                for check, line in one.overridden.items()}


def raw_points(result, check):
    """What the grader gave for a check: int or float, or None."""
    return result.checks[check].points if check in result.checks else None


def _stale(kept, facts, now):
    made_from = kept.made_from.get("assignment")
    if made_from and now and made_from != now:
        return True
    return kept.result.state != results.FAILED and set(kept.result.checks) != set(facts.checks)


def _flag(name, line, before, now):
    return (f"{name_shown(name)}, {line.check}: when its override was first seen the grader gave {said(before)}, and "
            f"now it gives {said(now)}: look whether the override still holds, and then write that day as its date")
