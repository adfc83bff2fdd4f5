"""Races that nothing disturbed."""

import time

import pytest
from disturbed_race import TINY, bits, command


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The file of the tiny plan."""
    path = tmp_path_factory.mktemp("plan") / "tiny.toml"
    path.write_text(TINY)
    return path


@pytest.fixture(scope="module")
def undisturbed(tiny):
    """What the tiny race gives when nothing happens."""
    store = tiny.with_name("undisturbed.sqlite")
    assert command(tiny, store).wait() == 0
    return bits(store)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """What the plan small gives when nothing happens, in under a minute."""
    store = tmp_path_factory.mktemp("small") / "small.sqlite"
    began = time.monotonic()
    assert command("small", store).wait() == 0
    assert time.monotonic() - began < 60
    return bits(store)
