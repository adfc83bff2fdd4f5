"""Plans: those that come with the package, and every slip of somebody who writes one."""

import re
import tomllib

import numpy as np
import pytest

import edu_optim as eo
from edu_optim.race import Data, Entry, Network, Plan, PlanError, cost, load, shipped

GOOD = """
title = "Two rules"
seeds = [0, 1]
epochs = 2
batch = 100

[data]
source = "digits"
train = 2000
test = 500

[network]
sizes = [784, 20, 10]

[[entries]]
rule = "SGD"
hyperparameters = { lr = 0.1 }

[[entries]]
label = "Adam, falling"
rule = "Adam"
schedule = { name = "StepLR", step_size = 1, gamma = 0.5 }
"""


def loaded(tmp_path, text):
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return load(path)


def test_a_plan_is_all_entries_with_all_seeds(tmp_path):
    plan = loaded(tmp_path, GOOD)
    assert [(run.label, run.seed) for run in plan.runs()] == [
        ("SGD", 0), ("Adam, falling", 0), ("SGD", 1), ("Adam, falling", 1)]
    assert (plan.name, plan.steps) == ("mine", 2 * 2 * 2 * 20)


@pytest.mark.parametrize("name", shipped())
def test_a_plan_becomes_a_dict_and_back(name):
    plan = load(name)
    assert Plan.from_dict(plan.to_dict()) == plan
    assert [type(run).from_dict(run.to_dict()) for run in plan.runs()] == plan.runs()


def test_the_plans_that_come_with_the_package():
    of = {name: load(name) for name in shipped()}
    assert sorted(of) == ["as_run", "author", "clean", "deepobs", "grid", "small"]
    six = ["SGD", "MomentumSGD", "AdaGrad", "RMSprop", "AdaDelta", "Adam"]
    assert [entry.rule for entry in of["as_run"].entries] == [entry.rule for entry in of["clean"].entries] == six
    budget = {rule: sum(entry.rule == rule for entry in of["grid"].entries) for rule in six}
    assert budget == dict.fromkeys(six, 5)
    assert not set(of["grid"].seeds) & set(of["clean"].seeds) and of["grid"].data.split == "validation"
    tried = {(entry.rule, entry.hyperparameters["lr"]) for entry in of["grid"].entries}
    assert {(entry.rule, entry.hyperparameters["lr"]) for entry in of["clean"].entries} <= tried


def test_the_key_of_a_run_is_that_of_its_numbers():
    """Stores on disk know runs by these: a change here makes every store another race."""
    assert load("small").runs()[0].key == "0bb2c1c22dc9f66d7b909e893081ab48"
    plan = dict(name="a", title="b", seeds=[0], data=Data("digits", 100, 100), network=Network((784, 10)))
    keys = {Plan(entries=[entry], **plan).runs()[0].key for entry in (
        Entry("one", "SGD"), Entry("two", "SGD", {"lr": 0.01}), Entry("three", eo.SGD, rate_source="author"),
        Entry("four", "SGD", {"lr": np.float64(0.01)}))}
    assert len(keys) == 1
    others = [Plan(**plan | dict(entries=[Entry("one", "SGD")]) | change).runs()[0].key for change in (
        {"seeds": [1]}, {"batch": 50}, {"data": Data("digits", 100, 99)}, {"network": Network((784, 10), 0.1)},
        {"entries": [Entry("one", "SGD", {"lr": 0.02})]}, {"entries": [Entry("one", "DampenedSGD", {"lr": 0.01})]},
        {"entries": [Entry("one", "SGD", schedule={"name": "StepLR", "step_size": 1})]})]
    assert len(keys.union(others)) == 8


