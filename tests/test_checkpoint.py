"""Checkpoints: stop, load, go on as if nothing had been; and whatever else a file may hold changes nothing."""

import io
import json
import os
import pickle
import signal
import stat
import subprocess
import sys
import time
import warnings
import zipfile

import numpy as np
import pytest

import edu_optim as eo
from edu_optim.formula import Hyper

X = np.random.default_rng(0).standard_normal((8, 3)).astype(np.float32)


@eo.rule(paper="made up", degree=None, element_states={"m": 0}, scalar_states={"length": 1},
         reductions={"norm": "np.sqrt(np.sum(g ** 2))"}, lr=Hyper(0.1, r"\eta", "[0, inf)"))
def Scalar(x, g, m, t, length, norm, lr):
    """A rule with a scalar state."""
    length = length / 2 + norm
    m = m / 2 + g / length
    return x - lr * m, m, length


RULES = [*(name for name, rule in eo.RULES.items() if rule.dimensions is None), "Scalar"]


def made(rule="Adam", sizes=(3, 4, 1), **options):
    net = eo.links.MLP(*sizes)
    return net, (Scalar if rule == "Scalar" else eo.RULES[rule]).optimizer(net, **options)


def train(net, optimizer, steps):
    for k in range(steps):
        optimizer.zero_grad()
        (net(X * (k + 1)) ** 2).mean().backward()
        optimizer.step()


def everything(optimizer):
    said = [optimizer.hyperparam.get_dict(), *(s.table.tobytes() for s in optimizer._segments)]
    for p, u in zip(optimizer.params, optimizer.update_rules, strict=True):
        state = {n: np.asarray(v).tobytes() for n, v in u.state.items()}
        said += [p.data.tobytes(), u.name, u.t, u.enabled, state]
    return said


@pytest.fixture
def saved(tmp_path):
    """A trained optimizer, its file, and another optimizer that differs in everything a file can change."""
    net, optimizer = made(lr=0.25)
    net.l2.b.update_rule.enabled = False
    train(net, optimizer, 3)
    file = tmp_path / "checkpoint.npz"
    eo.save(file, optimizer)
    other_net, other = made()
    train(other_net, other, 1)
    return optimizer, file, other


# ---- stop, load, go on -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rule", RULES)
def test_stop_load_go_on(rule, tmp_path):
    net, optimizer = made(rule)
    train(net, optimizer, 2)
    optimizer.hyperparam.lr = 0.1 / 3
    net.l1.b.update_rule.enabled = False
    train(net, optimizer, 2)
    eo.save(tmp_path / "file", optimizer)
    train(net, optimizer, 5)
    again, other = made(rule)
    train(again, other, 1)
    references = [p.data for p in again.params()]
    eo.load(tmp_path / "file", other)
    train(again, other, 5)
    assert everything(other) == everything(optimizer)
    assert all(p.data is a for p, a in zip(again.params(), references, strict=True))


CONTINUE = """
import sys, numpy as np, edu_optim as eo
rule, file, backend, out = sys.argv[1:]
net = eo.links.MLP(3, 4, 1)
optimizer = getattr(eo, rule)(net, backend=backend)
eo.load(file, optimizer)
X = np.random.default_rng(0).standard_normal((8, 3)).astype(np.float32)
for k in range(5):
    optimizer.zero_grad()
    (net(X * (k + 1)) ** 2).mean().backward()
    optimizer.step()
eo.save(out, optimizer)
"""


@pytest.mark.parametrize(("rule", "here", "there"), [("Adam", "numpy", "numba"), ("RMSprop", "numba", "numpy")])
def test_go_on_in_another_process_with_the_other_backend(rule, here, there, tmp_path):
    net, optimizer = made(rule, backend=here)
    train(net, optimizer, 3)
    eo.save(tmp_path / "file", optimizer)
    train(net, optimizer, 5)
    subprocess.run([sys.executable, "-c", CONTINUE, rule, tmp_path / "file", there, tmp_path / "out"], check=True)
    _, other = made(rule)
    eo.load(tmp_path / "out", other)
    assert everything(other) == everything(optimizer)


def test_not_a_number_and_infinity_survive(tmp_path):
    net, optimizer = made("Scalar")
    train(net, optimizer, 1)
    u = net.l1.W.update_rule
    odd = np.array([np.nan, np.inf, -np.inf, -0.0], np.float32)
    net.l1.W.data[:, 0] = u.state["m"][:, 0] = odd
    u._segments.scalars[0] = -np.nan
    eo.save(tmp_path / "file", optimizer)
    _, other = made("Scalar")
    eo.load(tmp_path / "file", other)
    assert everything(other) == everything(optimizer)


