"""The explorers in a real JupyterLab: driven by keys and mouse, seen, named, saved and opened again without a kernel.

Slider to picture is measured and printed (pytest -rP), and not held against a time: other programs may be running. With
EDU_OPTIM_SCREENSHOTS=folder both themes are photographed there.
"""

import base64
import io
import os
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest
from lab import IN_A_BROWSER, MINUTE, lab, opened, playwright, ready
from PIL import Image

from edu_optim import schedules
from edu_optim.explore import basin_explorer, schedule_explorer, trajectory_explorer, tree_explorer
from edu_optim.links import MLP
from edu_optim.problems import himmelblau, valley

pytestmark = IN_A_BROWSER

SAME = 0.001  # in the mean, of 255: drawn a second time, a dot at the edge of a line may differ by a shade
CELLS = [
    "import edu_optim as eo",
    "eo.explore.basins(eo.problems.himmelblau, ['MomentumSGD', 'SGD'], steps=100)",
    "eo.explore.trajectories(eo.problems.valley, ['SGD', 'MomentumSGD'], steps=60, lr=0.01)",
    "warm = eo.schedules.LinearLR(start_factor=0.1, total_iters=5)\n"
    "cosine = eo.schedules.CosineAnnealingLR(T_max=10)\n"
    "fall = eo.schedules.ExponentialLR(gamma=0.9)\n"
    "eo.explore.schedules({'warm-up': warm, 'cosine': cosine, 'fall': fall}, epochs=20, log=False)",
    "eo.explore.rate_tree(eo.links.MLP(784, 100, 50, 5), lr=0.1, multipliers={'l1': 0.01})",
]


def of_schedules():
    warm = schedules.LinearLR(start_factor=0.1, total_iters=5)
    cosine, fall = schedules.CosineAnnealingLR(T_max=10), schedules.ExponentialLR(gamma=0.9)
    return schedule_explorer.explorer({"warm-up": warm, "cosine": cosine, "fall": fall}, epochs=20, log=False)


# The same explorers in this process, to say what the page must show.
EXPLORERS = {
    "Basins of attraction": lambda: basin_explorer.explorer(himmelblau, ["MomentumSGD", "SGD"], steps=100),
    "Trajectories": lambda: trajectory_explorer.explorer(valley, ["SGD", "MomentumSGD"], steps=60, lr=0.01),
    "Schedules": of_schedules,
    "Rates of a network": lambda: tree_explorer.explorer(MLP(784, 100, 50, 5), lr=0.1, multipliers={"l1": 0.01}),
}
# Which is dragged and measured: its name in the explorer and on the page.
SLIDER = {"Basins of attraction": ("MomentumSGD.lr", "MomentumSGD: rate"), "Trajectories": ("SGD.lr", "SGD: rate"),
          "Schedules": ("fall.gamma", "fall: gamma"), "Rates of a network": ("l1.lr_mult", "l1: multiplier")}
LATENCY = """async ([slider, moves]) => {
    const area = slider.closest('.jp-OutputArea'), picture = () => area.querySelector('.jp-RenderedImage img');
    const frame = () => new Promise(requestAnimationFrame), times = [];
    let frames = 0, blank = 0, over = false;
    (async () => {
        while (!over) { frames++; blank += !(picture()?.complete && picture().naturalWidth); await frame(); }
    })();
    for (let k = 0; k < moves; k++) {
        const before = picture().src, start = performance.now();
        slider.value = Number(slider.value) + (k % 2 ? -1 : 1) * (1 + k % 5);
        slider.dispatchEvent(new Event('input', {bubbles: true}));
        while (picture()?.src === before || !picture()?.complete) {
            if (performance.now() - start > 10000) return null;
            await frame();
        }
        times.push(performance.now() - start);
    }
    over = true;
    times.sort((a, b) => a - b);
    return {median: times[moves >> 1], slowest: times[moves - 1], frames, blank};
}"""


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    path = tmp_path_factory.mktemp("lab") / "notebooks" / "explorers.ipynb"
    path.parent.mkdir()
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = list(map(nbformat.v4.new_code_cell, CELLS))
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), path)
    return path


@pytest.fixture(scope="module")
def server(notebook):
    with lab(notebook.parent.parent) as running:
        yield running


@pytest.fixture(scope="module")
def page(chromium, server, notebook):
    """The notebook, run from the top."""
    page = opened(chromium, server, notebook.name, "run")
    ready(page)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    for title in EXPLORERS:
        shows(page, title, EXPLORERS[title]().picture(), exact=False)
    yield page
    page.close()


