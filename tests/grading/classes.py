"""Folders of results as the grader would leave them, without grading."""

import hashlib

from edu_optim.grading.folder import Facts, Folder
from edu_optim.grading.result import ANOTHER, GRADED, Judged, Result

WORTH = {"c1": 1, "c2": 2, "c3": 1.5}


def judged(check, given, **facts):
    """A verdict from a bool, or from what `Judged` takes."""
    of, facts = WORTH[check], {"reason": "" if given else ANOTHER, **facts}
    return Judged(bool(given), of if given else 0, of, **facts)


def result(name, *right, seed=1, **facts):
    """A Result in which these checks are right."""
    checks = {check: judged(check, check in right) for check in WORTH}
    return Result(name, **{"state": GRADED, "checks": checks, "seed": seed, "versions": {"numpy": "2.4"}, **facts})


def graded(path, *results, source=b"{}", title="Adam", answers=None, **made_from):
    """The path of a folder with these results."""
    folder = Folder(path)
    folder.begin(Facts(title, tuple(WORTH), 7), source, [one.submission for one in results])
    for one in results:
        parts = {"assignment": hashlib.sha256(source).hexdigest(), "submission": one.submission, **made_from}
        folder.put(one, parts if one.state == GRADED else "", (answers or {}).get(one.submission))
    return path


def written(path, *lines):
    """A text file of lines."""
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path
