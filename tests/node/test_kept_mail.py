"""Sealed mail of a kind that this program cannot read is kept, and read by one that can."""

import pytest

from kit.db import Tx, encode
from node.federation import inbound, store
from node.ports.province import Affair
from protocol.envelope import Envelope
from protocol.identity import SchoolId
from tests.node.conftest import School


def mail(seq: int, kind: str = "talk.v1", sender: str = "J107530202") -> Envelope:
    return Envelope(
        version=1,
        id=f"{sender}-{seq}",
        sender=SchoolId(sender),
        recipient=SchoolId("J107530101"),
        seq=seq,
        kind=kind,
        sealed="AAAA",
    )


async def keep(school: School, *letters: Envelope) -> None:
    def work(tx: Tx) -> None:
        for at, letter in enumerate(letters):
            store.keep_unknown(tx, letter.id, "envelope", encode(letter), at)

    await school.db.write(work)


async def kept(school: School) -> set[str]:
    rows = await school.db.read(lambda tx: tx.rows("SELECT id FROM federation_kept"))
    return {str(one) for (one,) in rows}


class Reader:
    """A slice of a later program; `wrong`: what it fails at."""

    def __init__(self, wrong: str = "") -> None:
        self.read: list[str] = []
        self.wrong = wrong
        self.affair = Affair(take=lambda tx, down, cursors: False, opens={"talk.v1": self._read})

    def _read(self, _tx: Tx, letter: Envelope) -> None:
        if letter.id == self.wrong:
            raise ValueError(letter.id)
        self.read.append(letter.id)


async def test_what_was_kept_is_read_once_and_in_the_order_it_was_written(school: School) -> None:
    await keep(school, mail(3), mail(1), mail(2), mail(1, "other.v1", "J107530303"))
    assert await inbound.read_kept(school.db, []) == 0
    later = Reader()
    assert await inbound.read_kept(school.db, [later.affair]) == 3
    assert later.read == ["J107530202-1", "J107530202-2", "J107530202-3"]
    assert await kept(school) == {"J107530303-1"}  # of a kind that it cannot read either
    assert await inbound.read_kept(school.db, [later.affair]) == 0


async def test_mail_whose_reader_fails_stays_and_stops_no_other(
    school: School, caplog: pytest.LogCaptureFixture
) -> None:
    await keep(school, mail(1), mail(2))
    later = Reader(wrong="J107530202-1")
    assert await inbound.read_kept(school.db, [later.affair]) == 1
    assert later.read == ["J107530202-2"]
    assert await kept(school) == {"J107530202-1"}
    assert "kept mail cannot be read" in caplog.text


async def test_mail_that_somebody_reads_is_not_kept_at_all(school: School) -> None:
    later = Reader()
    assert await school.db.write(lambda tx: inbound.open_mail(tx, mail(1), [later.affair]))
    assert not await school.db.write(
        lambda tx: inbound.open_mail(tx, mail(1, "other.v1"), [later.affair])
    )
    assert later.read == ["J107530202-1"]
