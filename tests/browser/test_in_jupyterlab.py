"""Every lesson in a real JupyterLab, run from the top in a real browser, as a reader would."""

import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from lab import IN_A_BROWSER, LESSONS, MINUTE, explorers, lab, opened, ready, shut_down

from edu_optim.cli import ROOT

pytestmark = IN_A_BROWSER

# A folded cell shows no number, so this asks for some cell that has run and for none that waits.
ALL_RAN = """() => {
    const prompts = [...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(e => e.textContent);
    return prompts.some(text => /\\d/.test(text)) && !prompts.some(text => text.includes('*'))
        && /\\| Idle/.test(document.querySelector('#jp-main-statusbar')?.innerText || '');
}"""
BAD = "[data-mime-type='application/vnd.jupyter.stderr'], [data-mime-type='application/vnd.jupyter.error']"
PICTURES = """() => [...document.querySelectorAll('.jp-RenderedImage img')]
    .filter(image => image.complete && image.naturalWidth > 100).length"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The address of a JupyterLab on copies of the lessons without their outputs, which it saves into now and then."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    for lesson in LESSONS:  # so that whatever the page shows was made there
        notebook = nbformat.read(lesson, 4)
        for cell in notebook.cells:
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
        nbformat.write(notebook, folder / "notebooks" / lesson.name)
    with lab(folder) as running:
        yield running


def pictures(notebook):
    """How many pictures the cells of a lesson show when they have run: figures, and those of explorers."""
    figures = sum(cell.source.count("figures.present(") for cell in notebook.cells if cell.cell_type == "code")
    return figures + explorers(notebook)


FOLLOWED = """([area, before]) => {
    const now = area.querySelector('.jp-RenderedImage img')?.src;
    return now && now !== before || area.querySelector('.eo-words').textContent.includes('cannot be drawn');
}"""


def follows(page, panel):
    """A key moves an explorer's first slider, and its picture changes: cells below it have taken nothing it needs."""
    output = page.locator(".jp-OutputArea", has=panel)
    before = output.locator(".jp-RenderedImage img").get_attribute("src")
    slider = panel.locator("input[type='range']:visible").first
    slider.focus()
    page.keyboard.press("ArrowRight" if slider.input_value() != slider.get_attribute("max") else "ArrowLeft")
    page.wait_for_function(FOLLOWED, arg=[output.element_handle(), before], timeout=MINUTE)
    assert "cannot be drawn" not in output.locator(".eo-words").inner_text()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_from_the_top(server, chromium, lesson: Path):
    page = opened(chromium, server, lesson.name, lesson.stem)
    ready(page)
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel and Run All Cells").click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    page.wait_for_function(ALL_RAN, timeout=2 * MINUTE)
    page.wait_for_timeout(1000)  # the last pictures are decoded
    assert page.locator(BAD).all_inner_texts() == []
    notebook = nbformat.read(lesson, 4)
    assert page.evaluate(PICTURES) == pictures(notebook) > 0
    assert page.locator(".eo-explorer").count() == explorers(notebook)
    for panel in page.locator(".eo-explorer").all():
        follows(page, panel)
    assert page.get_by_text("get notified about official Jupyter news").count() == 0
    assert page.asked <= {"127.0.0.1", None}  # nothing comes from elsewhere, so it runs without a network
    page.close()
    peak = shut_down(server)
    assert peak < 700  # megabytes: two of them fit into what Binder gives
    if sys.platform == "linux":
        assert peak > 50
