"""``course.toml``: a course's rules as data, read with every slip named.

::

    zone = "Europe/Berlin"      # of every date without an offset
    drop_lowest = 1             # so many assignments, the worst for each
    attempt = "best"            # what stands here holds for every assignment that says nothing else
    late = {percent_per_day = 10, at_most = 50, grace_minutes = 15}

    [assignments.a1]            # the folder of `assignment grade --out`
    deadline = 2025-05-02T23:59:00
    rounding = 0.5

    [assignments.a1.extensions]
    "Student 07" = 2025-05-09T23:59:00
"""

import math
import tomllib
import zoneinfo
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fractions import Fraction
from pathlib import Path

from .table import CourseError, exact, near

ATTEMPTS = ("last", "best", "first", "last before the deadline")
SHARED = ("attempt", "rounding", "late")
OWN = ("deadline", "extensions")
LATE = ("points_per_day", "percent_per_day", "at_most", "grace_minutes")
NO_LATE = "none"


class NotNamed(CourseError):
    """A folder that ``course.toml`` does not know."""


@dataclass(frozen=True)
class Late:
    """What lateness costs.

    Parameters
    ----------
    per_day : fractions.Fraction
        For each day that has begun after the deadline: points, or a share of the most that can be had.
    share : bool
    at_most : fractions.Fraction, optional
        Of the same kind, for all days together.
    grace : int or float
        So many minutes after the deadline cost nothing.
    """

    per_day: Fraction
    share: bool = True
    at_most: Fraction | None = None
    grace: float = 0


@dataclass(frozen=True)
class Rules:
    """Those of one assignment; without any, the points are the raw ones.

    Parameters
    ----------
    deadline : datetime.datetime, optional
        With a zone.
    extensions : dict of str to datetime.datetime
        By submission, or by person.
    attempt : str
        One of `ATTEMPTS`.
    rounding : fractions.Fraction, optional
        Points are rounded to a multiple of it, halves up.
    late : Late, optional
    zone : datetime.tzinfo, optional
        Of times without an offset.
    """

    deadline: datetime | None = None
    extensions: dict = field(default_factory=dict)
    attempt: str = "last"
    rounding: Fraction | None = None
    late: Late | None = None
    zone: object = None


@dataclass(frozen=True)
class Course:
    """A course.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    assignments : dict of str to Rules
        By folder, in the order of the file.
    drop_lowest : int
    """

    path: Path
    assignments: dict
    drop_lowest: int = 0

    @classmethod
    def read(cls, path):
        """Read the file; CourseError names all that is wrong with it."""
        path = Path(path)
        try:
            given = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
        except UnicodeDecodeError:
            raise CourseError(f"{path} is not in UTF-8: save it so") from None
        except tomllib.TOMLDecodeError as error:
            raise CourseError(f"{path} is no TOML: {error}. A text stands in quotes, a date does not: "
                              "deadline = 2025-05-02T23:59:00") from None
        reader = _Reader()
        course = reader.course(path, given)
        if reader.faults:
            raise CourseError("\n".join([f"{path} cannot be used:", *(f"  {fault}" for fault in reader.faults)]))
        return course

    def rules(self, folder):
        """The Rules for a folder of results; NotNamed if there are none."""
        name = Path(folder).resolve().name
        if name in self.assignments:
            return self.assignments[name]
        if len(self.assignments) == 1 and self.path.resolve().parent == Path(folder).resolve():
            return next(iter(self.assignments.values()))
        raise NotNamed(f"{self.path} has no assignment {name!r}{near(name, self.assignments)}: write a section "
                       f"[assignments.{name}] with its rules, or give another file: --course FILE")


def beside(folder):
    """The Course that a folder of results belongs to: of the file in it, else of that one folder up; None if there is
    neither."""
    folder = Path(folder).resolve()
    path = next((path for path in (folder / "course.toml", folder.parent / "course.toml") if path.is_file()), None)
    return Course.read(path) if path else None


def moment(given, zone):
    """A date and time with a zone, from one that may lack it; ValueError says what to write instead.

    Examples
    --------
    >>> berlin = zoneinfo.ZoneInfo("Europe/Berlin")
    >>> moment(datetime(2025, 3, 30, 2, 30), berlin)
    Traceback (most recent call last):
        ...
    ValueError: 2025-03-30 02:30 did not happen in Europe/Berlin: the clocks were put forward. Write another time
    """
    if not isinstance(given, datetime):
        what = f"{given} is a date without a time" if isinstance(given, date) else f"{given!r:.80} is no date"
        raise ValueError(f"{what}: write 2025-05-02T23:59:00, without quotes")
    if not 1970 <= given.year <= 2999:
        raise ValueError(f"the year {given.year} is no year of a course")
    if given.tzinfo:
        return given.astimezone(zone) if zone else given
    if zone is None:
        raise ValueError(f'{given} has no zone, so nobody knows when that is: write zone = "Europe/Berlin" in the '
                         f"first line of course.toml, or the offset: {given.isoformat()}+02:00")
    here = given.replace(tzinfo=zone)
    if here.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != given:
        raise ValueError(f"{given:%Y-%m-%d %H:%M} did not happen in {zone}: the clocks were put forward. "
                         "Write another time")
    offsets = [here.replace(fold=fold).isoformat()[-6:] for fold in (0, 1)]
    if offsets[0] != offsets[1]:
        raise ValueError(f"{given:%Y-%m-%d %H:%M} happened twice in {zone}: the clocks were put back. Write which, "
                         f"{given.isoformat()}{offsets[0]} or {offsets[1]}")
    return here


