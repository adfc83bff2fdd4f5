"""Run what a store lacks, and keep every epoch as it comes."""

import contextlib
import platform
import sys
import tempfile
import uuid
from pathlib import Path

import numpy as np

import edu_optim

from ..executors import Workers
from .plan import Plan, PlanError, load
from .store import Store


def run(plan, store=None, *, jobs=None, dask=None, progress=True):
    """Race, and return the results: what a cell of a notebook calls.

    Parameters
    ----------
    plan : Plan, str or path
        The name of a plan that comes with the package and the path of a TOML file will do.
    store : path, optional
        The SQLite file to keep every epoch in, and to go on from if it is there already. Without it nothing is kept
        but what is returned.
    jobs : int, optional
        How many processes; by default one for each processor.
    dask : str, optional
        The address of a Dask scheduler to race on instead.
    progress : bool, optional
        Whether to show how far it is, and how long the rest takes.

    Returns
    -------
    Results

    Raises
    ------
    PlanError, StoreError, WorkersError
        If it cannot be run, kept, or had run.
    KeyboardInterrupt
        If it is stopped; every finished epoch is in the store then, and the same call goes on.

    Examples
    --------
    >>> import edu_optim as eo
    >>> from edu_optim.race import Data, Entry, Network, Plan
    >>> tiny = Plan("tiny", "Two rates", [Entry("slow", eo.SGD, {"lr": 0.01}), Entry("fast", eo.SGD, {"lr": 0.5})],
    ...             seeds=[0], epochs=1, data=Data("digits", 1000, 500), network=Network((784, 20, 10)))
    >>> eo.race.run(tiny, jobs=1, progress=False).ranking()
    ['fast', 'slow']
    """
    plan = plan if isinstance(plan, Plan) else load(plan)
    with contextlib.ExitStack() as stack:
        folder = None if store else stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
        store = Store(store or Path(folder, "race.sqlite"), plan)
        bar = stack.enter_context(bar_of(store, progress))
        try:
            race(store, Workers(jobs, dask), bar.update)
        except KeyboardInterrupt:
            how = (f"every finished epoch is in {store.path}, and the same line goes on" if folder is None else
                   'nothing is kept: with store="race.sqlite", say, every finished epoch would be')
            raise KeyboardInterrupt(f"stopped: {how}") from None
        return store.results()


def bar_of(store, progress=True):
    """A progress bar, for terminals, files and notebooks alike."""
    from tqdm.auto import tqdm

    done, total = store.done
    seen = "ipykernel" in sys.modules or sys.stderr.isatty()
    return tqdm(total=total, initial=done, unit="epoch", mininterval=0.2 if seen else 60, smoothing=0.02,
                disable=not progress)


def race(store, workers, progress):
    """Run all that a store has not yet; what comes back is in the file at once.

    Parameters
    ----------
    store : Store
    workers : Workers
        Closed in the end.
    progress : callable
        Called with the number of epochs that were finished.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    me, at_work = uuid.uuid4().hex, {}
    with workers:
        if workers.here:
            _fetch(store.plan.data)
        _hire(store, workers, me, at_work)
        for key, (first, rows, state, made_by) in workers.results():
            run, last = at_work[key], first + len(rows) - 1
            if store.put(key, first, rows, state, made_by):
                progress(last - max(first - 1, 0))
            else:  # somebody else has put it there, and maybe more
                last, state = store.reached(key)
            if last < run.epochs:
                workers.submit(key, advance, run.to_dict(), last, state)
            else:
                del at_work[key]
                _hire(store, workers, me, at_work)
    store.shrink()


def _fetch(data):
    """Have the images on this machine before several processes ask for them at once."""
    if data.source == "mnist":
        from .. import mnist

        try:
            mnist.load()
        except (ImportError, OSError, ValueError) as error:
            raise PlanError(f"data: {error}") from error


def _hire(store, workers, me, at_work):
    while workers.free and (run := store.take(me, but=at_work)):
        at_work[run.key] = run
        workers.submit(run.key, advance, run.to_dict(), *store.reached(run.key))


def advance(run, epoch, state):
    """Train one more epoch: what a worker does, a function of its arguments alone.

    Parameters
    ----------
    run : dict
        Of `Run.to_dict`.
    epoch : int
        How many are finished; -1 if the run has not been measured yet, which is then done as well.
    state : bytes or None
        Of `Training.state` after that epoch.

    Returns
    -------
    (int, list of dict, bytes or None, dict)
        The epoch of the first row, the rows, the state after the last, None at the end of the run, and the versions.
    """
    from .plan import Run
    from .training import Training

    training = Training(Run.from_dict(run))
    rows = [training.measure()] if epoch < 0 else []
    if state is not None:
        training.restore(state)
    rows.append(training.run_epoch())
    return epoch + 1, rows, training.state() if training.epoch < run["epochs"] else None, versions()


def versions():
    """dict of str: of what computes here, for the record."""
    import numba

    return {"edu_optim": edu_optim.__version__, "python": platform.python_version(), "numpy": np.__version__,
            "numba": numba.__version__, "machine": platform.machine(), "system": platform.system()}