@pytest.fixture(params=EXPLORERS)
def title(request):
    return request.param


def command(page, name, arguments=None):
    """Run a command of JupyterLab, as its menus do."""
    page.evaluate("([name, arguments]) => window.jupyterapp.commands.execute(name, arguments)", [name, arguments or {}])


def panel(page, title):
    return page.get_by_role("group", name=title)


def output(page, title):
    return page.locator(".jp-OutputArea", has=panel(page, title))


def shows(page, title, picture, exact=True):
    """Wait until the page has the words of a picture, compare the picture, and its name for a screen reader."""
    words = output(page, title).locator(".eo-words")
    playwright.expect(words).to_have_text(picture.words, timeout=2 * MINUTE)
    image = output(page, title).locator(".jp-RenderedImage img")
    playwright.expect(image).to_have_attribute("alt", picture.words)
    due = pixels(picture.png)
    for patience in range(100):  # a move may change the picture and leave the words as they are
        seen = pixels(base64.b64decode(image.get_attribute("src").partition("base64,")[2]))
        assert seen.shape == due.shape
        apart = np.abs(seen - due).mean()
        if apart <= (SAME if exact else 5):  # the first picture is kept in 256 colours
            return
        page.wait_for_timeout(50 + 5 * patience)
    pytest.fail(f"the picture differs by {apart:.2g} in the mean: {picture.words}")


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB")).astype(int)


def values(page, title):
    """What the controls of an explorer stand at."""
    explorer = EXPLORERS[title]()
    found = {}
    for name, control in explorer.controls.items():
        field = panel(page, title).locator(f"[data-name='{name}'] :is(select, input)")
        place = int(field.is_checked()) if control.kind == "switch" else int(field.input_value())
        found[name] = control.options[place]
    return explorer, found


def key_that_moves(control, value):
    if control.kind == "switch":
        return "Space"
    return "ArrowLeft" if value == control.options[-1] else "ArrowRight"


def test_every_control_is_moved_by_keys_and_the_picture_follows(page, title):
    for name, control in EXPLORERS[title]().controls.items():
        field = panel(page, title).locator(f"[data-name='{name}'] :is(select, input)")
        if not field.is_visible():
            continue
        field.focus()
        before = values(page, title)[1][name]
        page.keyboard.press(key_that_moves(control, before))
        for _ in range(100):  # a busy page takes its time
            explorer, now = values(page, title)
            if now[name] != before:
                break
            page.wait_for_timeout(100)
        assert now[name] != before
        shows(page, title, explorer.picture(**now))
        if control.kind == "choice":  # which has put other controls away
            page.keyboard.press("ArrowRight" if before == control.options[-1] else "ArrowLeft")
            shows(page, title, explorer.picture(**now | {name: before}))
        elif control.kind != "switch":
            assert field.get_attribute("aria-valuetext") == control.texts[control.place(now[name])]


def test_a_slider_is_dragged_with_the_mouse(page, title):
    slider = panel(page, title).get_by_role("slider", name=SLIDER[title][1], exact=True)
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.3, middle)
    page.mouse.down()
    for part in (0.32, 0.35, 0.38, 0.4):
        page.mouse.move(box["x"] + box["width"] * part, middle)
    page.mouse.up()
    explorer, now = values(page, title)
    name = SLIDER[title][0]
    options = explorer.controls[name].options
    assert options.index(now[name]) / (len(options) - 1) == pytest.approx(0.4, abs=0.04)
    shows(page, title, explorer.picture(**now))


def test_no_key_on_a_control_deletes_or_leaves_the_cell(page, title):
    fields = panel(page, title).locator(":is(select, input, button)")
    for k in range(fields.count()):
        if fields.nth(k).is_visible():
            fields.nth(k).focus()
            for key in ("d", "d", "x", "a", "b", "m", "y", "j", "k", "ArrowDown", "ArrowUp", "0", "0", "Shift+M"):
                page.keyboard.press(key)
            assert fields.nth(k).evaluate("field => field === document.activeElement")
            if fields.nth(k).evaluate("field => field.tagName") == "SELECT":  # whose letters choose an option
                page.keyboard.press("Home")
            explorer, now = values(page, title)
            shows(page, title, explorer.picture(**now))
    assert page.locator(".jp-Cell").count() == len(CELLS) == page.locator(".jp-CodeCell").count()
    assert page.locator(".jp-Dialog").count() == 0


