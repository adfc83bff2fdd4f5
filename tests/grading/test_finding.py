"""Which cell is which answer: whatever students and editors have made of the cells, one by one."""

import json
import time

import hostile
import pytest

from edu_optim.grading import finding
from edu_optim.grading.submission import Form, Submission, understood

ANSWERS = {"q1": hostile.RIGHT_1, "q2": hostile.RIGHT_2}
FORM = Form.of(hostile.handed_in(hostile.STUB_2, hostile.STUB_1)["cells"])


def understand(cells):
    return understood(json.dumps(hostile.notebook(cells)).encode(), "ada", FORM)


def cells(**given):
    return hostile.handed_in(hostile.RIGHT_2, **given)["cells"]


def test_an_answer_in_a_text_cell_is_none_and_is_flagged():
    made = cells()
    made[4]["cell_type"] = "markdown"
    read_ = understand(made)
    assert read_.answers.keys() == {"q1"}
    assert "q2" in read_.flags[0]


def test_of_two_answers_the_last_counts_unless_it_is_as_released():
    copied = {**cells()[4], "id": "copy", "source": hostile.WRONG_2}
    assert understand([*cells(), copied]).answers["q2"] == hostile.WRONG_2
    assert understand([*cells(), copied]).flags
    assert understand([*cells(), {**copied, "source": hostile.STUB_2}]).answers == ANSWERS
    assert understand([*cells(), {**copied, "source": hostile.RIGHT_2}]).flags == ()


def test_a_draft_of_whatever_kind_is_no_answer():
    for draft in (f"# ANSWER q2\n# to do: {hostile.STUB_2}", hostile.STUB_2.replace("# your answer here", "# later"),
                  "# ANSWER q2\ndef variance(x):\n    pass", "# ANSWER q2\ndef variance(x):\n    # later\n    ..."):
        copied = {**cells()[4], "id": "copy", "source": draft}
        assert understand([*cells(), copied]) == understand([copied, *cells()]) == Submission("ada", ANSWERS, ())


HEAD, _, TAIL = hostile.RIGHT_2.partition("\n")
BETWEEN = [[], [{"cell_type": "markdown", "source": "Now the rest."}], [{"cell_type": "code", "source": ""}],
           [{"cell_type": "code", "source": "print(1)"}], [cells()[5]]]


@pytest.mark.parametrize("between", BETWEEN)
def test_a_cell_that_was_split_is_one_answer(between):
    made = cells()
    made[4:5] = [{**made[4], "source": f"{HEAD}\nhelper = 1"}, *between, {**made[4], "id": "half", "source": TAIL}]
    read_ = understand(made)
    assert read_.answers == {**ANSWERS, "q2": f"{HEAD}\nhelper = 1\n{TAIL}"}
    assert finding.JOINED.format("q2") in read_.flags


def test_of_answers_with_marks_each_begins_anew_and_what_follows_goes_on():
    one = cells()[4]
    made = [{**one, "source": text} for text in ("# ANSWER q2\na = 1", "b = 2", "# ANSWER q2\nc = 3", "d = 4", "d = 4")]
    read_ = understand(made)
    assert read_.answers == {"q2": "# ANSWER q2\nc = 3\nd = 4"}
    assert set(read_.flags) == {finding.JOINED.format("q2"), finding.TWICE.format("q2")}


def test_cells_that_were_joined_are_two_answers():
    made = cells()
    made[2]["source"] += "\n\n" + made.pop(4)["source"]
    assert understand(made).answers == {**ANSWERS, "q1": hostile.RIGHT_1 + "\n"}
    made[2]["metadata"]["edu_optim"]["name"] = made[2]["id"] = "q2"  # some editors keep those of the second
    assert understand(made).answers == {**ANSWERS, "q1": hostile.RIGHT_1 + "\n"}


def test_two_answers_in_one_cell_beside_an_empty_one():
    made = cells()
    made[2]["source"] += "\n\n" + made[4]["source"]
    made[4]["source"] = hostile.STUB_2
    read_ = understand(made)
    assert read_.answers == {"q1": made[2]["source"], "q2": hostile.RIGHT_2}
    assert read_.flags == (finding.SHARED.format("q1", "q2"),)


