"""The command line, with the programs it starts caught before they start, and two of them for real."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from click.testing import CliRunner

import edu_optim
import edu_optim.cli as cli

ROOT = Path(__file__).resolve().parent.parent


class Started(Exception):
    """A program that would have been started."""


@pytest.fixture
def run(monkeypatch):
    """Call a command; return its result, with the program and environment it would have started."""

    def call(*arguments):
        started = []

        def become(command, environ):
            started.append((command, environ))
            raise Started

        with monkeypatch.context() as patch:
            patch.setattr(cli, "become", become)
            patch.chdir(ROOT)
            result = CliRunner().invoke(cli.main, arguments)
        result.command, result.environ = started[0] if started else (None, None)
        return result

    return call


@pytest.fixture
def lessons(tmp_path, monkeypatch):
    """A checkout with three lessons, the museum and an assignment."""
    (tmp_path / "notebooks" / "assignments").mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    for name in ("00_start_here", "01_gradient_descent", "06_adam", "museum", "assignments/a1_six_rules"):
        (tmp_path / "notebooks" / f"{name}.ipynb").touch()
    monkeypatch.setattr(cli, "ROOT", tmp_path)


def test_version(run):
    assert run("--version").output == f"edu_optim, version {edu_optim.__version__}\n"


# ---- lab


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["lab"], "00_start_here"),
        (["lab", "6"], "06_adam"),
        (["lab", "01"], "01_gradient_descent"),
        (["lab", "museum"], "museum"),
        (["lab", "A1"], "assignments/a1_six_rules"),
    ],
)
def test_lab_opens_a_notebook(run, lessons, arguments, name):
    command = run(*arguments).command
    assert command[:3] == [sys.executable, "-m", "edu_optim.labserver"]
    assert f"--LabApp.default_url=/lab/tree/{name}.ipynb" in command
    assert "--no-browser" not in command


@pytest.mark.parametrize("number", ["7", "adam"])
def test_lab_lists_the_notebooks_there_are(run, lessons, number):
    result = run("lab", number)
    assert result.exit_code == 1
    assert result.output.splitlines() == [
        f"Error: there is no notebook {number}. There are:",
        "  0  start here",
        "  1  gradient descent",
        "  6  adam",
        "  museum",
        "  a1  six rules",
    ]


def test_lab_without_browser_on_a_port_of_choice(run, lessons):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        result = run("lab", "--port", port)
    assert result.exit_code == 1
    assert f"port {port} cannot be used" in result.output
    command = run("lab", "--no-browser", "--port", port).command
    assert {"--no-browser", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"} <= set(command)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no root")
@pytest.mark.parametrize(("user", "allowed"), [(0, True), (1000, False)])
def test_lab_allows_root(run, lessons, monkeypatch, user, allowed):
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--allow-root" in run("lab").command) is allowed


def test_lab_environment(run, lessons, monkeypatch):
    monkeypatch.setenv("MPLBACKEND", "Agg")
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "theirs")
    environ = run("lab").environ
    ours, theirs = environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)
    settings = json.loads(Path(ours, "labconfig", "default_setting_overrides.json").read_text())
    assert settings["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    assert theirs == "theirs"
    assert "MPLBACKEND" not in environ
    assert environ["PATH"].startswith(str(Path(sys.executable).parent))


def test_lab_and_test_need_a_checkout(run, monkeypatch, tmp_path):
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    for command in ("lab", "test"):
        result = run(command)
        assert result.exit_code == 1
        assert "Clone the repository" in result.output


def fetched(address, seconds=20):
    """The page at an address; JupyterLab prints it a moment before it listens there."""
    end = time.monotonic() + seconds
    while True:
        try:
            with urllib.request.urlopen(address) as page:
                return page.read().decode()
        except urllib.error.URLError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def test_lab_answers_with_a_lesson_and_ends_quietly(tmp_path):
    own = {f"JUPYTER_{name}_DIR": str(tmp_path / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    process = subprocess.Popen(
        [sys.executable, "-c", "from edu_optim.cli import main; main()", "lab", "--no-browser"],
        cwd=ROOT,
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        output = ""
        for line in process.stdout:
            output += line
            if address := re.search(r"http://127\.0\.0\.1:\S+", line):
                break
        assert address, output
        assert "/lab/tree/00_start_here.ipynb?token=" in address.group()
        assert "JupyterLab" in fetched(address.group())
        lesson = address.group().replace("/lab/tree/", "/api/contents/")
        assert json.loads(fetched(lesson))["name"] == "00_start_here.ipynb"
    finally:
        process.send_signal(signal.SIGINT if os.name != "nt" else signal.SIGTERM)
        rest, _ = process.communicate(timeout=30)
    if os.name != "nt":
        assert process.returncode == 0
    assert "Traceback" not in output + rest


# ---- test


def test_test_hands_arguments_to_pytest(run):
    command = run("test", "-x", "-k", "adam and not slow", "--durations=3").command
    assert command[:3] == [sys.executable, "-m", "pytest"]
    assert command[-4:] == ["-x", "-k", "adam and not slow", "--durations=3"]
    assert command[3:-4] == ["-n", "2", "--dist", "loadfile"]


def test_test_runs_the_slow_ones_on_request(run):
    assert run("test", "--all").command[3:5] == ["-m", ""]


@pytest.mark.parametrize("suffix", ["", "::test_version"])
def test_a_path_replaces_the_default_set_wherever_it_is_typed(monkeypatch, run, suffix):
    here = Path(__file__).resolve()
    assert run("test", f"tests/{here.name}{suffix}").command[3:] == [f"{here}{suffix}"]


def test_the_summary_counts_tests_and_lessons(tmp_path):
    """Also: the kernel is this interpreter, whatever kernel the notebook names."""
    for folder in ("tests", "notebooks", "edu_optim"):
        (tmp_path / folder).mkdir()
    for name in ("conftest.py", "pyproject.toml", "edu_optim/threads.py"):
        (tmp_path / name).write_text((ROOT / name).read_text())
    (tmp_path / "tests" / "test_two.py").write_text(
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert False\n"
        "@pytest.mark.slow\n"
        "def test_slow(): assert False\n"
    )
    for name, printed in (("00_right", sys.executable), ("01_wrong", "elsewhere")):
        cells = [nbformat.v4.new_code_cell("import sys"), nbformat.v4.new_code_cell("print(sys.executable)")]
        cells[1].outputs = [nbformat.v4.new_output("stream", name="stdout", text=f"{printed}\n")]
        for number, cell in enumerate(cells, 1):
            cell.execution_count = number
        notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": {"name": "no", "display_name": "no"}})
        nbformat.write(notebook, tmp_path / "notebooks" / f"{name}.ipynb")

    done = subprocess.run([sys.executable, "-m", "pytest"], cwd=tmp_path, capture_output=True, text=True)
    *_, last = lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert "passed: 2 of 3 tests and 1 of 2 lessons" in lines  # one is a doctest
    assert re.search(r"2 failed, 5 passed, 1 deselected in", last)


@pytest.mark.parametrize(
    ("arguments", "known"), [(["rules", "adamm"], "MomentumSGD"), (["bench", "rulez"], "training")]
)
def test_an_unknown_name_is_answered_with_those_there_are(run, arguments, known):
    result = run(*arguments)
    assert result.exit_code == 1
    assert f"'{arguments[1]}'" in result.output
    assert known in result.output


def test_rules_shows_the_table_or_one_card(run):
    assert "MomentumSGD" in run("rules").output
    assert "Kingma" in run("rules", "adam").output


def test_bench_measures_the_parts_it_is_given(run, monkeypatch):
    monkeypatch.setattr("edu_optim.bench.PARTS", {"start": lambda: [{"what": "a start", "seconds": 0.5, "met": True}]})
    assert json.loads(run("bench", "start", "--json").output) == {
        "start": [{"what": "a start", "seconds": 0.5, "met": True}]
    }
    assert "missed: nothing" in run("bench").output
