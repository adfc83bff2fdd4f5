"""What can be asked about a student's own source: read as a syntax tree, never run."""

import ast
from typing import NamedTuple

from ..dependence import parsed
from .table import one_line

LONGEST = 20_000  # characters of an answer that are read
MOST = 3000  # nodes
ENOUGH = 50  # questions, of which three are chosen


class Ask(NamedTuple):
    """A question, what a good answer says, and of what kind it is."""

    kind: str
    text: str
    key: str


def about_source(answer, source, stub=""):
    """Questions about what stands in an answer, apart from what was handed out.

    Parameters
    ----------
    answer : str
        Its name.
    source : str
        A stranger's.
    stub : str, optional
        The source as it was released: of its lines nothing is asked.

    Returns
    -------
    list of Ask
        The more telling first.

    Examples
    --------
    >>> print(about_source("q1", "x = x - lr * m / np.sqrt(v + eps)")[0].text)
    Line 1 of your q1 divides by np.sqrt(v + eps), with eps inside the root. What changes if eps moves outside, and for
    which v would one see it?
    """
    given = {line.strip() for line in stub.split("\n")}
    lines = source.split("\n")
    coded = [line.encode("utf-8", "replace") for line in lines]  # where a node stands is counted in bytes
    if len(source) > LONGEST:
        return []
    found = []
    for number, node in enumerate(ast.walk(parsed(source))):
        line = getattr(node, "lineno", None)
        if number > MOST or len(found) >= ENOUGH:
            break
        if line and line <= len(lines) and lines[line - 1].strip() not in given:
            for rank, look in enumerate(LOOKS):
                ask = look(node, lambda part: one_line(_segment(coded, part), 80))
                if ask:
                    kind, text, key = ask
                    found.append((rank, line, Ask(kind, f"Line {line} of your {answer} {text}", key)))
                    break
    found.sort(key=lambda one: one[:2])
    return list(dict.fromkeys(ask for _, _, ask in found))


def _root_and_eps(node, code):
    """A quotient with a small number beside a root, or in it."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Div):
        return None
    below = node.right
    if _is_sum(below) and (_under_root(below.left) or _under_root(below.right)):
        eps, root = (below.right, below.left) if _under_root(below.left) else (below.left, below.right)
        here, there, v = "outside", "inside", _under_root(root)
    elif _is_sum(_under_root(below)):
        inside = _under_root(below)
        eps, v, here, there = inside.right, inside.left, "inside", "outside"
    else:
        return None
    if not isinstance(eps, ast.Name | ast.Constant):
        return None
    return ("root", f"divides by {code(below)}, with {code(eps)} {here} the root. What changes if {code(eps)} moves "
            f"{there}, and for which {code(v)} would one see it?",
            "Outside, sqrt(v) + e; inside, sqrt(v + e). The same as long as v is large against e; at v = 0 one divides "
            "by e or by its root, which is much larger (1e-8 and 1e-4)")


def _one_minus_power(node, code):
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub) and _is(node.left, 1) \
            and isinstance(node.right, ast.BinOp) and isinstance(node.right.op, ast.Pow):
        base, power = node.right.left, node.right.right
        return ("correction", f"has {code(node)}. What is that for {code(power)} = 1, and for a very large one? What "
                "would come out without it?",
                f"1 - {code(base)} at first, then towards 1. Without it an average that begins at 0 stays too small by "
                "just this factor")
    return None


def _moving(node, code):
    """A state that is made from itself."""
    if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name) or not _is_sum(node.value):
        return None
    name = node.targets[0].id
    if any(isinstance(part, ast.Name) and part.id == name for part in ast.walk(node.value)):
        return ("state", f"is {code(node)}. What does {name} hold before it, and what after that has run once and "
                "twice, written out in what came in?",
                f"Put what {name} begins with into the line, and the outcome into it once more")
    return None


def _counter(node, code):
    if isinstance(node, ast.For) and isinstance(node.iter, ast.Call) and _called(node.iter) == "enumerate":
        start = next((keyword.value for keyword in node.iter.keywords if keyword.arg == "start"),
                     node.iter.args[1] if len(node.iter.args) > 1 else None)
        first, other = ("0", "1") if start is None or _is(start, 0) else (code(start), "0")
        return ("counter", f"counts with {code(node.iter)}, so from {first}. What would become of your numbers if it "
                f"counted from {other}?",
                "Where the count is a power, 1 - beta**0 is 0 and one divides by it; else every power is off by one")
    return None


def _loop(node, code):
    if isinstance(node, ast.For | ast.While):
        head = node.iter if isinstance(node, ast.For) else node.test
        return ("loop", f"loops over {code(head)}. How often does that run in the check, and what changes from one "
                "pass to the next?", "As many times as the check's inputs say; all names bound inside carry over")
    return None


def _in_place(node, code):
    if isinstance(node, ast.AugAssign):
        return ("in place", f"is {code(node)}. If {code(node.target)} is an array, who else sees that change? "
                "How would you write it so that nobody does?",
                "An array is changed in place, for whoever gave it too; the sum written out makes a new one")
    return None


def _condition(node, code):
    if isinstance(node, ast.Compare):
        return ("condition", f"asks {code(node)}. Give numbers for which that is true and for which it is not. Which "
                "does the check have?", "Read it off the line")
    return None


def _number(node, code):
    if isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value not in (0.0, 1.0):
        return ("number", f"has the number {code(node)}. Where does it come from, and which way would your result go "
                "if it were twice that?", "From the statement of the task; run it with the other number")
    return None


def _result(node, code):
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        return ("result", f"returns {code(node.value)}. Of what kind and shape is that, and what is its first number "
                "made from?", "As the check shows it")
    return None


LOOKS = (_root_and_eps, _one_minus_power, _moving, _counter, _in_place, _condition, _loop, _number, _result)


def _under_root(node):
    """What stands under a square root, or None if this is none."""
    if isinstance(node, ast.Call) and _called(node) == "sqrt" and len(node.args) == 1:
        return node.args[0]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and _is(node.right, 0.5):
        return node.left
    return None


def _segment(coded, node):
    """The source of a node from its lines, split once: `ast.get_source_segment` splits all of it for every node."""
    part = coded[node.lineno - 1:node.end_lineno]
    if len(part) < node.end_lineno - node.lineno + 1:
        return "..."
    part[-1] = part[-1][:node.end_col_offset]
    part[0] = part[0][node.col_offset:]
    return b"\n".join(part).decode("utf-8", "replace")


def _called(call):
    return getattr(call.func, "attr", None) or getattr(call.func, "id", None)


def _is_sum(node):
    return isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub)


def _is(node, number):
    return isinstance(node, ast.Constant) and type(node.value) in (int, float) and node.value == number
