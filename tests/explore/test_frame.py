"""The frame of the explorers: controls, pictures, and what is shown with and without widgets. No browser is needed."""

import io
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from edu_optim import figures
from edu_optim.explore import chosen, controls, frame, stage
from edu_optim.rules import RULES


def pixels(png):
    return np.array(Image.open(io.BytesIO(png)).convert("RGB"))


def wave():
    """An explorer of a line at a height, and its stage."""
    figure, ax = figures.panels(width=2, height=2)
    ax.set(xlim=(0, 1), ylim=(0, 2))
    line, = ax.plot([0, 1], [0, 0])
    drawn = stage.Stage(figure, [line])

    def draw(height, hidden):
        if height == 2.0:
            raise ValueError("too high")
        line.set_ydata([height, height])
        return drawn.picture(f"A line at height {controls.written(height)} & <level>.", ["height"] if hidden else [])

    made = [controls.slider("height", "height", [0.0, 0.5, 1.0, 2.0], 1.0), controls.switch("hidden", "put away")]
    return frame.Explorer("A line", made, draw, [{"height": 0.5}, {}, {"height": 0.0}])


class Shown:
    """Stands in for IPython's display, and for the handles it gives."""

    def __init__(self):
        self.outputs, self.updates = [], []

    def display(self, thing, display_id=None):
        self.outputs.append(thing)
        return self if display_id else None

    def update(self, thing):
        self.updates.append(thing)


@pytest.fixture
def shown(monkeypatch):
    shown = Shown()
    monkeypatch.setattr("IPython.display.display", shown.display)
    return shown


# controls


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_what_is_written_is_the_number_to_six_digits(number):
    assert float(controls.written(number)) == pytest.approx(number, rel=1e-5, abs=0)


def test_numbers_are_written_as_people_write_them():
    texts = [controls.written(rate) for rate in controls.rates(1e-8, 1e3)]
    assert {"1e-8", "1.1e-5", "0.0001", "0.001", "0.25", "0.5", "1", "10", "100"} <= set(texts)
    assert all(len(text) <= 7 and "e-0" not in text and not text.endswith(".0") for text in texts)


def test_rates_rise_by_at_most_a_quarter():
    rates = np.array(controls.rates(1e-4, 10))
    assert rates[0] == 1e-4 and rates[-1] == 10
    assert (rates[1:] / rates[:-1]).min() > 1 and (rates[1:] / rates[:-1]).max() < 1.25


@pytest.mark.parametrize("name", RULES)
def test_every_option_of_a_rule_is_allowed(name):
    for slider in controls.of_rule(RULES[name]):
        hyper = RULES[name].hyperparameters[slider.name.partition(".")[2]]
        assert all(map(hyper.allows, slider.options)) and len(slider.options) > 10
        assert list(slider.options) == sorted(slider.options)


def test_a_start_that_the_list_lacks_is_put_into_it():
    slider = controls.slider("lr", "rate", controls.rates(0.01, 0.02), 0.0198)
    assert slider.options[-2:] == (0.0198, 0.02) and slider.texts[slider.place(0.0198)] == "0.0198"


def test_values_of_one_rule_are_found_by_its_label():
    values = {"SGD.lr": 1, "SGD 2.lr": 2, "NesterovSGD.lr": 3, "noise": 4}
    assert controls.hyperparameters("SGD", values) == {"lr": 1}
    assert controls.hyperparameters("SGD 2", values) == {"lr": 2}


def test_a_control_says_what_it_has_instead():
    with pytest.raises(ValueError, match=r"height=3.0 is no option of this control; it has 0, 0.5, 1, 2"):
        wave().picture(height=3.0)
    with pytest.raises(ValueError, match="has no control 'hight'; it has height, hidden"):
        wave().picture(hight=1.0)
    with pytest.raises(ValueError, match="'x' has no label"):
        controls.slider("x", " ", [1, 2], 1)
    with pytest.raises(ValueError, match="give them names"):
        chosen.named([RULES["SGD"], RULES["SGD"]])


def test_rules_are_taken_in_every_form():
    import edu_optim as eo

    found = chosen.chosen_rules(["SGD", eo.SGD, eo.SGD(lr=0.5), RULES["Adam"]], {"lr": 0.1, "beta1": 0.8})
    assert {label: one.given for label, one in found.items()} == {
        "SGD": {"lr": 0.1}, "SGD 2": {"lr": 0.1}, "SGD 3": {"lr": 0.5}, "Adam": {"lr": 0.1, "beta1": 0.8}}
    assert list(chosen.chosen_rules(eo.Adam(beta2=0.9), {})["Adam"].given) == ["lr", "beta2"]
    with pytest.raises(TypeError, match=r"3 is no rule; write 'Adam', or eo.Adam\(lr=0.1\)"):
        chosen.chosen_rules([3], {})


