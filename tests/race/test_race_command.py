"""What the commands of a race say, and what they write."""

import pytest
from click.testing import CliRunner

from edu_optim.cli import main
from edu_optim.race import Store, load, shipped, tables

ROW = {"train_loss": 0.3, "test_loss": 0.2, "test_accuracy": 0.9, "grad_norm": 1.0, "seconds": 0.1,
       "update_ratio": (0.1, 0.2)}


@pytest.fixture
def store(tmp_path):
    """A race of which two seeds are finished."""
    store = Store(tmp_path / "my race.sqlite", load("small"))
    for number, run in enumerate(store.plan.runs()[:14]):
        rows = [ROW | {"test_accuracy": 0.9 + number / 1000 + epoch / 100} for epoch in range(6)]
        store.put(run.key, 0, [rows[0] | {"update_ratio": None, "train_loss": None}, *rows[1:]], None, {"numpy": "2.0"})
    return store


def race(*arguments):
    return CliRunner().invoke(main, ["race", *map(str, arguments)])


def test_without_a_plan_those_that_come_with_the_package_are_listed_with_their_cost():
    said = race()
    assert said.exit_code == 0
    for name in shipped():
        (line,) = [line for line in said.output.splitlines() if line.startswith(f"  {name} ")]
        assert line.split()[2] in ("s", "min", "h") and load(name).title in line


def test_a_table_and_back(store, tmp_path):
    assert race("export", "--store", store.path, "--out", tmp_path / "a.csv.gz").output == (
        f"14 finished runs of 70 are in {tmp_path / 'a.csv.gz'}.\n")
    said = race("import", tmp_path / "a.csv.gz", "--store", tmp_path / "b c.sqlite")
    assert f'type: python -m edu_optim race resume --store "{tmp_path / "b c.sqlite"}"' in said.output
    assert race("export", "--store", tmp_path / "b c.sqlite", "--out", tmp_path / "b.csv").exit_code == 0
    tables.write(store.results(), tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_a_report_of_a_store_and_of_its_table(store, tmp_path):
    tables.write(store.results(), tmp_path / "a.csv")
    assert race("report", "--store", store.path).output == f"The report is {store.path.with_suffix('.html')}.\n"
    said = race("report", "--store", tmp_path / "a.csv", "--out", tmp_path / "a.html")
    assert said.exit_code == 0, said.output
    assert (tmp_path / "a.html").read_bytes() == store.path.with_suffix(".html").read_bytes()
    said = race("report", "--store", store.path, "--against", "itself", tmp_path / "a.csv")
    assert said.exit_code == 0 and "itself" in store.path.with_suffix(".html").read_text("utf-8")


@pytest.mark.parametrize(("arguments", "answer"), [
    (["report", "--store", "none.sqlite"], "there is no none.sqlite"),
    (["report", "--store", "none.csv"], "there is no none.csv"),
    (["export", "--store", "none.sqlite", "--out", "a.csv"], "there is no none.sqlite"),
    (["import", "bad.csv", "--store", "a.sqlite"], "bad.csv holds no results of a race"),
    (["resume", "--store", "none.sqlite"], "there is no none.sqlite"),
    (["none", "--store", "a.sqlite"], "there is no plan 'none'"),
    (["small", "--store", "nowhere/a.sqlite"], "there is no folder nowhere"),
    (["small", "--store", "a.sqlite", "--dask", "nonsense://"], "no Dask scheduler answers"),
])
def test_what_cannot_be_done_is_said_in_a_line(tmp_path, monkeypatch, arguments, answer):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.csv").write_text("a,b\n1,2\n")
    said = race(*arguments)
    assert said.exit_code == 1 and said.output.startswith("Error: ") and said.output.count("\n") == 1, said.output
    assert answer in said.output
    assert not (tmp_path / "none.sqlite").exists()


def test_help_names_what_there_is():
    said = race("--help").output
    for word in ("as_run", "resume", "report", "export", "import"):
        assert word in said
