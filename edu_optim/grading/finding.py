"""Which cells of a notebook are which answers, as a person takes it who knows what editors and students do to cells.

A cell is known by what it was given (its metadata, else its id) and by its mark, which a student may have typed. Where
the two differ, or a mark stands inside another answer, nobody loses an answer that stands plainly in a cell of its own;
what is left in doubt goes to an answer that would be missing, and a remark says so.
"""

import re
from dataclasses import dataclass, field
from typing import NamedTuple

from .marks import has_code, postponed, same, spelled_name
from .stranger import ours, source_of

LONGEST, MOST = 200_000, 1_000_000  # characters of a cell, and of all
LONGEST_TEXT = 20_000  # of a cell for text: a longer one holds a picture
TEXT_CELL = "the answer {} stands in a cell for text, not for code"
TWICE = "the answer {} is there more than once: the last is graded"
PASSED = "a cell that says ANSWER {} is not graded: another that gives what was asked for is there"
TOO_LONG = (f"a cell was passed over: one of more than {LONGEST:,} characters is not looked at, nor what stands in a "
            f"notebook below {MOST:,} of them")
JOINED = "the answer {} stands in several cells: they are graded together, as if they were one"
INSIDE = "a line inside the answer {0} says ANSWER {1}: it is taken for a remark, since {1} has a cell of its own"
SHARED = "the answer {1} is taken from the cell of the answer {0}, in which a line says so"
DOUBTFUL = "a cell handed out for the answer {0} says ANSWER {1} in its first line: it is graded as {2}"
NEITHER = "neither, since both have cells of their own"
OWN_CELLS = "cells of your own are not graded: what an answer needs must stand in its cell"
SETUP_EDITED = "your change in a set-up cell is not used here: what an answer needs must stand in its cell"
CHECK_EDITED = "your change in the check {} is not used here: the grader has its own copy"

_SEED = re.compile(r"(?m)^seed *=.*$")  # in which releases may differ
_BINDING = (r"(?:(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)"
            r"|(\w+(?:[ \t]*,[ \t]*\w+)*)[ \t]*(?::(?!=)[^=\n]*)?=(?!=))")
