"""Kernels are kept for the next process, found by it, and never run unless they are what was put there."""

import json
import os
import shutil
import stat
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pytest

import edu_optim as eo
from edu_optim.formula import Hyper, Rule, cache, rule

PACKAGE = Path(eo.__file__).parent

# One step of each rule in both dtypes, then what the folder did for it.
STEP = """
import json, sys, warnings
import numpy as np
import edu_optim as eo
out = {"hits": {}, "misses": {}, "x": {}, "remarks": []}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    for name in sys.argv[1].split(","):
        rule = eo.RULES[name]
        for dtype in (np.float32, np.float64):
            x = rule.run(np.ones(3, dtype), np.ones((2, 3), dtype), lr=0.5, backend="numba")
            out["x"][f"{name} {np.dtype(dtype)}"] = x[-1].tolist()
        stats = rule.kernel(np.float32).stats
        out["hits"][name], out["misses"][name] = sum(stats.cache_hits.values()), sum(stats.cache_misses.values())
out["remarks"] = [str(w.message) for w in caught if "memory only" in str(w.message)]
print(json.dumps(out))
"""


def environment(folder, package=PACKAGE, **more):
    return {
        **os.environ,
        "EDU_OPTIM_CACHE": str(folder),
        "PYTHONPATH": str(package.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }


def start(folder, rules="SGD", **more):
    return subprocess.Popen(
        [sys.executable, "-c", STEP, rules],
        env=environment(folder, **more),
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=folder.parent,
    )


def finish(process):
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    assert "Traceback" not in err
    return json.loads(out)


def run(folder, rules="SGD", **more):
    return finish(start(folder, rules, **more))


def files(folder, pattern="*"):
    return sorted(p for p in folder.rglob(pattern) if p.is_file())


def right(result):
    for key, x in result["x"].items():
        name, dtype = key.split()
        there = eo.RULES[name].run(np.ones(3, dtype), np.ones((2, 3), dtype), lr=0.5)[-1]
        assert x == there.tolist()


SOME = "SGD,MomentumSGD,Adam,AdaGrad,RMSprop"  # one for each kind of harm


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    """A folder into which one process has put the kernels of some rules."""
    folder = tmp_path_factory.mktemp("filled") / "cache"
    first = run(folder, SOME)
    assert set(first["misses"].values()) == {2}
    assert set(first["hits"].values()) == {0}
    right(first)
    return folder


@pytest.fixture()
def folder(filled, tmp_path):
    """A copy of the filled folder, dates included."""
    return Path(shutil.copytree(filled, tmp_path / "cache"))


# the second process


def test_a_second_process_finds_every_kernel(filled):
    before = {p: p.read_bytes() for p in files(filled)}
    second = run(filled, SOME)
    assert set(second["hits"].values()) == {2}
    assert set(second["misses"].values()) == {0}
    assert {p: p.read_bytes() for p in files(filled)} == before
    right(second)


def test_the_folder_holds_these_files_for_their_owner_only(filled):
    for name in SOME.lower().split(","):
        kept = [p.name for p in files(filled, f"*_{name}_*")]
        assert sorted(file.rpartition(".")[2] for file in kept) == ["json", "nbc", "nbc", "nbi", "py"]
    if os.name != "nt":
        assert stat.S_IMODE((filled / "kernels").stat().st_mode) == 0o700
        assert {stat.S_IMODE(p.stat().st_mode) for p in files(filled)} == {0o600}


def test_importing_and_listing_rules_writes_nothing(tmp_path):
    code = """
import sys, edu_optim as eo
list(eo.RULES)
eo.RULES["SGD"].run([1.0], [[1.0]])
assert "numba" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], env=environment(tmp_path / "cache"), check=True, cwd=tmp_path)
    assert not (tmp_path / "cache").exists()


def test_editing_one_formula_recompiles_that_rule_only(tmp_path, folder):
    package = Path(
        shutil.copytree(PACKAGE, tmp_path / "copy" / "edu_optim", ignore=shutil.ignore_patterns("__pycache__", "data"))
    )
    rules, before = "SGD,MomentumSGD,Adam", files(folder)
    path = package / "rules" / "sgd.py"
    text = path.read_text()
    assert "return x - lr * g" in text
    path.write_text(text.replace("return x - lr * g", "return x - 2 * lr * g"))
    second = run(folder, rules, package=package)
    assert second["misses"] == {"SGD": 2, "MomentumSGD": 0, "Adam": 0}
    assert second["hits"] == {"SGD": 0, "MomentumSGD": 2, "Adam": 2}
    assert second["x"]["SGD float64"] == [-1.0] * 3
    new = {p.name.split("_")[3] for p in set(files(folder)) - set(before)}
    assert new == {"sgd"}


def test_a_comment_in_a_formula_recompiles_nothing(tmp_path, filled):
    package = Path(
        shutil.copytree(PACKAGE, tmp_path / "copy" / "edu_optim", ignore=shutil.ignore_patterns("__pycache__", "data"))
    )
    path = package / "rules" / "sgd.py"
    path.write_text(path.read_text().replace("return x - lr * g", "return x - lr * g  # downhill"))
    assert run(filled, package=package)["misses"] == {"SGD": 0}


# what was changed is never run


def truncate(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path):
    path.write_bytes(b"")


def edit(path):
    """Change one byte and keep size and date, as Numba alone would not notice."""
    status, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def rubbish(path):
    path.write_bytes(os.urandom(500))


@pytest.mark.parametrize("end", ["py", "nbi", "1.nbc", "sums.json"])
def test_a_changed_file_is_never_run(folder, end):
    for name, harm in zip(SOME.split(","), [truncate, empty, edit, rubbish, Path.unlink], strict=True):
        harm(files(folder, f"*_{name.lower()}_*.{end}")[0])
    after = run(folder, SOME)
    right(after)
    assert after["remarks"] == []
    if end != "py":
        assert set(after["misses"].values()) == {2}
    again = run(folder, SOME)
    assert set(again["hits"].values()) == {2}
    right(again)


def test_another_formula_in_the_generated_file_is_never_run(folder):
    path = files(folder, "*_sgd_*.py")[0]
    path.write_text(path.read_text().replace("x - lr * g", "x + lr * g"))
    right(run(folder))
    assert "x + lr * g" not in path.read_text()


def test_compiled_code_of_somebody_else_is_never_run(folder, tmp_path):
    """Files that fit together, but not the note: as if copied in from outside."""
    run(tmp_path / "other", "SGD")
    for path in files(tmp_path / "other", "*.nb?"):
        shutil.copy(path, files(folder, path.name)[0])
    assert run(folder)["misses"] == {"SGD": 2}


def test_bytecode_is_not_kept_either(filled):
    assert files(filled, "*.pyc") == []


# folders that cannot be used


@rule(paper="made up", degree=1, lr=Hyper(0.1, "lr", "[0, inf)"))
def Plain(x, g, t, lr):
    return x - lr * g


def fresh(change):
    """A rule of this test alone, so that no other test has compiled its kernel."""
    made = Rule(Plain.formula, "made up", 1, {}, {}, {}, Plain.hyperparameters)
    made.layout.name = f"Plain{change}"
    made.name = f"Plain{change}"
    return made


@pytest.fixture()
def remarks(monkeypatch):
    monkeypatch.setattr(cache._remark, "made", False)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield lambda: [str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)]


def works_in_memory(made, remarks):
    for dtype in (np.float32, np.float64):
        assert made.run(np.ones(2, dtype), np.ones((1, 2), dtype), lr=0.5, backend="numba")[-1].tolist() == [0.5, 0.5]
    assert len(remarks()) == 1
    assert "compiled kernels are kept in memory only, so each new process compiles them again (" in remarks()[0]
    assert "let EDU_OPTIM_CACHE name a folder of your own" in remarks()[0]


def test_a_file_stands_in_the_place_of_the_folder(tmp_path, monkeypatch, remarks):
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path / "taken"))
    works_in_memory(fresh("file"), remarks)


def test_a_read_only_folder(tmp_path, monkeypatch, remarks):
    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path))
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    works_in_memory(fresh("readonly"), remarks)
    assert "is read-only" in remarks()[0]


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no owner and no mode")
def test_a_folder_that_others_can_write_in(tmp_path, monkeypatch, remarks):
    (tmp_path / "kernels").mkdir()
    (tmp_path / "kernels").chmod(0o777)
    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path))
    works_in_memory(fresh("shared"), remarks)
    assert "can be written by others than you" in remarks()[0]
    assert files(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no owner and no mode")
def test_a_folder_that_belongs_to_somebody_else(tmp_path, monkeypatch, remarks):
    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path))
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    works_in_memory(fresh("others"), remarks)
    assert files(tmp_path) == []


def full(*args, **kwargs):
    raise OSError(28, "No space left on device")


def test_a_full_disk(tmp_path, monkeypatch, remarks):
    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "write_atomically", full)
    works_in_memory(fresh("full"), remarks)
    assert "No space left on device" in remarks()[0]


@pytest.mark.parametrize("what", ["_save_index", "_save_data"])
def test_a_disk_that_is_full_when_numba_saves(tmp_path, monkeypatch, remarks, what):
    from numba.core import caching

    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(getattr(caching, "IndexDataCacheFile", None) or caching._IndexDataCacheFile, what, full)
        made = fresh("numba" + what)
        works_in_memory(made, remarks)
    assert len(made.kernel(np.float32).signatures) == 2  # was not compiled a second time
    made = fresh("numba" + what)
    del sys.modules[made.kernel(np.float32).__module__]
    again = fresh("numba" + what)
    again.kernel(np.float32)
    again.kernel(np.float64)
    assert files(tmp_path, "*.sums.json")


def test_a_folder_deleted_while_running(tmp_path, monkeypatch, remarks):
    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path / "cache"))
    made = fresh("deleted")
    made.kernel(np.float32)
    monkeypatch.setattr(cache, "_private", lambda path: path)  # it goes after the last look at it
    shutil.rmtree(tmp_path / "cache")
    works_in_memory(made, remarks)


def test_numba_finds_no_folder(tmp_path, monkeypatch, remarks):
    from numba.core import caching

    impl = getattr(caching, "CacheImpl", None) or caching._CacheImpl
    monkeypatch.setattr(impl, "_locator_classes", [])
    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path))
    works_in_memory(fresh("nolocator"), remarks)


def test_numbas_own_cache_folder(tmp_path):
    """NUMBA_CACHE_DIR moves compiled code elsewhere; it is found there, and checked all the same."""
    elsewhere = str(tmp_path / "numba")
    first, second = (run(tmp_path / "cache", NUMBA_CACHE_DIR=elsewhere) for _ in range(2))
    assert first["misses"] == second["hits"] == {"SGD": 2}
    assert files(tmp_path / "cache", "*.nbc") == []
    edit(files(tmp_path / "numba", "*.1.nbc")[0])
    third = run(tmp_path / "cache", NUMBA_CACHE_DIR=elsewhere)
    assert third["misses"] == {"SGD": 2}
    right(third)


def test_a_kernel_that_is_not_compiled_at_all(tmp_path):
    """NUMBA_DISABLE_JIT is what one sets to step through a kernel."""
    code = "import edu_optim as eo; print(eo.RULES['SGD'].run([1.0], [[1.0]], lr=0.5, backend='numba')[-1, 0])"
    out = subprocess.run(
        [sys.executable, "-c", code],
        env=environment(tmp_path / "cache", NUMBA_DISABLE_JIT="1"),
        check=True,
        capture_output=True,
        text=True,
        cwd=tmp_path,
    )
    assert out.stdout.strip() == "0.5"


def test_a_relative_folder_stays_where_it_was(tmp_path, monkeypatch, remarks):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDU_OPTIM_CACHE", "here")
    made = fresh("relative")
    made.kernel(np.float32)
    os.chdir(os.path.dirname(tmp_path))
    made.kernel(np.float64)
    assert len(files(tmp_path / "here", "*.nbc")) == 2
    assert remarks() == []


# several processes at once


@pytest.mark.parametrize("many", [2, 4])
def test_processes_that_compile_at_once(tmp_path, many):
    folder = tmp_path / "cache"
    processes = [start(folder, "SGD,MomentumSGD") for _ in range(many)]
    for process in processes:
        result = finish(process)
        right(result)
        assert result["remarks"] == []
    assert sorted({p.suffix for p in files(folder)}) == [".json", ".nbc", ".nbi", ".py"]
    last = run(folder, "SGD,MomentumSGD")
    assert last["hits"] == {"SGD": 2, "MomentumSGD": 2}
    right(last)


def test_a_process_killed_while_it_compiles(tmp_path):
    folder = tmp_path / "cache"
    process = start(folder, "SGD")
    deadline = time.monotonic() + 60
    while not files(folder, "*.lock") and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    process.kill()
    process.communicate()
    for expected in ({"SGD": 0}, {"SGD": 2}):
        result = run(folder)
        right(result)
        assert result["remarks"] == []
        assert result["hits"] == expected or expected == {"SGD": 0}
