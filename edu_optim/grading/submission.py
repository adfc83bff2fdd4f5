"""What a student sent in: of their file only the sources of the answers are taken, whatever editors have made of it."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from .marks import answer_name
from .stranger import cells_of, content, parse, source_of

TEXT_CELL = "the answer {} stands in a cell for text, not for code"
TWICE = "the answer {} is there more than once: the last is graded"
OWN_CELLS = "cells of your own are not graded: what an answer needs must stand in its cell"


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


@dataclass(frozen=True)
class Form:
    """What was handed out, to tell a student's part from it.

    Parameters
    ----------
    stubs : dict of str
        The source of each answer as it was released. Other names are no answers; without any stub every name is one.
    ids : dict of str
        The answer of each cell id.
    given : frozenset of str
        The other cells, without comments and numbers, in which a release may differ.
    """

    stubs: dict = field(default_factory=dict)
    ids: dict = field(default_factory=dict)
    given: frozenset = frozenset()

    @classmethod
    def of(cls, cells):
        """The form of the cells of a release.

        Examples
        --------
        >>> answer = {"metadata": {"edu_optim": {"role": "answer", "name": "q1"}}, "id": "a", "source": "# ANSWER q1"}
        >>> Form.of([answer, {"id": "b", "source": "import numpy"}])
        Form(stubs={'q1': '# ANSWER q1'}, ids={'a': 'q1'}, given=frozenset({'import numpy'}))
        """
        answers = {_ours(cell)["name"]: cell for cell in cells if _ours(cell).get("role") == "answer"}
        return cls({name: source_of(cell) for name, cell in answers.items()},
                   {cell["id"]: name for name, cell in answers.items() if isinstance(cell.get("id"), str)},
                   frozenset(_bare(source_of(cell)) for cell in cells if _ours(cell).get("role") != "answer"))


def read(path, form=Form()):
    """Read the answers of a submission.

    An answer is known by its cell's ``metadata.edu_optim``, else by its id, else by its first line ``# ANSWER name``:
    editors lose each of them now and then. Of several cells for one answer the last counts that is not as released.

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


def understood(data, name, form=Form()):
    """The submission that the bytes of a file are; raise Unreadable if they are none."""
    notebook, flags = parse(data)
    return Submission(name, *_answers(cells_of(notebook), form, flags))


def _answers(cells, form, flags):
    """The answers among cells and the remarks about them."""
    found, before, form = {}, None, replace(form, ids=_telling(cells, form))
    for cell in cells:
        parts = _parts(cell, form)
        if not parts and _is_own(cell, form):
            flags.append(OWN_CELLS)
        for name, source in parts:
            if cell.get("cell_type") != "code":
                flags.append(TEXT_CELL.format(name))
            elif name == before and _marker(found[name][-1]) and not _marker(source):
                # An editor that splits a cell gives both halves the metadata, and the first line stays in one of them.
                found[name][-1] += "\n" + source
            else:
                found.setdefault(name, []).append(source)
        before = parts[-1][0] if parts and parts[-1][0] in found else None
    answers = {}
    for name, sources in found.items():
        own = [source for source in sources if not same(source, form.stubs.get(name))] or sources
        if len({source.strip() for source in own}) > 1:
            flags.append(TWICE.format(name))
        answers[name] = own[-1]
    return answers, tuple(dict.fromkeys(flags))


def _telling(cells, form):
    """Those ids that tell something: of two different cells with the same id nobody knows which is meant."""
    sources = {}
    for cell in cells:
        if isinstance(cell.get("id"), str):
            sources.setdefault(cell["id"], set()).add(source_of(cell))
    return {identity: name for identity, name in form.ids.items() if len(sources.get(identity, ())) == 1}


def _parts(cell, form):
    """(name, source) of each answer in a cell: several if somebody has joined their cells, none if it is no answer."""
    parts = []
    for line in source_of(cell).split("\n"):
        name = answer_name(line)
        if name and _known(name, form) and not (parts and parts[-1][0] == name):
            parts.append((name, []))
        elif not parts:
            parts.append((None, []))
        parts[-1][1].append(line)
    ours, identity = _ours(cell), cell.get("id")
    claims = [ours.get("name") if ours.get("role") == "answer" else None,
              form.ids.get(identity) if isinstance(identity, str) else None]
    claimed = next((name for name in claims if _known(name, form)), None)
    if claimed:
        parts = [(claimed, parts[0][1]), *parts[1:]] if parts[0][0] else _led_by(claimed, parts)
    return [(name, "\n".join(lines)) for name, lines in parts if name]


def _led_by(name, parts):
    """The parts of a cell that is known for an answer's, with the lines before its first mark given to that answer."""
    head, *rest = parts
    if rest and rest[0][0] == name:
        return [(name, head[1] + rest[0][1]), *rest[1:]]
    return [(name, head[1]), *rest]


def _marker(source):
    return any(map(answer_name, source.split("\n")))


def _known(name, form):
    return isinstance(name, str) and bool(name) and (not form.stubs or name in form.stubs)


def _is_own(cell, form):
    """Whether a cell with code was added by the student."""
    source = source_of(cell)
    given = isinstance(_ours(cell).get("role"), str) or _bare(source) in {"", *form.given}
    return bool(form.stubs) and cell.get("cell_type") == "code" and not given


def _bare(source):
    return "\n".join(re.sub(r"\d+", "0", line) for line in _lines(source) if not line.lstrip().startswith("#"))


def _ours(cell):
    metadata = cell.get("metadata")
    ours = metadata.get("edu_optim") if isinstance(metadata, dict) else None
    return ours if isinstance(ours, dict) else {}


def same(source, stub):
    r"""Whether a source is what was released, but for spaces and empty lines at the ends of lines.

    Examples
    --------
    >>> same("def f(x):\n    ...  \n\n", "def f(x):\n    ..."), same("x = 1", None)
    (True, False)
    """
    return stub is not None and _lines(source) == _lines(stub)


def _lines(source):
    return [line.rstrip() for line in source.splitlines() if line.strip()]
