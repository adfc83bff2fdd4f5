"""What the commands say of uploads, and those that give marks and pages back; each of these returns its exit code."""

from pathlib import Path

from ..whole_file import write_whole
from . import marks_back
from .folder import Folder
from .platforms import SPELLED
from .printable import name_shown
from .pseudonyms import FILE, Names
from .pseudonyms import forget as forgotten
from .sheet import SheetError

SHOWN = 20  # files that are passed over, before the list is only in its file


def tell_of(found, folder, names, show):
    """Say what uploads hold beside submissions, and write it down."""
    folder.path.mkdir(parents=True, exist_ok=True)
    folder.pass_over(found.passed)
    if names and found.platform != "plain":
        folder.keep_names_in(names)
    if found.platform != "plain":
        where = Path(names) if names else folder.names  # as it was typed
        show(f"The names are those that {SPELLED[found.platform]} gives (if not, type --platform plain): results, "
             f"gradebook and pages hold pseudonyms. Who is who stands in {where} alone.")
    for name, file, why in found.passed[:SHOWN]:
        show(f"  passed over: {name_shown(f'{name} {file}'.strip())}: {why}")
    if len(found.passed) > SHOWN:
        show(f"  passed over: {len(found.passed) - SHOWN} more")
    if found.passed:
        show(f"All files that were passed over are listed in {folder.passed_over}.")


def table_of_names(folder, names):
    """The `pseudonyms.Names` of a folder of results, or of a file that was named."""
    return Names(names or folder.names)


def marks(out, sheet, show, *, to, names, rules, id_column, mark_column, scale, skip):
    """Fill the marks into a file that a learning platform gave."""
    sheet, folder = Path(sheet), Folder(out)
    target = Path(to) if to else sheet.with_name(f"{sheet.stem}-filled{sheet.suffix}")
    if target.resolve() == sheet.resolve():
        raise SheetError(f"{sheet} stays as the platform gave it: write to another file with --to")
    returns = marks_back.to_return(folder, table_of_names(folder, names), rules)
    try:
        filled = marks_back.fill(sheet.read_bytes(), returns, folder.facts().title, id_column, mark_column, scale, skip)
    except SheetError as error:
        raise SheetError(f"{sheet}: {error}") from None
    write_whole(target, filled.content, private=True)
    for note in filled.notes:
        show(f"  {note}")
    show(f"{filled.count} marks are filled in: {target}. It holds names: delete it when the platform has it.")
    return 0


def pages(out, target, show, *, names, rules):
    """Write the zip of pages that a learning platform takes."""
    folder = Folder(out)
    content, count = marks_back.pages(folder, marks_back.to_return(folder, table_of_names(folder, names), rules))
    write_whole(Path(target), content, private=True)
    show(f"{count} pages are in {target}. It holds names: delete it when the platform has it.")
    return 0


def forget(out, show, *, names):
    """Delete what joins pseudonyms and names."""
    folder = Folder(out)
    table = Path(names or folder.path / FILE)
    own = dict.fromkeys([table, folder.path / FILE, folder.passed_over])
    gone = [str(path) for one in own for path in forgotten(one)]
    if folder.names.exists():
        show(f"Deleted: {', '.join(gone)}." if gone else "Nothing was deleted.")
        show(f"{folder.names} still tells whose the results are, and perhaps those of other assignments. To delete it "
             f"too type: python -m edu_optim assignment forget {folder.path} --names {folder.names}")
        return 0
    show(f"Deleted: {', '.join(gone)}. Whose the results are can no longer be told here; the uploads, what marks were "
         "filled into, and copies of all that are yours to delete." if gone else
         f"There is no table of names in {table.parent}.")
    return 0
