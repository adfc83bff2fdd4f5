"""The notebook that a new assignment begins with."""

import json
from importlib import resources
from pathlib import Path

TITLE = "A new assignment"


def new(path, title=TITLE):
    """Write a small assignment that can be linted, released and graded as it stands.

    Parameters
    ----------
    path : str or path-like
        The notebook; its folder is made if need be.
    title : str

    Returns
    -------
    pathlib.Path

    Raises
    ------
    FileExistsError
        If there is such a file.

    Examples
    --------
    >>> import tempfile
    >>> from edu_optim.grading.source import read
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     read(new(Path(folder) / "a1.ipynb", "Momentum")).title
    'Momentum'
    """
    path = Path(path)
    if path.suffix != ".ipynb":
        path = path.with_name(path.name + ".ipynb")
    notebook = json.loads((resources.files("edu_optim") / "data" / "assignment.ipynb").read_text("utf-8"))
    notebook["cells"][0]["source"] = [f"# {title}\n", *notebook["cells"][0]["source"][1:]]
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "x", encoding="utf-8", newline="\n") as file:
        file.write(json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n")
    return path
