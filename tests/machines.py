"""How the state machines of these tests are run: the same sequences each time, saves that wait for no disk."""

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test


def run(machine, examples, steps=30):
    """Run so many sequences of so many steps."""
    run_state_machine_as_test(machine, settings=settings(
        max_examples=examples, stateful_step_count=steps, derandomize=True, deadline=None, database=None,
        report_multiple_bugs=False, suppress_health_check=list(HealthCheck)))


@pytest.fixture(autouse=True)
def quick_saves(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda handle: None)
