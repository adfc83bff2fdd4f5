"""Questions for a talk with each student: about their own answers and numbers, the same ones whenever they are made.

The questions tell no solution; what the lecturer may want to hear stands in a key of its own.
"""

import hashlib
from typing import NamedTuple

from .. import result as results
from ..marks import same
from .asked import Ask, about_source
from .class_statistics import told, values_shown
from .table import one_line

COUNT = 3
LONGEST = 120  # characters of somebody's values


class Question(NamedTuple):
    """What to ask, and what to hear."""

    text: str
    key: str


def questions(standing, assignment, about, count=COUNT):
    """The questions for one student.

    Parameters
    ----------
    standing : Standing
    assignment : source.Assignment
    about : dict of str to tuple of str
        The answers that each check is about, of `dependence.subjects`.
    count : int, optional

    Returns
    -------
    list of Question
        Of as many kinds and about as many answers as there are; fewer than ``count`` if little was answered.
    """
    answers = {name: source for name, source in standing.kept.answers.items()
               if name in assignment.answers and not same(source, assignment.answers[name].stub)}
    found, numbers = [], {}
    for name, check in assignment.checks.items():
        judged = standing.result.checks.get(name)
        mine = [answer for answer in about[name] if answer in answers]
        if judged and mine and not check.hidden:
            found += [(mine[-1], ask) for ask in _about_check(check, judged, mine[-1], assignment)]
            if values_shown(judged):
                numbers.setdefault(mine[-1], f" In {name} it showed {_values(judged)}.")
    for name, source in answers.items():
        for ask in about_source(name, source, assignment.answers[name].stub):
            found.append((name, ask._replace(text=ask.text + numbers.get(name, ""))))
    chosen = []
    while found and len(chosen) < count:
        best = min(found, key=lambda one: _rank(one, chosen, standing.result.submission))
        chosen.append(best)
        found.remove(best)
    return [Question(ask.text, ask.key) for _, ask in chosen]


def _rank(one, chosen, name):
    """How late to ask something: what repeats a kind or an answer comes later, what went wrong before the rest; else
    chance decides, by the student's name."""
    answer, ask = one
    chance = hashlib.sha256(f"{name}\0{ask.text}".encode("utf-8", "backslashreplace")).hexdigest()
    return (sum(ask.kind == other.kind for _, other in chosen), ask.kind != "wrong",
            sum(answer == other for other, _ in chosen), ORDER.get(ask.kind, 1), chance)


ORDER = {"wrong": 0, "root": 0, "correction": 0, "misconception": 0, "state": 0, "counter": 0, "loop": 2, "number": 2,
         "result": 3}


def _about_check(check, judged, answer, assignment):
    values = _values(judged)
    solution = _lines(assignment.answers[answer].solution)
    met, key = told(judged), _key(None, solution)
    if met:
        wrong = next((one for one in check.misconceptions if one.text == met), None)
        yield Ask("wrong", f"Your {answer} showed {values or 'other values'} in {check.name}, and you were told: "
                  f"{_quoted(met)} In which of your lines does that happen, and what would you write there?",
                  _key(wrong, solution))
    elif not judged.ok and judged.reason == results.ANOTHER:
        yield Ask("wrong", f"Your {answer} showed {values or 'nothing readable'} in {check.name}, which was not "
                  "expected. How would you find the line that is to blame, without seeing the right values?",
                  f"Work out the first number by hand. {key}")
    elif not judged.ok and judged.reason != results.NOT_ANSWERED:
        yield Ask("wrong", f"In {check.name} the outcome for your {answer} was: {judged.reason}. What in your lines "
                  "brings that about, and what would you change?", key)
    elif judged.ok:
        for wrong in check.misconceptions:
            if wrong.answer == answer:
                yield Ask("misconception", f"Somebody else was told of their {answer}: {_quoted(wrong.text)} Yours "
                          f"showed {values or 'the right values'} in {check.name}. Which of your lines makes the "
                          "difference, and would the first number be affected already?", _key(wrong, solution))
        if values:
            yield Ask("values", f"Your {answer} showed {values} in {check.name}. Without running it: what would come "
                      "out if every number that goes in were ten times as large, and which of your lines decides that?",
                      f"Ten times, a hundred times or not at all, as the powers in the lines say. {key}")


def _values(judged):
    return one_line("; ".join(values_shown(judged)), LONGEST)


def _quoted(text):
    return f'"{one_line(text, 300)}"'


def _key(wrong, solution):
    if wrong is None:
        return f"The solution: {' / '.join(solution)}"
    code = _lines(wrong.code)
    mine = [line for line in code if line not in solution]
    due = [line for line in solution if line not in code]
    return (f"{wrong.name}. Wrong: {' / '.join(mine) or 'lines are missing'}. "
            f"Right: {' / '.join(due) or 'lines are too many'}")


def _lines(source):
    lines = (line.strip() for line in source.split("\n"))
    return [line for line in lines if line and not line.startswith(("#", '"""'))]
