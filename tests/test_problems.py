"""Values, gradients, minima, and the walk down."""

import numpy as np
import pytest

import edu_optim as eo
from edu_optim import problems, rng
from edu_optim.formula import read

SURFACES = {
    "bowl": problems.bowl,
    "valley": problems.valley,
    "valley turned": problems.turned(45),
    "valley of condition 10, turned by 20": problems.turned(20, kappa=10),
    "rosenbrock": problems.rosenbrock,
    "rosenbrock with other constants": problems.rosenbrock.at(a=0.5, b=7),
    "beale": problems.beale,
    "himmelblau": problems.himmelblau,
    "saddle": problems.saddle,
}
surfaces = pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES.keys())


def sgd(lr):
    return lambda x, g: x - lr * g


def steps_to(loss, threshold=1e-6):
    return int(np.argmax(loss <= threshold))


@surfaces
def test_gradient_agrees_with_central_differences(surface):
    low, high = np.array(surface.domain).T
    for x, y in rng.generator(0, "test-problems").uniform(low, high, (5, 2)):
        hx, hy = 6e-6 * max(1, abs(x)), 6e-6 * max(1, abs(y))
        slopes = [
            (surface(x + hx, y) - surface(x - hx, y)) / (2 * hx),
            (surface(x, y + hy) - surface(x, y - hy)) / (2 * hy),
        ]
        np.testing.assert_allclose(surface.gradient(x, y), slopes, rtol=1e-7, atol=1e-6)


@surfaces
def test_minima_are_the_lowest_points(surface):
    assert surface.minima
    (left, right), (bottom, top) = surface.domain
    everywhere = surface(*np.meshgrid(np.linspace(left, right, 201), np.linspace(bottom, top, 201)))
    around = 1e-3 * np.exp(2j * np.pi * np.arange(16) / 16)
    for x, y in surface.minima:
        np.testing.assert_allclose(surface.gradient(x, y), 0, atol=1e-12)
        assert surface(x, y) <= everywhere.min() + 1e-12
        assert (surface(x + around.real, y + around.imag) > surface(x, y)).all()
        assert left <= x <= right
        assert bottom <= y <= top


@surfaces
def test_the_start_lies_inside_the_picture_and_above_the_minimum(surface):
    for here, (low, high) in zip(surface.start, surface.domain, strict=True):
        assert low < here < high
    assert surface(*surface.start) > surface.lowest


@surfaces
def test_both_functions_are_written_in_the_grammar_of_formulas(surface):
    assert len(read(surface.value_formula, ["x", "y"]).results) == 1
    assert len(read(surface.gradient_formula, ["x", "y"]).results) == 2


@surfaces
def test_broadcasts_and_takes_whole_numbers(surface):
    x, y = np.arange(3), np.arange(4)[:, None]
    assert surface(x, y).shape == (4, 3)
    assert surface.gradient(x, y).shape == (2, 4, 3)
    assert surface(1, 2).dtype == surface.gradient(1, 2).dtype == np.float64
    assert surface(x, y)[2, 1] == surface(1.0, 2.0)


@surfaces
def test_says_where_it_comes_from(surface):
    assert surface.__doc__
    assert surface.source
    assert surface.name in repr(surface)


def test_a_variant_leaves_the_original_alone():
    variant = problems.rosenbrock.at(a=2)
    assert variant.minima == ((2.0, 4.0),)
    assert problems.rosenbrock.minima == ((1.0, 1.0),)
    assert variant(0, 0) == 4.0


@pytest.mark.parametrize(
    ("constants", "words"),
    [
        ({"kapa": 10}, "it has: kappa, cos, sin"),
        ({"kappa": np.inf}, "kappa=inf is not a finite number"),
        ({"kappa": "100"}, "kappa='100' is not a finite number"),
        ({"kappa": [1, 2]}, "not a finite number"),
    ],
)
def test_a_variant_refuses_what_is_no_constant(constants, words):
    with pytest.raises(ValueError, match=words):
        problems.valley.at(**constants)


def test_the_valley_keeps_the_numbers_of_the_lessons():
    def steps(lr):
        return steps_to(problems.descend(problems.valley, sgd(lr), 1000).loss)

    assert steps(0.01) == 653
    assert steps(0.0198) == 440
    assert min(steps(lr) for lr in np.linspace(0.0195, 0.0199, 41)) == 331


@pytest.mark.parametrize(("lr", "momentum", "due"), [(0.03, 0.8, 71), (0.01, 0.9, 138), (0.03, 0.9, 138)])
def test_momentum_in_the_valley_keeps_the_numbers_of_the_lessons(lr, momentum, due):
    rule = eo.check.follow(eo.RULES["MomentumSGD"].formula, "MomentumSGD", lr=lr, momentum=momentum)
    assert steps_to(problems.descend(problems.valley, rule, 200).loss) == due


def test_at_two_over_L_the_bounce_neither_grows_nor_dies():
    across = problems.descend(problems.valley, sgd(2 / 100), 50).path[:, 1]
    np.testing.assert_allclose(np.abs(across), 1.0)