def test_an_explorer_checks_its_controls_and_presets():
    one = controls.switch("on", "on")
    with pytest.raises(ValueError, match="share a name"):
        frame.Explorer("Twice", [one, one], None, [{}, {}, {}])
    with pytest.raises(ValueError, match="2 presets; three"):
        frame.Explorer("Two", [one], None, [{}, {}])
    with pytest.raises(ValueError, match="no control 'off'"):
        frame.Explorer("Wrong", [one], None, [{}, {}, {"off": True}])


# pictures


def test_a_stage_draws_what_the_figure_would():
    figure, ax = figures.panels(width=3, height=2)
    ax.set(xlim=(0, 1), ylim=(0, 1), title="standing")
    ax.plot([0, 1], [1, 0], zorder=1)
    line, = ax.plot([0, 1], [0, 0], zorder=3)
    drawn = stage.Stage(figure, [line])
    before = drawn.picture("A line along the floor.")
    line.set_ydata([0, 1])
    after = drawn.picture("A line that climbs.")
    assert (pixels(before.png) != pixels(after.png)).any()

    line.set_animated(False)
    figure.canvas.draw()
    assert np.array_equal(pixels(after.png), np.asarray(figure.canvas.buffer_rgba())[..., :3])
    line.set_ydata([0, 0])  # and nothing of an earlier position stays behind
    assert np.array_equal(pixels(drawn.picture("Back.").png), pixels(before.png))


def test_pixels_are_laid_into_the_frame_of_an_axes_lowest_row_first():
    figure, ax = figures.panels(width=2, height=2)
    figure.set_layout_engine("none")
    ax.set_position((0.25, 0.25, 0.5, 0.5))
    drawn = stage.Stage(figure)
    colours = np.arange(100 * 100 * 3, dtype=np.uint32).reshape(100, 100, 3).astype(np.uint8)
    laid, bare = (pixels(drawn.picture("Dots.", pixels=given).png) for given in ((ax, colours), None))
    assert np.array_equal(laid[50:150, 50:150], colours[::-1])
    laid[50:150, 50:150] = bare[50:150, 50:150]
    assert np.array_equal(laid, bare)


def test_a_picture_carries_its_words_and_its_size():
    picture = wave().picture()
    data, look = picture._repr_mimebundle_()
    assert data["text/plain"] == "Figure: A line at height 1 & <level>."
    assert look["image/png"] == {"alt": picture.words, "width": 200, "height": 200, "needs_background": "light"}


def test_a_small_picture_looks_the_same():
    figure = figures.losses({"SGD": np.geomspace(1, 0.01, 50), "Adam": np.geomspace(1, 0.001, 50)})
    picture = stage.picture(figure, "Two lines fall.")
    small = picture.small()
    assert len(small.png) < 0.7 * len(picture.png) and small.words == picture.words
    assert np.abs(pixels(small.png).astype(int) - pixels(picture.png)).mean() < 2


# showing


def test_a_move_replaces_picture_and_words_in_place(shown):
    explorer = wave()
    explorer.show()
    panel, picture, words = shown.outputs
    assert repr(panel) == frame.HINT and picture.words == words.words == "A line at height 1 & <level>."
    assert [spec["label"] for spec in panel.controls] == ["height", "put away"]

    panel.places = {"height": 0, "hidden": 1}
    drawn, words = shown.updates
    assert np.array_equal(pixels(drawn.png), pixels(explorer.picture(height=0.0).png))
    assert panel.words == words.words == drawn.words == "A line at height 0 & <level>."
    assert panel.idle == ["height"]
    assert len(shown.outputs) == 3


def test_words_are_text_and_bring_the_hint_for_lost_controls(shown):
    wave().show()
    html = shown.outputs[-1]._repr_html_()
    assert "height 1 &amp; &lt;level&gt;." in html and frame.HINT in html
    assert repr(shown.outputs[-1]) == "A line at height 1 & <level>."


def test_a_setting_that_cannot_be_drawn_says_so_and_keeps_the_picture(shown):
    explorer = wave()
    explorer.show()
    with pytest.raises(ValueError, match="too high"):
        explorer.panel.places = {"height": 3, "hidden": 0}
    assert [update.words for update in shown.updates] == ["This setting cannot be drawn: too high"]


def test_without_widgets_there_are_three_pictures(shown, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "anywidget", None)
    monkeypatch.delitem(sys.modules, "edu_optim.explore.panel", raising=False)
    wave().show()
    assert "pip install anywidget" in capsys.readouterr().out
    assert [output.words for output in shown.outputs[::2]] == [output.words for output in shown.outputs[1::2]]
    assert [output.words[:18] for output in shown.outputs[::2]] == [
        "A line at height 0", "A line at height 1", "A line at height 0"]


def test_the_room_is_entered_on_first_use_and_brings_no_widgets():
    code = ("import sys, edu_optim as eo; before = set(sys.modules); eo.explore.basins; "
            "heavy = {'anywidget', 'ipywidgets', 'matplotlib', 'numba', 'IPython'}; "
            "assert 'edu_optim.explore' not in before; assert not heavy & set(sys.modules), heavy & set(sys.modules)")
    subprocess.run([sys.executable, "-c", code], check=True)
