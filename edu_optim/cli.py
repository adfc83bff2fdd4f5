"""The command line: ``edu-optim``, which is the same as ``python -m edu_optim``.

A command that needs something heavy imports it inside its own function, so that the others start at once.
"""

import os
import socket
import sys
from pathlib import Path

import click

import edu_optim
from edu_optim.bootstrap import become
from edu_optim.threads import one_thread_each

PACKAGE = Path(edu_optim.__file__).resolve().parent
ROOT = PACKAGE.parent


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(edu_optim.__version__, prog_name="edu_optim")
def main():
    """How neural networks are optimised: lessons and the package behind them."""


@main.command()
@click.argument("notebook", required=False)
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
@click.option("--port", type=click.IntRange(1, 65535), help="Default: 8888, or the next one that is free.")
def lab(notebook, no_browser, port):
    """Open the lessons in JupyterLab, at a NOTEBOOK if one is given: 6 for a lesson, museum, a1 for an assignment."""
    notebook = find_notebook(notebook)
    options = ["--no-browser"] if no_browser else []
    if port:
        check_port(port)
        options += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options += ["--allow-root"]
    click.echo(f"Opening {notebook.stem} in JupyterLab. Ctrl-C in this window ends it.")
    become(
        [
            *(sys.executable, "-m", "edu_optim.labserver"),
            f"--ServerApp.root_dir={ROOT / 'notebooks'}",
            f"--LabApp.default_url=/lab/tree/{notebook.relative_to(ROOT / 'notebooks').as_posix()}",
            "--log-level=ERROR",
            "-y",  # Ctrl-C asks no question
            *options,
        ],
        lesson_environment(),
    )


@main.command(context_settings={"ignore_unknown_options": True})
@click.option("--all", "everything", is_flag=True, help="The slow tests too.")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGUMENTS]...")
def test(everything, arguments):
    """Run the tests and the lessons.

    Further arguments go to pytest; a path among them replaces the default set.
    """
    checkout()
    arguments = [absolute_if_path(argument) for argument in arguments]
    options = ["-m", ""] if everything else []
    if not any(os.path.isabs(argument) for argument in arguments):
        options += ["-n", "2", "--dist", "loadfile"]
    os.chdir(ROOT)
    become([sys.executable, "-m", "pytest", *options, *arguments], lesson_environment())


@main.command()
@click.argument("name", required=False)
def rules(name):
    """Show the table of rules, or all about the rule NAME."""
    from edu_optim.table import show

    try:
        show(name)
    except KeyError as error:
        raise click.ClickException(error.args[0]) from None


@main.command()
@click.option("--out", type=click.Path(), default="field_guide.html", show_default=True, help="The HTML file.")
def guide(out):
    """Write the field guide, two pages to print: a card for each rule, symptoms with their causes, a recipe."""
    from edu_optim.guide import write

    try:
        write(out)
    except OSError as error:
        raise click.ClickException(str(error)) from None
    click.echo(f"{out} is written. Open it in a browser, and print it on A4.")


