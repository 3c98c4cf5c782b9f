"""The SQL of readers' lists: letters newest first, found from what their reader holds.

Letters are looked for by each of the reader's keys (staff: also among all that addresses families, and
what goes to the families of chosen children of their class); words of a title lead where few titles have them. So a page costs what it shows and what its reader skips,
whatever was sent to others.

Each part of a compound SELECT (UNION, EXCEPT) comes in the order of a covering index: SQLite merges them,
newest first, and stops at the LIMIT. Only while openings are being dated (node.newsletters.earlier) each
unread letter is asked whether it was opened.
"""

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from kit.db import Tx, Value, decode, encode
from models.folding import holds
from node.newsletters import earlier, titles
from node.newsletters.model import LetterLine
from node.people.access import READABLE, readable_params
from node.people.model import Asker
from protocol.audience import is_of_families

LOOKED_THROUGH = 200  # titles at a time
FROM_NOW: tuple[int, str] = (2**62, "")

Part = tuple[str, list[Value]]  # of a statement: its SQL and its parameters


class Wanted(msgspec.Struct, frozen=True):
    """Letters for a reader. `kind` "": every; `words` of the title; `child_keys`: of those keys only;
    published since `since` and before `before` (when, id)."""

    reader: Asker
    kind: str = ""
    words: str = ""
    child_keys: Sequence[str] | None = None
    since: int = 0
    before: tuple[int, str] = FROM_NOW


_LINE = (
    "SELECT n.id, n.kind, n.title, n.number, n.year, n.author_name, n.published_at,"
    " n.corrected_at, n.form_id,"
    " (SELECT count(*) FROM files_v_attachment f"
    "  WHERE f.carrier_id = n.id AND f.kind = 'newsletter'),"
    " n.keys, coalesce(o.opened_at, iif(n.author_id = ?, n.published_at, NULL)) FROM ("
)
_OF_PAGE = (
    " ORDER BY 1 DESC, 2 DESC LIMIT ?) page"
    " CROSS JOIN newsletters_newsletter n ON n.id = page.id"
    " LEFT JOIN newsletters_opening o ON o.newsletter_id = n.id AND o.person_id = ?"
    " ORDER BY n.published_at DESC, n.id DESC"
)
_OF_KEY = (
    "SELECT x.published_at AS at, x.newsletter_id AS id FROM newsletters_audience x"
    " WHERE x.key = ? AND x.is_withdrawn = 0"
)
_OF_PUPILS = (
    "SELECT x.published_at AS at, x.newsletter_id AS id FROM newsletters_audience x"
    " WHERE x.key IN (SELECT value FROM json_each(?)) AND x.is_withdrawn = 0"
)
_OF_FAMILIES = (
    "SELECT x.published_at AS at, x.id AS id FROM newsletters_newsletter x"
    " INDEXED BY newsletters_for_families WHERE x.state = 'published' AND x.for_families = 1"
)
_OF_PAIR = (
    "SELECT DISTINCT x.published_at AS at, x.newsletter_id AS id FROM newsletters_title x"
    " WHERE x.pair >= ? AND x.pair <= ?"
)
_OWN = (
    "SELECT x.published_at AS at, x.id AS id FROM newsletters_newsletter x"
    " INDEXED BY newsletters_own WHERE x.state = 'published' AND x.author_id = ?"
)
_OPENED = (
    "SELECT x.published_at AS at, x.newsletter_id AS id FROM newsletters_opening x"
    " WHERE x.person_id = ? AND x.published_at > 0"
)
_IS_OPENED = (
    "EXISTS (SELECT 1 FROM newsletters_opening o WHERE o.newsletter_id = {id} AND o.person_id = ?)"
)
_HAS_PAIR = (
    " AND EXISTS (SELECT 1 FROM newsletters_title t"
    " WHERE t.pair = ? AND t.published_at = x.published_at AND t.newsletter_id = {id})"
)
_IS_FOR = (
    " AND EXISTS (SELECT 1 FROM newsletters_audience a WHERE a.newsletter_id = x.newsletter_id"
    " AND a.is_withdrawn = 0 AND (? = '' OR a.kind = ?) AND {rights})"
)
_HELD = "a.key IN (SELECT value FROM json_each(?))"


def lines(tx: Tx, wanted: Wanted, limit: int) -> list[LetterLine]:
    """Letters the reader may read, opened or not; newest first."""
    if not wanted.words:
        return _page(tx, wanted, [], limit)
    pairs = titles.rarest_first(tx, titles.wanted(wanted.words)) if titles.are_cut(tx) else []
    at_a_time = limit if pairs else LOOKED_THROUGH
    found: list[LetterLine] = []
    while len(found) < limit:
        page = _page(tx, wanted, pairs, at_a_time)
        found += [line for line in page if holds(line.title, wanted.words)]
        if len(page) < at_a_time:
            break
        wanted = replace(wanted, before=(page[-1].published_at, page[-1].id))
    return found[:limit]


