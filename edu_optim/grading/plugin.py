"""A plugin of pytest: nbval reads shown values, and compares them by the tolerances of the checks.

``pytest -p edu_optim.grading.plugin --nbval source.ipynb`` tests an assignment whose outputs were saved with it; with
``--nbval-kernel-name edu-sandbox`` in the sandbox, where that kernel is installed.
"""

import pytest
from nbval.plugin import IPyNbFile

from .comparison import ValueCell


class ValueFile(IPyNbFile):
    """A notebook whose cells are compared by value."""

    def collect(self):
        """Yield nbval's own items as `ValueCell`."""
        for item in super().collect():
            yield ValueCell.from_parent(self, name=item.name, cell_num=item.cell_num, cell=item.cell,
                                        options=item.options)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Put our file in the place of nbval's."""
    found = yield
    return [ValueFile.from_parent(parent, path=file_path) if type(one) is IPyNbFile else one for one in found]
