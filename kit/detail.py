"""How one detail of an act is told on the page of the audit log."""

from collections.abc import Mapping
from typing import Any

import msgspec


class Detail(msgspec.Struct, frozen=True):
    """`label`: a msgid; `words`: msgids of the values that it may have, texts or
    members of a StrEnum (of a yes or no: true, false);
    `counted`: a msgid with `count`; `is_moment`: it is a time in ms; `is_id`: it is told by the name of
    what it is the id of; `is_day`: it is told where it is a day or a month in ISO, else it is for programs;
    `parts`: of a subject like `model/7` the details that its parts tell."""

    label: str
    words: Mapping[Any, str] = {}
    counted: str = ""
    is_moment: bool = False
    is_id: bool = False
    is_day: bool = False
    parts: tuple[str, ...] = ()


SUBJECT = ""
"""The name under which a slice tells what its subjects are called that have no name of their own."""