def test_names_of_lists(tmp_path):
    def listed():
        params = [eo.Parameter(np.full(2, float(k)), name=name) for k, name in enumerate([None, "w", "w", "p0"])]
        return params, eo.MomentumSGD(params)

    params, optimizer = listed()
    assert len({u.name for u in optimizer.update_rules}) == 4
    for k, p in enumerate(params):
        p.grad = np.full(2, k + 1.0)
    optimizer.step()
    eo.save(tmp_path / "file", optimizer)
    _, other = listed()
    eo.load(tmp_path / "file", other)
    assert everything(other) == everything(optimizer)


def test_a_network_that_changed_after_setup(tmp_path):
    net, optimizer = made()
    net.l3 = eo.links.Linear(1, 1)
    eo.save(tmp_path / "file", optimizer)
    other_net, other = made()
    other_net.l3 = eo.links.Linear(1, 1)
    eo.load(tmp_path / "file", other)
    assert everything(other) == everything(optimizer)


def test_gradients_are_left_alone(saved):
    _, file, other = saved
    gradients = [p.grad.copy() for p in other.params]
    eo.load(file, other)
    assert all(np.array_equal(p.grad, g) for p, g in zip(other.params, gradients, strict=True))


# ---- schedules: anything with a state ----------------------------------------------------------------------------


class Schedule:
    def __init__(self, state=None, refuses=False):
        self.state, self.refuses = state or {"epoch": 0}, refuses

    def state_dict(self):
        return self.state

    def load_state_dict(self, state):
        self.state = {"half": "loaded"}
        if self.refuses and state == {"epoch": 7}:
            raise ValueError("not mine")
        self.state = state


class Other(Schedule):
    pass


def test_schedules(saved):
    optimizer, file, other = saved
    eo.save(file, optimizer, Schedule({"epoch": 3, "best": float("inf")}), Other({"rates": [0.1, 0.2]}))
    schedules = Schedule(), Other()
    eo.load(file, other, *schedules)
    assert [s.state for s in schedules] == [{"epoch": 3, "best": float("inf")}, {"rates": [0.1, 0.2]}]
    before = everything(other)
    for wrong in ([], [Schedule()], [Other(), Schedule()]):
        with pytest.raises(ValueError, match=r"it holds the schedules \['Schedule', 'Other'\], and \["):
            eo.load(file, other, *wrong)
    assert everything(other) == before


def test_a_schedule_that_refuses_leaves_all_as_it_was(saved):
    optimizer, file, other = saved
    eo.save(file, optimizer, Schedule({"epoch": 3}), Schedule({"epoch": 7}))
    schedules, before = [Schedule(), Schedule(refuses=True)], everything(other)
    with pytest.raises(ValueError, match="not mine"):
        eo.load(file, other, *schedules)
    assert [s.state for s in schedules] == [{"epoch": 0}, {"epoch": 0}]
    assert everything(other) == before


def with_a_schedule(overrides=()):
    net, optimizer = made("SGD", lr=0.5)
    for link in overrides:
        getattr(net, link).hyperparam.lr = 0.25
    return net, optimizer, eo.schedules.OneCycleLR(max_lr=1.0, total_steps=9, cycle_momentum=False).bind(optimizer)


@pytest.mark.parametrize("here", [(), ("l1",), ("l2",), ("l1", "l2")])
@pytest.mark.parametrize("there", [(), ("l1",), ("l1", "l2")])
def test_a_schedule_finds_the_groups_that_were_saved(here, there, tmp_path):
    """Whatever was overridden where it is loaded: the groups come first, and then what the schedule knows of them."""
    net, optimizer, schedule = with_a_schedule(there)
    optimizer.step()
    schedule.step()
    net.l2.b.update_rule.hyperparam.lr = 0.125  # a group that the schedule meets while it is saved
    eo.save(tmp_path / "file", optimizer, schedule)
    _, other, later = with_a_schedule(here)
    eo.load(tmp_path / "file", other, later)
    for _ in range(3):
        assert later.state_dict() == schedule.state_dict()
        assert [dict(g, params=0) for g in other.param_groups] == [dict(g, params=0) for g in optimizer.param_groups]
        schedule.step()
        later.step()


