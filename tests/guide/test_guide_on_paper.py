"""The field guide in a browser: on a screen in both themes, and printed."""

import re
import shutil
from pathlib import Path

import pytest

from edu_optim import guide

playwright = pytest.importorskip("playwright.sync_api", reason="needs Playwright: pip install playwright")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
pytestmark = [pytest.mark.slow, pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium")]

POINT = 96 / 72  # pixels
# The least size of letters, what stands outside of its column, and how much of the last column is free.
MEASURE = """() => {
  const seen = [...document.querySelectorAll('body *')].filter(e => e.getClientRects().length);
  const sizes = seen.filter(e => [...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
    .map(e => parseFloat(getComputedStyle(e).fontSize));
  return {
    least: Math.min(...sizes),
    columns: [...document.querySelectorAll('.columns')].map(c => {
      const box = c.getBoundingClientRect(), inside = [...c.querySelectorAll('*')];
      const edges = inside.flatMap(e => [...e.getClientRects()]);
      const left = Math.max(...inside.filter(e => e.matches('article, dl > div, .monday')).map(
        e => e.getBoundingClientRect().left));
      const lowest = Math.max(...edges.filter(r => r.left >= left).map(r => r.bottom));
      return {over: Math.max(...edges.map(r => r.right)) - box.right, free: (box.bottom - lowest) / box.height};
    }),
    formulas: Math.max(...[...document.querySelectorAll('.formula math')].map(
      m => m.getBoundingClientRect().right - m.closest('.card').getBoundingClientRect().right)),
  };
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    path = tmp_path_factory.mktemp("guide") / "field_guide.html"
    guide.write(path)
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(path.as_uri())
        yield page
        browser.close()


def pages(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def printed(page):
    page.emulate_media(media="print")
    page.set_viewport_size({"width": round(210 / 25.4 * 96), "height": round(297 / 25.4 * 96)})


@pytest.mark.parametrize("own_size", [True, False])
def test_two_pages_of_a4(page, own_size):
    assert pages(page.pdf(format="A4", prefer_css_page_size=own_size)) == 2


@pytest.mark.parametrize("fonts", ["/* as it is */", "* { font-family: Arial, 'Liberation Sans' !important }"])
def test_nothing_is_cut_off(page, fonts):
    """With a font for mathematics or without one; some room is left for letters that are wider elsewhere."""
    printed(page)
    style = page.add_style_tag(content=fonts)
    found = page.evaluate(MEASURE)
    style.evaluate("e => e.remove()")
    assert all(column["over"] < 1 and column["free"] > 0.1 for column in found["columns"]), found
    assert found["formulas"] < 1


def test_it_can_be_read(page):
    printed(page)
    assert page.evaluate(MEASURE)["least"] >= 6.5 * POINT


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 800, 1280])
def test_on_a_screen(page, scheme, width, tmp_path):
    page.emulate_media(media="screen", color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(255, 255, 255)"
    assert dark == (scheme == "dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(MEASURE)["least"] >= 6.5 * POINT


def test_paper_is_white_in_the_dark(page):
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_no_request_is_made(page, tmp_path):
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.reload()
    assert all(Path(url).name == "field_guide.html" for url in asked)
