"""The links between lessons."""

import json

import navigation
import pytest
from samples import good_lesson, markdown, notebook, write


def test_links_are_written_once_and_nothing_else_changes(folder):
    path = folder / "01_rate.ipynb"
    written = json.loads(path.read_text(encoding="utf-8"))
    assert written | {"cells": written["cells"][1:-1]} == good_lesson()
    before = path.read_bytes()
    navigation.main(["--folder", str(folder)])
    assert path.read_bytes() == before


def test_links_lead_to_neighbours_and_index(folder, capsys):
    write(folder / "02_memory.ipynb", notebook([], {"title": "Remember"}))
    with pytest.raises(SystemExit, match=r"tools/navigation\.py"):
        navigation.main(["--folder", str(folder), "--check"])
    stale = [f"{name}.ipynb: links are out of date" for name in ("01_rate", "02_memory")]
    assert capsys.readouterr().out.splitlines()[-2:] == stale
    navigation.main(["--folder", str(folder)])
    navigation.main(["--folder", str(folder), "--check"])
    cells = json.loads((folder / "01_rate.ipynb").read_text(encoding="utf-8"))["cells"]
    line = "← [00 · A start](00_start.ipynb) | [index](00_start.ipynb) | [02 · Remember](02_memory.ipynb) →"
    assert (cells[0]["id"], cells[0]["source"]) == ("navigation-top", [line])
    assert (cells[-1]["id"], cells[-1]["source"][-1]) == ("navigation-bottom", line)


def test_numbers_in_the_index_become_links_and_words_again(folder):
    path = folder / "00_start.ipynb"
    listed = markdown("routes", "**01** then **02**")
    listed["metadata"]["tags"] = [navigation.LINKED]
    untagged = markdown("other", "**01**")
    write(path, notebook([listed, untagged], {"title": "A start"}))
    navigation.main(["--folder", str(folder)])
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert cells[1]["source"] == ["**[01](01_rate.ipynb)** then **02**"]
    assert cells[2] == untagged
    (folder / "01_rate.ipynb").unlink()
    navigation.main(["--folder", str(folder)])
    assert json.loads(path.read_text(encoding="utf-8"))["cells"][1] == listed


def test_a_route_that_leaves_lessons_out_says_where_it_goes_on(folder):
    table = "\n".join(["| aim | route | lessons |", "|---|---|---|", "| port | short | **01** **03** |",
                       "| all | long | **01** **02** **03** |"])
    write(folder / "00_start.ipynb", notebook([markdown(navigation.ROUTES, table)], {"title": "A start"}))
    for name, title in (("02_memory", "Remember"), ("03_end", "End")):
        write(folder / f"{name}.ipynb", notebook([], {"title": title}))
    navigation.main(["--folder", str(folder)])
    last = [json.loads(path.read_text(encoding="utf-8"))["cells"][-1]["source"][-1]
            for path in sorted(folder.glob("*.ipynb"))]
    assert last[1] == "On a route: *short* → [03](03_end.ipynb)"
    assert not any("route" in line for line in (last[0], last[2]))
    assert last[3] == "On a route: *short* and *long* → done"


def test_a_notebook_in_another_layout_is_refused(folder):
    path = folder / "01_rate.ipynb"
    path.write_text(json.dumps(good_lesson()), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(SystemExit, match=r"01_rate\.ipynb is not laid out as Jupyter writes it"):
        navigation.main(["--folder", str(folder)])
    assert path.read_bytes() == before
