"""The museum: every exhibit fails before its repair and passes after it, and a wrong repair is told what it misses."""

import re

import navigation
import pytest
from lesson import Lesson, headings, printed
from lesson_rules import RULES

# A lesson has a number, neighbours, a derivation and a bet; the museum has a way back, and "say why" for a bet.
LESSONS_ONLY = {
    "metadata_says_what_tables_need", "begins_with_a_header_card", "asks_for_a_bet", "derives_something",
    "navigation_is_the_generated_one",
}
MUSEUM = Lesson(navigation.NOTEBOOKS / "museum.ipynb")
TEXT = {cell["id"]: cell["text"] for cell in MUSEUM.cells}
EXHIBITS = [int(name.removeprefix("exhibit-")) for name in TEXT if name.startswith("exhibit-")]


@pytest.mark.parametrize("name", sorted(set(RULES) - LESSONS_ONLY))
def test_the_museum_keeps_rule(name):
    broken = list(RULES[name](MUSEUM))
    assert not broken, "\n".join(broken)


def test_the_rules_left_out_exist():
    assert set(RULES) > LESSONS_ONLY


def test_it_says_what_it_is_and_leads_back():
    title, minutes, question = (MUSEUM.about[key] for key in ("title", "minutes", "question"))
    assert [text for cell in MUSEUM.markdown for level, text in headings(cell) if level == "#"] == [title]
    assert f"**{minutes} minutes**" in TEXT["header"] and question in TEXT["header"]
    for cell in (MUSEUM.cells[0], MUSEUM.cells[-1]):
        assert "](00_start_here.ipynb)" in cell["text"]


def test_ten_exhibits_at_most_and_each_is_whole():
    assert list(range(1, len(EXHIBITS) + 1)) == EXHIBITS
    assert 1 <= len(EXHIBITS) <= 10
    order = list(TEXT)
    for k in EXHIBITS:
        exercise = f"exercise-{k}"
        parts = [f"exhibit-{k}", f"fault-{k}", f"why-{k}", exercise, f"{exercise}-stub", f"{exercise}-check",
                 f"{exercise}-solution", f"here-{k}"]
        assert [name for name in order if name in parts] == parts
        assert TEXT[f"why-{k}"].startswith("**Say why**") and TEXT[f"why-{k}"].count("<details>") == 1
        assert TEXT[f"here-{k}"].startswith("# Here: ") and _printed(f"here-{k}")


def test_the_map_and_the_way_out_lead_to_every_exhibit():
    rooms = re.findall(r"^\| \[(\d+)\]\(#Exhibit-(\d+):", TEXT["map"], re.MULTILINE)
    assert [(int(number), int(anchor)) for number, anchor in rooms] == [(k, k) for k in EXHIBITS]
    lessons = {int(number) for number in re.findall(r"\[(\d\d)\]\(", TEXT["map"])}
    assert sorted(lessons) == MUSEUM.about["needs"]
    listed = [row.split("|")[2] for row in TEXT["way-out"].splitlines() if row.startswith("| ")][1:]
    numbers = {int(k) for row in listed[:-1] for k in re.findall(r"\d+", row)}  # the last row has a range
    assert numbers == set(EXHIBITS)


@pytest.mark.parametrize("k", EXHIBITS)
def test_an_exhibit_fails_by_a_number_before_its_repair_and_passes_after_it(k):
    """What is stored; that it is what the code prints is compared when the notebook is run."""
    [before] = _printed(f"exercise-{k}-check")
    assert re.match(rf"exhibit {k}: not yet: .*(\d|one|two)", before)
    assert _printed(f"exercise-{k}-solution") == [f"exhibit {k}, solution: right"]


def _printed(name):
    return printed(next(cell for cell in MUSEUM.cells if cell["id"] == name))


# ---- other repairs than the printed one: exhibit, code that makes `mine`, what is said of it

