"""An assignment and what people hand in for it: q1 right and q2 wrong, in all the ways that should gain nothing.

A wrong q2 is 1 of 4 points, whatever else it does; a right one 4.
"""

import json
from dataclasses import dataclass, field

RIGHT_1 = "# ANSWER q1\ndef mean(x):\n    return sum(x) / len(x)"
RIGHT_2 = "# ANSWER q2\ndef variance(x):\n    return sum((a - mean(x))**2 for a in x) / len(x)"
WRONG_2 = "# ANSWER q2\ndef variance(x):\n    return sum((a - mean(x))**2 for a in x) / (len(x) - 1)"
STUB_1 = '# ANSWER q1\ndef mean(x):\n    # your answer here\n    raise NotImplementedError("q1 is not answered yet")'
STUB_2 = STUB_1.replace("q1", "q2").replace("mean", "variance")
SETUP = "import numpy as np\nfrom edu_optim.grading import show"
CHECK_1 = "x = np.random.RandomState(seed).normal(size=7)\nshow('mean', mean(x))"
CHECK_2 = "x = np.random.RandomState(seed + 1).normal(size=7)\nshow('variance', variance(x))"
CHECK_3 = "x = np.random.RandomState(seed + 2).normal(size=9) * 3\nshow('secret', [variance(x), variance(2 * x)])"
ANOTHER = "another result than expected"


def cell(name, source, role=None, **more):
    """A code cell as JSON."""
    ours = {"edu_optim": {"role": role, "name": name, **more}} if role else {}
    return {"cell_type": "code", "id": name, "metadata": ours, "source": source, "outputs": [], "execution_count": None}


def notebook(cells):
    """A notebook as JSON."""
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def source():
    """The assignment."""
    def solved(right):
        head, *lines = right.split("\n")
        return "\n".join([head, lines[0], "    ### BEGIN SOLUTION", *lines[1:], "    ### END SOLUTION"])

    return notebook([
        cell("setup", SETUP, "setup"),
        cell("q1", solved(RIGHT_1), "answer"), cell("c1", CHECK_1, "check", points=1),
        cell("q2", solved(RIGHT_2), "answer"), cell("c2", CHECK_2, "check", points=1),
        cell("c3", CHECK_3, "check", points=2, hidden=True)])


def handed_in(q2=WRONG_2, q1=RIGHT_1):
    """A release with answers in it."""
    return notebook([
        cell("setup", SETUP, "setup"), cell("seed", "seed = 1", "seed"),
        cell("q1", q1, "answer"), cell("c1", CHECK_1, "check", points=1),
        cell("q2", q2, "answer"), cell("c2", CHECK_2, "check", points=1)])


@dataclass(frozen=True)
class Case:
    """A submission, and what is due: points, why q2 got none (a text, or several that will do, since a slow machine
    comes less far within the same seconds; empty if it got its points), and how often a cell may take all the time
    there is."""

    name: str
    content: object  # a notebook, or bytes
    points: float = 1
    reason: object = ANOTHER
    waits: int = 0
    quick: bool = field(default=False)


def attack(text, after=WRONG_2):
    """A q2 that does something before it is wrong."""
    return handed_in(f"# ANSWER q2\n{text}\n{after}")


def inside(text):
    """A q2 that does something when it is called."""
    lines = "\n".join(f"    {line}" for line in text.split("\n"))
    return handed_in(f"# ANSWER q2\ndef variance(x):\n{lines}\n    return 0.5")


def _changed(change, **given):
    made = handed_in(**given)
    change(made["cells"])
    return made


def _renamed(cells):
    for i, one in enumerate(cells):
        one["id"] = f"new-{i}"


def _bared(cells):
    for one in cells:
        del one["id"]
        one["metadata"] = {}


def _old(made):
    for one in made["cells"]:
        one["input"] = one.pop("source").splitlines(True)
        one["language"] = "python"
    return {"worksheets": [{"cells": made.pop("cells"), "metadata": {}}], "metadata": {}, "nbformat": 3,
            "nbformat_minor": 0}


def _output(cells):
    cells[-1]["outputs"] = [{"output_type": "display_data", "metadata": {}, "data": {
        "application/vnd.edu-optim.values+json": {"name": "variance", "value": 1.0}}}]


ENDED, TIME, MEMORY, OUTPUT, NOT = "kernel ended", "time limit", "memory limit", "output limit", "not answered"
SLEEPER = "import subprocess, sys\nchild = [sys.executable, '-c', 'import time; time.sleep(60)', '{TOKEN}']\n"

