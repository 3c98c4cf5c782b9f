"""What stands in the index: put there and taken out in this one place.

The index keeps no texts (FTS5, contentless), a third of what it took with them. FTS5 then takes a
document out by the very pairs that it was put in by: others leave words behind that no document has, and
a search that weighs them fails. So the pairs are cut again from `search_document` before it changes and
held against the checksum that was noted when they were put in (`search_pairs`). Where they differ (a
Python that reads a rare character otherwise), nothing is taken out: the document is gone, its number is
not given again, and the index is made anew beside the searches (`node.search.renewal`).

What versions before this one put in stands in `search_earlier` as it was put in, until it was compared.
"""

from zlib import crc32

import msgspec

from kit.db import Tx
from kit.schema import get_meta, set_meta
from node.search.cutting import FORM, JOINED_SINCE, begin_grams, grams
from node.search.model import Unwritten

WAITING = 0  # the form of a text that waits: only its title stands in the index
_ANEW = "search.anew"  # kit_meta: below which number documents are put in anew; "" for none
_WANTED = "wanted"


class Pairs(msgspec.Struct, frozen=True):
    """A document as the index has it."""

    title: str
    body: str

    def checksum(self) -> int:
        return crc32(f"{self.title}\n{self.body}".encode())


class Stored(msgspec.Struct, frozen=True):
    """What is in the index of a document."""

    number: int
    title: str
    note: str
    text: str
    form: int

    def heading(self) -> Pairs:
        """By its title alone, as every version puts in a text that waits."""
        return Pairs(grams(self._head(), JOINED_SINCE - 1), "")

    def whole(self, form: int = FORM) -> Pairs:
        head = grams(self._head(), form)
        if form >= JOINED_SINCE:
            head = f"{head} {begin_grams(self._head())}".strip()
        return Pairs(head, grams(self.text, form))

    def as_put(self) -> Pairs:
        """As it was put in, by its form."""
        return self.heading() if self.form == WAITING else self.whole(self.form)

    def _head(self) -> str:
        return f"{self.title}\n\n{self.note}"


def put(tx: Tx, number: int, pairs: Pairs) -> None:
    """Put in a document that is not there."""
    tx.execute(
        "INSERT INTO search_index (rowid, title, body) VALUES (?, ?, ?)",
        (number, pairs.title, pairs.body),
    )
    _note(tx, number, pairs)


def take_out(tx: Tx, number: int, pairs: Pairs) -> None:
    """Take out a document, `pairs` as it was put in; one that is not there may be taken out, too."""
    earlier = _earlier(tx, number)
    checksum = tx.value("SELECT checksum FROM search_pairs WHERE number = ?", (number,))
    if earlier is not None:
        _delete(tx, number, earlier)
        tx.execute("DELETE FROM search_earlier WHERE id = ?", (number,))
    elif checksum == pairs.checksum():
        _delete(tx, number, pairs)
        tx.execute("DELETE FROM search_pairs WHERE number = ?", (number,))
    elif checksum is not None:
        want_anew(tx)


def replace(tx: Tx, number: int, was: Pairs, pairs: Pairs) -> None:
    """Put a document in by other pairs than it was put in by, or for the first time."""
    take_out(tx, number, was)
    if tx.value("SELECT 1 FROM search_pairs WHERE number = ?", (number,)) is None:
        put(tx, number, pairs)


def next_number(tx: Tx) -> int:
    """A number that no document has, nor what still stands in the index of one that is gone."""
    last = tx.value(
        "SELECT max(coalesce((SELECT max(number) FROM search_document), 0),"
        " coalesce((SELECT max(number) FROM search_pairs), 0),"
        " coalesce((SELECT max(id) FROM search_earlier), 0))"
    )
    return int(last) + 1


# What leaves later -------------------------------------------------------------------------------


def leaves(tx: Tx, number: int) -> None:
    """Note a document, before it goes, whose pairs are taken out later: it is found by nobody, for
    only a document that is there is shown."""
    tx.execute(
        "INSERT INTO search_leaving (number, title, note, text, form)"
        " SELECT number, title, note, text, form FROM search_document WHERE number = ?",
        (number,),
    )
    tx.signal(Unwritten())


def leaving(tx: Tx, limit: int) -> list[Stored]:
    return tx.structs(
        Stored,
        "SELECT number, title, note, text, form FROM search_leaving ORDER BY number LIMIT ?",
        (limit,),
    )


