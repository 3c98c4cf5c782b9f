"""Months of 나이스 that the province sends of all schools, as if the school had brought the file itself."""

from typing import Any

import msgspec

from kit import columns
from kit.db import Tx
from kit.i18n import _
from node.imports import store
from node.ports.importable import FileRow, Importable, ImportEffect
from node.ports.supplied import ComparedPart, Supplied, SupplyStanding, WeighedSupply
from protocol.parcels import Parcel
from protocol.supplies import OF_NEIS

MOST_ODD = 100  # that are shown


def supplied(of: Importable) -> Supplied | None:
    """What of it the province can send; None: nothing."""
    if of.about not in OF_NEIS:
        return None

    def weigh(tx: Tx, _key: str, _name: str, content: str) -> WeighedSupply:
        effect = _effect(tx, of, content)
        if effect is None:
            return WeighedSupply(
                SupplyStanding.UNFIT,
                fault=_(
                    "열 제목을 알 수 없습니다. 같은 자료를 파일로 한 번 올려 열을 정해 주시면 다음부터 읽습니다."
                ),
            )
        shown = ComparedPart(of.title, (), tuple(f"{at} {what}" for at, what in effect.samples))
        if effect.odd:
            fault = _("읽지 못한 줄이 있어 하나도 가져오지 않습니다.")
            odd = effect.odd[:MOST_ODD]
            return WeighedSupply(SupplyStanding.UNFIT, (shown,), fault=fault, odd=odd)
        standing = SupplyStanding.OTHER if effect.alters else SupplyStanding.NEW
        if not effect.adds + effect.alters:
            standing = SupplyStanding.SAME
        return WeighedSupply(standing, (shown,), counts=effect.counts, what=effect.what)

    def take(tx: Tx, asker: Any, _key: str, _name: str, _content: str, what: Any) -> None:
        of.require(asker)
        of.take(tx, asker, what)

    return Supplied(
        kind=of.about,
        title=of.title,
        explained=_("우리 학교 자료만 옵니다. 학교에서 직접 수정한 내용은 유지됩니다."),
        taken=_("나이스 자료를 가져왔습니다."),
        seen_at=of.href,
        weigh=weigh,
        take=take,
        own_rows=True,
    )


def _effect(tx: Tx, of: Importable, content: str) -> ImportEffect | None:
    """What the rows of a parcel come to; None where a needed column is not known."""
    parcel = msgspec.json.decode(content, type=Parcel)
    places = columns.places(parcel.headings, of.columns, store.remembered(tx, of.about))
    if columns.missing(of.columns, places):
        return None
    rows = enumerate(parcel.rows, 1)
    lines = [FileRow(at, columns.values_of((at, list(row)), places)) for at, row in rows]
    return of.weigh(tx, lines)
