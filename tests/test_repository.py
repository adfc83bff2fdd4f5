"""What holds for the repository as a whole."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import edu_optim.__main__ as starter

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LEFT_OUT = {"__pycache__", "build", "dist", "htmlcov", "uv.lock"}


def files():
    """The files that belong to the repository, as far as can be told without git."""
    for folder, folders, names in os.walk(ROOT):
        hidden = {name for name in folders if name.startswith(".") and name != ".ci"}
        folders[:] = sorted(set(folders) - hidden - LEFT_OUT - {n for n in folders if n.endswith(".egg-info")})
        yield from (Path(folder, name) for name in sorted(set(names) - LEFT_OUT))


def texts():
    """Those of them that hold text, each with its text."""
    for path in files():
        try:
            yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


def test_conda_gets_what_pip_gets():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    extras = PROJECT["optional-dependencies"]
    ours = ("lab", "race", "grading", "test")
    wanted = {*PROJECT["dependencies"], *(name for extra in ours for name in extras[extra])}
    wanted = {name for name in wanted if not name.startswith(("edu_optim[", "tzdata"))}  # conda's Python brings that
    renamed = {name.replace("matplotlib>", "matplotlib-base>") for name in wanted}  # without the window toolkits
    python = [name for name in environment["dependencies"] if name.startswith("python=")]
    assert set(environment["dependencies"]) == renamed | {*python, "pip"}
    assert environment["channels"] == ["conda-forge"]
    assert re.fullmatch(r"python=3\.1[1-9]", *python)  # Binder reads no other form


def test_the_oldest_python_is_stated_once():
    assert PROJECT["requires-python"] == ">={}.{}".format(*starter.MINIMUM)


def test_importing_is_light(tmp_path):
    """No heavy module, and no file written in any place where such modules write."""
    program = (
        "import json, sys, edu_optim\n"
        "heavy = {'numpy', 'numba', 'matplotlib', 'IPython', 'jupyter_core', 'jupyterlab', 'dask', 'click', 'pandas'}\n"
        "print(json.dumps(sorted(heavy & set(sys.modules))))"
    )
    places = ("HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "NUMBA_CACHE_DIR", "TMPDIR")
    environ = {**os.environ, **dict.fromkeys(places, str(tmp_path)), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == []
    assert list(tmp_path.iterdir()) == []


# Written in parts, so that this file does not hold what it forbids.
HOSTS = ["py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "conda" + ".anaconda.org"]
FOLDERS = r"(?<![\w./])/(" + "|".join(["ho" + "me", "ro" + "ot", "Us" + "ers"]) + r")/\w|[A-Z]:\\+Us" + "ers"


def test_no_text_names_a_registry_host_or_a_developers_folder():
    found = [
        (name, number, line.strip()[:80])
        for name, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if any(host in line for host in HOSTS) or re.search(FOLDERS, line)
    ]
    assert found == []


def test_code_is_ascii():
    code = [(name, text) for name, text in texts() if name.startswith("edu_optim/") and name.endswith(".py")]
    assert [name for name, text in code if not text.isascii()] == []


def test_ruff_has_nothing_to_say():
    pytest.importorskip("ruff")
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format=concise", "."]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
