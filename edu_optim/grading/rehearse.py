"""Run cells in a kernel that is guarded by nothing: an author's own, or a student's on the student's own machine.

The kernel begins in an empty folder, as the grader's does, so that what an assignment needs must stand in it.
"""

import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import edu_optim

from ..threads import BLAS, one_thread_each
from .values import shown


class Run(NamedTuple):
    """What a cell did.

    Attributes
    ----------
    role, name : str or None
        From the cell's metadata.
    misconception : str or None
        The one that was in force.
    outputs : list of dict
    values : dict of str to JSON
        What was shown, by name.
    error : str or None
        The last line of the traceback.
    """

    role: str | None
    name: str | None
    misconception: str | None
    outputs: list
    values: dict
    error: str | None


class RehearsalError(RuntimeError):
    """No kernel can be had, or it ended before the last cell."""


def rehearse(cells, environ=None, seconds=60):
    """Run code cells one after the other, whatever they raise.

    Parameters
    ----------
    cells : list of dict
    environ : dict of str to str, optional
        Environment variables of the kernel beside this process's own.
    seconds : float
        How long a cell may take; then it is interrupted, and the next one runs.

    Returns
    -------
    list of Run
        One for each cell.

    Raises
    ------
    RehearsalError
        If there is no Jupyter here, or a cell ended the kernel.
    """
    try:
        import nbformat
        from jupyter_client.kernelspec import KernelSpec
        from jupyter_client.manager import AsyncKernelManager
        from nbclient import NotebookClient
        from nbclient.exceptions import CellTimeoutError, DeadKernelError
    except ModuleNotFoundError as error:
        raise RehearsalError(f"{error.name} is missing, without which no notebook runs. Type in a checkout: "
                             f"{sys.executable} -m pip install .[lab]") from None

    class Here(AsyncKernelManager):
        """A kernel of this interpreter, whatever other kernels the machine offers."""

        @property
        def kernel_spec(self):
            return KernelSpec(argv=[sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}",
                                    "--log-level=ERROR"],
                              display_name="here", language="python")

    begun = []
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c["source"]) for c in cells])
    client = NotebookClient(notebook, km=Here(), timeout=seconds, allow_errors=True, interrupt_on_timeout=True,
                            store_widget_state=False, record_timing=False,
                            on_cell_start=lambda cell, cell_index: begun.append(cell_index))
    with tempfile.TemporaryDirectory(prefix="edu_optim-", ignore_cleanup_errors=True) as folder:
        try:
            # A manager of our own would be left running, with its kernel and its sockets.
            client.execute(cwd=folder, env=_environment(environ or {}), cleanup_kc=True)
        except (CellTimeoutError, DeadKernelError):
            last = cells[begun[-1]]["source"] if begun else ""
            raise RehearsalError(f"the kernel ended, or hung for good, in the cell that begins with {last[:60]!r}"
                                 ) from None
    return [_ran(cell, result, seconds) for cell, result in zip(cells, notebook.cells)]


def _environment(more):
    environ = dict(os.environ)
    one_thread_each(environ)
    environ.update(more)
    root = str(Path(edu_optim.__file__).resolve().parents[1])  # the folder changes, the package does not
    environ["PYTHONPATH"] = os.pathsep.join([root, *filter(None, [environ.get("PYTHONPATH")])])
    return environ


def _ran(cell, result, seconds):
    ours = cell["metadata"].get("edu_optim", {})
    outputs = [dict(output) for output in result.outputs]
    late = {"KeyboardInterrupt": f"it took more than {seconds} s"}
    errors = [f"{o['ename']}: {late.get(o['ename'], o['evalue'])}" for o in outputs if o["output_type"] == "error"]
    return Run(ours.get("role"), ours.get("name"), ours.get("misconception"), outputs, shown(outputs),
               errors[-1] if errors else None)


def other_numerics():
    """Environment variables under which the same computation rounds otherwise: two threads, older instructions."""
    import numpy as np

    found = np.show_config(mode="dicts")["SIMD Extensions"].get("found", [])
    return {**dict.fromkeys(BLAS, "2"), "NUMBA_NUM_THREADS": "2", "OPENBLAS_CORETYPE": "Nehalem",
            "NPY_DISABLE_CPU_FEATURES": " ".join(found)}
