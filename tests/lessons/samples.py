"""A small lesson that keeps every rule, and changes that break it."""

import json

ALT = "A curve that falls from the upper left to the lower right."


def markdown(name, text):
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}


def code(name, text, count, stdout="", tags=()):
    outputs = [{"name": "stdout", "output_type": "stream", "text": stdout.splitlines(keepends=True)}] if stdout else []
    cell = {"cell_type": "code", "execution_count": count, "id": name, "metadata": {}, "outputs": outputs}
    if tags:
        cell["metadata"]["tags"] = list(tags)
    return cell | {"source": text.splitlines(keepends=True)}


def good_lesson():
    figure = code("figure-1", "figures.present(fig, alt=words)", 4)
    picture = {"image/png": "aaaa", "text/plain": ["Figure"]}
    look = {"image/png": {"alt": ALT}}
    figure["outputs"] = [{"data": picture, "metadata": look, "output_type": "display_data"}]
    right = '# Solution\ncheck.value("solution", 2, 2)'
    solution = code("exercise-1-solution", right, 7, "solution: right\n", ["solution"])
    solution["metadata"]["jupyter"] = {"source_hidden": True}
    card = "# 01 · Choose a rate\n\n> How far?\n>\n> **5 minutes** · needs [00](00_start.ipynb#A-start)"
    math = "$$\n\\begin{aligned}\na &= b && \\text{given}\n\\end{aligned}\n$$\n\nSo $\\eta$ matters."
    cells = [
        markdown("header", card),
        code("imports", "import numpy as np\n\nfrom edu_optim import check, figures", 1),
        markdown("derivation", math),
        code("bet", 'check.bet("edge", None)', 2, "bet on edge: no guess yet (replace None)\n"),
        code("race", "print(0.93)", 3, "0.93\n", ["nbval-ignore-output"]),
        figure,
        markdown("caption-1", "**Figure 1:** It falls."),
        markdown("exercise-1", "### Exercise 1: predict (2 minutes, 1 line)\n\nWhich number is it?"),
        code("exercise-1-stub", "answer = None", 5),
        code("exercise-1-check", 'check.value("exercise 1", answer, 2)', 6, "exercise 1: not yet (returned None)\n"),
        solution,
        markdown("takeaways", "## What you take away\n\n- `just` code may say anything."),
    ]
    about = {"lesson": 1, "minutes": 5, "needs": [0], "question": "How far?", "title": "Choose a rate"}
    return notebook(cells, about)


