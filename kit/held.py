"""What a slice holds of one person, for whoever asks for their own data (개인정보 보호법 제35조).

A slice offers `about(tx, person_id) -> list[Held]` in its `about.py`; the wiring hands the list of
them to whoever makes the copy. Called in a read unit of its own, beside no page: a SELECT or two that
go by indexes.
"""

from collections.abc import Callable, Sequence

import msgspec

from kit.clock import local
from kit.db import Tx

Cell = str | int | None


class Held(msgspec.Struct, frozen=True):
    """A table about one person. `name` is that of its files; `title`, `columns` and `kept` are
    msgids; `kept` says why the rows stay when erasure is asked for, and is empty where the school
    can remove them."""

    name: str
    title: str
    columns: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]
    kept: str = ""


Holds = Callable[[Tx, str], list[Held]]


def when(at: int | None) -> str:
    """A moment as the copy writes it: `2026-11-30 09:00`, empty for None."""
    return "" if at is None else local(at).strftime("%Y-%m-%d %H:%M")
