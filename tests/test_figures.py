"""Figures: one style, nothing of the reader's changed, and safe against what optimizers do."""

import base64
import io
import subprocess
import sys
from itertools import pairwise

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.text import Text
from PIL import Image

from edu_optim import figures, problems
from edu_optim.figures import output

ALT = "Plain descent zigzags across the valley and barely moves along it."
SURFACES = [problems.bowl, problems.valley, problems.turned(45), problems.rosenbrock, problems.beale]
SURFACES += [problems.himmelblau, problems.saddle]


@pytest.fixture(autouse=True)
def settings_stand():
    before = dict(matplotlib.rcParams)
    yield
    assert dict(matplotlib.rcParams) == before


def pixels(figure):
    return np.array(Image.open(io.BytesIO(output._png(figure))).convert("RGB")).astype(int)


def lines(ax):
    return {line.get_label(): line for line in ax.lines}


def has_colour(picture, colour):
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return (np.abs(picture - wanted).max(axis=2) <= 16).any()


# One look per rule


def test_every_look_in_the_table_is_one_of_its_kind():
    assert len(set(figures.LOOKS.values())) == len(figures.LOOKS)


@pytest.mark.parametrize("name", list(figures.LOOKS))
def test_a_rule_looks_the_same_whoever_is_beside_it(name):
    assert figures.looks(["mine", name])[name] == figures.LOOKS[name] == figures.looks([name, "SGD"])[name]


def test_a_name_that_is_not_in_the_table_gets_the_next_free_look():
    alone = figures.looks(["mine", "yours"])
    assert len(set(alone.values())) == 2
    beside = figures.looks(["SGD", "mine", "Adam", "yours"])
    assert beside["SGD"] == figures.LOOKS["SGD"]
    assert len({look.color for look in beside.values()}) == 4
    assert beside == figures.looks(["SGD", "mine", "Adam", "yours"])


def test_as_many_looks_as_anybody_can_tell_apart():
    names = [*figures.LOOKS, *map(str, range(17))]
    assert len(set(figures.looks(names).values())) == len(names)
    assert len(figures.looks(map(str, range(100)))) == 100


# Contours


@pytest.mark.parametrize("surface", SURFACES, ids=repr)
def test_contours_follow_the_height_over_decades(surface):
    ax = figures.contour(surface).axes[0]
    (left, right), (bottom, top) = surface.domain
    assert ax.get_xlim() == (left, right)
    assert ax.get_ylim() == (bottom, top)
    levels = next(c for c in ax.collections if hasattr(c, "levels")).levels
    ratios = levels[1:] / levels[:-1]
    np.testing.assert_allclose(ratios, ratios[0])
    assert levels[-1] / levels[0] > 100
    assert len(output._png(ax.figure)) < 60_000


def test_start_and_minima_are_marked():
    drawn = lines(figures.contour(problems.himmelblau).axes[0])
    np.testing.assert_array_equal(np.ravel(drawn["start"].get_data()), problems.himmelblau.start)
    np.testing.assert_array_equal(np.transpose(drawn["minimum"].get_data()), problems.himmelblau.minima)


@pytest.mark.filterwarnings("error")
def test_a_path_that_explodes_is_drawn_as_far_as_it_can_be_seen():
    path = np.array([[1, 1], [0.5, -3], [0.5, 1e300], [np.inf, 0], [np.nan, 0], [0.2, 0.1]])
    kept = path.copy()
    figure = figures.contour(problems.valley, {"SGD": path})
    assert has_colour(pixels(figure), "#000000")
    np.testing.assert_array_equal(path, kept)
    seen = np.transpose(lines(figure.axes[0])["SGD"].get_data())
    np.testing.assert_array_equal(np.isnan(seen).any(axis=1), [False, False, True, True, True, False])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("path", [np.empty((0, 2)), [[1.0, 1.0]], np.full((3, 2), np.nan)])
def test_a_path_of_nothing_is_no_accident(path):
    output._png(figures.contour(problems.valley, {"mine": path}))


def test_a_cloud_is_not_joined():
    cloud = lines(figures.contour(problems.bowl, {"SGD": np.eye(2)}, joined=False).axes[0])["SGD"]
    assert cloud.get_linestyle() == "None"


def test_paths_may_stay_unnamed():
    assert figures.contour(problems.bowl, {"SGD": np.eye(2)}, legend=False).axes[0].get_legend() is None