SLIPS = {  # (what is right, what is written instead): what the answer says
    ('title = "Two rules"', ""): "lacks 'title'",
    ("epochs = 2", "epoch = 2"): "no 'epoch': did you mean 'epochs'",
    ("epochs = 2", "colour = 2"): "no 'colour': there are name, title",
    ("epochs = 2", "epochs = 0"): "epochs = 0 must be a whole number of at least 1",
    ("epochs = 2", "epochs = 2.5"): "epochs = 2.5 must be a whole number",
    ("epochs = 2", "epochs = true"): "epochs = True must be a whole number",
    ("batch = 100", "batch = 3000"): "batch = 3000 is more than the 2000 images",
    ("seeds = [0, 1]", "seeds = []"): "seeds is empty",
    ("seeds = [0, 1]", "seeds = 5"): "seeds = 5 must be a list",
    ("seeds = [0, 1]", "seeds = [0, -1]"): "seeds: each = -1 must be a whole number of at least 0",
    ("seeds = [0, 1]", "seeds = [1, 1]"): "seeds: 1 stands there twice",
    ("seeds = [0, 1]", 'seeds = ["a"]'): "'a' must be",
    ("seeds = [0, 1]", "seeds = { first = 0 }"): "first = 0, count = 30",
    ("seeds = [0, 1]", "seeds = { first = 0, count = 0 }"): "count = 0 must be a whole number of at least 1",
    ("[[entries]]", "[entries]"): "[[entries]]",
    ('rule = "SGD"', 'rule = "SGDD"'): "there is no rule 'SGDD': there are AdaBelief",
    ('rule = "SGD"', "rule = 5"): "rule = 5 must be a name such as 'Adam'",
    ('rule = "SGD"', 'ruel = "SGD"'): "no 'ruel': did you mean 'rule'",
    ('rule = "SGD"', ""): "lacks 'rule'",
    ('rule = "SGD"', 'rule = "Muon"'): "Muon moves parameters of 2 dimensions",
    ("lr = 0.1", "lr = -0.1"): "lr = -0.1 is not allowed: 0 <= lr",
    ("lr = 0.1", "lr = nan"): "lr = nan is not allowed",
    ("lr = 0.1", "lr = inf"): "lr = inf is not allowed",
    ("lr = 0.1", 'lr = "0.1"'): "lr = '0.1' is text, not a real number",
    ("lr = 0.1", "rate = 0.1"): "SGD has no hyperparameter 'rate': it has lr",
    ("{ lr = 0.1 }", "0.1"): "hyperparameters = 0.1 must be a table such as",
    ('rule = "SGD"', 'rule = "SGD"\nrates = [0.1]'): "without an lr",
    ("hyperparameters = { lr = 0.1 }", "rates = []"): "rates is empty",
    ("hyperparameters = { lr = 0.1 }", "rates = 0.1"): "rates = 0.1 must be a list",
    ("hyperparameters = { lr = 0.1 }", "rates = [0.1, -1]"): "lr = -1 is not allowed",
    ("hyperparameters = { lr = 0.1 }", "rates = [0.1, 0.1]"): "'SGD 0.1' stands there twice",
    ('label = "Adam, falling"', 'label = "SGD"'): "labels: 'SGD' stands there twice",
    ('label = "Adam, falling"', 'label = ""'): "label must not be empty",
    ('label = "Adam, falling"', "label = 3"): "label = 3 must be a text",
    ("StepLR", "StepRL"): "there is no schedule 'StepRL': there are",
    ("StepLR", "LRScheduler"): "there is no schedule 'LRScheduler'",
    ("step_size = 1", "step_size = 0"): "step_size",
    ("step_size = 1", "size = 1"): "size",
    ('"StepLR", step_size = 1, gamma = 0.5', '"ReduceLROnPlateau"'): "ReduceLROnPlateau is given a loss",
    ('name = "StepLR", step_size = 1, gamma = 0.5', "gamma = 0.5"): 'such as { name = "StepLR"',
    ('"StepLR", step_size = 1, gamma = 0.5', '"OneCycleLR", max_lr = 0.1, total_steps = 1'): "all rates are used up",
    ('source = "digits"', 'source = "cifar"'): "source = 'cifar' is not known: it is 'mnist' or 'digits'",
    ("train = 2000", "train = 7000"): "train = 7000, but with split \"standard\" digits has 6000",
    ("test = 500", "test = 1001"): "test = 1001, but",
    ("test = 500", 'test = 4001\nsplit = "validation"'): "train + test = 6001",
    ("test = 500", 'test = 5001\nsplit = "pooled"'): "train + test = 7001",
    ("test = 500", 'split = "cross"'): "split = 'cross' is not known",
    ("test = 500", "shuffle = 1"): "shuffle = 1 must be true or false",
    ("[784, 20, 10]", "[784]"): "at least two layers",
    ("[784, 20, 10]", "[784, 20, 11]"): "must begin with 784 pixels and end with 10 classes",
    ("[784, 20, 10]", "[784, 0, 10]"): "each of sizes = 0 must be a whole number of at least 1",
    ("sizes = [784, 20, 10]", "input_dropout = 1.0"): "input_dropout = 1.0 must be a probability",
    ("sizes = [784, 20, 10]", 'init = "zeros"'): "init = 'zeros' is not known",
    ("[network]", "network = 3\n[other]"): "no",
    ("epochs = 2", "epochs = "): "is no TOML",
}