def notebook(cells, about):
    metadata = {"edu_optim": about, "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def write(path, content):
    path.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return path


def cell(content, name):
    return next(cell for cell in content["cells"] if cell["id"] == name)


# ---- changes: each takes the lesson as a dict


def says(name, text):
    """Give a cell another text."""

    def change(content):
        cell(content, name)["source"] = text.splitlines(keepends=True)

    return change


def swaps(name, old, new):
    """Replace a piece of a cell."""

    def change(content):
        before = "".join(cell(content, name)["source"])
        assert old in before
        says(name, before.replace(old, new))(content)

    return change


def without(*names):
    """Take cells out."""

    def change(content):
        content["cells"] = [cell for cell in content["cells"] if cell["id"] not in names]

    return change


def about(key, value):
    def change(content):
        content["metadata"]["edu_optim"][key] = value

    return change


def tagged(name, *tags):
    def change(content):
        cell(content, name)["metadata"]["tags"] = list(tags)

    return change


def outputs(name, *stored):
    def change(content):
        cell(content, name)["outputs"] = list(stored)

    return change


def prints(name, text, stream="stdout"):
    return outputs(name, {"name": stream, "output_type": "stream", "text": text})


def shows(kind, **look):
    return outputs("figure-1", {"data": {kind: ""}, "metadata": {kind: look}, "output_type": "display_data"})


def renamed(name, new):
    def change(content):
        cell(content, name)["id"] = new

    return change


def unfolded(content):
    del cell(content, "exercise-1-solution")["metadata"]["jupyter"]


def counted_twice(content):
    cell(content, "race")["execution_count"] = 2


def never_run(content):
    cell(content, "race")["execution_count"] = None


def other_kernel(content):
    content["metadata"]["kernelspec"]["name"] = "julia"


def three_more_tags(content):
    for name in ("bet", "imports", "exercise-1-stub"):
        tagged(name, "nbval-ignore-output")(content)


ERROR = {"output_type": "error", "ename": "ValueError", "evalue": "", "traceback": []}


# ---- rule, what its message says, what breaks it

BROKEN = [
    ("metadata_says_what_tables_need", "edu_optim.minutes, a int", about("minutes", "5")),
    ("metadata_says_what_tables_need", "must be 1", about("lesson", 2)),
    ("metadata_says_what_tables_need", "question mark", about("question", "How far")),
    ("metadata_says_what_tables_need", "earlier lessons", about("needs", [1])),
    ("metadata_says_what_tables_need", "python3", other_kernel),
    ("begins_with_a_header_card", "must begin with", swaps("header", "Choose", "Chosen")),
    ("begins_with_a_header_card", "ask the question", swaps("header", "How far?", "How near?")),
    ("begins_with_a_header_card", "5 minutes", swaps("header", "5 minutes", "half an hour")),
    ("begins_with_a_header_card", "what the lesson needs", swaps("header", "needs", "knows")),
    ("begins_with_a_header_card", "one heading of the first level", says("takeaways", "# What you take away")),
    ("first_code_cell_imports", "import what the lesson uses", swaps("imports", "import numpy as np", "x = 1")),
    ("asks_for_a_bet", "check.bet", says("bet", '"check.bet(1)"')),
    ("derives_something", "the reason", swaps("derivation", r"\text{given}", "")),
    ("checks_something", "check.parity", without("exercise-1-check", "exercise-1-solution")),
    ("ends_with_takeaways", "What you take away", says("takeaways", "What you take away is no heading here.")),
    ("navigation_is_the_generated_one", "tools/navigation.py", says("navigation-top", "Nowhere.")),
    ("navigation_is_the_generated_one", "tools/navigation.py", without("navigation-bottom")),
    ("exercises_are_complete", "exercise-1-check, exercise-1-solution", without("exercise-1-check")),
    ("exercises_are_complete", "stated in puzzle", renamed("exercise-1", "puzzle")),
    ("exercises_are_complete", "announce the size", swaps("exercise-1", " (2 minutes, 1 line)", "")),
    ("exercises_are_complete", "'not yet'", prints("exercise-1-check", "exercise 1: right")),
    ("exercises_are_complete", "'not yet'", outputs("exercise-1-check")),
    ("exercises_are_complete", "tag solution", tagged("exercise-1-solution")),
    ("exercises_are_complete", "folded", unfolded),
    ("exercises_are_complete", "first line", swaps("exercise-1-solution", "# Solution\n", "")),
    ("exercises_are_complete", "pass its check", prints("exercise-1-solution", "solution: yours 1, expected 2")),
    ("exercises_are_complete", "pass its check", outputs("exercise-1-solution")),
    ("exercises_are_complete", "belongs to no exercise", tagged("race", "solution")),
    ("executed_in_order", "run all cells", counted_twice),
    ("executed_in_order", "run all cells", never_run),
    ("stores_no_errors_or_warnings", "race has stored", outputs("race", ERROR)),
    ("stores_no_errors_or_warnings", "race has stored", prints("race", "UserWarning", stream="stderr")),
    ("few_outputs_go_uncompared", "4 cells are tagged", three_more_tags),
    ("few_outputs_go_uncompared", "not a comment", says("race", "# NBVAL_IGNORE_OUTPUT\nprint(0.93)")),
    ("few_outputs_go_uncompared", "keeps it from being tested", tagged("race", "nbval-skip")),
    ("stays_small", "bytes", prints("race", "0" * 400_000)),
    ("stays_small", "more than 25 lines", says("race", "x = 1\n" * 26)),
    ("cell_ids_are_names", "two cells", renamed("race", "bet")),
    ("cell_ids_are_names", "give the cell", renamed("race", "deadbeef")),
    ("cell_ids_are_names", "give the cell", renamed("race", "a1b2c3d4-0000-4000-8000-a1b2c3d4e5f6")),
    ("cell_ids_are_names", "give the cell", renamed("race", "The Race")),
    ("figures_have_words", "without words", shows("image/png")),
    ("figures_have_words", "without words", shows("image/png", alt="A falling curve.")),
    ("figures_have_words", "makes a PNG", shows("image/svg+xml", alt=ALT)),
    ("figures_have_words", "must be its caption", without("caption-1")),
    ("figures_have_words", "must be its caption", says("caption-1", "**Figure 2:** It falls.")),
    ("figures_have_words", "whose words are", says("takeaways", "## What you take away\n\n![a curve](a.png)")),
    ("figures_have_words", "has an <img>", says("takeaways", '## What you take away\n\n<img src="a.png">')),
    ("mathematics_renders_everywhere", "no \\tag", swaps("derivation", r"\text{given}", r"\tag{1}")),
    ("mathematics_renders_everywhere", "write \\begin{aligned}", swaps("derivation", "aligned", "align")),
    ("mathematics_renders_everywhere", "inside mathematics", swaps("derivation", r"\eta", "\u03b7")),
    ("mathematics_renders_everywhere", "several lines", says("derivation", "$$ a \\\\ b $$")),
    ("mathematics_renders_everywhere", "between $ and $", says("derivation", "$$ a = b $")),
    ("mathematics_renders_everywhere", "between $ and $", says("derivation", "\\begin{aligned} a \\end{aligned}")),
    ("words_are_kind", "'just'", says("takeaways", "## What you take away\n\nThat is just a factor.")),
    ("words_are_kind", "'Obviously'", says("takeaways", "## What you take away\n\nObviously a factor.")),
    ("words_are_kind", "'simply'", shows("image/png", alt=ALT + " It simply falls.")),
    ("links_lead_somewhere", "leads nowhere", says("takeaways", "[02](02_momentum.ipynb)")),
    ("links_lead_somewhere", "no heading", says("takeaways", "[00](00_start.ipynb#An-end)")),
    ("links_lead_somewhere", "no heading", says("takeaways", "[here](#What-to-take-away)")),
    ("links_lead_somewhere", "relative link", says("takeaways", "[00](/notebooks/00_start.ipynb)")),
    ("links_lead_somewhere", "relative link", says("takeaways", '<a href="http://localhost:8888">00</a>')),
    ("links_lead_somewhere", "relative link", says("takeaways", "[00](C:\\00_start.ipynb)")),
    ("cells_are_plain_python", "magic", says("race", "%nosuchmagic\nraise ValueError")),
    ("cells_are_plain_python", "magic", says("race", "!pip install something")),
    ("runs_the_same_everywhere", "looks at the clock", says("bet", "import time")),
    ("runs_the_same_everywhere", "without a network", says("race", "from urllib.request import urlopen")),
    ("runs_the_same_everywhere", "imports random", says("race", "from random import random")),
    ("runs_the_same_everywhere", "imports random", says("race", "from numpy import random")),
    ("runs_the_same_everywhere", "np.random.seed", says("race", "np.random.seed(0)")),
    ("runs_the_same_everywhere", "np.random.randn", says("race", "x = np.random.randn(3)")),
    ("runs_the_same_everywhere", "needs a seed", says("race", "rng = np.random.default_rng()")),
]