COPIED = hostile.RIGHT_2.replace("\n", f"\n# first the mean, from above:\n{hostile.RIGHT_1}\n", 1)


@pytest.mark.parametrize("lost", [False, True])
def test_a_copied_mark_inside_an_answer_splits_nothing(lost):
    made = hostile.handed_in(COPIED)["cells"]
    if lost:
        made = [{"cell_type": "code", "source": one["source"]} for one in made]
    read_ = understand(made)
    assert read_.answers == {**ANSWERS, "q2": COPIED}
    assert read_.flags == (finding.INSIDE.format("q2", "q1"),)


def test_a_copied_mark_where_the_other_answer_is_missing_costs_nothing():
    made = hostile.handed_in(COPIED, hostile.STUB_1)["cells"]
    assert understand(made).answers["q2"] == COPIED
    del made[2]
    assert understand(made).answers["q1"].startswith(hostile.RIGHT_1)
    only_copied = {**made[3], "source": f"# ANSWER q2\n# all of it:\n{hostile.RIGHT_1}\n{TAIL}"}
    assert understand([only_copied]).answers["q2"] == only_copied["source"]


def test_a_mark_that_is_indented_or_followed_by_words_inside_an_answer_is_a_remark():
    for line in ("    # ANSWER q1", "# answer q1 is used here"):
        made = hostile.handed_in(f"{hostile.RIGHT_2}\n{line}")["cells"]
        assert understand(made) == Submission("ada", {**ANSWERS, "q2": f"{hostile.RIGHT_2}\n{line}"}, ())


def test_a_copied_cell_with_a_new_mark_is_what_its_mark_says():
    for stub in ([], [{**cells()[4], "source": hostile.STUB_2}]):
        made = [*cells()[:4], {**cells()[2], "id": "copy", "source": hostile.RIGHT_2}, *stub]
        read_ = understand(made)
        assert read_.answers == ANSWERS
        assert read_.flags == (finding.DOUBTFUL.format("q1", "q2", "q2"),)


def test_an_answer_that_begins_with_a_copy_of_another_stays_where_it_was_handed_out():
    source = f"{hostile.RIGHT_1}\n\n{TAIL}"
    read_ = understand(hostile.handed_in(source)["cells"])
    assert read_.answers == {**ANSWERS, "q2": source}
    assert read_.flags == (finding.DOUBTFUL.format("q2", "q1", "q2"),)


def test_where_both_answers_have_cells_of_their_own_a_third_takes_none_away():
    third = {**cells()[2], "id": "copy", "source": hostile.WRONG_2}
    read_ = understand([*cells(), third])
    assert read_.answers == ANSWERS
    assert read_.flags == (finding.DOUBTFUL.format("q1", "q2", finding.NEITHER),)


def test_cells_whose_texts_were_exchanged_are_what_they_say():
    made = cells()
    made[2]["source"], made[4]["source"] = made[4]["source"], made[2]["source"]
    assert understand(made).answers == ANSWERS


def test_metadata_come_before_ids_and_a_wrong_mark_in_the_only_cell_costs_nothing():
    one = {"cell_type": "code", "id": "q1", "source": hostile.RIGHT_2}
    assert understand([one]).answers == {"q1": hostile.RIGHT_2, "q2": hostile.RIGHT_2}
    assert understand([{**one, "id": "x"}]).answers.keys() == {"q2"}
    ours = {"edu_optim": {"role": "answer", "name": "q2"}}
    assert understand([{**one, "metadata": ours}]).answers.keys() == {"q2"}


@pytest.mark.parametrize("above", ["import math", "%matplotlib inline\nimport math\n", "%%time", "# mine\n\n"])
def test_what_stands_above_the_mark_belongs_to_the_answer(above):
    made = cells()
    made[4]["source"] = f"{above}\n{hostile.RIGHT_2}"
    for one in (made, [{"cell_type": "code", "source": cell["source"]} for cell in made]):
        assert understand(one) == Submission("ada", {**ANSWERS, "q2": made[4]["source"]}, ())


