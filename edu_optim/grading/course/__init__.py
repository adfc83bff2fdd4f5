"""After grading: deadlines, points given by hand, statistics and questions, from raw results that stay as they are.

A course is a folder with ``course.toml`` and a folder for each assignment, as ``assignment grade --out`` fills it; what
a lecturer writes by hand lies beside the results (``overrides.csv``, ``times.csv``) and is only read.
"""

from .marks import Mark, course_marks, final_marks
from .rules import Course
from .table import CourseError

__all__ = ["Course", "CourseError", "Mark", "course_marks", "final_marks"]
