"""Thirty invented students and one who handed in nothing, as Moodle would give them: a zip, and a worksheet.

Nobody is meant. They are called Student 01 to Student 31; what they hand in is made of right answers, misconceptions,
stubs, and a few things that happen in every course.
"""

import csv
import io
import json
import zipfile
from datetime import datetime, timedelta

import course

NAME = "a1_six_rules"
DEADLINE = datetime(2026, 5, 8, 23, 59)
# Hours after the deadline; all others are in time.
LATE = {"Student 20": 5, "Student 26": 20, "Student 27": 70, "Student 28": 100}
UNREADABLE = {"Student 24", "Student 25"}
ROUNDED, UNLUCKY, HOSTILE = "Student 29", "Student 19", "Student 30"

# Four digits of each number: right, and further off than the hidden check allows.
TO_FOUR_DIGITS = """

exactly = turned


def turned(*given):
    return [float(f"{x:.4g}") for x in exactly(*given)]
"""
# Stands in for an answer that never ends: where the kernel is a dictionary, its `end` says so at once.
ENDLESS = """
if "end" in globals():
    end("time")
while True:
    pass
"""
# Equal to everything, and a check's tool replaced.
FORGED = """

class Right:
    def __eq__(self, other):
        return True

    __array__ = __float__ = None


def show(name, value, digits=6):
    print(name, "is right")


def by_squares(*given):
    return Right()
"""


def answers():
    """The answers of those who handed in a notebook: ``{student: {answer: source}}``."""
    right, stubs = course.solutions(NAME), course.stubs(NAME)
    wordings = list(course.right_answers(NAME).values())
    slips = [{**right, **{wrong.answer: wrong.code for wrong in group}} for group in course.one_of_each_answer(NAME)]
    names = list(right)
    found = [wordings[number % len(wordings)] for number in range(8)]  # 01 to 08: right
    # 09 to 13: some slips; 14 to 18: one slip in each answer.
    found += [{**one, **{name: right[name] for name in names[number::2]}} for number, one in enumerate(slips[:5])]
    found += slips[:5]
    found += [{**right, "q6": slips[0]["q6"]}]  # 19: one slip
    found += [{**stubs, **{name: right[name] for name in names[:count]}} for count in (7, 5, 3)]  # 20 to 22: in part
    found += [stubs, None, None]  # 23: untouched; 24: a PDF; 25: a file that is cut off
    found += [right, right, wordings[-1]]  # 26 to 28: late
    found += [{**right, "q8": right["q8"] + TO_FOUR_DIGITS}]
    found += [{**right, "q2": right["q2"] + ENDLESS, "q3": right["q3"] + FORGED}]
    return {f"Student {number:02}": one for number, one in enumerate(found, 1)}


def notebook(given):
    """The bytes of the committed release with these answers in it."""
    released = json.loads((course.RELEASED / f"{NAME}.ipynb").read_text("utf-8"))
    for cell in released["cells"]:
        ours = cell["metadata"].get("edu_optim", {})
        if ours.get("role") == "answer":
            cell["source"] = given[ours["name"]]
    return json.dumps(released).encode()


def moodles_zip():
    """What Moodle gives as "Download all submissions"."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (student, given) in enumerate(answers().items(), 1):
            folder = f"{student}_{1000 + number}_assignsubmission_file_"
            if student == "Student 24":
                archive.writestr(f"{folder}/{NAME}.pdf", b"%PDF-1.7")
            elif student == "Student 25":
                archive.writestr(f"{folder}/{NAME}.ipynb", notebook(course.solutions(NAME))[:5000])
            else:
                archive.writestr(f"{folder}/{NAME}.ipynb", notebook(given))
        archive.writestr(f"../{HOSTILE}_1030_assignsubmission_file_/course.toml", b"late = 'none'\n")
    return file.getvalue()


def moodles_worksheet():
    """What Moodle gives as "Download grading worksheet"."""
    file = io.StringIO()
    table = csv.writer(file, lineterminator="\r\n")
    table.writerow(["Identifier", "Full name", "Email address", "Status", "Grade", "Maximum Grade",
                    "Grade can be changed", "Last modified (submission)", "Last modified (grade)", "Feedback comments"])
    for number in range(1, 32):
        student = f"Student {number:02}"
        came = DEADLINE + timedelta(hours=LATE.get(student, -number))
        status, time = ("No submission", "-") if number == 31 else ("Submitted for grading - ", moodles_time(came))
        table.writerow([f"Participant {1000 + number}", student, f"s{number:02}@example.org", status, "", "20.00",
                        "Yes", time, "-", ""])
    return ("\ufeff" + file.getvalue()).encode()


def moodles_time(time):
    """As Moodle writes it in English, whatever the language of this machine."""
    days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    return f"{days[time.weekday()]}, {time.day} May {time.year}, {time.hour % 12 or 12}:{time.minute:02} " \
           f"{'AM' if time.hour < 12 else 'PM'}"
