"""Pages for students and the gradebook: what a stranger's text can do there, which is nothing."""

import base64
import csv
import hashlib
import html.parser
import io
import re
import shutil
import subprocess
import unicodedata
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edu_optim.grading import feedback, gradebook, printable
from edu_optim.grading.result import FAILED, GRADED, UNREADABLE, Judged, Result, total

VOID = {"meta", "link", "br", "img", "input", "hr"}
ATTACKS = ["<script>alert(1)</script>", "</pre><img src=x onerror=alert(1)>", "\x1b]8;;http://x\x07link", "&lt;",
           "\u202e", "\0", "\ud800",
           "<!--", "]]>", "'\"`", "{{7*7}}", "javascript:alert(1)", "\u2028", "</style><script>"]
texts = st.text(max_size=40) | st.sampled_from(ATTACKS)


class Checked(html.parser.HTMLParser):
    """Tags that are closed in their order, and what they are."""

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.attributes, self.texts = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def made(name="ada", title="Adam", output="", feedback_="", error="", state=GRADED):
    judged = Judged(False, 0, 2, "another result than expected", feedback_, output)
    return feedback.page(Result(name, state, {"c1": judged, "c2": Judged(True, 1.5, 1.5, hidden=True)}, 7,
                                flags=(output,), errors={"q1": error}, why=output), title)


@given(texts, texts, texts, texts, texts, st.sampled_from([GRADED, UNREADABLE, FAILED]))
@settings(max_examples=200)
def test_a_page_holds_text_and_nothing_else(name, title, output, wrong, error, state):
    page = made(name, title, output, wrong, error, state)
    page.encode()
    checked = Checked(page)
    assert checked.open == []
    assert set(checked.tags) <= {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "p", "table",
                                 "caption", "thead", "tbody", "tr", "th", "td", "ul", "li", "pre", "code"}
    assert {name for name, _ in checked.attributes} <= {"lang", "charset", "http-equiv", "content", "name", "scope"}
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e]", page)


def test_the_policy_allows_the_style_and_nothing_else():
    page = made()
    policy = dict(Checked(page).attributes)  # of each name the last
    policy = re.search(r"content=\"(default-src[^\"]*)\"", page)[1]
    style = re.search(r"<style>(.*)</style>", page, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'none'; base-uri 'none'"


def test_what_a_page_says():
    words = " ".join("".join(Checked(made(output="hello")).texts).split())
    assert "1.5 of 3.5 points" in words and "another result than expected" in words and "hello" in words
    assert "(a hidden check)" not in words  # of one that is right nothing needs to be said
    assert "Somebody will look" in made(state=FAILED)


@given(texts, texts, texts, texts, texts, st.sampled_from([GRADED, UNREADABLE, FAILED]))
@settings(max_examples=100, deadline=None)
def test_a_parser_of_html5_finds_no_error_and_no_script(name, title, output, wrong, error, state):
    html5lib = pytest.importorskip("html5lib")
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    tree = parser.parse(made(name, title, output, wrong, error, state))
    assert parser.errors == []
    assert not {"script", "iframe", "img", "link", "object", "a", "form", "svg"} & {
        element.tag for element in tree.iter() if isinstance(element.tag, str)}


@pytest.mark.skipif(not shutil.which("tidy"), reason="tidy is not installed")
def test_tidy_finds_nothing():
    done = subprocess.run(["tidy", "-e", "-q"], input=made(output="<x>"), capture_output=True, text=True)
    assert "Error" not in done.stderr and "Warning" not in done.stderr, done.stderr


# ---- the gradebook


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "|calc", "\t=1", " =1", "a;=1", "a; +1", "\ufeff=1", "\u200b=1", "\uff1d1",
            "\u22121", "\ufe661", "\u207a1", "'=1", '";=1;"', "\u202e=1", "\r\n=1", "\0=1", "%0A=1", "sep=;", "ID",
            '"', ",=1"]
STARTS = "=+-@|%\uff1d\uff0b\uff0d\uff20\u2212\ufe66\u207a"


@given(st.lists(st.text(max_size=20) | st.sampled_from(FORMULAS)))
@settings(max_examples=200)
def test_no_field_is_a_formula_however_it_is_split(names):
    rows = [Result(name, GRADED, {"=c": Judged(True, 1, 1)}) for name in names]
    text = gradebook.encoded(gradebook.gradebook(rows, ["=c"])).decode("utf-8-sig")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", text)
    assert len(text.splitlines()) == len(names) + 1
    assert not text.startswith(("ID", "sep="))
    read = list(csv.reader(io.StringIO(text)))
    assert len(read) == len(names) + 1 and all(len(row) == 3 for row in read)
    for field in [field for row in read for field in row]:
        for part in field.split(";"):
            assert part.lstrip(" \"'")[:1] not in STARTS or not part.strip(" \"'") or part.lstrip().startswith("'") \
                or part.isdigit()


