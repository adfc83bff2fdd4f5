"""Every way of cheating or breaking that is known, against the real sandbox: points, reasons, seconds, canaries."""

import functools
import json
import os
import subprocess
import sys
import time

import canaries
import forgers
import hostile
import pytest
from fake_kernel import FakeKernel

pytest.importorskip("nbval")
pytest.importorskip("psutil")

from edu_optim.grading import batch, source, stranger, submission
from edu_optim.grading.grade import grade
from edu_optim.grading.sandbox import Kernel, Limits, offered

LIMITS = Limits()
HURRIED = Limits(cell_seconds=5, total_seconds=30)  # for what never ends: nothing is gained by waiting
BWRAP = offered()[0]
in_sandbox = pytest.mark.skipif(not BWRAP.works, reason=f"no sandbox here: {BWRAP.reason}")
SLOWER = 20  # what has to be killed, left out and run again may take so many times as long as what is right


@pytest.fixture(scope="module")
def assignment(tmp_path_factory):
    path = tmp_path_factory.mktemp("course") / "variance.ipynb"
    path.write_text(json.dumps(hostile.source()), encoding="utf-8")
    return source.read(path)


@pytest.fixture
def watched(tmp_path):
    birds = canaries.Canaries(tmp_path)
    yield birds
    birds.close()


def filled(text, names):
    """A text with the names of the canaries in it."""
    for name, value in names.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def judged(assignment, content, names, name="somebody", limits=LIMITS):
    """The Result of a file with this content."""
    data = content if isinstance(content, bytes) else filled(json.dumps(content), names).encode()
    try:
        read = submission.understood(data, name, submission.Form.of(assignment.released(0)))
    except stranger.Unreadable as error:
        return batch.unreadable(assignment, name, error.reason)
    return grade(assignment, read, 12345, functools.partial(Kernel, limits))


@pytest.fixture(scope="module")
def pace(assignment):
    """Seconds that a right submission takes on this machine, now: it may be slow, or busy."""
    start = time.monotonic()
    assert judged(assignment, hostile.handed_in(hostile.RIGHT_2), {}).total == 4
    return time.monotonic() - start


@in_sandbox
@pytest.mark.parametrize("case", [
    pytest.param(case, id=case.name, marks=[] if case.quick else pytest.mark.slow)
    for case in hostile.CASES + forgers.CASES])
def test_nothing_is_gained_and_nobody_else_pays(assignment, watched, pace, case):
    reasons = case.reason if isinstance(case.reason, tuple) else (case.reason,)
    limits = HURRIED if hostile.TIME in reasons else LIMITS
    start = time.monotonic()
    result = judged(assignment, case.content, watched.names, limits=limits)
    seconds = time.monotonic() - start
    why = {name: (check.reason, check.output[-200:]) for name, check in result.checks.items()}
    assert result.state in ("graded", "unreadable"), result.why
    assert result.total in (case.points if isinstance(case.points, tuple) else (case.points,)), why
    assert result.checks["c2"].reason in reasons, why
    assert seconds < SLOWER * pace + case.waits * limits.cell_seconds
    assert watched.touched(result.to_json()) == set()
    assert result.sandbox in ("bwrap", "")


TOUCHES = {
    "process": hostile.SLEEPER + "subprocess.Popen(child, start_new_session=True)",
    "file": "open('{FILE}', 'w').write('here')",
    "socket": "import socket\nsocket.create_connection(('127.0.0.1', {PORT}), 1)",
    "variable": "import os\nprint(os.environ['{VARIABLE}'])",
}


@pytest.mark.parametrize("canary", TOUCHES)
def test_each_canary_sings_where_there_is_no_sandbox(watched, canary):
    with (watched.folder / "said").open("w+") as said:  # a pipe would wait for what is left over
        subprocess.run([sys.executable, "-c", filled(TOUCHES[canary], watched.names)], stdout=said, stderr=said,
                       env=os.environ, check=True)
        time.sleep(0.2)
        said.seek(0)
        assert watched.touched(said.read(), patience=0.2) == {canary}


@in_sandbox
def test_no_canary_sings_in_the_sandbox(watched):
    with Kernel(LIMITS) as kernel:
        ran = [kernel.run(filled(text, watched.names)) for text in TOUCHES.values()]
    assert watched.touched(repr(ran)) == set()


RIGHT = [
    "return np.mean((np.asarray(x) - np.mean(x))**2)",
    "m, total = mean(x), 0.0\n    for a in reversed(x):\n        total += (a - m)**2\n    return total / len(x)",
    "print('debug', x)\n    import warnings\n    warnings.warn('careful')\n    return np.var(x)",
    "show('mine', len(x))\n    return float(sum(a * a for a in x) / len(x) - mean(x)**2)",
]


def written_as(right):
    return submission.Submission("ada", {"q1": hostile.RIGHT_1, "q2": f"# ANSWER q2\ndef variance(x):\n    {right}"})


@pytest.mark.parametrize("right", RIGHT)
@pytest.mark.filterwarnings("ignore:careful")
def test_right_answers_written_differently_on_fresh_seeds(assignment, right):
    assert {grade(assignment, written_as(right), seed, FakeKernel).total for seed in range(100, 120)} == {4}


@in_sandbox
@pytest.mark.slow
@pytest.mark.parametrize("right", RIGHT)
def test_right_answers_written_differently_in_the_sandbox(assignment, right):
    assert grade(assignment, written_as(right), 99, functools.partial(Kernel, LIMITS)).total == 4
