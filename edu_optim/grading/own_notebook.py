"""Open a notebook of one's own with nbformat. A stranger's is for `submission`."""

from pathlib import Path


def opened(path):
    """A notebook of format 4, each cell with an id; None if the file is none.

    Cells that have no id get one from their place, so that they have the same whenever they are read.
    """
    import nbformat

    try:
        notebook = nbformat.reads(Path(path).read_text("utf-8"), as_version=4)
    except (ValueError, TypeError, AttributeError, KeyError, nbformat.ValidationError):  # nbformat's ways to say so
        return None
    for number, cell in enumerate(notebook.cells, 1):
        cell.setdefault("id", f"cell-{number}")
    return notebook
