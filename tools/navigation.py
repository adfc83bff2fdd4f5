"""Write the links between lessons: previous, index, next and where a route goes on, and the numbers in the index.

    python tools/navigation.py            # writes
    python tools/navigation.py --check    # says what it would write, and exits with 1 if there is anything

Only lessons that exist are linked, so run it whenever one is added or renamed. Outputs and all other cells keep
every byte.
"""

import argparse
import json
import re
import sys
from pathlib import Path

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
TOP, BOTTOM = "navigation-top", "navigation-bottom"
ROUTES = "routes-before"  # the cell of the index whose table lists them: aim, name, lessons
LINKED = "lesson-links"  # a cell with this tag writes a lesson as **06**, and gets a link once there is one
_NUMBER = re.compile(r"\*\*(?:\[(\d\d)\]\([^)]*\)|(\d\d))\*\*")


def lessons(folder=NOTEBOOKS):
    """Return the lessons of a folder, their numbers as text to their paths, in order."""
    return {path.name[:2]: path for path in sorted(Path(folder).glob("[0-9][0-9]_*.ipynb"))}


def routes(text):
    """Return the routes that the index, a notebook's text, lists: their names to the numbers of their lessons."""
    tables = ("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell.get("id") == ROUTES)
    rows = [line.strip("|").split("|") for table in tables for line in table.splitlines() if line.startswith("|")]
    return {row[1].strip(): [found[1] or found[2] for found in _NUMBER.finditer(row[2])] for row in rows[2:]}


def with_navigation(text, number, titles, files, ways=None):
    """Return a notebook's text with its links written anew.

    Parameters
    ----------
    text : str
        The notebook.
    number : str
        Of its lesson, "06".
    titles, files : dict of str to str
        Of all lessons that exist.
    ways : dict of str to list of str, optional
        Routes, as `routes` returns them.

    Raises
    ------
    ValueError
        If the notebook is not laid out as Jupyter lays it out, so that other lines would change too.
    """
    notebook = json.loads(text)
    if _dump(notebook) != text:
        raise ValueError("is not laid out as Jupyter writes it: open it, save it, and run this again")
    kept = [_linked(cell, files) for cell in notebook["cells"] if cell.get("id") not in (TOP, BOTTOM)]
    line = _line(number, titles, files)
    notebook["cells"] = [_cell(TOP, line), *kept, _cell(BOTTOM, f"---\n\n{line}{_turns(number, files, ways or {})}")]
    return _dump(notebook)


def navigated(folder=NOTEBOOKS):
    """Return what each lesson of a folder should hold: path to text."""
    files = lessons(folder)
    texts = {number: path.read_text(encoding="utf-8") for number, path in files.items()}
    titles = {number: json.loads(text)["metadata"]["edu_optim"]["title"] for number, text in texts.items()}
    names = {number: path.name for number, path in files.items()}
    wanted, ways = {}, routes(texts["00"]) if "00" in texts else {}
    for number, path in files.items():
        try:
            wanted[path] = with_navigation(texts[number], number, titles, names, ways)
        except ValueError as error:
            raise ValueError(f"{path.name} {error}") from None
    return wanted


def _line(number, titles, files):
    order = sorted(files)
    here = order.index(number)

    def link(to):
        return f"[{to} · {titles[to]}]({files[to]})"

    parts = [f"← {link(order[here - 1])}"] if here else []
    parts += [f"[index]({files['00']})" if here and "00" in files else "**index**"]
    parts += [f"{link(order[here + 1])} →"] if here + 1 < len(order) else []
    return " | ".join(parts)


def _turns(number, files, ways):
    """Where each route goes on that leaves out the next lesson."""
    found = {}
    for name, order in ways.items():
        to = next((other for other in order if other > number), None)
        if number in order and (to is None or int(to) > int(number) + 1) and to in {None, *files}:
            found.setdefault(to, []).append(f"*{name}*")
    turns = [f"{' and '.join(names)} → " + (f"[{to}]({files[to]})" if to else "done") for to, names in found.items()]
    return f"\n\nOn a route: {' | '.join(turns)}" if turns else ""


def _linked(cell, files):
    if LINKED not in cell["metadata"].get("tags", ()):
        return cell

    def link(found):
        number = found[1] or found[2]
        return f"**[{number}]({files[number]})**" if number in files else f"**{number}**"

    source = "".join(cell["source"])
    linked = _NUMBER.sub(link, source)
    return cell if linked == source else cell | {"source": linked.splitlines(keepends=True)}


def _cell(name, source):
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": source.splitlines(keepends=True)}


def _dump(notebook):
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def main(arguments=None):
    """Write the links, or with --check say which lessons lack them."""
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--check", action="store_true", help="write nothing; exit with 1 if links are out of date")
    ask.add_argument("--folder", type=Path, default=NOTEBOOKS)
    options = ask.parse_args(arguments)
    try:
        wanted = navigated(options.folder)
    except ValueError as error:
        sys.exit(f"navigation: {error}")
    stale = {path: text for path, text in wanted.items() if path.read_text(encoding="utf-8") != text}
    for path, text in stale.items():
        print(f"{path.name}: {'links are out of date' if options.check else 'links written'}")
        if not options.check:
            path.write_text(text, encoding="utf-8", newline="\n")
    if options.check and stale:
        sys.exit("navigation: type python tools/navigation.py")


if __name__ == "__main__":
    main()
