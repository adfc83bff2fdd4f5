"""A class: graded as quickly as promised, in constant memory, with the same bytes however often that was killed.

EDU_OPTIM_CLASS says how many hand in; the promise is about 200.
"""

import json
import os
import signal
import subprocess
import sys
import time

import hostile
import psutil
import pytest
from dask_cluster import ENVIRON, cluster

from edu_optim.grading.sandbox import Kernel, offered

pytest.importorskip("nbval")
BWRAP = offered()[0]
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not BWRAP.works, reason=f"no sandbox here: {BWRAP.reason}")]

CLASS = int(os.environ.get("EDU_OPTIM_CLASS", "20"))
BAD = [case for case in hostile.CASES if case.name[:2] in ("08", "14", "42", "53", "55", "03", "77", "24", "44", "56")]


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A folder with an assignment and what a class has handed in; one in ten is hostile."""
    folder = tmp_path_factory.mktemp("course")
    (folder / "in").mkdir()
    (folder / "source.ipynb").write_text(json.dumps(hostile.source()))
    for number in range(CLASS):
        case = BAD[number // 10 % len(BAD)] if number % 10 == 3 else None
        content = case.content if case else hostile.handed_in(hostile.RIGHT_2)
        path = folder / "in" / f"{number:03d}{'-' + case.name if case else ''}.ipynb"
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return folder


def grading(course, out, *arguments):
    command = [sys.executable, "-m", "edu_optim", "assignment", "grade", "source.ipynb", "in", "--out", out]
    return subprocess.Popen([*command, "--seed", "1", *arguments], cwd=course, env=ENVIRON, start_new_session=True,
                            stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL)


def pace():
    """Seconds that an empty kernel takes to begin and end here, now."""
    start = time.monotonic()
    with Kernel():
        pass
    return time.monotonic() - start


@pytest.fixture(scope="module")
def undisturbed(course):
    """The folder of a class that was graded at one go, with the seconds by the clock and the grader's memory."""
    start, process = time.monotonic(), grading(course, "whole", "--jobs", "2")
    most = 0
    while process.poll() is None:
        time.sleep(0.5)
        for one in [process.pid, *(child.pid for child in psutil.Process(process.pid).children())]:
            try:
                most = max(most, psutil.Process(one).memory_info().rss)
            except psutil.Error:
                continue
    assert process.returncode == 0
    return course / "whole", time.monotonic() - start, most


def results(out):
    return [json.loads(path.read_text())["result"] for path in sorted((out / "results").iterdir())]


def test_a_class_is_graded_in_time_and_in_constant_memory(undisturbed):
    out, seconds, most = undisturbed
    empty = max(pace() for _ in range(3))
    graded = results(out)
    assert len(graded) == CLASS
    honest = [one for one in graded if "-" not in one["submission"]]
    assert all(sum(check["points"] for check in one["checks"].values()) == 4 for one in honest)
    each = sum(one["seconds"] for one in honest) / len(honest) / 2  # two at a time
    kernels = sum(one["kernel_seconds"] for one in honest) / sum(one["seconds"] for one in honest)
    print(f"{each:.2f} s by the clock for each honest submission, {kernels:.0%} of it in kernels, of which an empty "
          f"one takes {empty:.2f} s; {seconds:.0f} s in all; at most {most / 1e6:.0f} MB in one process of the grader")
    assert each < max(2.5, 5 * empty)  # the machine may be slow, or busy
    assert most < 600e6


def test_killed_and_resumed_gives_the_same_bytes(course, undisturbed):
    out = course / "killed"
    for wanted in (CLASS // 4, CLASS // 2):
        process = grading(course, "killed", "--jobs", "2")
        while process.poll() is None and len(list(out.glob("results/*.json"))) < wanted:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert wanted <= len(list(out.glob("results/*.json"))) < CLASS
    assert grading(course, "killed", "--jobs", "1").wait() == 0
    assert (out / "gradebook.csv").read_bytes() == (undisturbed[0] / "gradebook.csv").read_bytes()


def test_on_dask_with_two_workers_it_is_the_same(course, undisturbed, tmp_path):
    pytest.importorskip("distributed")
    with cluster(tmp_path) as (address, _):
        assert grading(course, "dask", "--dask", address).wait() == 0
    assert (course / "dask" / "gradebook.csv").read_bytes() == (undisturbed[0] / "gradebook.csv").read_bytes()
