"""Write copies of the lessons that install what they need, for Colab, where a notebook is opened alone.

    python tools/colab.py https://github.com/YOU/edu_optim     writes colab/*.ipynb; commit them to that repository

There, *File*, *Open notebook*, *GitHub* finds them. Each begins with a cell that installs the package from the
address, and does nothing where the package is. (A lesson cannot find out where it came from, hence the copies.)
"""

import sys
import tomllib
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parents[1]
FIRST = """\
# On Colab: run this first. It installs what the lesson needs (about a minute)
import sys
from importlib.util import find_spec

if find_spec("edu_optim") is None:
    %pip install --quiet {packages}
if "google.colab" in sys.modules:
    from google.colab import output

    output.enable_custom_widget_manager()  # without it explorers show their pictures, but no sliders"""


def packages(address):
    """What a lesson needs beside a Jupyter that runs already: pip's arguments."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lab = [package for package in project["optional-dependencies"]["lab"] if not package.startswith("jupyterlab")]
    needed = [f"git+{address}", *lab]
    return " ".join(f'"{package}"' for package in needed)


def written(address, out):
    """Write the copies; return their paths."""
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for lesson in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        notebook = nbformat.read(lesson, 4)
        notebook.cells.insert(0, nbformat.v4.new_code_cell(FIRST.format(packages=packages(address)), id="install"))
        paths.append(out / lesson.name)
        nbformat.write(notebook, paths[-1])
    return paths


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        raise SystemExit(__doc__)
    print(*written(sys.argv[1], ROOT / "colab"), sep="\n")
