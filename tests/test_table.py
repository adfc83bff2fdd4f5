"""The table of rules says what the rules do, in the terminal and in the README."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import edu_optim as eo
from edu_optim import table

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def readme(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    import readme

    yield readme
    del sys.modules["readme"]


def test_every_rule_has_a_row():
    assert [row["rule"] for row in table.rows()] == sorted(eo.RULES)
    assert all(list(row) == list(table.TITLES) for row in table.rows())
    assert all(isinstance(cell, str) and cell and "|" not in cell for row in table.rows() for cell in row.values())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SGD", {"state": "none", "bytes": "12", "degree": "1", "first": "0.01", "first_small": "1e-05"}),
        ("Adam", {"state": "m, v", "bytes": "28", "degree": "0", "first": "0.001", "first_small": "0.001"}),
        ("AdaDelta", {"bytes": "28", "degree": "0", "first": f"{np.sqrt(1e-6 / (0.05 + 1e-6)):.3g}"}),
    ],
)
def test_rows_worked_out_by_hand(name, expected):
    row = next(row for row in table.rows() if row["rule"] == name)
    assert {key: row[key] for key in expected} == expected


def test_bytes_are_what_an_optimizer_holds():
    """A step reads what the kernel gets as arrays of numbers, and writes all of it but the gradient."""
    for row in table.rows():
        p = eo.Parameter(np.ones(5, np.float32))
        optimizer = getattr(eo, row["rule"])([p], backend="numpy")
        held = [a for a in optimizer.state_dict()["params"].values()]
        arrays = [a for entry in held for a in entry["state"].values() if isinstance(a, np.ndarray)]
        assert int(row["bytes"]) == 4 * (len(arrays) + 2 + len(arrays) + 1), row["rule"]


def test_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    table.show()
    printed = capsys.readouterr().out
    assert all(name in printed for name in eo.RULES)
    assert "momentum=0.9" in printed  # no default is cut short
    assert "\u2026" not in printed


@pytest.mark.parametrize("name", ["Adam", "adam", "ADAM"])
def test_one_rule(capsys, name):
    table.show(name)
    printed = capsys.readouterr().out
    assert "Kingma" in printed
    assert "beta1" in printed


def test_a_rule_that_is_not_there():
    with pytest.raises(KeyError, match=r"no rule 'adamm'.*MomentumSGD"):
        table.show("adamm")


# ---- the README


def test_readme_is_up_to_date(readme):
    readme.main(ROOT / "README.md", check=True)


def test_tables_go_between_their_markers(readme):
    text = "a\n<!-- rules -->\nold\n<!-- /rules -->\nb\n<!-- lessons -->\n<!-- /lessons -->\nc\n"
    new = readme.updated(text, {"rules": r"R\1", "lessons": "L"})
    assert new == (
        "a\n<!-- rules -->\n\nR\\1\n\n<!-- /rules -->\nb\n<!-- lessons -->\n\nL\n\n<!-- /lessons -->\nc\n"
    )
    assert readme.updated(new, {"rules": r"R\1", "lessons": "L"}) == new


@pytest.mark.parametrize("text", ["", "<!-- rules -->\n", "<!-- rules -->\n<!-- /rules -->\n" * 2])
def test_markers_that_are_missing_or_double(readme, text):
    with pytest.raises(SystemExit, match=r"<!-- rules --> and <!-- /rules --> must stand there once"):
        readme.updated(text, {"rules": "R"})


def test_check_writes_nothing(readme, tmp_path):
    path = tmp_path / "README.md"
    old = "<!-- rules -->\n<!-- /rules -->\n<!-- lessons -->\n<!-- /lessons -->\n"
    path.write_text(old)
    with pytest.raises(SystemExit, match=r"out of date. Type: python tools/readme.py"):
        readme.main(path, check=True)
    assert path.read_text() == old
    readme.main(path, check=False)
    readme.main(path, check=True)


def test_rules_link_to_their_files(readme):
    assert "[Adam](edu_optim/rules/adam.py)" in readme.rules()


def test_lessons_come_from_their_metadata(readme, tmp_path):
    known = {"lesson": 2, "title": "Remember", "question": "Why?", "minutes": 90, "needs": [0, 1]}
    path = tmp_path / "02_momentum.ipynb"
    path.write_text(json.dumps({"metadata": {"edu_optim": known}}))
    assert readme.lessons(tmp_path).splitlines()[-1] == (
        "| 02 | [Remember](notebooks/02_momentum.ipynb) | Why? | 90 | 00, 01 |"
    )
    del known["minutes"]
    path.write_text(json.dumps({"metadata": {"edu_optim": known}}))
    with pytest.raises(SystemExit, match=r"02_momentum.ipynb: its metadata has no minutes"):
        readme.lessons(tmp_path)
