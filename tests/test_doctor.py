"""`edu-optim doctor`: it tells what is wrong from what is right, and never breaks down itself."""

import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from edu_optim import cli, doctor

ROOT = Path(__file__).resolve().parent.parent


def states(findings):
    return [finding.state for finding in findings]


def test_here_all_that_is_needed_works():
    lines = []
    assert doctor.main(lines.append) == 0, "\n".join(lines)
    assert lines[-1] == "\nAll that is needed works here."
    assert any("agree bit for bit" in line for line in lines)


@pytest.mark.parametrize(
    ("found", "broken", "ending"),
    [
        ([doctor.Finding("ok", "fine"), doctor.Finding("note", "optional", "type this")], 0, "All that is needed"),
        ([doctor.Finding("BROKEN", "bad", "type this"), doctor.Finding("ok", "fine")], 1, "1 broken"),
    ],
)
def test_exit_code_and_advice(monkeypatch, found, broken, ending):
    monkeypatch.setattr(doctor, "examine", lambda checks: found)
    result = CliRunner().invoke(cli.main, ["doctor"])
    assert result.exit_code == broken
    assert ending in result.output
    for finding in found:
        assert f"{finding.state:<6}  {finding.text}\n" in result.output
    assert "        -> type this\n" in result.output


def test_a_check_that_fails_is_broken_and_the_next_goes_on():
    def first():
        raise OSError("no such thing")

    def second():
        yield doctor.Finding("ok", "fine")

    findings = list(doctor.examine((first, second)))
    assert states(findings) == ["BROKEN", "ok"]
    assert findings[0].text == "first: OSError: no such thing"


@pytest.mark.parametrize(("package", "expected"), [("numpy", "BROKEN"), ("jupyterlab", "note"), ("pytest", "note")])
def test_a_package_that_is_missing_is_named_with_what_to_type(monkeypatch, package, expected):
    real = importlib.metadata.version

    def version(name):
        if name == package:
            raise importlib.metadata.PackageNotFoundError(name)
        return real(name)

    monkeypatch.setattr("edu_optim.requirements.version", version)
    found = [finding for finding in doctor.packages() if package in finding.text]
    assert found[0].state == expected
    assert "-m pip install -e" in found[0].advice


def test_a_kernel_that_computes_something_else(monkeypatch):
    monkeypatch.setattr("numpy.array_equal", lambda *_: False)
    findings = list(doctor.kernels())
    assert findings[0].state == "BROKEN"
    assert "backend='numpy'" in findings[0].advice


def test_a_cache_folder_that_cannot_be_used(tmp_path):
    (tmp_path / "file").touch()
    program = "from edu_optim import doctor; print(*doctor.kernels(), sep='\\n')"
    environ = {**os.environ, "EDU_OPTIM_CACHE": str(tmp_path / "file"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert "state='ok'" in lines[0]
    assert "state='note'" in lines[1]
    assert "EDU_OPTIM_CACHE" in lines[1]


def test_more_threads_than_cores(monkeypatch):
    monkeypatch.setattr(doctor, "quota", lambda: 0.5)
    monkeypatch.setattr("numba.config.NUMBA_NUM_THREADS", 2)
    (finding,) = doctor.threads()
    assert finding.state == "note"
    assert "NUMBA_NUM_THREADS=1" in finding.advice


def test_data_says_what_is_wrong_with_the_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("EDU_OPTIM_DATA", str(tmp_path))
    (finding,) = doctor.data()
    assert finding.state == "note"
    assert "train-images-idx3-ubyte.gz" in finding.text
    monkeypatch.delenv("EDU_OPTIM_DATA")
    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path))
    (finding,) = doctor.data()
    assert finding.state == "note"
    assert "12 MB" in finding.text


@pytest.mark.parametrize(("free", "state"), [(5e9, "ok"), (5e6, "note")])
def test_room_on_the_disk(monkeypatch, free, state):
    usage = type("Usage", (), {"free": free})
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda folder: usage)
    assert list(doctor.places())[-1].state == state


def test_no_browser(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    (finding,) = doctor.browser()
    assert finding.state == "note"
    assert "no Chromium" in finding.text
