"""The report of a class or a course: who gets what and why, what the checks say, and whom to ask what."""

from ...whole_file import write_whole
from ..dependence import subjects
from ..printable import name_shown
from ..source import read as read_source
from . import class_statistics, compare, marks, viva
from .overrides import remember
from .page import Section, as_html
from .standing import Standings
from .table import CourseError, near, said, written

MARKS, REPORT, VIVA, CHANGES = "marks.csv", "report.html", "viva.html", "changes.csv"
LOOK = "To look at"


def report(folder, rules=None):
    """Write ``marks.csv`` and ``report.html`` into a folder of results.

    Parameters
    ----------
    folder : path
    rules : optional
        As `marks.final_marks` takes them.

    Returns
    -------
    list of page.Section
        What stands in the report.
    """
    standings, rules = Standings.read(folder), marks.found_rules(folder, rules)
    final = marks.final_marks(folder, rules)
    remember(standings.folder.path, standings.replaced())
    write_whole(standings.folder.path / MARKS, written(
        ("name", "submission", "points", "of", "raw", "why"),
        [[mark.name, mark.submission, mark.points, mark.of, mark.raw, "; ".join(mark.why)] for mark in final]))
    sections = [*_to_look_at(standings, final, rules), _points(final), *_by_hand(standings),
                *_class(standings, [standings.by_name[mark.submission].result for mark in final if mark.submission])]
    write_whole(standings.folder.path / REPORT, as_html(f"{standings.facts.title}: report", sections))
    return sections


def course_report(course):
    """Write ``marks.csv`` and ``report.html`` beside ``course.toml``, and the same for each assignment in its folder.

    Returns
    -------
    list of page.Section
    """
    there = marks.graded(course)
    if not there:
        raise CourseError(f"nothing is graded yet of {', '.join(course.assignments)}. Type first: python -m edu_optim "
                          "assignment grade SOURCE SUBMISSIONS --out "
                          f"{course.path.parent / next(iter(course.assignments))}")
    looks = [section for name in there for section in report(course.path.parent / name, course.assignments[name])
             if section.title == LOOK]
    final = marks.course_marks(course)
    missing = [name for name in course.assignments if name not in there]
    columns = ("name", *there, "points", "of", "per cent", "why")
    rows = [[mark.name, *(mark.parts[name] for name in there), mark.points, mark.of, _per_cent(mark),
             "; ".join(mark.why)] for mark in final]
    write_whole(course.path.parent / MARKS, written(columns, rows))
    waiting = [f"{name}: nothing is graded yet, so it counts for nobody" for name in missing]
    sections = [*looks, Section("Points", waiting, columns, rows)]
    write_whole(course.path.parent / REPORT, as_html("The course", sections))
    return sections


def changed(old, new, rules=None):
    """Write ``changes.csv`` into the new folder; return a list of one page.Section."""
    rows = compare.rows(compare.compare(old, new, rules))
    write_whole(Standings.read(new).folder.path / CHANGES, written(compare.COLUMNS, rows))
    people = len({row[0] for row in rows})
    text = f"The points of {people} {'person' if people == 1 else 'people'} changed." if rows else \
        "Nobody's points changed."
    return [Section(f"From {old} to {new}", (text,), compare.COLUMNS if rows else (), rows)]


def asked(folder, rules=None):
    """Write ``viva.html`` with questions and a key into a folder of results, for the attempts that count; return a list
    of page.Section, without the key."""
    standings = Standings.read(folder)
    if not standings.folder.source.is_file():
        raise CourseError(f"{folder} does not hold its assignment: type the same assignment grade command again")
    assignment = read_source(standings.folder.source)
    about = {name: subject.about for name, subject in subjects(assignment.reference()).items()}
    shown, keyed = [], []
    for mark in marks.final_marks(folder, rules):
        standing = standings.by_name.get(mark.submission)
        found = viva.questions(standing, assignment, about) if standing and not standing.stale else []
        title, why = name_shown(mark.name), ()
        if not found:
            why = mark.why if standing is None or standing.stale else ("Nothing was answered: nothing to ask about.",)
        shown.append(Section(title, (*why, *(f"{number}. {one.text}" for number, one in enumerate(found, 1)))))
        keyed.append(Section(title, why, ("question", "key, for the lecturer"), [[one.text, one.key] for one in found]))
    write_whole(standings.folder.path / VIVA, as_html(f"{standings.facts.title}: questions for a talk", keyed))
    return shown


def _to_look_at(standings, final, rules):
    texts = [*standings.flags, *(flag for standing in standings.by_name.values() for flag in standing.flags)]
    texts += [f"{name_shown(mark.name)}: {'; '.join(mark.why)}" for mark in final if mark.points is None]
    known = [*standings.by_name, *(mark.name for mark in final)]
    texts += [f"an extension is for {name_shown(name)}, and nobody of that name handed in{near(name, known)}"
              for name in rules.extensions if name not in known]
    if texts:
        yield Section(LOOK, texts)


def _points(final):
    several = any(mark.submission != mark.name for mark in final)
    columns = ("name", *(["submission"] if several else []), "points", "of", "grader", "why")
    rows = [[name_shown(mark.name), *([name_shown(mark.submission)] if several else []),
             "" if mark.points is None else mark.points, mark.of, "" if mark.raw is None else mark.raw,
             "; ".join(mark.why)] for mark in final]
    return Section("Points", (), columns, rows)


def _by_hand(standings):
    given = standings.replaced()
    if given:
        rows = [[name_shown(one.submission), one.check, one.points, said(raw), one.reason, one.by, one.date]
                for one, raw in given.items()]
        yield Section("Given by hand", (), ("submission", "check", "points", "grader", "reason", "by", "date"), rows)


def _class(standings, counted):
    items = class_statistics.items(counted, standings.worth)
    count = max((item.count for item in items), default=0)
    columns = ("check", "mean share", "95 %", "tells apart", "95 %", "seconds", "not right because")
    yield Section("The checks", (class_statistics.caution(count), "Mean share: of the points, 1 if all had them. Tells "
                                 "apart: correlation with the points of all other checks, -1 to 1."),
                  columns, [_item(item) for item in items])
    met = [[item.name, number, text] for item in items for text, number in item.misconceptions.most_common()]
    if met:
        yield Section("Misconceptions", (), ("check", "met by", "what they were told"), met)
    alike = class_statistics.alike(counted, standings.worth)
    if alike:
        yield Section("Equal wrong values", (class_statistics.CAUTION,), ("check", "computed from", "who", "what"),
                      [[one.check, one.inputs, ", ".join(map(name_shown, one.names)), one.text[:100]] for one in alike])
    seconds = sorted(result.kernel_seconds for result in counted)
    if seconds:
        yield Section("Time in kernels", (f"{sum(seconds):.1f} s altogether; half of them took less than "
                                          f"{seconds[len(seconds) // 2]:.1f} s, the longest {seconds[-1]:.1f} s.",))


def _item(item):
    difficulty, apart = item.difficulty, item.discrimination
    reasons = ", ".join(f"{reason} ({number})" for reason, number in item.reasons.most_common())
    return [item.name, f"{difficulty.value:.2f}" if difficulty else "unknown",
            f"{difficulty.low:.2f} to {difficulty.high:.2f}" if difficulty else "",
            f"{apart.value:.2f}" if apart else f"unknown: {item.unknown}",
            f"{apart.low:.2f} to {apart.high:.2f}" if apart else "", f"{item.seconds:.2f}", reasons]


def _per_cent(mark):
    return None if mark.points is None or not mark.of else round(100 * mark.points / mark.of, 2)