SPELLED = ["# answer q1", "# Answer q1", "#ANSWER q1", "#  ANSWER  q1  ", "# ANSWER: q1", "# ANSWER q1:",
           "## ANSWER q1", "# %% ANSWER q1", "#%% answer q1", "# ANSWER q1 (done)", "# ANSWER q1.", "# ANSWER Q1",
           "\u200b# ANSWER q1", "#\u00a0ANSWER q1", "\uff03 ANSWER q1", "# ANSWER\tq1",
           "# \uff21\uff2e\uff33\uff37\uff25\uff32 q1"]


@pytest.mark.parametrize("mark", SPELLED)
def test_other_spellings_of_the_mark(mark):
    source = hostile.RIGHT_1.replace("# ANSWER q1", mark)
    answers = understand([{"cell_type": "code", "source": source}]).answers
    assert answers.keys() == {"q1"}
    names = {}
    exec(answers["q1"], names)  # Python knows # alone
    assert names["mean"]([1, 2, 3]) == 2


@pytest.mark.parametrize("line", ["# ANSWER q9", "# the answer q1", "answer = q1", "# ANSWERq1", "# ANSWER"])
def test_what_is_no_mark(line):
    assert understand([{"cell_type": "code", "source": f"{line}\nx = 1"}]).answers == {}


def test_names_that_differ_by_case_are_told_apart():
    form = Form({"a": "", "A": "", "b": ""})
    assert [form.known(name) for name in ("a", "A", "B", "c")] == ["a", "A", "b", None]
    assert Form({"ab": "", "aB": ""}).known("AB") is None


def test_a_mark_takes_no_longer_in_a_huge_cell():
    huge = [{"cell_type": "code", "source": hostile.RIGHT_1 + "\n# ANSWER q2\n# ANSWER q1" * 20_000}]
    started = time.process_time()
    understand(huge)
    assert time.process_time() - started < 5


@pytest.mark.parametrize("metadata", [None, 3, [], {"edu_optim": 3}, {"edu_optim": {"role": [], "name": {}}},
                                      {"edu_optim": {"role": "answer", "name": ["q1"]}},
                                      {"edu_optim": {"role": "answer", "name": "c1"}}])
def test_odd_metadata_are_passed_over(metadata):
    one = {"cell_type": "code", "id": ["q1"], "metadata": metadata, "source": hostile.RIGHT_2}
    assert understand([one, 3, None, []]).answers.keys() == {"q2"}


def test_an_id_that_different_cells_have_tells_nothing():
    assert understand([{**one, "id": "q1"} for one in cells()]).answers == ANSWERS
    assert understand([{**one, "id": "q1", "metadata": {}} for one in cells()]).answers == ANSWERS
    one = {"cell_type": "code", "id": "q1", "source": "mean = sum"}
    assert understand([one, one]).answers == {"q1": "mean = sum"}


def test_code_that_nobody_asked_for_is_flagged():
    assert understand([*cells(), {"cell_type": "code", "source": "helper = 1"}]).flags == (finding.OWN_CELLS,)
    bare = [{"cell_type": "code", "source": one["source"].replace("seed = 1", "seed = 99")} for one in cells()]
    assert understand(bare).flags == ()
    assert understand([*cells(), {"cell_type": "code", "source": "# a remark"}]).flags == ()


@pytest.mark.parametrize(("place", "flag"), [(0, finding.SETUP_EDITED), (3, finding.CHECK_EDITED.format("c1"))])
@pytest.mark.parametrize("lost", ["nothing", "metadata", "id"])
def test_a_change_in_a_cell_that_was_handed_out_is_flagged(place, flag, lost):
    made = cells()
    made[place]["source"] = "import math\n" + made[place]["source"]
    if lost != "nothing":
        made[place][lost] = {}
    assert understand(made) == Submission("ada", ANSWERS, (flag,))


def test_another_seed_a_remark_and_an_empty_cell_are_no_change():
    made = cells()
    made[1]["source"], made[0]["source"], made[5]["source"] = "seed = 77", f"# mine\n{hostile.SETUP}\n\n", ""
    assert understand(made).flags == ()


