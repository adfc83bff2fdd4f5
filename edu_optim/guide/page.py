"""The field guide: two pages of paper, or one page on a screen, that need no network, no script and no fonts."""

import re
from html import escape
from importlib.resources import files

from ..whole_file import with_folder, write_whole
from .cards import cards
from .links import data, link

LAST = "AMSGrad"  # the last card on the first page
LEGEND = """&larr; gives what stands left of it a new value. Everything is taken element by element, but for t, lengths
&Vert;&nbsp;&Vert; and means of rows or columns. x: the parameter; g: its gradient; t: updates, from 1. What is kept
begins at 0 unless a start is named. The formulas are those that run, at their defaults; what is off changes nothing
there. After "Adam, but" stands what differs from Adam, and nothing else. Number: the lesson that derives it.
<span class="cures">what it cures</span> <span class="price">what that costs.</span> More: <b>python -m edu_optim rules
NAME</b>"""
ABOUT = """A lesson opens with <b>python -m edu_optim lab 6</b>, the museum of faults (M) with <b>lab museum</b>. How to
read the formulas is said on the second page."""


def write(path):
    """Write the field guide into a file.

    Parameters
    ----------
    path : path
        The HTML file; it is replaced in one go.

    Raises
    ------
    FileNotFoundError
        If there is no such folder.
    """
    path = with_folder(path)
    write_whole(path, page())


def page():
    """Return the field guide as HTML.

    Returns
    -------
    str

    Examples
    --------
    >>> html = page()
    >>> html.count("<section"), "<script" in html, "http" in html
    (2, False, False)
    """
    style = (files(__package__) / "style.css").read_text("utf-8")
    said = data("rules")
    classic = list(said)[: list(said).index(LAST) + 1]
    every = cards(said, classic)
    first, rest = [every.pop(name) for name in classic], list(every.values())
    symptoms = "\n".join(map(_group, data("symptoms")["group"]))
    body = "\n".join([
        _section("Field guide to update rules", ABOUT, [
            '<h2>The rules that the lessons lean on</h2>', *first,
            '<div class="symptoms"><h2>From the symptom to the cause</h2>', symptoms, "</div>", _monday()]),
        _section("The other rules", LEGEND, rest),
    ])
    title = "Field guide to update rules"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{style}</style>\n</head>\n<body>\n{body}\n</body>\n</html>\n")


def _section(title, about, parts):
    inside = "\n".join(parts)
    return (f'<section>\n<header><h1>{title}</h1><p>{about}</p></header>\n'
            f'<div class="columns">\n{inside}\n</div>\n</section>')


def _group(group):
    rows = "\n".join(map(_symptom, group["symptom"]))
    return f"<h3>{escape(group['title'])}</h3>\n<dl>\n{rows}\n</dl>"


def _symptom(symptom):
    causes = "".join(f"<dd>{escape(cause)} {link(place)}</dd>" for cause, place in symptom["causes"])
    return f"<div><dt>{escape(symptom['see'])}</dt>{causes}</div>"


def _monday():
    rows = "\n".join(f"<li>{_emphasised(line['do'])} <small>{escape(line['why'])}</small></li>"
                     for line in data("monday")["line"])
    return f'<div class="monday"><h2>On Monday {link("12 On Monday", short=True)}</h2>\n<ol>\n{rows}\n</ol></div>'


def _emphasised(text):
    """HTML of text in which words between asterisks are stressed, and between two of them on either side bold."""
    return re.sub(r"\*(.+?)\*", r"<em>\1</em>", re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(text)))
