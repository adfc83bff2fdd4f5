"""The races that come with the package are those of its plans, and are complete."""

from importlib import resources

import pytest

import edu_optim as eo

NAMES = sorted(file.name.removesuffix(".csv.gz")
               for file in (resources.files("edu_optim") / "data" / "races").iterdir() if file.suffix == ".gz")


@pytest.mark.parametrize("name", NAMES)
def test_what_is_published_is_the_shipped_plan_run_to_its_end(name):
    race = eo.race.published(name)
    assert race.plan == eo.race.load(name)
    assert race.finished.all()


def test_what_is_not_published_is_refused_with_what_is():
    with pytest.raises(FileNotFoundError, match=r"no results of 'small' .* only of .*grid"):
        eo.race.published("small")
    with pytest.raises(FileNotFoundError, match=r"no results of '\.\./digits'"):
        eo.race.published("../digits")
