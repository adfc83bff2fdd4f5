"""Write an assignment's source in a few lines."""

import json
from pathlib import Path

EXAMPLE = Path(__file__).with_name("example.ipynb")
ANSWER = "# ANSWER {0}\ndef {0}(x):\n    ### BEGIN SOLUTION\n    return {1}\n    ### END SOLUTION"
DRAW = "x = np.random.RandomState(seed).normal(size=3)\n"


def code(source, **ours):
    return {"cell_type": "code", "metadata": {"edu_optim": ours} if ours else {}, "source": source,
            "execution_count": None, "outputs": []}


def text(source, **ours):
    return {"cell_type": "markdown", "metadata": {"edu_optim": ours} if ours else {}, "source": source}


def answer(name="q1", solution="2 * x"):
    return code(ANSWER.format(name, solution), role="answer", name=name)


def check(name="c1", source=DRAW + "show('y', q1(x))", points=1, **ours):
    return code(source, role="check", name=name, points=points, **ours)


SETUP = code("import numpy as np\nfrom edu_optim.grading import show", role="setup")


def written(folder, *cells, metadata=None, name="a1.ipynb"):
    """The path of a notebook with these cells."""
    path = folder / name
    cells = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells, 1)]
    path.write_text(json.dumps({"cells": cells, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 5}),
                    encoding="utf-8")
    return path
