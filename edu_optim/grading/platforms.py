"""Whose each file of an upload is, by the names that learning platforms give, and which notebook of theirs counts.

==========  ============================================================================================
Moodle      ``Full Name_12345_assignsubmission_file_/a1.ipynb``, or without folders, or without the last ``_``
Canvas      ``lastnamefirst_12345_678_a1.ipynb``, ``..._LATE_12345_678_a1-1.ipynb``, ``anon_Xy12z_678_a1.ipynb``
ILIAS       ``Lastname_Firstname_login_12345/a1.ipynb``, perhaps in ``Team_13/``; ``20250502235900_a1.ipynb``
plain       ``name.ipynb``, or ``name/a1.ipynb`` if no notebook lies beside the folders
==========  ============================================================================================

Of several notebooks of one student the last counts that has the name which was handed out, apart from what browsers and
platforms add to it (``a1-1``, ``a1 (1)``); if none has, the last of all. An upload is one attempt of each student,
unless the platform itself says when each file came: then every time is an attempt, and the last few are kept.
"""

import re
import unicodedata
from datetime import datetime
from typing import NamedTuple

from .printable import name_shown
from .uploads import File, UploadError

MOODLE = re.compile(r"([^_]*)_(\d+)_assignsubmission_([a-z]+)(?:_(.*))?", re.DOTALL)
CANVAS = re.compile(r"(?:(\w+?)_)??(LATE_)?(\d+|anon_[0-9A-Za-z]+)_(\d+)_(.+)", re.DOTALL)
ILIAS = re.compile(r"(.+_.+_.+)_(\d+)", re.DOTALL)
STAMP = re.compile(r"(\d{14})_")
COPY = re.compile(r"(?:-| ?\(|_\()(\d+)\)?$")
PLATFORMS = ("auto", "moodle", "canvas", "ilias", "plain")
ATTEMPTS = 5  # of one student in one upload: more would be tries

SEVERAL = "several notebooks were handed in: the one with the name that was handed out is graded"
COPIES = "several copies of the notebook were handed in: the last is graded"
LAST = "several notebooks were handed in, and none has the name that was handed out: the last is graded"
ATTEMPT = "one of several attempts"
LATE = "the platform calls it late"
HIDDEN = "hidden: its name, or that of its folder, begins with a dot or a tilde"
NO_NOTEBOOK = "no notebook"
NOBODYS = "it belongs to nobody: its name is not one that {} gives"
BESIDE = "it lies in a folder, and other notebooks lie beside that folder: give the folder by itself"
ANOTHER = "another notebook of this student is graded"
NO_FILE = "it was not handed in as a file"


class Student(NamedTuple):
    """Who handed in, as the platform has it; ``folder`` is how the names of their files begin there."""

    platform: str
    id: str
    name: str = ""
    folder: str = ""


class Owned(NamedTuple):
    """A file with its owner, what they called it, the platform's number that orders what came, whether late, and
    whether they handed it in as a file."""

    student: Student
    file: File
    own: str
    when: int = 0
    late: bool = False
    is_file: bool = True


class Collected(NamedTuple):
    """What students handed in.

    Parameters
    ----------
    platform : str
    attempts : dict of Student to list of (File, flags, time)
        In the order in which they came; an empty list for who handed in no notebook. The time is one of ISO 8601 on the
        platform's clock, or empty.
    passed : list of (Student or None, File, str)
        The files that are not graded, and why.
    """

    platform: str
    attempts: dict
    passed: list


def collected(files, platform="auto", handed_out=""):
    """Sort the files of an upload by students.

    Parameters
    ----------
    files : list of uploads.File
    platform : str, optional
        One of `PLATFORMS`; "auto" looks at the names of the notebooks.
    handed_out : str, optional
        The name of the notebook that students got.

    Returns
    -------
    Collected

    Raises
    ------
    uploads.UploadError
        If no file is one of this platform's, or it cannot be told whose the names are.

    Examples
    --------
    >>> names = ["Student 07_31_assignsubmission_file_/a1.ipynb", "Student 08_32_assignsubmission_file_/a1.pdf"]
    >>> found = collected([File(tuple(name.split("/")), None) for name in names])
    >>> {student.name: [file.name for file, *_ in files] for student, files in found.attempts.items()}
    {'Student 07': ['Student 07_31_assignsubmission_file_/a1.ipynb'], 'Student 08': []}
    """
    aside = [file for file in files if file.lost or file.is_hidden]
    files = [file for file in files if not file.lost and not file.is_hidden]
    shared = _shared(files)
    owners = {name: [find(file, shared) for file in files] for name, find in FINDERS.items()}
    if platform == "auto":
        platform = _recognised(files, owners)
    elif platform != "plain" and files and not any(owners[platform]):
        raise UploadError(f"no file has a name that {SPELLED[platform]} gives. For notebooks of any names type: "
                          "--platform plain")
    passed, belongings = [], {}
    for file in aside:  # a plain folder's names are no secret
        owned = FINDERS[platform](file, shared) if platform != "plain" else None
        passed.append((owned and owned.student, file, file.lost or HIDDEN))
    for file, owned in zip(files, _believed(platform, owners[platform])):
        if owned is None:
            why = NO_NOTEBOOK if not file.is_notebook else BESIDE if platform == "plain" else NOBODYS
            passed.append((None, file, why.format(SPELLED[platform])))
        elif not owned.is_file:
            passed.append((owned.student, file, NO_FILE))
        else:
            belongings.setdefault(owned.student[:2], []).append(owned)
    attempts = {}
    for mine in belongings.values():
        notebooks = [owned for owned in mine if owned.file.is_notebook]
        counting, flags = _counting(notebooks, handed_out)
        student = (counting or mine)[-1].student
        passed += [(student, owned.file, NO_NOTEBOOK) for owned in mine if not owned.file.is_notebook]
        attempts[student] = [(owned.file, (*flags, LATE) if owned.late else flags, _time(owned)) for owned in counting]
        passed += [(student, owned.file, ANOTHER) for owned in notebooks if owned not in counting]
    return Collected(platform, attempts, passed)


