"""``python -m edu_optim ...``, from an installed package or from a bare checkout.

Standard library only, and no syntax that Python 3.6 cannot read, so that an old Python can be told that it is old.
"""

import sys

MINIMUM = (3, 11)


def check_python(version, arguments):
    """Exit with one line if this Python is too old."""
    if tuple(version[:2]) < MINIMUM:
        text = "edu_optim: Python {}.{} or newer is needed; this is {}.{} ({}). Type for example: {} -m edu_optim {}"
        newer = "py -3.12" if sys.platform == "win32" else "python3.12"
        command = " ".join(arguments) or "lab"
        sys.exit(text.format(MINIMUM[0], MINIMUM[1], version[0], version[1], sys.executable, newer, command))


def main():
    """Find or make the environment, then hand over to the command line."""
    arguments = sys.argv[1:]
    check_python(sys.version_info, arguments)
    # Not `from edu_optim import ...`, which asks the package for a name and makes it load NumPy.
    from edu_optim.bootstrap import enter, report_loss

    enter(arguments)
    try:
        from edu_optim.cli import main as command
    except ModuleNotFoundError as error:
        report_loss(error)
        raise
    command(prog_name="python -m edu_optim")


if __name__ == "__main__":
    main()
