"""What is said to who misses a thing when something like it was found, in the portal and by mail."""

from collections.abc import Collection, Mapping, Sequence

from kit.db import Tx, encode
from kit.i18n import _
from node.belongings.model import MATCHED, LossMatched
from node.people.model import Asker
from node.ports.noticed import Noticed, Notification, Said, WhyUnsent, Written


def _found(tx: Tx, person_id: str, losses: Collection[str]) -> dict[str, tuple[str, str]]:
    """Of what somebody still misses the thing that may be it, as long as that is there: id and words."""
    rows = tx.rows(
        "SELECT l.id, t.id, t.words FROM json_each(?) j"
        " CROSS JOIN belongings_loss l ON l.id = j.value"
        " CROSS JOIN belongings_thing t ON t.id = l.thing_id"
        " WHERE l.person_id = ? AND l.closed_at IS NULL AND t.closed_at IS NULL",
        (encode(sorted(losses)), person_id),
    )
    return {str(id): (str(thing_id), str(words)) for id, thing_id, words in rows}


def in_portal(
    tx: Tx, asker: Asker, notices: Sequence[Notification], _now: int
) -> Mapping[str, Said]:
    found = _found(tx, asker.id, {one.about for one in notices})
    said = {}
    for one in notices:
        if one.about in found:
            thing_id, words = found[one.about]
            said[one.id] = Said(words, f"/belongings/{thing_id}", None, asks=True)
    return said


def by_mail(tx: Tx, notice: Notification, _now: int) -> Written | WhyUnsent:
    """What a mail says, if the thing is still missed and still there."""
    found = _found(tx, notice.person_id, [notice.about]).get(notice.about)
    if found is None:
        return WhyUnsent.DONE
    thing_id, words = found
    return Written(
        _("[%(school)s] 분실 신고와 비슷한 물건을 찾았습니다: %(title)s"),
        _(
            "학교에서 분실 신고와 비슷한 물건을 찾았습니다.\n\n%(title)s\n\n아래 주소에서 확인해 주세요. 로그인이 필요합니다.\n%(link)s"
        ),
        f"/belongings/{thing_id}",
        title=words,
    )


def titles(tx: Tx, person_id: str, losses: Collection[str]) -> Mapping[str, str]:
    return {id: words for id, (_thing, words) in _found(tx, person_id, losses).items()}


BELONGINGS_NOTICED = Noticed(
    kinds={MATCHED: _("분실 신고와 비슷한 물건을 찾았습니다")},
    in_portal=in_portal,
    by_mail=by_mail,
    titles=titles,
    told_by=(LossMatched,),
)
