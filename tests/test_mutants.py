"""Every mutant is caught, every right rule is acquitted, and which law catches which is what the table says."""

from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color
from matplotlib.text import Text

import edu_optim as eo
from edu_optim import check, figures
from edu_optim.formula import Hyper, rule

CLASSIC = (
    "SGD", "MomentumSGD", "CorrectedMomentumSGD", "NesterovAG", "NesterovSGD", "AdaGrad", "RMSprop", "AdaDelta", "Adam",
)
MUTANTS = [(name, mutant) for name in CLASSIC for mutant in check.mutants(name)]
THREE = ("there and back", "silence", "gradient of eps")

# What each rule has to answer for. Laws are asked only of what obeys them, so a rule that came to break one of its
# own would go unnoticed if this were not written down.
OF_ALL = ("mirror", "own coordinate", "anywhere", "rate", "brake")
LAWS = {
    "SGD": ("degree 1", *OF_ALL, "constant gradient"),
    **dict.fromkeys(CLASSIC[1:5], ("degree 1", *OF_ALL, "no memory", "constant gradient")),
    **dict.fromkeys(CLASSIC[5:8], ("degree 0", *OF_ALL, "constant gradient", "gradient of eps")),
    "Adam": ("degree 0", *OF_ALL, "constant gradient", *THREE),
}


def said(capsys):
    return capsys.readouterr().out.rstrip("\n")


# The right ones


@pytest.mark.parametrize("name", CLASSIC)
def test_a_right_rule_answers_for_all_its_laws_and_obeys_them(name, capsys):
    assert check.laws(eo.RULES[name])
    assert said(capsys) == f"laws of {name}: all hold ({', '.join(LAWS[name])})"


@pytest.mark.parametrize(("name", "says"), [
    ("SGD", "every step is lr g"),
    ("MomentumSGD", "momentum^t)"),
    ("CorrectedMomentumSGD", "momentum^t)"),
    ("NesterovSGD", "momentum^(t + 1))"),
    ("NesterovAG", "momentum^(t + 2))"),
    ("AdaGrad", "lr / sqrt(t)"),
    ("RMSprop", "lr / sqrt(1 - alpha^t)"),
    ("AdaDelta", "sqrt(eps / (1 - rho))"),
    ("Adam", "every step is lr, whatever g"),
])
def test_each_has_its_own_law_of_the_constant_gradient(name, says):
    law = {law.name: law for law in check.laws_of(name)}["constant gradient"]
    assert says in law.says


@pytest.mark.parametrize("name", CLASSIC)
def test_where_the_rate_stands_is_said_by_the_brake(name):
    inside = {"MomentumSGD", "NesterovAG"}
    brake = {law.name: law for law in check.laws_of(name)}["brake"]
    assert ("inside" in brake.says) == (name in inside)


@pytest.mark.parametrize("name", CLASSIC)
def test_laws_hold_wherever_the_hyperparameters_are(name, capsys):
    draw = np.random.default_rng(4)
    for _ in range(5):
        values = {n: draw.uniform(0.05, 0.95) for n in eo.RULES[name].hyperparameters if n[:3] != "eps"}
        assert check.laws(eo.RULES[name], **values)
        assert said(capsys).endswith(f"({', '.join(LAWS[name])})")


# The broken ones


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("name", "mutant"), MUTANTS)
def test_every_mutant_is_convicted_in_one_line(name, mutant, capsys):
    function = check.mutants(name)[mutant]
    assert check.laws(function, name) == 0
    assert capsys.readouterr().out.startswith(f"laws of {name}: broken: ")
    assert function.__doc__.endswith(".") and "\n" not in function.__doc__


@pytest.mark.parametrize(("name", "mutant"), MUTANTS)
def test_every_mutant_walks(name, mutant):
    """It is a rule, only not the right one: what cannot be called would be convicted of nothing but that."""
    walk, here = check.follow(check.mutants(name)[mutant], name), np.zeros(2)
    for g in np.random.default_rng(0).standard_normal((5, 2)):
        here = walk(here, g)
    assert np.isfinite(here).all()


def test_mutants_of_a_rule_nobody_broke(capsys):
    with pytest.raises(KeyError, match="no mutants of Lion: there are some of AdaDelta, AdaGrad, Adam"):
        check.mutants(Lion)
    with pytest.raises(KeyError, match="there is no rule 'adam'"):
        check.mutants("adam")


# Which law catches which: 1 where it does, in the order of LAWS[name]

