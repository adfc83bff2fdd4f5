"""Files that are there whole or not at all, whenever the process that writes them ends."""

import contextlib
import os
from pathlib import Path


def with_folder(path):
    """The path of a file to be written, as a Path: asked before the work that fills it.

    Raises
    ------
    FileNotFoundError
        If there is no folder for it.

    Examples
    --------
    >>> with_folder("report.html").name
    'report.html'
    """
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"there is no folder {str(path.parent)!r} to write {path.name} into; make it first")
    return path


def write_whole(path, content, private=False):
    """Write a file in the place of the one that is there; a crash leaves that one, and at most a hidden ``.part``.

    Parameters
    ----------
    path : Path
        Its folder must be there.
    content : bytes or str
        Text is written in UTF-8, what that cannot hold by its number.
    private : bool, optional
        Whether its owner alone may read it, from its first byte on.

    Raises
    ------
    OSError
        If it cannot be written; what was there is untouched.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_whole(pathlib.Path(folder, "marks.csv"), "ada,2")
    ...     pathlib.Path(folder, "marks.csv").read_text()
    'ada,2'
    """
    content = content if isinstance(content, bytes) else content.encode("utf-8", "backslashreplace")
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        if private:
            with contextlib.suppress(FileNotFoundError):
                part.unlink()
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
            with open(os.open(part, flags, 0o600), "wb") as file:
                file.write(content)
        else:
            part.write_bytes(content)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
