"""What A5 asks about races is what the package makes of them; and the way to the points that a person gives."""

import json
import re

import course
import numpy as np
import pytest
from fake_kernel import FakeKernel

import edu_optim as eo
from edu_optim.race import ranking, statistics

pytest.importorskip("nbval")

from edu_optim.grading import lint, source
from edu_optim.grading.course.overrides import overrides
from edu_optim.grading.grade import grade
from edu_optim.grading.submission import Submission

NAME = "a5_race"


def test_leads_and_signs_are_those_of_the_package(names):
    draw = np.random.RandomState(3)
    a, b = names["written_race"](draw, 2, 12).round(1)
    [pair] = statistics.pairs([a, b], ["a", "b"])
    lead, low, high, p = names["compare"](a, b, 2.2)
    assert abs(lead) == pytest.approx(pair.difference.mean) and low < lead < high
    assert p == pytest.approx(statistics.sign_test((a - b).round(3)).p)


@pytest.mark.parametrize("k", [1, 2, 4])
def test_few_seeds_name_the_leader_as_often_as_in_the_lesson(names, k):
    values = names["written_race"](np.random.RandomState(4), 5, 9, own=0.3)
    drawn = ranking.lead(values).first
    assert names["few"](values, k)[0] == pytest.approx(drawn[k - 1, drawn[-1].argmax()], abs=0.03)


@pytest.mark.parametrize("g", [0.4, -3.0])
def test_with_these_rates_all_rules_go_as_far(names, g):
    lr, updates, momentum, alpha = 0.2, 37, 0.9, 0.95
    rates = names["equal_ways"](lr, g, updates, momentum, alpha)
    own = [{"momentum": momentum}, {}, {"alpha": alpha}, {"beta1": 0.8, "beta2": 0.97}]
    for name, rate, values in zip(["MomentumSGD", "AdaGrad", "RMSprop", "Adam"], rates, own):
        path = eo.RULES[name].run(0.0, np.full(updates, g), lr=rate, **values)
        assert abs(path[-1]) == pytest.approx(updates * lr * abs(g), rel=1e-4), name


def test_targets_are_reached_in_the_epochs_that_the_package_says(names):
    curves = names["written_curves"](np.random.RandomState(6), 96.0)
    epochs, _ = statistics.to_target(curves, np.zeros_like(curves), 96.0)
    assert np.ceil(names["to_target"](curves, 96.0)).tolist() == np.median(epochs, axis=1).tolist()


def test_planned_seeds_show_a_lead_as_often_as_was_asked(names):
    draw = np.random.RandomState(7)
    a, b = names["written_race"](draw, 2, 8)
    half, sure, alone, _ = names["planned"](0.1, a, b)
    for k, chance, spread in [(half, 0.5, (a - b).std(ddof=1)), (sure, 0.8, (a - b).std(ddof=1)),
                              (alone, 0.8, np.hypot(a.std(ddof=1), b.std(ddof=1)))]:
        error = spread / np.sqrt(k)
        assert np.mean(draw.normal(0.1, error, 40_000) > 2 * error) == pytest.approx(chance, abs=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_the_plan_takes_what_the_budget_has(names, seed):
    search, prices, minutes = names["written_search"](np.random.RandomState(seed))
    plan = names["race_plan"](search, prices, minutes)
    turn = 20 * sum(prices.values())
    left = 60 * minutes - 3 * 5 * 10 * sum(prices.values()) - turn * len(plan.seeds)
    assert 0 <= left < turn
    assert not {*plan.seeds} & {*search["seeds"]} and max(plan.seeds) < len(plan.seeds) + 3


@pytest.mark.parametrize(("bits", "due"), [(0, (9, {9})), (1, (9, {1, 2})), (2, (8, {8})), (3, (8, {0, 1, 2})),
                                           (4, (0, {0})), (6, (0, {0}))])
def test_a_row_is_found_to_have_the_faults_that_were_put_in(names, bits, due):
    [row] = names["report"](*names["written_file"](np.random.RandomState(8), [bits], seeds=9))
    assert row[0] == due[0] and row[1] in due[1]


def test_a_race_to_write_about_is_told_with_its_truth(names, capsys):
    names["race_of"]("Some  Body")
    told = capsys.readouterr().out
    number = int(re.match(r"Number (\d+)\.", told)[1])
    names["race_of"](number, truth=True)
    assert capsys.readouterr().out.startswith(told) and told.count(" - ") == 6


def test_worlds_to_write_about_are_neither_all_sure_nor_all_luck(names, capsys):
    sure, in_order = 0, 0
    for number in range(40):
        names["race_of"](number)
        told = capsys.readouterr().out
        by_holm = [float(line.split()[-1].strip("<")) for line in told.splitlines()[-6:]]
        means = [float(mean) for mean in re.findall(r"reads ([\d.]+) %", told)]
        leads = [float(line.split()[3]) for line in told.splitlines()[-6:]]
        assert max(leads) == pytest.approx(max(means) - min(means), abs=0.0015)
        sure += min(by_holm) < 0.05
        in_order += sorted(means, reverse=True) == means
    assert 15 <= sure <= 30 and in_order < 10


def test_the_lecturers_note_has_what_puts_a_persons_points_into_the_table(tmp_path):
    notebook = json.loads((course.SOURCES / f"{NAME}.ipynb").read_text("utf-8"))
    [note] = ["".join(cell["source"]) for cell in notebook["cells"]
              if cell["metadata"].get("edu_optim", {}).get("role") == "note"]
    metadata = [json.loads(found) for found in re.findall(r'`(\{"edu_optim": .*?\}\})`', note)]
    sources = re.findall(r"```python\n(.*?)```", note, re.S)
    [place] = [i for i, cell in enumerate(notebook["cells"]) if cell["id"] == "sentences"]
    notebook["cells"][place:place + 1] = [
        {"cell_type": "code", "id": f"person-{number}", "metadata": own, "source": text, "outputs": [],
         "execution_count": None} for number, (own, text) in enumerate(zip(metadata, sources, strict=True))]
    path = tmp_path / f"{NAME}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")
    assert lint.lint(path, run=False) == []

    assignment = source.read(path)
    mine = '# ANSWER sentences\ndef sentences():\n    return "On 10,000 digits ..."'
    result = grade(assignment, Submission("student-07", {**course.solutions(NAME), "sentences": mine}), 1, FakeKernel)
    assert result.total == course.full(NAME)
    assert (result.checks["q9-newspaper"].points, result.checks["q9-newspaper"].of) == (0, 3)
    assert "for a person to read" not in str(assignment.released(1))

    line = re.search(r"`(student-07,.*?)`", note)[1]
    (tmp_path / "overrides.csv").write_text(f"submission,check,points,reason,by,date\n{line}\n", encoding="utf-8")
    points = {check.name: check.points for check in assignment.checks.values()}
    assert overrides(tmp_path, ["student-07"], points)["student-07", "q9-newspaper"].points == 2
