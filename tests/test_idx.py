"""The IDX reader: what it reads, and that it believes nothing."""

import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from edu_optim.idx import parse, unpack


def written(array):
    """An IDX file of unsigned bytes."""
    lengths = b"".join(n.to_bytes(4, "big") for n in array.shape)
    return bytes([0, 0, 8, array.ndim]) + lengths + array.tobytes()


@given(arrays(np.uint8, array_shapes(max_dims=4, max_side=6)))
def test_what_was_written_is_read(array):
    read = parse(written(array))
    assert read.dtype == np.uint8
    assert np.array_equal(read, array)
    assert not read.flags.writeable


@given(st.binary(max_size=40) | st.binary(max_size=30).map(lambda rest: b"\0\0\x08" + rest))
def test_any_bytes_are_an_array_or_a_value_error(content):
    try:
        array = parse(content)
    except ValueError as error:
        assert "IDX file" in str(error)
    else:
        assert written(array) == content


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "begins with nothing"),
        (b"<html>", "begins with 3c 68 74 6d"),
        (b"\0\0\x0d\x01\0\0\0\0", "type 0x0d"),
        (b"\0\0\x08\0", "0 axes"),
        (b"\0\0\x08\x03\0\0\0\x01", "cut off: 3 axes need 16 bytes, not 8"),
        (b"\0\0\x08\x01\0\0\0\x05abc", "promises 5 = 5 numbers and holds 3"),
        (b"\0\0\x08\x02\xff\xff\xff\xff\xff\xff\xff\xff", "promises 4294967295 x 4294967295"),
    ],
)
def test_what_is_wrong_is_named(content, message):
    with pytest.raises(ValueError, match=message):
        parse(content)


@given(st.binary(max_size=200))
def test_unpack(content):
    assert unpack(gzip.compress(content), limit=200) == content


def test_plain_content_stays_what_it_is():
    assert unpack(b"\0\0\x08\x01", limit=10) == b"\0\0\x08\x01"


@given(st.binary(min_size=1, max_size=200), st.data())
def test_a_cut_file_is_refused(content, data):
    packed = gzip.compress(content)
    with pytest.raises(ValueError, match="cut off"):
        unpack(packed[: data.draw(st.integers(2, len(packed) - 1))], limit=200)


def test_a_damaged_file_is_refused():
    packed = bytearray(gzip.compress(bytes(range(100))))
    packed[30] ^= 255
    with pytest.raises(ValueError, match="damaged"):
        unpack(bytes(packed), limit=100)


def test_a_bomb_is_refused():
    with pytest.raises(ValueError, match="more than 1000 bytes"):
        unpack(gzip.compress(bytes(10_000_000)), limit=1000)
