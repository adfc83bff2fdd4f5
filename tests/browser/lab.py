"""A JupyterLab that leaves the reader's settings alone, started for tests in a browser, and what one does there."""

import contextlib
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import nbformat
import psutil
import pytest

from edu_optim import explore
from edu_optim.cli import ROOT, lesson_environment

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
IN_A_BROWSER = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")]

MINUTE = 60_000  # Playwright counts in milliseconds
NO_KERNELS = ("--KernelSpecManager.ensure_native_kernel=False", "--KernelSpecManager.allowed_kernelspecs=none")
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))  # and the museum
EXPLORER = re.compile(rf"\bexplore\.(?:{'|'.join(explore.__all__)})\(|\bExplorer\(")  # in code that shows one
IDLE = "() => /\\| Idle/.test(document.querySelector('#jp-main-statusbar')?.innerText || '')"


@contextlib.contextmanager
def lab(folder, *options, without=()):
    """(address, token) of a JupyterLab that shows ``folder / "notebooks"`` and keeps its own files in the folder.

    `without` names extensions of the page that are switched off.
    """
    own = {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    own |= {f"JUPYTERLAB_{name}_DIR": str(folder / name) for name in ("SETTINGS", "WORKSPACES")}
    settings = folder / "SETTINGS" / "@jupyterlab" / "notebook-extension" / "tracker.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text(json.dumps({"windowingMode": "none"}))  # all cells are on the page, not only those in view
    switched_off = folder / "CONFIG" / "labconfig" / "page_config.json"
    switched_off.parent.mkdir(parents=True)
    switched_off.write_text(json.dumps({"disabledExtensions": dict.fromkeys(without, True)}))
    command = [sys.executable, "-m", "edu_optim.labserver", "--no-browser", "--allow-root", "-y",
               f"--ServerApp.root_dir={folder / 'notebooks'}", "--LabApp.expose_app_in_browser=True", *options]
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
    page.asked = set()  # whom the page asked for anything
    page.on("request", lambda request: page.asked.add(urlsplit(request.url).hostname))
    page.goto(f"{address}/lab/workspaces/{workspace}/tree/{notebook}?{token}&reset", timeout=2 * MINUTE)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=2 * MINUTE)
    return page


def ready(page):
    """Wait until the kernel is there; before it, running would ask for one by a dialog."""
    page.wait_for_function(IDLE, timeout=2 * MINUTE)


def shut_down(server):
    """End all kernels of a server; return how many megabytes the largest of them ever took (on Linux, 0 elsewhere)."""
    address, token = server
    with urlopen(f"{address}/api/kernels?{token}") as answer:
        kernels = [kernel["id"] for kernel in json.load(answer)]
    running = {process.pid: " ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])}
    status = [Path(f"/proc/{pid}/status") for pid, line in running.items() if any(kernel in line for kernel in kernels)]
    peaks = [int(re.search(r"VmHWM:\s*(\d+) kB", path.read_text())[1]) / 1e3 for path in status if path.exists()]
    for kernel in kernels:
        urlopen(Request(f"{address}/api/kernels/{kernel}?{token}", method="DELETE")).close()
    return max(peaks, default=0)


def explorers(notebook):
    """How many explorers the cells of a notebook show."""
    return sum(len(EXPLORER.findall(cell.source)) for cell in notebook.cells if cell.cell_type == "code")


def write(path, cells):
    """Write a notebook of these cells."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
