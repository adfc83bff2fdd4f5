"""What the reader refuses, in which words, and the traps in what it accepts."""

import ast
import importlib.util
import itertools
import linecache
import textwrap

import numpy as np
import pytest

from edu_optim.formula import FormulaError, Hyper, Rule, grammar, read, rule

GLOBAL = 3.0
HEAD = """import numpy as np
from edu_optim.formula import Hyper, rule
RATE = 3

@rule(paper="made up", degree=None, element_states={"m": 0}, scalar_states={"s": 0}, lr=Hyper(0.1, "lr", "[0, inf)"))
"""
FIRST = len(HEAD.splitlines()) + 2  # the number of the first line of a body
counter = itertools.count()


def imported(folder, text):
    path = folder / f"formulas_{next(counter)}.py"
    path.write_text(text, encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def define(folder, body, head=HEAD, signature="x, g, m, t, s, lr"):
    """The rule with this body, whose return is left out where it would say nothing."""
    body = textwrap.dedent(body).strip("\n")
    if "return" not in body:
        body += "\nreturn x, m, s"
    return imported(folder, f"{head}def Made({signature}):\n{textwrap.indent(body, '    ')}\n").Made


# body, the line that is at fault (1 is the first of the body), part of the reason, part of the repair
REFUSED = [
    ("if t == 1:\n    x = g", 1, "`if` sends all elements the same way", "np.where(condition, a, b)"),
    ("if t == 1:\n    return x, m, s\nreturn g, m, s", 1, "`if` sends", "np.where(condition, a, b)"),
    ("x = g\nfor i in range(3):\n    x = x - g", 2, "loops over all of them", "the lines for one element"),
    ("while t > 1:\n    x = x - g", 1, "loops over all of them", "the lines for one element"),
    ("x = g if t == 1 else x", 1, "a conditional expression chooses for all", "np.where(condition, a, b)"),
    ("x = np.where((g > 0) and (x > 0), x, g)", 1, "`and` and `or` cannot join", "write & or |"),
    ("x = np.where((g > 0) or (x > 0), x, g)", 1, "`and` and `or` cannot join", "write & or |"),
    ("x = np.where(not g > 0, x, g)", 1, "`not` cannot turn round", "write ~(a > 0)"),
    ("x = np.where(0 < g < 1, x, g)", 1, "a chain of comparisons", "(a < b) & (b < c)"),
    ("x = np.where(x is g, x, g)", 1, "numbers are not compared like this", "write == or !="),
    ("x = np.where(x in g, x, g)", 1, "numbers are not compared like this", "write == or !="),
    ("x = RATE * g", 1, "`RATE` is a global name", "pass it in as a hyperparameter"),
    ("global RATE", 1, "its own lines", "pass the value in as a hyperparameter"),
    ("x = rate * g", 1, "`rate` has no value yet", "assign it in a line before"),
    ("x = y\ny = x", 1, "`y` has no value yet", "assign it in a line before"),
    ("x = len * g", 1, "`len` is a function of Python", "assign it"),
    ("x = np * g", 1, "NumPy itself is no number", "call one of its functions"),
    ("np = g", 1, "`np` is NumPy", "choose another name"),
    ("x = np.mean(g)", 1, "`np.mean` cannot be called", "reductions={'name': 'np.mean(g)'}"),
    ("x = np.cos(g)", 1, "`np.cos` cannot be called", "use one of np.sqrt"),
    ("x = abs(g)", 1, "`abs` cannot be called", "write np.abs(g)"),
    ("x = max(x, g)", 1, "`max` cannot be called", "write np.maximum(x, g)"),
    ("x = g.sum()", 1, "`g.sum` cannot be called", "use one of"),
    ("print(x)", 1, "`print` cannot be called", "use one of"),
    (
        "x = np.clip(g, a_min=0, a_max=1)",
        1,
        "np.clip takes 3 arguments here, without keywords",
        "np.clip(a, low, high)",
    ),
    ("x = np.sqrt(g, out=x)", 1, "np.sqrt takes one argument here", "np.sqrt(a)"),
    ("x = np.minimum(g)", 1, "np.minimum takes 2 arguments", "np.minimum(a, b)"),
    ("x = np.minimum(*g)", 1, "np.minimum takes 2 arguments", "np.minimum(a, b)"),
    ("x = np.where(g, x, g)", 1, "`g` is a number where a comparison is needed", "write g != 0"),
    ("x = lr * (g > 0)", 1, "`g > 0` is true or false, not a number", "np.where(g > 0, 1.0, 0.0)"),
    ("return g > 0, m, s", 1, "`g > 0` is true or false", "np.where(g > 0, 1.0, 0.0)"),
    ("x = ~g", 1, "`g` is a number where", "write g != 0"),
    ("x = g.T", 1, "only functions of np are named with a dot", "hyperparameter"),
    ("x = np.pi * g", 1, "`np.pi` is no function", "write the number, 3.14159"),
    ("x = g[0]", 1, "no index", "declare a reduction"),
    ("x[0] = 1", 1, "no index", "declare a reduction"),
    ("x = 1j * g", 1, "1j is not a real number", "such as 2 or 0.5"),
    ("x = True * g", 1, "True is not a real number", "such as 2 or 0.5"),
    ("x = 'one' * g", 1, "'one' is not a real number", "such as 2 or 0.5"),
    ("x = f'{lr}' * g", 1, "text is not a number", "such as 2 or 0.5"),
    ("x = 1e400 * g", 1, "gives inf", "float64 can hold"),
    ("x = 10 ** 20 * g", 1, "2 ** 53", "with a point"),
    ("x = 10 ** 400 * g", 1, "cannot be computed (it is too large)", "write the number"),
    ("x = 10 ** 10 ** 10 * g", 1, "cannot be computed (it is too large)", "write the number"),
    ("x = 100000000000000000000 * g", 1, "2 ** 53", "1e20"),
    ("x = g / (1 / (2 - 2))", 1, "cannot be computed (division by zero)", "write the number"),
    ("x = (-8) ** 0.5 * g", 1, "is not a real number", "such as 2 or 0.5"),
    ("x = np.sqrt(-1) * g", 1, "gives nan", "float64 can hold"),
    ("x = np.where(1 < 2, x, g)", 1, "the outcome never changes", "compare with t"),
    ("x = -np.where(g > 0, 1, 0)", 1, "holds whole numbers", "such as 1.0"),
    ("s = np.where(t == 1, 1, 2) ** t", 1, "holds whole numbers", "such as 1.0"),
    ("d = np.where(g > 0, 1, -1)\nd *= lr", 2, "`d` holds whole numbers", "write d = d * lr"),
    ("d = np.where(t == 1, 1.0, lr)\nd += g", 2, "`d` has room for one number only", "write d = d + g"),
    ("d = np.where(t == 1, 1.0, lr)\ne = d\nd += 1", 3, "this changes `e` too", "write d = d + 1"),
    ("old = m\nm += g", 2, "this changes `old` too, which is the same array as `m`", "write m = m + g"),
    ("y = x\nx *= 2", 2, "this changes `y` too", "write x = x * 2"),
    ("y = z = g", 1, "two names for one array", "a line of its own"),
    ("x = g ** 3", 1, "powers 2 and 0.5 only", "write products"),
    ("x = g ** -1", 1, "powers 2 and 0.5 only", "1 / x"),
    ("x = g ** lr", 1, "powers 2 and 0.5 only", "np.exp(p * np.log(x))"),
    ("x = lr ** g", 1, "the exponent is an array", "np.exp(exponent * np.log(base))"),
    ("x = g // 2", 1, "this operator", "+ - * / and **"),
    ("x = g % 2", 1, "this operator", "+ - * / and **"),
    ("x = g @ g", 1, "this operator", "+ - * / and **"),
    ("x //= 2", 1, "this operator", "+ - * / and **"),
    ("x = g ^ 2", 1, "not a power in Python", "a ** 2"),
    ("x = +g", 1, "a plus sign in front", "leave it out"),
    ("f = lambda a: a", 1, "a function inside a formula", "write its lines"),
    ("def f(a):\n    return a\nreturn x, m, s", 1, "a function inside a formula", "write its lines"),
    ("class A: b = 1", 1, "a function inside a formula", "write its lines"),
    ("x = [y for y in g]", 1, "loops over all of them", "the lines for one element"),
    ("x: float = g", 1, "annotations are not read", "write name = value"),
    ("x = (y := g)", 1, "hides an assignment", "a line of its own"),
    ("x, y = g", 1, "its own value on the right", "write a, b = value_a, value_b"),
    ("x, *y = g, m", 1, "`*` hides how many", "name each value"),
    ("x, (y, z) = g, (m, m)", 1, "several values", "a name of its own"),
    ("x = g, m", 1, "several values", "a name of its own"),
    ("pass", 1, "says nothing", "leave it out"),
    ("x", 1, "changes nothing", "write name = value"),
    ("x = g\n'a remark'", 2, "changes nothing", "leave the line out"),
    ("assert lr > 0", 1, "checks nothing", "a range in its Hyper"),
    ("del x", 1, "forgotten by itself", "leave the line out"),
    ("import math", 1, "its own lines", "hyperparameter"),
    ("with x: y = g", 1, "all of its lines", "np.where"),
    ("try:\n    x = g\nfinally:\n    m = g", 1, "all of its lines", "np.where"),
    ("raise ValueError", 1, "all of its lines", "np.where"),
    ("match t:\n    case 1: x = g", 1, "`match` sends", "np.where"),
    ("x = yield g", 1, "it cannot pause", "write name = value"),
    ("return x", 1, "1 value returned where 3 are due, the new x, m, s", "return x, m, s"),
    ("return x, m, s, s", 1, "4 values returned where 3 are due", "return x, m, s"),
    ("return x, g, m, s", 1, "4 values returned where 3 are due", "return x, m, s"),
    ("return m, x, s", 1, "`m` stands where the new `x` is due", "return x, m, s"),
    ("return x, s, m", 1, "`s` stands where the new `m` is due", "return x, m, s"),
    ("return x, m, g * s", 1, "`s` is one number for the whole parameter", "element states"),
    ("return", 1, "nothing is returned", "return the new x"),
    ("return x, m, s\nx = g", 2, "nothing is computed after `return`", "the last line"),
    ("return [x, m, s]", 1, "several values", "a name of its own"),
    ("return x, *m", 1, "`*` hides how many", "name each value"),
    ("x = " + "g + " * 300 + "g", 1, "operations stand inside one another", "a line of its own"),
]


@pytest.mark.parametrize(
    ("body", "line", "reason", "repair"), REFUSED, ids=[case[0].splitlines()[-1][:40] for case in REFUSED]
)
def test_refused_with_line_reason_and_repair(tmp_path, body, line, reason, repair):
    with pytest.raises(FormulaError) as caught:
        define(tmp_path, body)
    message = str(caught.value)
    assert message.startswith(f"Made, line {FIRST - 1 + line}: ")
    assert body.splitlines()[line - 1].strip()[:20] in message
    why, instead = message.split(". Instead: ")
    assert reason in why
    assert repair in instead or repair in message


def test_a_formula_that_ends_without_return(tmp_path):
    with pytest.raises(FormulaError, match=r"a formula ends with `return`\. Instead: return the new x"):
        imported(tmp_path, HEAD + "def Made(x, g, m, t, s, lr):\n    x = g\n")
    with pytest.raises(FormulaError, match=r"line 6: 'def Made\(x, g, m, t, s, lr\):': a formula ends with `return`"):
        imported(tmp_path, HEAD + 'def Made(x, g, m, t, s, lr):\n    """Only words."""\n')


@pytest.mark.parametrize(
    ("signature", "reason", "repair"),
    [
        ("x, g, m, t, s, lr=0.1", "defaults stand in the decorator", "lr=Hyper(0.1, symbol, range)"),
        ("x, g, m, t, s, *lr", "every argument is a plain name", "without * and /"),
        ("x, g, m, t, s, **lr", "every argument is a plain name", "without * and /"),
        ("x, g, m, t, s, *, lr", "every argument is a plain name", "without * and /"),
        ("x, g, /, m, t, s, lr", "every argument is a plain name", "without * and /"),
        ("x: float, g, m, t, s, lr", "annotations are not read", "write the names alone"),
        ("x, g, t, m, s, lr", "not those declared", "write def Made(x, g, m, t, s, lr)"),
        ("x, g, m, s, lr", "not those declared", "write def Made(x, g, m, t, s, lr)"),
        ("x, g, m, t, s, lr, beta", "not those declared", "write def Made(x, g, m, t, s, lr)"),
    ],
)
def test_refused_signatures(tmp_path, signature, reason, repair):
    with pytest.raises(FormulaError) as caught:
        define(tmp_path, "return x, m, s", signature=signature)
    assert f"line {FIRST - 1}: 'def Made({signature}):'" in str(caught.value)
    assert reason in str(caught.value)
    assert repair in str(caught.value)


# sources that cannot be read


def test_no_source():
    namespace = {}
    exec("def f(x, g, t):\n    return x - g", namespace)
    with pytest.raises(
        FormulaError,
        match=r"f: the source of this formula cannot be read \(.+\)\. Instead: write it with def in a file",
    ):
        read(namespace["f"])


@pytest.mark.parametrize(
    ("thing", "reason"),
    [
        (lambda x, g, t: x, "it is a lambda"),
        (np.sqrt, "this is a ufunc"),
        (abs, "this is a builtin_function_or_method"),
        (dict, "this is the class dict"),
        (None, "this is a NoneType"),
    ],
)
def test_things_that_are_no_formula(thing, reason):
    with pytest.raises(FormulaError, match=reason) as caught:
        rule(paper="made up", degree=None)(thing)
    assert "Instead: write it with def" in str(caught.value)


def test_an_async_function(tmp_path):
    with pytest.raises(FormulaError, match=r"starts with 'async def f\(x\):' where def should stand"):
        read(imported(tmp_path, "async def f(x):\n    return x\n").f)


def test_names_of_the_function_around():
    rate = 3.0

    def around(x, g, t):
        return x - rate * g

    with pytest.raises(
        FormulaError, match=r"`rate` belongs to the function around the formula.+pass it in as a hyperparameter"
    ):
        read(around)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x - g", "x + g"),
        ("x - g", "g - x"),
        ("np.sqrt(x) + np.abs(g) + np.sqrt(t)", "np.sqrt(x) + np.abs(g) + np.abs(t)"),
        ("x - 2 * g", "x - 3 * g"),
        ("x - 2 * g", "x - 2.0 * g"),
        ("np.where(x > g, x, g)", "np.where(x > g, g, x)"),
        ("np.where(x > g, x, g)", "np.where(x >= g, x, g)"),
        ("np.minimum(x, g)", "np.maximum(x, g)"),
    ],
)
def test_a_file_edited_after_it_was_imported(tmp_path, before, after):
    text = "import numpy as np\n\n\ndef f(x, g, t):\n    return {}\n"
    module = imported(tmp_path, text.format(before))
    assert len(read(module.f).results) == 1
    path = tmp_path / f"{module.__name__}.py"
    path.write_text(text.format(after) + "# longer\n")
    linecache.checkcache()
    with pytest.raises(FormulaError, match=r"the file was changed after it was read\. Run it again"):
        read(module.f)