def test_a_schedule_that_refuses_gives_the_groups_back(tmp_path):
    _, optimizer, schedule = with_a_schedule(["l1", "l2"])
    eo.save(tmp_path / "file", optimizer, schedule, Schedule({"epoch": 7}))
    _, other, later = with_a_schedule(["l1"])
    before, groups = (everything(other), later.state_dict()), [dict(g, params=0) for g in other.param_groups]
    with pytest.raises(ValueError, match="not mine"):
        eo.load(tmp_path / "file", other, later, Schedule(refuses=True))
    assert (everything(other), later.state_dict()) == before
    assert [dict(g, params=0) for g in other.param_groups] == groups


@pytest.mark.parametrize("state", [{3: 1}, {"epochs": (1, 2)}, {"rates": np.ones(2)}])
def test_a_schedule_with_more_than_plain_values(state, saved):
    optimizer, file, _ = saved
    before = file.read_bytes()
    with pytest.raises(TypeError):
        eo.save(file, optimizer, Schedule(state))
    assert file.read_bytes() == before


# ---- files that do not fit ---------------------------------------------------------------------------------------


def refused(file, optimizer, says, error=ValueError):
    before = everything(optimizer)
    with pytest.raises(error, match=says) as raised:
        eo.load(file, optimizer)
    assert file.name in str(raised.value)
    assert everything(optimizer) == before


def test_another_network_or_rule(saved):
    _, file, _ = saved
    refused(file, made(sizes=(3, 5, 1))[1], r"l1\.W has the shape \[4, 3\] in it, and \[5, 3\] here")
    refused(file, made("SGD", sizes=(3, 4, 1))[1], "belongs to the rule Adam, and the optimizer is SGD")
    refused(file, made(sizes=(3, 4, 1, 1))[1], r"among its parameters it lacks l3\.W, l3\.b\.")
    refused(file, made(sizes=(3, 1))[1], r"has in excess l2\.W, l2\.b\.")
    refused(file, eo.Adam(), r"has in excess l1\.W, l1\.b, l2\.W, l2\.b\. Make the same optimizer over the same")
    double = eo.links.MLP(3, 4, 1, dtype=np.float64)
    refused(file, eo.Adam(double), "is float32 .*, and float64")


def test_values_of_another_shape_where_the_rule_has_no_state(tmp_path):
    eo.save(tmp_path / "file", made("SGD")[1])
    other = made("SGD", sizes=(3, 5, 1))[1]
    refused(tmp_path / "file", other, r"l1\.W has the shape \[4, 3\] in it, and \[5, 3\] here")


def test_no_file_a_folder_no_permission(saved, tmp_path):
    optimizer, file, other = saved
    refused(tmp_path / "nothing", other, "nothing", FileNotFoundError)
    refused(tmp_path, other, tmp_path.name, OSError)
    if hasattr(os, "geteuid") and os.geteuid():
        file.chmod(0)
        refused(file, other, "denied", PermissionError)
    for path in (tmp_path / "no" / "folder", tmp_path):
        with pytest.raises(OSError, match=tmp_path.name):
            eo.save(path, optimizer)
    for call in (eo.save, eo.load):
        with pytest.raises(TypeError, match=r"the path comes first, and Adam is none: eo\.save\('file"):
            call(other, file)
    assert [p.name for p in tmp_path.iterdir()] == ["checkpoint.npz"]


def entries(file):
    """(header, arrays) as a hostile hand would take them apart."""
    with np.load(file) as archive:
        arrays = dict(archive)
    return json.loads(arrays.pop("header").tobytes()), arrays


def forge(file, header, arrays):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    with open(file, "wb") as stream:
        np.savez(stream, header=np.frombuffer(text, np.uint8), **arrays)


@pytest.mark.parametrize(("key", "value", "says"), [
    ("0.data", None, r"l1\.W\.data is of type NoneType"),
    ("0.state.m", None, r"states of l1\.W it lacks m"),
    ("0.state.more", np.ones(2), r"states of l1\.W it has in excess more"),
    ("9.data", np.ones(2), r"in excess 9\.data"),
    ("../../outside", np.ones(2), r"in excess \.\./\.\./outside"),
    ("0.data", np.ones((4, 3)), r"l1\.W\.data is float64"),
    ("0.data", np.ones((3, 4), np.float32), r"l1\.W\.data is float32 \(3, 4\)"),
    ("0.state.v", np.ones((4, 3), "V4"), r"l1\.W\.v is \|V4"),
    ("0.data", np.ones((3, 4), np.float32).T, "not in C order"),
])
def test_forged_arrays(key, value, says, saved):
    _, file, other = saved
    header, arrays = entries(file)
    if value is None:
        del arrays[key]
    else:
        arrays[key] = value
    forge(file, header, arrays)
    refused(file, other, says)


