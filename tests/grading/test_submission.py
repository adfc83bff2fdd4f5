"""Reading what was handed in: what is refused, and in which encodings it is read."""

import json
import os

import hostile
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edu_optim.grading import stranger, submission
from edu_optim.grading.stranger import Unreadable
from edu_optim.grading.submission import Form, read, understood

ANSWERS = {"q1": hostile.RIGHT_1, "q2": hostile.RIGHT_2}
FORM = Form.of(hostile.handed_in(hostile.STUB_2, hostile.STUB_1)["cells"])


def written(folder, content, name="ada.ipynb"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return path


def test_a_plain_submission(tmp_path):
    read_ = read(written(tmp_path, hostile.handed_in(hostile.RIGHT_2)), FORM)
    assert (read_.name, read_.answers, read_.flags) == ("ada", ANSWERS, ())


@pytest.mark.parametrize(("content", "reason"), [
    (b"", "empty"), (b" \n", "empty"), (b"{", "not a notebook"), (b"PK\x03\x04", "not a notebook"),
    (b"[" * 10**6, "not a notebook"), (b"[1]", "no cells"), (b'"text"', "no cells"), (b"null", "no cells"),
    (b'{"cells": 3}', "no cells"), (b'{"worksheets": {"a": 1}}', "no cells"), (b"[]," * 10**7, "too many values"),
    (b" " * 100 + b"x" * stranger.LARGEST, "larger than"),
])
def test_what_is_no_notebook_is_refused_with_a_reason(tmp_path, content, reason):
    with pytest.raises(Unreadable, match=reason):
        read(written(tmp_path, content), FORM)


@pytest.mark.skipif(os.name == "nt", reason="Windows makes such files for administrators only")
@pytest.mark.parametrize("make", ["link", "hard link", "dangling link", "pipe", "folder", "nothing", "device"])
def test_only_a_plain_file_is_read(tmp_path, make):
    target = written(tmp_path, hostile.handed_in(hostile.RIGHT_2), "target.ipynb")
    path = tmp_path / "ada.ipynb"
    if make == "link":
        path.symlink_to(target)
    elif make == "hard link":
        os.link(target, path)
    elif make == "dangling link":
        path.symlink_to(tmp_path / "gone")
    elif make == "pipe":
        os.mkfifo(path)
    elif make == "folder":
        path.mkdir()
    elif make == "device":
        path = "/dev/zero"
    with pytest.raises(Unreadable):
        read(path, FORM)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32-be", "cp1252", "latin-1"])
def test_encodings(encoding):
    text = json.dumps(hostile.handed_in(hostile.RIGHT_2 + "  # M\u00fcller"), ensure_ascii=False)
    read_ = understood(text.encode(encoding), "ada", FORM)
    assert read_.answers == {**ANSWERS, "q2": hostile.RIGHT_2 + "  # M\u00fcller"}
    assert bool(read_.flags) == (encoding in ("cp1252", "latin-1"))


def test_a_source_is_made_fit_to_be_sent():
    assert stranger.source_of({"source": ["a\r\n", 3, "\ud800b\rc"]}) == "a\n?b\nc"
    assert stranger.source_of({"source": {"a": 1}}) == stranger.source_of({}) == ""


def test_a_name_that_is_no_text(tmp_path):
    assert submission.name_of(b"\xff.ipynb".decode("utf-8", "surrogateescape")) == "\\udcff"
    assert submission.name_of("a/=1+1.IPYNB") == "=1+1"


WORDS = ["cells", "worksheets", "cell_type", "source", "input", "metadata", "edu_optim", "role", "name", "id"]
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
                        st.sampled_from(WORDS) | st.text(max_size=3), inner, max_size=5), max_leaves=30)


@given(JSON)
@settings(max_examples=300)
def test_any_json_is_read_or_refused(value):
    try:
        read_ = understood(json.dumps(value).encode(), "ada", FORM)
    except Unreadable:
        return
    assert read_.answers.keys() <= {"q1", "q2"}


@given(st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused(data):
    try:
        understood(data, "ada", FORM)
    except Unreadable as error:
        assert error.reason


def test_a_bad_byte_spoils_no_other_letter():
    source = "# ANSWER q1\nname = '\u03b1\u03b2\u03b3 \u00e4'"
    data = json.dumps({"cells": [{"cell_type": "code", "source": source}]}, ensure_ascii=False).encode()
    read_ = understood(data.replace("\u00e4".encode(), b"\xe4"), "ada", FORM)
    assert read_.answers == {"q1": source}
    assert read_.flags == (stranger.NOT_UTF8,)
