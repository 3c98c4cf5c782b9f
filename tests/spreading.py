"""How `make test` lays the files on pytest-xdist's processes.

A process takes whole files, so that what a file starts is started once. The province's files go to one
process together, for they share its servers, and first: for minutes it mostly waits (for the next
one-time code, for a school to be cut off), while the others have the processors. A file of minutes that
begins late has the machine to itself at the end, most of which rests: what is LONG begins early. What
starts nothing comes last and evens out when the processes end.
"""

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from tests.starting import starts_something

PROVINCE = "tests/province/"
LONG = (
    "tests/node/test_routes.py",
    "tests/node/test_planted_everywhere.py",
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
    """Hands out files in the order of `in_order`; the province's as if they were one."""

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        return PROVINCE if nodeid.startswith(PROVINCE) else super()._split_scope(nodeid)


def in_order(items: list[pytest.Item]) -> None:
    """Bring whole files into the order in which they should begin."""
    files: dict[str, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.nodeid.split("::", 1)[0], []).append(item)

    def place(file: str) -> tuple[int, int]:
        if file.startswith(PROVINCE):
            return 0, 0  # in the order that tests/province/conftest.py gave them
        if file in LONG:
            return 1, LONG.index(file)
        return 2, -sum(starts_something(item) for item in files[file])

    items[:] = [item for file in sorted(files, key=place) for item in files[file]]
