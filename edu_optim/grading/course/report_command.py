"""What ``assignment report`` does after gradebook and pages, and what it says."""

from pathlib import Path

from . import report as reports
from .marks import graded
from .page import as_text
from .rules import Course
from .table import CourseError


def folders(out):
    """List the folders of results: of all assignments if there is a course, else the one."""
    course = _course(out)
    return [course.path.parent / name for name in graded(course)] if course else [Path(out)]


def report(out, show, rules=None, old=None, viva=False):
    """Write and say what was asked for.

    Parameters
    ----------
    out : path
        A folder of results, or of a course.
    show : callable
        Gets the text.
    rules : path, optional
        A ``course.toml``.
    old : path, optional
        Another folder of results, to compare with.
    viva : bool, optional
    """
    course = _course(out)
    if course and (rules or old or viva):
        raise CourseError(f"{out} is a course: give the folder of one of its assignments, "
                          f"{', '.join(course.assignments)}")
    if old:
        made, sections = (reports.CHANGES,), reports.changed(old, out, rules)
    elif viva:
        made, sections = (reports.VIVA,), reports.asked(out, rules)
    else:
        made = reports.MARKS, reports.REPORT
        sections = reports.course_report(course) if course else reports.report(out, rules)
    show(as_text(sections))
    show(f"Written: {', '.join(str(Path(out) / name) for name in made)}.")


def _course(out):
    """The Course that a folder is, or None."""
    out = Path(out)
    is_course = (out / "course.toml").is_file() and not (out / "assignment.json").is_file()
    return Course.read(out / "course.toml") if is_course else None
