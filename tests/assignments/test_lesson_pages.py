"""The lecturer's pages of the lessons: what they say stands in the lesson, and Moodle reads the same questions."""

import html
import importlib.util
import json
import math
import re

import course
import pytest

KIT = course.ROOT / "notebooks" / "lecturer"
PAGES = sorted((KIT / "lessons").glob("[0-9][0-9].md"))
EVERY = pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
NUMBER = re.compile(r"(?<![\w.^{-])(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.I)
SCREEN, WIDTH = 22, 84  # lines of letters on a projector, title and options included

_spec = importlib.util.spec_from_file_location("gift", course.ROOT / "tools" / "gift.py")
gift = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(gift)


def lesson(page):
    """The lesson's metadata, and all text in it: prose, code and what was printed."""
    paths = list((course.ROOT / "notebooks").glob(f"{page.stem}_*.ipynb"))
    if not paths:
        pytest.skip(f"lesson {page.stem} is not there")
    notebook = json.loads(paths[0].read_text("utf-8"))
    texts = []
    for cell in notebook["cells"]:
        texts.append("".join(cell["source"]))
        for output in cell.get("outputs", []):
            texts.append("".join(output.get("text", "") or output.get("data", {}).get("text/plain", "")))
    return paths[0], notebook["metadata"]["edu_optim"], "\n".join(texts)


def numbers(text):
    """The numbers of a text, those that could stand anywhere (up to two digits, no fraction) left out."""
    text = re.sub(r"\{,\}|(?<=\d),(?=\d{3})", "", text)
    found = {said: float(said) for said in NUMBER.findall(text)}
    return {said: value for said, value in found.items() if not (value.is_integer() and value < 100)}


# ---- against the lesson


@EVERY
def test_the_page_is_about_its_lesson(page):
    path, known, text = lesson(page)
    said = page.read_text("utf-8")
    assert said.startswith(f"# {page.stem} \N{MIDDLE DOT} {known['title']}\n")
    assert f"](../../{path.name})" in said
    for figure in set(re.findall(r"Figures? (\d+)", said)):
        assert f"**Figure {figure}:**" in text, f"Figure {figure} is not in the lesson"


@EVERY
def test_its_numbers_stand_in_the_lesson(page):
    text = lesson(page)[2]
    there = numbers(text).values()
    said = page.read_text("utf-8").partition("## Three questions")[0]
    for question in gift.questions(page.read_text("utf-8")):
        said += "\n".join([question.text, *(option.said for option in question.options),
                           *(option.text for option in question.options if option.right)]) + "\n"
    shares = {round(value / 100, 12) for value in there} | {100 * value for value in there}
    missing = [one for one, value in numbers(said).items()
               if not any(math.isclose(value, other, rel_tol=1e-9) for other in (*there, *shares))]
    assert missing == []


@EVERY
def test_the_plan_takes_45_minutes(page):
    table = page.read_text("utf-8").partition("## 45 minutes")[2].partition("\n## ")[0]
    assert sum(map(int, re.findall(r"^\| (\d+) \|", table, re.M))) == 45


@EVERY
def test_three_questions_whose_wrong_answers_are_misconceptions(page):
    asked = gift.questions(page.read_text("utf-8"))
    assert [question.name[:4] for question in asked] == [f"{page.stem}.{number}" for number in (1, 2, 3)]
    for question in asked:
        assert 3 <= len(question.options) <= 4
        for option in question.options:
            named = re.match(r"\*[^*]+:\*", option.said)
            assert bool(named) != option.right, f"{question.name}: {option.text}"


@EVERY
def test_a_question_fits_on_a_screen(page):
    for question in gift.questions(page.read_text("utf-8")):
        texts = [question.name, question.text, *(option.text for option in question.options)]
        assert sum(1 + len(text) // WIDTH for text in texts) + len(texts) <= SCREEN, question.name


def test_right_answers_stand_in_no_fixed_place():
    places = [[option.right for option in question.options].index(True)
              for page in PAGES for question in gift.questions(page.read_text("utf-8"))]
    assert max(map(places.count, range(4))) < len(places) * 0.7


# ---- against Moodle: a reader that shares nothing with the writer


def read_back(text):
    """Read GIFT as Moodle does: ``[(category, title, format, text, [(sign, option, feedback)])]``."""
    found, category = [], ""
    for paragraph in re.split(r"\n\s*\n", text):
        lines = [line for line in paragraph.split("\n") if line.strip() and not line.startswith("//")]
        if lines and lines[0].startswith("$CATEGORY:"):
            category, lines = lines[0].split(":", 1)[1].strip(), lines[1:]
        if lines:
            found.append((category, *question_read("\n".join(lines))))
    return found


def question_read(text):
    # First what is escaped is put away, as letters that nobody writes; then signs are looked for; then it comes back.
    hidden, plain, at = [], "", 0
    while at < len(text):
        if text[at] == "\\":
            hidden.append("\n" if text[at + 1] == "n" else text[at + 1])
            assert text[at + 1] in "\\~=#{}:n", f"no such escape: {text[at:at + 9]}"
            plain, at = plain + chr(0xE000 + len(hidden) - 1), at + 2
        else:
            plain, at = plain + text[at], at + 1

    def back(part):
        return "".join(hidden[ord(letter) - 0xE000] if 0xE000 <= ord(letter) < 0xF8FF else letter for letter in part)

    title, form, stem, inside = re.fullmatch(r"::(.*?)::\[(\w+)\](.*?)\{(.*)\}\s*", plain, re.S).groups()
    options = []
    for sign, option in re.findall(r"([=~])([^=~]*)", inside):
        chosen, feedback = option.split("#")
        assert not chosen.startswith("%"), "Moodle takes this for a share of the points"
        options.append((sign, back(chosen).strip(), back(feedback).strip()))
    assert inside.strip()[0] in "=~"
    return back(title), form, back(stem).strip(), options


def words(markdown):
    """A text without its marks, formulas' signs kept."""
    return re.sub(r"\*\*|[`*$]", "", markdown)


def seen(page_text):
    """An HTML text as words; formulas' brackets left out."""
    return html.unescape(re.sub(r"</?(code|em|strong)>|\\[()]", "", page_text))


def test_the_questions_for_moodle_are_written_anew():
    assert gift.main(["--check"]) == 0, "type: python tools/gift.py"


def test_moodle_reads_what_stands_on_the_pages():
    there = read_back(gift.GIFT.read_text("utf-8"))
    due = [(page, question) for page in PAGES for question in gift.questions(page.read_text("utf-8"))]
    assert len(there) == len(due) == 3 * len(PAGES)
    for (category, title, form, text, options), (page, question) in zip(there, due, strict=True):
        assert (title, form) == (question.name, "html") and category.startswith(f"edu_optim/{page.stem} ")
        assert seen(text) == words(question.text)
        assert [(sign == "=", seen(option), seen(said)) for sign, option, said in options] == [
            (option.right, words(option.text), words(option.said)) for option in question.options]


def test_formulas_and_signs_survive():
    page = ("# 01 \N{MIDDLE DOT} Signs: {all} of them\n\n### 01.1 Is ~a = b# {c}?\n\nLet $x_t \\neq \\frac{1}{2}$, "
            "`{}` < 1 & *more*: ::\n\n- [x] $a < b$ = 50 %<br>100 % #1\n- [ ] ~<br>*No:* $\\{\\}$ -> \\n\n")
    [(category, title, _, text, options)] = read_back(gift.written([page]))
    assert (category, title) == ("edu_optim/01 Signs: {all} of them", "01.1 Is ~a = b# {c}?")
    assert text == "Let \\(x_t \\neq \\frac{1}{2}\\), <code>{}</code> &lt; 1 &amp; <em>more</em>: ::"
    assert options == [("=", "\\(a &lt; b\\) = 50 %", "100 % #1"), ("~", "~", "<em>No:</em> \\(\\{\\}\\) -&gt; \\n")]


@pytest.mark.parametrize("body", ["- [x] a<br>b", "Text\n\n- [ ] a<br>b", "Text\n\n- [x] a", "Text\n\n- [x] a<br>b\n"
                                  "- [x] c<br>d"])
def test_a_question_that_is_none_is_refused(body):
    with pytest.raises(ValueError, match=r"01\.1 T"):
        gift.questions(f"### 01.1 T\n\n{body}\n")
