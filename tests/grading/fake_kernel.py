"""A kernel that is a dictionary: for what is decided outside a kernel, in no time.

What a real one does to hostile code is tested in ``test_sandbox*.py`` and ``test_grade_hostile.py``.
"""

import contextlib
import io
from dataclasses import dataclass, field

import edu_optim.grading
from edu_optim.grading.values import MIME, encoded


@dataclass
class Ran:
    outputs: list = field(default_factory=list)
    error: tuple | None = None
    reason: str | None = None
    seconds: float = 0.01


class End(BaseException):
    """Raised by code that says ``end("time")``: the end of this kernel for that reason."""


class FakeKernel:
    """As `sandbox.Kernel`; ``opened`` lists the sources that each kernel has run."""

    kind, versions, opened = "fake", {"python": "3"}, None

    def __init__(self, opened=None):
        self.sources, self.alive = [], True
        if opened is not None:
            opened.append(self.sources)

    def __enter__(self):
        self.names = {"__name__": "__main__", "end": self._end}
        return self

    def __exit__(self, *_):
        self.alive = False

    @staticmethod
    def _end(reason, seconds=9.0):
        raise End(reason, seconds)

    def run(self, source, seconds=None):
        assert self.alive, "this kernel has ended"
        self.sources.append(source)
        outputs, printed = [], io.StringIO()

        def show(name, value, digits=6):
            outputs.append({"output_type": "display_data", "metadata": {},
                            "data": {MIME: {"name": name, "value": encoded(name, value)},
                                     "text/plain": f"{name} = {value}"}})

        real, edu_optim.grading.show = edu_optim.grading.show, show
        if "show" in self.names and getattr(self.names["show"], "__name__", "") == "show":
            self.names["show"] = show  # of this cell
        error = None
        try:
            with contextlib.redirect_stdout(printed):
                exec(compile(source, "cell", "exec"), self.names)
        except End as end:
            self.alive = False
            return Ran(outputs, None, *end.args)
        except BaseException as caught:
            error = (type(caught).__name__, str(caught))
        finally:
            edu_optim.grading.show = real
        if printed.getvalue():
            outputs.insert(0, {"output_type": "stream", "name": "stdout", "text": printed.getvalue()})
        return Ran(outputs, error)
