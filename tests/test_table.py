"""The table of rules says what the rules do, in the terminal and in the README."""

import html
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
    for rows, titles in ((table.rows(), table.TITLES), (table.default_rows(), table.DEFAULTS)):
        assert [row["rule"] for row in rows] == sorted(eo.RULES, key=str.lower)
        assert all(list(row) == list(titles) for row in rows)
        assert all(isinstance(cell, str) and "|" not in cell for row in rows for cell in row.values())
    assert all(cell for row in table.rows() for cell in row.values())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("SGD", {"state": "none", "bytes": "12", "degree": "1", "first": "0.01", "first_small": "1e-05"}),
        ("Adam", {"state": "m, v", "bytes": "28", "degree": "0", "first": "0.001", "first_small": "0.001"}),
        ("NAdam", {"state": "m, v; mu_product", "bytes": "28"}),
        ("LARS", {"state": "m", "bytes": "32", "degree": "none"}),  # x, and x with g, are read for two norms
        ("Adafactor", {"state": "r (m), c (n)", "bytes": "-"}),
        ("Muon", {"state": "m", "bytes": "-"}),
        ("AdaDelta", {"bytes": "28", "degree": "0", "first": f"{np.sqrt(1e-6 / (0.05 + 1e-6)):.3g}"}),
    ],
)
def test_rows_worked_out_by_hand(name, expected):
    row = next(row for row in table.rows() if row["rule"] == name)
    assert {key: row[key] for key in expected} == expected


@pytest.mark.parametrize("name", [name for name in eo.RULES if eo.RULES[name].elementwise])
def test_bytes_are_what_an_optimizer_holds(name):
    """A step reads what the kernel gets as arrays of numbers, and writes all of it but the gradient."""
    optimizer = getattr(eo, name)([eo.Parameter(np.ones(5, np.float32))], backend="numpy")
    (held,) = optimizer.state_dict()["params"].values()
    arrays = [a for a in held["state"].values() if isinstance(a, np.ndarray)]
    moved = 4 * (len(arrays) + 2 + len(arrays) + 1)
    row = next(row for row in table.rows() if row["rule"] == name)
    if eo.RULES[name].reductions:
        assert int(row["bytes"]) > moved
    else:
        assert int(row["bytes"]) == moved


def test_defaults_in_each_library():
    rows = {row["rule"]: row for row in table.default_rows()}
    assert rows["Adam"]["here"].startswith("lr=0.001, beta1=0.9, ")
    assert rows["Adam"]["chainer"] == "Adam(alpha=0.001, beta1=0.9, beta2=0.999, eps=1e-08)"
    assert rows["Adam"]["torch"] == "Adam(lr=0.001, betas=(0.9, 0.999), eps=1e-08)"
    assert rows["Adam"]["keras"] == "Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07)"
    assert rows["NesterovSGD"]["torch"] == "SGD(lr=0.001, momentum=..., nesterov=True)"
    assert rows["AdaDelta"]["optax"] == "adadelta(learning_rate=..., rho=0.9, eps=1e-06)"
    assert rows["Adafactor"]["torch"].startswith("Adafactor(lr=0.01, beta2_decay=-0.8, eps=(None, 0.001), ")
    assert rows["SMORMS3"]["torch"] == ""


def test_in_a_notebook():
    shown = eo.table.rules()._repr_html_()
    for row in [*table.rows(), *table.default_rows()]:
        assert all(f">{html.escape(cell)}</t" in shown for cell in row.values())
    assert "color" not in shown  # the page's own, in the dark and in the light theme


def test_as_text():
    lines = repr(eo.table.rules()).splitlines()
    assert max(map(len, lines)) <= 120
    assert max(map(len, lines[: len(eo.RULES) + 1])) <= 80


@pytest.mark.parametrize("columns", [80, 160])
def test_terminal(capsys, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", str(columns))
    table.show()
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert all(len(line) <= columns for line in lines)
    assert "\u2026" not in printed  # nothing is cut short
    for row in table.rows():  # on one line, as narrow as it may be
        assert any(line.split() == " ".join(row.values()).split() for line in lines), row["rule"]
    for name in eo.RULES:
        for hyper, value in eo.RULES[name].hyperparameters.items():
            assert f"{hyper}={value.default:g}" in printed, name


def test_rates_in_the_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    table.show()
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["SGD", "lr=0.01", "0.01", "0.001", "...", "0.01"] in lines
    assert ["RMSprop", "lr=0.01,", "alpha=0.99,", "eps=1e-08,", "eps_root=0", "0.01", "0.01", "...", "0.001"] in lines
    assert ["AdaDelta", "lr=1,", "rho=0.95,", "eps=1e-06", "none", "1", "...", "0.001"] in lines


@pytest.mark.parametrize("name", ["Adam", "adam", "ADAM"])
def test_one_rule(capsys, name):
    table.show(name)
    printed = capsys.readouterr().out
    assert "Kingma" in printed
    assert "beta1" in printed
    assert "keras\n    Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-07)" in printed


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
    old = "".join(f"<!-- {name} -->\n<!-- /{name} -->\n" for name in ("pictures", "rules", "lessons"))
    path.write_text(old)
    with pytest.raises(SystemExit, match=r"out of date. Type: python tools/readme.py"):
        readme.main(path, check=True)
    assert path.read_text() == old and not (tmp_path / "pictures").exists()
    readme.main(path, check=False)
    readme.main(path, check=True)
    (tmp_path / "pictures" / "basins.png").write_bytes(b"an older one")
    with pytest.raises(SystemExit, match=r"a picture in it is out of date. Type: python tools/readme.py"):
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
