"""Submissions that attack what lies between a kernel and the judge: its messages, its cells, the answers of others."""

from hostile import (
    ANOTHER,
    ENDED,
    MEMORY,
    OUTPUT,
    RIGHT_1,
    RIGHT_2,
    TIME,
    WRONG_2,
    Case,
    attack,
    handed_in,
    inside,
)

VALUES = "application/vnd.edu-optim.values+json"
DEEP = ("from IPython.display import display\ndeep = 0\nfor _ in range(700): deep = [deep]\n"
        "display({{{}: deep}}, raw=True)")
KERNEL = "kernel = get_ipython().kernel\n"

CASES = [
    Case("93-q1-hangs-when-q2-calls-it", handed_in(RIGHT_2, RIGHT_1.replace(
        "    return", "    import sys\n    while sys._getframe(1).f_code.co_name != '<module>': pass\n    return")),
        4, "", 1),
    Case("94-deep-value", inside(DEEP.format(f"'{VALUES}'"))),
    Case("95-deep-text", inside(DEEP.format("'text/plain'"))),
    Case("96-a-million-objects", inside(KERNEL + (
        "kernel.session.send(kernel.iopub_socket, 'display_data', {'data': {\n"
        f"    '{VALUES}': {{'name': 'variance', 'value': [{{}}] * 10**6}}}}}}, parent=kernel.get_parent())"))),
    Case("97-output-in-every-cell", attack(
        "get_ipython().events.register('post_run_cell', lambda result: print('x' * 6_000_000))"), 1,
        (OUTPUT, ANOTHER)),
    Case("98-a-message-without-end", attack(
        "import os, stat\nframe = b'\\3' + (2**20).to_bytes(8, 'big') + bytes(2**20)\nfor one in range(3, 256):\n"
        "    try:\n        while stat.S_ISSOCK(os.fstat(one).st_mode):\n            left = frame\n"
        "            os.set_blocking(one, True)\n            while left: left = left[os.write(one, left):]\n"
        "    except OSError: pass"), 1, (OUTPUT, ENDED, TIME), 2),
    Case("99-a-million-frames", attack(
        KERNEL + "kernel.iopub_thread.socket.send_multipart([b'x'] + [b''] * 10**6)"), 1, (OUTPUT, TIME, ANOTHER), 2),
    Case("100-large-headers", attack(KERNEL + (
        "large = {'header': dict(kernel.get_parent()['header'], more=[{}] * 10**6)}\nfor _ in range(20):\n"
        "    kernel.session.send(kernel.iopub_socket, 'stream', {'name': 'stdout', 'text': 'x'}, parent=large)")),
        1, OUTPUT),
    Case("101-reset", attack("%reset -f"), 1, "raised NameError"),
    Case("102-trace-every-call", attack(
        "import sys\ndef look(frame, event, value):\n    frame.f_locals.update(value=1.0, expected=1.0)\n"
        "    return look\nsys.settrace(look)\nsys.setprofile(look)"), 1, (ANOTHER, TIME), 2),
    Case("103-refuse-every-event", attack("import sys\ndef refuse(*_): raise OSError\nsys.addaudithook(refuse)"), 1,
         ("raised OSError", ANOTHER, ENDED, TIME), 2),
    Case("104-starve-other-threads", attack(
        "import sys, threading\nsys.setswitchinterval(1e6)\ndef spin():\n    while True: pass\n"
        "threading.Thread(target=spin).start()"), 1, (TIME, ANOTHER), 2),
    Case("105-kill-everybody", attack("import os\nos.kill(-1, 9)"), 1, (ENDED, ANOTHER, "raised ProcessLookupError")),
    Case("106-alarm-for-later", handed_in(RIGHT_2, f"{RIGHT_1}\nimport signal\nsignal.setitimer(signal.ITIMER_REAL, "
                                                   "0.3)"), (3, 4), ""),
    Case("107-check-is-rewritten", attack(
        "import ast\nclass Show(ast.NodeTransformer):\n    def visit_Call(self, node):\n"
        "        if getattr(node.func, 'id', '') == 'show': node.args[1] = ast.Constant(1.0)\n        return node\n"
        "get_ipython().ast_transformers.append(Show())")),
    Case("108-q1-calls-q2", handed_in(WRONG_2, "# ANSWER q1\ndef mean(x): return variance(x)"), 0,
         ("raised RecursionError", ENDED, MEMORY)),
    Case("109-forged-end-of-the-cell", attack(KERNEL + (
        "for kind in ('execute_reply', 'status'):\n"
        "    kernel.session.send(kernel.iopub_socket, kind, {'status': 'ok', 'execution_state': 'idle'},\n"
        "                        parent=kernel.get_parent())\nwhile True: pass")), 1, TIME, 3),
    Case("110-replace-show-when-called", inside("global show\nshow = print")),
]
