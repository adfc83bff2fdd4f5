"""MathML read back as Python, by what the eye sees alone: how tags are nested inside a line says nothing."""

import re
import unicodedata
from html import unescape
from xml.etree import ElementTree

SIGNS = {"\N{MINUS SIGN}": "-", "\N{INVISIBLE TIMES}": "*", "\N{DOT OPERATOR}": "*", "\N{FUNCTION APPLICATION}": "",
         "=": "==", "\N{LOGICAL AND}": " and ", "\N{NOT EQUAL TO}": "!=", "\N{N-ARY SUMMATION}": "+"}
WORDS = {"if": " if ", ",": " else ", "else": ""}


def assignment(markup, names):
    """A line as (name, Python text); `names` maps the markup of a letter to its name in Python."""
    entities = re.sub(r"&(?!lt;|gt;|amp;)\S+?;", lambda found: unescape(found[0]), markup)
    root = ElementTree.fromstring(entities)
    arrow = next(k for k, part in enumerate(root) if part.text == "\N{LEFTWARDS ARROW}")
    assert arrow == 1
    return letter(root[0], names), row(list(root)[2:], names)


def plain(markup):
    """Markup in the one form that letters are compared in."""
    return shape(ElementTree.fromstring(re.sub(r"&(?!lt;|gt;|amp;)\S+?;", lambda found: unescape(found[0]), markup)))


def shape(element):
    return element.tag, element.text or "", *map(shape, element)


def letter(element, names):
    return names[shape(element)]


def row(elements, names):
    """Python text of what stands side by side."""
    text = "".join(part(element, names) for element in elements)
    return re.sub(r"\N{DOUBLE VERTICAL LINE}(.*?)\N{DOUBLE VERTICAL LINE}|\|(.*?)\|", r"abs(\1\2)", text)


def part(element, names):
    if shape(element) in names:
        return names[shape(element)]
    inside = list(element)
    if element.tag == "mfrac":
        return f"(({part(inside[0], names)})/({part(inside[1], names)}))"
    if element.tag == "msqrt":
        return f"sqrt({row(inside, names)})"
    if element.tag == "msup":
        return f"{part(inside[0], names)}**({part(inside[1], names)})"
    if element.tag == "msubsup":
        base = ElementTree.Element("msub")
        base.extend(inside[:2])
        return f"{letter(base, names)}**({part(inside[2], names)})"
    if element.tag in ("mrow", "mtable", "mtr", "mtd"):
        return row(inside, names)
    if element.tag == "mtext":
        return WORDS[unicodedata.normalize("NFKC", element.text).strip()]
    return SIGNS.get(element.text, element.text or "")