def test_every_control_has_a_name(page, title):
    for control in EXPLORERS[title]().controls.values():
        row = panel(page, title).locator(f"[data-name='{control.name}']")
        if row.is_visible():
            role = {"choice": "combobox", "switch": "checkbox"}.get(control.kind, "slider")
            assert row.get_by_role(role, name=control.label, exact=True).count() == 1
    assert panel(page, title).get_by_role("button", name=re.compile("^$")).count() == 0


def test_the_player_plays_pauses_and_steps(page):
    title = "Trajectories"
    update = panel(page, title).get_by_role("slider", name="update", exact=True)
    update.focus()
    page.keyboard.press("Home")
    panel(page, title).get_by_role("button", name="update: play").focus()
    page.keyboard.press("Space")
    page.wait_for_function("slider => slider.value > 5", arg=update.element_handle())
    panel(page, title).get_by_role("button", name="update: pause").click()
    explorer, there = values(page, title)
    assert there["update"] < 60
    shows(page, title, explorer.picture(**there))
    panel(page, title).get_by_role("button", name="update: one step forward").click()
    shows(page, title, explorer.picture(**there | {"update": there["update"] + 1}))
    panel(page, title).get_by_role("button", name="update: one step back").click()
    shows(page, title, explorer.picture(**there))
    panel(page, title).get_by_role("button", name="update: play").click()
    playwright.expect(update).to_have_value("60", timeout=MINUTE)
    assert panel(page, title).get_by_role("button", name="update: play").count() == 1  # it stops at the end


def load():
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def test_slider_to_picture(page, title, record_property):
    slider = panel(page, title).get_by_role("slider", name=SLIDER[title][1], exact=True)
    measured = page.evaluate(LATENCY, [slider.element_handle(), 30])
    print(f"{title}, slider to picture over 30 moves: median {measured['median']:.0f} ms, "
          f"slowest {measured['slowest']:.0f} ms, {os.cpu_count()} cores, load {load()}")
    record_property("slider to picture, ms", measured["median"])
    assert measured["frames"] > 30 and measured["blank"] == 0
    explorer, now = values(page, title)
    shows(page, title, explorer.picture(**now))


def test_both_themes_and_axe(page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    for theme in ("Dark", "Light"):
        command(page, "apputils:change-theme", {"theme": f"JupyterLab {theme}"})
        page.wait_for_selector(f"body[data-jp-theme-name='JupyterLab {theme}']", state="attached")
        page.wait_for_selector("#jupyterlab-splash", state="detached")
        for k, title in enumerate(EXPLORERS):
            output(page, title).scroll_into_view_if_needed()
            if folder := os.environ.get("EDU_OPTIM_SCREENSHOTS"):
                page.screenshot(path=Path(folder) / f"{k}-{title.split()[0].lower()}-{theme.lower()}.png")
        found = axe.run(page, context={"include": [[".eo-explorer"], [".jp-RenderedImage"], [".eo-words"]]}).response
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]] == []


def test_saved_and_opened_without_its_kernel_it_shows_the_last_picture(page, chromium, server, notebook):
    last = {title: explorer.picture(**now) for title in EXPLORERS for explorer, now in [values(page, title)]}
    command(page, "docmanager:save")
    command(page, "notebook:shutdown-kernel")
    kept = [output.data for cell in nbformat.read(notebook, 4).cells for output in cell.outputs]
    assert [data["text/plain"] for data in kept if "text/html" in data] == [p.words for p in last.values()]
    assert sum("image/png" in data for data in kept) == len(EXPLORERS)

    again = opened(chromium, server, notebook.name, "again")
    for picture in last.values():
        area = again.locator(".jp-OutputArea", has_text=picture.words)
        shown = area.locator(".jp-RenderedImage img").get_attribute("src", timeout=MINUTE)
        assert np.abs(pixels(base64.b64decode(shown.partition("base64,")[2])) - pixels(picture.png)).mean() <= SAME
    # The widget is given up when a kernel is there, which knows nothing of it.
    again.wait_for_function("() => document.body.textContent.includes('model not found')", timeout=MINUTE)
    assert "model not found" not in again.locator("body").inner_text()  # nor to be seen
    hint = again.locator(".jp-OutputArea-output.jupyter-widgets").first.evaluate(
        "node => getComputedStyle(node, '::after').content")
    assert "Run this cell to move the controls." in hint
    again.close()
