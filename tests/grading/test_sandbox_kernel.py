"""The sandbox against code that wants too much, does not end, or ends too early."""

import os
import signal
import subprocess
import sys
import tempfile
import time

import psutil
import pytest
from sandboxes import environ, needs_sandbox, text

from edu_optim.grading.sandbox import Kernel, Limits, messages
from edu_optim.grading.sandbox import kernel as sandboxed
from edu_optim.grading.values import MIME

MIB = 2**20
SECONDS = 6  # for a cell
LATE = 4  # seconds by which a busy machine may notice it
pytestmark = needs_sandbox
slow = pytest.mark.slow

# name: (code, why its kernel is ended)
ENDS = {
    "loop": ("while True: pass", "time"),
    "catches everything": ("while True:\n    try:\n        while True: pass\n    except BaseException: pass", "time"),
    "ignores interrupts": (
        "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\ntime.sleep(1000)", "time"),
    "stops itself": ("import os; os.kill(os.getpid(), 19)", "time"),
    "never idle": (
        "import threading, time\nkernel = get_ipython().kernel\nsend = kernel.session.send\n"
        "kernel.session.send = lambda stream, kind, *a, **k: kind == 'status' or send(stream, kind, *a, **k)\n"
        "def talk():\n    while True:\n        kernel.send_response(kernel.iopub_socket, 'stream', "
        "{'name': 'stdout', 'text': 'hi'})\n        time.sleep(0.5)\nthreading.Thread(target=talk).start()", "time"),
    "processors": ("import time\nwhile time.process_time() < 60: pass", "cpu"),
    "exits": ("import os; os._exit(0)", "kernel ended"),
    "kills itself": ("import os; os.kill(os.getpid(), 9)", "kernel ended"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "kernel ended"),
    "memory": ("hoard = []\nwhile True: hoard.append(bytearray(50 * 2**20))", "memory"),
    "memory of children": (
        "import os, time\nfor _ in range(3):\n    if os.fork() == 0:\n        hoard = bytearray(b'1') * (200 * 2**20)\n"
        "        time.sleep(60)\ntime.sleep(60)", "memory"),
    "many files": ("for i in range(10**6): open(f'/tmp/{i}', 'w').close()", "memory"),
    "flood": ("for _ in range(200): print('x' * 10**6)", "output"),
    "flood without Python": ("import os\nwhile True: os.write(1, b'x' * 65536)", "output"),
    "one message": ("print('x' * 60_000_000)", "output"),
    "closes everything": ("import os; os.closerange(0, 1000)", ("kernel ended", "time", "output")),
}
QUICK = {"loop", "exits", "memory of children", "flood"}


@pytest.mark.parametrize("name", [name if name in QUICK else pytest.param(name, marks=slow) for name in ENDS])
def test_ends_a_kernel_and_says_why(name):
    code, reason = ENDS[name]
    limits = Limits(cell_seconds=SECONDS, memory=(512 if reason == "memory" else 1024) * MIB,
                    **({"cpu": 1, "total_seconds": 300} if reason == "cpu" else {}))
    ours = psutil.Process()
    before = set(ours.children(recursive=True))  # whatever other tests have begun
    with Kernel(limits) as kernel:
        ran = kernel.run(code, 60 if reason in ("cpu", "memory") else None)  # a busy machine gives little
        assert ran.reason in (reason if isinstance(reason, tuple) else (reason,)), ran
        assert ran.seconds < (60 if reason in ("cpu", "memory") else SECONDS) + LATE
        again = kernel.run("print(1)")
        assert (again.outputs, again.reason) == ([], "kernel ended")
        assert not set(ours.children(recursive=True)) - before


def test_all_cells_together_may_say_so_much():
    with Kernel(Limits(output=2**20)) as kernel:
        said = "print('x' * 600_000)"
        assert [kernel.run(said).reason, kernel.run("1").reason, kernel.run(said).reason] == [None, None, "output"]


def test_who_reads_slowly_reads_all(monkeypatch):
    """What was said before the answer, and comes after it."""
    read = messages.read
    monkeypatch.setattr(messages, "read", lambda *given: time.sleep(0.004) or read(*given))
    monkeypatch.setattr(sandboxed, "GRACE", 1)
    with Kernel(Limits(cell_seconds=60)) as kernel:
        ran = kernel.run("from IPython.display import display\nfor i in range(800): display(i)")
    assert (ran.reason, len(ran.outputs)) == (None, 800)