def test_turning_the_page_turns_the_path():
    straight = problems.descend(problems.valley, sgd(0.015), 50)
    turned = problems.descend(problems.turned(45), sgd(0.015), 50)
    page = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    np.testing.assert_allclose(turned.path, straight.path @ page.T, atol=1e-12)
    np.testing.assert_allclose(turned.loss, straight.loss, rtol=1e-9, atol=1e-15)


def test_noise_is_keyed_by_seed_and_step():
    assert np.array_equal(problems.noise(3, 7), problems.noise(3, 7))
    assert not np.array_equal(problems.noise(3, 7), problems.noise(3, 8))
    assert not np.array_equal(problems.noise(3, 7), problems.noise(4, 7))
    assert problems.noise(0, 0, (4, 2)).shape == (4, 2)


def test_two_rules_meet_the_same_noise():
    flat = problems.bowl.at(curvature=0)
    one = problems.descend(flat, sgd(0.1), 20, noise=1.0, seed=5)
    two = problems.descend(flat, sgd(0.5), 30, noise=1.0, seed=5)
    assert np.array_equal(one.gradients, two.gradients[:20])
    assert one.gradients.any()


def test_noise_may_differ_between_coordinates():
    walk = problems.descend(problems.bowl, sgd(0.5), 40, noise=(1.0, 0.0))
    assert abs(walk.path[-1, 1]) < 1e-9 < abs(walk.path[-1, 0])


@pytest.mark.parametrize("lr", [0.4, 0.1])
def test_the_ball_has_the_size_the_law_gives(lr):
    path = problems.descend(problems.bowl, sgd(lr), 4000, noise=1.0).path[200:]
    assert np.mean(path**2) == pytest.approx(lr / (2 - lr), rel=0.15)


def test_descend_records_path_loss_and_gradients():
    walk = problems.descend(problems.valley, sgd(0.01), 5)
    assert walk.path.shape == (6, 2)
    assert walk.loss.shape == (6,)
    assert walk.gradients.shape == (5, 2)
    assert tuple(walk.path[0]) == problems.valley.start
    np.testing.assert_array_equal(walk.path[1:], walk.path[:-1] - 0.01 * walk.gradients)
    np.testing.assert_array_equal(walk.loss, problems.valley(*walk.path.T))


@pytest.mark.filterwarnings("error")
def test_an_explosion_is_kept_without_a_warning():
    walk = problems.descend(problems.rosenbrock, sgd(1.0), 100)
    finite = np.isfinite(walk.path).all(axis=1)
    assert 1 < finite.sum() < 101
    assert not finite[finite.argmin() :].any()


def test_an_optimizer_a_rule_and_a_name_walk_alike():
    lr = eo.RULES["SGD"].hyperparameters["lr"].default
    wanted = problems.descend(problems.valley, sgd(lr), 10).path
    for rule in (eo.SGD(lr=lr), eo.SGD, eo.RULES["SGD"], "SGD"):
        np.testing.assert_array_equal(problems.descend(problems.valley, rule, 10).path, wanted)


def test_an_optimizer_is_copied_not_used():
    optimizer = eo.Adam(lr=0.1)
    one = problems.descend(problems.valley, optimizer, 10, start=(0.5, -1.0))
    two = problems.descend(problems.valley, optimizer, 10, start=(0.5, -1.0))
    np.testing.assert_array_equal(one.path, two.path)
    parameter = eo.Parameter(np.ones(3))
    optimizer.setup([parameter])
    third = problems.descend(problems.valley, optimizer, 10, start=(0.5, -1.0))
    np.testing.assert_array_equal(third.path, one.path)
    assert (parameter.data == 1).all()


def test_a_followed_function_begins_anew_each_time():
    walk = eo.check.follow(eo.RULES["MomentumSGD"].formula, "MomentumSGD", lr=0.01)
    one, two = (problems.descend(problems.valley, walk, 10).path for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_descend_refuses_what_is_no_rule():
    with pytest.raises(TypeError, match=r"0\.01 is no rule; write eo\.SGD\(lr=0\.01\)"):
        problems.descend(problems.bowl, 0.01, 1)
    with pytest.raises(KeyError, match="Adam"):
        problems.descend(problems.bowl, "adam", 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"steps": -1}, "steps=-1"),
        ({"steps": 1.5}, "steps=1.5"),
        ({"steps": True}, "steps=True"),
        ({"steps": 1, "start": (1.0, 2.0, 3.0)}, "not a point of the plane"),
        ({"steps": 1, "start": (1.0, np.nan)}, "not a point of the plane"),
        ({"steps": 1, "noise": -1.0}, "not a standard deviation"),
        ({"steps": 1, "noise": np.inf}, "not a standard deviation"),
        ({"steps": 1, "noise": (1.0, 1.0, 1.0)}, "not a standard deviation"),
    ],
)
def test_descend_refuses_what_makes_no_sense(arguments, words):
    with pytest.raises(ValueError, match=words):
        problems.descend(problems.bowl, sgd(0.1), **arguments)