def own(source):
    return {"cell_type": "code", "id": "mine", "metadata": {}, "source": source}


SPOKEN = ["# answer q2: quick test\nprint(variance([1., 2.]))", "# Answer q2 test\nv = 1", "## answer Q2.\nmean([1])",
          "# ANSWER q2 (old version)\ndef variance(x): return 0.", "# Answer q2 vs q1: plot\nvariance([1]) == 3",
          "# ANSWER q2\nprint(variance([1.]))"]


@pytest.mark.parametrize("spoken", SPOKEN)
@pytest.mark.parametrize("copied", [False, True])
def test_a_cell_that_only_tries_an_answer_out_takes_its_place_nowhere(spoken, copied):
    tried = own(spoken) | ({"metadata": cells()[4]["metadata"]} if copied and "old" not in spoken else {})
    for made in ([*cells(), tried], [tried, *cells()]):
        read_ = understand(made)
        assert read_.answers == ANSWERS
        assert read_.flags == (finding.PASSED.format("q2"),)


def test_a_mark_with_words_counts_where_the_cell_handed_out_is_empty():
    made = cells()
    made[4]["source"] = hostile.STUB_2
    final = hostile.RIGHT_2.replace("q2", "q2 (final)")
    assert understand([*made, own(final)]).answers == {**ANSWERS, "q2": final}


def test_a_second_half_that_nothing_names_goes_on_where_the_first_gives_too_little():
    made = cells()
    made[4]["source"] = f"{HEAD}\nhelper = 1"
    made.insert(5, own(TAIL))
    read_ = understand(made)
    assert read_.answers == {**ANSWERS, "q2": f"{HEAD}\nhelper = 1\n{TAIL}"}
    assert finding.JOINED.format("q2") in read_.flags


def test_names_are_found_by_their_looks():
    source = "a, b = 1, 2\nc: int = 3\nasync def d(): ...\nclass E: ...\n    f = 2\ng == 1\nh(i=2)\nj.k = 1\n# l = 1"
    assert finding._names(finding._ASKED, source) == {"a", "b", "c", "d", "E"}
    assert finding._names(finding._GIVEN, source) == {"a", "b", "c", "d", "E", "f"}


def test_what_is_too_long_is_not_looked_at():
    started = time.process_time()
    huge = [own("x=1\n" * 5_000_000), *({"cell_type": "code", "source": "#\n" * 90_000} for _ in range(100))]
    read_ = understand([{"cell_type": "markdown", "source": "x\n" * 10**6}, *cells(), *huge])
    assert time.process_time() - started < 5
    assert read_.answers == ANSWERS
    assert finding.TOO_LONG in read_.flags


def test_an_own_cell_that_only_names_what_is_missing_is_not_joined():
    form = Form({"q1": "# ANSWER q1\ndef f(x): ...\ny = f(1)"})
    made = [own("# ANSWER q1\ndef f(x): return 2"), own("y = input()")]
    read_ = understood(json.dumps(hostile.notebook(made)).encode(), "ada", form)
    assert read_.answers == {"q1": made[0]["source"]}


def test_a_later_answer_without_a_variable_of_the_stub_is_still_the_later():
    form = Form({"q1": "# ANSWER q1\nstart = 3\ndef f(x): ...", "q2": "# ANSWER q2\nlr = ..."})
    made = [own("# ANSWER q1\nstart = 3\ndef f(x): return 1"), own("# ANSWER q1\ndef f(x): return 2"),
            own("# ANSWER q2\nlr = 0.1"), own("# ANSWER q2\nprint(lr)")]
    read_ = understood(json.dumps(hostile.notebook(made)).encode(), "ada", form)
    assert read_.answers == {"q1": made[1]["source"], "q2": made[2]["source"]}


@pytest.mark.parametrize("line", ["a," * 90_000, "a " * 90_000, "\t" * 180_000, "a:" * 90_000, "def " * 40_000,
                                  "a" * 180_000])
def test_no_line_takes_long_to_look_for_names(line):
    started = time.process_time()
    understand([*cells(), own(f"# ANSWER q2\n{line}")])
    assert time.process_time() - started < 2
