"""What of an answer may be shown now: it was given with the rights of its time."""

from msgspec.structs import replace

from kit.db import Tx, decode, encode
from node.assistant.model import Turn
from node.people.access import rights_now
from node.people.model import Asker
from node.search.service import Search


def readable(tx: Tx, search: Search, asker: Asker, pages: set[str]) -> set[str]:
    """Which of the school's pages the asker may read now, within the rights they ask with."""
    now = rights_now(tx, asker.id)
    held = set(decode(asker.keys, list[str])) & set(decode(now.keys, list[str]))
    within = replace(now, keys=encode(sorted(held)), pupils=asker.pupils & now.pupils)
    return search.readable_among(tx, within, pages)


def shown(tx: Tx, search: Search, asker: Asker, turns: list[Turn]) -> list[Turn]:
    """The turns; of what rested on anything the asker may no longer read only the question is left."""
    pages = {page for turn in turns for page in turn.pages}
    may = readable(tx, search, asker, pages) if pages else set()
    return [turn if turn.pages <= may else _withheld(turn, may) for turn in turns]


def _withheld(turn: Turn, may: set[str]) -> Turn:
    """An answer goes as a whole; of texts that only lie near go those that may not be read."""
    if turn.sentences:
        return replace(turn, sentences=(), sources=(), is_withheld=True)
    near = [one for one in turn.sources if not one.has_page or one.page in may]
    return replace(turn, sources=tuple(near))
