"""The sheet of notation agrees with lesson 00, with the rules and with the words of the lessons."""

import inspect
import re

import navigation
import pytest
from lesson import Lesson

import edu_optim as eo
from edu_optim.guide.symbols import declared, named

LESSONS = {number: Lesson(path) for number, path in navigation.lessons().items()}
SHEET = (navigation.NOTEBOOKS / "notation.md").read_text("utf-8")
CLASSIC = ("SGD", "MomentumSGD", "CorrectedMomentumSGD", "NesterovSGD", "NesterovAG", "AdaGrad", "RMSprop", "AdaDelta",
           "Adam")
# Names of the table that no rule has, and a function whose argument each is.
ELSEWHERE = {"epoch": eo.datasets.minibatches, "kappa": eo.problems.turned, "curvature": eo.oracles.speed,
             "weight_decay": eo.RULES["AdamW"].formula, "noise": None, "L": None}
# Terms that their lesson explains without stressing them, and where.
EXPLAINED = {
    "clipping": "One hook clips: it scales *all* gradients down if their common norm is above 1",
    "decay": r"the decay $\alpha$ is `alpha`",
    "edge": r"Call its curvature $L$; the edge is",
    "standard error": r"\textbf{standard error}",
    "test set": "the test set stays shut",
}
# What the lessons say in other words: the word, and the lessons that may use it all the same.
FORBIDDEN = {
    r"learning[- ]rates?": {"11": ["header"]},  # says once what others call it
    r"step[- ]?sizes?": {},
    r"velocity|velocities": {},
    r"mini-?batch(es)?": {},
    r"anneal(ing|ed)?": {},
    r"(loss|cost|objective) functions?": {},
    r"(exponential )?moving averages?": {},
    r"iterations?": {},
    r"hyper-?parameters?": {},
    r"momentum (coefficient|factor|term)": {},
}
# Letters that have two meanings, or one that is easily taken for another, and the lessons in which each may stand.
LETTERS = {
    r"\\gamma\b|\bgamma\b|\u03b3": {"00", "06", "10", "11"},
    r"\\alpha\b|\balpha\b|\u03b1": {"00", "04", "05", "06", "07", "09", "12"},
    r"\\lambda\b|\u03bb": {"00", "01", "02", "03", "06", "07", "08", "09", "10"},
    # Never momentum's buffer.
    r"(?<![\w\\])v_|\\sqrt ?\{?v\b|\$v\b": {"00", "04", "05", "06", "07", "08", "09", "12", "13", "14"},
    r"\\tilde m|m\u0303": {"02", "08"},
}


def table(text, head):
    """The rows of the table with this head."""
    lines = text.splitlines()
    first = lines.index(head)
    rows = []
    for line in lines[first + 2 :]:
        if not line.startswith("|"):
            break
        rows.append([part.strip() for part in line.strip("|").split("|")])
    return rows


def of(lesson, cell):
    return next(c["text"] for c in lesson.markdown if c["id"] == cell)


NAMES_HEAD = "| in code | in formulas | what it is |"
NAMES = {row[0].strip("`"): row[1].strip("$") for row in table(SHEET, NAMES_HEAD)}
TERMS = [(row[0].replace("\\*", ""), *row[1:4], row[4][1:3], row[4][5:-1])
         for row in table(SHEET, "| term | meaning | Deutsch | 日本語 | lesson |")]


# ---- names


def test_the_sheet_has_the_table_of_lesson_00():
    """The lesson is the place to change it."""
    cell = of(LESSONS["00"], "names")
    part = cell[cell.index(NAMES_HEAD) :]
    assert part in SHEET, f"let this stand in notebooks/notation.md:\n\n{part}"


@pytest.mark.parametrize("name", CLASSIC)
def test_every_name_of_a_classic_rule_is_in_the_table(name):
    rule = eo.RULES[name]
    symbols = {hyper: value.symbol for hyper, value in rule.hyperparameters.items()}
    for name in inspect.signature(rule.formula).parameters:
        assert name in NAMES
        assert NAMES[name] == symbols.get(name, NAMES[name])
    for state in (*rule.element_states, *rule.scalar_states):
        assert NAMES[state] == f"{state}_t"


