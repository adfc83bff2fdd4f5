"""A lesson as its rules see it: cells with their text in one piece, and questions about them."""

import ast
import json
import re
from functools import cached_property
from pathlib import Path


class Lesson:
    """A notebook as the rules see it: cells with their text in one piece."""

    def __init__(self, path):
        self.path = Path(path)
        self.size = self.path.stat().st_size
        self.notebook = json.loads(self.path.read_text(encoding="utf-8"))
        self.cells = [cell | {"text": "".join(cell["source"])} for cell in self.notebook["cells"]]
        self.code = [cell for cell in self.cells if cell["cell_type"] == "code"]
        self.markdown = [cell for cell in self.cells if cell["cell_type"] == "markdown"]
        self.about = self.notebook["metadata"].get("edu_optim", {})

    @cached_property
    def prose(self):
        """Pairs of cell id and text: markdown without code and without the targets of links."""
        return [(c["id"], re.sub(r"\]\([^)]*\)", "]", without_code(c["text"]))) for c in self.markdown]

    @cached_property
    def math(self):
        """Triples of cell id, "$$" or "$", and the mathematics between."""
        found = []
        for cell in self.markdown:
            pieces = re.findall(r"\$\$(.+?)\$\$|(?<![\\$])\$([^$\n]+)\$", without_code(cell["text"]), re.DOTALL)
            found += [(cell["id"], "$$" if display else "$", display or inline) for display, inline in pieces]
        return found

    def trees(self):
        """Pairs of a code cell and its syntax tree, without the cells that are no Python."""
        for cell in self.code:
            tree = parsed(cell["text"])
            if tree is not None:
                yield cell, tree

    def pictures(self):
        """Triples of a cell's index, the type of a picture it shows, and that picture's metadata."""
        for index, cell in enumerate(self.cells):
            for output in cell.get("outputs", ()):
                for kind in output.get("data", {}):
                    if kind.startswith("image/"):
                        yield index, kind, output.get("metadata", {}).get(kind, {})

    def has_controls(self, index):
        """Whether a cell shows an explorer: controls, a picture and words that follow them."""
        return any("application/vnd.jupyter.widget-view+json" in output.get("data", {})
                   for output in self.cells[index].get("outputs", ()))


def without_code(text):
    """Markdown without what stands between backticks."""
    return re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)


def parsed(text):
    """The syntax tree, or None for what is no Python."""
    try:
        return ast.parse(text)
    except SyntaxError:
        return None


def dotted(node):
    """The name that an expression such as ``np.random.seed`` spells, or an empty one."""
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return node.id if isinstance(node, ast.Name) else ""


def calls(tree):
    """The names of all functions called."""
    return {dotted(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def headings(cell):
    """Pairs of number signs and title."""
    text = re.sub(r"```.*?```", "", cell["text"], flags=re.DOTALL)
    return re.findall(r"^(#+) +(.+?) *$", text, re.MULTILINE)


def printed(cell):
    """The lines that a cell's stored output says on stdout."""
    text = "".join("".join(o["text"]) for o in cell.get("outputs", ()) if o.get("name") == "stdout")
    return text.splitlines()


def anchors(path):
    """What can stand after ``#``: the headings as JupyterLab names them."""
    if path.suffix != ".ipynb":
        return set()
    titles = [title for cell in Lesson(path).markdown for _, title in headings(cell)]
    return {re.sub(r"[`*]", "", title).replace(" ", "-") for title in titles}


def imported(tree):
    """The outermost names of the modules a cell imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.partition(".")[0]
            if node.module == "numpy" and any(alias.name == "random" for alias in node.names):
                yield "random"
