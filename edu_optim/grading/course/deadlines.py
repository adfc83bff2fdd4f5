"""When something came, how late that is, and what it costs.

A day of lateness ends at the deadline's time by the clock on the wall, also where the clocks are put forward or back in
between. A time that is not known is said, never guessed.
"""

import contextlib
import re
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple

from ..printable import name_shown
from .rules import moment
from .table import CourseError, known, read

FILE = "times.csv"


class Times(NamedTuple):
    """What is known of submissions.

    Attributes
    ----------
    at : dict of str to datetime.datetime
        When each came, with a zone.
    person : dict of str to str
        From whom.
    attempt : dict of str to int
        Which of that person's it is, in the order in which they came.
    """

    at: dict
    person: dict
    attempt: dict

    @classmethod
    def read(cls, folder, names, zone):
        """Of ``times.csv`` in a folder of results: ``submission,time`` and, where one person may have sent several,
        ``person`` and ``attempt`` (1, 2, ...; it orders them where times are not known). ``stamp`` is what the platform
        said when ``time`` was written (see `collect.note_times`), and is not read here.

        Lines about others than these names are passed over, and times may be empty; CourseError if it is no such table.
        """
        path, found, lines = folder / FILE, cls({}, {}, {}), {}
        for line, cells in read(path, ("submission", "time"), ("person", "attempt", "stamp")):
            name = known(cells["submission"], names)
            if name in lines:
                raise CourseError(f"{path}, line {line}: {name_shown(name)} stands in line {lines[name]} too: "
                                  "delete one")
            if name is None:
                continue
            lines[name] = line
            try:
                person = cells.get("person") or name
                found.person[name] = known(person, names) or person
                if cells["time"]:
                    found.at[name] = moment(_time(cells["time"]), zone)
                if cells.get("attempt"):
                    found.attempt[name] = _number(cells["attempt"])
            except ValueError as error:
                raise CourseError(f"{path}, line {line}: {error}") from None
        return found


def _time(text):
    with contextlib.suppress(ValueError):
        time = datetime.fromisoformat(text)
        if re.search(r"\d[T ]\d\d:?\d\d", text):  # a day alone would be its midnight
            return time
    raise ValueError(f"{text!r:.80} is no time: write 2025-05-02T23:59:00+02:00")


def _number(text):
    if not text.isdecimal() or len(text) > 9:
        raise ValueError(f"attempt={text!r:.80} is no number: write 1 for the first that came")
    return int(text)


def days_late(time, deadline, grace=0):
    """How many days have begun after a deadline.

    Parameters
    ----------
    time, deadline : datetime.datetime
        With zones; the days are those of the deadline's.
    grace : float
        So many minutes after the deadline are not late; after them the days count from the deadline.

    Returns
    -------
    int

    Examples
    --------
    >>> deadline = datetime(2025, 5, 2, 23, 59, tzinfo=UTC)
    >>> [days_late(deadline + timedelta(minutes=late), deadline, grace=15) for late in (-1, 0, 15, 16, 1440, 1441)]
    [0, 0, 0, 1, 1, 2]
    """
    time, end = time.astimezone(UTC), deadline.astimezone(UTC)
    if time <= end + timedelta(minutes=grace):
        return 0
    days = max(1, (time - end) // timedelta(days=1) - 1)
    while time > (deadline + timedelta(days=days)).astimezone(UTC):  # the sum goes by the clock on the wall
        days += 1
    return days


def deduction(late, days, of):
    """What so many days cost, in points.

    Parameters
    ----------
    late : Late or None
    days : int
    of : fractions.Fraction
        The most points that can be had.

    Returns
    -------
    fractions.Fraction

    Examples
    --------
    >>> from .rules import Late
    >>> print(deduction(Late(Fraction(1, 10), at_most=Fraction(1, 2)), 3, Fraction(20)), deduction(None, 3, 20))
    6 0
    """
    if late is None or not days:
        return Fraction(0)
    cost = late.per_day * days
    if late.at_most is not None:
        cost = min(cost, late.at_most)
    return cost * of if late.share else cost