def left(tx: Tx, number: int, pairs: Pairs) -> None:
    """Take out what was left in the index of a document that is gone."""
    if tx.execute("DELETE FROM search_leaving WHERE number = ?", (number,)):
        take_out(tx, number, pairs)


# What earlier versions put in --------------------------------------------------------------------


class Earlier(msgspec.Struct, frozen=True):
    """A document beside the pairs that were noted of it."""

    document: Stored | None
    number: int
    noted: Pairs


def earlier(tx: Tx, limit: int) -> list[Earlier]:
    """Documents whose pairs an earlier version noted, the newest first."""
    rows = tx.rows(
        "SELECT e.id, e.c0, e.c1, d.title, d.note, d.text, d.form FROM search_earlier e"
        " LEFT JOIN search_document d ON d.number = e.id ORDER BY e.id DESC LIMIT ?",
        (limit,),
    )
    return [
        Earlier(
            None if form is None else Stored(number, title, note, text, form),
            number,
            Pairs(of_title, of_body),
        )
        for number, of_title, of_body, title, note, text, form in rows
    ]


def compared(tx: Tx, found: Earlier, pairs: Pairs | None) -> None:
    """Forget what was noted of a document that stands in the index by `pairs`, as it is cut now; where
    they differ it is put in anew, and what is of no document (None) is taken out."""
    if _earlier(tx, found.number) != found.noted:
        return  # it became another meanwhile
    if pairs is None:
        take_out(tx, found.number, found.noted)
    elif pairs != found.noted:
        replace(tx, found.number, found.noted, pairs)
    else:
        tx.execute("DELETE FROM search_earlier WHERE id = ?", (found.number,))
        _note(tx, found.number, pairs)


# The index made anew ------------------------------------------------------------------------------


def want_anew(tx: Tx) -> None:
    """Ask for the index to be made anew, once what earlier versions put in was compared."""
    if not get_meta(tx, _ANEW):
        set_meta(tx, _ANEW, _WANTED)
        tx.signal(Unwritten())


def is_wanted_anew(tx: Tx) -> bool:
    return get_meta(tx, _ANEW) == _WANTED


def begin_anew(tx: Tx) -> None:
    """Empty the index. What follows is put in newest first (`absent`)."""
    top = next_number(tx)
    tx.execute("INSERT INTO search_index (search_index) VALUES ('delete-all')")
    tx.execute("DELETE FROM search_pairs")
    tx.execute("DELETE FROM search_earlier")
    tx.execute("DELETE FROM search_leaving")
    set_meta(tx, _ANEW, str(top))


def absent(tx: Tx, limit: int) -> list[Stored]:
    """The next documents that an index being made anew may not have yet."""
    below = get_meta(tx, _ANEW)
    if not below or below == _WANTED:
        return []
    return tx.structs(
        Stored,
        "SELECT number, title, note, text, form FROM search_document WHERE number < ?"
        " ORDER BY number DESC LIMIT ?",
        (int(below), limit),
    )


def came_to(tx: Tx, number: int | None) -> None:
    """How far an index being made anew has come; None at its end."""
    set_meta(tx, _ANEW, "" if number is None else str(number))


# Compared at night --------------------------------------------------------------------------------


def put_in(tx: Tx, after: int, limit: int) -> list[tuple[Stored, int | None]]:
    """Documents behind a number, with the checksum they were put in by (None: they are not in)."""
    rows = tx.rows(
        "SELECT d.number, d.title, d.note, d.text, d.form, p.checksum FROM search_document d"
        " LEFT JOIN search_pairs p ON p.number = d.number WHERE d.number > ?"
        " AND NOT EXISTS (SELECT 1 FROM search_earlier e WHERE e.id = d.number)"
        " ORDER BY d.number LIMIT ?",
        (after, limit),
    )
    return [(Stored(*row[:5]), row[5]) for row in rows]


def is_being_made(tx: Tx) -> bool:
    """Whether the index is made anew, or is to be."""
    return bool(get_meta(tx, _ANEW))


def _earlier(tx: Tx, number: int) -> Pairs | None:
    return tx.struct(Pairs, "SELECT c0, c1 FROM search_earlier WHERE id = ?", (number,))


def _delete(tx: Tx, number: int, pairs: Pairs) -> None:
    tx.execute(
        "INSERT INTO search_index (search_index, rowid, title, body) VALUES ('delete', ?, ?, ?)",
        (number, pairs.title, pairs.body),
    )


def _note(tx: Tx, number: int, pairs: Pairs) -> None:
    tx.execute(
        "INSERT INTO search_pairs (number, checksum) VALUES (?, ?)", (number, pairs.checksum())
    )
