"""The sandbox's parts, as far as they can be tried without making one."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import sandboxes
from sandboxes import needs_sandbox

from edu_optim.grading import sandbox
from edu_optim.grading.sandbox import (
    Limits,
    bubblewrap,
    contents,
    for_root,
    offers,
    users,
    warming,
    watch,
)
from edu_optim.grading.sandbox.kernel import kernelspec
from edu_optim.grading.sandbox.limits import bounded
from edu_optim.grading.sandbox.provisioner import NAME, Provisioner
from edu_optim.grading.sandbox.watch import OURS

ROOT = Path(__file__).resolve().parents[2]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has this sandbox")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.mark.parametrize(("name", "value"), [("cpu", 0), ("memory", 2**20), ("cell_seconds", -1),
                                             ("total_seconds", float("nan")), ("processes", 5)])
def test_limits_that_no_kernel_could_keep(name, value):
    with pytest.raises(ValueError, match=f"the limit {name} is .* must be at least"):
        Limits(**{name: value})


def test_pyproject_names_the_provisioner():
    entries = PROJECT["entry-points"]["jupyter_client.kernel_provisioners"]
    assert entries == {NAME: f"{Provisioner.__module__}:{Provisioner.__qualname__}"}


def test_importing_it_loads_no_jupyter():
    program = ("import sys, edu_optim.grading.sandbox\n"
               "print(sorted({'jupyter_client', 'zmq', 'numpy', 'numba', 'IPython'} & set(sys.modules)))")
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True,
                          env=sandboxes.environ())
    assert done.stdout == "[]\n", done.stderr


def test_unknown_kinds_and_names():
    with pytest.raises(ValueError, match=r"kind is 'docker'; there are 'bwrap' and 'none'"):
        sandbox.Kernel(kind="docker")
    with pytest.raises(AttributeError, match="has no 'Kernels'"):
        _ = sandbox.Kernels


@on_linux
def test_nothing_of_the_grader_is_mounted():
    mounts = contents.contents()
    package = ROOT / "edu_optim"
    ours = [mount for mount in mounts if mount.source and mount.source.is_relative_to(package)]
    assert [str(mount.source.relative_to(package)) for mount in ours] == [
        ".", "grading/__init__.py", "grading/values.py", "grading/sandbox/inside.py"]
    folders = [mount.inside for mount in mounts]
    hidden = folders.index("/site/edu_optim/grading")
    assert mounts[hidden].source is None
    assert folders.index("/site/edu_optim") < hidden < folders.index("/site/edu_optim/grading/values.py")
    names = {Path(name).name for name in folders}
    assert {"numpy", "numba", "ipykernel", "zmq"} <= names
    assert not {"nbval", "pytest", "debugpy", "nbformat", "jupyterlab"} & names
    assert len(folders) == len(set(folders))


@on_linux
def test_who_grades_is_bounded_too_and_only_meanwhile():
    import resource
    import signal
    import time

    before = resource.getrlimit(resource.RLIMIT_AS)
    with bounded(60):
        assert resource.getrlimit(resource.RLIMIT_AS)[0] <= 4 * 2**30
        with pytest.raises(MemoryError):
            bytearray(4 * 2**30)
    with pytest.raises(TimeoutError, match=r"more than 0\.05 s"), bounded(0.05):
        time.sleep(30)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)


def test_a_kernel_that_fills_our_memory_is_ended(monkeypatch):
    class Process:
        pid = os.getpid()

        def poll(self):
            return None

    grown = iter([0, OURS, OURS + 1])
    monkeypatch.setattr(watch, "_resident", lambda: next(grown))
    watched = watch.Watch(Process(), Limits(memory=2**40, processes=10**6, cpu=1e9))
    assert [watched._look(), watched._look()] == [None, "output"]


@on_linux
def test_further_packages():
    usual = {mount.inside for mount in contents.contents()}
    added = {mount.inside for mount in contents.contents(("pytest",))} - usual
    assert {"/site/pytest", "/site/pluggy"} <= added
    with pytest.raises(LookupError, match=r"needs no-such-thing, which is not installed here\. Type: .* pip install"):
        contents.contents(("no-such-thing",))


@on_linux
def test_an_empty_environment(monkeypatch):
    monkeypatch.setenv("SECRET", "of the grader")
    arguments = bubblewrap.command(["true"], [contents.Mount(Path("/usr"), "/usr")], 2**20)
    assert "--clearenv" in arguments
    assert not any("of the grader" in argument for argument in arguments)
    names = {"HOME", "PATH", "PYTHONPATH", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"}
    assert names <= set(bubblewrap.environment())


@on_linux
def test_root_mounts_as_root_and_runs_as_another():
    mounts = [contents.Mount(Path("/private/site"), "/site/numpy"), contents.Mount(Path("/usr"), "/usr")]
    arguments = bubblewrap.command(["true"], mounts, 2**20, user=1234)
    became = arguments.index("--reuid=1234")
    assert arguments.index("/private/site") < became
    assert "/private/site" not in arguments[became:]  # what that user could not reach
    assert arguments.index("--unshare-user") > became
    assert {"--unshare-net", "--unshare-ipc", "--disable-userns", "--clear-groups"} <= set(arguments)


@on_linux
def test_what_only_root_may_read_is_copied(tmp_path, monkeypatch):
    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path / "cache"))
    private, public = tmp_path / "private", tmp_path / "public"
    for folder, mode in ((private, 0o700), (public, 0o755)):
        (folder / "inner").mkdir(parents=True)
        (folder / "inner" / "module.py").write_text("x = 1")
        (folder / "inner" / "module.py").chmod(0o600)
        folder.chmod(mode)
    mounts = [contents.Mount(private, "/a"), contents.Mount(public, "/b"), contents.Mount(None, "/c")]
    assert for_root.readable(mounts, None) == mounts
    first, *others = for_root.readable(mounts, 1234)
    assert others == mounts[1:]
    assert first.inside == "/a"
    assert first.source != private
    assert [(path.name, path.stat().st_mode & 0o777) for path in sorted(first.source.rglob("*"))] == [
        ("inner", 0o755), ("module.py", 0o644)]
    assert for_root.readable(mounts, 1234)[0] == first
    os.utime(private / "inner" / "module.py", ns=(2**62, 2**62))  # edited
    assert for_root.readable(mounts, 1234)[0] != first


def test_numbers_of_users(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000, raising=False)
    assert users.other() is None
    monkeypatch.setattr(os, "geteuid", lambda: 0, raising=False)
    monkeypatch.setattr(users, "_exists", lambda number: True)
    numbers = [users.other() for _ in range(users.KERNELS)]
    assert len(set(numbers)) == users.KERNELS
    assert min(numbers) > 0 and max(numbers) < 2**31
    monkeypatch.setattr(users, "_exists", lambda number: False)
    assert users.other() == users.NOBODY


def test_numbers_in_a_container(tmp_path):
    path = tmp_path / "uid_map"
    path.write_text("         0     100000      65536\n")
    assert users._exists(65534, path)
    assert not users._exists(users.FIRST, path)


@pytest.mark.parametrize(
    ("error", "files", "expected"),
    [
        ("bwrap: Unknown option --disable-userns", {}, "0.8 or newer"),
        ("bwrap: setting up uid map: Permission denied",
         {"/proc/sys/kernel/apparmor_restrict_unprivileged_userns": "1"}, "bwrap-userns-restrict"),
        ("bwrap: No permissions to create new namespace", {"/proc/sys/kernel/unprivileged_userns_clone": "0"},
         "sysctl kernel.unprivileged_userns_clone=1"),
        ("bwrap: Creating new namespace failed", {"/proc/sys/user/max_user_namespaces": "0"},
         "sysctl user.max_user_namespaces"),
        ("bwrap: Can't mount proc on /newroot/proc: Operation not permitted", {"container": True},
         "this is a container"),
        ("bwrap: something else", {}, "ask who runs this machine"),
    ],
)
def test_advice(monkeypatch, error, files, expected):
    monkeypatch.setattr(offers, "_read", files.get)
    monkeypatch.setattr(offers, "_in_container", lambda: "container" in files)
    assert expected in offers.advice(error)


@pytest.mark.parametrize(("platform", "expected"), [("win32", "wsl --install"), ("darwin", "podman machine ssh")])
def test_other_systems(monkeypatch, platform, expected):
    monkeypatch.setattr(offers.sys, "platform", platform)
    offer = offers.bwrap.__wrapped__()
    assert not offer.works
    assert expected in offer.advice


def test_bubblewrap_that_is_not_there(monkeypatch):
    monkeypatch.setattr(offers.sys, "platform", "linux")
    monkeypatch.setattr(offers.shutil, "which", lambda name: name if name == "apt-get" else None)
    offer = offers.bwrap.__wrapped__()
    assert offer == ("bwrap", False, "bubblewrap is not installed", "type: sudo apt-get install bubblewrap")


def test_without_a_sandbox_nothing_is_run_unless_told(monkeypatch):
    monkeypatch.setattr(offers, "bwrap", lambda: offers.Offer("bwrap", False, "it rains", "Wait."))
    with pytest.raises(sandbox.SandboxError, match=r"no sandbox here: it rains\. Wait\."), sandbox.Kernel():
        pass


def test_the_lecturers_own_kernels_are_not_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path))
    assert warming.mounts() == []
    warming.folder().mkdir(parents=True)
    (warming.folder() / "ready").touch()
    (mount,) = warming.mounts()
    assert mount.inside == "/warm"
    assert mount.source.parent == tmp_path / "sandbox"


@pytest.mark.slow
@needs_sandbox
def test_what_is_warm_is_not_compiled_again(tmp_path, monkeypatch):
    monkeypatch.setenv("EDU_OPTIM_CACHE", str(tmp_path))
    sandbox.warm(("SGD",))
    sandbox.warm(("Adam",))  # once is enough
    source = ("import numpy\nfrom edu_optim.rules import RULES\n"
              "for name in ('SGD', 'Adam'): print(len(RULES[name].kernel(numpy.dtype('f8')).stats.cache_hits))\n")
    with sandbox.Kernel(Limits(cell_seconds=60)) as kernel:
        ran = kernel.run(source)
        assert ran.outputs[0]["text"] == "1\n0\n", ran
        assert kernel.run("open('/warm/x', 'w')").error[0] == "OSError"


@pytest.mark.slow
@needs_sandbox
def test_pytest_with_nbval_runs_in_the_sandbox(tmp_path):
    """Stock nbval, which knows nothing of us but a kernel's name."""
    pytest.importorskip("nbval")
    kernel = tmp_path / "kernels" / "edu-sandbox"
    kernel.mkdir(parents=True)
    (kernel / "kernel.json").write_text(json.dumps(kernelspec(limits=Limits(cell_seconds=60)).to_dict()))
    info = tmp_path / "edu_optim_entry-1.dist-info"  # a checkout may be without
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: edu_optim_entry\nVersion: 1\n")
    (info / "entry_points.txt").write_text(
        f"[jupyter_client.kernel_provisioners]\n{NAME} = {Provisioner.__module__}:{Provisioner.__qualname__}\n")
    cells = [("import os; print(os.getcwd(), os.getuid())", "/student 1000\n"), ("print(1)", "2\n")]
    notebook = tmp_path / "handed-in.ipynb"
    notebook.write_text(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "source": source, "execution_count": 1,
         "outputs": [{"output_type": "stream", "name": "stdout", "text": printed}]}
        for i, (source, printed) in enumerate(cells)]}))
    environ = sandboxes.environ(JUPYTER_PATH=str(tmp_path))
    environ["PYTHONPATH"] += f"{os.pathsep}{tmp_path}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "-c", os.devnull,
         "--nbval", "--nbval-kernel-name", "edu-sandbox", str(notebook)],
        env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=300)
    assert "1 failed, 1 passed" in done.stdout, done.stdout + done.stderr
