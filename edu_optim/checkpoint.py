"""Stop and go on: one file that holds an optimizer, the values of its parameters, and any schedules.

The file is an uncompressed archive of arrays (NumPy's .npz) beside one text of JSON, and every byte of it that
counts is under a checksum. Reading it executes nothing: pickles are refused.
"""

import contextlib
import io
import json
import os
import secrets
import shutil
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy

from .state import KEYS, checked_state, rules_of, same_keys, same_shape
from .state import load as load_state

FORMAT = "edu_optim checkpoint 2"


def save(path, optimizer, *schedules):
    """Write an optimizer, its parameters' values and schedules to one file, whole or not at all.

    Gradients are not kept, nor are the optimizer's options (`backend`, `missing_grad`, `maximize`).

    Parameters
    ----------
    path : str or Path
        Written atomically: a crash leaves the file that was there before, and at most a hidden file ``.saving-*``
        beside it, which may be deleted.
    optimizer : Optimizer
    *schedules
        Anything with a `state_dict` of plain values: numbers, texts, lists, and dicts with texts as keys.

    Raises
    ------
    OSError
        If the file cannot be written; the old one is untouched.
    TypeError
        If path is none, or a schedule's state is more than plain values.

    Examples
    --------
    >>> import os, tempfile, numpy as np, edu_optim as eo
    >>> p = eo.Parameter(np.array([1.0]), name="p")
    >>> optimizer = eo.MomentumSGD([p], lr=0.5)
    >>> p.grad = np.array([1.0])
    >>> optimizer.step()
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = os.path.join(folder, "checkpoint.npz")
    ...     eo.save(file, optimizer)
    ...     optimizer.step()
    ...     before = p.data.copy()
    ...     eo.load(file, optimizer)
    >>> before, p.data
    (array([-0.45]), array([0.5]))
    """
    _refuse_no_path(path)
    state = optimizer.state_dict()
    kept = [{"type": type(s).__name__, "state": s.state_dict()} for s in schedules]
    for what, values in (("the state of a schedule", kept), ("what was added to param_groups", state["groups"])):
        if json.loads(json.dumps(values)) != values:
            raise TypeError(f"{what} must be numbers, texts, lists, and dicts with texts as keys")
    arrays = {}
    for k, (p, entry) in enumerate(zip(optimizer.params, state["params"].values(), strict=True)):
        arrays[f"{k}.data"] = p.data
        arrays |= {f"{k}.state.{name}": np.asarray(value) for name, value in entry.pop("state").items()}
    header = json.dumps({"format": FORMAT, **state, "schedules": kept}).encode()
    _write_whole(path, lambda file: np.savez(file, header=np.frombuffer(header, np.uint8), **arrays))


def _write_whole(path, write):
    """Call `write` with a file that takes the place of `path` once it is complete and on the disk."""
    path = Path(os.path.realpath(path))  # what a link points to, not the link
    temporary = path.with_name(f".saving-{secrets.token_hex(8)}")
    try:
        with open(temporary, "xb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def load(path, optimizer, *schedules):
    """Read what `save` wrote into an optimizer that was set up with a network of the same names and shapes.

    Parameters
    ----------
    path : str or Path
    optimizer : Optimizer
        Of the same rule. Values of layers and parameters need not be set beforehand: they come with the file.
    *schedules
        Of the same types, in the order in which they were saved.

    Raises
    ------
    ValueError
        If the file is damaged, no checkpoint, or of another rule or network: the message names what differs, and
        nothing has changed.
    OSError
        If there is no such file, or it may not be read.
    TypeError
        If path is none.

    See Also
    --------
    save : with an example of both.
    """
    _refuse_no_path(path)
    header, arrays = _read(path)
    try:
        state, data = _taken_apart(optimizer, header, arrays, schedules)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    _load_state(optimizer, state, schedules, header["schedules"])
    for p, values in zip(optimizer.params, data, strict=True):
        p.data = values


def _refuse_no_path(path):
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"the path comes first, and {type(path).__name__} is none: eo.save('file.npz', optimizer)")


