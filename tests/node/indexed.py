"""The search index, looked at and set up as no user can."""

from contextlib import closing
from pathlib import Path

from kit.db import SQLite, Tx
from kit.schema import create
from node.search import index
from node.search.index import Pairs, Stored

ALL = "SELECT number, title, note, text, form FROM search_document ORDER BY number"


def noted_by_an_earlier_version(tx: Tx, body: str | None = None) -> None:
    """Every document stands in the index as versions before the contentless one left it: its pairs (of
    the text, or `body`) noted beside it."""
    for stored in tx.structs(Stored, ALL):
        pairs = stored.as_put()
        index.take_out(tx, stored.number, pairs)
        if tx.row("SELECT 1 FROM search_pairs WHERE number = ?", (stored.number,)):
            continue  # it stands there by other pairs than these
        noted = Pairs(pairs.title, pairs.body if body is None else body)
        index.put(tx, stored.number, noted)
        tx.execute("DELETE FROM search_pairs WHERE number = ?", (stored.number,))
        tx.execute(
            "INSERT INTO search_earlier (id, c0, c1) VALUES (?, ?, ?)",
            (stored.number, noted.title, noted.body),
        )


def words_of(tx: Tx) -> list[tuple[str, int, str, int]]:
    """Every word of the index, where it stands: (word, document, column, place)."""
    tx.execute(
        "CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words"
        " USING fts5vocab('main', 'search_index', 'instance')"
    )
    return tx.rows('SELECT term, doc, col, "offset" FROM temp.search_words ORDER BY 2, 3, 4, 1')


def words_anew(tx: Tx) -> list[tuple[str, int, str, int]]:
    """The same of an index that holds what is stored now and never held anything else."""
    with closing(SQLite(Path(":memory:")).connect(writer=True)) as connection:
        fresh = Tx(connection)
        create(fresh, ["node.search"])
        for stored in tx.structs(Stored, ALL):
            index.put(fresh, stored.number, stored.as_put())
        return words_of(fresh)
