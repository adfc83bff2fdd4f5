"""One browser for all tests in a browser."""

import pytest


@pytest.fixture(scope="session")
def chromium():
    from lab import CHROMIUM, playwright

    quiet = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with playwright.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=quiet)
        yield browser
        browser.close()
