"""What is said to whom a keeper took a reservation from, in the portal and by mail."""

from collections.abc import Collection, Mapping, Sequence

from kit.db import Tx, encode
from kit.i18n import _
from node.bookings.model import REFUSED, ReservationRefused, when_words
from node.people.model import Asker
from node.ports.noticed import Noticed, Notification, Said, WhyUnsent, Written


def _refused(tx: Tx, person_id: str, ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """What was taken back from somebody, by id: what is said, and where the week is."""
    rows = tx.rows(
        "SELECT r.id, f.id, f.name, r.day, r.period, r.count, r.word FROM json_each(?) j"
        " CROSS JOIN bookings_refused r ON r.id = j.value"
        " CROSS JOIN bookings_facility f ON f.id = r.facility_id WHERE r.person_id = ?",
        (encode(sorted(ids)), person_id),
    )
    found = {}
    for id, facility_id, name, day, period, count, word in rows:
        more = f" 외 {count - 1}건" if count > 1 else ""
        said = f"{name}, {when_words(day, period)}{more}: {word}"
        found[str(id)] = (said, f"/bookings/{facility_id}?day={day}")
    return found


def in_portal(
    tx: Tx, asker: Asker, notices: Sequence[Notification], _now: int
) -> Mapping[str, Said]:
    found = _refused(tx, asker.id, {one.about for one in notices}) if asker.is_staff else {}
    return {
        one.id: Said(*found[one.about], None, asks=False) for one in notices if one.about in found
    }


def by_mail(tx: Tx, notice: Notification, _now: int) -> Written | WhyUnsent:
    """What a mail says."""
    found = _refused(tx, notice.person_id, [notice.about]).get(notice.about)
    if found is None:
        return WhyUnsent.DONE
    title, href = found
    return Written(
        _("[%(school)s] 특별실·기자재 예약이 취소되었습니다"),
        _(
            "담당자가 예약을 취소했습니다.\n\n%(title)s\n\n다른 시간은 아래 주소에서 예약할 수 있습니다. 로그인이 필요합니다.\n%(link)s"
        ),
        href,
        title=title,
    )


def titles(tx: Tx, person_id: str, ids: Collection[str]) -> Mapping[str, str]:
    return {id: said for id, (said, _href) in _refused(tx, person_id, ids).items()}


BOOKINGS_NOTICED = Noticed(
    kinds={REFUSED: _("담당자가 예약을 취소했습니다")},
    in_portal=in_portal,
    by_mail=by_mail,
    titles=titles,
    told_by=(ReservationRefused,),
)