def test_what_nobody_can_use_is_not_kept():
    """Pictures, pages, and whatever stands where values should."""
    with Kernel(Limits(cell_seconds=30)) as kernel:
        ran = kernel.run("from IPython.display import display\ndeep = 0\nfor _ in range(700): deep = [deep]\n"
                         f"display({{'image/png': 'x', 'text/plain': deep, '{MIME}': deep}}, raw=True)")
        assert ran.outputs == [{"output_type": "display_data", "data": {}, "metadata": {}}]


@pytest.fixture(scope="module")
def kernel():
    with Kernel(Limits(cell_seconds=30, total_seconds=600, memory=512 * MIB)) as kernel:
        yield kernel


FORKS = """
import os, time
for made in range(150):
    try:
        child = os.fork()
    except OSError as error:
        print(made, type(error).__name__)
        break
    if child == 0:
        time.sleep(60)
        os._exit(0)
"""


def test_values_come_out(kernel):
    ran = kernel.run("import sys\nprint('one'); print('two')\nprint('three', file=sys.stderr)\n6 * 7")
    assert ran.outputs == [
        {"output_type": "stream", "name": "stdout", "text": "one\ntwo\n"},
        {"output_type": "stream", "name": "stderr", "text": "three\n"},
        {"output_type": "execute_result", "data": {"text/plain": "42"}, "metadata": {}, "execution_count": None},
    ]
    assert (ran.error, ran.reason) == (None, None)
    assert 0 < ran.seconds < 30


def test_a_check_can_show(kernel):
    ran = kernel.run("from edu_optim.grading import show\nshow('a', 0.5)")
    (output,) = ran.outputs
    assert output["data"]["application/vnd.edu-optim.values+json"] == {"name": "a", "value": 0.5}


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import sys; sys.exit()", "SystemExit"),
        ("input()", "StdinNotImplementedError"),
        ("print(1)\0", ("SyntaxError", "ValueError")),
        ("def f(:", "SyntaxError"),
        ("print('\ud800')", None),
        ("", None),
        ("exit()", "SystemExit"),
        ("get_ipython().ask_exit()", None),
    ],
)
def test_errors(kernel, source, name):
    ran = kernel.run(source)
    assert ran.reason is None
    assert (ran.error or (None,))[0] in (name if isinstance(name, tuple) else (name,))


def test_children_are_counted():
    """And their memory only once, where they share it."""
    with Kernel(Limits(cell_seconds=30, memory=512 * MIB)) as kernel:
        made, error = text(kernel.run(FORKS)).split()
        assert 20 < int(made) < kernel.limits.processes
        assert error == "BlockingIOError"
        time.sleep(0.5)
        assert text(kernel.run("print('still here')")) == "still here\n"


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("for i in range(100): open(f'/tmp/{i}', 'wb').write(bytes(2**22))", "OSError"),
        ("open('/tmp/large', 'wb').write(bytes(2**26))", "OSError"),
        ("open('/usr/x', 'w')", "OSError"),
        ("open('/site/numpy/__init__.py', 'a')", "OSError"),
        ("open('/dev/x', 'w')", "OSError"),
        ("import os; os.memfd_create('x')", "PermissionError"),
        ("import socket; socket.socket(40, socket.SOCK_STREAM)", "PermissionError"),  # to the host of a machine
        ("import socket; socket.create_connection(('192.0.2.1', 80), 5)", "OSError"),
        ("import resource; resource.setrlimit(resource.RLIMIT_NPROC, (1000, 1000))", "ValueError"),
        ("import os; open('/proc/sys/kernel/core_pattern', 'w')", "OSError"),
        ("import debugpy", "ModuleNotFoundError"),
        ("import pytest", "ModuleNotFoundError"),
        ("import edu_optim.grading.grade", "ModuleNotFoundError"),
        ("import edu_optim.grading.sandbox", "ModuleNotFoundError"),
    ],
)
def test_is_refused(kernel, source, error):
    ran = kernel.run(source)
    assert ran.reason is None
    names = {"OSError": ("OSError", "PermissionError", "FileNotFoundError")}.get(error, (error,))
    assert ran.error is not None and ran.error[0] in names, ran


