"""The environment of a bare checkout, made in temporary copies by an installer that only pretends."""

import ast
import errno
import os
import shutil
import signal
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest
from checkouts import BASE_PYTHON, FAKE_CLI, ROOT, Checkout, message

import edu_optim.__main__ as starter
import edu_optim.bootstrap as bootstrap

OFFLINE = "error: Failed to fetch: `somewhere`\n  Caused by: dns error"
FULL = "error: failed to write\n  Caused by: No space left on device (os error 28)"
BROKEN = "error: Failed to build `edu_optim`\nhint: none"

posix = pytest.mark.skipif(os.name == "nt", reason="signals are POSIX")


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


# ---- making and renewing


def test_makes_the_environment_and_runs_the_command_in_it(checkout):
    done = checkout.run("test", "-k", "a b")
    assert done.returncode == 7
    assert done.out == f"python -m edu_optim {(checkout.root / '.venv').resolve()} ['test', '-k', 'a b']\n"
    assert done.err == "Preparing the environment (once, about a minute) ...\n"
    assert checkout.listing() == sorted([*checkout.start, ".venv"])


def test_does_it_once(checkout):
    checkout.run("lab")
    again = checkout.run("lab")
    assert (again.returncode, again.err) == (7, "")
    assert len(checkout.calls()) == 1


@pytest.mark.parametrize("python", [BASE_PYTHON, "its own"])
def test_installs_again_when_pyproject_changed(checkout, python):
    checkout.run("lab")
    (checkout.root / ".venv" / "kept").touch()
    with (checkout.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    own = str(bootstrap.python_of(checkout.root))
    for _ in range(2):
        assert checkout.run("lab", python=own if python == "its own" else python).returncode == 7
    assert len(checkout.calls()) == 2
    assert (checkout.root / ".venv" / "kept").exists()


def test_installs_again_when_the_checkout_has_moved(checkout):
    checkout.run("lab")
    before = bootstrap.fingerprint(checkout.root)
    moved = checkout.root.rename(checkout.root.with_name("moved"))
    assert bootstrap.fingerprint(moved) != before


def test_repairs_an_environment_that_lost_a_package(checkout):
    checkout.run("lab")
    (checkout.root / "edu_optim" / "cli.py").write_text("import click_is_gone")
    assert "lost click_is_gone" in message(checkout.run("lab"))
    (checkout.root / "edu_optim" / "cli.py").write_text(FAKE_CLI)
    assert checkout.run("lab").returncode == 7
    assert len(checkout.calls()) == 2


def test_two_at_once_make_one_environment(checkout):
    both = [checkout.popen("lab", FAKE_UV_SECONDS="0.5") for _ in range(2)]
    outputs = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [7, 7]
    assert len(checkout.calls()) == 1
    assert sorted(err.split()[0] for _, err in outputs) == ["Another", "Preparing"]
    assert checkout.listing() == sorted([*checkout.start, ".venv"])


def test_uses_pip_where_there_is_no_uv(monkeypatch, tmp_path):
    commands = []
    monkeypatch.setattr(bootstrap, "run", lambda command, root: commands.append(command))
    venv.EnvBuilder(symlinks=os.name != "nt").create(tmp_path / ".venv")
    python = bootstrap.python_of(tmp_path)
    bootstrap.install(python, None, tmp_path)
    assert [command[:4] for command in commands] == [
        [str(python), "-Im", "ensurepip", "--upgrade"],
        [str(python), "-m", "pip", "install"],
    ]
    assert commands[1][-2:] == ["-e", ".[test]"]


# ---- failing


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OFFLINE, "could not be fetched. Connect to the internet"),
        (FULL, "the disk is full"),
        (BROKEN, "could not be installed: error: Failed to build `edu_optim`."),
    ],
)
def test_a_failed_installation_leaves_one_line_and_nothing_else(checkout, error, words):
    line = message(checkout.run("lab", FAKE_UV_ERROR=error))
    assert words in line
    assert "Nothing was left behind." in line
    assert error in Path(line.split("full report is in ")[1].split(". ")[0]).read_text()
    assert checkout.listing() == checkout.start


def test_a_failed_renewal_keeps_the_environment_and_says_how_to_use_it(checkout):
    checkout.run("lab")
    with (checkout.root / "pyproject.toml").open("a") as file:
        file.write("# changed\n")
    line = message(checkout.run("lab", FAKE_UV_ERROR=OFFLINE))
    command = f"set EDU_OPTIM_NO_VENV=1 and type: {bootstrap.python_of(checkout.root.resolve())} -m edu_optim lab"
    assert line.endswith(command)
    assert checkout.run("lab").returncode == 7
    assert len(checkout.calls()) == 3


@posix
def test_ctrl_c_leaves_one_line_and_nothing_else(checkout):
    process = checkout.popen("lab", FAKE_UV_SECONDS="60")
    checkout.wait_for_call()
    os.killpg(process.pid, signal.SIGINT)
    process.out, process.err = process.communicate(timeout=30)
    assert "stopped" in message(process)
    assert checkout.listing() == checkout.start