class _Reader:
    """Reads what TOML gave and collects what is wrong with it."""

    def __init__(self):
        self.faults, self.zone = [], None

    def course(self, path, given):
        self.keys("", given, ("zone", "drop_lowest", *SHARED, "assignments"))
        if "zone" in given:
            self.zone = self.taken("zone", _zone, given["zone"])
        drop = given.get("drop_lowest", 0)
        if type(drop) is not int or drop < 0:
            self.faults.append(f"drop_lowest: {drop!r} is not a whole number of at least 0")
        sections = given.get("assignments")
        if not isinstance(sections, dict) or not sections:
            self.faults.append("no assignment is there: write a section such as [assignments.a1] for the folder a1")
            sections = {}
        elif type(drop) is int and drop >= len(sections):
            self.faults.append(f"drop_lowest: of {len(sections)} assignments {drop} cannot be dropped; at most "
                               f"{len(sections) - 1}")
        shared = self.shared("", given)
        return Course(path, {name: self.rules(f"assignments.{name}", section, shared)
                             for name, section in sections.items()}, drop)

    def shared(self, dot, given):
        """What may stand at the top and in an assignment, as far as it does."""
        found = {}
        if "attempt" in given:
            found["attempt"] = given["attempt"]
            if given["attempt"] not in ATTEMPTS:
                self.faults.append(f"{dot}attempt: {given['attempt']!r:.80} is none of "
                                   f"{', '.join(map(repr, ATTEMPTS))}")
        if "rounding" in given:
            found["rounding"] = self.number(f"{dot}rounding", given["rounding"], above=0)
        if "late" in given:
            found["late"] = None if given["late"] == NO_LATE else self.late(f"{dot}late", given["late"])
        return found

    def rules(self, where, section, shared):
        if not isinstance(section, dict):
            self.faults.append(f"{where}: {section!r:.80} is no section: write [{where}]")
            return Rules()
        self.keys(where, section, (*OWN, *SHARED))
        deadline = self.taken(f"{where}.deadline", moment, section.get("deadline"), self.zone)
        extensions = section.get("extensions", {})
        if not isinstance(extensions, dict):
            self.faults.append(f'{where}.extensions: write a section [{where}.extensions] with lines such as "ada" = '
                               "2025-05-09T23:59:00")
            extensions = {}
        extended = {name: self.taken(f"{where}.extensions.{name}", moment, until, self.zone)
                    for name, until in extensions.items()}
        for name, until in extended.items():
            if until and deadline and until.astimezone(UTC) < deadline.astimezone(UTC):
                self.faults.append(f"{where}.extensions.{name}: it ends before the deadline")
        found = Rules(deadline, extended, zone=self.zone, **(shared | self.shared(f"{where}.", section)))
        if "deadline" not in section and (extensions or found.late or found.attempt == ATTEMPTS[-1]):
            self.faults.append(f"{where}.deadline is missing, and what is late, extended or in time depends on it: "
                               "write deadline = 2025-05-02T23:59:00")
        return found

    def late(self, where, given):
        example = "write late = {percent_per_day = 10, at_most = 50, grace_minutes = 15}"
        if not isinstance(given, dict):
            self.faults.append(f'{where}: {given!r:.80} is neither "none" nor a table: {example}')
            return None
        self.keys(where, given, LATE)
        number = {key: self.number(f"{where}.{key}", given[key]) for key in LATE if key in given}
        units = [key for key in LATE[:2] if key in given]
        if len(units) != 1:
            self.faults.append(f"{where}: say what a day costs, either percent_per_day or points_per_day "
                               f"(percent_per_day = 100 takes all): {example}")
            return None
        if number.get("grace_minutes") and number["grace_minutes"] > 7 * 24 * 60:
            self.faults.append(f"{where}.grace_minutes: {given['grace_minutes']} are more than a week: move the "
                               "deadline")
        share = units[0] == "percent_per_day"
        per_day, at_most = number[units[0]], number.get("at_most")
        if None in number.values():
            return None
        scale = Fraction(1, 100) if share else 1
        return Late(per_day * scale, share, None if at_most is None else at_most * scale,
                    float(number.get("grace_minutes", 0)))

    def number(self, where, given, above=None):
        """A number of at least 0, or above it, as a fraction; None if none is given, or it is wrong."""
        if given is None:
            return None
        if isinstance(given, bool) or not isinstance(given, int | float) or not math.isfinite(given) or given < 0 \
                or (above is not None and given <= above):
            least = "above" if above is not None else "of at least"
            self.faults.append(f"{where}: {given!r:.80} is not a number {least} 0")
            return None
        return exact(given)

    def keys(self, where, given, allowed):
        for key in given:
            if key not in allowed:
                place = f"{where}.{key}" if where else key
                self.faults.append(f"{place} is not known{near(key, allowed)}; there are {', '.join(allowed)}")

    def taken(self, where, read, given, *more):
        if given is None:
            return None
        try:
            return read(given, *more)
        except ValueError as error:
            self.faults.append(f"{where}: {error}")
            return None


def _zone(name):
    if not isinstance(name, str):
        raise ValueError(f'{name!r:.80} is no text: write zone = "Europe/Berlin"')
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        pass
    names = zoneinfo.available_timezones()
    if not names:
        raise ValueError("this system knows no time zones. Type: python -m pip install tzdata")
    raise ValueError(f"{name!r:.80} is no time zone{near(name, names)}: write one such as "
                     '"Europe/Berlin", "America/New_York", "UTC"')