@pytest.mark.parametrize(("change", "says"), [
    (lambda h: h | {"format": "checkpoint 2"}, "its format is 'checkpoint 2', not 'edu_optim checkpoint 2'"),
    (lambda h: {}, "KeyError"),
    (lambda h: [], "no checkpoint that can be read"),
    (lambda h: b"{", "JSONDecodeError"),
    (lambda h: b"\xff", "no checkpoint that can be read"),
    (lambda h: b"[" * 100_000, "no checkpoint that can be read"),
    (lambda h: h | {"more": 1}, "has in excess more"),
    (lambda h: {k: v for k, v in h.items() if k != "schedules"}, "lacks schedules"),
    (lambda h: h | {"schedules": 3}, "schedules"),
    (lambda h: h | {"schedules": [3]}, "schedules"),
    (lambda h: h | {"schedules": [{"type": "StepLR"}]}, "schedules"),
    (lambda h: h | {"rule": ["Adam"]}, "belongs to the rule"),
    (lambda h: h | {"params": list(h["params"])}, "no dict of dicts"),
    (lambda h: h | {"params": dict.fromkeys(h["params"], 3)}, "no dict of dicts"),
    (lambda h: h | {"params": {}}, "lacks l1"),
    (lambda h: h | {"hyperparam": 3}, "hyperparameters are int"),
    (lambda h: h | {"hyperparam": h["hyperparam"] | {"lr": float("nan")}}, "lr = nan"),
    (lambda h: h | {"hyperparam": h["hyperparam"] | {"beta1": 1.0}}, "beta1 = 1.0"),
    (lambda h: h | {"hyperparam": h["hyperparam"] | {"eps": 1e-50}}, "rounds to 0 in float32"),
    (lambda h: h | {"hyperparam": h["hyperparam"] | {"eps": "1e-8"}}, "eps = '1e-8'"),
    (lambda h: h | {"params": {n: e | {"t": -1} for n, e in h["params"].items()}}, r"l1\.W\.t = -1"),
    (lambda h: h | {"params": {n: e | {"t": 10**400} for n, e in h["params"].items()}}, r"l1\.W\.t = 1000"),
    (lambda h: h | {"params": {n: e | {"t": 2.5} for n, e in h["params"].items()}}, r"l1\.W\.t = 2\.5"),
    (lambda h: h | {"params": {n: e | {"enabled": 1} for n, e in h["params"].items()}}, r"l1\.W\.enabled = 1"),
    (lambda h: h | {"params": {n: e | {"more": 1} for n, e in h["params"].items()}}, r"entries of l1\.W .*more"),
])
def test_forged_headers(change, says, saved):
    _, file, other = saved
    header, arrays = entries(file)
    forge(file, change(header), arrays)
    refused(file, other, says)


class Explosive:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


def archive_of(members, compression=zipfile.ZIP_STORED):
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", compression) as archive:
        warnings.simplefilter("ignore")  # two members of one name
        for name, content in members:
            archive.writestr(name, content)
    return stream.getvalue()


def array_file(shape, descr="<f8", content=b""):
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, {"descr": descr, "fortran_order": False, "shape": shape})
    return stream.getvalue() + content


def pickled_array():
    stream = io.BytesIO()
    np.save(stream, np.array([Explosive()], object), allow_pickle=True)
    return stream.getvalue()


def hostile():
    pickled = pickle.dumps(Explosive())
    return {
        "nothing": b"", "text": b"hello", "a pickle": pickled, "an array": array_file((1,), content=bytes(8)),
        "a pickle inside": archive_of([("header.npy", pickled_array())]),
        "a pickle beside": archive_of([
            ("header.npy", array_file((2,), "|u1", b"{}")), ("0.data.npy", pickled_array())]),
        "a bare pickle inside": archive_of([("header.npy", pickled)]),
        "huge shape": archive_of([("header.npy", array_file((2**60,), "|u1"))]),
        "huge product": archive_of([("header.npy", array_file((2**40, 2**40), "|u1"))]),
        "negative shape": archive_of([("header.npy", array_file((-1,), "|u1", b"{}"))]),
        "code for a shape": archive_of([("header.npy", array_file((1,)).replace(b"(1,)", b"open"))]),
        "too short": archive_of([("header.npy", array_file((100,), "|u1", b"{}"))]),
        "too long": archive_of([("header.npy", array_file((1,), "|u1", b"{}"))]),
        "a bomb": archive_of([("header.npy", array_file((10**8,), "|u1", bytes(10**8)))], zipfile.ZIP_DEFLATED),
        "twice": archive_of([("header.npy", array_file((2,), "|u1", b"{}"))] * 2),
        "no header": archive_of([("0.data.npy", array_file((1,), content=bytes(8)))]),
        "not arrays": archive_of([("header.npy", b"{}")]),
        "empty archive": archive_of([]),
        "a way out": archive_of([("../../header.npy", array_file((2,), "|u1", b"{}"))]),
    }


