"""Run JupyterLab, and end when it ends.

A thread that the server leaves waiting (one it read a file in) keeps Python from ending about every second time that
Ctrl-C comes soon after a page was opened; everything is tidied up by then, so the process leaves without it.
"""

import os
import sys
import traceback


def main():
    """Serve until the server stops, then leave at once with its exit code."""
    try:
        from jupyterlab.labapp import main as serve

        code = serve()
    except SystemExit as stop:
        code = stop.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        print(code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else bool(code))


if __name__ == "__main__":
    main()
