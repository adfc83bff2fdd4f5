"""Every lesson in a real JupyterLab, run from the top in a real browser, as a reader would."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from edu_optim.cli import ROOT, lesson_environment

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")]

LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))  # and the museum
MINUTE = 60_000  # Playwright counts in milliseconds
IDLE = "() => /\\| Idle/.test(document.querySelector('#jp-main-statusbar')?.innerText || '')"
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
    own = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {f"JUPYTERLAB_{name}_DIR": str(folder / name) for name in ("SETTINGS", "WORKSPACES")}
    # All cells are on the page, not only those in view.
    settings = folder / "SETTINGS" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"windowingMode": "none"}))
    command = [sys.executable, "-m", "edu_optim.labserver", "--no-browser", "--allow-root", "-y",
               f"--ServerApp.root_dir={folder / 'notebooks'}"]
    process = subprocess.Popen(
        command, env=lesson_environment() | own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        found = (re.search(r"(http://127\.0\.0\.1:\d+)/lab\?(token=\w+)", line) for line in process.stdout)
        yield next(filter(None, found)).groups()
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def browser():
    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with playwright.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield chromium
        chromium.close()


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_runs_from_the_top(server, browser, lesson: Path):
    address, token = server
    page = browser.new_page(viewport={"width": 1200, "height": 900})
    page.goto(f"{address}/lab/workspaces/{lesson.stem}/tree/{lesson.name}?{token}&reset", timeout=2 * MINUTE)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=2 * MINUTE)
    page.wait_for_function(IDLE, timeout=2 * MINUTE)  # before it, a dialog would ask for a kernel
    page.get_by_role("menuitem", name="Kernel", exact=True).click()
    page.get_by_role("menuitem", name="Restart Kernel and Run All Cells").click()
    page.get_by_role("button", name="Confirm Kernel Restart").click()
    page.wait_for_function(ALL_RAN, timeout=2 * MINUTE)
    page.wait_for_timeout(1000)  # the last pictures are decoded
    assert page.locator(BAD).all_inner_texts() == []
    assert page.evaluate(PICTURES) == lesson.read_text(encoding="utf-8").count("figures.present(") > 0
    assert page.get_by_text("get notified about official Jupyter news").count() == 0
    page.close()