def test_every_name_in_the_table_is_one_in_the_code():
    used = {name for rule in CLASSIC for name in inspect.signature(eo.RULES[rule].formula).parameters}
    for name in NAMES:
        function = ELSEWHERE.get(name)
        assert name in used or name in ELSEWHERE
        assert function is None or name in inspect.signature(function).parameters
    assert set(ELSEWHERE) <= set(NAMES)


def test_the_field_guide_draws_the_letters_of_the_table():
    for name, symbol in NAMES.items():
        if any(name in eo.RULES[rule].hyperparameters for rule in CLASSIC):
            assert declared(symbol)
        elif symbol.endswith("_t"):
            assert named(name) == f"<mi>{symbol[:-2]}</mi>"


# ---- the glossary


def test_there_are_terms_in_three_languages():
    assert len(TERMS) > 60
    assert all(len(row) == 6 and all(row) for row in TERMS)
    assert all(re.search(r"[\u3040-\u30ff\u4e00-\u9fff]", japanese) for _, _, _, japanese, *_ in TERMS)
    words = [term for term, *_ in TERMS]
    assert len(set(words)) == len(words) and words == sorted(words, key=str.lower)


@pytest.mark.parametrize(("term", "lesson", "file"), [(term, lesson, file) for term, *_, lesson, file in TERMS],
                         ids=[term for term, *_ in TERMS])
def test_a_term_is_explained_in_its_lesson(term, lesson, file):
    assert navigation.lessons()[lesson].name == file
    texts = {number: "\n".join(cell["text"] for cell in other.markdown) for number, other in LESSONS.items()}
    if term in EXPLAINED:
        assert EXPLAINED[term] in texts[lesson]
    else:
        word = rf"(?<![-\w]){re.escape(term)}(?![-\w])"
        marked = rf"\*[^*\n]*{word}[^*\n]*\*|^#+ [^\n]*{word}|<summary>[^<]*{word}"
        assert re.search(marked, texts[lesson], re.I | re.M), f"bold, slanted or in a heading of {lesson}"
    earlier = [number for number, text in texts.items()
               if "00" < number < lesson and re.search(rf"\*\*{re.escape(term)}s?\*\*", text, re.I)]
    assert not earlier, f"{term} is introduced in {earlier} already"


def test_what_is_explained_is_in_the_glossary():
    assert set(EXPLAINED) <= {term for term, *_ in TERMS}


# ---- words and letters that lessons keep to


def prose(lesson):
    """Cells without titles of papers, quotations and addresses."""
    for cell, text in lesson.prose:
        if cell != "references":
            yield cell, re.sub(r"(?<!\*)\*[^*\n]+\*(?!\*)|\"[^\"\n]*\"|^> \*\*.*$", "", text, flags=re.M)


@pytest.mark.parametrize("number", LESSONS)
@pytest.mark.parametrize("word", FORBIDDEN)
def test_no_lesson_uses_another_word(number, word):
    allowed = FORBIDDEN[word].get(number, ())
    found = [(cell, hit[0]) for cell, text in prose(LESSONS[number]) if cell not in allowed
             for hit in re.finditer(rf"\b({word})\b", text, re.I)]
    assert found == []


@pytest.mark.parametrize("number", LESSONS)
@pytest.mark.parametrize("letter", LETTERS)
def test_a_letter_stands_where_it_has_its_meaning(number, letter):
    found = [cell["id"] for cell in LESSONS[number].markdown if re.search(letter, cell["text"])]
    assert number in LETTERS[letter] or found == []


@pytest.mark.parametrize("number", LESSONS)
def test_momentum_s_buffer_is_never_v(number):
    """In code, too: where momentum is written down by hand, v is no name."""
    for cell, _ in LESSONS[number].trees():
        text = cell["text"]
        if re.search(r"\bmomentum\b|\bmu\b", text) and not re.search(r"beta|alpha|rho|Adam|RMSprop", text):
            assert not re.search(r"^\s*v\s*[-+*]?=(?!=)", text, re.M), cell["id"]
