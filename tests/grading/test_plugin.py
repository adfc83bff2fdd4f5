"""Nbval with values, in a session of pytest of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import hostile
import pytest

from edu_optim.grading.values import MIME

pytest.importorskip("nbval")


@pytest.mark.slow
@pytest.mark.parametrize(("value", "tolerance", "passes"), [
    (2 / 3 + 1e-9, 1e-6, True), (0.6667, 1e-6, False), (0.6667, 1e-3, True), (True, 1e-3, False)])
def test_values_are_compared_by_tolerance(tmp_path, value, tolerance, passes):
    source = "from edu_optim.grading import show\nprint('noise')\nshow('x', 2 / 3)"
    check = hostile.cell("c1", source, "check", points=1, tolerance=tolerance)
    check.update(execution_count=1, outputs=[{"output_type": "display_data", "metadata": {}, "data": {
        MIME: {"name": "x", "value": value}, "text/plain": "x = another text"}}])
    (tmp_path / "n.ipynb").write_text(json.dumps(hostile.notebook([check])))
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "edu_optim.grading.plugin", "-p", "no:cacheprovider", "--nbval",
         "--nbval-current-env", "n.ipynb"], cwd=tmp_path, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})
    assert done.returncode == (0 if passes else 1), done.stdout
