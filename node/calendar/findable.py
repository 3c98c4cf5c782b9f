"""What of the calendar can be found: entries, by those whom they are for."""

from datetime import timedelta

from kit.db import Tx
from kit.i18n import _
from node.calendar import places, store
from node.calendar.model import KIND_LABELS, CalendarChanged, CalendarEntry
from node.calendar.month import start_of
from node.people.access import READABLE, readable_params
from node.ports.findable import Document, Findable, Moved

WEEKDAYS = "월화수목금토일"


def _documents(tx: Tx, entry_id: str) -> list[Document]:
    found = store.entry(tx, entry_id)
    if found is None:
        return []
    whom = places.said(found.keys, places.words(tx, [found.keys]))
    text = "\n".join(filter(None, (_when(found), found.place, ", ".join(whom), found.text)))
    return [
        Document(
            f"calendar:{entry_id}",
            "calendar",
            found.title,
            "" if found.kind == "event" else KIND_LABELS[found.kind],
            f"/calendar/{entry_id}",
            text,
            start_of(found.first_on),
            frozenset(found.keys),
            valid_until=start_of(found.last_on + timedelta(1)),
        )
    ]


def _when(entry: CalendarEntry) -> str:
    """The days in words, as somebody would ask for them: 2026년 11월 4일 수요일."""
    days = dict.fromkeys((entry.first_on, entry.last_on))
    words = [
        f"{day.year}년 {day.month}월 {day.day}일 {WEEKDAYS[day.weekday()]}요일" for day in days
    ]
    return " ".join(filter(None, ("부터 ".join(words), entry.hours)))


def _keys(tx: Tx, entry_id: str) -> frozenset[str]:
    found = store.entry(tx, entry_id)
    return frozenset() if found is None else frozenset(found.keys)


FINDABLE = Findable(
    about="calendar",
    kinds={"calendar": _("학사일정")},
    documents=_documents,
    keys=_keys,
    moved_by={CalendarChanged: lambda _tx, event: Moved(event.entry_ids)},
    readable="EXISTS (SELECT 1 FROM calendar_audience a WHERE a.entry_id = {id} AND "  # noqa: S608 - constants only
    + READABLE
    + ")",
    params=readable_params,
)