def _read(path):
    """(header, arrays by name) of a file of which every byte that counts was compared with its checksum."""
    with open(path, "rb") as file:
        try:
            arrays = _members(file)
            header = json.loads(arrays.pop("header").tobytes())
            if header["format"] != FORMAT:
                raise ValueError(f"its format is {header['format']!r}, not {FORMAT!r}")
            return header, arrays
        # Anything may come of bytes that anybody may have written.
        except Exception as error:
            raise ValueError(
                f"{path} is no checkpoint that can be read ({type(error).__name__}: {error}): take another copy, or "
                "save again") from error


def _members(file):
    """The arrays of an archive; no more is read than the file is long."""
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
        if any(member.compress_type != zipfile.ZIP_STORED for member in members):
            raise ValueError("a member is compressed")
        if sum(member.file_size for member in members) > os.fstat(file.fileno()).st_size:
            raise ValueError("its members are larger than itself")
        if len({member.filename for member in members}) < len(members):
            raise ValueError("two members have one name")
        # Reading to the end compares the checksum.
        return {member.filename.removesuffix(".npy"): _array(archive.read(member)) for member in members}


def _array(content):
    stream = io.BytesIO(content)
    if npy.read_magic(stream) != (1, 0):
        raise ValueError("an array is of another version")
    shape, columns_first, dtype = npy.read_array_header_1_0(stream)
    if columns_first:
        raise ValueError("an array is not in C order")
    return np.frombuffer(content, dtype, offset=stream.tell()).reshape(shape)


def _taken_apart(optimizer, header, arrays, schedules):
    """(checked state, values of the parameters in the optimizer's order)."""
    same_keys("keys of the file", header, ("format", *KEYS, "schedules"))
    names = header["params"]
    if not isinstance(names, dict) or not all(isinstance(entry, dict) for entry in names.values()):
        raise ValueError("the parameters are no dict of dicts")
    params, data, left, rules = {}, {}, dict(arrays), rules_of(optimizer)
    for k, (name, entry) in enumerate(names.items()):
        prefix = f"{k}.state."
        state = {key.removeprefix(prefix): left.pop(key) for key in arrays if key.startswith(prefix)}
        scalars = rules[entry.get("rule")].scalar_states if entry.get("rule") in rules else ()
        params[name] = {**entry, "state": {n: _number_or_array(n in scalars, n, a) for n, a in state.items()}}
        data[name] = left.pop(f"{k}.data", None)
    state = checked_state(optimizer, {**{key: header[key] for key in KEYS}, "params": params})
    if left:
        raise ValueError(f"it has in excess {', '.join(left)}")
    update_rules = zip(optimizer.params, optimizer.update_rules, strict=True)
    values = [same_shape(f"{u.name}.data", data[u.name], p.data) for p, u in update_rules]
    entries = header["schedules"]
    if not (isinstance(entries, list) and all(isinstance(e, dict) and e.keys() == {"type", "state"} for e in entries)):
        raise ValueError("its schedules are no list of types and states")
    given = [type(s).__name__ for s in schedules]
    kept = [entry["type"] for entry in entries]
    if given != kept:
        raise ValueError(f"it holds the schedules {kept}, and {given} were given: pass the same, in this order")
    return state, values


def _number_or_array(is_number, name, array):
    return same_shape(name, array, np.float64(0)).item() if is_number else array


def _load_state(optimizer, state, schedules, kept):
    """The optimizer's state and all schedules', or nothing if one refuses."""
    before = optimizer.state_dict() if schedules else None, [s.state_dict() for s in schedules]
    load_state(optimizer, state)  # first, for the schedules count its groups
    try:
        for schedule, entry in zip(schedules, kept, strict=True):
            schedule.load_state_dict(entry["state"])
    except BaseException:
        load_state(optimizer, checked_state(optimizer, before[0]))
        for schedule, was in zip(schedules, before[1], strict=True):
            schedule.load_state_dict(was)
        raise
    if schedules:
        load_state(optimizer, state)  # again, for a schedule that meets a group writes into it
