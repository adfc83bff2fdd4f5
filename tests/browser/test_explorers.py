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
from driven import CELLS, EXPLORERS, NOTEBOOKS, SLIDER, cells_of
from lab import IN_A_BROWSER, MINUTE, lab, opened, playwright, ready, write
from PIL import Image

from edu_optim.explore.frame import HINT

pytestmark = IN_A_BROWSER

SAME = 0.001  # in the mean, of 255: drawn a second time, a dot at the edge of a line may differ by a shade
LATENCY = """async ([slider, moves]) => {
    const area = slider.closest('.jp-OutputArea'), picture = () => area.querySelector('.jp-RenderedImage img');
    const frame = () => new Promise(requestAnimationFrame), times = [];
    let frames = 0, blank = 0, over = false;
    (async () => {
        while (!over) { frames++; blank += !(picture()?.complete && picture().naturalWidth); await frame(); }
    })();
    for (let k = 0; k < moves; k++) {
        const before = picture().src, start = performance.now();
        const place = Number(slider.value), step = (k % 2 ? -1 : 1) * (1 + k % 5);
        slider.value = place + (place + step < 0 || place + step > slider.max ? -step : step);
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
def folder(tmp_path_factory):
    """Where the notebooks stand."""
    folder = tmp_path_factory.mktemp("lab") / "notebooks"
    for name in NOTEBOOKS:
        sources = CELLS if name == "explorers" else cells_of(name)
        write(folder / f"{name}.ipynb", list(map(nbformat.v4.new_code_cell, sources)))
    return folder


@pytest.fixture(scope="module")
def server(folder):
    with lab(folder.parent) as running:
        yield running


@pytest.fixture(scope="module")
def pages(chromium, server):
    """Opens a notebook by its name and runs it from the top; the second time the page is there."""
    there = {}

    def page_of(name):
        if name not in there:
            page = there[name] = opened(chromium, server, f"{name}.ipynb", name)
            ready(page)
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            for title in NOTEBOOKS[name]:
                shows(page, title, EXPLORERS[title]().picture(), exact=False)
        return there[name]

    yield page_of
    for page in there.values():
        page.close()


@pytest.fixture(params=EXPLORERS)
def title(request):
    return request.param


@pytest.fixture
def page(pages, title):
    return pages(next(name for name, titles in NOTEBOOKS.items() if title in titles))


@pytest.fixture(params=NOTEBOOKS)
def name(request):
    """Of a notebook."""
    return request.param


def command(page, name, arguments=None):
    """Run a command of JupyterLab, as its menus do."""
    page.evaluate("([name, arguments]) => window.jupyterapp.commands.execute(name, arguments)", [name, arguments or {}])


def panel(page, title):
    return page.get_by_role("group", name=title)


def output(page, title):
    return page.locator(".jp-OutputArea", has=panel(page, title))


AWAY = """([panel, idle]) => [...panel.querySelectorAll('.eo-row')]
    .every(row => row.hidden === idle.includes(row.dataset.name))"""


def shows(page, title, picture, exact=True):
    """Wait until the page has the words of a picture and has put away the controls that do nothing there; compare the
    picture, and its name for a screen reader."""
    words = output(page, title).locator(".eo-words")
    playwright.expect(words).to_have_text(picture.words, timeout=2 * MINUTE)
    page.wait_for_function(AWAY, arg=[panel(page, title).element_handle(), list(picture.idle)])
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
    last = len(options) - 1
    assert options.index(now[name]) / last == pytest.approx(0.4, abs=0.04 + 0.5 / last)
    shows(page, title, explorer.picture(**now))


def test_no_key_on_a_control_deletes_or_leaves_the_cell(page, title):
    cells = [page.locator(kind).count() for kind in (".jp-Cell", ".jp-CodeCell")]
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
    assert [page.locator(kind).count() for kind in (".jp-Cell", ".jp-CodeCell")] == cells
    assert page.locator(".jp-Dialog").count() == 0


def test_every_control_has_a_name(page, title):
    for control in EXPLORERS[title]().controls.values():
        row = panel(page, title).locator(f"[data-name='{control.name}']")
        if row.is_visible():
            role = {"choice": "combobox", "switch": "checkbox"}.get(control.kind, "slider")
            assert row.get_by_role(role, name=control.label, exact=True).count() == 1
    assert panel(page, title).get_by_role("button", name=re.compile("^$")).count() == 0


@pytest.mark.parametrize("title", ["Trajectories"])
def test_the_player_plays_pauses_and_steps(page, title):
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


def test_both_themes_and_axe(pages, name):
    page = pages(name)
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python").Axe()
    for theme in ("Dark", "Light"):
        command(page, "apputils:change-theme", {"theme": f"JupyterLab {theme}"})
        page.wait_for_selector(f"body[data-jp-theme-name='JupyterLab {theme}']", state="attached")
        page.wait_for_selector("#jupyterlab-splash", state="detached")
        for title in NOTEBOOKS[name]:
            output(page, title).scroll_into_view_if_needed()
            if folder := os.environ.get("EDU_OPTIM_SCREENSHOTS"):
                page.screenshot(path=Path(folder) / f"{title.split()[0].lower()}-{theme.lower()}.png")
        parts = [".eo-explorer", ".jp-OutputArea:has(.eo-words) .jp-RenderedImage", ".eo-words"]
        found = axe.run(page, context={"include": [[part] for part in parts]}).response
        assert [(v["id"], [n["html"] for n in v["nodes"]]) for v in found["violations"]] == []


def test_saved_and_opened_without_its_kernel_it_shows_the_last_picture(pages, chromium, server, folder, name):
    page, last = pages(name), {}
    for title in NOTEBOOKS[name]:
        slider = panel(page, title).get_by_role("slider", name=SLIDER[title][1], exact=True)
        slider.focus()
        page.keyboard.press("ArrowLeft" if slider.input_value() != "0" else "ArrowRight")
        explorer, now = values(page, title)
        last[title] = explorer.picture(**now)
        shows(page, title, last[title])
    command(page, "docmanager:save")
    command(page, "notebook:shutdown-kernel")
    cells = nbformat.read(folder / f"{name}.ipynb", 4).cells
    kept = [output.get("data", {}) for cell in cells for output in cell.outputs]
    words = [at for at, data in enumerate(kept) if "text/html" in data]
    assert [kept[at]["text/plain"] for at in words] == [picture.words for picture in last.values()]
    assert all("image/png" in kept[at - 1] for at in words)

    again = opened(chromium, server, f"{name}.ipynb", f"{name}-again")
    for picture in last.values():
        area = again.locator(".jp-OutputArea", has_text=picture.words)
        shown = area.locator(".jp-RenderedImage img").get_attribute("src", timeout=MINUTE)
        assert np.abs(pixels(base64.b64decode(shown.partition("base64,")[2])) - pixels(picture.png)).mean() <= SAME
    # The widget is given up when a kernel is there, which knows nothing of it.
    again.wait_for_function("() => document.body.textContent.includes('model not found')", timeout=MINUTE)
    assert "model not found" not in again.locator("body").inner_text()  # nor to be seen
    hint = again.locator(".jp-OutputArea-output.jupyter-widgets").first.evaluate(
        "node => getComputedStyle(node, '::after').content")
    assert HINT in hint
    again.close()