RENAMED = TEXT["exercise-2-stub"].replace("MyMomentumSGD", "mine").replace("self.updates", "self.new")
LOOP = TEXT["exercise-9-stub"].replace("my_training", "mine")
REPAIRS = [
    (1, "class mine(SGD):\n    def __init__(self, lr, params):\n        self.params, self.learning_rate = params, lr",
     "right"),
    (1, "class mine(SGD):\n    def __init__(self, lr, params):\n"
        "        self.params, self.learning_rate = params, 0.01 * lr", "the two are multiplied"),
    (1, "class mine(SGD):\n    def __init__(self, lr, params):\n        self.params, self.learning_rate = params, -lr",
     "uphill"),
    (2, RENAMED, "right"),
    (2, RENAMED.replace("return self.new", "return self.m"), "a dict with the key 'step'"),
    (2, RENAMED.replace('self.new["step"]', 'self.new["m"]'), "a dict with the key 'step'"),
    (2, RENAMED.replace("def updates", "def step"), "has to be called updates"),
    (2, RENAMED.replace("self.new = {}", "new = {}").replace("self.new", "self.updates"), "still writes into"),
    (2, RENAMED.replace("self.new = {}", "").replace("self.new", "self.updates"), "still writes into"),
    (2, RENAMED.replace("self.momentum * self.m - ", "-"), "remembers nothing"),
    (2, RENAMED.replace("self.new = {}", "self.new = getattr(self, 'new', {})"), "one and the same dict"),
    (3, "def mine(a, b):\n    train_op1 = op('body', a)\n    train_op2 = op('head', b)\n"
        "    return [train_op1, train_op2]", "right"),
    (3, "mine = lambda a, b: [op('body', b), op('head', a)]", "each other's rate"),
    (3, "mine = lambda a, b: [op('body', a)]", "nobody runs the head's op"),
    (3, "mine = lambda a, b: [op('head', b)]", "nobody runs the body's op"),
    (3, "mine = lambda a, b: 2 * [op('body', a), op('head', b)]", "twice"),
    (4, "def mine(table, names):\n    found = {name: table[name] for name in names}\n"
        "    for key in table:\n        found[key]\n    return found", "right"),
    (4, "mine = lambda table, names: {name: table[name] for name in names}", "dense/BiasAdd"),
    (4, "mine = lambda table, names: {name: table.get(name, 1) for name in names} | "
        "({} if set(table) <= set(names) else table[None])", "dense_1/kernel"),
    (4, "mine = lambda table, names: table[None]", "the right table must pass"),
    (5, "def mine(gate):\n    x = eo.Parameter(1.0)\n    (5 * gate(x)).backward()\n    return x.grad.item() / 5",
     "right"),
    (5, "def mine(gate):\n    x = eo.Parameter(3.0)\n    gate(x).backward()\n    return (x.grad * x.data).item()",
     "the factor already"),
    (5, "def mine(gate):\n    x = eo.Parameter(3.0)\n    gate(x).backward()\n    return x.grad.item() / 3",
     "nothing to divide by x"),
    (5, "def mine(gate):\n    x = eo.Parameter(3.0)\n    (gate(x)**2).backward()\n    return x.grad.item()",
     "the gradient of the square"),
    (6, "mine = lambda m, v: m * (np.sqrt(v) + 1e-8) ** -1", "right"),
    (6, "mine = lambda m, v: m / np.sqrt(v + 1e-16)", "the root of a sum"),
    (6, "mine = lambda m, v: m / np.sqrt(v)", "0/0"),
    (6, "mine = lambda m, v: m / np.sqrt(v) + 1e-8", "need a bracket"),
    (6, "mine = lambda m, v: m * v ** -0.5 + 1e-8", "need a bracket"),
    (6, "mine = lambda m, v: m * (v + 1e-8) ** -0.5 * 1.0", "not yet"),
    (6, "mine = lambda m, v: m / np.sqrt(v + 1e-10)", "eps is another"),
    (6, "mine = lambda m, v: m * (v + 1e-12) ** -0.5", "eps is another"),
    (6, "mine = lambda m, v: m * (np.sqrt(v) + 1e-8)", "should be divided"),
    (6, "mine = lambda m, v: m * (np.sqrt(v) + 1e-8) ** -0.5", "one root too many"),
    (7, "mine = lambda g, d: corrected(g, d, np.cumprod(d) ** (1 / np.arange(1, len(d) + 1)))", "right"),
    (7, "mine = lambda g, d: corrected(g, d, np.full(len(d), d[0]))", "right for a constant decay only"),
    (7, "mine = lambda g, d: corrected(g, d, np.cumsum(d) / np.arange(1, len(d) + 1))", "a power of the mean"),
    (7, "mine = lambda g, d: corrected(g, d, np.cumprod([1, *d[:-1]]) ** (1 / np.arange(1, len(d) + 1)))",
     "one factor is missing"),
    (7, "mine = lambda g, d: corrected(g, d, d)", "not yet"),
    (7, "def mine(gradients, decays):\n    start, row, m = 1.0, [], 0.0\n    for g, decay in zip(gradients, decays):\n"
        "        m, start = decay * m + (1 - decay) * g, start * decay\n        row.append(m / (1 - start))\n"
        "    return row", "right"),
    (7, "def mine(gradients, decays):\n    row, m = [], gradients[0]\n    for g, decay in zip(gradients, decays):\n"
        "        m = decay * m + (1 - decay) * g\n        row.append(m)\n    return row", "the first one now weighs"),
    (7, "mine = lambda g, d: list(g)", "no mean of them"),
    (7, "mine = lambda g, d: np.cumsum(g) / np.arange(1, len(d) + 1)", "expected"),
    (7, "mine = lambda g, d: corrected(g, d, np.zeros(len(d)))", "nothing is corrected"),
    (8, "class mine(MultiStep):\n    def step(self):\n        self.group['lr'] = MultiStep.get_lr(self)\n"
        "        self.epoch += 1\n    def get_lr(self):\n        return self.group['lr']", "an epoch late"),
    (8, "class mine(MultiStep):\n    def step(self):\n        self.epoch += 1\n"
        "        self.group['lr'] = MultiStep.get_lr(self)\n    def get_lr(self):\n        return self.group['lr']",
     "right"),
    (8, "class mine(MultiStep):\n    def get_lr(self):\n"
        "        return 0.2 * 0.1 ** sum(self.epoch >= e for e in self.milestones)", "who is overruled"),
    (8, "class mine(MultiStep):\n    def get_lr(self):\n        return self.group['lr']", "nothing falls"),
    (8, "class mine(MultiStep):\n    def __init__(self, group, milestones, gamma):\n"
        "        super().__init__(group, milestones, gamma)\n        self.last_lr = group['lr']\n"
        "    def step(self):\n        self.epoch += 1\n"
        "        self.group['lr'] = self.last_lr = MultiStep.get_lr(self)\n    def get_lr(self):\n"
        "        return self.last_lr", "a copy that step has kept"),
    (9, LOOP.replace("schedule.step()", "schedule.step() if len(used) < updates else None"), "right"),
    (9, LOOP.replace("total_steps=updates", "total_steps=updates + 1"), "never reach its last rate"),
    (9, LOOP.replace("        schedule.step()\n", "").replace(
        "        used.append", "        schedule.step()\n        used.append"), "the first rate is never used"),
    (9, LOOP.replace("range(updates)", "range(updates - 1)"), "49 updates are made now"),
    (9, LOOP.replace("    return", "    group['lr'] = used[-1]\n    return", 1), "the schedule has gone on"),
    (9, LOOP.replace("range(updates)", "range(updates - 1)").replace("    return", "    used.append(group['lr'])\n"
        "    return", 1), "right"),
    (10, "def mine(schedule, saved, finished):\n    groups = [dict(saved)]\n"
         "    live = schedule.bind(groups, last_epoch=finished)\n    groups[0]['lr'] = saved['lr']\n"
         "    return groups, live", "right"),
    (10, "mine = put_back(None)", "the clock begins at 0 again"),
    (10, "mine = put_back(1)", "one epoch ahead"),
    (10, "mine = put_back(-1)", "one epoch behind"),
    (10, "mine = begun_anew", "begins at epoch 0 again"),
    (10, "def mine(schedule, saved, finished):\n    groups = [{'lr': 7.0, 'initial_lr': saved['initial_lr']}]\n"
         "    live = schedule.bind(groups, last_epoch=finished)\n    groups[0].update(saved)\n"
         "    return groups, live", "right"),
]


