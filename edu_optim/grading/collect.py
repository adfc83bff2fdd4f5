"""What is to be graded: the submissions of one or more uploads under the names they have inside, and what is left out.

A plain folder's files keep their names; students of a learning platform get pseudonyms.
"""

import functools
import hashlib
import unicodedata
from pathlib import Path
from typing import NamedTuple

from ..whole_file import write_whole
from . import platforms, uploads
from .gradebook import harmless
from .printable import name_shown
from .stranger import Unreadable

NO_NOTEBOOK = "there is no notebook among the files: hand in the .ipynb file itself, not in a zip"


class HandedIn(NamedTuple):
    """A submission.

    Parameters
    ----------
    read : callable
        Returns the bytes of its notebook; raises `stranger.Unreadable`.
    flags : tuple of str
        What there is to say of how it was handed in.
    person : str
        Under which name the first attempt goes.
    attempt : int
        From 1; 0 if there is only one.
    time : str
        When it came, by the platform's clock; empty if nobody knows.
    """

    read: object
    flags: tuple = ()
    person: str = ""
    attempt: int = 0
    time: str = ""


class Found(NamedTuple):
    """What is there.

    Parameters
    ----------
    platform : str
        One of `platforms.PLATFORMS`.
    submissions : dict of str to HandedIn
        By name.
    passed : list of (str, str, str)
        Of each file that is not graded the submission it belongs to, its name, and why.
    whole : bool
        Whether these are all, and not one that was given by itself.
    """

    platform: str
    submissions: dict
    passed: list
    whole: bool = True


def found(*places, platform="auto", names=None, handed_out="", without=None):
    """The submissions in uploads.

    Parameters
    ----------
    *places : paths
        Folders, zips or single notebooks, the older first: what has changed in a later one is a further attempt.
    platform : str, optional
        One of `platforms.PLATFORMS`.
    names : callable, optional
        Returns the `pseudonyms.Names` that a platform's students get theirs from.
    handed_out : str, optional
        The name of the notebook that students got.
    without : path, optional
        A folder that is no part of an upload, even if it lies in one.

    Returns
    -------
    Found

    Raises
    ------
    UploadError
        If there is nothing, or uploads are of several platforms.
    """
    single = all(Path(place).suffix.lower() == ".ipynb" and not Path(place).is_dir() for place in places)
    if single and platform == "auto":  # the names of a few files look like Canvas's by chance
        platform = "moodle" if all(platforms.MOODLE.fullmatch(Path(place).name) for place in places) else "plain"
    collected = [platforms.collected(uploads.files(place, without), platform, handed_out) for place in places]
    kinds = dict.fromkeys(one.platform for one in collected if one.attempts)
    if not kinds:
        raise uploads.UploadError(f"there are no notebooks in {', '.join(map(str, places))}: give the folder with the "
                                  ".ipynb files, one of them, or the zip that the learning platform made")
    if len(kinds) > 1:
        raise uploads.UploadError(f"these are uploads of {' and '.join(kinds)}: grade each into a folder of its own, "
                                  "or say what they are: --platform plain")
    kind = next(iter(kinds))
    students = [student for one in collected for student in one.attempts]
    called = _names(students) if kind == "plain" else _pseudonyms(students, names())
    handed_in = [{student[:2]: files for student, files in one.attempts.items()} for one in collected]
    submissions = {}
    for identity, name in called.items():
        attempts = _attempts([one[identity] for one in handed_in if identity in one])
        for number, (read, flags, time) in enumerate(attempts, 1):
            own = name if number == 1 else f"{name} (attempt {number})"
            while number > 1 and own in called.values():
                own += "+"
            several = len(attempts) > 1
            submissions[own] = HandedIn(read, (*flags, platforms.ATTEMPT) if several else flags, name,
                                        number if several else 0, time)
    passed = [(called.get(student and student[:2], ""), _told(file, kind, student), why)
              for one in collected for student, file, why in one.passed]
    return Found(kind, dict(sorted(submissions.items())), list(dict.fromkeys(passed)), not single)


def note_times(path, submissions):
    """Add to the table of times what an upload says of attempts and times.

    What a person wrote there stays: a time is changed only where it is the platform's, as the column ``stamp`` tells.

    Returns
    -------
    list of str
        Where the platform's time has changed, and a person wrote another: what to look at.
    """
    from .course.table import read, written

    columns = ("submission", "time", "person", "attempt", "stamp")
    rows = [{column: cells.get(column, "") for column in columns} for _, cells in read(path, columns[:2], columns[2:])]
    before, there, remarks = [dict(row) for row in rows], {row["submission"]: row for row in rows}, []
    for name, one in submissions.items():
        row = there.get(name) or there.get(harmless(name))
        if row is None and (one.time or one.attempt):
            rows.append(dict(zip(columns, (name, one.time, one.person, str(one.attempt or ""), one.time))))
        elif row and one.time != row["stamp"]:
            if row["time"] in (row["stamp"], one.time):
                row["time"] = row["stamp"] = one.time
            else:
                remarks.append(f"{name_shown(name)}: {path.name} says {name_shown(row['time'])}, and the platform now "
                               f"says {one.time or 'nothing'}: write what holds into the column time, and "
                               f"{one.time or 'nothing'} into the column stamp")
    if rows != before:
        write_whole(path, written(columns, [list(row.values()) for row in rows]))
    return remarks


def _attempts(files):
    """(read, flags, time) of each attempt among the lists of files of each upload, in their order."""
    if sum(map(len, files)) <= 1:
        return [(file.read, flags, time) for one in files for file, flags, time in one] or [
            (functools.partial(_refuse, NO_NOTEBOOK), (), "")]
    found, before, last = [], set(), None
    for one in files:
        keys = [(file.raw, _digest(file)) for file, *_ in one]
        for (file, flags, time), key in zip(one, keys):
            if key not in before and key[1] != last:
                found.append((file.read, flags, time))
                last = key[1]
        before = set(keys)
    return found


def _digest(file):
    try:
        return hashlib.sha256(file.read()).hexdigest()
    except Unreadable as error:
        return f"{error.reason} {file.name}"


def _refuse(why):
    raise Unreadable(why)


def _pseudonyms(students, names):
    return {student[:2]: own for student, own in names.called(students).items()}


def _names(students):
    """The name of each: the file's, and where two could be taken for one another, with a digest of its bytes."""
    told = {}
    for student in dict.fromkeys(students):
        told.setdefault(unicodedata.normalize("NFC", student.name), []).append(student)
    called = {meant[0][:2]: name for name, meant in told.items() if len(meant) == 1}
    for name, meant in told.items():
        for student in meant if len(meant) > 1 else ():
            own = f"{name}-{hashlib.sha256(student.id.encode('latin-1')).hexdigest()[:8]}"
            while own in called.values():
                own += "+"
            called[student[:2]] = own
    return called


def _told(file, kind, student):
    """A file's name for a list; of one that is known to be a student's only what kind it is: names tell names."""
    if kind == "plain" or student is None:
        return file.name
    return f"*{Path(file.parts[-1]).suffix}"
