"""What a kernel says, read as what it is: the word of a stranger."""

from ..values import MIME, received

LONGEST = 10_000  # characters of an error's text
LEAST = 256  # bytes that a message counts for, however little it says: we keep it in memory
USUAL = 1024  # bytes of a message's headers that do not count
PARTS = 16  # frames of a message; there are seven
HEADER = 2**14  # bytes of one of them
MOST = 2**18  # lists and objects of a message: each takes twenty times the memory of its two brackets


def size(frames):
    """int: bytes that a message counts for. Whatever it consists of, all of it has been in our memory."""
    return max(LEAST, sum(map(len, frames)) - USUAL + LEAST * max(0, len(frames) - PARTS))


def read(session, frames):
    """Read a message.

    Parameters
    ----------
    session : jupyter_client.session.Session
        Whose key has signed it.
    frames : list of bytes

    Returns
    -------
    tuple or None
        (kind, identity of the request, content); None if it is not what it should be.
    """
    try:
        _, frames = session.feed_identities(frames)
        content = frames[4]
        if max(map(len, frames[:4])) > HEADER or content.count(b"[") + content.count(b"{") > MOST:
            return None
        message = session.deserialize(frames)
        kind, request, content = message["msg_type"], message["parent_header"].get("msg_id"), message["content"]
    except Exception:  # too deep, too long a number, no text, no JSON, a wrong or doubled signature
        return None
    return (kind, request, content) if isinstance(kind, str) and isinstance(content, dict) else None


class Outputs:
    """Collects the outputs of one cell, in the form that notebooks keep them in: of what is displayed the text, and the
    values that are shown, if they are any."""

    def __init__(self):
        self.found = []
        self.error = None

    def add(self, kind, content):
        """Take a message; what notebooks do not keep, and what is malformed, is left out."""
        if kind == "stream":
            name, text = content.get("name"), content.get("text")
            if name in ("stdout", "stderr") and isinstance(text, str):
                self._stream(name, text)
        elif kind in ("display_data", "execute_result"):
            data = content.get("data")
            if isinstance(data, dict):
                self.found.append({"output_type": kind, "data": _kept(data), "metadata": {}})
        elif kind == "error":
            self.error = error(content)
            lines = content.get("traceback")
            lines = [line for line in lines if isinstance(line, str)] if isinstance(lines, list) else []
            self.found.append({"output_type": "error", "ename": self.error[0], "evalue": self.error[1],
                               "traceback": lines})

    def _stream(self, name, text):
        last = self.found[-1] if self.found else {}
        if last.get("name") == name:
            last["text"].append(text)
        else:
            self.found.append({"output_type": "stream", "name": name, "text": [text]})

    def finished(self):
        """list of dict: all of them."""
        for output in self.found:
            if output["output_type"] == "stream":
                output["text"] = "".join(output["text"])
            elif output["output_type"] == "execute_result":
                output["execution_count"] = None
        return self.found


def _kept(data):
    text, bundle = data.get("text/plain"), received(data.get(MIME))
    return {**({"text/plain": text} if isinstance(text, str) else {}), **({MIME: bundle} if bundle else {})}


def error(content):
    """tuple of str: name and text of an error."""
    values = [content.get(key) for key in ("ename", "evalue")]
    return tuple(value[:LONGEST] if isinstance(value, str) else "" for value in values)