@main.command()
@click.argument("parts", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Numbers for another program.")
def bench(parts, as_json):
    """Measure speed here, beside torch and optax where they are installed.

    PARTS are by default all there are; any other word lists them.
    """
    from edu_optim.bench import PARTS, main

    for part in parts:
        if part not in PARTS:
            raise click.ClickException(f"there is nothing called {part!r} to measure. There are: {', '.join(PARTS)}")
    main(parts, as_json, click.echo)


class Plans(click.Group):
    """Commands, and beside them the name or file of any plan: ``race small`` means ``race run small``."""

    def resolve_command(self, context, arguments):
        if arguments[0] not in self.commands and not arguments[0].startswith("-"):
            arguments = ["run", *arguments]
        return super().resolve_command(context, arguments)


store_option = click.option("--store", type=click.Path(), required=True, help="The SQLite file with the results.")


def worked_on(command):
    """Options of commands that race."""
    dask = click.option("--dask", metavar="ADDRESS", help="Race on a Dask cluster, such as tcp://127.0.0.1:8786.")
    jobs = click.option("--jobs", type=click.IntRange(1), help="How many processes. Default: one per processor.")
    return jobs(dask(command))


@main.group(cls=Plans, invoke_without_command=True, subcommand_metavar="[PLAN | COMMAND] [ARGS]...")
@click.pass_context
def race(context):
    """Race update rules against each other: PLAN is a TOML file, or as_run, author, clean, grid, deepobs or small.

    What is in the store is not run again, so a race that was stopped goes on where it stood. Without PLAN: list those
    that come with the package, and how long each takes here.
    """
    one_thread_each(os.environ)
    if context.invoked_subcommand is None:
        from edu_optim.race import command

        command.shipped(click.echo)


@race.command()
@click.argument("plan")
@click.option("--store", type=click.Path(), help="The SQLite file for the results. Default: PLAN.sqlite, here.")
@worked_on
def run(plan, store, jobs, dask):
    """Run what the store lacks of PLAN; the word run may be left out."""
    from edu_optim.race import command

    sys.exit(command.run(plan, store, jobs, dask, click.echo))


@race.command()
@store_option
@worked_on
def resume(store, jobs, dask):
    """Run what a store lacks of the plan inside it."""
    from edu_optim.race import command

    sys.exit(command.resume(store, jobs, dask, click.echo))


@race.command()
@click.option("--store", type=click.Path(), required=True, help="The SQLite file, or an exported .csv or .csv.gz.")
@click.option("--out", type=click.Path(), help="The HTML file. Default: that of the store, with .html.")
@click.option("--against", type=(str, click.Path()), multiple=True, metavar="NAME FILE",
              help="A race of the same labels at other rates, to compare with, and what to call it.")
def report(store, out, against):
    """Write the report of a race: one HTML file that needs no network."""
    from edu_optim.race import command

    sys.exit(command.report(store, out, against, click.echo))


@race.command()
@store_option
@click.option("--out", type=click.Path(), required=True, help="The file: .csv, or .csv.gz to compress it.")
def export(store, out):
    """Write every epoch of a store as comma-separated values, to the last digit."""
    from edu_optim.race import command

    sys.exit(command.export(store, out, click.echo))


@race.command("import")
@click.argument("table", type=click.Path())
@store_option
def read(table, store):
    """Put the finished runs of an exported TABLE into a store, which may be new."""
    from edu_optim.race import command

    sys.exit(command.read(table, store, click.echo))


@main.group()
def assignment():
    """Write, release, check and grade assignments."""


@assignment.command()
@click.argument("notebook", type=click.Path())
def new(notebook):
    """Write a small assignment to NOTEBOOK, to be changed in Jupyter."""
    from edu_optim.grading import command

    sys.exit(command.new(notebook, click.echo))


@assignment.command()
@click.argument("source", type=click.Path())
@click.option("--no-run", is_flag=True, help="Only read it; otherwise it is run, and not in a sandbox.")
def lint(source, no_run):
    """Say what is wrong with the assignment in the notebook SOURCE."""
    from edu_optim.grading import command

    sys.exit(command.lint(source, not no_run, click.echo))


@assignment.command()
@click.argument("source", type=click.Path())
@click.option("--out", type=click.Path(), required=True, help="The folder for the notebook that students get.")
def release(source, out):
    """Write the notebook for students: SOURCE without solutions and hidden checks."""
    from edu_optim.grading import command

    sys.exit(command.release(source, out, click.echo))


@assignment.command()
@click.argument("notebook", type=click.Path())
@click.option("--release", "handed_out", type=click.Path(), help="The notebook as you got it, if yours lost too much.")
def check(notebook, handed_out):
    """Run the visible checks of your own NOTEBOOK."""
    from edu_optim.grading import command

    sys.exit(command.check(notebook, handed_out, click.echo))


@assignment.command()
@click.argument("source", type=click.Path())
@click.argument("submissions", type=click.Path(), nargs=-1, required=True)
@click.option("--out", type=click.Path(), required=True, help="The folder for results, gradebook and feedback.")
@click.option("--platform", type=click.Choice(["auto", "moodle", "canvas", "ilias", "plain"]), default="auto",
              help="Who named the files. Default: it is seen from the names.")
@click.option("--names", type=click.Path(), help="The table of pseudonyms and names, to share one between assignments. "
              "Default: names.csv in the folder --out.")
@click.option("--seed", type=click.IntRange(0), help="The course's: with the assignment and a submission it gives the "
              "numbers that are drawn. Default: the one used in this folder before, or a new one.")
@click.option("--jobs", type=click.IntRange(1), help="How many at a time. Default: one per processor.")
@click.option("--dask", metavar="ADDRESS", help="Grade on a Dask cluster, such as tcp://127.0.0.1:8786.")
@click.option("--cell-seconds", type=click.FloatRange(1), help="How long one cell may take. Default: 15.")
@click.option("--package", "packages", multiple=True, metavar="NAME",
              help="What notebooks may import besides NumPy, SciPy, Matplotlib and this package; may be repeated.")
@click.option("--withdraw", is_flag=True, help="Take results out of the gradebook though most of them are no longer in "
              "SUBMISSIONS.")
@click.option("--unsafe-no-sandbox", "unsafe", is_flag=True,
              help="Run the code of strangers as if it were yours. Every result says so.")
def grade(source, submissions, out, **options):
    """Grade SUBMISSIONS by the assignment in SOURCE: a folder of notebooks, one of them, or the folder or zip that a
    learning platform made. Of several uploads the older come first; what has changed is a further attempt.

    What was graded before is not graded again, so grading that was stopped goes on where it stood.
    """
    from edu_optim.grading import command

    sys.exit(command.grade(source, submissions, out, click.echo, **options))


@assignment.command("report")
@click.argument("out", type=click.Path())
@click.option("--course", "rules", type=click.Path(), help="Deadlines and other rules. Default: the course.toml in "
              "OUT, or in the folder around it.")
@click.option("--compare", "old", metavar="OLD", type=click.Path(), help="Say whose points changed from the folder OLD "
              "to OUT, and why.")
@click.option("--viva", is_flag=True, help="Write three questions for each student, about their own answers.")
def gradebook(out, **options):
    """Write gradebook, feedback and the points after all rules from what is in the folder OUT.

    OUT is of one assignment, or of a course: then it has a course.toml and a folder for each assignment. Points given
    by hand are read from overrides.csv, times from times.csv in an assignment's folder.
    """
    from edu_optim.grading import command

    sys.exit(command.report(out, click.echo, **options))


@assignment.command()
@click.argument("out", type=click.Path())
@click.argument("sheet", type=click.Path())
@click.option("--to", type=click.Path(), help="The file to write. Default: SHEET with -filled in its name.")
@click.option("--names", type=click.Path(), help="The table of pseudonyms and names. Default: names.csv in OUT.")
@click.option("--course", "rules", type=click.Path(), help="Deadlines and other rules. Default: the course.toml in "
              "OUT, or in the folder around it.")
@click.option("--id-column", metavar="NAME", help="In a file of neither Moodle nor Canvas: the column with "
              "the numbers that the platform has for students, or with the names of submissions.")
@click.option("--mark-column", metavar="NAME", help="Where the marks go. Default for Canvas: the assignment's title.")
@click.option("--scale", is_flag=True, help="Scale marks so that full points are the highest mark in SHEET.")
@click.option("--skip", is_flag=True, help="Leave out who cannot be filled in, instead of filling in nobody.")
def marks(out, sheet, **options):
    """Fill the marks of the folder OUT into SHEET, a file that the learning platform gave: Moodle's offline grading
    worksheet, Canvas's export of the gradebook, or any CSV file. Nothing else in it changes.
    """
    from edu_optim.grading import command

    sys.exit(command.exchange("marks", out, sheet, click.echo, **options))


@assignment.command()
@click.argument("out", type=click.Path())
@click.argument("zip_", metavar="ZIP", type=click.Path())
@click.option("--names", type=click.Path(), help="The table of pseudonyms and names. Default: names.csv in OUT.")
@click.option("--course", "rules", type=click.Path(), help="Deadlines and other rules. Default: the course.toml in "
              "OUT, or in the folder around it.")
def pages(out, zip_, **options):
    """Put the pages for students of the folder OUT into a ZIP that Moodle, Canvas or ILIAS gives to its students."""
    from edu_optim.grading import command

    sys.exit(command.exchange("pages", out, zip_, click.echo, **options))


@assignment.command()
@click.argument("out", type=click.Path())
@click.option("--names", type=click.Path(), help="The table of pseudonyms and names. Default: names.csv in OUT.")
def forget(out, names):
    """Delete the table that joins the pseudonyms in the folder OUT with names. There is no way back."""
    from edu_optim.grading import command

    sys.exit(command.exchange("forget", out, click.echo, names=names))


@main.command()
def doctor():
    """Say what works here, what is missing and what to type."""
    from edu_optim.doctor import main

    sys.exit(main(click.echo) > 0)


def checkout():
    """Raise unless the package stands in a checkout, which has the lessons and the tests beside it."""
    if not (ROOT / "pyproject.toml").exists():
        raise click.ClickException(
            f"the lessons and tests are not part of the installed package (in {PACKAGE}). "
            "Clone the repository and type there: python -m edu_optim lab")


def find_notebook(name):
    """The lesson with this number, the museum or the assignment with this name, or the first lesson; raise if there is
    none.
    """
    checkout()
    folder = ROOT / "notebooks"
    found = {}
    for path in [*sorted(folder.glob("*.ipynb")), *sorted((folder / "assignments").glob("*.ipynb"))]:
        key, _, rest = path.stem.partition("_")
        found[str(int(key)) if key.isdigit() else key] = path, rest.replace("_", " ")
    wanted = (name or "0").lower()
    wanted = str(int(wanted)) if wanted.isdecimal() else wanted
    if wanted not in found:
        listed = "\n".join(f"  {key}  {title}".rstrip() for key, (_, title) in found.items())
        raise click.ClickException(f"there is no notebook {wanted}. There are:\n{listed}")
    return found[wanted][0]


def check_port(port):
    """Raise if JupyterLab could not listen on a port."""
    with socket.socket() as probe:
        if os.name != "nt":  # where it would allow two programs on one port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise click.ClickException(
                f"port {port} cannot be used ({error.strerror}). Choose another, or leave --port out to get a free one."
            ) from error


def absolute_if_path(argument):
    """A path (``file.py::test`` too) made independent of the folder the command is typed in; the rest unchanged."""
    path, *rest = argument.split("::")
    if not path or path.startswith("-") or not Path(path).exists():
        return argument
    return "::".join([str(Path(path).resolve()), *rest])


def lesson_environment():
    """Environment variables under which a lesson's kernel finds this package and these programs first."""
    environ = dict(os.environ)
    environ.pop("MPLBACKEND", None)  # would keep figures out of the notebook
    environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    one_thread_each(environ)
    first = {
        "PATH": Path(sys.executable).parent,
        "PYTHONPATH": ROOT,
        "JUPYTER_CONFIG_PATH": PACKAGE / "data" / "jupyter",  # no news box
    }
    for name, folder in first.items():
        environ[name] = os.pathsep.join([str(folder), *filter(None, [environ.get(name)])])
    return environ