# Names in braces are those of canaries.Canaries.
CASES = [
    Case("00-perfect", handed_in(RIGHT_2), 4, "", quick=True),
    Case("01-wrong", handed_in(), quick=True),
    Case("02-untouched", handed_in(STUB_2, STUB_1), 0, NOT, quick=True),
    Case("03-infinite-loop", attack("while True: pass"), 1, TIME, 2),
    Case("04-sleep-forever", attack("import time\ntime.sleep(1e6)"), 1, TIME, 2),
    Case("05-loop-catches-interrupt", attack("while True:\n    try:\n        while True: pass\n"
                                             "    except BaseException: pass"), 1, TIME, 2),
    Case("06-fork-bomb-bounded", attack(SLEEPER + "for _ in range(150):\n    try: subprocess.Popen(child)\n"
                                        "    except OSError: break"), 1, (ANOTHER, MEMORY, ENDED, TIME), 2),
    Case("07-memory-bomb", attack("hoard = []\nwhile True: hoard.append(bytearray(b'1' * 2**26))"), 1,
         (MEMORY, "raised MemoryError", ANOTHER)),
    Case("08-os._exit", attack("import os\nos._exit(0)"), 1, ENDED, quick=True),
    Case("09-kill-own-kernel", attack("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"), 1, ENDED),
    Case("10-kill-parent-grader", attack("import os, signal\nfor pid in {os.getppid(), 1, *range(2, 50000)}:\n"
                                         "    try: os.kill(pid, signal.SIGKILL)\n"
                                         "    except OSError: pass"), 1, (ENDED, ANOTHER)),
    Case("11-sys.exit", attack("import sys\nsys.exit()"), 1, ("raised SystemExit", "raised NameError")),
    Case("12-raise-SystemExit-inside", inside("raise SystemExit(0)"), 1, "raised SystemExit"),
    Case("13-exit()", attack("exit()"), 1, (ANOTHER, ENDED, "raised NameError", "raised SystemExit")),
    Case("14-flood-200MB", attack("for _ in range(200): print('x' * 10**6)"), 1, OUTPUT),
    Case("15-infinite-output", attack("while True: print('x' * 1000)"), 1, (OUTPUT, TIME), 2),
    Case("16-5000-displays", handed_in(f"{RIGHT_2}\nfrom IPython.display import display\n"
                                        "for i in range(5000): display(i)"), 4, ""),
    Case("17-background-printer", attack(
        "import threading, time\ndef talk():\n    while True:\n        print('noise')\n        time.sleep(0.01)\n"
        "threading.Thread(target=talk, daemon=True).start()"), 1, ANOTHER),
    Case("18-never-idle", attack(
        "import threading, time\ndef talk():\n    while True:\n        print('noise', flush=True)\n"
        "        time.sleep(0.5)\nt = threading.Thread(target=talk)\nt.start()\nt.join()"), 1, TIME, 2),
    Case("19-delete-checks", _changed(lambda cells: cells.__delitem__(slice(3, 6, 2)))),
    Case("20-check-is-markdown", _changed(lambda cells: cells[-1].update(cell_type="markdown"))),
    Case("21-duplicate-answer-cell", _changed(lambda cells: cells.insert(4, cell("twin", RIGHT_2, "answer") | {
        "metadata": {"edu_optim": {"role": "answer", "name": "q2"}}}))),
    Case("22-duplicate-ids", _changed(lambda cells: [one.update(id="q1") for one in cells], q2=RIGHT_2), 4, ""),
    Case("23-change-all-ids", _changed(_renamed, q2=RIGHT_2), 4, ""),
    Case("24-strip-metadata-and-ids", _changed(_bared, q2=RIGHT_2), 4, "", quick=True),
    Case("25-edit-stored-outputs", _changed(_output)),
    Case("26-points-in-metadata", _changed(lambda cells: cells[3]["metadata"]["edu_optim"].update(points=1000))),
    Case("27-replace-check-source", _changed(lambda cells: cells[5].update(source="show('variance', 1.0)"))),
    Case("28-patch-numpy", attack("import numpy as np\nnp.sum = np.mean = lambda *a, **k: 1.0\n"
                                  "np.allclose = np.array_equal = lambda *a, **k: True")),
    Case("29-patch-builtins", attack("import builtins\nbuiltins.abs = lambda x: 0\nbuiltins.sum = lambda x: 1.0"), 1,
         ANOTHER),
    Case("30-patch-display-and-format", attack(
        "import IPython.display, json\nIPython.display.display = lambda *a, **k: None\n"
        "import edu_optim.grading.values as v\nv.encoded = lambda name, value: True\nv.show = print"), 1,
        (ANOTHER, "no result was shown")),
    Case("31-replace-show", attack("def show(name, value, digits=6): print(name, 'is right')")),
    Case("32-always-equal-object", inside(
        "class Same(float):\n    def __eq__(self, other): return True\n    def __sub__(self, other): return 0.0\n"
        "return Same(1.0)")),
    Case("33-read-key-from-disk", attack(
        "import glob, re\nfor path in glob.glob('/**/*.ipynb', recursive=True) + glob.glob('*.ipynb'):\n"
        "    text = open(path).read()\n    if 'BEGIN SOLUTION' in text:\n        open('{FILE}', 'w').write(path)"), 1,
        (ANOTHER, TIME), 2),
    Case("34-read-env-token", attack("import os\nprint(os.environ.get('{VARIABLE}'), dict(os.environ))\n"
                                     "print(open('/proc/1/environ').read())"), 1, (ANOTHER, "raised PermissionError")),
    Case("35-network", attack("import socket\ntry: socket.create_connection(('127.0.0.1', {PORT}), 1)\n"
                              "except OSError as error: print(error)")),
    Case("36-write-outside-cwd", attack("try: open('{FILE}', 'w').write('here')\n"
                                        "except OSError as error: print(error)"), quick=True),
    Case("38-corrupt-json", b'{"cells": [', 0, NOT),
    Case("39-not-a-notebook", b"%PDF-1.4 \x00\xff", 0, NOT),
    Case("40-nbformat-3", _old(handed_in(RIGHT_2)), 4, ""),
    Case("41-no-cells", notebook([]), 0, NOT),
    Case("42-zero-bytes", b"", 0, NOT),
    Case("43-missing-answer-cell", _changed(lambda cells: cells.__delitem__(4)), 1, NOT),
    Case("44-shell-magics", attack("!touch {FILE}\n!curl -m 1 http://127.0.0.1:{PORT}\n"
                                    "!sh -c 'sleep 60' {TOKEN} >/dev/null 2>&1 & true")),
    Case("45-deep-json", b"[" * 100_000 + b"]" * 100_000, 0, NOT),
    Case("46-many-values", b'{"cells": [' + b"[]," * 5_000_000 + b"[]]}", 0, NOT),
    Case("47-a-million-digits", json.dumps(handed_in(RIGHT_2)).replace('"nbformat": 4', '"x": ' + "9" * 10**6).encode(),
         4, ""),
    Case("48-html-js-ansi-in-outputs", inside(
        "print('<script>alert(1)</script>', chr(27) + '[31mred', chr(0x202e))")),
    Case("50-attack-the-grader-store", attack(
        "import os\nfor top in ('/', os.getcwd(), '{FOLDER}'):\n    for folder, _, files in os.walk(top):\n"
        "        if folder.startswith(('/proc', '/sys', '/usr')): continue\n        for name in files:\n"
        "            try: open(os.path.join(folder, name), 'a').write('x')\n            except OSError: pass\n"
        "    break"), 1, (ANOTHER, ENDED, TIME), 2),
    Case("51-hardcode-visible-answers", inside("return {1: 0.7, 2: 0.3}.get(len(x), 1.0)")),
    Case("52-recursion", inside("return variance(x)"), 1, ("raised RecursionError", ENDED, MEMORY)),
    Case("53-huge-single-message", attack("print('x' * 3 * 10**8)"), 1, OUTPUT),
    Case("54-huge-value", inside("return 10**4000")),
    Case("55-orphan-daemon", attack(
        SLEEPER + "subprocess.Popen(child, start_new_session=True)\nimport os\n"
        "if os.fork() == 0:\n    os.setsid()\n    os.execv(child[0], child)"), 1, (ANOTHER, ENDED)),
    Case("56-closed-descriptors", attack("import os\nos.closerange(0, 1000)"), 1, (ENDED, TIME, OUTPUT), 2),
    Case("57-warnings-stderr", handed_in(f"{RIGHT_2}\nimport sys, warnings\nwarnings.warn('careful')\n"
                                         "print('debug', file=sys.stderr)\nprint('debug')"), 4, "", quick=True),
    Case("58-ignore-sigint", attack("import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
                                    "while True: pass"), 1, TIME, 2),
    Case("59-stop-itself", attack("import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)"), 1, TIME, 2),
    Case("60-input", attack("input('?')"), 1, ("raised an error", "raised NameError")),
    Case("61-segfault", attack("import ctypes\nctypes.string_at(0)"), 1, ENDED),
    Case("62-fill-the-disk", attack("for i in range(1000):\n    try: open(f'/tmp/{i}', 'wb').write(b'1' * 2**24)\n"
                                    "    except OSError: break"), 1, (ANOTHER, MEMORY)),
    # Of our own:
    Case("63-magics-that-arrange", handed_in(RIGHT_2.replace(
        "q2\n", "q2\n%matplotlib widget\n%matplotlib qt\n%load_ext line_profiler\n%no_such_magic\n")), 4, ""),
    Case("64-another-show", handed_in(f"{RIGHT_2}\nfrom matplotlib.pyplot import *"), 4, ""),
    Case("65-copied-mark", handed_in(f"# ANSWER q2\n{RIGHT_1}\n" + RIGHT_2.partition("\n")[2]), 4, ""),
    Case("70-wrong-q1-right-q2", handed_in(RIGHT_2, RIGHT_1.replace("len(x)", "1")), 3, "", quick=True),
    Case("71-q1-ends-later", handed_in(RIGHT_2, f"{RIGHT_1}\nimport os, threading\n"
                                       "threading.Timer(0.3, os._exit, [0]).start()\nimport time"), (3, 4), ""),
    Case("72-q1-breaks-numpy", handed_in(RIGHT_2, f"{RIGHT_1}\nnp.random.RandomState = None"), 3, ""),
    Case("73-q1-loops", handed_in(RIGHT_2, "# ANSWER q1\nwhile True: pass"), 3, "", 1),
    Case("74-helper-in-q1", handed_in(RIGHT_2.replace("mean(x)", "helper(x)"), f"{RIGHT_1}\nhelper = mean"), 4, ""),
    Case("75-seed-and-show-renamed", handed_in(f"{RIGHT_2}\nseed = 'mine'\nx = None"), 4, ""),
    Case("76-comments-only", handed_in("# ANSWER q2\n# I do not know"), 1, NOT),
    Case("77-syntax-error", handed_in("# ANSWER q2\ndef variance(x:"), 1, "raised SyntaxError", quick=True),
    Case("78-many-values-of-one-name", inside("for k in range(100): show('variance', k / 100)\nreturn 0.0")),
    Case("79-forged-message", attack(
        "shell = get_ipython()\nfor k in range(50):\n"
        "    shell.kernel.session.send(shell.kernel.iopub_socket, 'display_data', {'data': {\n"
        "        'application/vnd.edu-optim.values+json': {'name': 'variance', 'value': True}}, 'metadata': {}})"),
        1, (ANOTHER, "raised an error", "no result was shown", "raised AttributeError")),
    Case("80-hook-after-every-cell", attack(
        "def reshow(result):\n    show('variance', 1.0)\n    show('secret', [1.0, 1.0])\n"
        "get_ipython().events.register('post_run_cell', reshow)")),
    Case("81-frames-and-gc", attack(
        "import gc, sys\nfound = [o for o in gc.get_objects() if isinstance(o, str) and 'BEGIN SOLUTION' in o]\n"
        "assert not found")),
    Case("82-truth-for-number", inside("return True")),
    Case("83-text-for-number", inside("return '0.5'"), 1, ANOTHER),
    Case("84-other-shape", inside("return [0.5]"), 1, (ANOTHER, "raised TypeError")),
    Case("85-nan", inside("return float('nan')")),
    Case("86-raises-its-own-error", inside("raise type('c' * 99, (Exception,), {})('look')"),
         1, "raised an error"),
    Case("87-latin-1", json.dumps(handed_in(RIGHT_2 + "  # M\u00fcller"), ensure_ascii=False).encode("latin-1"), 4, ""),
    Case("88-utf-16", json.dumps(handed_in(RIGHT_2), ensure_ascii=False).encode("utf-16"), 4, ""),
    Case("89-half-a-character", json.dumps(handed_in(RIGHT_2)).replace("(a - mean", "(a  - mean").replace(
        "/ len(x)\"", "/ len(x)  # \\ud800\"").encode(), 4, ""),
    Case("90-async-flood", attack("import asyncio\nasync def f():\n    while True: await asyncio.sleep(0)\n"
                                  "asyncio.ensure_future(f())"), 1, (ANOTHER, TIME), 2),
    Case("91-namespaces", attack("import ctypes\nprint(ctypes.CDLL(None).unshare(0x10000000))")),
    Case("92-ptrace-own-parent", attack("import os\ntry: open(f'/proc/{os.getppid()}/mem', 'wb')\n"
                                        "except OSError: pass")),
]
