"""What the tests of assignments share with those of the grader."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "grading"))  # for the kernel that is a dictionary

collect_ignore_glob = ["other_words/*"]  # answers: text for a student's notebook, no modules


@pytest.fixture(scope="module")
def names(request):
    """What the notebook that a module is about, its NAME, defines with the solutions in it."""
    import course
    from fake_kernel import FakeKernel

    with FakeKernel() as kernel:
        for cell in course.assignment(request.module.NAME).reference(seed=1):
            ran = kernel.run(cell["source"])
            assert ran.error is None, ran.error
        return kernel.names
