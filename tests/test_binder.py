"""The image that Binder builds: its files checked, its scripts run here as repo2docker would run them."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
BINDER = ROOT / "binder"
needs_linux = pytest.mark.skipif(sys.platform != "linux" or not shutil.which("bash"), reason="for the image alone")


def test_the_environment_is_that_of_the_repository():
    """repo2docker ignores environment.yml in the root as soon as there is a folder called binder."""
    text = (BINDER / "environment.yml").read_text(encoding="utf-8")
    assert text == (ROOT / "environment.yml").read_text(encoding="utf-8"), "copy environment.yml to binder/"


def test_the_environment_is_pinned_and_stays_cached():
    packages = yaml.safe_load((BINDER / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    # repo2docker reads no other form, and takes Python 3.10 then.
    assert [p for p in packages if re.fullmatch(r"python=3\.1[1-4]", str(p))]
    # A "pip: -e ." would copy the whole repository first, so that every commit builds all packages anew.
    assert all(isinstance(package, str) for package in packages)


def test_no_file_that_repo2docker_would_stumble_over():
    assert sorted(path.name for path in BINDER.iterdir()) == ["environment.yml", "postBuild", "start"]
    assert not (ROOT / ".binder").exists(), "two such folders are an error"


def started(tmp_path, command, cpu_max="max 100000", **environ):
    """Run a command through `start`, on a machine with such a quota."""
    (tmp_path / "cpu.max").write_text(f"{cpu_max}\n")
    environ = {
        "PATH": os.environ["PATH"],
        "NB_PYTHON_PREFIX": str(tmp_path),
        "CPU_MAX_FILE": str(tmp_path / "cpu.max"),
        **environ,
    }
    return subprocess.run(["bash", BINDER / "start", *command], env=environ, capture_output=True, text=True)


@needs_linux
@pytest.mark.parametrize(
    ("cpu_limit", "cpu_max", "threads"),
    [
        ("1", "max 100000", 1),
        ("1.0", "max 100000", 1),
        ("0.5", "max 100000", 1),
        ("", "100000 100000", 1),
        ("", "50000 100000", 1),
        ("", "150000 100000", 1),
        ("4", "100000 100000", 1),
        ("10000", "max 100000", None),
        ("", "max 100000", None),
        ("nonsense", "", None),
    ],
)
def test_threads_are_what_a_visitor_has(tmp_path, cpu_limit, cpu_max, threads):
    show = "print(*[os.environ[k + '_NUM_THREADS'] for k in ('NUMBA', 'OPENBLAS', 'OMP', 'MKL')])"
    done = started(tmp_path, [sys.executable, "-c", f"import os; {show}"], cpu_max, CPU_LIMIT=cpu_limit)
    assert done.returncode == 0, done.stderr
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert done.stdout.split() == [str(threads or available), "1", "1", "1"]


@needs_linux
def test_start_hands_over_as_it_was_called(tmp_path):
    done = started(tmp_path, [sys.executable, "-c", "import sys; print(sys.argv[1:]); sys.exit(3)", "a b", "*", ""])
    assert (done.stdout, done.returncode) == ("['a b', '*', '']\n", 3)


@needs_linux
def test_start_uses_what_the_image_has(tmp_path):
    show = "import json, os; print(json.dumps(dict(os.environ)))"
    environ = json.loads(started(tmp_path, [sys.executable, "-c", show]).stdout)
    assert environ["EDU_OPTIM_NO_VENV"] == "1"
    assert environ["EDU_OPTIM_CACHE"] == str(tmp_path / "var" / "cache" / "edu_optim")
    if environ.get("NUMBA_CPU_NAME"):
        assert (environ["NUMBA_CPU_NAME"], environ["NUMBA_CPU_FEATURES"]) == ("x86-64-v3", "")
    own = json.loads(started(tmp_path, [sys.executable, "-c", show], EDU_OPTIM_CACHE="/elsewhere").stdout)
    assert own["EDU_OPTIM_CACHE"] == "/elsewhere"


def copy_of_the_repository(folder):
    """What a clone would hold."""
    left_out = shutil.ignore_patterns(".*", "*.egg-info", "__pycache__", "build", "dist")
    return Path(shutil.copytree(ROOT, folder, ignore=left_out))


KERNELS = """
import json, sys
import numba
import edu_optim as eo

hits = misses = 0
rules = [rule for rule in eo.RULES.values() if rule.elementwise]
for rule in rules:
    for dtype in ("float32", "float64"):
        kernel = rule.kernel(dtype)
    hits += sum(kernel.stats.cache_hits.values())
    misses += sum(kernel.stats.cache_misses.values())
print(json.dumps([hits, misses, 2 * len(rules), numba.config.NUMBA_NUM_THREADS, eo.__file__]))
"""


@needs_linux
@pytest.mark.slow
def test_the_image_has_the_kernels_compiled(tmp_path):
    """postBuild in a plain environment, then a kernel as a visitor's machine would start it."""
    repository, prefix = copy_of_the_repository(tmp_path / "repository"), tmp_path / "prefix"
    venv.EnvBuilder(with_pip=True).create(prefix)
    python = prefix / "bin" / "python"
    paths = sysconfig.get_paths(vars={"base": str(prefix), "platbase": str(prefix)})
    Path(paths["purelib"], "packages.pth").write_text(sysconfig.get_paths()["purelib"])  # for what conda would install
    environ = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("EDU_OPTIM", "NUMBA", "PYTHON"))},
        "NB_PYTHON_PREFIX": str(prefix),
        "PATH": f"{prefix / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(["./binder/postBuild"], cwd=repository, env=environ, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    settings = prefix / "etc" / "jupyter" / "labconfig" / "default_setting_overrides.json"
    assert json.loads(settings.read_text())["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"

    command = ["bash", repository / "binder" / "start", python, "-c", KERNELS]
    done = subprocess.run(command, cwd=tmp_path, env={**environ, "CPU_LIMIT": "1"}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    hits, misses, kernels, threads, file = json.loads(done.stdout)
    assert (hits, misses, threads) == (kernels, 0, 1)
    assert Path(file).is_relative_to(repository)


@pytest.mark.slow
def test_repo2docker_accepts_the_repository(tmp_path):
    if shutil.which("jupyter-repo2docker"):
        command = ["jupyter-repo2docker"]
    elif shutil.which("uv"):
        command = ["uv", "tool", "run", "--from", "jupyter-repo2docker", "jupyter-repo2docker"]
    else:
        pytest.skip("neither jupyter-repo2docker nor uv is installed")
    repository = copy_of_the_repository(tmp_path / "repository")
    done = subprocess.run([*command, "--no-build", "--debug", str(repository)], capture_output=True, text=True)
    output = done.stdout + done.stderr
    assert done.returncode == 0, output
    pinned = re.search(r"python=3\.\d+", (BINDER / "environment.yml").read_text()).group()
    assert f"Building conda environment for {pinned}" in output
    for line in ("RUN ./binder/postBuild", 'ENV R2D_ENTRYPOINT="${REPO_DIR}/binder/start"', '"binder/environment.yml"'):
        assert line in output
