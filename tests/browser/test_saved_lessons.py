"""What the lessons have stored, where nothing runs: every explorer is a picture and its words, and no widget fails."""

import nbformat
import pytest
from lab import EXPLORER, IN_A_BROWSER, LESSONS, MINUTE, NO_KERNELS, lab, opened, write

from edu_optim.explore.frame import HINT

pytestmark = IN_A_BROWSER

WIDGETS = ("@jupyter-widgets/jupyterlab-manager", "anywidget")
SEEN = """count => {
    const areas = [...document.querySelectorAll('.jp-OutputArea')].filter(area => area.querySelector('.eo-words'));
    const images = areas.flatMap(area => [...area.querySelectorAll('.jp-RenderedImage img')]);
    return areas.length === count && images.length === count
        && images.every(image => image.complete && image.naturalWidth > 100);
}"""


def stored():
    """The cells of all lessons that show an explorer, as they are stored."""
    for lesson in LESSONS:
        for cell in nbformat.read(lesson, 4).cells:
            if cell.cell_type == "code" and EXPLORER.search(cell.source):
                yield nbformat.from_dict(cell | {"id": f"{cell.id}-{lesson.stem[:2]}"})


@pytest.mark.parametrize("without", [(), WIDGETS], ids=["no kernel", "no kernel, no widgets"])
def test_stored_explorers_show_their_pictures(tmp_path, chromium, without):
    cells = list(stored())  # in one notebook, since opening each lesson would take a minute
    assert len(cells) >= 7
    write(tmp_path / "notebooks" / "stored.ipynb", cells)
    with lab(tmp_path, *NO_KERNELS, without=without) as server:
        page = opened(chromium, server, "stored.ipynb", "stored")
        page.wait_for_function(SEEN, arg=len(cells), timeout=MINUTE)
        text = page.locator("body").inner_text()
        assert text.count(HINT) == len(cells)
        assert "model not found" not in text and "Loading widget" not in text
        page.close()
