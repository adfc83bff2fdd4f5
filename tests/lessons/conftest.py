"""What the tests of lessons share."""

import sys
from pathlib import Path

import pytest
from samples import good_lesson, markdown, notebook, write

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))


@pytest.fixture
def folder(tmp_path):
    """A folder with two lessons and their links."""
    import navigation

    write(tmp_path / "00_start.ipynb", notebook([markdown("header", "# A start")], {"title": "A start"}))
    write(tmp_path / "01_rate.ipynb", good_lesson())
    navigation.main(["--folder", str(tmp_path)])
    return tmp_path
