"""In which order documents answer a question, the best first.

bm25 weighs every document with any of the words, of which a common word has half of all: its cost is
the school's age. And of a common word it says nothing, for what weighs is how rare a word is. So it
ranks by the rarer words alone; where all words are common, documents that have them in their title
come first, the newest first, and of these no more are looked at than fill the page.

A title that has all the words weighs more, and of what weighs almost the same the newer comes first: what
a school sends every year is looked for in this one. Who asks for the newest first gets them so.

Whoever takes the steps asks for rights, until the page is full; what is not theirs is passed over and
counted nowhere.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

import msgspec

from kit.clock import DAY
from kit.db import Tx, encode

COMMON = 500  # documents with a word: it is a common one, and counted no further
FIRST = 60  # numbers of a portion
LARGEST = 500
FEW = 300  # documents of a kind: rights are asked of them alone
MOST_COMBINED = 4  # common words of which every choice is tried
IN_TITLE = 1.5  # what all the words in the title weigh more
NEW = 0.25  # what the newest weighs more than what is very old
HALF_AS_NEW = 180 * DAY


class MatchWalk(msgspec.Struct, frozen=True):
    """Documents that `expression` (in FTS5's language) finds, the newest first: from the number `first`
    on, without those in `seen`."""

    expression: str
    first: int
    seen: str  # JSON list


def steps(
    tx: Tx,
    words: Sequence[str],
    kind: str,
    since: int,
    *,
    any_word: bool,
    newest_first: bool = False,
) -> Iterator[list[int] | MatchWalk]:
    """Documents with all the words (in FTS5's language), or with some of them: their numbers, or how
    to find more. All of the kind ("" is every) and of `since` (ms) or later, and some others."""
    first = 0
    if since:
        first = tx.value("SELECT min(number) FROM search_document WHERE at >= ?", (since,))
        if first is None:
            return
    counted = {word: _count(tx, word) for word in words}
    rare = [word for word in counted if counted[word] < COMMON]
    common = [word for word in counted if counted[word] >= COMMON]
    seen: set[int] = set()
    if any_word:
        rare = [word for word in rare if counted[word]]
    elif not all(counted.values()):
        return
    if rare:
        every = " AND ".join(counted)
        weighed = _weighed(tx, (" OR " if any_word else " AND ").join(rare), first)
        if common and not any_word:
            having = _having(tx, every, first)
            weighed = [one for one in weighed if one.number in having]
        ranked = _newest(weighed) if newest_first else _ranked(weighed, _in_title(tx, every, first))
        seen.update(ranked)
        yield from _cut(ranked)
    if not common or (rare and not any_word):
        return
    few = _few(tx, kind) if kind else None
    if few is not None:
        expression = (" OR " if any_word else " AND ").join(common)
        yield [number for number in _among(tx, few, expression) if number not in seen]
        return
    passed = encode(sorted(seen))
    before = ""
    for expression in _choices(common) if any_word else [" AND ".join(common)]:
        wanted = [f"({expression})"]
        if not newest_first and not all(_is_syllable(word) for word in common):
            in_title = f"({{title}} : ({expression}))"
            wanted = [in_title, f"({expression}) NOT {in_title}"]
        yield from (MatchWalk(one + before, first, passed) for one in wanted)
        before += f" NOT ({expression})"


def _is_syllable(word: str) -> bool:
    """Whether a word is a single character: one that stands in a title tells nothing of the text."""
    return all(len(phrase) == 1 for phrase, _goes_on in _PHRASE.findall(word))


def _count(tx: Tx, word: str) -> int:
    """How many documents have a word (COMMON at most)."""
    return int(
        tx.value(
            "SELECT count(*) FROM (SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT ?)",
            (word, COMMON),
        )
    )


class _Weighed(msgspec.Struct, frozen=True):
    """A document, what FTS5 says of it (the less the better) and when it is of (ms)."""

    number: int
    weight: float
    at: int


def _weighed(tx: Tx, expression: str, first: int) -> list[_Weighed]:
    return tx.structs(
        _Weighed,
        "SELECT f.number, f.weight, d.at FROM (SELECT rowid AS number,"
        " bm25(search_index, 6.0, 1.0) AS weight FROM search_index"
        " WHERE search_index MATCH ? AND rowid >= ?) f"
        " CROSS JOIN search_document d INDEXED BY search_document_facts ON d.number = f.number",
        (expression, first),
    )


def _ranked(weighed: Sequence[_Weighed], in_title: set[int]) -> list[int]:
    newest = max((one.at for one in weighed), default=0)

    def weight(one: _Weighed) -> tuple[float, int]:
        title = IN_TITLE if one.number in in_title else 1.0
        new = 1.0 + NEW * 0.5 ** ((newest - one.at) / HALF_AS_NEW)
        return one.weight * title * new, -one.number

    return [one.number for one in sorted(weighed, key=weight)]


def _newest(weighed: Sequence[_Weighed]) -> list[int]:
    return [one.number for one in sorted(weighed, key=lambda one: (-one.at, -one.number))]


def _in_title(tx: Tx, expression: str, first: int) -> set[int]:
    return _having(tx, f"{{title}} : ({expression})", first)


def _having(tx: Tx, expression: str, first: int) -> set[int]:
    found = tx.rows(
        "SELECT rowid FROM search_index WHERE search_index MATCH ? AND rowid >= ?",
        (expression, first),
    )
    return {number for (number,) in found}


def _few(tx: Tx, kind: str) -> list[int] | None:
    """The documents of a kind, the newest first; None when there are many."""
    found = tx.rows(
        "SELECT number FROM search_document WHERE kind = ? ORDER BY number DESC LIMIT ?",
        (kind, FEW + 1),
    )
    return None if len(found) > FEW else [number for (number,) in found]


def _among(tx: Tx, numbers: list[int], expression: str) -> list[int]:
    """Those of some documents (the newest first) that have what is asked for, titles first. Numbers alone
    are walked, some millions a second; asked for each by its number, FTS5 begins its search anew."""
    if not numbers:
        return []
    of_title, of_all = (
        tx.rows(
            "SELECT rowid FROM search_index WHERE search_index MATCH ? AND rowid BETWEEN ? AND ?"
            " AND +rowid IN (SELECT value FROM json_each(?)) ORDER BY rowid DESC",
            (wanted, numbers[-1], numbers[0], encode(numbers)),
        )
        for wanted in (f"{{title}} : ({expression})", expression)
    )
    first = {number for (number,) in of_title}
    return [
        *(number for (number,) in of_title),
        *(number for (number,) in of_all if number not in first),
    ]


_PHRASE = re.compile(r'"([^"]*)"(\*?)')


def _choices(words: Sequence[str]) -> list[str]:
    """The more of the words, the earlier: of three first every two of them, then every one."""
    sizes = range(len(words) - 1, 0, -1) if 1 < len(words) <= MOST_COMBINED else (1,)
    return [
        " OR ".join(f"({' AND '.join(some)})" for some in combinations(words, size))
        for size in sizes
    ]


def _cut(numbers: list[int]) -> Iterator[list[int]]:
    size, at = FIRST, 0
    while at < len(numbers):
        yield numbers[at : at + size]
        at, size = at + size, min(2 * size, LARGEST)
