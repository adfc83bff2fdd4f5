"""Results as a table and back, to the last bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kept_race import VERSIONS, content, plan, row

from edu_optim.race import Entry, Store, tables
from edu_optim.race.results import COLUMNS, Results


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "tiny.sqlite", plan())


numbers = st.floats(allow_nan=True, allow_infinity=True)


@given(st.lists(numbers, min_size=7 * 12, max_size=7 * 12), st.sampled_from(["csv", "csv.gz"]))
def test_a_table_gives_back_every_bit(tmp_path_factory, values, kind):
    cube = np.array(values).reshape(7, 2, 2, 3)
    p = plan([Entry('with "quotes", and\nmore', "SGD"), Entry("Adam", "Adam")])
    results = Results(p, tuple(e.label for e in p.entries), p.seeds, np.arange(3), dict(zip(COLUMNS, cube)),
                      np.moveaxis(cube[5:], 0, -1), VERSIONS)
    path = tmp_path_factory.getbasetemp() / f"table.{kind}"
    tables.write(results, path)
    again = tables.read(path)
    assert (again.plan, again.labels, again.seeds, again.versions) == (p, results.labels, p.seeds, VERSIONS)
    for name in COLUMNS:
        np.testing.assert_array_equal(again.columns[name], results.columns[name])
    np.testing.assert_array_equal(again.update_ratio, results.update_ratio)


def test_a_table_fills_a_store_with_its_finished_runs(store, tmp_path):
    first, second, *_ = store.plan.runs()
    store.put(first.key, 0, [row(0.1, 0), row(np.nan, 1), row(0.3, 2)], None, VERSIONS)
    store.put(second.key, 0, [row(0.1, 0)], b"state", VERSIONS)
    tables.write(store.results(), tmp_path / "a.csv")
    other = Store(tmp_path / "other.sqlite", store.plan)
    assert tables.fill(other, tables.read(tmp_path / "a.csv")) == 1
    assert tables.fill(other, tables.read(tmp_path / "a.csv")) == 0
    assert other.reached(first.key) == (2, None) and other.reached(second.key) == (-1, None)
    of_first = [[rows for rows in content(s.path)[k] if rows[0] == 1] for s in (store, other) for k in (2, 3)]
    assert of_first[:2] == of_first[2:]


@pytest.mark.parametrize(("change", "answer"), [
    (lambda lines: lines[1:], "its first line must be a remark with the plan"),
    (lambda lines: [lines[0], *lines[2:]], "line 2: the columns must be entry, seed, epoch, train_loss"),
    (lambda lines: [*lines[:2], lines[2].replace("SGD", "Lion")], "line 3: the plan has no entry 'Lion'"),
    (lambda lines: [*lines[:2], lines[2].replace(",0,0,", ",0,7,")], "line 3: the plan has no epoch 7"),
    (lambda lines: [*lines[:2], lines[2].replace("0.5", "half")], "line 3: .*half"),
    (lambda lines: [*lines[:2], lines[2] + ",1"], "line 3: 11 values where 10 are due"),
    (lambda lines: [], "its first line must be"),
])
def test_a_table_with_a_slip(store, tmp_path, change, answer):
    store.put(store.take("me").key, 0, [row(1.0, 0)], b"state", VERSIONS)
    path = tmp_path / "a.csv"
    tables.write(store.results(), path)
    path.write_text("\n".join(change(path.read_text().splitlines())))
    with pytest.raises(tables.TableError, match=answer):
        tables.read(path)
