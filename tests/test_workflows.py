"""The workflows, the pinned versions and the citation: what they say of the project is so."""

import re
import shlex
import tomllib
from datetime import date
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import edu_optim
from edu_optim import cli

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in (ROOT / ".github/workflows").glob("*.yml")
}


def steps():
    for workflow in WORKFLOWS.values():
        for job in workflow["jobs"].values():
            yield from job["steps"]


def test_every_system_and_python_is_tested():
    matrix = WORKFLOWS["tests"]["jobs"]["test"]["strategy"]["matrix"]
    assert {name.partition("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}
    assert matrix["python"] == ["3.11", "3.12", "3.13"]
    assert PROJECT["requires-python"] == f">={matrix['python'][0]}"
    assert WORKFLOWS["tests"]["jobs"]["oldest"]["steps"][1]["with"]["python-version"] == matrix["python"][0]


def test_workflows_are_whole():
    assert set(WORKFLOWS) == {"tests", "weekly"}
    for workflow in WORKFLOWS.values():
        assert workflow["on"]
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            assert job["timeout-minutes"] <= 90
            for variable in re.findall(r"matrix\.(\w+)", yaml.safe_dump(job)):
                assert variable in job["strategy"]["matrix"]
    assert WORKFLOWS["weekly"]["on"]["schedule"][0]["cron"].split()[2:] == ["*", "*", "1"]


def test_steps_use_what_there_is():
    for step in steps():
        assert set(step) <= {"uses", "with", "run"}
        if "uses" in step:
            assert re.fullmatch(r"actions/[\w-]+@v\d+", step["uses"])
            continue
        words = shlex.split(step["run"])
        for word in words:
            path, _, test = word.partition("::")
            if path.endswith((".py", ".txt")):
                assert (ROOT / path).exists(), word
                assert not test or f"def {test}(" in (ROOT / path).read_text(encoding="utf-8"), word
        if words[:3] == ["python", "-m", "edu_optim"]:
            assert CliRunner().invoke(cli.main, [words[3], "--help"]).exit_code == 0


# ---- constraints.txt


def pins():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    return [Requirement(line) for line in text.splitlines() if not line.startswith("#")]


def test_constraints_are_versions_and_nothing_else():
    for pin in pins():
        assert re.fullmatch(r"==[\w.]+", str(pin.specifier)), pin
        assert pin.url is None, "names a host"


@pytest.mark.parametrize("python", ["3.11.9", "3.12.0", "3.13.0"])
@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_constraints_cover_what_the_project_asks_for(python, system):
    here = {"python_full_version": python, "python_version": python.rpartition(".")[0], "sys_platform": system}
    pinned = [pin for pin in pins() if not pin.marker or pin.marker.evaluate(here)]
    versions = {pin.name: str(pin.specifier)[2:] for pin in pinned}
    assert len(versions) == len(pinned), "two versions of one package"
    asked = [*PROJECT["dependencies"], *(r for extra in PROJECT["optional-dependencies"].values() for r in extra)]
    for requirement in map(Requirement, asked):
        if requirement.name != PROJECT["name"]:
            found = versions.get(canonicalize_name(requirement.name))
            assert found, f"{requirement.name}: CONTRIBUTING.md says how to make constraints.txt anew"
            assert requirement.specifier.contains(found)


# ---- the citation


def test_citation():
    cff = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert cff["cff-version"] == "1.2.0"
    assert cff["type"] == "software"
    assert cff["version"] == edu_optim.__version__
    assert cff["license"] == PROJECT["license"]
    assert cff["authors"] == [{"name": PROJECT["authors"][0]["name"]}]
    assert isinstance(cff.get("date-released", date.today()), date)
    # Those that the format demands, and no other than it knows.
    assert {"cff-version", "message", "title", "authors"} <= set(cff)
    known = {"cff-version", "message", "title", "abstract", "authors", "type", "version", "license", "keywords"}
    assert set(cff) <= known
