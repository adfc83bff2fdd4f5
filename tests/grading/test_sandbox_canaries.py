"""What a student's code may not touch; and that it would be touched without a sandbox, so that these tests can fail."""

import os
import socket
import subprocess
import sys

import pytest
from canaries import Canaries
from sandboxes import needs_sandbox, text

from edu_optim.grading.sandbox import Kernel, Limits, offered, users

# What each does to its canary; {names} are filled in.
ATTEMPTS = {
    "file": "open({FILE!r}, 'w').write('here')",
    "socket": "import socket; socket.create_connection(('127.0.0.1', {PORT}), 2)",
    "abstract": "import socket; socket.socket(socket.AF_UNIX).connect(chr(0) + {TOKEN!r})",
    "variable": "import os; print(os.environ[{VARIABLE!r}])",
    "victim": "import os, signal; os.kill({VICTIM}, signal.SIGKILL)",
    "everybody": "import os; print(sum(name.isdigit() for name in os.listdir('/proc')))",
    "system": "import os; print(os.listdir({FOLDER!r}))",
}
DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)", {TOKEN!r}])
    os._exit(0)
time.sleep(1)
"""
USER = users.FIRST - 1  # of a process that runs as the same user as the kernel


@pytest.fixture
def canaries(tmp_path_factory, monkeypatch):
    folder = tmp_path_factory.mktemp("canaries")
    for parent in (folder, *folder.parents):
        if parent.stat().st_uid == os.geteuid() and parent.stat().st_mode & 0o700 == 0o700 and parent.name.startswith(
                ("pytest", "canaries")):
            parent.chmod(0o755)  # or root's files would be safe from its kernels anyway
    canaries = Canaries(folder)
    another = os.geteuid() == 0
    if another:
        monkeypatch.setattr(users, "other", lambda: USER)
    victim = subprocess.Popen(["/bin/sleep", "120"], **({"user": USER} if another else {}))
    with socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0{canaries.token}")
        abstract.listen()
        abstract.setblocking(False)
        canaries.names["VICTIM"] = victim.pid
        canaries.victim, canaries.abstract = victim, abstract
        yield canaries
    victim.kill()
    victim.wait()
    canaries.close()


def touched(canaries, kind):
    """Those that code in a kernel reached."""
    said = {}
    with Kernel(Limits(cell_seconds=30), kind) as kernel:
        for name, source in ATTEMPTS.items():
            said[name] = text(kernel.run(source.format(**canaries.names)))
        found = canaries.touched(said["variable"], patience=0)
    try:
        canaries.abstract.accept()[0].close()
        found.add("abstract")
    except BlockingIOError:
        pass
    if canaries.victim.poll() is not None:
        found.add("victim")
    if int(said["everybody"]) > 6:
        found.add("everybody")
    if said["system"]:
        found.add("system")
    return found


@needs_sandbox
def test_nothing_is_touched(canaries):
    assert touched(canaries, "bwrap") == set()


@pytest.mark.skipif(not offered()[1].works or sys.platform != "linux", reason="no kernel without a sandbox here")
def test_without_a_sandbox_all_of_it_is_touched(canaries):
    assert touched(canaries, "none") == set(ATTEMPTS)


@needs_sandbox
@pytest.mark.parametrize("how", ["closed", "killed"])
def test_no_process_is_left(canaries, how):
    with Kernel(Limits(cell_seconds=30)) as kernel:
        kernel.run(DAEMON.format(**canaries.names))
        assert canaries.touched(patience=0) == {"process"}  # or the test could not fail
        if how == "killed":
            kernel.run("import os; os._exit(0)")
            assert canaries.touched() == set()
    assert canaries.touched() == set()
