"""A checkout in which the installer only pretends, for the tests of the bootstrap."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Outside every environment, as on a reader's machine.
BASE_PYTHON = getattr(sys, "_base_executable", sys.executable)

FAKE_CLI = """
import sys

def main(prog_name):
    print(prog_name, sys.prefix, sys.argv[1:])
    sys.exit(7)
"""
FAKE_UV = """
import os, sys, time
with open(os.environ["FAKE_UV_CALLS"], "a") as file:
    print(*sys.argv[1:], file=file)
time.sleep(float(os.environ.get("FAKE_UV_SECONDS", 0)))
if "FAKE_UV_ERROR" in os.environ:
    print("Resolving ...")
    sys.exit(os.environ["FAKE_UV_ERROR"])
"""


class Checkout:
    """A copy of what the bootstrap needs, and a PATH on which `uv` is ours."""

    def __init__(self, folder):
        self.root, self.calls_file, tools = folder / "checkout", folder / "calls", folder / "tools"
        (self.root / "edu_optim").mkdir(parents=True)
        tools.mkdir()
        shutil.copy(ROOT / "pyproject.toml", self.root)
        for name in ("__init__.py", "__main__.py", "bootstrap.py", "lock.py", "requirements.py"):
            shutil.copy(ROOT / "edu_optim" / name, self.root / "edu_optim")
        (self.root / "edu_optim" / "cli.py").write_text(FAKE_CLI)
        (tools / "fake_uv.py").write_text(FAKE_UV)
        if os.name == "nt":
            (tools / "uv.bat").write_text(f'@"{BASE_PYTHON}" "{tools / "fake_uv.py"}" %*\n')
        else:
            (tools / "uv").write_text(f'#!/bin/sh\nexec "{BASE_PYTHON}" "{tools / "fake_uv.py"}" "$@"\n')
            (tools / "uv").chmod(0o755)
        unwanted = ("CONDA_PREFIX", "EDU_OPTIM_NO_VENV", "VIRTUAL_ENV", "PYTHONPATH")
        self.environ = {name: value for name, value in os.environ.items() if name not in unwanted}
        self.environ.update(
            PATH=f"{tools}{os.pathsep}{os.environ['PATH']}",
            PYTHONDONTWRITEBYTECODE="1",
            FAKE_UV_CALLS=str(self.calls_file),
            TMPDIR=str(folder),
            TEMP=str(folder),
        )
        self.start = self.listing()

    def popen(self, *arguments, python=BASE_PYTHON, **environ):
        return subprocess.Popen(
            [python, "-m", "edu_optim", *arguments],
            cwd=self.root,
            env={**self.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=os.name != "nt",
        )

    def run(self, *arguments, **keywords):
        process = self.popen(*arguments, **keywords)
        process.out, process.err = process.communicate(timeout=60)
        return process

    def calls(self):
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []

    def wait_for_call(self):
        end = time.monotonic() + 30
        while not self.calls():
            assert time.monotonic() < end, "the installer was never called"
            time.sleep(0.02)

    def listing(self):
        return sorted(path.name for path in self.root.iterdir())


def message(process):
    """The one line that a failure leaves, after the one that says what is going on."""
    assert process.returncode == 1
    assert process.out == ""
    lines = [line for line in process.err.splitlines() if not line.startswith("Preparing")]
    assert len(lines) == 1, process.err
    assert lines[0].startswith("edu_optim: ")
    return lines[0]
