"""What the commands of a race do, and what they say; each returns its exit code."""

import sys
from pathlib import Path

from ..childprocess import ProcessError
from ..executors import Workers, WorkersError, processors
from . import mishaps
from . import plan as plans
from .store import Store

STOPPED = 130  # what shells call a program that Ctrl-C ended
TOLD = (mishaps.StoreError, WorkersError, ProcessError, plans.PlanError, OSError)


def shipped(show):
    """List the plans that come with the package, with what each takes here."""
    from .cost import seconds

    count = processors()
    show(f"Plans that come with the package, and how long each takes here with {_processes(count)}:\n")
    for name in plans.shipped():
        plan = plans.load(name)
        show(f"  {name:8} {duration(seconds(plan) / count):>8}   {plan.title}: {_size(plan)}")
    show("\nTo race one: python -m edu_optim race small. A plan of your own is a TOML file like those in "
         f"{Path(__file__).parent / 'plans'}.")
    return 0


def run(plan, store, jobs, dask, show):
    """Run what a store lacks of a plan, by name or path."""
    def act():
        known = plans.load(plan)
        return _raced(Store(store or f"{known.name}.sqlite", known), jobs, dask, show)

    return _told(act, show)


def resume(store, jobs, dask, show):
    """Run what a store lacks of the plan inside it."""
    return _told(lambda: _raced(Store(store), jobs, dask, show), show)


def report(store, out, against, show):
    """Write the report of a store, or of a table that was exported."""
    def write():
        from .report import write

        path = out or Path(store).with_suffix(".html")
        write(_results(store), path, {name: _results(other) for name, other in against} or None)
        show(f"The report is {path}.")
        return 0

    return _told(write, show)


def export(store, out, show):
    """Write the results of a store as a table."""
    def write():
        from . import tables

        results = Store(store).results()
        tables.write(results, out)
        show(f"{int(results.finished.sum())} finished runs of {results.finished.size} are in {out}.")
        return 0

    return _told(write, show)


def read(table, store, show):
    """Put the runs of an exported table into a store."""
    def fill():
        from . import tables

        results = tables.read(table)
        filled = tables.fill(Store(store, results.plan), results)
        show(f"{filled} finished runs were put into {store}. To run what it lacks, type: "
             f"{mishaps.resume(store)}")
        return 0

    return _told(fill, show)


def _results(path):
    from . import tables

    is_table = str(path).endswith((".csv", ".csv.gz"))
    return tables.read(path) if is_table else Store(path).results()


def _told(act, show):
    """Do it; what a reader can mend is told in a line."""
    from .tables import TableError

    try:
        return act()
    except (*TOLD, TableError) as error:
        show(f"Error: {error}", err=True)
    except ModuleNotFoundError as error:
        show(f"Error: this needs {error.name}. Type: {sys.executable} -m pip install {error.name}", err=True)
    return 1


def _raced(store, jobs, dask, show):
    from .racing import bar_of, race

    workers = Workers(jobs, dask)
    show(_announced(store, workers.count))
    with bar_of(store) as bar:
        try:
            race(store, workers, bar.update)
        except KeyboardInterrupt:
            bar.close()
            show(f"Stopped. Every finished epoch is kept. To go on, type: {mishaps.resume(store.path)}", err=True)
            return STOPPED
    show(f"All {store.done[1]} epochs are in {store.path}. For the report, type: "
         f"python -m edu_optim race report --store {mishaps.typed(store.path)}")
    return 0


def _announced(store, count):
    from .cost import seconds

    done, total = store.done
    text = f"{store.plan.title}: {_size(store.plan)}. {done} of {total} epochs are done"
    if done == total:
        return text + "."
    left = (1 - done / total) * seconds(store.plan)
    return text + f"; the rest takes about {duration(left / count)} with {_processes(count)}."


def _size(plan):
    several = "rules" if len({entry.rule for entry in plan.entries}) == len(plan.entries) > 1 else "entries"
    return (f"{len(plan.entries)} {several} x {len(plan.seeds)} seeds x {plan.epochs} epochs of "
            f"{plan.data.train:,} images, {plan.steps:,} steps")


def _processes(count):
    return "one process" if count == 1 else f"{count} processes"


def duration(seconds):
    """Seconds in words of two digits or so.

    Examples
    --------
    >>> duration(0.2), duration(75), duration(1500), duration(9000)
    ('1 s', '75 s', '25 min', '2.5 h')
    """
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
