"""What a kernel says, read as what it is: the word of a stranger."""

from jupyter_client.session import DELIM

LONGEST = 10_000  # characters of an error's text


def content_size(frames):
    """int: bytes of what a message says, without the headers that every message has."""
    try:
        start = frames.index(DELIM) + 4  # signature, header, and the header of the request
    except ValueError:
        return sum(map(len, frames))
    return sum(map(len, frames[start:]))


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
        message = session.deserialize(frames)
        kind, request, content = message["msg_type"], message["parent_header"].get("msg_id"), message["content"]
    except Exception:  # too deep, too long a number, no text, no JSON, a wrong or doubled signature
        return None
    return (kind, request, content) if isinstance(kind, str) and isinstance(content, dict) else None


class Outputs:
    """Collects the outputs of one cell, in the form that notebooks keep them in."""

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
                self.found.append({"output_type": kind, "data": data, "metadata": {}})
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


def error(content):
    """tuple of str: name and text of an error."""
    values = [content.get(key) for key in ("ename", "evalue")]
    return tuple(value[:LONGEST] if isinstance(value, str) else "" for value in values)