@pytest.mark.parametrize(("slip", "answer"), SLIPS.items(), ids=[f"{a} -> {b}"[:60] for a, b in SLIPS])
def test_every_slip_is_answered(tmp_path, slip, answer):
    right, wrong = slip
    text = GOOD.replace(right, wrong, 1)
    if right == "[[entries]]":
        text = text[: text.rindex("[[entries]]")]
    assert text != GOOD
    with pytest.raises(PlanError, match=r"mine\.toml") as caught:
        loaded(tmp_path, text)
    assert answer in str(caught.value)
    assert "\n" not in str(caught.value) or "TOML" in answer


def test_what_is_no_plan_at_all(tmp_path):
    with pytest.raises(FileNotFoundError, match="one of as_run, author, clean, deepobs, grid, small"):
        load("smal")
    (tmp_path / "picture.toml").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(PlanError, match="UTF-8"):
        load(tmp_path / "picture.toml")


def test_seeds_are_any_whole_numbers():
    mine = dict(name="mine", title="Mine", entries=[Entry("a", "SGD")])
    assert Plan(seeds=np.arange(3), **mine) == Plan(seeds=range(3), **mine) == Plan(seeds=[0, 1, 2], **mine)


@pytest.mark.parametrize(("change", "answer"), [
    ({"entries": ["SGD"]}, "'SGD' must be of the kind Entry"),
    ({"entries": []}, "entries is empty"),
    ({"seeds": 3}, "seeds = 3 must be a list"),
    ({"data": {"source": "digits"}}, "must be of the kind Data"),
    ({"entries": [Entry("a", "SGD"), Entry("b", "SGD", {"lr": 0.01})]}, "'a' and 'b' are the same rule"),
])
def test_slips_in_python(change, answer):
    good = dict(name="mine", title="Mine", entries=[Entry("a", "SGD")], seeds=[0])
    with pytest.raises(PlanError, match=re.escape(answer)):
        Plan(**good | change)


def test_the_cost_is_measured_and_grows_with_the_plan(tmp_path):
    plan = loaded(tmp_path, GOOD)
    longer = Plan.from_dict(plan.to_dict() | {"epochs": 20, "seeds": [0, 1, 2]})
    assert 0 < cost.seconds(plan) < cost.seconds(longer) < 60


def test_the_examples_are_toml_that_says_where_each_rate_is_from():
    folder = eo.race.plan._folder()
    for name in shipped():
        table = tomllib.loads((folder / f"{name}.toml").read_text("utf-8"))
        assert all(entry["rate_source"] for entry in table["entries"]), name