def _moodle(file, shared):
    for number, part in enumerate(file.parts[:shared.folders + 1]):  # what lies deeper students name
        if found := MOODLE.fullmatch(part):
            name, identity, plugin, rest = found.groups()
            own = "/".join(filter(None, [rest, *file.parts[number + 1:]]))
            folder = f"{name}_{identity}_assignsubmission_file_/"
            return Owned(Student("moodle", identity, name, folder), file, own, is_file=plugin == "file")
    return None


def _canvas(file, shared):
    if found := CANVAS.fullmatch(file.parts[-1]):
        name, late, identity, upload, own = found.groups()
        folder = file.parts[-1][:-len(own)]
        return Owned(Student("canvas", identity, name or "", folder), file, own, int(upload), bool(late))
    return None


def _ilias(file, shared):
    around = shared.folders - shared.reached if shared.folders else 0  # the last may be the only student's own
    for number, part in enumerate(file.parts[around:-1], around):
        if found := ILIAS.fullmatch(part):
            own = "/".join(file.parts[number + 1:])
            stamp = STAMP.match(file.parts[-1])
            folder = "/".join([*file.parts[:number + 1], ""])
            return Owned(Student("ilias", found[2], found[1], folder), file, own, int(stamp[1]) if stamp else 0)
    return None


def _plain(file, shared):
    first, *rest = file.parts[shared.folders:] or [""]
    if not file.is_notebook or (rest and shared.reached):
        return None
    raw = (file.raw or file.name.encode()).split(b"/")  # of which a text may stand for more than one
    identity = raw[shared.folders].decode("latin-1")
    return Owned(Student("plain", identity, first if rest else first[:-6]), file, "/".join(rest) or first)


FINDERS = {"moodle": _moodle, "canvas": _canvas, "ilias": _ilias, "plain": _plain}
SPELLED = {"moodle": "Moodle", "canvas": "Canvas", "ilias": "ILIAS", "plain": "a plain folder"}


def _recognised(files, owners):
    """The platform whose names these are: a platform's are on every notebook, since it gives them and not students."""
    telling = [number for number, file in enumerate(files) if file.is_notebook] or range(len(files))
    for name in ("moodle", "canvas", "ilias"):
        count = sum(owners[name][number] is not None for number in telling)
        if count and count == len(telling):
            return name
        if count if name == "moodle" else 2 * count > len(telling):  # Moodle's names are like no others
            other = next(files[number] for number in telling if owners[name][number] is None)
            raise UploadError(f"{count} of {len(telling)} notebooks have names that {SPELLED[name]} gives, and "
                              f"{name_shown(other.name)} has not. Say what this upload is: --platform {name}, and the "
                              "others are passed over; or --platform plain")
    return "plain"


def _believed(platform, owners):
    """The files of an upload, with no numbers if those of ILIAS are not times on every notebook: then a student wrote
    them."""
    notebooks = [owned for owned in owners if owned and owned.file.is_notebook]
    if platform != "ilias" or all(_stamp(owned.when) for owned in notebooks):
        return owners
    return [owned and owned._replace(when=0) for owned in owners]


class Shared(NamedTuple):
    """How many folders all notebooks have in common, and whether one lies in the last of them itself."""

    folders: int
    reached: bool


def _shared(files):
    folders = [file.parts[:-1] for file in files if file.is_notebook]
    if not folders:
        return Shared(0, False)
    fewest = min(map(len, folders))
    level = next((level for level in range(fewest) if len({one[level] for one in folders}) > 1), fewest)
    return Shared(level, level == fewest)


def _counting(notebooks, handed_out):
    """Those of one student that count, in the order in which they came, and what is to be said of it."""
    wanted = _stem(handed_out)
    ordered = sorted(notebooks, key=lambda owned: _order(owned, wanted))
    named = [owned for owned in ordered if handed_out and wanted in (_stem(owned.own), _base(owned.own))]
    alike = named or [owned for owned in ordered if _base(owned.own) == _base(ordered[-1].own)]
    counting = list({_time(owned): owned for owned in alike}.values())[-ATTEMPTS:]
    if len(counting) == len(ordered):
        return counting, ()
    return counting, (SEVERAL if 0 < len(named) < len(ordered) else COPIES if named else LAST,)


def _time(owned):
    return _stamp(owned.when) if owned.student.platform == "ilias" else ""


def _stamp(when):
    """A number of ILIAS as a time of ISO 8601, or nothing if it is none."""
    try:
        return datetime.strptime(f"{when:014d}", "%Y%m%d%H%M%S").isoformat()
    except ValueError:
        return ""


def _stem(own):
    """A file's name without the time that ILIAS puts before it, and without its ending."""
    name = STAMP.sub("", own.rpartition("/")[2], count=1)
    stem = name[:-6] if name.lower().endswith(".ipynb") else name
    return unicodedata.normalize("NFC", stem.casefold())


def _base(own):
    """The same without what says which of several copies it is."""
    return COPY.sub("", _stem(own))


def _order(owned, wanted):
    number = COPY.search(_stem(owned.own)) if _stem(owned.own) != wanted else None
    return owned.when, int(number[1]) if number else 0, owned.own
