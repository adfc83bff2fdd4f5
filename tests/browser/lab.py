"""A JupyterLab that leaves the reader's settings alone, started for tests in a browser, and what one does there."""

import contextlib
import json
import re
import shutil
import subprocess
import sys

import pytest

from edu_optim.cli import lesson_environment

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
IN_A_BROWSER = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")]

MINUTE = 60_000  # Playwright counts in milliseconds
IDLE = "() => /\\| Idle/.test(document.querySelector('#jp-main-statusbar')?.innerText || '')"


@contextlib.contextmanager
def lab(folder):
    """(address, token) of a JupyterLab that shows ``folder / "notebooks"`` and keeps its own files in the folder."""
    own = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {f"JUPYTERLAB_{name}_DIR": str(folder / name) for name in ("SETTINGS", "WORKSPACES")}
    settings = folder / "SETTINGS" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"windowingMode": "none"}))  # all cells are on the page, not only those in view
    command = [sys.executable, "-m", "edu_optim.labserver", "--no-browser", "--allow-root", "-y",
               f"--ServerApp.root_dir={folder / 'notebooks'}", "--LabApp.expose_app_in_browser=True"]
    process = subprocess.Popen(
        command, env=lesson_environment() | own, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        found = (re.search(r"(http://127\.0\.0\.1:\d+)/lab\?(token=\w+)", line) for line in process.stdout)
        yield next(filter(None, found)).groups()
    finally:
        process.terminate()
        process.wait(30)


def opened(browser, server, notebook, workspace):
    """A page on which a notebook of the server stands, not run."""
    address, token = server
    page = browser.new_page(viewport={"width": 1200, "height": 1000})
    page.goto(f"{address}/lab/workspaces/{workspace}/tree/{notebook}?{token}&reset", timeout=2 * MINUTE)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=2 * MINUTE)
    return page


def ready(page):
    """Wait until the kernel is there; before it, running would ask for one by a dialog."""
    page.wait_for_function(IDLE, timeout=2 * MINUTE)
