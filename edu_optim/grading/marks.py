"""The marks in an answer cell: its first line ``# ANSWER name``, and the lines around what the student is to write."""

import difflib
import re
import unicodedata

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
TODO = "# your answer here"
SHORTEST = 12  # characters; a shorter line of a solution may stand anywhere
LONGEST = 200  # characters of a line that is looked at for an answer's name

_ANSWER = re.compile(r"#\s*ANSWER\s+([\w.-]+)\s*")
_SPELLED = re.compile(r"#[#%\s]*ANSWER(?:\s*:\s*|\s+)([\w.-]*\w)[.:,;]*(\s.*)?", re.I)
_SHOUTED = re.compile(r"\b(BEGIN|END)\W+(SOLUTIONS?|HIDDEN|MARK SCHEME)\b")
_MEANT = [first + second for first in ("begin", "end", "start") for second in ("solution", "hiddentests", "markscheme")]
_MEANT += ["solutionbegin", "solutionend"]
_UNWRITTEN = re.compile(r'pass|\.\.\.|raise NotImplementedError\("[\w.-]+ is not answered yet"\)')


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


def spelled_name(line):
    r"""(name, whether nothing else stands in the line) as a student may have spelled an answer's mark, or None.

    Examples
    --------
    >>> spelled_name("# ANSWER q1"), spelled_name("\uff03answer: q1"), spelled_name("## Answer q1 (done)")
    (('q1', True), ('q1', True), ('q1', False))
    >>> spelled_name("    # ANSWER q1"), spelled_name("answer = q1")
    (None, None)
    """
    if len(line) > LONGEST or "#" not in unicodedata.normalize("NFKC", line[:8]):  # of a stranger's lines, most
        return None
    plain = "".join(c for c in unicodedata.normalize("NFKC", line) if unicodedata.category(c) != "Cf")
    match = _SPELLED.fullmatch(plain.rstrip())
    return match and (match[1], not (match[2] or "").strip())


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
    if same(source, "\n".join(lines)):
        raise MarkError(1, f"the solution of {name!r} is empty: write between {BEGIN} and {END} what a student is to")
    return "\n".join(lines)


def same(source, stub):
    r"""Whether a source is what was released, but for comments, spaces at the ends of lines and ways to write nothing.

    Examples
    --------
    >>> same("# to do\ndef f(x):\n    pass", "def f(x):\n    ..."), same("x = 1", None)
    (True, False)
    """
    return stub is not None and _written(source) == _written(stub)


def _written(source):
    lines = [line.rstrip() for line in source.splitlines()]
    return [line for line in lines if has_code(line) and not _UNWRITTEN.fullmatch(line.strip())]


def postponed(source):
    r"""Whether a line of a source only stands for what is to be written.

    Examples
    --------
    >>> postponed("def f(x):\n    ..."), postponed("def f(x):")
    (True, False)
    """
    return any(_UNWRITTEN.fullmatch(line.strip()) for line in source.splitlines())


def has_code(source):
    r"""Whether there is more than comments.

    Examples
    --------
    >>> has_code("\n  # x = 1\n"), has_code("# one\nx = 1")
    (False, True)
    """
    return any(line.strip() and not line.lstrip().startswith("#") for line in source.split("\n"))


def squeezed(line):
    """A line without spaces and without a remark behind it.

    Examples
    --------
    >>> squeezed("    x = 1  # one")
    'x=1'
    """
    return re.sub(r"\s+", "", line.split("  #")[0])


def solution_lines(source):
    """List the lines between the marks, without indentation."""
    lines = source.split("\n")
    return [lines[number - 1].strip() for number in solution_numbers(source) if lines[number - 1].strip()]


def solution_numbers(source):
    """List the numbers of the lines between the marks, from 1."""
    numbers, inside = [], False
    for number, line in enumerate(source.split("\n"), 1):
        mark = read_mark(number, line)
        if mark:
            inside = mark == "BEGIN"
        elif inside:
            numbers.append(number)
    return numbers


def read_mark(number, line):
    """"BEGIN" or "END" if a line is such a mark, None if it is none; what only resembles one is refused."""
    if line.strip() in (BEGIN, END):
        return line.split()[1]
    if "#" in line and (_resembles(line[line.index("#"):]) or _SHOUTED.search(line)):
        raise MarkError(number, _no_mark(line))
    return None


def refuse_marks(source):
    """Raise MarkError at a mark in a text that would be released as it is."""
    for number, line in enumerate(source.split("\n"), 1):
        if _SHOUTED.search(line) or (line.lstrip().startswith(("#", "<!--")) and _near(_letters(line), *_MEANT)):
            raise MarkError(number, f"the mark {line.strip()!r:.80} stands in a cell of text, which would be released "
                                    "as it is: take it out, or give the cell the metadata "
                                    '{"edu_optim": {"role": "note"}}')


def _resembles(comment):
    """Whether a comment may be meant as a mark: something that is not released depends on it."""
    if re.match(r"#\s*#\s*#[#\s]*(BEGIN|START|END|STOP)\b", comment):
        return True
    loud = re.match(r"#\s*#\s*#", comment)
    return _near(_letters(comment), *_MEANT, *(("solution", "begin", "end") if loud else ()))


def _letters(line):
    return "".join(re.findall("[a-z]", unicodedata.normalize("NFKC", line).lower()))


def _near(letters, *of):
    return bool(difflib.get_close_matches(letters, of, 1, 0.85))


def _no_mark(line):
    if re.search("hidden|scheme", line, re.I):
        return (f"{line.strip()!r:.80} is not known here, and what follows would be released: put it into a check of "
                'its own with "hidden": true in its metadata')
    return (f"{line.strip()!r:.80} resembles a mark and is none, so that the solution would be released: write "
            f"{BEGIN} or {END}, in a line of its own; if it is only a remark, word it otherwise")
