"""What threads share is ready before there are threads."""

from pathlib import Path

import msgspec

from kit.db import connect, decode

ASKED: list[str] = []


def counted() -> type[int]:
    """The type of a field, which somebody works out."""
    ASKED.append("type")
    return int


Visited = msgspec.defstruct("Visited", [("times", "counted()")], module=__name__)


async def test_once_a_database_is_open_no_unit_works_out_what_a_struct_holds(
    tmp_path: Path,
) -> None:
    db = connect(f"sqlite:{tmp_path / 'madang.sqlite3'}")
    await db.open()
    try:
        worked_out = list(ASKED)
        found = await db.read(lambda _tx: decode('{"times": 3}', Visited))
    finally:
        await db.close()
    assert msgspec.to_builtins(found) == {"times": 3}
    assert ASKED == worked_out != []