def test_the_legend_stands_outside_the_frame():
    figure = figures.contour(problems.bowl, {"SGD": np.eye(2), "MomentumSGD": np.eye(2)})
    FigureCanvasAgg(figure).draw()
    ax = figure.axes[0]
    legend, frame, page = ax.get_legend().get_window_extent(), ax.get_window_extent(), figure.bbox
    assert legend.x0 >= frame.x1
    assert legend.x1 <= page.x1
    assert ax.yaxis.label.get_window_extent().x0 >= page.x0


def test_a_path_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"'mine' has shape \(2, 3\); a path is an array of shape \(steps \+ 1, 2\)"):
        figures.contour(problems.bowl, {"mine": np.ones((2, 3))})


# Loss curves


@pytest.mark.filterwarnings("error")
def test_losses_leave_out_what_has_no_logarithm():
    curve = [1.0, 0.5, np.inf, 0.0, -1.0, np.nan, 0.25]
    ax = figures.losses({"SGD": curve}).axes[0]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [1, 0.5, np.nan, np.nan, np.nan, np.nan, 0.25])
    ax = figures.losses({"SGD": curve}, log=False).axes[0]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), [1, 0.5, np.nan, 0, -1, np.nan, 0.25])


@pytest.mark.filterwarnings("error")
def test_smoothing_is_the_mean_of_the_last_values():
    curve = [4.0, 2.0, np.nan, 6.0, np.nan, np.nan, 1.0]
    smooth = figures.losses({"SGD": curve}, smooth=2).axes[0].lines[1].get_ydata()
    np.testing.assert_array_equal(smooth, [4, 3, 2, 6, 6, np.nan, 1])


def test_smoothing_does_not_drown_small_losses():
    curve = 10.0 ** -np.arange(40)
    smooth = figures.losses({"SGD": curve}, smooth=2).axes[0].lines[1].get_ydata()
    np.testing.assert_allclose(smooth[1:], (curve[1:] + curve[:-1]) / 2, rtol=1e-12)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("curve", [[], [1.0], [np.nan] * 3, [0.0] * 3, [1e300, 1e-300]])
def test_any_curve_can_be_drawn(curve):
    pixels(figures.losses({"SGD": curve, "mine": [1.0, 0.5]}))


def test_names_stand_beside_the_ends_and_never_on_each_other():
    curves = {name: [1.0, 0.1 * (1 + i / 1000)] for i, name in enumerate(figures.LOOKS)}
    figure = figures.losses(curves | {"best": [1.0, 1e-9]})
    FigureCanvasAgg(figure).draw()
    # Text's own: an annotation's box includes its arrow.
    boxes = sorted(map(Text.get_window_extent, figure.axes[0].texts), key=lambda box: box.y0)
    assert len(boxes) == len(curves) + 1
    assert all(low.y1 <= high.y0 for low, high in pairwise(boxes))
    assert all(box.x0 >= 0 and box.x1 <= figure.bbox.x1 and box.y1 <= figure.bbox.y1 for box in boxes)


def test_an_explosion_leaves_the_rest_to_be_seen():
    curves = {"SGD": 10.0 ** -np.arange(5), "mine": 10.0 ** np.arange(300)}
    low, high = figures.losses(curves).axes[0].get_ylim()
    assert 1e-5 < low < 1e-4
    assert 1e4 < high < 1e6


@pytest.mark.parametrize("smooth", [0, 1.5, True])
def test_smoothing_needs_a_number_of_values(smooth):
    with pytest.raises(ValueError, match=f"smooth={smooth}"):
        figures.losses({"SGD": [1.0]}, smooth=smooth)


def test_a_curve_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"'mine' has shape \(2, 2\)"):
        figures.losses({"mine": np.ones((2, 2))})


# Digits


@pytest.mark.parametrize("shape", [(10, 16), (10, 4, 4)])
def test_wrong_predictions_are_named(shape):
    figure = figures.images(np.ones(shape), labels=np.arange(10), predictions=[0, 1, 7, *range(3, 10)], columns=4)
    titles = [ax.get_title(loc="center") for ax in figure.axes]
    assert titles == ["0", "1", "2 read as 7", *map(str, range(3, 10)), "", ""]
    frames = [to_hex(ax.spines["top"].get_edgecolor()) for ax in figure.axes[:10]]
    assert [i for i, frame in enumerate(frames) if frame == "#d55e00"] == [2]


@pytest.mark.parametrize("shape", [(3, 15), (3, 2, 8), (16,), (0, 16), (1, 1, 4, 4)])
def test_pictures_must_be_square(shape):
    with pytest.raises(ValueError, match="pictures are"):
        figures.images(np.ones(shape))


