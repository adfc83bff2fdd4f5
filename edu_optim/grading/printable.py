"""A stranger's text, a file's name included, so that it can be shown: nothing in it acts or cannot be seen."""

import re

ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])?")
# Control characters, and those that turn the direction of a text or cannot be seen.
UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
                    r"\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2"
                    r"\u2028-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff"
                    r"\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3"
                    r"\U0001d173-\U0001d17a\U000e0000-\U000e0fff]")
LONGEST = 2000


def visible(text, longest=LONGEST):
    r"""A text of any lines.

    Examples
    --------
    >>> visible("\x1b[31mred\x1b[0m \u202egnp\t<b>\x00")
    'red \\u202egnp\t<b>\\u0000'
    """
    text = text if len(text) <= longest else f"{text[:longest]} ... (cut)"
    return UNSEEN.sub(_code, ANSI.sub("", text))


def name_shown(text, longest=200):
    r"""A name on one line, from which all of it can be told, so that two names never look the same for what is left
    out.

    Examples
    --------
    >>> name_shown("a\n1 graded.\x1b[2J")
    'a\\u000a1 graded.\\u001b[2J'
    """
    text = text if len(text) <= longest else f"{text[:longest]} ... (cut)"
    return re.sub(r"[\t\n]", _code, UNSEEN.sub(_code, text))


def _code(match):
    number = ord(match[0])
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"
