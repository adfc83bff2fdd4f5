"""The full races that were run beforehand and come with the package."""

from importlib import resources

from . import tables


def published(name):
    """Read the results of a race that comes with the package, every run of it finished.

    Parameters
    ----------
    name : str
        Of its plan: "as_run", say.

    Returns
    -------
    Results

    Raises
    ------
    FileNotFoundError
        If no such results come with the package.

    Examples
    --------
    >>> race = published("grid")
    >>> race.plan.title, len(race.seeds)
    ('Five rates for each of six rules', 3)
    """
    folder = resources.files("edu_optim") / "data" / "races"
    names = sorted(file.name.removesuffix(".csv.gz") for file in folder.iterdir() if file.name.endswith(".csv.gz"))
    if name not in names:
        raise FileNotFoundError(
            f"no results of {str(name)!r} come with the package, only of {', '.join(names)}. A plan of any name is "
            'raced by eo.race.run, and a table that race export wrote is read by eo.race.tables.read')
    with resources.as_file(folder / f"{name}.csv.gz") as path:
        return tables.read(path)
