"""What every run of pytest in this repository begins and ends with."""

import os

from edu_optim.threads import one_thread_each

one_thread_each(os.environ)  # before NumPy is loaded; kernels inherit it
os.environ["EDU_OPTIM_BETS"] = os.devnull  # what a reader has bet belongs into no stored output

collect_ignore_glob = ["*/conftest.py"]  # as modules with doctests: all have one name


def pytest_collectstart(collector):
    """Leave shown values to the text beside them, of six digits: all of a float's may differ between machines."""
    if hasattr(collector, "skip_compare"):  # a notebook, to nbval
        collector.skip_compare += ("application/vnd.edu-optim.values+json",)


def pytest_terminal_summary(terminalreporter):
    """Count tests and lessons; to pytest each cell of a lesson is an item of its own."""
    passed, broken = ({}, {})
    for outcome, found in (("passed", passed), ("failed", broken), ("error", broken)):
        for report in terminalreporter.stats.get(outcome, ()):
            path = report.nodeid.partition("::")[0]
            lesson = path.startswith("notebooks/")
            found.setdefault(lesson, set()).add(path if lesson else report.nodeid)
    parts = []
    for lesson, kind in ((False, "tests"), (True, "lessons")):
        failures = broken.get(lesson, set())
        successes = passed.get(lesson, set()) - failures
        if failures or successes:
            parts.append(f"{len(successes)} of {len(successes | failures)} {kind}")
    if parts:
        terminalreporter.write_line(f"passed: {' and '.join(parts)}")
