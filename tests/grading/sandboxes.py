"""What the tests of the sandbox share."""

import os
import sys
from pathlib import Path

import pytest

from edu_optim.grading.sandbox import offered

BEST = offered()[0]
needs_sandbox = pytest.mark.skipif(not BEST.works, reason=f"no sandbox: {BEST.reason}. {BEST.advice}")


def environ(**more):
    """Environment variables with which another Python finds what this one finds."""
    root = Path(__file__).resolve().parents[2]
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(root), *filter(None, sys.path)]), **more}


def text(ran):
    """All that a cell printed."""
    return "".join(output.get("text", "") for output in ran.outputs)