def addressed_unread(tx: Tx, reader: Asker, since: int, limit: int) -> list[LetterLine]:
    """Unopened letters of others addressed to the reader themselves, for the front page."""
    keys = decode(reader.keys, list[str])
    return _page(tx, Wanted(reader, child_keys=keys, since=since), [], limit, unread=True)


def _page(
    tx: Tx,
    wanted: Wanted,
    pairs: Sequence[tuple[str, int]],
    limit: int,
    *,
    unread: bool = False,
) -> list[LetterLine]:
    page, params = place(wanted, pairs, unread=unread, are_dated=earlier.are_dated(tx))
    if not page:
        return []
    return tx.structs(
        LetterLine, _LINE + page + _OF_PAGE, (wanted.reader.id, *params, limit, wanted.reader.id)
    )


def place(
    wanted: Wanted, pairs: Sequence[tuple[str, int]], *, unread: bool, are_dated: bool = True
) -> Part:
    """When and which letters are wanted (at, id), as a statement without its order; "" for none.
    `pairs`: of titles, with how many titles have each. `unread`: only those; `are_dated`: all
    openings."""
    held = _held(wanted, pairs)
    if not held or not unread:
        return _union(held)
    but = [_between(_OWN, [wanted.reader.id], wanted)]
    if are_dated:
        but.append(_between(_OPENED, [wanted.reader.id], wanted))
    else:
        held = [_unopened(part, wanted) for part in held]
    sql, params = _union(held)
    for left_out, more in but:
        sql, params = f"{sql} EXCEPT {left_out}", params + more
    return sql, params


def _union(parts: Sequence[Part]) -> Part:
    sql = " UNION ".join(sql for sql, _params in parts)
    return sql, [value for _sql, some in parts for value in some]


def _unopened(part: Part, wanted: Wanted) -> Part:
    """What of it was not opened."""
    sql, params = part
    return f"{sql} AND NOT {_IS_OPENED.format(id=_id(sql))}", [*params, wanted.reader.id]


def _is_wide(wanted: Wanted) -> bool:
    """Whether all that addresses families may be wanted."""
    return wanted.reader.is_staff and wanted.child_keys is None


def _rarest_leads(wanted: Wanted, pairs: Sequence[tuple[str, int]]) -> bool:
    """Whether the rarest pair of a title finds the fewest letters."""
    if not pairs:
        return False
    rarest, count = pairs[0]
    return count < titles.COUNTED or (_is_wide(wanted) and len(rarest) > 1)


def _held(wanted: Wanted, pairs: Sequence[tuple[str, int]]) -> list[Part]:
    """Where letters for the reader are to be found, opened or not."""
    if _rarest_leads(wanted, pairs):
        part = (_OF_PAIR, list[Value](titles.bounds(pairs[0][0])))
        return [_for_reader(part, wanted, [pair for pair, _count in pairs[1:]])]
    common = [pair for pair, _count in pairs if len(pair) > 1]
    keys = decode(wanted.reader.keys, list[str])
    if wanted.child_keys is not None:
        keys = sorted(wanted.child_keys)
    elif _is_wide(wanted):
        keys = [key for key in keys if not is_of_families(key)]
    parts = [_having(_of_kind(_OF_KEY, [key], wanted), common) for key in keys]
    if _is_wide(wanted):
        parts.insert(0, _having(_of_kind(_OF_FAMILIES, [], wanted), common))
        if wanted.reader.pupils:
            parts.append(
                _having(_of_kind(_OF_PUPILS, [encode(wanted.reader.pupil_keys)], wanted), common)
            )
    return parts


def _of_kind(sql: str, params: list[Value], wanted: Wanted) -> Part:
    sql, params = _between(sql, params, wanted)
    if not wanted.kind:
        return sql, params
    by_kind = sql.replace("BY newsletters_for_families ", "BY newsletters_for_families_of_kind ")
    return by_kind + " AND x.kind = ?", [*params, wanted.kind]


def _between(sql: str, params: list[Value], wanted: Wanted) -> Part:
    """What was published when it is wanted."""
    sql += f" AND x.published_at >= ? AND (x.published_at, {_id(sql)}) < (?, ?)"
    return sql, [*params, wanted.since, *wanted.before]


def _having(part: Part, pairs: Sequence[str]) -> Part:
    """What has these pairs in its title, too."""
    sql, params = part
    return sql + _HAS_PAIR.format(id=_id(sql)) * len(pairs), [*params, *pairs]


def _id(sql: str) -> str:
    return "x.id" if sql.startswith(_OF_FAMILIES[:60]) else "x.newsletter_id"


def _for_reader(part: Part, wanted: Wanted, pairs: Sequence[str]) -> Part:
    """What of it the reader may read, or is for the child."""
    sql, params = _having(_between(*part, wanted), pairs)
    rights: tuple[Value, ...] = readable_params(wanted.reader)
    if wanted.child_keys is not None:
        rights = (encode(sorted(wanted.child_keys)),)
    sql += _IS_FOR.format(rights=READABLE if wanted.child_keys is None else _HELD)
    return sql, [*params, wanted.kind, wanted.kind, *rights]
