"""What a check's metadata declare, read with every slip named."""

import json
import math
import re
from typing import NamedTuple

from .marks import MarkError, answer_name, marked
from .values import Tolerance

FIELDS = ("role", "name", "points", "hidden", "tolerance", "misconceptions", "answers", "independent")
RESERVED = ("submission", "total")  # other columns of the gradebook
HIGHEST = 1e6  # points: sums of larger ones would not be exact
SPEAKING = {"note", "notes", "solution", "solutions", "instructor", "teacher", "hidden", "removecell", "hidecell",
            "hidetests", "noexport", "exclude"}  # tags by which other tools keep a cell from students
_NAME = re.compile(r"\w[\w .-]{0,59}")


class Remark(NamedTuple):
    """Something to put right: where (cells and lines count from 1; None is the whole notebook or cell), and what."""

    cell: int | None
    line: int | None
    text: str

    def __str__(self):
        where = [f"{word} {number}" for word, number in (("cell", self.cell), ("line", self.line)) if number]
        return ": ".join([*filter(None, [", ".join(where)]), self.text])


class Misconception(NamedTuple):
    """A wrong solution of an answer, which is named to whoever shows the same values.

    Attributes
    ----------
    name : str
    text : str
        What the student is told, such as "this is what you get without the bias correction".
    code : str
        The wrong solution: the whole source of an answer's cell.
    answer : str
        Which answer: its first line ``# ANSWER name`` says so, or else it is the nearest above the check.
    """

    name: str
    text: str
    code: str
    answer: str


def refuse_misplaced(metadata):
    """Raise MarkError if a cell's metadata say something about releasing that nobody would heed."""
    ours = metadata.get("edu_optim", {})
    if not isinstance(ours, dict):
        raise MarkError(1, f'the metadata "edu_optim": {ours!r} must be an object such as {{"role": "setup"}}')
    for name in FIELDS:
        if name in metadata and name != "name":  # which others use too
            raise MarkError(1, f'the metadata "{name}" stand beside "edu_optim", where nobody heeds them: write '
                               f'"edu_optim": {json.dumps({**ours, name: metadata[name]}, default=str)}')
    if "independent" in ours and (ours.get("role") != "answer" or not isinstance(ours["independent"], bool)):
        raise MarkError(1, f'"independent": {ours["independent"]!r} must be true or false, and stand in the metadata '
                           "of an answer")
    for name in metadata:
        if name != "edu_optim" and _letters(name) == "eduoptim":
            raise MarkError(1, f'the metadata "{name}" are not heeded: write "edu_optim"')
    for name in ours:
        if name != "role" and _letters(name) == "role":
            raise MarkError(1, f'the metadata "{name}" mean nothing: write "role"')
    if ours.get("role") not in ("note", "answer") and ours.get("hidden") is not True:  # which are not released as is
        _refuse_tags(metadata)
    if ours.get("role") != "check" and ours.get("hidden"):
        raise MarkError(1, f"a cell of the role {ours.get('role')!r} cannot be hidden, only a check can: put its code "
                           'into the hidden checks, or give it the role "note", which is neither released nor run')
    for name, value in ours.items():
        if name not in FIELDS and (isinstance(value, bool) or name.lower() == "hidden"):
            raise MarkError(1, f'the metadata "{name}" mean nothing, and the cell would be released: write '
                               '"hidden", which is the one field of a check that is true or false')


def refuse_role_of_text(ours):
    """Raise MarkError if a cell of text has a role that nobody would heed."""
    if ours and ours.get("role") != "note":
        raise MarkError(1, f"a cell of text cannot have the role {ours.get('role')!r}, and would be released: write "
                           '"note" if it is for authors alone, take its "edu_optim" out, or make it a code cell')


def _refuse_tags(metadata):
    """Raise MarkError if a cell that is released is marked as other tools mark what students should not see."""
    tags = metadata.get("tags")
    for tag in tags if isinstance(tags, list) else ():
        if _letters(tag) in SPEAKING:
            raise MarkError(1, f'the tag "{tag}" is not heeded, and the cell would be released: write "role": "note" '
                               'into the metadata "edu_optim" or, of a check, "hidden": true; else take the tag out')
    others = metadata.get("nbgrader")
    if isinstance(others, dict) and others.get("solution") is True:
        raise MarkError(1, 'the metadata "nbgrader" say that this is a solution, which is not heeded: give the cell '
                           'the role "answer" or "note" in the metadata "edu_optim", or take them out')


