"""What of timetables can be found: a class's week, by its families and by staff."""

from kit.clock import moment
from kit.db import Tx
from kit.i18n import _
from node.people import audience
from node.people.access import READABLE, readable_params
from node.ports.findable import Document, Findable, Moved
from node.timetable import store
from node.timetable.model import WEEKDAYS, TimetableChanged


def _keys(class_id: str) -> frozenset[str]:
    return frozenset((f"guardians/class:{class_id}", f"students/class:{class_id}"))


def _documents(tx: Tx, class_id: str) -> list[Document]:
    room = next((one for one in audience.classes(tx) if one.id == class_id), None)
    grid = store.weeks(tx, [class_id])[class_id]
    told = [
        f"{room.name} {WEEKDAYS[weekday]} 시간표: "
        + ", ".join(f"{period}교시 {name}" for period, name in sorted(lessons.items()) if name)
        for weekday, layers in sorted(grid.items())
        if room is not None and any((lessons := layers.lessons).values())
    ]
    if room is None or not told:
        return []
    year = tx.value("SELECT year FROM people_v_class WHERE id = ?", (class_id,))
    return [
        Document(
            subject=f"timetable:{class_id}",
            kind="timetable",
            title=f"{room.name} 시간표",
            note="",
            href=f"/timetable/{class_id}",
            text="\n\n".join(told),
            at=moment(int(year), 3, 2),
            keys=_keys(class_id),
        )
    ]


FINDABLE = Findable(
    about="timetable",
    kinds={"timetable": _("시간표")},
    documents=_documents,
    keys=lambda tx, class_id: _keys(class_id) if _documents(tx, class_id) else frozenset(),
    moved_by={TimetableChanged: lambda _tx, event: Moved(event.classes)},
    readable="EXISTS (SELECT 1 FROM (SELECT 'guardians/class:' || {id} AS key"  # noqa: S608 - constants only
    " UNION ALL SELECT 'students/class:' || {id}) a WHERE " + READABLE + ")",
    params=readable_params,
)