CAUGHT = {
    "Adam": {
        "no correction": "0000001111",
        "only m corrected": "0000001111",
        "only v corrected": "0000001111",
        "t one too large": "0000001111",
        "t stuck at 1": "0000001110",
        "betas swapped": "0000000110",
        "not squared": "1000001001",
        "no root": "1000001011",
        "old m": "0000001111",
        "beta for one minus beta": "0000001111",
        "eps in the root": "0000000001",
        "eps added to the step": "0000000001",
        "absolute gradient": "0100000100",
        "mean of sizes": "0000000010",
    },
    "SGD": {
        "uphill": "0000001",
        "half a gradient": "0000001",
        "absolute gradient": "0100000",
        "only the sign": "1000001",
        "clipped": "1000001",
        "unit length": "1010001",
        "falling rate": "0000001",
        "decays": "0001000",
        "rate squared": "0000101",
    },
    "MomentumSGD": {
        "uphill": "00000011",
        "rate outside": "00000100",
        "rate inside and outside": "00001111",
        "averaged": "00000001",
        "old m": "00000011",
        "forgets": "00000101",
        "momentum on everything": "00000011",
        "look ahead": "00000001",
    },
    "CorrectedMomentumSGD": {
        "uphill": "00000011",
        "rate inside": "00000100",
        "averaged": "00000001",
        "old m": "00000011",
        "forgets": "00000001",
        "newest gradient twice": "00000011",
        "look ahead": "00000001",
    },
    "NesterovAG": {
        "as in the paper": "00000001",
        "no look ahead": "00000001",
        "momentum not squared": "00000001",
        "rate outside": "00000100",
        "uphill": "00000011",
    },
    "NesterovSGD": {
        "no look ahead": "00000001",
        "as in chainer": "00000001",
        "rate inside": "00000100",
        "buffer twice": "00000001",
        "old m": "00000001",
        "uphill": "00000011",
    },
    "AdaGrad": {
        "forgets": "00000010",
        "mean instead of sum": "00000010",
        "no root": "10000011",
        "not squared": "10000011",
        "old h": "10000011",
        "one rate for all": "00100000",
        "only the sign": "10000011",
        "eps in the root": "00000001",
        "absolute gradient": "01000000",
    },
    "RMSprop": {
        "never forgets": "00000011",
        "corrected": "00000011",
        "alpha exchanged": "00000011",
        "no root": "10000011",
        "not squared": "10000011",
        "old v": "10000011",
        "one rate for all": "00100000",
        "eps in the root": "00000001",
        "absolute gradient": "01000000",
    },
    "AdaDelta": {
        "no memory of steps": "00000010",
        "gradients remembered twice": "10000010",
        "rate remembered": "00001000",
        "steps not squared": "00000010",
        "eps outside the roots": "00000011",
        "eps below only": "00000011",
        "upside down": "10000011",
        "rho exchanged": "00000011",
        "absolute gradient": "01000000",
    },
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", CLASSIC)
def test_the_table_is_this_one(name):
    table = check.convictions(name)
    rows = {m: "".join("01"[c] for c in row) for m, row in zip(table.mutants, table.caught.astype(int), strict=True)}
    assert table.laws == LAWS[name]
    assert rows == CAUGHT[name]
    assert table.acquitted() == []


def test_the_first_three_laws_one_thinks_of_catch_thirteen_and_the_fourteenth_escapes():
    laws = [law for law in check.laws_of("Adam") if law.name in ("constant gradient", "there and back", THREE[2])]
    table = check.convictions("Adam", by=laws)
    assert len(laws) == 3
    assert len(table.mutants) == 14
    assert table.acquitted() == ["mean of sizes"]


def test_three_laws_catch_all_broken_adams_and_no_two_do():
    table = check.convictions("Adam")
    columns = {law: table.caught[:, k] for k, law in enumerate(table.laws)}
    assert np.any([columns[law] for law in THREE], axis=0).all()
    assert not any((columns[a] | columns[b]).all() for a, b in combinations(table.laws, 2))
    assert THREE in table.fewest()


def test_the_three_laws_are_five_steps():
    """As many as a reader does by hand: two, two and one."""
    counted = []
    for law in check.laws_of("Adam"):
        if law.name in THREE:
            law.holds(lambda g, **_: counted.append(len(g)) or np.zeros(len(g)), eo.RULES["Adam"].values({}))
    assert counted == [2, 2, 1]


def test_what_golden_steps_acquit():
    table = check.convictions("Adam", by=check.golden_steps("Adam"))
    first, four = table.caught.T
    agree_at_first = [name for name, caught in zip(table.mutants, first, strict=True) if not caught]
    assert agree_at_first == [
        "t stuck at 1", "betas swapped", "not squared", "no root", "eps in the root", "eps added to the step",
        "absolute gradient", "mean of sizes",
    ]
    assert table.acquitted() == ["eps in the root", "eps added to the step"]
    assert [int(four.sum()), table.laws] == [12, ("first step", "four golden steps")]


@pytest.mark.parametrize("name", CLASSIC)
def test_functions_of_your_own_are_judged_too(name):
    """The right one by every law and by golden steps; what stands still or stops is caught by what sees it move."""
    mine = {"right": eo.RULES[name], "stands still": lambda x, g: x, "stops": lambda x, g, lr: lr / None}
    table, golden = check.convictions(name, of=mine), check.convictions(name, by=check.golden_steps(name), of=mine)
    assert golden.caught.tolist() == [[False, False], [True, True], [True, True]]
    assert table.acquitted() == ["right"]
    assert table.caught[2].all()


def test_the_printed_values_of_the_broken_adams():
    """Gradients 1, -0.5, 0.25, 2 from 1 at lr 0.1: the position after four steps, worked out apart from this code."""
    wanted = {
        "no correction": 0.052233, "only m corrected": -4.397, "only v corrected": 0.953605,
        "t one too large": 0.811407, "t stuck at 1": 0.700290, "betas swapped": 0.771543,
        "not squared": 0.769674, "no root": 0.759057, "old m": 0.895708, "beta for one minus beta": 0.956473,
        "eps in the root": 0.775034, "eps added to the step": 0.775034,
    }
    for name, value in wanted.items():
        walk, here = check.follow(check.mutants("Adam")[name], "Adam", lr=0.1), 1.0
        for g in (1.0, -0.5, 0.25, 2.0):
            here = walk(here, g)
        assert here == pytest.approx(value, abs=6e-4 if name == "only m corrected" else 6e-7), name


def test_a_law_of_your_own():
    grows = check.Law("grows", "two gradients of 1 give steps that grow", lambda walk, h: -np.diff(walk([1, 1]))[0] > 0)
    table = check.convictions("MomentumSGD", by=[grows])
    free = {name for name, caught in zip(table.mutants, table.caught[:, 0], strict=True) if not caught}
    assert free == {"rate outside", "rate inside and outside", "averaged", "old m", "momentum on everything",
                    "look ahead"}


def test_the_fewest_laws_of_an_empty_table_are_none():
    assert check.convictions("SGD", by=[]).fewest() == [()]


# Rules nobody thought of

H = dict(lr=Hyper(0.01, r"\eta", "[0, inf)"))
BETAS = dict(beta1=Hyper(0.9, r"\beta_1", "[0, 1)"), beta2=Hyper(0.99, r"\beta_2", "[0, 1)"))


@rule(paper="made up", degree=0, element_states={"m": 0}, **H, **BETAS)
def Lion(x, g, m, t, lr, beta1, beta2):
    return x - lr * np.sign(beta1 * m + (1 - beta1) * g), beta2 * m + (1 - beta2) * g


@rule(paper="made up", degree=0, element_states={"m": 0, "v": 0, "top": 0}, **H, **BETAS, eps=Hyper(0, "e", "[0, inf)"))
def LargestSoFar(x, g, m, v, top, t, lr, beta1, beta2, eps):
    m = beta1 * m + (1 - beta1) * g
    v = beta2 * v + (1 - beta2) * g ** 2
    top = np.maximum(top, v / (1 - beta2 ** t))
    return x - lr * m / (1 - beta1 ** t) / (np.sqrt(top) + eps), m, v, top


@rule(paper="made up", degree=None, element_states={"size": "lr"}, **H)
def OnlyTheFirstRateCounts(x, g, size, t, lr):
    return x - size * np.sign(g) - 0.1 * g, 0.9 * size


@rule(paper="made up", degree=0, reductions={"norm": "np.sqrt(np.sum(g ** 2))"}, **H)
def WholeLength(x, g, t, norm, lr):
    return x - lr * g / norm


@rule(paper="made up", degree=0, reductions={"length": "np.sqrt(np.sum(x ** 2))"}, **H)
def AsLongAsX(x, g, t, length, lr):
    return x - lr * np.where(length > 0, length, 1.0) * np.sign(g)


@rule(paper="made up", degree=None, **H)
def Square(x, g, t, lr):
    return x - lr * g ** 2


@rule(paper="made up", degree=None, **H)
def Decaying(x, g, t, lr):
    return x - lr * g - 0.01 * lr * x


@pytest.mark.parametrize(("made_up", "obeyed"), [
    (Lion, ["degree 0", "mirror", "own coordinate", "anywhere", "rate", "brake", "constant gradient"]),
    (LargestSoFar, ["degree 0", "mirror", "own coordinate", "anywhere", "rate", "brake", "constant gradient",
                    "there and back", "gradient of eps"]),
    (OnlyTheFirstRateCounts, ["mirror", "own coordinate", "anywhere"]),
    (WholeLength, ["degree 0", "mirror", "anywhere", "rate", "brake", "constant gradient"]),
    (Decaying, ["mirror", "own coordinate", "rate", "brake", "constant gradient"]),
    (AsLongAsX, ["degree 0", "mirror", "rate", "brake", "constant gradient"]),
    (Square, ["own coordinate", "anywhere", "rate", "brake"]),
])
def test_a_rule_nobody_thought_of_is_not_convicted_by_anothers_laws(made_up, obeyed, capsys):
    assert [law.name for law in check.laws_of(made_up)] == obeyed
    assert check.laws(made_up)
    assert said(capsys) == f"laws of {made_up.name}: all hold ({', '.join(obeyed)})"


def test_a_rule_that_declares_a_wrong_degree_is_convicted(capsys):
    @rule(paper="made up", degree=1, **H)
    def Claims(x, g, t, lr):
        return x - lr * g ** 2

    assert check.laws(Claims) == 0
    assert "broken: degree 1" in said(capsys)


@pytest.mark.parametrize("formula", [
    lambda x, g, lr: x - lr * np.linalg.inv(g) @ g,
    lambda x, g, rows, columns, lr: (x - lr * rows @ columns, rows, columns),
])
def test_nothing_is_asked_of_a_rule_that_moves_matrices_only(formula, capsys):
    class Matrices:
        def values(self, given):
            return {"lr": 0.01} | given

    matrices = Matrices()
    vars(matrices).update(name="Matrices", degree=0, formula=formula, hyperparameters=H)
    vars(matrices).update(element_states={}, scalar_states={}, reductions={})
    assert check.laws_of(matrices) == []
    assert check.laws(matrices) is None
    assert said(capsys) == "laws of Matrices: none is known, since it does not move one number at a time"


@pytest.mark.parametrize("name", eo.RULES)
def test_no_rule_of_the_package_is_convicted(name):
    assert check.laws(eo.RULES[name]) != 0


# The figure


def drawn(*tables, **options):
    figure = figures.convictions(*tables, **options)
    FigureCanvasAgg(figure).draw()
    return figure


def test_the_figure_shows_the_table():
    table, golden = check.convictions("Adam"), check.convictions("Adam", by=check.golden_steps("Adam"))
    figure = drawn(table, golden, chosen=THREE, title="Broken Adams")
    for shown, ax in zip((table, golden), figure.axes, strict=True):
        squares = np.zeros(shown.caught.shape, bool)
        for line in ax.lines:
            if line.get_marker() == "s" and len(line.get_xdata()):
                squares[line.get_ydata().astype(int), line.get_xdata().astype(int)] = True
                dark = shown.laws[int(line.get_xdata()[0])] in THREE
                assert (line.get_alpha() == 1) == dark
                assert same_color(line.get_color(), figures.LOOKS["RMSprop"].color)
            elif line.get_marker() == "o":
                assert not shown.caught[line.get_ydata().astype(int), line.get_xdata().astype(int)].any()
        assert (squares == shown.caught).all()
        assert [text.get_text() for text in ax.texts] == [str(count) for count in shown.caught.sum(axis=0)]
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == [*table.mutants, "caught"]


@pytest.mark.parametrize("name", CLASSIC)
def test_all_words_of_the_figure_lie_on_it(name):
    figure = drawn(check.convictions(name), check.convictions(name, by=check.golden_steps(name)), title="Broken")
    boxes = [text.get_window_extent() for text in figure.findobj(Text) if text.get_visible() and text.get_text()]
    paper = figure.bbox
    assert all(paper.x0 <= box.x0 and box.x1 <= paper.x1 for box in boxes)
    assert all(paper.y0 <= box.y0 and box.y1 <= paper.y1 for box in boxes)


def test_the_figure_refuses_what_it_cannot_draw():
    adam = check.convictions("Adam")
    with pytest.raises(ValueError, match="nothing to draw"):
        figures.convictions()
    with pytest.raises(ValueError, match="Draw two figures"):
        figures.convictions(adam, check.convictions("SGD"))
    with pytest.raises(ValueError, match="chosen has silent, which no table has; there are: degree 0"):
        figures.convictions(adam, chosen=["silent"])