SEEN = """
import ctypes, os, sys
status = dict(line.split(":", 1) for line in open("/proc/self/status"))
print(os.getuid(), int(status["CapEff"], 16), int(status["NoNewPrivs"]), int(status["Seccomp"]))
print([line.split()[1] for line in open("/proc/1/status") if line.startswith("Seccomp:")])
print(ctypes.CDLL(None).unshare(0x10000000))
print(sorted(set(os.environ) & {"OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"}))
print(os.path.exists("/root"), os.path.exists("/etc/passwd"), os.path.exists("/home"))
print(sorted(os.listdir("/site/edu_optim/grading")))
"""


def test_who_it_is_and_what_it_sees(kernel):
    from edu_optim.grading.sandbox import seccomp

    lines = text(kernel.run(SEEN)).splitlines()
    filtered = 2 if seccomp.program() else 0
    assert lines[0] == f"1000 0 1 {filtered}"
    assert lines[1] == f"['{filtered}']"  # who could be made to call for it is filtered too
    assert lines[2] == "-1"
    assert lines[3] == "['NUMBA_NUM_THREADS', 'OPENBLAS_NUM_THREADS']"
    assert lines[4:] == ["False False False", "['__init__.py', 'values.py']"]


def test_no_uid_is_roots(kernel):
    assert (kernel.user is None) == (os.geteuid() != 0)
    owners = {psutil.Process(pid).uids().real for pid in _sandboxed(kernel)}
    assert owners == {os.geteuid() if kernel.user is None else kernel.user}


def _sandboxed(kernel):
    """The kernel and what it has begun: those processes that are called python."""
    family = kernel._watch._first.children(recursive=True)
    found = [process.pid for process in family if process.name().startswith("python")]
    assert found
    return found


def test_what_lessons_import_is_there(kernel):
    ran = kernel.run("import numpy, numba, scipy.stats, edu_optim as eo\n"
                     "p = eo.Parameter(numpy.ones(2)); o = eo.SGD([p], lr=0.5); p.grad = numpy.ones(2); o.step()\n"
                     "print(p.data)", 120)
    assert text(ran).endswith("[0.5 0.5]\n")
    assert kernel.versions["numpy"] and kernel.versions["python"] == ".".join(map(str, sys.version_info[:3]))


@pytest.mark.parametrize(
    "forged",
    [
        "k.session.send(k.iopub_socket, 'stream', {'name': ['x'], 'text': 7}, parent=parent)",
        "k.session.send(k.iopub_socket, 'display_data', {'data': 7}, parent=parent)",
        "k.session.send(k.iopub_socket, 'display_data', ['data'], parent=parent)",
        "k.session.send(k.iopub_socket, 'error', {'ename': 7, 'traceback': 7}, parent=parent)",
        "k.iopub_socket.send_multipart([b'a', b'<IDS|MSG>', b'b'])",
        "k.session.pack = lambda what: b'[' * 100_000; k.session.send(k.iopub_socket, 'stream', {})",
        "k.session.pack = lambda what: b'9' * 100_000; k.session.send(k.iopub_socket, 'stream', {})",
    ],
)
def test_forged_messages(forged):
    source = f"k = get_ipython().kernel\nparent = k.get_parent('shell')\n{forged}"
    with Kernel(Limits(cell_seconds=SECONDS)) as kernel:
        ran = kernel.run(source)
        assert isinstance(ran.outputs, list)
        assert all(isinstance(output.get("text", ""), str) for output in ran.outputs)
        assert ran.seconds < SECONDS + LATE


EARLY = """
from edu_optim.grading.sandbox import bubblewrap
command = bubblewrap.command
bubblewrap.command = lambda *given: [word for word in command(*given) if word != "--die-with-parent"]
"""


@pytest.mark.parametrize("early", ["", EARLY], ids=["", "before bubblewrap asks to die with it"])
def test_a_grader_that_is_killed_leaves_nothing(early):
    """No process, and no file: the sockets' folder is gone as soon as the kernel has answered."""
    program = (f"{early}from edu_optim.grading.sandbox import Kernel\nwith Kernel() as kernel:\n"
               "    print(kernel.run('1').reason, flush=True)\n    import time; time.sleep(60)")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # elsewhere its name might be too long for sockets
        grader = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE,
                                  env=environ(TMPDIR=folder))
        assert grader.stdout.readline() == b"None\n"
        family = psutil.Process(grader.pid).children(recursive=True)
        assert family
        grader.send_signal(signal.SIGKILL)
        grader.wait()
        grader.stdout.close()
        deadline = time.monotonic() + 10
        while any(map(_lives, family)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert not any(map(_lives, family))
        assert os.listdir(folder) == []


def _lives(process):
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
