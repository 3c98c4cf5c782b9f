"""What of consultation weeks can be found, by those for whom they are and by staff."""

from datetime import date

from kit.clock import local, moment
from kit.db import Tx
from kit.i18n import _
from node.consultations.model import WeekChanged, WeekOpened, WeekWithdrawn
from node.people.access import READABLE, readable_params
from node.ports.findable import Document, Findable, Moved


def _documents(tx: Tx, week_id: str) -> list[Document]:
    found = tx.row(
        "SELECT title, text, first_on, last_on, opens_at, closes_at, made_at"
        " FROM consultations_v_week WHERE id = ?",
        (week_id,),
    )
    if found is None:
        return []
    title, text, first_on, last_on, opens_at, closes_at, at = found
    first, last = date.fromisoformat(first_on), date.fromisoformat(last_on)
    days = f"상담 기간: {_day(first)} ~ {_day(last)}"
    booking = f"예약 기간: {_at(opens_at)} ~ {_at(closes_at)}"
    return [
        Document(
            f"consultations:{week_id}",
            "consultations",
            title,
            "",
            f"/consultations/{week_id}",
            "\n".join([days, booking, text]),
            at,
            _keys(tx, week_id),
            valid_until=moment(last.year, last.month, last.day, 23, 59),
        )
    ]


def _day(day: date) -> str:
    return f"{day.year}년 {day.month}월 {day.day}일"


def _at(at: int) -> str:
    return f"{_day(local(at).date())} {local(at):%H:%M}"


def _keys(tx: Tx, week_id: str) -> frozenset[str]:
    sql = "SELECT key FROM consultations_v_audience WHERE week_id = ?"
    return frozenset(key for (key,) in tx.rows(sql, (week_id,)))


FINDABLE = Findable(
    about="consultations",
    kinds={"consultations": _("학부모 상담")},
    documents=_documents,
    keys=_keys,
    moved_by={
        WeekOpened: lambda _tx, event: Moved([event.week_id]),
        WeekChanged: lambda _tx, event: Moved([event.week_id]),
        WeekWithdrawn: lambda _tx, event: Moved([event.week_id]),
    },
    readable="EXISTS (SELECT 1 FROM consultations_v_week v WHERE v.id = {id}) AND EXISTS ("  # noqa: S608 - constants only
    "SELECT 1 FROM consultations_v_audience a WHERE a.week_id = {id} AND " + READABLE + ")",
    params=readable_params,
)
