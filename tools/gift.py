"""Write the lecturer's concept questions as Moodle takes them, from the pages that have them.

    python tools/gift.py            writes notebooks/lecturer/lessons/questions.gift
    python tools/gift.py --check    writes nothing and fails where it is out of date

A question on a page is a heading ``### 01.1 Title``, a text, and a list: ``- [x]`` is the right option, ``- [ ]`` a
wrong one; what stands behind ``<br>`` is said to who chose it.
"""

import re
import sys
from html import escape
from pathlib import Path
from typing import NamedTuple

LESSONS = Path(__file__).resolve().parents[1] / "notebooks" / "lecturer" / "lessons"
GIFT = LESSONS / "questions.gift"
HEAD = "// Written by tools/gift.py from the pages of the lessons: change those.\n"
SPECIAL = "~=#{}:"  # besides the backslash: what GIFT gives a meaning
SPANS = re.compile(r"`(?P<code>[^`]+)`|\$(?P<math>[^$]+)\$|\*\*(?P<strong>[^*]+)\*\*|\*(?P<em>[^*]+)\*")


class Option(NamedTuple):
    """What can be chosen, in Markdown, and what is said then."""

    right: bool
    text: str
    said: str


class Question(NamedTuple):
    """A heading, a text in Markdown, and options."""

    name: str
    text: str
    options: list


def questions(page):
    """The questions of a page.

    Parameters
    ----------
    page : str

    Returns
    -------
    list of Question

    Raises
    ------
    ValueError
        If a question has no text, not one right option, or an option to which nothing is said.
    """
    return [_question(*part) for part in re.findall(r"^### (\d\d\.\d [^\n]+)\n+(.*?)(?=^#|\Z)", page, re.M | re.S)]


def _question(name, body):
    text, *rest = re.split(r"^- \[", body, flags=re.M)
    options = []
    for line in rest:
        found = re.fullmatch(r"([ x])\] (.+?)<br>(.+?)\s*", line, re.S)
        if not found:
            raise ValueError(f"{name}: an option is written - [ ] option<br>what is said of it; this is none: [{line}")
        options.append(Option(found[1] == "x", found[2], found[3]))
    if not text.strip() or sum(option.right for option in options) != 1:
        raise ValueError(f"{name}: a question needs a text and exactly one right option, - [x]")
    return Question(name.strip(), " ".join(text.split()), options)


def html(text):
    r"""A line of Markdown as HTML; formulas as Moodle's filter finds them.

    Examples
    --------
    >>> print(html("at `lr` *below* $2/L$, $x < 1$"))
    at <code>lr</code> <em>below</em> \(2/L\), \(x &lt; 1\)
    """
    def span(found):
        kind, inner = found.lastgroup, found[found.lastgroup]
        return rf"\({inner}\)" if kind == "math" else f"<{kind}>{inner}</{kind}>"

    return SPANS.sub(span, escape(text, quote=False))


def gift(text):
    r"""A text in which nothing has a meaning for GIFT.

    A backslash is doubled too, since Moodle reads ``\n`` as the end of a line, even in ``\neq``.

    Examples
    --------
    >>> print(gift(r"\(\neq\): a = {b}"))
    \\(\\neq\\)\: a \= \{b\}
    """
    return "".join(f"\\{letter}" if letter in SPECIAL else letter for letter in text.replace("\\", r"\\"))


def written(pages):
    """The text of the file, from the texts of the pages."""
    parts = [HEAD]
    for page in pages:
        title = re.match(r"# (\d\d) \S (.+)", page)
        parts.append(f"$CATEGORY: edu_optim/{title[1]} {title[2]}\n")
        for question in questions(page):
            lines = [f"::{gift(question.name)}::[html]{gift(html(question.text))} {{"]
            lines += [f"{'=' if option.right else '~'}{gift(html(option.text))}#{gift(html(option.said))}"
                      for option in question.options]
            parts.append("\n".join([*lines, "}\n"]))
    return "\n".join(parts)


def main(arguments):
    """Write or compare; return the exit code."""
    text = written(path.read_text("utf-8") for path in sorted(LESSONS.glob("[0-9][0-9].md")))
    if arguments == ["--check"]:
        if not GIFT.is_file() or GIFT.read_text("utf-8") != text:
            print(f"{GIFT} is out of date. Type: python tools/gift.py")
            return 1
        return 0
    if arguments:
        print(__doc__)
        return 2
    GIFT.write_text(text, "utf-8", newline="\n")
    print(f"{GIFT} has {text.count('::[html]')} questions.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