@pytest.mark.parametrize("one, other", [("=1", "'=1"), ("a\tb", "a b"), ("\u202eabc", "abc"), ("a\u200bb", "ab")])
def test_different_names_stay_different(one, other):
    assert gradebook.harmless(one) != gradebook.harmless(other)


@pytest.mark.parametrize("points, written", [(1000000, "1000000"), (12345678.5, "12345678.5"),
                                             (1e16, "10000000000000000"), (1e-7, "0.0000001"),
                                             (10**30, "1" + "0" * 30), (0.1 + 0.2, "0.3")])
def test_points_of_any_size_keep_their_digits(points, written):
    result = Result("ada", GRADED, {"c1": Judged(True, points, points)})
    assert gradebook.gradebook([result], ["c1"]).splitlines()[1].rpartition(",")[2] == written
    assert f"<p>{written} of {written} points</p>" in feedback.page(result, "Adam")


def test_the_gradebook():
    rows = [Result("ada", GRADED, {"c1": Judged(True, 0.1, 1), "c2": Judged(True, 0.2, 1)}), Result("bob", FAILED),
            Result("eve", UNREADABLE, {"c1": Judged(False, 0, 1), "c2": Judged(False, 0, 1)})]
    text = gradebook.gradebook(rows, ["c1", "c2"])
    assert list(csv.DictReader(io.StringIO(text))) == [
        {"submission": "ada", "c1": "0.1", "c2": "0.2", "total": "0.3"},
        {"submission": "bob", "c1": "", "c2": "", "total": ""},
        {"submission": "eve", "c1": "0", "c2": "0", "total": "0"}]


def test_spreadsheets_are_told_of_letters_only_if_there_are_some():
    assert gradebook.encoded("ada") == b"ada"
    assert gradebook.encoded("M\u00fcller").startswith(b"\xef\xbb\xbf")


def in_libreoffice(path, folder, kind):
    """What LibreOffice makes of a file, with separators of every kind and told to compute what it can."""
    reading = "--infilter=Text - txt - csv (StarCalc):44/59/9,34,76,1,,0,false,true,false,false,false,-1,true"
    subprocess.run(["soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", reading,
                    "--convert-to", kind, "--outdir", folder, path], check=True, capture_output=True, timeout=180)
    return folder / f"{path.stem}.{kind}"


def formulas(path):
    """The formulas in a file of LibreOffice's."""
    with zipfile.ZipFile(path) as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
    return re.findall(r"<f[ >].*?</f>", "".join(sheets))


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_computes_nothing(tmp_path):
    harmful = tmp_path / "harmful.csv"
    harmful.write_text('"a";=1+1,=2+2\n')
    assert len(formulas(in_libreoffice(harmful, tmp_path, "xlsx"))) == 2  # so that this test could fail
    for name, rows in {"gradebook": [Result(name, GRADED, {"=c": Judged(True, 1e7, 1e7)}) for name in FORMULAS],
                       "ascii": [Result("=1+1", GRADED, {"=c": Judged(True, 1, 1)})]}.items():
        path = tmp_path / f"{name}.csv"
        path.write_bytes(gradebook.encoded(gradebook.gradebook(rows, ["=c"])))
        made = in_libreoffice(path, tmp_path, "xlsx")
        assert formulas(made) == []
        with zipfile.ZipFile(made) as archive:
            assert "=1+1" in archive.read("xl/sharedStrings.xml").decode()
            assert archive.read("xl/worksheets/sheet1.xml").decode().count("<row ") == len(rows) + 1
    passed = tmp_path / "passed_over.csv"
    passed.write_bytes(gradebook.encoded(gradebook.table([["file", "reason"], *([text, text] for text in FORMULAS)])))
    assert formulas(in_libreoffice(passed, tmp_path, "xlsx")) == []


def test_points_add_up():
    assert total([0.1] * 10) == 1 and isinstance(total([0.5, 0.5]), int)


def test_every_character_that_has_no_look_is_shown_by_its_number():
    for number in range(0x20, 0x110000):
        if unicodedata.category(chr(number)) in ("Cf", "Cc", "Zl", "Zp") and number not in range(0xE0000, 0xE1000):
            assert printable.visible(f"a{chr(number)}b") in (f"a\\u{number:04x}b", f"a\\U{number:08x}b"), hex(number)
