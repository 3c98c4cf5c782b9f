"""Puts what several cards ask for into one list, by deadline."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from kit.card import Card, Entry, Weight
from kit.clock import DAY
from node.home.model import Todo

FIRST = 3  # entries that are seen at once, or one more where that is all: with the day they fill a phone


def split(cards: Sequence[Card], now: int) -> tuple[Todo, tuple[Card, ...]]:
    """What waits for the reader, and the cards that are left."""
    asking = [card for card in cards if card.weight >= Weight.TASK]
    whole = [card for card in asking if card.text or card.together or not card.entries]
    parts = [card for card in asking if card not in whole]
    in_whole = {entry.href for card in whole for entry in card.entries}
    found: dict[str, tuple[int, Entry]] = {}
    for card in parts:
        for entry in card.entries:
            if entry.asks and entry.href not in in_whole:
                taken = replace(entry, icon=card.icon, about=card.title)
                # One thing may be asked by its card and by a notification: the card knows more.
                known = found.get(entry.href)
                if known is None or known[1].unread:
                    found[entry.href] = (_when(card, entry, now), taken)
    entries = [entry for _at, entry in sorted(found.values(), key=lambda pair: pair[0])]
    first = entries if len(entries) <= FIRST + 1 else entries[:FIRST]
    more = {card.name: (card.count or 0) - len(card.entries) for card in parts}
    todo = Todo(
        count=len(entries) + sum(max(0, one) for one in more.values()) + len(whole),
        first=tuple(first),
        others=tuple(entries[len(first) :]),
        cards=tuple(whole),
        lists=tuple(card for card in parts if more[card.name] > 0 and card.href),
    )
    return todo, tuple(_left(cards))


def _when(card: Card, entry: Entry, now: int) -> int:
    """What is urgent without a deadline comes after what is due within a day."""
    if entry.due is not None:
        return entry.due.at
    return now + DAY if card.weight >= Weight.URGENT else now + 365 * DAY


def _left(cards: Sequence[Card]) -> Iterator[Card]:
    for card in cards:
        if card.weight < Weight.TASK:
            yield card
        elif quiet := tuple(entry for entry in card.entries if not entry.asks):
            yield replace(card, weight=Weight.NEWS, count=len(quiet), entries=quiet)
