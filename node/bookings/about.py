"""What somebody has reserved, for whoever asks for their own data."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from node.bookings.model import when_words


def about(tx: Tx, person_id: str) -> list[Held]:
    reserved = tx.rows(
        "SELECT f.name, r.day, r.period, r.purpose, r.at FROM bookings_reservation r"
        " JOIN bookings_facility f ON f.id = r.facility_id WHERE r.person_id = ?"
        " ORDER BY r.day DESC, r.period",
        (person_id,),
    )
    refused = tx.rows(
        "SELECT f.name, r.day, r.period, r.word, r.at FROM bookings_refused r"
        " JOIN bookings_facility f ON f.id = r.facility_id WHERE r.person_id = ?"
        " ORDER BY r.at DESC",
        (person_id,),
    )
    return [
        Held(
            "bookings",
            _("특별실·기자재 예약"),
            (_("특별실·기자재"), _("언제"), _("용도"), _("예약한 때")),
            [
                (name, when_words(day, period), purpose, when(at))
                for name, day, period, purpose, at in reserved
            ],
        ),
        Held(
            "bookings-refused",
            _("담당자가 취소한 예약"),
            (_("특별실·기자재"), _("언제"), _("담당자의 말"), _("취소한 때")),
            [
                (name, when_words(day, period), word, when(at))
                for name, day, period, word, at in refused
            ],
        ),
    ]
