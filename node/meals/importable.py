"""What files can bring of meals: 급식식단정보 of 나이스, and tables that have a day and its dishes.

What a file brought replaces what files brought before of the days it spans; what hands wrote stays.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta

from msgspec.structs import replace

from kit.columns import WantedColumn
from kit.db import Tx
from kit.i18n import _
from kit.tables import day as day_of
from kit.tables import plain
from node.meals import store
from node.meals.dishes import OddDish, as_typed, dishes, lines
from node.meals.model import LONGEST_LINE, Meal, MealOfDay, MealsAct, Serving
from node.people.access import CATERERS, require_role
from node.people.model import Asker
from node.ports.importable import FileRow, Importable, ImportEffect, OddRow

LONGEST_SPAN = 400  # days of one file
SAMPLES = 5
MOST_LINES = 100  # about nutrition or origin

Changed = Callable[[Tx, Asker, MealsAct, Sequence[str]], None]
"""`node.meals.service.Meals.changed`."""

_DAY, _DISHES, _KIND = _("급식 날짜"), _("음식(알레르기 번호)"), _("조식·중식·석식")
COLUMNS = (
    WantedColumn("day", _DAY, ("mlsv_ymd", "급식일자", "급식일", "일자", "날짜"), is_needed=True),
    WantedColumn(
        "dishes", _DISHES, ("ddish_nm", "요리명", "식단명", "식단", "메뉴", "음식"), is_needed=True
    ),
    WantedColumn("kind", _KIND, ("mmeal_sc_code", "mmeal_sc_nm", "식사코드", "식사명", "구분")),
    WantedColumn("calories", _("열량"), ("cal_info", "칼로리정보", "열량", "칼로리", "에너지")),
    WantedColumn("nutrition", _("영양 정보"), ("ntr_info", "영양정보", "영양량")),
    WantedColumn("origin", _("원산지"), ("orplc_info", "원산지정보", "원산지")),
)
_KINDS = {
    "1": Serving.BREAKFAST,
    "2": Serving.LUNCH,
    "3": Serving.DINNER,
    "조식": Serving.BREAKFAST,
    "중식": Serving.LUNCH,
    "석식": Serving.DINNER,
    "아침": Serving.BREAKFAST,
    "점심": Serving.LUNCH,
    "저녁": Serving.DINNER,
}


def importable(changed: Changed) -> Importable:
    def require(asker: Asker) -> None:
        require_role(asker, *CATERERS)

    def take(tx: Tx, asker: Asker, after: list[MealOfDay]) -> None:
        store.put(tx, after)
        if after:
            changed(tx, asker, MealsAct.IMPORT, [one.day for one in after])

    return Importable(
        about="meals",
        title=_("급식"),
        hint=_("나이스 교육정보 개방 포털의 급식식단정보(JSON)나 엑셀(.xlsx)·CSV 파일"),
        href="/meals/week",
        services=("mealServiceDietInfo",),
        columns=COLUMNS,
        require=require,
        weigh=weigh,
        take=take,
    )


def weigh(tx: Tx, rows: Sequence[FileRow]) -> ImportEffect:
    """What rows come to: each meal that is another afterwards."""
    read, odd = _read(rows)
    if not read:
        return ImportEffect([], tuple(odd), (), (), 0, 0)
    days = sorted(day for day, _kind in read)
    stored = {(one.day, one.kind): one for one in store.of_days(tx, _span(days[0], days[-1]))}
    kinds = {kind for _day, kind in read}
    after, added, changed, same, kept = [], 0, 0, 0, 0
    for (day, kind), meal in read.items():
        before = stored.get((day, kind)) or MealOfDay(day, kind, None, None)
        kept += before.written is not None
        if before.brought == meal:
            same += 1
            continue
        added += before.brought is None
        changed += before.brought is not None
        after.append(replace(before, brought=meal))
    gone = [
        replace(one, brought=None)
        for key, one in stored.items()
        if one.brought is not None and one.kind in kinds and key not in read
    ]
    counts = (
        (_("추가되는 급식 %(count)s건"), added),
        (_("바뀌는 급식 %(count)s건"), changed),
        (_("변경 없는 급식 %(count)s건"), same),
        (_("이 기간에서 삭제되는 급식 %(count)s건"), len(gone)),
        (_("직접 수정하여 유지되는 급식 %(count)s건"), kept),
    )
    samples = tuple(
        (f"{day} {kind.label}", ", ".join(map(as_typed, meal.dishes)))
        for (day, kind), meal in list(read.items())[:SAMPLES]
    )
    shown = tuple((text, count) for text, count in counts if count)
    return ImportEffect([*after, *gone], tuple(odd), shown, samples, added, changed + len(gone))


def _span(first: str, last: str) -> list[str]:
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    return [(begin + timedelta(days=at)).isoformat() for at in range((end - begin).days + 1)]


def _read(rows: Sequence[FileRow]) -> tuple[dict[tuple[str, Serving], Meal], list[OddRow]]:
    read: dict[tuple[str, Serving], Meal] = {}
    odd: list[OddRow] = []
    first: date | None = None
    for row in rows:
        value = row.values
        day = day_of(value["day"])
        kind = _kind(value.get("kind", ""))
        if day is None:
            reason = _("‘%(value)s’: 날짜를 읽을 수 없습니다. 2026-03-02처럼 입력해 주세요.")
            odd.append(OddRow(row.line, _DAY, reason, {"value": value["day"][:40]}))
            continue
        first = first or day
        if abs((day - first).days) > LONGEST_SPAN:
            reason = _("‘%(value)s’: 다른 줄과 1년 넘게 떨어진 날짜입니다.")
            odd.append(OddRow(row.line, _DAY, reason, {"value": value["day"][:40]}))
            continue
        if kind is None:
            reason = _("‘%(value)s’: 조식, 중식, 석식 가운데 하나가 아닙니다.")
            odd.append(OddRow(row.line, _KIND, reason, {"value": value["kind"][:40]}))
            continue
        try:
            meal = _meal(value)
        except OddDish as wrong:
            odd.append(OddRow(row.line, _DISHES, wrong.reason, wrong.params))
            continue
        if read.setdefault((day.isoformat(), kind), meal) != meal:
            reason = _("같은 날 같은 식사가 앞줄에 다른 내용으로 있습니다. 하나만 남겨 주세요.")
            odd.append(OddRow(row.line, _DAY, reason))
    return read, odd


def _kind(value: str) -> Serving | None:
    """Which meal; a table that does not say means lunch."""
    text = plain(value)
    return Serving.LUNCH if not text else _KINDS.get(text)


def _meal(value: dict[str, str]) -> Meal:
    """Raises OddDish."""
    found = dishes(value["dishes"])
    if not found:
        raise OddDish(_("음식이 비어 있습니다."))
    return Meal(
        found,
        " ".join(value.get("calories", "").split())[:LONGEST_LINE],
        _told(value.get("nutrition", "")),
        _told(value.get("origin", "")),
    )


def _told(text: str) -> tuple[str, ...]:
    """Lines about a meal. Raises OddDish where one is too long to be one."""
    told = tuple(lines(text))
    if len(told) > MOST_LINES or any(len(one) > LONGEST_LINE for one in told):
        raise OddDish(_("원산지나 영양 정보가 너무 깁니다."))
    return told
