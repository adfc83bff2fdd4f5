"""A stranger's file as data: nothing in it is run, repaired or validated, and outputs are never looked at."""

import json
import os
import re
import stat

LARGEST = 50_000_000  # bytes; a notebook of this size holds outputs, and those are not read
MOST = 4_000_000  # values in a file: some 70 bytes of memory each, whatever they are
_GUESSED = {0xDC00 + byte: bytes([byte]).decode("cp1252", "replace") for byte in range(128, 256)}
NOT_UTF8 = "the file is not all in UTF-8: the letters that are not were guessed"


class Unreadable(Exception):
    """A submission that is no notebook; ``reason`` is for the student.

    Examples
    --------
    >>> Unreadable("the file is empty").reason
    'the file is empty'
    """

    @property
    def reason(self):
        """str: what is wrong and what to do."""
        return self.args[0]


def content(path):
    """The bytes of a file that is what it seems; raise Unreadable for anything else."""
    # Without O_NONBLOCK a named pipe would keep us waiting for whoever writes it.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        if os.path.islink(path):  # which a system without O_NOFOLLOW would follow
            raise Unreadable("this is a link, not a file: hand in the notebook itself")
        handle = os.open(path, flags)
    except OSError as error:
        raise Unreadable(f"the file cannot be opened ({error.strerror})") from None
    facts = os.fstat(handle)
    if not stat.S_ISREG(facts.st_mode) or facts.st_nlink > 1:
        os.close(handle)
        raise Unreadable("this is no file: hand in the notebook itself" if not stat.S_ISREG(facts.st_mode) else
                         "this file has a second name elsewhere (a hard link): hand in a copy")
    with open(handle, "rb") as file:
        return within_limits(file.read(LARGEST + 1))


def within_limits(data):
    """These bytes, of which no more than one beyond `LARGEST` are needed; raise Unreadable for none or too many."""
    if not data.strip():
        raise Unreadable("the file is empty")
    if len(data) > LARGEST:
        raise Unreadable(f"the file is larger than {LARGEST // 10**6} MB: clear all outputs, save, and hand in again")
    return data


def parse(data):
    """The value that a notebook's bytes stand for and a list of remarks; raise Unreadable if there is none."""
    if sum(map(data.count, (b",", b"[", b"{"))) > MOST:
        raise Unreadable("the file holds too many values: clear all outputs, save, and hand in again")
    flags = []
    try:
        try:
            text = data.decode(json.detect_encoding(data))
        except UnicodeDecodeError:
            text, flags = data.decode("utf-8", "surrogateescape").translate(_GUESSED), [NOT_UTF8]
        return json.loads(text.lstrip("\ufeff"), parse_int=_number, parse_constant=_nothing), flags
    except (ValueError, RecursionError, MemoryError):
        raise Unreadable("this is not a notebook: open it in Jupyter, save it, and hand in the .ipynb file") from None


def _number(text):
    return int(text) if len(text) < 20 else 0  # no source has numbers, and long ones take long


def _nothing(_):
    return None


def cells_of(notebook):
    """The cells of a notebook of any format, those that are cells; raise Unreadable if it has no list of them.

    Examples
    --------
    >>> cells_of({"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "1"}, "?"]}]})
    [{'cell_type': 'code', 'input': '1'}]
    """
    if isinstance(notebook, dict):
        sheets = notebook.get("worksheets")
        sheets = [notebook, *(sheets if isinstance(sheets, list) else [])]
        lists = [sheet["cells"] for sheet in sheets if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)]
        if lists:
            return [cell for found in lists for cell in found if isinstance(cell, dict)]
    raise Unreadable("this is JSON, but not a notebook: it has no cells")


def source_of(cell):
    r"""The source of a cell, with newlines of one kind and without what no kernel could be sent.

    Examples
    --------
    >>> source_of({"source": ["a = 1\r\n", "b = 2"]})
    'a = 1\nb = 2'
    """
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list):
        source = "".join(part for part in source if isinstance(part, str))
    if not isinstance(source, str):
        return ""
    return re.sub(r"\r\n?", "\n", source).lstrip("\ufeff").encode("utf-8", "replace").decode()


def ours(cell):
    """What a cell, anybody's, says in the metadata that are ours.

    Examples
    --------
    >>> ours({"metadata": {"edu_optim": {"role": "check"}}}), ours({"metadata": []})
    ({'role': 'check'}, {})
    """
    metadata = cell.get("metadata")
    found = metadata.get("edu_optim") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}
