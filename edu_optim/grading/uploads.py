"""The files of an upload, a folder or a zip, as names and what reads them: nothing is unpacked, followed or trusted."""

import functools
import io
import itertools
import os
import re
import stat
import weakref
import zipfile
import zlib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from .stranger import LARGEST, Unreadable, content, within_limits

FILES = 20_000  # in an upload
LISTING = 8_000_000  # bytes of a zip's list of its files
RATIO = 200  # between a file in a zip and what it takes there; notebooks reach 20
CHUNK = 1_000_000
SMALL = 1_000_000  # bytes, below which no ratio matters
LITTER = {".ds_store", "__macosx", "thumbs.db", "desktop.ini", ".ipynb_checkpoints"}  # made by programs, for programs
OUTSIDE = "its name leads out of the upload: a folder above it, or another drive"
LINK = "this is a link, not a file: hand in the notebook itself"
DAMAGED = "the file is damaged inside the zip: download the upload once more, or ask for a new file"


class UploadError(Exception):
    """An upload of which nothing can be read; the message says what to do."""


class File(NamedTuple):
    """A file of an upload.

    Parameters
    ----------
    parts : tuple of str
        Its folders and its name, in letters that every file can hold.
    read : callable
        Returns its bytes; raises `stranger.Unreadable`.
    raw : bytes
        The name as it stands there.
    lost : str
        Why it cannot be told where it belongs, if it cannot.
    """

    parts: tuple
    read: object
    raw: bytes = b""
    lost: str = ""

    @property
    def name(self):
        """str: all of it."""
        return "/".join(self.parts)

    @property
    def is_notebook(self):
        """bool: whether it is called one."""
        return self.parts[-1].lower().endswith(".ipynb")

    @property
    def is_hidden(self):
        """bool: whether it, or a folder around it, is there for a program and not for people."""
        return any(part.startswith((".", "~")) for part in self.parts)


def files(place, without=None):
    """The files of an upload.

    Parameters
    ----------
    place : path
        A folder, a zip, or one notebook.
    without : path, optional
        A folder in it that is left out.

    Returns
    -------
    list of File
        In the order of their names; a place that is not there has none.

    Raises
    ------
    UploadError
        If it is a zip that cannot be read, or holds more than any upload.
    """
    place = Path(place)
    if place.is_dir():
        found = list(itertools.islice(_in_folder(place, without), FILES + 1))
    elif place.suffix.lower() == ".zip":
        found = list(_in_zip(place))
    else:
        found = [_file(place, ())] if os.path.lexists(place) else []
    if len(found) > FILES:
        raise UploadError(f"{place} holds more than {FILES} files: give what the learning platform made")
    found = [file for file in found if not LITTER & {part.lower() for part in file.parts}]
    return sorted(found, key=lambda file: (file.parts, file.raw))


def _in_folder(place, without):
    without = os.path.realpath(without) if without else None
    shut = []
    for folder, folders, names in os.walk(place, onerror=shut.append):
        inside = Path(folder).relative_to(place).parts
        closed = [name for name in folders if name.startswith(".") or name.lower().endswith(".ipynb")
                  or os.path.islink(os.path.join(folder, name))]
        for name in [*names, *closed]:
            yield _file(Path(folder, name), inside)
        folders[:] = [name for name in folders
                      if name not in closed and os.path.realpath(os.path.join(folder, name)) != without]
    for error in shut:
        path = Path(error.filename)
        if path == place:
            raise error
        yield _file(path, path.parent.relative_to(place).parts)._replace(lost=f"it cannot be opened ({error.strerror})")


def _file(path, inside):
    raw = os.fsencode("/".join([*inside, path.name]))
    return File(tuple(map(_text, [*inside, path.name])), functools.partial(content, path), raw)


def _in_zip(path):
    try:
        archive = _Archive(path)
    except OSError as error:
        raise UploadError(f"{path} cannot be opened ({error.strerror})") from None
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise UploadError(f"{path} is no zip that can be read ({error}): download it from the platform once more"
                          ) from None
    infos = archive.infolist()
    if len(infos) > 2 * FILES:
        raise UploadError(f"{path} holds more than {FILES} files: give what the learning platform made")
    twice = Counter(info.filename for info in infos)
    for info in infos:
        if not info.filename.endswith("/"):  # damage leaves names without a letter
            name = _text(info.orig_filename.replace("\\", "/"))
            parts = tuple(part for part in name.split("/") if part not in ("", "."))
            outside = ".." in parts or name.startswith("/") or re.match(r"[A-Za-z]:", name) or "\0" in name
            why = _refused(info, twice[info.filename])
            read = functools.partial(_refuse, why) if why else functools.partial(_member, archive, info)
            yield File(parts or ("?",), read, "/".join(parts).encode(), OUTSIDE if outside or not parts else "")


def _refused(info, times):
    """Why nothing is read from a place in a zip, or nothing to be said."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return LINK
    if kind not in (0, stat.S_IFREG):
        return "this is no file: hand in the notebook itself"
    if times > 1:
        return "the zip holds two files of this name, and nobody can say which is meant: hand in one"
    if info.flag_bits & 1:
        return "the file is encrypted: hand it in without a password"
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "the file is compressed in a way that learning platforms do not use: hand in the notebook itself"
    if info.file_size > LARGEST:
        return f"the file is larger than {LARGEST // 10**6} MB: clear all outputs, save, and hand in again"
    if info.file_size > max(SMALL, RATIO * info.compress_size):
        return f"the file unpacks to more than {RATIO} times its size: clear all outputs, save, and hand in again"
    return ""


def _refuse(why):
    raise Unreadable(why)


def _member(archive, info):
    """The bytes of a file in a zip, whatever size the zip says they have."""
    try:
        with archive.open(info) as file:
            data = b"".join(itertools.islice(iter(functools.partial(file.read, CHUNK), b""), LARGEST // CHUNK + 1))
    except (OSError, EOFError, ValueError, IndexError, RuntimeError, zipfile.BadZipFile, zlib.error):
        raise Unreadable(DAMAGED) from None
    return within_limits(data)


class _Archive(zipfile.ZipFile):
    """Open as long as anything of it can be read: its list, which is long, is read once."""

    def __init__(self, path):
        file = _Careful(path)
        weakref.finalize(self, file.close)
        super().__init__(file)


class _Careful(io.FileIO):
    """The list is what `zipfile` reads at once, however long."""

    def read(self, size=-1):
        if size is not None and size > LISTING:
            raise zipfile.BadZipFile("it lists more files than any upload has")
        return super().read(size)


def _text(name):
    return name.encode("utf-8", "backslashreplace").decode()