def _letters(name):
    return re.sub(r"[\W_]", "", str(name)).lower()


def check_fields(given, answers):
    """The fields of `Check` from the metadata of a cell and the names of the answers above it."""
    name = given.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name) or name in RESERVED:
        raise MarkError(1, f'the check\'s name {name!r:.80} must be a text of at most 60 letters, digits, _, -, dots '
                           f'and spaces, and none of {", ".join(RESERVED)}: write "name": "c1", say, in its metadata')
    what = f"check {name!r}"
    points = given.get("points")
    if not _number(points) or points > HIGHEST:
        raise MarkError(1, f'{what}: points={points!r} is not a number from 0 to {HIGHEST:.0f}: write "points": 1, say')
    hidden = given.get("hidden", False)
    if not isinstance(hidden, bool):
        raise MarkError(1, f"{what}: hidden={hidden!r} must be true or false")
    if not answers:
        raise MarkError(1, f"{what}: no answer stands above it, so nobody could fail it: put it below its answer")
    return {"name": name, "points": points, "hidden": hidden,
            "answers": chosen(what, given.get("answers", []), answers),
            "tolerance": tolerances(what, given.get("tolerance", {})),
            "misconceptions": misconceptions(what, given.get("misconceptions", []), answers)}


def chosen(what, given, answers):
    """The answers that a check says it is about."""
    if not isinstance(given, list) or not all(name in answers for name in given):
        raise MarkError(1, f"{what}: answers={given!r} must be a list of answers above it: {', '.join(answers)}")
    return tuple(given)


def tolerances(what, given):
    """Tolerances by name of what is shown.

    Examples
    --------
    >>> tolerances("check 'c1'", {"loss": {"rtol": 1e-4}, "*": {"atol": 1e-9}})
    {'loss': Tolerance(rtol=0.0001, atol=None), '*': Tolerance(rtol=1e-06, atol=1e-09)}
    >>> tolerances("check 'c1'", 1e-4) == tolerances("check 'c1'", {"rtol": 1e-4})
    True
    """
    if _number(given):
        given = {"rtol": given}
    if isinstance(given, dict) and given.keys() & {"rtol", "atol"}:
        given = {"*": given}
    if not isinstance(given, dict):
        given = {"*": given}
    for name, one in given.items():
        if not isinstance(one, dict) or not one.keys() <= {"rtol", "atol"} or not all(map(_number, one.values())):
            raise MarkError(1, f'{what}: the tolerance {one!r} of {name!r} must have numbers of at least 0: write '
                               f'"tolerance": {{{json.dumps(name)}: {{"rtol": 1e-6, "atol": 1e-9}}}}')
    return {name: Tolerance(**one) for name, one in given.items()}


def misconceptions(what, given, answers):
    """The misconceptions of a check below these answers."""
    wanted = ["code", "name", "text"]
    for one in given if isinstance(given, list) else [None]:
        if not isinstance(one, dict) or sorted(one) != wanted or not all(
                isinstance(text, str) and text.strip() for text in one.values()):
            raise MarkError(1, f"{what}: misconceptions must be a list of objects with the texts {', '.join(wanted)}, "
                               f"and there is {one or given!r:.100}")
    names, found = [one["name"] for one in given], []
    for one in given:
        if names.count(one["name"]) > 1:
            raise MarkError(1, f"{what}: there are two misconceptions {one['name']!r}: give one of them another name")
        answer = answer_name(one["code"]) or answers[-1]
        if answer not in answers:
            raise MarkError(1, f"{what}: misconception {one['name']!r} is a wrong answer {answer!r}, and those above "
                               f"the check are {', '.join(answers)}")
        found.append(Misconception(one["name"], one["text"], marked(answer, one["code"]), answer))
    return tuple(found)


def _number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < math.inf
