"""How `make test` lays the files on pytest-xdist's processes.

A process takes whole files, so that what a file starts is started once. The province's files go to one
process together, for they share its servers, and first: for minutes it mostly waits (for the next
one-time code, for a school to be cut off), while the others have the processors. Of these the walk
through every page takes as long as all others together: it goes by itself, through a province of its
own. A file of minutes that begins late has the machine to itself at the end, most of which rests: what
is LONG begins early. What starts nothing comes last and evens out when the processes end.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.starting import starts_something

PROVINCE = "tests/province/"
PAGES = "tests/province/test_pages.py"
LONG = (
    "tests/node/test_routes.py",
    "tests/node/test_planted_everywhere.py",
    PAGES,  # behind what takes minutes: two provinces that start at once are in each other's way
    "tests/node/test_assistant.py",
    "tests/test_new_slice.py",
    "tests/node/test_left_schools.py",
    "tests/models/test_worker.py",
    "tests/node/test_decided.py",
    "tests/node/test_ended_rights.py",
    "tests/hub/test_knowledge.py",
)
"""Files that take minutes, whatever the number of their tests, in the order in which they begin."""


class Spread(LoadFileScheduling):
    """Hands out files in the order of `in_order`; those that share a province as if they were one."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return PROVINCE if shares_province(file) else file


def shares_province(file: str) -> bool:
    return file.startswith(PROVINCE) and file != PAGES


def in_order(items: list[pytest.Item]) -> None:
    """Bring whole files into the order in which they should begin."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.split("::", 1)[0], []).append(item)

    def place(file: str) -> tuple[int, int]:
        if shares_province(file):
            return 0, 0  # in the order that tests/province/conftest.py gave them
        if file in LONG:
            return 1, LONG.index(file)
        return 2, -sum(starts_something(item) for item in files[file])

    items[:] = [item for file in sorted(files, key=place) for item in files[file]]
