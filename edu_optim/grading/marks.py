"""The marks in an answer cell: its first line ``# ANSWER name``, and the lines around what the student is to write."""

import re

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
TODO = "# your answer here"

_ANSWER = re.compile(r"#\s*ANSWER\s+([\w.-]+)\s*")
_MARK = re.compile(r"\s*###\s*(BEGIN|END)\s+(.*?)\s*")


class MarkError(ValueError):
    """Marks that do not say what the student is to write; `line` counts from 1."""

    def __init__(self, line, text):
        super().__init__(text)
        self.line, self.text = line, text


def answer_name(source):
    r"""The name in an answer cell's first line, or None if the cell is no answer. Empty lines may stand before it.

    Examples
    --------
    >>> answer_name("# ANSWER q1\ndef f(x): ..."), answer_name("x = 1  # ANSWER q1")
    ('q1', None)
    """
    first = source.lstrip("\ufeff \t\r\n").split("\n", 1)[0]
    match = _ANSWER.fullmatch(first)
    return match and match[1]


def marked(name, source):
    r"""The source with the answer's name in its first line.

    Examples
    --------
    >>> marked("q1", "x = 1")
    '# ANSWER q1\nx = 1'
    """
    return source if answer_name(source) == name else f"# ANSWER {name}\n{source}"


def stub(name, source):
    """An answer's source without its solutions: in place of each stands a line that raises, at the same indentation.

    Raises
    ------
    MarkError
        If there is no solution, or one that does not begin or end.

    Examples
    --------
    >>> print(stub("q1", '''# ANSWER q1
    ... def square(x):
    ...     ### BEGIN SOLUTION
    ...     return x * x
    ...     ### END SOLUTION'''))
    # ANSWER q1
    def square(x):
        # your answer here
        raise NotImplementedError("q1 is not answered yet")
    """
    lines, begun, found = [], None, False
    for number, line in enumerate(source.split("\n"), 1):
        mark = read_mark(number, line)
        if mark == "BEGIN":
            if begun:
                raise MarkError(number, f"a solution begins inside the one of line {begun}: write {END} between them")
            begun, found = number, True
            indent = line[:len(line) - len(line.lstrip())]
            lines += [indent + TODO, f'{indent}raise NotImplementedError("{name} is not answered yet")']
        elif mark == "END":
            if not begun:
                raise MarkError(number, f"a solution ends that has not begun: write {BEGIN} before it")
            begun = None
        elif not begun:
            lines.append(line)
    if begun:
        raise MarkError(begun, f"this solution does not end: write {END} after it")
    if not found:
        raise MarkError(1, f"answer {name!r} marks no solution: write {BEGIN} before what the student is to write, and "
                           f"{END} after it; else the whole cell would be released")
    return "\n".join(lines)


def solution_lines(source):
    """List the lines between the marks, without indentation."""
    lines, inside = [], False
    for number, line in enumerate(source.split("\n"), 1):
        mark = read_mark(number, line)
        if mark:
            inside = mark == "BEGIN"
        elif inside and line.strip():
            lines.append(line.strip())
    return lines


def read_mark(number, line):
    """"BEGIN" or "END" if a line is such a mark, None if it is none; other marks of that form are refused."""
    match = _MARK.fullmatch(line)
    if match and match[2] != "SOLUTION":
        raise MarkError(number, f"the mark {line.strip()!r} is not known: there are {BEGIN} and {END}; what a student "
                                'is not to see stands in a check of its own with "hidden": true')
    return match and match[1]
