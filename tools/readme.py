"""Write the tables and pictures of README.md from the rules and the lessons themselves.

    python tools/readme.py            writes them between <!-- rules --> and <!-- /rules -->, and so for the others
    python tools/readme.py --check    writes nothing and fails where they are out of date
"""

import base64
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edu_optim import table

ROOT = Path(__file__).resolve().parents[1]
# Name: the notebook and the cell whose stored picture it is, and what stands below it.
PICTURES = {
    "six_paths": ("00_start_here", "figure-1", "Six rules, one valley. Which of them is plain gradient descent?"),
    "basins": ("01_gradient_descent", "basins", "262,144 starts, one rate: drag it, and see who ends where"),
    "recipes": ("09_per_layer_rates", "figure-3", "A hundredth of the rate for a layer: half of the recipes are mute"),
    "rankings": ("12_the_race", "figure-6", "The same six rules, three fair-sounding ways to choose their rates"),
}
LESSON = {"number": "", "title": "Lesson", "question": "The question", "minutes": "Minutes", "needs": "Needs"}


def pictures():
    """The table of pictures, two in a row, with links to their lessons."""
    cells = [f"[![{caption}](pictures/{name}.png)](notebooks/{notebook}.ipynb)<br>{caption}"
             for name, (notebook, _, caption) in PICTURES.items()]
    rows = [f"| {left} | {right} |" for left, right in zip(cells[::2], cells[1::2])]
    return "\n".join([rows[0], "| --- | --- |", *rows[1:]])


def stored(notebook, cell):
    """The last picture that a cell of a lesson has left in its file, as bytes."""
    cells = json.loads((ROOT / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))["cells"]
    found = [output["data"]["image/png"] for one in cells if one["id"] == cell
             for output in one["outputs"] if "image/png" in output.get("data", {})]
    return base64.b64decode("".join(found[-1]))


def rules():
    """The tables of rules, each with a link to its file, and what the columns mean."""
    main, defaults = (table.markdown([row | {"rule": _link(row["rule"])} for row in rows], titles, right)
                      for rows, titles, right in ((table.rows(), table.TITLES, table.NUMBERS),
                                                  (table.default_rows(), table.DEFAULTS, ())))
    return (f"{main}\n\n{table.LEGEND}\n\n<details>\n<summary>Defaults, here and in other libraries</summary>\n\n"
            f"{defaults}\n\n{table.DEFAULTS_LEGEND}\n\n</details>")


def _link(name):
    file = Path(sys.modules[table.RULES[name].__module__].__file__)
    return f"[{name}]({file.relative_to(ROOT).as_posix()})"


def lessons(folder=None):
    """The table of lessons, from what the notebooks say of themselves."""
    rows = []
    for path in sorted((folder or ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        known = json.loads(path.read_text(encoding="utf-8"))["metadata"].get("edu_optim", {})
        lacking = [key for key in ("lesson", "title", "question", "minutes", "needs") if key not in known]
        if lacking:
            raise SystemExit(f"{path.name}: its metadata has no {', '.join(lacking)} under edu_optim")
        rows.append(
            {
                "number": f"{known['lesson']:02}",
                "title": f"[{known['title']}](notebooks/{path.name})",
                "question": known["question"],
                "minutes": str(known["minutes"]),
                "needs": ", ".join(f"{number:02}" for number in known["needs"]),
            }
        )
    return table.markdown(rows, LESSON, ("minutes",))


def updated(text, tables):
    """The text with every table between its markers renewed."""
    for name, content in tables.items():
        pattern = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text, found = re.subn(pattern, lambda m, c=content: f"{m[1]}\n{c}\n\n{m[2]}", text, flags=re.DOTALL)
        if found != 1:
            raise SystemExit(f"<!-- {name} --> and <!-- /{name} --> must stand there once; found {found} times")
    return text


def main(path, check):
    """Renew a file and the pictures beside it; with check, only say whether they are up to date."""
    text = path.read_text(encoding="utf-8")
    new = updated(text, {"pictures": pictures(), "lessons": lessons(), "rules": rules()})
    shown = {path.parent / "pictures" / f"{name}.png": stored(notebook, cell)
             for name, (notebook, cell, _) in PICTURES.items()}
    if check and (new != text or any(not file.is_file() or file.read_bytes() != made for file, made in shown.items())):
        raise SystemExit(f"{path.name} or a picture in it is out of date. Type: python tools/readme.py")
    if not check:
        path.write_text(new, encoding="utf-8", newline="\n")
        for file, made in shown.items():
            file.parent.mkdir(exist_ok=True)
            file.write_bytes(made)


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        raise SystemExit(__doc__)
    main(ROOT / "README.md", bool(sys.argv[1:]))
