"""Whose each file of an upload is, by the names that learning platforms give, and which notebook of theirs counts.

==========  ============================================================================================
Moodle      ``Full Name_12345_assignsubmission_file_/a1.ipynb``, or without folders, or without the last ``_``
Canvas      ``lastnamefirst_12345_678_a1.ipynb``, ``..._LATE_12345_678_a1-1.ipynb``, ``anon_Xy12z_678_a1.ipynb``
ILIAS       ``Lastname_Firstname_login_12345/a1.ipynb``, perhaps in ``Team_13/``; ``20250502235900_a1.ipynb``
plain       ``name.ipynb``, or ``name/a1.ipynb`` if no notebook lies beside the folders
==========  ============================================================================================

Of several notebooks of one student those count that have the name which was handed out; if none has, the name that came
last does. Notebooks of the same name, apart from what browsers and platforms add to it (``a1-1``, ``a1 (1)``), are
attempts, and all are kept.
"""

import re
import unicodedata
from typing import NamedTuple

from .uploads import File, UploadError

MOODLE = re.compile(r"([^_]*)_(\d+)_assignsubmission_([a-z]+)(?:_(.*))?", re.DOTALL)
CANVAS = re.compile(r"(?:(\w+?)_)??(LATE_)?(\d+|anon_[0-9A-Za-z]+)_(\d+)_(.+)", re.DOTALL)
ILIAS = re.compile(r"(.+_.+_.+)_(\d+)", re.DOTALL)
STAMP = re.compile(r"(\d{14})_")
COPY = re.compile(r"(?:-| ?\(|_\()(\d+)\)?$")
PLATFORMS = ("auto", "moodle", "canvas", "ilias", "plain")

SEVERAL = "several notebooks were handed in: the one with the name that was handed out is graded"
LAST = "several notebooks were handed in, and none has the name that was handed out: the last is graded"
ATTEMPT = "one of several attempts"
LATE = "the platform calls it late"
HIDDEN = "hidden: its name, or that of its folder, begins with a dot or a tilde"
NO_NOTEBOOK = "no notebook"
NOBODYS = "it belongs to nobody: its name is not one that {} gives"
BESIDE = "it lies in a folder, and other notebooks lie beside that folder: give the folder by itself"
ANOTHER = "another notebook of this student is graded"


class Student(NamedTuple):
    """Who handed in, as the platform has it; ``folder`` is how the names of their files begin there."""

    platform: str
    id: str
    name: str = ""
    folder: str = ""


class Owned(NamedTuple):
    """A file with its owner, what they called it, the platform's number that orders what came, and whether late."""

    student: Student
    file: File
    own: str
    when: int = 0
    late: bool = False


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
        If no file is one of this platform's.

    Examples
    --------
    >>> names = ["Student 07_31_assignsubmission_file_/a1.ipynb", "Student 08_32_assignsubmission_file_/a1.pdf"]
    >>> found = collected([File(tuple(name.split("/")), None) for name in names])
    >>> {student.name: [file.name for file, *_ in files] for student, files in found.attempts.items()}
    {'Student 07': ['Student 07_31_assignsubmission_file_/a1.ipynb'], 'Student 08': []}
    """
    passed = [(None, file, file.lost or HIDDEN) for file in files if file.lost or file.is_hidden]
    files = [file for file in files if not file.lost and not file.is_hidden]
    shared = _shared(files)
    owners = {name: [find(file, shared) for file in files] for name, find in FINDERS.items()}
    if platform == "auto":
        platform = _recognised(files, owners)
    elif platform != "plain" and files and not any(owners[platform]):
        raise UploadError(f"no file has a name that {SPELLED[platform]} gives. For notebooks of any names type: "
                          "--platform plain")
    belongings = {}
    for file, owned in zip(files, owners[platform]):
        if owned is None:
            why = NO_NOTEBOOK if not file.is_notebook else BESIDE if platform == "plain" else NOBODYS
            passed.append((None, file, why.format(SPELLED[platform])))
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
    for number, part in enumerate(file.parts):
        if found := MOODLE.fullmatch(part):
            name, identity, plugin, rest = found.groups()
            own = "/".join(filter(None, [rest, *file.parts[number + 1:]]))
            folder = f"{name}_{identity}_assignsubmission_file_/"
            return Owned(Student("moodle", identity, name, folder), file, own) if plugin == "file" else None
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
    """The platform whose names these are: Moodle's are unlike all others, those of the others must be on everything."""
    if any(owners["moodle"]):
        return "moodle"
    telling = [number for number, file in enumerate(files) if file.is_notebook] or range(len(files))
    return next((name for name in ("canvas", "ilias") if len(telling) and all(owners[name][number]
                                                                             for number in telling)), "plain")


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
    named = {}
    for owned in sorted(notebooks, key=_order):
        named.setdefault(_base(owned.own), []).append(owned)
    if not named:
        return [], ()
    wanted = _base(handed_out)
    last = max(notebooks, key=_order)
    counting = named.get(wanted) or named[_base(last.own)]
    flags = () if len(named) == 1 else (SEVERAL if wanted in named else LAST,)
    return counting, flags


def _time(owned):
    if owned.student.platform != "ilias" or not owned.when:
        return ""
    day, clock = divmod(owned.when, 10**6)
    text = f"{day:08d}T{clock:06d}"
    return "-".join([text[:4], text[4:6], text[6:11]]) + f":{text[11:13]}:{text[13:]}"


def _base(own):
    """A file's name without what says which of several it is."""
    name = STAMP.sub("", own.rpartition("/")[2], count=1)
    stem = name[:-6] if name.lower().endswith(".ipynb") else name
    return unicodedata.normalize("NFC", COPY.sub("", stem).casefold())


def _order(owned):
    name = owned.own.rpartition("/")[2]
    number = COPY.search(name[:-6])
    return owned.when, int(number[1]) if number else 0, owned.own
