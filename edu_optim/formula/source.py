"""The source of a formula: the syntax tree of the author's function, if it is what runs."""

import ast
import dis
import inspect
import tokenize

from .grammar import FormulaError

# How a call is prepared depends on the imports around a function, not on what it computes.
_CALLING = {"CACHE", "NOP", "PRECALL", "PUSH_NULL", "RESUME"}


class Source:
    """The `def` of a function, and where its lines stand."""

    def __init__(self, function):
        if not inspect.isfunction(function):
            what = f"the class {function.__name__}" if inspect.isclass(function) else f"a {type(function).__name__}"
            raise FormulaError(f"a formula is a plain Python function, and this is {what}. Instead: write it with def")
        self.title = function.__name__
        if self.title == "<lambda>":
            raise self.unreadable("it is a lambda, which has no name")
        try:
            lines, first = inspect.getsourcelines(function)
            indented = lines[0][:1].isspace()  # stands in a class or an if: let it stand in one here too
            text = "".join(["if 1:\n"] * indented + lines)
            node = ast.parse(text).body[0]
            self.node = node.body[0] if indented else node
        except (OSError, TypeError, SyntaxError, IndexError, RecursionError, tokenize.TokenError) as error:
            raise self.unreadable(error) from None
        self.lines, self.before = text.splitlines(), first - 1 - indented
        if not isinstance(self.node, ast.FunctionDef):
            raise self.unreadable(f"it starts with {lines[0].strip()!r} where def should stand")
        if function.__code__.co_freevars:
            names = ", ".join(f"`{name}`" for name in function.__code__.co_freevars)
            raise self.error(
                self.node, f"{names} belongs to the function around the formula, and a kernel kept on disk would not "
                "notice when it changes", "pass it in as a hyperparameter")
        if not _equal(self._compiled(), function.__code__):
            raise self.unreadable("its text is not what runs: the file was changed after it was read. Run it again")

    def unreadable(self, why):
        return FormulaError(
            f"{self.title}: the source of this formula cannot be read ({why}). "
            "Instead: write it with def in a file or in a notebook cell")

    def error(self, node, reason, repair):
        """What is wrong with a piece of the source, and what to write instead."""
        line = node.lineno
        text = self.lines[line - 1].strip() if line <= len(self.lines) else ""
        return FormulaError(f"{self.title}, line {self.before + line}: {text!r}: {reason}. Instead: {repair}")

    def arguments(self):
        """The names in the signature; FormulaError if it has anything but names."""
        a = self.node.args
        given = [*a.posonlyargs, *a.args, *a.kwonlyargs]
        if a.vararg or a.kwarg or a.kwonlyargs or a.posonlyargs:
            raise self.error(self.node, "the signature is the declaration, so every argument is a plain name",
                             "write def rule(x, g, ..., t, ...) without * and /")
        if a.defaults:
            name = a.args[-1].arg
            raise self.error(self.node, "defaults stand in the decorator, beside symbol and range",
                             f"write @rule(..., {name}=Hyper({ast.unparse(a.defaults[-1])}, symbol, range))")
        if any(argument.annotation for argument in given) or self.node.returns:
            raise self.error(self.node, "annotations are not read", "write the names alone")
        return [argument.arg for argument in given]

    def _compiled(self):
        bare = ast.copy_location(ast.FunctionDef(self.node.name, self.node.args, self.node.body, []), self.node)
        bare.type_params = []
        usual = ast.parse("import numpy as np").body  # spares the longer comparison where the file begins so
        module = compile(ast.Module([*usual, bare], []), "<formula>", "exec")
        return next(c for c in module.co_consts if inspect.iscode(c) and c.co_name == self.node.name)


def _equal(a, b):
    """Whether two code objects compute the same."""
    return _parts(a) == _parts(b) or _steps(a) == _steps(b)


def _parts(code):
    return code.co_varnames, code.co_names, repr(code.co_consts), code.co_code


def _steps(code):
    """The instructions of a code object, without the way it calls."""
    steps = [(i.opname.replace("LOAD_METHOD", "LOAD_ATTR"), _argument(i))
             for i in dis.get_instructions(code) if i.opname not in _CALLING]
    return code.co_varnames, steps


def _argument(instruction):
    jumps = instruction.opcode in dis.hasjrel or instruction.opcode in dis.hasjabs  # to a place that calls have moved
    return None if jumps or inspect.iscode(instruction.argval) else repr(instruction.argval)
