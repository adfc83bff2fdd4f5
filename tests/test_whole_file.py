"""Files that are there whole or not at all."""

import os
import stat

import pytest

from edu_optim.whole_file import with_folder, write_whole


@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize(("content", "there"), [("1 \u2264 2 \udcff", b"1 \xe2\x89\xa4 2 \\udcff"), (b"\xff", b"\xff")])
def test_text_and_bytes(content, there, private, tmp_path):
    path = tmp_path / "file"
    path.write_text("before")
    write_whole(path, content, private)
    assert path.read_bytes() == there
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
@pytest.mark.parametrize("private", [False, True])
def test_who_may_read_it(private, tmp_path):
    before = os.umask(0o022)
    try:
        write_whole(tmp_path / "file", "text", private)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == (0o600 if private else 0o644)


@pytest.mark.parametrize("private", [False, True])
def test_what_was_there_stays_if_anything_fails(private, tmp_path, monkeypatch):
    path = tmp_path / "file"
    path.write_text("before")

    def refuse(part, path):
        assert part.read_text() == "after"
        raise OSError("disk full")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="disk full"):
        write_whole(path, "after", private)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_part_left_by_a_process_that_was_killed(tmp_path):
    (tmp_path / f".file.{os.getpid()}.part").write_text("half")
    write_whole(tmp_path / "file", "whole", private=True)
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "no" / "folder", "text")


def test_a_folder_that_is_not_there_is_said_before_the_work(tmp_path):
    assert with_folder(tmp_path / "page.html") == tmp_path / "page.html"
    with pytest.raises(FileNotFoundError, match=r"there is no folder '.*nowhere' to write page\.html"):
        with_folder(str(tmp_path / "nowhere" / "page.html"))
