"""What every lesson keeps to: one small function per rule, which yields what to do where it is broken."""

import ast
import re
from urllib.parse import unquote

import navigation
from lesson import anchors, calls, dotted, headings, imported, parsed, printed, without_code

RULES = {}

IGNORED = "nbval-ignore-output"
FORBIDDEN_WORDS = re.compile(r"\b(simply|obviously|clearly|just)\b", re.IGNORECASE)
CLOCKS = {"time", "timeit", "datetime"}
NETWORK = {"urllib", "http", "socket", "ssl", "ftplib", "requests", "httpx", "aiohttp", "webbrowser"}
KEYED_RANDOM = {"default_rng", "Generator", "Philox", "PCG64", "SeedSequence"}
SOLVED = re.compile(r": (right|equal over \d+ steps|all hold \(.*\))$")
BYTES, CODE_LINES, ALT = 400_000, 25, 40


def rule(check):
    """Put a rule on the list."""
    RULES[check.__name__] = check
    return check


# ---- what a lesson consists of


@rule
def metadata_says_what_tables_need(lesson):
    wanted = {"lesson": int, "title": str, "question": str, "minutes": int, "needs": list}
    for key, kind in wanted.items():
        if not isinstance(lesson.about.get(key), kind):
            yield f"the notebook's metadata needs edu_optim.{key}, a {kind.__name__}"
    number = lesson.path.name[:2]
    if lesson.about.get("lesson") != int(number):
        yield f"metadata edu_optim.lesson must be {int(number)}, as in the file's name"
    if not str(lesson.about.get("question", "")).endswith("?"):
        yield "metadata edu_optim.question must end with a question mark"
    if any(not isinstance(k, int) or not 0 <= k < int(number) for k in lesson.about.get("needs", ())):
        yield "metadata edu_optim.needs lists the numbers of earlier lessons, [1, 2] say"
    if lesson.notebook["metadata"].get("kernelspec", {}).get("name") != "python3":
        yield "the kernel in the metadata must be python3"


@rule
def begins_with_a_header_card(lesson):
    content = [cell for cell in lesson.cells if cell["id"] != navigation.TOP]
    text = content[0]["text"] if content and content[0]["cell_type"] == "markdown" else ""
    title = f"# {lesson.path.name[:2]} · {lesson.about.get('title')}"
    if text.splitlines()[:1] != [title]:
        yield f"the first cell of content must begin with {title!r}, the title that the metadata has"
    if str(lesson.about.get("question")) not in text:
        yield "the header card must ask the question that the metadata has"
    if f"{lesson.about.get('minutes')} minutes" not in text:
        yield f"the header card must say '{lesson.about.get('minutes')} minutes', as the metadata does"
    if "needs" not in text:
        yield "the header card must say what the lesson needs"
    if sum(len(level) == 1 for cell in lesson.markdown for level, _ in headings(cell)) != 1:
        yield "there must be one heading of the first level, the title"


@rule
def first_code_cell_imports(lesson):
    tree = parsed(lesson.code[0]["text"]) if lesson.code else None
    if tree is None or not all(isinstance(node, (ast.Import, ast.ImportFrom)) for node in tree.body):
        yield "the first code cell must import what the lesson uses, and nothing else"


@rule
def asks_for_a_bet(lesson):
    if not any("check.bet" in calls(tree) for _, tree in lesson.trees()):
        yield "ask for a guess before the main result: check.bet(...)"


@rule
def derives_something(lesson):
    derivations = [m for _, kind, m in lesson.math if kind == "$$" and r"\begin{aligned}" in m and r"\text{" in m]
    if lesson.about.get("lesson", 0) and not derivations:
        yield r"derive something: $$ \begin{aligned} ... && \text{the reason} \end{aligned} $$"


@rule
def checks_something(lesson):
    checks = {"check.parity", "check.laws", "check.value"}
    if not any(checks & calls(tree) for _, tree in lesson.trees()):
        yield "check something: check.parity, check.laws or check.value"


@rule
def ends_with_takeaways(lesson):
    if not any(re.search(r"takeaways|take away", title, re.I) for c in lesson.markdown for _, title in headings(c)):
        yield "say what the reader takes away, under a heading with these words: '## What you take away'"


@rule
def navigation_is_the_generated_one(lesson):
    if navigation.navigated(lesson.path.parent)[lesson.path] != lesson.path.read_text(encoding="utf-8"):
        yield "the links between lessons are out of date: type python tools/navigation.py"