_ASKED, _GIVEN = re.compile(f"(?m)^{_BINDING}"), re.compile(rf"(?m)^[ \t]*{_BINDING}")


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
        The code of the other cells.
    others : dict of str
        The check of each id of another cell, an empty name if it is none.
    """

    stubs: dict = field(default_factory=dict)
    ids: dict = field(default_factory=dict)
    given: frozenset = frozenset()
    others: dict = field(default_factory=dict)

    @classmethod
    def of(cls, cells):
        """The form of the cells of a release.

        Examples
        --------
        >>> answer = {"metadata": {"edu_optim": {"role": "answer", "name": "q1"}}, "id": "a", "source": "# ANSWER q1"}
        >>> Form.of([answer, {"id": "b", "source": "import numpy", "cell_type": "code"}])
        Form(stubs={'q1': '# ANSWER q1'}, ids={'a': 'q1'}, given=frozenset({'import numpy'}), others={'b': ''})
        """
        answers = {ours(cell)["name"]: cell for cell in cells if ours(cell).get("role") == "answer"}
        code = [cell for cell in cells if ours(cell).get("role") != "answer" and cell.get("cell_type") == "code"]
        return cls({name: source_of(cell) for name, cell in answers.items()},
                   {cell["id"]: name for name, cell in answers.items() if isinstance(cell.get("id"), str)},
                   frozenset(_bare(source_of(cell)) for cell in code),
                   {cell["id"]: ours(cell)["name"] if ours(cell).get("role") == "check" else ""
                    for cell in code if isinstance(cell.get("id"), str)})

    def known(self, name):
        """The answer that somebody may mean by a name, or None."""
        if not self.stubs or name in self.stubs:
            return name
        alike = [one for one in self.stubs if one.casefold() == name.casefold()]
        return alike[0] if len(alike) == 1 else None


ANY = Form()


@dataclass
class _Cell:
    """A cell as it can be understood by itself: what it was given for, and the lines that name answers."""

    cell: dict
    source: str
    given: str | None
    marks: list  # (number of the line, name)
    loose: bool = False  # whether more than the mark stands in its line
    led: bool = False  # whether code stands above the first of them

    @property
    def claims(self):
        """The names it may be the answer of, the likelier first."""
        names = [name for _, name in self.marks]
        if self.given is None or self.given in names:
            return names[:1]
        return [self.given] if self.led or not names else [names[0], self.given]


class _Piece(NamedTuple):
    name: str
    source: str
    marked: bool
    loose: bool = False


def answers_among(cells, form):
    """({name: source} of the answers among a stranger's cells, remarks)."""
    cells, flags = _within_limits(cells)
    telling = _telling(cells, form)
    understood = [_understood(cell, form, telling) for cell in cells]
    flags += [flag for cell in understood for flag in _said_of(cell, form)]
    code = [cell for cell in understood if cell.claims and cell.cell.get("cell_type") == "code"]
    there = {name for cell in code for name in cell.claims}
    plain = {cell.claims[0] for cell in code
             if len(cell.claims) == 1 and _answered(cell.source, form.stubs.get(cell.claims[0]))}
    found = {}
    for cell in code:
        for piece in _pieces(cell, plain, there, flags):
            found.setdefault(piece.name, []).append(piece)
    for cell in code:
        if len(cell.claims) > 1 and cell.claims[1] not in found:  # its mark may be a slip
            found[cell.claims[1]] = [_Piece(cell.claims[1], cell.source, True)]
    own = [cell.source for cell in understood if OWN_CELLS in _said_of(cell, form)]
    answers = {name: _whole(name, _chosen(pieces, form.stubs.get(name), flags), form.stubs.get(name), own, flags)
               for name, pieces in found.items()}
    return answers, tuple(dict.fromkeys(flags))


def _understood(cell, form, telling):
    source, identity = source_of(cell), cell.get("id")
    claims = [ours(cell).get("name") if ours(cell).get("role") == "answer" else None,
              telling.get(identity) if isinstance(identity, str) else None]
    given = next((name for name in claims if isinstance(name, str) and name and form.known(name) == name), None)
    understood, begun, lines = _Cell(cell, source, given, []), False, source.split("\n")
    for number, line in enumerate(lines):
        spelled = spelled_name(line)
        name = form.known(spelled[0]) if spelled and (spelled[1] or not begun) else None
        if name and not (understood.marks and understood.marks[-1][1] == name):
            understood.led |= begun and not understood.marks
            understood.loose |= not (spelled[1] or understood.marks or given == name)
            understood.marks.append((number, name))
            lines[number] = line if line.startswith("#") else f"# ANSWER {name}"  # Python takes no other # for one
        begun = begun or has_code(lines[number])
    understood.source = "\n".join(lines)
    return understood


def _telling(cells, form):
    """Those ids that tell something: of two different cells with the same id nobody knows which is meant."""
    sources = {}
    for cell in cells:
        if isinstance(cell.get("id"), str):
            sources.setdefault(cell["id"], set()).add(source_of(cell))
    return {identity: name for identity, name in form.ids.items() if len(sources.get(identity, ())) == 1}


def _pieces(cell, plain, there, flags):
    """What stands in a cell, by answer."""
    claims = sorted(cell.claims, key=lambda name: name in plain)
    owner = claims[0]
    if len(claims) > 1:
        flags.append(DOUBTFUL.format(cell.given, cell.marks[0][1], NEITHER if owner in plain else owner))
        if owner in plain:
            return []
    lines, others = cell.source.split("\n"), {}
    ends = [*(number for number, _ in cell.marks[1:]), len(lines)]
    for (start, name), end in zip(cell.marks, ends):
        if name in plain and name not in claims:
            flags.append(INSIDE.format(owner, name))
        elif name not in claims:
            others.setdefault(name, []).extend(range(start, end))
    joined = {number for name, numbers in others.items() if name not in there for number in numbers}
    kept = "\n".join(line for number, line in enumerate(lines) if number not in joined)
    flags += [SHARED.format(owner, name) for name in others if name in there or not has_code(kept)]
    return [_Piece(owner, kept if has_code(kept) else cell.source, owner in [name for _, name in cell.marks],
                   cell.loose),
            *(_Piece(name, "\n".join(lines[number] for number in numbers), True) for name, numbers in others.items())]


def _chosen(pieces, stub, flags):
    """The source to grade of all that was found for an answer.

    A piece without a mark goes on where the one before it ended; one with a mark begins anew. What only speaks of an
    answer, to try it out say, stands behind what gives the names that were asked for, and a mark with further words
    behind a plain one.
    """
    name, versions = pieces[0].name, []
    for piece in pieces:
        if not versions or (piece.marked and any(before.marked for before in versions[-1])):
            versions.append([])
        versions[-1].append(piece)
    sources, loose = [], set()
    for version in versions:
        parts = [source for source in dict.fromkeys(piece.source for piece in version)
                 if not (same(source, stub) and postponed(source))]
        flags += [JOINED.format(name)] if len(list(filter(has_code, parts))) > 1 else []
        sources.append("\n".join(parts or [version[-1].source]))
        loose |= {sources[-1]} if version[0].loose else set()
    written = [source for source in sources if _answered(source, stub)] or sources
    own = [source for source in written if not _missing(source, stub)] or written
    own = [source for source in own if source not in loose] or own
    if len({source.strip() for source in own}) > 1:
        flags.append(TWICE.format(name))
    elif {*written} - {*own}:
        flags.append(PASSED.format(name))
    return own[-1]


def _whole(name, source, stub, own, flags):
    """The source with those cells of the student's own that give what was asked for and is missing in it."""
    missing = _missing(source, stub)
    parts = [part for part in own if missing and missing & _names(_GIVEN, part)]
    flags += [JOINED.format(name)] if parts else []
    return "\n".join([source, *parts])


def _missing(source, stub):
    """The functions and classes of a stub, or if it has none its variables, that a source does not give, by their
    looks: a stranger's code is not parsed."""
    asked = {name for name, _ in _ASKED.findall(stub or "") if name} or _names(_ASKED, stub or "")
    return asked - _names(_GIVEN, source)


def _names(pattern, source):
    return {name.strip() for one, several in pattern.findall(source) for name in (one, *several.split(",")) if name}


def _within_limits(cells):
    """(The cells that are looked at, remarks): a line takes some microseconds, and a file may have millions."""
    kept, flags, count = [], [], 0
    for cell in cells:
        size, code = len(source_of(cell)), cell.get("cell_type") == "code"
        if size > (LONGEST if code else LONGEST_TEXT) or count + size > MOST:
            flags += [TOO_LONG] if code else []
            continue
        count += size
        kept.append(cell)
    return kept, flags


def _answered(source, stub):
    return has_code(source) and not same(source, stub)


def _said_of(cell, form):
    """What is to be said of a cell that is no answer's, or of an answer in a cell for text."""
    if cell.cell.get("cell_type") != "code":
        return [TEXT_CELL.format(name) for name in cell.claims]
    if cell.claims or not form.stubs or _bare(cell.source) in {"", *form.given}:
        return []
    role, name, identity = ours(cell.cell).get("role"), ours(cell.cell).get("name"), cell.cell.get("id")
    check = next((one for one in (name if role == "check" else None,
                                  form.others.get(identity) if isinstance(identity, str) else None)
                  if one and one in form.others.values()), None)
    if check:
        return [CHECK_EDITED.format(check)]
    handed_out = role in ("setup", "seed") or (isinstance(identity, str) and identity in form.others)
    return [SETUP_EDITED if handed_out else OWN_CELLS]


def _bare(source):
    return _SEED.sub("seed = 0", "\n".join(line.rstrip() for line in source.splitlines() if has_code(line)))