def test_a_file_edited_elsewhere_is_still_read(tmp_path):
    text = "import numpy as np\n\n\ndef f(x, g, t):\n    return x - g{}\n"
    module = imported(tmp_path, text.format(""))
    (tmp_path / f"{module.__name__}.py").write_text(text.format("  # a remark"))
    assert len(read(module.f).results) == 1


def test_a_call_is_read_the_same_however_numpy_came(tmp_path):
    """Python compiles np.sqrt(x) in one way under `import numpy as np` and in another without it."""
    for head in ("import numpy as np", "import numpy\nnp = numpy", "if True:\n    import numpy as np"):
        assert read(imported(tmp_path, head + "\n\ndef f(x, g):\n    return x - np.sqrt(np.abs(g))\n").f).results


def test_numpy_that_was_not_imported(tmp_path):
    with pytest.raises(
        FormulaError, match=r"`np\.sqrt` cannot be called in a formula\. Instead: import numpy as np above"
    ):
        read(imported(tmp_path, "def f(x, g):\n    return x - np.sqrt(g)\n").f)


# nothing is skipped


@pytest.mark.parametrize("base", [ast.stmt, ast.expr, ast.operator, ast.unaryop, ast.cmpop, ast.boolop])
def test_every_class_of_syntax_is_handled_or_refused(base):
    from edu_optim.formula.read import _Lines

    handled = {"Assign", "AugAssign", "Return", *(o.__name__ for o in grammar.OPERATORS), "USub", "Invert", "And", "Or"}
    handled |= {name[1:] for name in dir(_Lines) if name[1:2].isupper()}
    old = {
        "Num",
        "Str",
        "Bytes",
        "NameConstant",
        "Ellipsis",
        "Index",
        "ExtSlice",
        "Suite",
        "AugLoad",
        "AugStore",
        "Param",
    }
    for kind in base.__subclasses__():
        if kind.__name__ in old:  # which Python no longer makes
            continue
        refused = kind.__name__ in grammar._REASONS
        assert refused or kind.__name__ in handled, (
            f"{kind.__name__} is neither read nor refused with a reason of its own"
        )