@rule
def exercises_are_complete(lesson):
    ids = [cell["id"] for cell in lesson.cells]
    found = [cell for cell in lesson.markdown if any(re.match(r"Exercise\b", title) for _, title in headings(cell))]
    for k, cell in enumerate(found, start=1):
        name = f"exercise-{k}"
        parts = [f"{name}-{part}" for part in ("stub", "check", "solution")]
        if cell["id"] != name or [i for i in ids if i in (name, *parts)] != [name, *parts]:
            order = ", ".join([name, *parts])
            yield f"exercise {k}, stated in {cell['id']}, must be the cells {order}, in this order"
            continue
        if not any(re.match(rf"Exercise {k}\b.*\(.*\d+ (minute|line)s?.*\)$", title) for _, title in headings(cell)):
            yield f"announce the size: '### Exercise {k}: ... (5 minutes, 2 lines)'"
        yield from _stub_check_solution(*(lesson.cells[ids.index(part)] for part in parts), k)
    known = {f"exercise-{k}-solution" for k in range(1, len(found) + 1)}
    for cell in lesson.cells:
        if "solution" in cell["metadata"].get("tags", ()) and cell["id"] not in known:
            yield f"{cell['id']} is tagged solution but belongs to no exercise"


def _stub_check_solution(stub, check, solution, k):
    for cell in (stub, check, solution):
        if cell["cell_type"] != "code":
            yield f"{cell['id']} must be a code cell"
    if not printed(check) or not all("not yet" in line for line in printed(check)):
        yield f"{check['id']} must call check.value, parity or laws on the stub, and have stored 'not yet'"
    if "solution" not in solution["metadata"].get("tags", ()):
        yield f"{solution['id']} must have the tag solution, by which student copies lose it"
    if solution["metadata"].get("jupyter", {}).get("source_hidden") is not True:
        yield f'{solution["id"]} must be folded: metadata "jupyter": {{"source_hidden": true}}'
    if not solution["text"].startswith("# Solution"):
        yield f"{solution['id']} must begin with '# Solution': JupyterLab shows the first line of a folded cell"
    if not printed(solution) or not all(SOLVED.search(line) for line in printed(solution)):
        yield f"{solution['id']} must pass its check, and the stored output must say so"


# ---- what is stored


@rule
def executed_in_order(lesson):
    counts = [cell["execution_count"] for cell in lesson.code]
    if counts != list(range(1, len(counts) + 1)):
        yield "run all cells from the top on a fresh kernel, then save: the counts must be 1, 2, 3, ..."


@rule
def stores_no_errors_or_warnings(lesson):
    for cell in lesson.code:
        for output in cell["outputs"]:
            if output["output_type"] == "error" or output.get("name") == "stderr":
                yield f"{cell['id']} has stored an error or a warning: mend what causes it"


@rule
def few_outputs_go_uncompared(lesson):
    tagged = [cell["id"] for cell in lesson.cells if IGNORED in cell["metadata"].get("tags", ())]
    if len(tagged) > 3:
        yield f"{len(tagged)} cells are tagged {IGNORED}, 3 are allowed: {', '.join(tagged)}"
    if any(re.search(r"NBVAL_(IGNORE|SKIP|RAISES)", cell["text"], re.IGNORECASE) for cell in lesson.code):
        yield f"use the tag {IGNORED}, which the rules count, not a comment"
    others = {"nbval-skip", "nbval-raises-exception", "raises-exception", "skip-execution"}
    for cell in lesson.cells:
        if others & set(cell["metadata"].get("tags", ())):
            yield f"{cell['id']} has a tag that keeps it from being tested"


@rule
def stays_small(lesson):
    if lesson.size > BYTES:
        yield f"the file has {lesson.size:,} bytes, {BYTES:,} are allowed: fewer or smaller pictures"
    for cell in lesson.code:
        if len(cell["text"].splitlines()) > CODE_LINES:
            yield f"{cell['id']} has more than {CODE_LINES} lines: split it, or move what is no lesson into the package"


@rule
def cell_ids_are_names(lesson):
    ids = [cell.get("id", "") for cell in lesson.cells]
    for name in sorted({name for name in ids if ids.count(name) > 1}):
        yield f"two cells have the id {name}"
    for name in ids:
        machine = re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{8}", name)
        if machine or not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
            yield f"give the cell with the id {name!r} a name that says what it is, 'noise-ball' say"


# ---- figures, mathematics, words, links


