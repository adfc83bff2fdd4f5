"""What a kernel says, whoever forged it: what is read, what it counts for, what is kept."""

from jupyter_client.session import Session

from edu_optim.grading.sandbox import messages
from edu_optim.grading.values import MIME


def frames(session, content, kind="stream", parent="request"):
    return [b"topic", *session.serialize(session.msg(kind, content, parent={"msg_id": parent}))]


def test_messages_are_read_with_care():
    session = Session(key=b"key")
    good = frames(session, {"name": "stdout", "text": "hi"})
    assert messages.read(session, good) == ("stream", "request", {"name": "stdout", "text": "hi"})
    assert messages.size(good) == messages.LEAST
    assert messages.read(session, good) is None  # a second time
    stranger = frames(Session(key=b"another key"), {"name": "stdout", "text": "hi"})
    assert messages.read(session, stranger) is None
    assert messages.read(session, [b"a", b"b"]) is None
    assert messages.read(session, frames(session, b'["no dictionary"]')) is None
    assert messages.read(session, frames(session, b'{"text": [' + b"{}," * messages.MOST + b"{}]}")) is None
    assert messages.read(session, frames(session, {"text": "x" * messages.HEADER}, parent="x" * 100)) is not None
    assert messages.read(session, frames(session, {"text": "hi"}, parent="x" * messages.HEADER)) is None
    assert messages.read(session, frames(session, b"[" * 10_000)) is None


def test_everything_in_a_message_counts():
    session = Session(key=b"key")
    assert messages.size(frames(session, {"text": "x" * 10_000})) > 9_000
    assert messages.size(frames(session, {"text": "x"}, parent="x" * 10_000)) > 9_000
    assert messages.size([b""] * 1_000) > 200_000


def test_outputs_are_what_notebooks_keep():
    outputs = messages.Outputs()
    for kind, content in [
        ("stream", {"name": "stdout", "text": "a"}), ("stream", {"name": "stdout", "text": "b"}),
        ("stream", {"name": "stdin", "text": "a"}), ("stream", {"name": "stdout", "text": 7}), ("stream", {}),
        ("display_data", {"data": {"text/plain": "x"}, "metadata": {"secret": 1}, "transient": {}}),
        ("display_data", {"data": "x"}), ("clear_output", {}), ("update_display_data", {"data": {}}),
        ("display_data", {"data": {"text/plain": ["x"], "image/png": "x", MIME: {"name": "a", "value": 0.5}}}),
        ("display_data", {"data": {MIME: {"name": "a", "value": [[0.5]]}}}), ("display_data", {"data": {MIME: [[]]}}),
        ("error", {"ename": 7, "evalue": "e" * 10**6, "traceback": ["line", 7]}), (None, None),
    ]:
        outputs.add(kind, content)
    stream, display, value, no_value, nothing, error = outputs.finished()
    assert stream == {"output_type": "stream", "name": "stdout", "text": "ab"}
    assert display == {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}}
    assert [one["data"] for one in (value, no_value, nothing)] == [
        {MIME: {"name": "a", "value": 0.5}}, {MIME: {"name": "a", "value": None}}, {}]
    assert (error["ename"], len(error["evalue"]), error["traceback"]) == ("", messages.LONGEST, ["line"])
