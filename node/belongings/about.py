"""What somebody noted and claimed, for whoever asks for their own data."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _


def about(tx: Tx, person_id: str) -> list[Held]:
    noted = tx.rows(
        "SELECT words, place, at FROM belongings_thing WHERE by_id = ? ORDER BY at DESC",
        (person_id,),
    )
    claimed = tx.rows(
        "SELECT t.words, k.name, c.words, c.at FROM ("
        "SELECT * FROM belongings_claim WHERE person_id = ?"
        " UNION SELECT * FROM belongings_claim WHERE owner_id = ?) c"
        " JOIN belongings_thing t ON t.id = c.thing_id"
        " JOIN people_v_known k ON k.id = c.owner_id ORDER BY c.at DESC",
        (person_id, person_id),
    )
    missed = tx.rows(
        "SELECT k.name, l.words, l.place, l.lost_on, l.at FROM ("
        "SELECT * FROM belongings_loss WHERE person_id = ?"
        " UNION SELECT * FROM belongings_loss WHERE owner_id = ?) l"
        " JOIN people_v_known k ON k.id = l.owner_id ORDER BY l.at DESC",
        (person_id, person_id),
    )
    return [
        Held(
            "belongings-losses",
            _("분실 신고"),
            (
                _("누구의 것"),
                _("잃어버린 물건"),
                _("잃어버린 곳"),
                _("잃어버린 날"),
                _("신고 시각"),
            ),
            [(owner, words, place, day, when(at)) for owner, words, place, day, at in missed],
        ),
        Held(
            "belongings",
            _("내가 등록한 습득물"),
            (_("물건"), _("찾은 곳"), _("등록 시각")),
            [(words, place, when(at)) for words, place, at in noted],
        ),
        Held(
            "belongings-claims",
            _("분실물 확인 요청"),
            (_("물건"), _("누구의 것"), _("물건의 특징"), _("요청 시각")),
            [(thing, owner, words, when(at)) for thing, owner, words, at in claimed],
        ),
    ]