@rule
def figures_have_words(lesson):
    number = 0
    for index, kind, look in lesson.pictures():
        name = lesson.cells[index]["id"]
        if kind != "image/png":
            yield f"{name} shows {kind}; pictures go through figures.present, which makes a PNG"
        if lesson.has_controls(index):
            continue  # an explorer's picture changes; the words below it say what it shows
        number += 1
        if len(look.get("alt", "")) < ALT:
            yield f"{name} shows a picture without words: figures.present(fig, alt=at least {ALT} characters)"
        after = lesson.cells[index + 1]["text"] if index + 1 < len(lesson.cells) else ""
        if not after.startswith(f"**Figure {number}:** "):
            yield f"the cell after {name} must be its caption and begin with '**Figure {number}:** '"
    for cell in lesson.markdown:
        for alt in re.findall(r"!\[([^\]]*)\]", without_code(cell["text"])):
            if len(alt) < ALT:
                yield f"{cell['id']} has a picture whose words are {alt!r}: say in {ALT} characters what it shows"
        if "<img" in cell["text"]:
            yield f"{cell['id']} has an <img>: write ![what it shows](file.png)"


@rule
def mathematics_renders_everywhere(lesson):
    for name, kind, text in lesson.math:
        if r"\tag" in text:
            yield f"{name}: no \\tag, which some pages show as an error"
        for environment in re.findall(r"\\begin\{(\w+\*?)\}", text):
            if environment not in {"aligned", "pmatrix", "bmatrix", "matrix", "cases"}:
                yield f"{name}: \\begin{{{environment}}} inside {kind}; write \\begin{{aligned}}"
        if not text.isascii():
            odd = next(c for c in text if not c.isascii())
            yield f"{name}: {odd!r} inside mathematics; write the command, \\eta say"
        bare = re.sub(r"\\begin\{(\w+)\}.*\\end\{\1\}", "", text, flags=re.DOTALL)
        if r"\\" in bare:
            yield f"{name}: several lines need \\begin{{aligned}} ... \\end{{aligned}}"
    for cell in lesson.markdown:
        text = without_code(cell["text"])
        outside = re.sub(r"\$\$.+?\$\$|\$[^$\n]+\$", "", text, flags=re.DOTALL)
        if re.search(r"(?<!\\)\$|\\begin\{", outside):
            yield f"{cell['id']}: mathematics must stand between $ and $ on one line, or between $$ and $$"


@rule
def words_are_kind(lesson):
    alts = [(lesson.cells[index]["id"], look.get("alt", "")) for index, _, look in lesson.pictures()]
    for name, text in [*lesson.prose, *alts]:
        for word in FORBIDDEN_WORDS.findall(text):
            yield f"{name} says {word!r}, which helps nobody who does not see it yet: leave it out"


@rule
def links_lead_somewhere(lesson):
    for cell in lesson.markdown:
        text = without_code(cell["text"])
        for target in re.findall(r"\]\(\s*<?([^)\s>]+)", text) + re.findall(r"(?:href|src)=[\"']([^\"']+)", text):
            if re.match(r"https://\w", target):
                continue
            if re.match(r"[a-z][a-z0-9+.-]*:|/|\\", target, re.IGNORECASE):
                yield f"{cell['id']}: {target} must be a relative link, or one to https"
                continue
            file, _, anchor = unquote(target).partition("#")
            path = lesson.path.parent / file if file else lesson.path
            if not path.exists():
                yield f"{cell['id']}: {target} leads nowhere; a lesson still to come is named without a link"
            elif anchor and anchor not in anchors(path):
                yield f"{cell['id']}: there is no heading {anchor!r} in {path.name}; only blanks become hyphens"


# ---- what runs


@rule
def cells_are_plain_python(lesson):
    for cell in lesson.code:
        if parsed(cell["text"]) is None:
            yield f"{cell['id']} is no plain Python: a magic that does not exist passes nbval, so lessons use none"


@rule
def runs_the_same_everywhere(lesson):
    for cell, tree in lesson.trees():
        timed = IGNORED in cell["metadata"].get("tags", ())
        for module in imported(tree):
            if module in CLOCKS and not timed:
                yield f"{cell['id']} looks at the clock: only a cell tagged {IGNORED} may import {module}"
            if module in NETWORK:
                yield f"{cell['id']} imports {module}: lessons run without a network"
            if module == "random":
                yield f"{cell['id']} imports random: eo.rng.generator(seed=0, purpose=...) depends on nothing else"
        for node in ast.walk(tree):
            name = dotted(node)
            if re.match(r"(np|numpy)\.random\.\w+$", name) and name.rpartition(".")[2] not in KEYED_RANDOM:
                yield f"{cell['id']} uses {name}, which all cells share: eo.rng.generator(seed=0, purpose=...)"
            if isinstance(node, ast.Call) and not (node.args or node.keywords) and "default_rng" in dotted(node.func):
                yield f"{cell['id']} draws other numbers each time: default_rng needs a seed"
