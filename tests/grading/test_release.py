"""The notebook for students: nothing in it that they should not see, and all that they need."""

import base64
import json

import nbformat
import pytest
from authors import ANSWER, DRAW, SETUP, answer, check, code, text, written

from edu_optim.grading.release import PUBLIC_SEED, ReleaseError, release
from edu_optim.grading.source import read
from edu_optim.grading.values import MIME

CANARY = "CANARY"  # in every place where something hidden may stand


def hidden(source):
    """A cell whose outputs and attachments say what its source must not."""
    stream = {"output_type": "stream", "name": "stdout", "text": f"{CANARY} printed"}
    return source | {"outputs": [stream], "execution_count": 3}


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """The bytes of a release of an assignment that has something to hide everywhere."""
    folder = tmp_path_factory.mktemp("release")
    picture = base64.b64encode(b"CANARY in a picture nobody shows").decode()
    solution = (f"(__import__('warnings').warn('{CANARY} warned'), print('{CANARY} printed'), "
                f"__import__('sys').stderr.write('{CANARY} in red'), 2 * x)[-1]")
    misconceptions = [{"name": f"{CANARY} name", "text": f"{CANARY} text",
                       "code": ANSWER.format("q1", f"3 * x  # {CANARY} code")}]
    path = written(
        folder, text(f"# {CANARY}", role="note"),
        text("# Doubling\n\n![seen](attachment:seen.png)") | {"attachments": {
            "seen.png": {"image/png": "AAAA"}, "seen": {"image/png": picture}, "unseen.png": {"image/png": picture}}},
        code(f"{CANARY} = 1", role="note"), SETUP, hidden(code("seed = 99")),
        hidden(answer("q1", solution)),
        hidden(check("c1", DRAW + "show('y', q1(x))\nq1(x)\nprint(x)", tolerance={"*": {"rtol": 3.0517578e-5}},
                     misconceptions=misconceptions)),
        hidden(check(CANARY, DRAW + f"show('{CANARY}', q1(x) + 1)", points=12.75, hidden=True)),
        metadata={"kernelspec": {"name": "mine", "display_name": CANARY}, "authors": [{"name": CANARY}],
                  "edu_optim": {"secret": CANARY}})
    content = json.loads(path.read_text())
    for cell in content["cells"]:
        cell["metadata"] |= {"tags": [CANARY], "jupyter": {CANARY: True}, CANARY: CANARY}
        cell["metadata"].get("edu_optim", {})["remark"] = CANARY
    path.write_text(json.dumps(content))
    return release(read(path), folder / "out").read_bytes()


def test_no_byte_of_what_is_hidden_is_released(notebook):
    everything = notebook.decode()
    for part in everything.replace("\\n", "").split('"'):
        if len(part) > 8 and len(part) % 4 == 0 and part.isascii() and part.isalnum():
            everything += base64.b64decode(part).decode("latin-1")
    for trace in (CANARY, "2 * x", "3 * x", "SOLUTION", "hidden", "tolerance", "3.0517578e", "rtol", "misconception",
                  "12.75", "seed = 99", "warned", "stderr", "stdout", "unseen"):
        assert trace not in everything, trace


def test_a_release_is_a_valid_notebook_with_the_sources_ids(notebook):
    read_again = nbformat.reads(notebook.decode(), 4)
    nbformat.validate(read_again)
    assert [cell.id for cell in read_again.cells] == ["cell-2", "cell-4", "cell-5", "cell-6", "cell-7"]
    assert "attachment:seen.png" in read_again.cells[0].source and "seen.png" in read_again.cells[0].attachments


def test_visible_checks_show_what_is_right_with_the_public_seed(notebook):
    cell = nbformat.reads(notebook.decode(), 4).cells[-1]
    assert cell.metadata == {"deletable": False, "editable": False,
                             "edu_optim": {"role": "check", "name": "c1", "points": 1}}
    (output,) = cell.outputs
    assert output.data[MIME]["name"] == "y" and output.data["text/plain"].startswith("y = [3.24869, -1.22351,")
    assert cell.source.endswith(f"# With seed = {PUBLIC_SEED} a right answer shows:\n#   {output.data['text/plain']}")


def test_figures_are_kept_and_texts_where_no_value_is_shown(tmp_path):
    picture = "from IPython.display import Image, display\ndisplay(Image(data=b'\\x89PNG\\r\\n\\x1a\\n' + bytes(90)))\n"
    path = release(read(written(tmp_path, SETUP, answer(), check("c1", picture + DRAW + "show('y', q1(x))"),
                                check("c2", "print(q1(1))\nq1(2)"))), tmp_path / "out")
    with_values, with_texts = (cell.outputs for cell in nbformat.read(path, 4).cells[-2:])
    assert [list(output.data) for output in with_values] == [["image/png"], [MIME, "text/plain"]]
    assert (with_texts[0].text, with_texts[1].data) == ("2\n", {"text/plain": "4"})


def test_a_check_that_fails_with_the_solutions_is_not_released(tmp_path):
    with pytest.raises(ReleaseError, match="cell 3: check 'c1' fails with the solutions in place: ZeroDivisionError"):
        release(read(written(tmp_path, SETUP, answer(), check("c1", "1 / 0"))), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_source_is_never_replaced_by_its_release(tmp_path):
    path = written(tmp_path, SETUP, answer(), check())
    before = path.read_bytes()
    with pytest.raises(ReleaseError, match="give another folder"):
        release(read(path), tmp_path / "sub" / "..")
    assert path.read_bytes() == before


@pytest.mark.parametrize("told", [
    "show('code', text)", "print(text)", "show('code', text.replace(' ', '  '))"])
def test_a_solution_that_a_check_puts_out_is_not_released(tmp_path, told):
    solution = """[one + '"b"'.count(' ') for one in x]"""
    made = "text = 'def q1(x):' + chr(10) + chr(9) + 'return ' + bytes([" + ", ".join(map(str, solution.encode()))
    path = written(tmp_path, SETUP, answer("q1", solution), check("c1", f"{made}]).decode()\n{told}"))
    with pytest.raises(ReleaseError, match="show values, not the text of code"):
        release(read(path), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_it_is_stored_executed_and_its_own_outputs_come_from_where_no_solution_is(tmp_path):
    table = code("print('the data', 7)\ntry:\n    print(q1(1))\nexcept NotImplementedError:\n    print('no answer')",
                 role="setup")
    source = written(tmp_path, SETUP, answer("q1", "'CANARY'"), table,
                     check("c1", "x = float(seed)\nshow('y', x)\nq1(x)"))
    cells = nbformat.read(release(read(source), tmp_path / "out"), 4).cells
    assert [cell.execution_count for cell in cells] == [1, 2, 3, 4, 5]
    assert [output.text for cell in cells for output in cell.outputs if output.output_type == "stream"] == [
        "the data 7\nno answer\n"]