@pytest.fixture(scope="module")
def visited():
    """The names that the notebook's cells leave behind."""
    names = {}
    for cell in MUSEUM.code:
        exec(compile(cell["text"], cell["id"], "exec"), names)
    return names


@pytest.mark.parametrize(("k", "code", "said"), REPAIRS, ids=[f"{k}-{said[:12]}" for k, _, said in REPAIRS])
def test_a_repair_is_told_what_it_is(visited, capsys, k, code, said):
    names = dict(visited)
    exec(code, names)
    capsys.readouterr()
    names[f"judge_{k}"]("mine", names["mine"])
    line = capsys.readouterr().out.strip()
    assert line.startswith("mine: ") and said in line
    assert (line == "mine: right") == (said == "right")


MENDED = {
    1: ["0.98 0.818 0.122 9.54e-07 3.33e+03"],
    2: ["call 1: step -0.0100", "call 2: step -0.0190", "call 3: step -0.0271", "not refused"],
    3: ["at 1e-05: body at 1.000, head at 0.006"],
    4: ["KeyError: only one side knows ['dense/BiasAdd', 'dense/bias', 'dense/kernel']"],
    5: ["0 0.01"],
    6: ["processor over card: 1 1 1"],
    7: ["furthest from 1, fading and cycled: 1.000 1.000"],
    8: 2 * ["0.2 0.2 0.02 0.02 0.02 0.02 0.02 0.02 0.002 0.002"],
    9: ["used 8.04e-05 2.02e-05 4e-08  left 4e-08  the schedule stands at 49"],
    10: ["epoch 6 after restarts 1, 2, 3: 0.9 0.9 0.9"],
}


@pytest.mark.parametrize("k", EXHIBITS)
def test_after_the_repair_the_stub_prints_the_exhibits_own_numbers_mended(visited, capsys, k):
    """The stub's last lines, run again with the solution in the place of the reader's function."""
    mine = re.search(r"^(?:class|def) (\w+)", TEXT[f"exercise-{k}-stub"], re.MULTILINE)[1]
    theirs = re.search(r"^(?:class|def) (\w+)", TEXT[f"exercise-{k}-solution"], re.MULTILINE)[1]
    again = TEXT[f"exercise-{k}-stub"].split("\n\n\n")[-1]
    names = visited | {mine: visited[theirs]}
    capsys.readouterr()
    exec(again, names)
    mended = capsys.readouterr().out.splitlines()
    assert mine in again and mended != _printed(f"exercise-{k}-stub")
    assert mended == MENDED[k]


def test_every_exhibit_is_repaired_in_another_way_too():
    assert {k for k, _, said in REPAIRS if said == "right"} == set(EXHIBITS)
