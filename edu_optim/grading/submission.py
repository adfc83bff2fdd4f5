"""What a student sent in: of their file only the sources of the answers are taken, whatever editors have made of it."""

from dataclasses import dataclass
from pathlib import Path

from .finding import ANY, Form, answers_among
from .stranger import cells_of, content, parse

__all__ = ["Form", "Submission", "name_of", "read", "understood"]


@dataclass(frozen=True)
class Submission:
    """The answers of one student.

    Parameters
    ----------
    name : str
        The file's name without its ending.
    answers : dict of str
        The source of each answer that is there.
    flags : tuple of str
        What a person may want to look at; it changes no points.
    """

    name: str
    answers: dict
    flags: tuple = ()


def name_of(path):
    """The name of a submission: the file's, without ``.ipynb``, in letters that every file can hold.

    Examples
    --------
    >>> name_of("submissions/ada.v2.ipynb")
    'ada.v2'
    """
    name = Path(path).name
    stem = name[:-6] if name.lower().endswith(".ipynb") else name
    return stem.encode("utf-8", "backslashreplace").decode()


def read(path, form=ANY):
    """Read the answers of a submission.

    An answer is known by its cell's ``metadata.edu_optim``, else by its id, and by its line ``# ANSWER name``: editors
    lose each of them now and then. Of several cells for one answer the last counts that gives what was asked for;
    `finding` says what is made of the rest.

    Parameters
    ----------
    path : path
        A plain file: neither a link nor a file with a second name.
    form : Form, optional

    Returns
    -------
    Submission

    Raises
    ------
    Unreadable
        If it is no notebook.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> cell = '{"cell_type": "code", "source": ["# ANSWER q1\\\\n", "x = 1"]}'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "ada.ipynb")
    ...     _ = path.write_text('{"cells": [%s]}' % cell)
    ...     read(path)
    Submission(name='ada', answers={'q1': '# ANSWER q1\\nx = 1'}, flags=())
    """
    return understood(content(path), name_of(path), form)


def understood(data, name, form=ANY):
    """The submission that the bytes of a file are; raise Unreadable if they are none."""
    notebook, flags = parse(data)
    answers, said = answers_among(cells_of(notebook), form)
    return Submission(name, answers, (*flags, *said))
