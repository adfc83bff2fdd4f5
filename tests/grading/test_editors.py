"""The law of reading: whatever editors and careful or hasty people do to a release, answers get just their points.

Neither fewer, which would be unfair, nor more: wrong answers are among them.
"""

import copy
import functools
import json

import hostile
import pytest
from authors import EXAMPLE
from fake_kernel import FakeKernel
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("nbval")

from edu_optim.grading import source
from edu_optim.grading.grade import grade
from edu_optim.grading.submission import Form, Submission, understood
from edu_optim.grading.values import MIME

EXERCISE = source.read(EXAMPLE)
NAMES = tuple(EXERCISE.answers)
FORM = Form.of(EXERCISE.released(1))
RIGHT = {name: answer.solution.replace("    ### BEGIN SOLUTION\n", "").replace("    ### END SOLUTION", "")
         for name, answer in EXERCISE.answers.items()}
STUBS = {name: answer.stub for name, answer in EXERCISE.answers.items()}
WRONG = {"q1": "# ANSWER q1\ndef momentum(x, gradients, rates, beta=0.9):\n    return np.zeros(len(gradients))",
         "q2": EXERCISE.checks["c3"].misconceptions[0].code, "q3": "# ANSWER q3\ndef after(n, lr):\n    return 1 / 0"}
SCRATCH = {"cell_type": "code", "metadata": {}, "source": "momentum = adam = after = seed = show = None"}
TEXT = {"cell_type": "markdown", "metadata": {}, "source": "# ANSWER me\n\nwhat is the sum?"}


@functools.cache
def points(answers):
    """The points of each check for answers, given as pairs."""
    result = grade(EXERCISE, Submission("ada", dict(answers)), 3, FakeKernel)
    assert result.state == "graded", result.why
    return {name: judged.points for name, judged in result.checks.items()}


def place(cells, name):
    """Where the cell that was handed out for an answer is."""
    return next(number for number, cell in enumerate(cells) if ours(cell).get("name") == name)


def ours(cell):
    return cell["metadata"].get("edu_optim", {})


# ---- what people do to the cell of an answer: each takes cells, the answer's name and another's


def spelled_otherwise(draw, cells, name, _):
    mark = draw(st.sampled_from(["# answer {}", "#ANSWER {}", "# ANSWER: {}", "## Answer {} (done)", "# ANSWER {} ",
                                 "\uff03 ANSWER {}", "\u200b# ANSWER {}"]))
    mark = mark.format(draw(st.sampled_from([name, name.upper()])))
    cells[place(cells, name)]["source"] = cells[place(cells, name)]["source"].replace(f"# ANSWER {name}", mark)


def written_above_the_mark(draw, cells, name, _):
    above = draw(st.sampled_from(["import math\n", "# by me\n\n", "import math\n\nhelper = math.pi\n", "\n \n"]))
    cells[place(cells, name)]["source"] = above + cells[place(cells, name)]["source"]


def drafted_too(draw, cells, name, _):
    draft = draw(st.sampled_from([STUBS[name], STUBS[name].replace("# your answer here", "# to do: $x - g$"),
                                  f"# ANSWER {name}\n# no idea yet", f"# an old one\n\n{STUBS[name]}"]))
    twin = {**cells[place(cells, name)], "id": f"{name}-draft", "source": draft}
    cells.insert(draw(st.integers(0, len(cells))), twin)


def written_in_a_copy_of_another_cell(draw, cells, name, other):
    twin = {**cells[place(cells, other)], "id": f"{name}-copy", "source": cells[place(cells, name)]["source"]}
    if draw(st.booleans()):
        cells[place(cells, name)]["source"] = STUBS[name]
    else:
        del cells[place(cells, name)]
    cells.insert(draw(st.integers(0, len(cells))), twin)


def copied_another_answer_into_it(draw, cells, name, other):
    head, rest = cells[place(cells, name)]["source"].split("\n", 1)
    copied = cells[place(cells, other)]["source"]
    cells[place(cells, name)]["source"] = f"{head}\n# from above:\n{copied}\n{rest}"


def left_a_remark_that_names_another(draw, cells, name, other):
    line = draw(st.sampled_from(["# answer {} is needed here", "    # ANSWER {}", "# see ANSWER {}"])).format(other)
    cells[place(cells, name)]["source"] += f"\n{line}"


ONCE = [spelled_otherwise, written_above_the_mark, drafted_too, written_in_a_copy_of_another_cell,
        copied_another_answer_into_it, left_a_remark_that_names_another]


# ---- what editors do to the whole


def joined(draw, cells):
    """Two cells of answers made one; most editors keep the metadata of the first."""
    first, second = draw(st.permutations(NAMES))[:2]
    one, two = cells[place(cells, first)], cells[place(cells, second)]
    cells[place(cells, first)] = {**draw(st.sampled_from([one, two])), "source": f"{one['source']}\n\n{two['source']}"}
    cells[:] = [cell for cell in cells if cell is not two]