def test_syntax_of_a_later_python_is_refused_too():
    class Later(ast.expr):
        pass

    reason, repair = grammar.reason_and_repair(Later())
    assert "`Later` is not part of a formula" in reason
    assert "np.where" in repair


# traps in what is accepted: a rule of one step, and what its author means by it

TRAPS = [
    ("order", "a = x\nx = g\nx = a - x", 2.0 - 3.0),
    ("alias", "a = x\nx = g\nx = a", 2.0),
    ("alias, then augmented", "a = x\nx = x + 0\nx += g\nx = x - a", 3.0),
    ("swap", "x, g = g, x\nx = x - 2 * g", 3.0 - 4.0),
    ("three in a ring", "a, b, d = x, g, lr\na, b, d = b, d, a\nx = 100 * a + 10 * b + d", 300 + 5 + 2),
    ("right before left", "x, g = g, x + g\nx = g", 5.0),
    ("list on the left", "[x, g] = [g, x]", 3.0),
    ("scalar becomes array", "lr = lr * g\nx = x - lr", 0.5),
    ("array becomes scalar and array again", "g = lr\ng = g * 2\ng = g + x\nx = g", 3.0),
    ("hyperparameter shadowed and back", "old = lr\nlr = lr * g\nx = x - lr\nlr = old\nx = x - lr", 0.0),
    ("scalar assigned twice", "a = lr\nb = a * x\na = 4\nx = b + a", 5.0),
    ("augmented all ways", "x += g\nx -= lr\nx *= g\nx /= 2\nx **= 2", ((5.0 - 0.5) * 3 / 2) ** 2),
    ("augmented condition", "c = x > 0\nc &= g > 5\nc |= t == 1\nx = np.where(c, 7, 8)", 7.0),
    ("minus before power", "x = -x ** 2", -4.0),
    ("power of power", "x = x * lr ** 2 ** 3", 2 * 0.5**8),
    ("minus of minus", "x = - -x - -g", 5.0),
    ("subtraction on the right", "x = x - (g - (lr - x))", 2 - (3 - (0.5 - 2))),
    ("division on the right", "x = x / (g / (lr / x))", 2 / (3 / (0.5 / 2))),
    ("comparison of comparisons", "x = np.where((x > 1) & ~((g < 5) & (t > 1)) | (x > 9), 1, 2)", 1.0),
    ("not and equal", "x = np.where(~(x == g), 1, 2)", 1.0),
    ("nested choice", "x = np.where(x > 3, 1, np.where(g > 3, 2, np.where(t > 3, 3, 4)))", 4.0),
    ("semicolons", "a = x; b = a * g; x = b - a", 4.0),
    ("continued line", "x = x - \\\n    g", -1.0),
    ("brackets over lines", "x = (x\n     - g  # a remark\n)", -1.0),
    ("remarks", "# first\nx = x - g  # second\n# last", -1.0),
    ("minus zero", "x = x / -0", np.inf),
    ("whole numbers", "a = 7 / 2\nx = a * x - 2 ** -1", 6.5),
    ("names of the generated file", "c = x\nc_1 = c * g\nrange = c_1 + c\nkernel = range\nx = kernel - c_1", 2.0),
    ("a keyword with a letter less", "clas = x\ni = clas * g\na = i\nx = a", 6.0),
    ("letters of other alphabets", "\u03b21 = lr\n\u03b21 = \u03b21 * g\nx = x - \u03b21", 0.5),
    ("underscores", "_ = g\n__x = _ * 2\nx = x - __x", -4.0),
    ("many lines", "\n".join(["x = x + lr"] * 200), 102.0),
]