@pytest.mark.parametrize("name", hostile())
def test_hostile_files(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _, optimizer = made()
    file = tmp_path / "file"
    file.write_bytes(hostile()[name])
    refused(file, optimizer, "no checkpoint that can be read")
    assert os.listdir(tmp_path) == ["file"]


def test_a_truncated_file(saved):
    _, file, other = saved
    content = file.read_bytes()
    for length in range(0, len(content), 100):
        file.write_bytes(content[:length])
        refused(file, other, "no checkpoint that can be read")


def test_flipped_bytes(saved):
    """Whatever is still read is what was written: nothing wrong comes in unnoticed."""
    optimizer, file, other = saved
    wanted, before = everything(optimizer), everything(other)
    content = np.frombuffer(file.read_bytes(), np.uint8)
    rng = np.random.default_rng(0)
    refusals = 0
    for _ in range(500):
        flipped = content.copy()
        for place in rng.integers(len(content), size=rng.integers(1, 4)):
            flipped[place] ^= rng.integers(1, 256)
        file.write_bytes(flipped.tobytes())
        try:
            eo.load(file, other)
        except ValueError:
            refusals += 1
            assert everything(other) == before
        else:
            assert everything(other) == wanted
            _, other = made()
            before = everything(other)
    assert 300 < refusals < 500  # some of the bytes say when the file was made, and the like


# ---- saving ------------------------------------------------------------------------------------------------------


def test_a_save_that_fails_leaves_the_old_file(saved, monkeypatch):
    optimizer, file, _ = saved
    before = file.read_bytes()

    def full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        eo.save(file, optimizer)
    assert file.read_bytes() == before
    assert os.listdir(file.parent) == [file.name]


@pytest.mark.skipif(os.name == "nt", reason="Windows knows neither these permissions nor links for everybody")
def test_permissions_and_links_are_kept(saved):
    optimizer, file, _ = saved
    old = os.umask(0o022)
    try:
        fresh = file.with_name("fresh")
        eo.save(fresh, optimizer)
        assert stat.S_IMODE(fresh.stat().st_mode) == 0o644
        fresh.chmod(0o600)
        link = file.with_name("link")
        link.symlink_to(fresh)
        content, before = fresh.read_bytes(), file.read_bytes()
        fresh.write_bytes(b"")
        eo.save(link, optimizer)
    finally:
        os.umask(old)
    assert link.is_symlink()
    assert fresh.read_bytes() == content == before
    assert stat.S_IMODE(fresh.stat().st_mode) == 0o600


def test_two_saves_give_the_same_bytes(saved, tmp_path):
    optimizer, file, _ = saved
    eo.save(tmp_path / "again", optimizer)
    assert (tmp_path / "again").read_bytes() == file.read_bytes()


KEEP_SAVING = """
import sys, numpy as np, edu_optim as eo
p = eo.Parameter(np.zeros(200_000), name="p")
optimizer = eo.MomentumSGD([p], backend="numpy")
print("ready", flush=True)
k = 0
while True:
    k += 1
    p.data[:] = optimizer.update_rules[0].state["m"][:] = k
    eo.save(sys.argv[1], optimizer)
"""


@pytest.mark.skipif(os.name == "nt", reason="a process cannot be killed as hard there")
def test_a_killed_save_leaves_a_whole_file(tmp_path):
    p = eo.Parameter(np.zeros(200_000), name="p")
    optimizer = eo.MomentumSGD([p], backend="numpy")
    file = tmp_path / "file"
    eo.save(file, optimizer)
    for k in range(8):
        child = subprocess.Popen([sys.executable, "-c", KEEP_SAVING, file], stdout=subprocess.PIPE)
        child.stdout.readline()
        time.sleep(0.01 + 0.013 * k)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        eo.load(file, optimizer)
        assert len(set(p.data) | set(p.update_rule.state["m"])) == 1
    left = [path for path in tmp_path.iterdir() if path != file]
    assert all(path.name.startswith(".saving-") for path in left)
