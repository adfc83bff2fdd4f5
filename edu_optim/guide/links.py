"""Links to lessons: a number and a heading in, an address as JupyterLab makes it out."""

import re
import tomllib
from functools import cache
from html import escape
from importlib.resources import files
from urllib.parse import quote


@cache
def data(name):
    """What stands in one of the three files of data beside this module."""
    return tomllib.loads((files(__package__) / f"{name}.toml").read_text("utf-8"))


def address(place):
    """The file and the anchor of a place such as ``"04 Why it leaves"``.

    Examples
    --------
    >>> address("04 Why it leaves")
    '04_rmsprop.ipynb#Why-it-leaves'
    """
    lesson, heading = place.split(" ", 1)
    return f"{data('symptoms')['files'][lesson]}#{heading.replace('`', '').replace('*', '').replace(' ', '-')}"


def link(place, short=False):
    """A link whose words are the lesson's number and, unless it is to be short, how the heading begins."""
    lesson, heading = place.split(" ", 1)
    heading = re.split(r": | \(", heading)[0]
    if len(heading) < 14:  # is not worth two lines
        heading = heading.replace(" ", "\xa0")
    words = "" if short else "&nbsp;" + escape(heading)
    target = escape(quote(address(place), safe="#:,?!()/'"))
    return f'<a class="lesson" href="{target}"><b>{lesson}</b>{words}</a>'