@pytest.mark.parametrize(("body", "expected"), [trap[1:] for trap in TRAPS], ids=[trap[0] for trap in TRAPS])
def test_traps(tmp_path, body, expected):
    made = define(tmp_path, body + "\nreturn x, m, s")
    assert made.run([2.0], [[3.0]], lr=0.5, backend="formula")[-1, 0] == expected
    assert made.run([2.0], [[3.0]], lr=0.5, backend="numpy")[-1, 0] == expected, made.kernel_source
    made.kernel = lambda dtype: uncompiled(made)
    assert made.run([2.0], [[3.0]], lr=0.5, backend="numba")[-1, 0] == expected, made.kernel_source


def uncompiled(made):
    """The text of the kernel, run by Python: the same lines without the time to compile them."""
    namespace = {}
    exec(
        made.kernel_source.replace("from numba import njit", "njit = lambda **options: lambda function: function"),
        namespace,
    )

    def kernel(*arguments):
        with np.errstate(all="ignore"):
            namespace["kernel"](*arguments)

    return kernel


def test_a_formula_in_a_class_with_odd_lines(tmp_path):
    made = imported(
        tmp_path,
        '''
import numpy as np
from edu_optim.formula import Hyper, rule

def unchanged(function):
    return function

class Group:
        @rule(paper="made up", degree=1,
              lr=Hyper(0.1, "lr", "[0, inf)"))
        @unchanged
        def Inner(x, g, t,
                  lr):
            """Words
at the left margin.
            """
            x = x - \\
lr * g
            return x
''',
    ).Group.Inner
    assert made.run([1.0], [[2.0]])[-1, 0] == 0.8
    assert made.__doc__.startswith("Words")


