"""What each kernel of a student's answers begins with: magics that arrange a notebook cost nobody an answer.

``%matplotlib widget`` needs a package and a browser, ``%matplotlib qt`` a screen, ``%load_ext`` an extension; a kernel
here has none of them, and the lines below such a line hold the answer.
"""

import inspect


def forgive_magics():
    """Let a magic that only arranges things, or is not known, say that it failed, and go on with the next line."""
    import sys

    try:
        from IPython import get_ipython
    except ImportError:
        return
    shell = get_ipython()
    if shell is None:
        return
    run, arranging = shell.run_line_magic, ("matplotlib", "pylab", "config", "load_ext", "reload_ext", "autoreload",
                                            "pip", "conda", "mamba", "uv")

    def run_line_magic(name, line, _stack_depth=1):
        if name not in arranging and shell.find_line_magic(name):
            return run(name, line, _stack_depth=_stack_depth + 1)
        try:
            return run(name, line, _stack_depth=_stack_depth + 1)
        except Exception as error:
            print(f"%{name} {line} does nothing here: {error}", file=sys.stderr)

    shell.run_line_magic, run_cell = run_line_magic, shell.run_cell_magic

    def run_cell_magic(name, line, cell):
        if shell.find_cell_magic(name):
            return run_cell(name, line, cell)
        print(f"%%{name} {line} is not known here: the cell is run without it", file=sys.stderr)
        exec(compile(shell.transform_cell(cell), "<cell>", "exec"), shell.user_ns)

    shell.run_cell_magic = run_cell_magic


SOURCE = f"{inspect.getsource(forgive_magics)}\n\nforgive_magics()\ndel forgive_magics"
