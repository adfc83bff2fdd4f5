"""The copies of the lessons for Colab: their first cell installs the package where there is none."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def colab():
    spec = importlib.util.spec_from_file_location("colab", ROOT / "tools" / "colab.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_each_copy_is_its_lesson_behind_one_cell(colab, tmp_path):
    paths = colab.written("https://example.com/edu_optim", tmp_path / "colab")
    assert len(paths) == len(list((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")))
    for path in paths:
        copy, lesson = (nbformat.read(folder / path.name, 4) for folder in (path.parent, ROOT / "notebooks"))
        assert copy.cells[1:] == lesson.cells
        assert '"git+https://example.com/edu_optim"' in copy.cells[0].source


def test_the_first_cell_does_nothing_where_the_package_is(colab):
    """It would fail otherwise: nothing can be installed from such an address."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(colab.FIRST.format(
        packages=colab.packages("https://nowhere.invalid")))])
    done = NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": ROOT}}).execute()
    assert done.cells[0].outputs == []


@pytest.mark.slow
def test_the_first_cell_installs_a_package_from_its_repository(colab, tmp_path):
    """In an environment that has Jupyter's kernel, and neither this package nor what it needs."""
    if subprocess.run(["git", "-C", ROOT, "rev-parse"], capture_output=True).returncode:
        pytest.skip("this is no git repository")
    python = tmp_path / "bare" / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "bare"], check=True)
    installed = subprocess.run([python, "-m", "pip", "install", "--quiet", "ipython"], capture_output=True, text=True)
    if installed.returncode:
        pytest.skip(f"nothing can be installed here: {installed.stderr.strip().splitlines()[-1]}")
    cell = colab.FIRST.format(packages=colab.packages(ROOT.as_uri()))
    program = "import os, sys; from IPython.core.interactiveshell import InteractiveShell as Shell\n" \
              "shell = Shell.instance()\n" \
              "for cell in sys.argv[1:]: shell.run_cell(cell).raise_error()"
    use = "import edu_optim as eo; print(eo.Adam(0.1).rule.name, eo.__file__)"
    own = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run([python, "-c", program, cell, use], capture_output=True, text=True, cwd=tmp_path, env=own)
    assert done.returncode == 0, done.stderr
    assert "Adam" in done.stdout and str(tmp_path / "bare") in done.stdout
