"""Write the tables of README.md from the rules and the lessons themselves.

    python tools/readme.py            writes them between <!-- rules --> and <!-- /rules -->, and so for lessons
    python tools/readme.py --check    writes nothing and fails where they are out of date
"""

import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from edu_optim import table

ROOT = Path(__file__).resolve().parents[1]
LESSON = {"number": "", "title": "Lesson", "question": "The question", "minutes": "Minutes", "needs": "Needs"}


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
    """Renew a file; with check, only say whether it is up to date."""
    text = path.read_text(encoding="utf-8")
    new = updated(text, {"lessons": lessons(), "rules": rules()})
    if check and new != text:
        raise SystemExit(f"{path.name} is out of date. Type: python tools/readme.py")
    if not check:
        path.write_text(new, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    if sys.argv[1:] not in ([], ["--check"]):
        raise SystemExit(__doc__)
    main(ROOT / "README.md", bool(sys.argv[1:]))