def test_every_picture_needs_its_label():
    with pytest.raises(ValueError, match=r"labels has shape \(2,\)"):
        figures.images(np.ones((3, 16)), labels=[1, 2])


# Showing them


@pytest.fixture
def shown(monkeypatch):
    caught = []
    monkeypatch.setattr("IPython.display.display", caught.append)
    return caught


def test_present_shows_a_png_with_words_and_returns_nothing(shown):
    figure = figures.losses({"SGD": [1.0, 0.5]})
    assert figures.present(figure, alt=f"  {ALT}\n") is None
    data, metadata = shown[0]._repr_mimebundle_()
    assert data["text/plain"] == repr(shown[0]) == f"Figure: {ALT}"
    look = metadata["image/png"]
    assert look == {"alt": ALT, "width": 500, "height": 400, "needs_background": "light"}
    picture = Image.open(io.BytesIO(base64.b64decode(data["image/png"])))
    assert picture.size == (750, 600)
    assert picture.mode == "P"
    assert "transparency" not in picture.info
    assert min(picture.convert("RGB").getpixel((0, 0))) >= 250


def test_the_same_figure_has_the_same_bytes():
    path = problems.descend(problems.valley, lambda x, g: x - 0.015 * g, 40).path
    one, two = (output._png(figures.contour(problems.valley, {"SGD": path})) for _ in range(2))
    assert one == two


def test_thin_lines_keep_their_colour():
    paths = {name: [[1, 1], [-1, y]] for name, y in zip(figures.LOOKS, np.linspace(-1, 1, 11), strict=True)}
    picture = pixels(figures.contour(problems.beale, paths))
    assert all(has_colour(picture, look.color) for look in figures.LOOKS.values())


def test_a_dark_theme_of_the_readers_does_not_shine_through(shown):
    with matplotlib.rc_context():
        matplotlib.style.use("dark_background")
        matplotlib.rcParams["savefig.transparent"] = True
        figures.present(figures.losses({"SGD": [1.0, 0.5]}), alt=ALT)
    picture = np.array(Image.open(io.BytesIO(shown[0].png)).convert("RGB"))
    assert picture[0, 0].min() >= 250
    assert picture[:, :20].min() < 100  # the label of the axis is dark on it


def test_a_figure_of_pyplots_is_let_go(shown):
    pyplot = pytest.importorskip("matplotlib.pyplot")
    figure = pyplot.figure()
    figures.present(figure, alt=ALT)
    assert not pyplot.fignum_exists(figure.number)


@pytest.mark.parametrize("alt", ["", "A contour plot.", None, "x" * 60, " " * 60])
def test_present_asks_for_a_sentence(alt, shown):
    with pytest.raises(ValueError, match="at least 40 are needed"):
        figures.present(figures.losses({"SGD": [1.0]}), alt=alt)
    assert not shown


def test_present_asks_for_a_figure(shown):
    with pytest.raises(TypeError, match=r"shown through its figure: ax\.figure"):
        figures.present(figures.panels()[1], alt=ALT)
    with pytest.raises(TypeError, match="this is a list"):
        figures.present([], alt=ALT)


def test_panels_lie_side_by_side():
    figure, axes = figures.panels(1, 2)
    assert figures.contour(problems.bowl, ax=axes[0], title="left") is figure
    assert figures.losses({"SGD": [1.0, 0.5]}, ax=axes[1]) is figure
    assert tuple(figure.get_size_inches()) == (8.0, 3.6)
    pixels(figure)


def test_figures_never_load_pyplot_and_are_not_loaded_before_they_are_asked_for():
    code = """
import sys, edu_optim as eo
assert "matplotlib" not in sys.modules
eo.problems.valley(1, 2), eo.check.parity
assert "matplotlib" not in sys.modules and "numba" not in sys.modules
eo.figures.contour(eo.problems.valley, {"SGD": [[1, 1], [0, 0]]})
assert "matplotlib" in sys.modules and "matplotlib.pyplot" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_path_that_leaves_for_good_ends_outside_and_one_that_returns_is_whole():
    out, back = np.array([[0, 0], [1, 0], [5, 0], [6, 0], [7, 0.0]]), np.array([[0, 0], [5, 0], [1, 0.0]])
    ax = figures.contour(problems.valley, {"out": out, "back": back}).axes[0]
    assert lines(ax)["out"].get_xydata().tolist() == [[0, 0], [1, 0], [5, 0]]
    assert lines(ax)["back"].get_xydata().tolist() == back.tolist()