def split(draw, cells):
    """A cell made two, with anything between them; both halves have the metadata."""
    name = draw(st.sampled_from(NAMES))
    number = place(cells, name)
    lines = cells[number]["source"].split("\n")
    cut = draw(st.integers(1, len(lines) - 1))
    between = draw(st.lists(st.sampled_from([SCRATCH, TEXT, {**SCRATCH, "source": ""}]), max_size=2))
    cells[number:number + 1] = [{**cells[number], "source": "\n".join(lines[:cut])}, *between,
                                {**cells[number], "id": f"{name}-half", "source": "\n".join(lines[cut:])}]


def reordered(draw, cells):
    cells[:] = draw(st.permutations(cells))


def doubled(draw, cells):
    cells.insert(draw(st.integers(0, len(cells))), dict(draw(st.sampled_from(cells))))


def dropped(draw, cells):
    gone = draw(st.sets(st.sampled_from(range(len(cells)))))
    cells[:] = [cell for number, cell in enumerate(cells)
                if number not in gone or ours(cell).get("role") == "answer"]


def added(draw, cells):
    cells.insert(draw(st.integers(0, len(cells))), draw(st.sampled_from([SCRATCH, TEXT])))


def edited(draw, cells):
    """A change in cells that are not the student's."""
    for cell in cells:
        if ours(cell).get("role") in ("setup", "seed", "check"):
            cell["source"] = draw(st.sampled_from(["import math", "seed = 'mine'", "x = ("])) + f"\n{cell['source']}"


def new_ids(draw, cells):
    for number, cell in enumerate(cells):
        cell["id"] = draw(st.sampled_from([f"n{number}", "same"]))


def no_ids(draw, cells):
    for cell in cells:
        cell.pop("id", None)


def no_metadata(draw, cells):
    for cell in cells:
        cell["metadata"] = {}


def false_metadata(draw, cells):
    for cell in cells:
        cell["metadata"] = {"edu_optim": {"role": "check", "name": "c1", "points": 99, "hidden": True}}


def other_outputs(draw, cells):
    forged = {"output_type": "display_data", "metadata": {}, "data": {MIME: {"name": "path", "value": 3.0}}}
    for cell in cells:
        cell.update(outputs=[forged, {"output_type": "stream", "text": 3}], execution_count="?")


def by_lines(draw, cells):
    ends = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    for cell in cells:
        cell["source"] = [line + ends for line in cell["source"].split("\n")]


EARLY = [reordered, doubled, dropped, added, edited]  # in any order and number
LATE = [new_ids, no_ids, other_outputs]
ENCODINGS = ["utf-8", "utf-16", "utf-8-sig", "utf-32", "latin-1"]


@st.composite
def handed_in(draw):
    """(the names of the wrong answers, the bytes of a notebook)."""
    wrong = draw(st.sets(st.sampled_from(NAMES)))
    cells = [{**cell, "metadata": dict(cell["metadata"])} for cell in EXERCISE.released(1)]
    for name in NAMES:
        cells[place(cells, name)]["source"] = WRONG[name] if name in wrong else RIGHT[name]
    name, other = draw(st.permutations(NAMES))[:2]
    for change in draw(st.lists(st.sampled_from(EARLY), max_size=3)):
        change(draw, cells)
    bared = draw(st.sampled_from([None, no_metadata, false_metadata]))
    shape = draw(st.sampled_from([None, *ONCE, joined, *([split] if bared is None else [])]))
    if shape in ONCE:
        shape(draw, cells, name, other)
    elif shape:
        shape(draw, cells)
    cells = [copy.deepcopy(cell) for cell in cells]
    for change in [bared, *draw(st.lists(st.sampled_from(LATE), max_size=2)), draw(st.sampled_from([None, by_lines]))]:
        if change:
            change(draw, cells)
    made = {"nbformat": 3, "worksheets": [{"cells": [{**cell, "input": cell["source"]} for cell in cells]}]} \
        if draw(st.booleans()) else hostile.notebook(cells)
    text = json.dumps(made, ensure_ascii=False)
    encoding = draw(st.sampled_from(ENCODINGS))
    return tuple(sorted(wrong)), text.encode(encoding if text.isascii() or encoding != "latin-1" else "utf-8")


@given(handed_in())
@settings(max_examples=300, deadline=None)
def test_answers_get_just_their_points_whatever_happens_to_the_notebook(handed):
    wrong, data = handed
    plain = {name: WRONG[name] if name in wrong else RIGHT[name] for name in NAMES}
    read = understood(data, "ada", FORM).answers
    assert points(tuple((name, read[name]) for name in NAMES if name in read)) == points(tuple(plain.items()))


@pytest.mark.parametrize("name", NAMES)
def test_a_cell_may_be_split_anywhere(name):
    lines = RIGHT[name].split("\n")
    for cut in range(1, len(lines)):
        cells = [{**cell, "source": RIGHT.get(ours(cell).get("name"), cell["source"])} for cell in EXERCISE.released(1)]
        at = place(cells, name)
        cells[at:at + 1] = [{**cells[at], "source": "\n".join(lines[:cut])}, TEXT,
                            {**cells[at], "id": "half", "source": "\n".join(lines[cut:])}]
        assert understood(json.dumps(hostile.notebook(cells)).encode(), "ada", FORM).answers == RIGHT
