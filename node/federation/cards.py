"""What the front page says of the connection with the province."""

from kit.card import Card, Entry, Weight
from kit.clock import DAY
from kit.db import Tx
from kit.i18n import _
from node.federation import store
from node.people.model import Asker


def cards(tx: Tx, asker: Asker, now: int) -> list[Card]:
    """For the administrator: only when something needs attention."""
    if not asker.is_administrator:
        return []
    membership = store.membership(tx)
    if membership is None:
        return [
            Card(
                name="federation",
                title=_("도교육청 연결"),
                icon="link",
                href="/admin/province",
                weight=Weight.TASK,
                text=_("아직 도교육청에 가입하지 않았습니다. 초대장이 있으면 가입해 주세요."),
                action=_("가입하기"),
            )
        ]
    state = store.conversation(tx)
    silent = state.last_ok_at is not None and now - state.last_ok_at > DAY
    twin = membership.two_machines_at is not None
    if membership.standing == "active" and not (silent or twin or membership.log_refused):
        return []
    text = _("도교육청과의 연결을 확인해 주세요.")
    if membership.log_refused:
        text = _("도교육청이 이 학교의 동의 기록을 접수하지 않았습니다.")
    if twin:
        text = _("서버 두 대가 이 학교의 키로 도교육청에 접속하고 있습니다.")
    reason = membership.standing_reason or state.last_error
    return [
        Card(
            name="federation",
            title=_("도교육청 연결"),
            icon="link",
            href="/admin/province",
            weight=Weight.URGENT,
            text=text,
            action=_("연결 확인"),
            entries=(Entry(title=reason, href="/admin/province"),) if reason else (),
        )
    ]