@posix
def test_what_a_killed_process_left_is_made_anew(checkout):
    process = checkout.popen("lab", FAKE_UV_SECONDS="60")
    checkout.wait_for_call()
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    (checkout.root / ".venv" / "rest").touch()
    assert checkout.run("lab").returncode == 7
    assert not (checkout.root / ".venv" / "rest").exists()
    assert checkout.listing() == sorted([*checkout.start, ".venv"])


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EACCES, "cannot write in"), (errno.EROFS, "cannot write in"), (errno.ENOSPC, "the disk is full")],
)
def test_a_folder_that_cannot_be_written(checkout, monkeypatch, number, words):
    def refuse(*_):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(bootstrap, "locked", refuse)
    with pytest.raises(bootstrap.Failure, match=words):
        bootstrap.prepare(checkout.root, ["lab"])
    assert checkout.listing() == checkout.start


@pytest.mark.parametrize("lacking", ["venv", "ensurepip"])
def test_a_python_that_cannot_make_environments(checkout, monkeypatch, lacking):
    find_spec = bootstrap.importlib.util.find_spec
    monkeypatch.setattr(bootstrap.importlib.util, "find_spec", lambda name: name != lacking and find_spec(name))
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: None)
    with pytest.raises(bootstrap.Failure, match=rf"sudo apt install python3\.{sys.version_info[1]}-venv"):
        bootstrap.prepare(checkout.root, ["lab"])
    assert checkout.listing() == checkout.start


def test_a_python_that_is_too_old(monkeypatch):
    with pytest.raises(SystemExit) as stop:
        starter.check_python((3, 8, 18), ["lab", "6"])
    line = stop.value.code
    assert "Python 3.11 or newer is needed; this is 3.8" in line
    assert line.endswith("-m edu_optim lab 6")
    assert "\n" not in line
    starter.check_python((3, 11, 0), [])


@pytest.mark.parametrize("name", ["__init__.py", "__main__.py"])
def test_an_old_python_can_read_far_enough(name):
    ast.parse((ROOT / "edu_optim" / name).read_text(), feature_version=(3, 7))


# ---- environments of the reader


def test_a_venv_of_the_reader_is_used_and_never_removed(checkout):
    venv.EnvBuilder(symlinks=os.name != "nt").create(checkout.root / ".venv")
    assert "To use .venv as it is" in message(checkout.run("lab", FAKE_UV_ERROR=OFFLINE))
    assert checkout.run("lab").returncode == 7
    bootstrap.python_of(checkout.root).unlink()
    assert "was not made by this command" in message(checkout.run("lab"))
    assert (checkout.root / ".venv" / "pyvenv.cfg").exists()


@pytest.mark.parametrize(
    ("environ", "advice"),
    [
        ({"CONDA_PREFIX": "conda"}, "conda env create -f environment.yml && conda activate edu_optim"),
        ({"CONDA_PREFIX": "conda", "CONDA_DEFAULT_ENV": "edu_optim"}, "conda env update -f environment.yml"),
        ({"EDU_OPTIM_NO_VENV": "1"}, "-m pip install -e"),
    ],
)
def test_conda_and_binder_use_the_environment_they_stand_in(checkout, environ, advice):
    done = checkout.run("test", python=sys.executable, **environ)
    assert done.returncode == 7
    assert str(Path(sys.prefix)) in done.out

    text = (checkout.root / "pyproject.toml").read_text()
    text = text.replace('"nbval>=0.11,<0.12"', '"nbval>=999", "no-such-package>=1.5"')
    (checkout.root / "pyproject.toml").write_text(text)
    line = message(checkout.run("test", python=sys.executable, **environ))
    assert "lacks nbval>=999 (0." in line
    assert "no-such-package>=1.5. Type: " in line
    assert advice in line
    assert checkout.run("lab", python=sys.executable, **environ).returncode == 7
    assert checkout.listing() == checkout.start


@pytest.mark.skipif(sys.prefix == sys.base_prefix, reason="needs an active environment")
def test_an_active_environment_that_has_everything_is_used(checkout):
    assert str(Path(sys.prefix)) in checkout.run("test", python=sys.executable).out
    assert checkout.listing() == checkout.start
    text = (checkout.root / "pyproject.toml").read_text()
    (checkout.root / "pyproject.toml").write_text(text.replace('"nbval>=0.11,<0.12"', '"nbval>=999"'))
    assert str(checkout.root / ".venv") in checkout.run("test", python=sys.executable).out


@pytest.mark.slow
def test_from_nothing_with_pip(tmp_path):
    root = tmp_path / "checkout"
    ignored = shutil.ignore_patterns(".git", ".venv", "*.egg-info", "__pycache__", ".*_cache", ".hypothesis", "uv.lock")
    shutil.copytree(ROOT, root, ignore=ignored)
    environ = {k: v for k, v in os.environ.items() if k not in ("CONDA_PREFIX", "EDU_OPTIM_NO_VENV", "PYTHONPATH")}
    environ["PATH"] = os.pathsep.join(
        folder for folder in environ["PATH"].split(os.pathsep) if not shutil.which("uv", path=folder)
    )
    command = [BASE_PYTHON, "-m", "edu_optim", "test", "tests/test_cli.py::test_version"]
    for limit in (600, 10):
        begin = time.monotonic()
        done = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 passed" in done.stdout.splitlines()[-1]
        assert time.monotonic() - begin < limit
