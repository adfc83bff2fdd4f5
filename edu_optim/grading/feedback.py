"""The page that a student gets: reasons from a fixed list, and their own output as text that can be nothing else."""

import base64
import hashlib
from html import escape

from . import result as results
from .gradebook import digits
from .printable import visible

STYLE = """
body { max-width: 46rem; margin: 2rem auto; padding: 0 1rem; font-family: sans-serif; line-height: 1.5;
       color: #1a1a1a; background: #ffffff; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding-bottom: .5rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0; border-bottom: 1px solid #b0b0b0; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; padding: .6rem; border: 1px solid #b0b0b0; }
@media (prefers-color-scheme: dark) { body { color: #e6e6e6; background: #1a1a1a; } }
"""
HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
# Reasons that say more than they seem to.
MEANING = {
    results.NOT_ANSWERED: "the answer is as it was handed out, or missing",
    results.NOTHING: "the check ended without showing its values",
    results.TIME: "it was stopped, and its answer left out for the rest",
    results.MEMORY: "it took too much memory, and its answer was left out for the rest",
    results.OUTPUT: "it printed too much, and its answer was left out for the rest",
    results.ENDED: "Python was gone, and the answer was left out for the rest",
}


def page(result, title):
    """A page of HTML for a `Result`, without a script, link, picture or anything else that a browser would fetch.

    Parameters
    ----------
    result : Result
    title : str
        Of the assignment.

    Returns
    -------
    str

    Examples
    --------
    >>> from .result import Judged, Result
    >>> html = page(Result("ada", "graded", {"c1": Judged(True, 2, 2)}), "Adam")
    >>> "2 of 2 points" in html, "<script" in html
    (True, False)
    """
    name, title = (escape(visible(text)) or "?" for text in (result.submission, title))
    return document(title, f"{title}: {name}", [f"<p>Submission: {name}</p>", *_body(result)])


def document(heading, title, parts):
    """A page that fetches nothing and runs nothing; all three are HTML already."""
    body = "\n".join([f"<h1>{heading}</h1>", *parts])
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{HASH}'; form-action 'none'; \
base-uri 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _body(result):
    if result.state == results.FAILED:
        yield "<p>This submission could not be graded, through no fault of yours. Somebody will look at it.</p>"
        return
    most = results.total(judged.of for judged in result.checks.values())
    yield f"<p>{digits(result.total)} of {digits(most)} points</p>"
    if result.state == results.UNREADABLE:
        yield f"<p>The file could not be read: {escape(visible(result.why))}.</p>"
    yield '<table>\n<caption>One line for each check</caption>\n<thead><tr><th scope="col">check</th>' \
          '<th scope="col">points</th><th scope="col">result</th></tr></thead>\n<tbody>'
    for name, judged in result.checks.items():
        points = f"{digits(judged.points)} of {digits(judged.of)}"
        yield f'<tr><th scope="row">{escape(visible(name))}</th><td>{points}</td><td>{_said(judged)}</td></tr>'
    yield "</tbody>\n</table>"
    if result.flags:
        yield "<h2>Remarks</h2>\n<ul>"
        yield from (f"<li>{escape(visible(flag))}</li>" for flag in result.flags)
        yield "</ul>"
    texts = [(f"What your answer {name} raised", text) for name, text in result.errors.items()]
    texts += [(f"What your code put out in {name}", judged.output) for name, judged in result.checks.items()
              if not judged.hidden]
    for heading, text in texts:
        if text:
            yield f"<h2>{escape(visible(heading))}</h2>\n<pre>{escape(visible(text))}</pre>"
    if result.sandbox == "none":
        yield "<p>Graded without a sandbox.</p>"


def _said(judged):
    if judged.ok:
        return "right"
    told = [judged.reason, *filter(None, [MEANING.get(judged.reason), judged.feedback])]
    kind = " (a hidden check)" if judged.hidden else ""
    return escape(visible(": ".join(told))) + kind
