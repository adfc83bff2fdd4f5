"""The IDX format of MNIST's files: two zero bytes, type, number of axes, their lengths, then the numbers."""

import math
import zlib

import numpy as np

UNSIGNED_BYTE = 0x08
GZIP = b"\x1f\x8b"


def parse(content):
    """The array in an IDX file of unsigned bytes.

    Parameters
    ----------
    content : bytes
        The whole file, unpacked.

    Returns
    -------
    ndarray of uint8
        Read-only: a view of `content`.

    Raises
    ------
    ValueError
        If the header is not that of such a file, or promises another number of bytes than there are.

    References
    ----------
    Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits, "File formats".

    Examples
    --------
    >>> parse(b"\\0\\0\\x08\\x02" + b"\\0\\0\\0\\x02" + b"\\0\\0\\0\\x03" + bytes(range(6)))
    array([[0, 1, 2],
           [3, 4, 5]], dtype=uint8)
    """
    if len(content) < 4 or content[:2] != b"\0\0":
        raise ValueError(f"no IDX file: it begins with {content[:4].hex(' ') or 'nothing'}, not with 00 00")
    kind, axes = content[2], content[3]
    if kind != UNSIGNED_BYTE:
        raise ValueError(f"an IDX file of type {kind:#04x}; here only unsigned bytes, {UNSIGNED_BYTE:#04x}, are read")
    start = 4 + 4 * axes
    if axes == 0 or len(content) < start:
        raise ValueError(f"an IDX file whose header is cut off: {axes} axes need {start} bytes, not {len(content)}")
    shape = [int.from_bytes(content[i : i + 4], "big") for i in range(4, start, 4)]
    size = math.prod(shape)
    if size != len(content) - start:
        raise ValueError(
            f"an IDX file that promises {' x '.join(map(str, shape))} = {size} numbers and holds {len(content) - start}"
        )
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


def unpack(content, limit):
    """The content of a gzip file; what is not packed comes back as it is.

    Parameters
    ----------
    content : bytes
    limit : int
        More bytes than this are refused before they fill the memory.

    Raises
    ------
    ValueError
        If the packed file is damaged, cut off, or larger than `limit` inside.

    Examples
    --------
    >>> import gzip
    >>> unpack(gzip.compress(bytes(1000)), limit=100)
    Traceback (most recent call last):
        ...
    ValueError: a gzip file with more than 100 bytes in it
    """
    if content[:2] != GZIP:
        return content
    stream = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
    try:
        unpacked = stream.decompress(content, limit + 1)
    except zlib.error as error:
        raise ValueError(f"a damaged gzip file ({error})") from None
    if len(unpacked) > limit:
        raise ValueError(f"a gzip file with more than {limit} bytes in it")
    if not stream.eof:
        raise ValueError(f"a gzip file that is cut off after {len(content)} bytes")
    return unpacked
