"""Running cells in a kernel: what they show and raise, and where they run."""

import subprocess
import sys

import pytest
from authors import code
from sandboxes import environ

from edu_optim.grading.rehearse import RehearsalError, other_numerics, rehearse


def test_cells_run_on_after_an_error_or_too_long_a_wait_in_an_empty_folder(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    sources = ["1 / 0", "import time\ntime.sleep(60)", "from edu_optim.grading import show", "show('x', 3)",
               "import os\nshow('files', len(os.listdir()))\nshow('threads', os.environ['OMP_NUM_THREADS'])"]
    runs = rehearse([code(source, role="setup") for source in sources], {"OMP_NUM_THREADS": "4"}, seconds=2)
    assert [run.error for run in runs] == [
        "ZeroDivisionError: division by zero", "KeyboardInterrupt: it took more than 2 s", None, None, None]
    assert [run.values for run in runs[3:]] == [{"x": 3}, {"files": 0, "threads": {"text": "4"}}]


def test_the_end_of_the_kernel_names_the_cell():
    with pytest.raises(RehearsalError, match=r"in the cell that begins with 'import os; os\._exit"):
        rehearse([code("x = 1"), code("import os; os._exit(1)"), code("x = 2")])


ENDS = """
import gc, os, sys, psutil
from edu_optim.grading.rehearse import RehearsalError, rehearse
for source in ("x = 1", "import os; os._exit(1)"):
    try:
        rehearse([{"source": source, "metadata": {}}] * 2)
    except RehearsalError:
        pass
    gc.collect()
    print(psutil.Process().children())
"""


def test_no_kernel_and_no_socket_is_left():
    done = subprocess.run([sys.executable, "-W", "error::ResourceWarning", "-c", ENDS], capture_output=True, text=True,
                          env=environ(), check=True)
    assert (done.stdout, done.stderr) == ("[]\n[]\n", "")  # an error in the end of a socket is only printed


def test_other_numerics_leave_out_what_this_processor_has():
    assert other_numerics()["OMP_NUM_THREADS"] == "2"
    assert "NPY_DISABLE_CPU_FEATURES" in other_numerics()
