"""The results of a race as one file of comma-separated values, and back, exactly.

The first line is a remark with the plan and the versions in JSON; then one line for every entry, seed and epoch. What
is missing is empty. A number is written with as many digits as make it the same number again.
"""

import csv
import gzip
import io
import json
from pathlib import Path

import numpy as np

from ..whole_file import write_whole
from .plan import Plan
from .refusals import PlanError
from .results import COLUMNS, Results

WHO = ("entry", "seed", "epoch")


class TableError(ValueError):
    """A file that holds no results; the message says in which line, and why."""


def write(results, path):
    """Write results; a name that ends with .gz makes a compressed file.

    Parameters
    ----------
    results : Results
        With their plan.
    path : path
        Replaced in one go.

    Raises
    ------
    TableError
        If they have no plan, or there is no such folder.
    OSError
        If the file cannot be written.
    """
    if results.plan is None:
        raise TableError("these results have no plan, so nothing would say what was raced")
    path = Path(path)
    if not path.parent.is_dir():
        raise TableError(f"there is no folder {path.parent} for {path.name}: make it first")
    text = io.StringIO(newline="")
    about = {"plan": results.plan.to_dict(), "versions": results.versions}
    text.write(f"# {json.dumps(about)}\n")
    rows = csv.writer(text, lineterminator="\n")
    layers = results.update_ratio.shape[3]
    rows.writerow([*WHO, *COLUMNS, *(f"update_ratio_{layer + 1}" for layer in range(layers))])
    for i, label in enumerate(results.labels):
        for j, seed in enumerate(results.seeds):
            for k, epoch in enumerate(results.epochs):
                values = [results.columns[name][i, j, k] for name in COLUMNS] + list(results.update_ratio[i, j, k])
                if not np.isnan(values).all():
                    rows.writerow([label, seed, epoch, *map(_written, values)])
    content = text.getvalue().encode()
    # The same results give the same bytes, compressed too: no date, no name.
    write_whole(path, gzip.compress(content, mtime=0) if path.suffix == ".gz" else content)


def read(path):
    """Read what `write` wrote.

    Returns
    -------
    Results

    Raises
    ------
    TableError
        If there is no such file, or it is none of ours.
    OSError
        If it cannot be read.
    """
    path = Path(path)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise TableError(f"there is no {path}: race export writes one") from None
    try:
        text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
        lines = io.StringIO(text, newline="")
        about = json.loads(lines.readline().removeprefix("# "))
        plan = Plan.from_dict(about["plan"])
    except (EOFError, KeyError, OSError, PlanError, TypeError, ValueError) as error:
        raise TableError(f"{path} holds no results of a race: its first line must be a remark with the plan, as "
                         f"race export writes it ({type(error).__name__}: {error})") from None
    return _filled(path, plan, about.get("versions", {}), csv.reader(lines))


def _filled(path, plan, versions, rows):
    labels = tuple(entry.label for entry in plan.entries)
    layers = len(plan.network.sizes) - 1
    header = [*WHO, *COLUMNS, *(f"update_ratio_{layer + 1}" for layer in range(layers))]
    if next(rows, None) != header:
        raise TableError(f"{path}, line 2: the columns must be {', '.join(header)}")
    shape = (len(labels), len(plan.seeds), plan.epochs + 1)
    columns = {name: np.full(shape, np.nan) for name in COLUMNS}
    update_ratio = np.full((*shape, layers), np.nan)
    for number, row in enumerate(rows, 3):
        try:
            if len(row) != len(header):
                raise ValueError(f"{len(row)} values where {len(header)} are due")
            place = tuple(_place(*what) for what in zip(WHO, (row[0], int(row[1]), int(row[2])),
                                                        (labels, plan.seeds, range(plan.epochs + 1))))
            numbers = [float(value) if value else np.nan for value in row[3:]]
        except ValueError as error:
            raise TableError(f"{path}, line {number}: {error}") from None
        for name, value in zip(COLUMNS, numbers):
            columns[name][place] = value
        update_ratio[place] = numbers[len(COLUMNS):]
    return Results(plan, labels, plan.seeds, np.arange(plan.epochs + 1), columns, update_ratio, versions)


def fill(store, results):
    """Put the finished runs of results into a store that lacks them; returns how many there were."""
    filled = 0
    for run in results.plan.runs():
        i, j = results.labels.index(run.label), results.seeds.index(run.seed)
        if results.finished[i, j]:
            rows = [_row(results, i, j, k) for k in range(len(results.epochs))]
            filled += store.put(run.key, 0, rows, None, results.versions)
    return filled


def _row(results, i, j, k):
    ratios = results.update_ratio[i, j, k].tolist()
    return {name: float(results.columns[name][i, j, k]) for name in COLUMNS} | {"update_ratio": ratios if k else None}


def _place(what, value, there):
    if value not in there:
        raise ValueError(f"the plan has no {what} {value!r}")
    return there.index(value)


def _written(value):
    return "" if np.isnan(value) else repr(float(value))
