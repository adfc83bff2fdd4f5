"""What the tests of assignments share with those of the grader."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "grading"))  # for the kernel that is a dictionary

collect_ignore_glob = ["other_words/*"]  # answers: text for a student's notebook, no modules