def test_a_micro_sign_is_the_letter_mu(tmp_path):
    head = HEAD.replace('"m": 0', '"\u00b5": 0')
    made = define(
        tmp_path, "\u00b5 = \u00b5 + g\nreturn x - \u00b5, \u00b5, s", head=head, signature="x, g, \u00b5, t, s, lr"
    )
    assert made.run([1.0], [[2.0]])[-1, 0] == -1.0


def test_arguments_may_bear_the_names_of_the_generated_file():
    @rule(
        paper="made up",
        degree=None,
        element_states={"kernel": "range * 2", "body": 0},
        scalar_states={"scalars": "njit"},
        reductions={"coefficients": "np.max(kernel) + range"},
        range=Hyper(0.5, "r", "[0, 1]"),
        njit=Hyper(3, "n", "[0, 9]"),
    )
    def Crowded(x, g, kernel, body, t, scalars, coefficients, range, njit):
        kernel_1 = kernel + coefficients
        return x - kernel_1 * scalars + range * njit, kernel_1, kernel_1 * 2, scalars + 1

    for backend in ("formula", "numpy", "numba"):
        assert Crowded.run([0.0], [[1.0]], backend=backend)[-1, 0] == -(1 + 1.5) * 3 + 1.5


def test_read_gives_values_a_caller_can_use():
    def f(x, y, a):
        return np.sqrt(x) - a * y, x

    reading = read(f, ["x", "y"])
    assert [(v.name, v.scalar) for v in reading.arguments] == [("x", False), ("y", False), ("a", True)]
    assert len(reading.results) == 2
    assert isinstance(rule(paper="", degree=None)(_identity), Rule)


def _identity(x, g, t):
    return x


def test_hyperparameters_must_say_their_range():
    with pytest.raises(
        FormulaError, match=r"lr=0\.1 does not say what is allowed\. Instead: lr=Hyper\(0\.1, symbol, range\)"
    ):
        rule(paper="", degree=None, lr=0.1)(_identity)
    assert Hyper(0.1, "lr", "[0, 1]").default == 0.1
