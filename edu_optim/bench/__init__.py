"""How fast: every figure measured here and now, beside a peer on the same work in alternating runs.

Machines are shared and noisy, so a time alone says little; two candidates that take turns meet the same noise.
"""

import json

from .explore import explorers
from .parts import functions, rates, rules, schedules, start, steps, training
from .peers import installed
from .race import race_steps

PARTS = {
    "functions": functions, "rules": rules, "steps": steps, "rates": rates, "training": training,
    "schedules": schedules, "start": start, "race": race_steps, "explore": explorers,
}


def main(parts, as_json, show=print):
    """Measure `parts` and show one table each, or everything as JSON."""
    measured = {name: PARTS[name]() for name in parts or PARTS}
    if as_json:
        show(json.dumps(measured, indent=1))
        return
    import rich
    from rich.table import Table

    for name, rows in measured.items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        table = Table(title=name)
        for column in columns:
            table.add_column(column.replace("_", " "), justify="left" if column in ("what", "beside") else "right")
        for row in rows:
            table.add_row(*(_cell(row.get(column)) for column in columns))
        rich.print(table)
    missing = [p for p in ("torch", "optax") if not installed(p)]
    if missing:
        show(f"not installed, so not compared: {', '.join(missing)}")
    misses = [
        " beside ".join([row["what"], *([row["beside"]] if "beside" in row else [])])
        for rows in measured.values()
        for row in rows
        if row.get("met") is False]
    show("missed: " + ("; ".join(misses) if misses else "nothing"))


def _cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "MISSED"
    return f"{value:.3g}" if isinstance(value, float) else str(value)
