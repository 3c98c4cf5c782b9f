"""Somebody's account in the messenger, what they asked the assistant there."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _


def about(tx: Tx, person_id: str) -> list[Held]:
    """What was said in rooms is not here: it lies in the messenger, which the person can open."""
    account = tx.rows(
        "SELECT coalesce((SELECT v.user_id FROM messenger_v_account v WHERE v.person_id = a.person_id),"
        " a.localpart), a.made_at FROM messenger_account a WHERE a.person_id = ?",
        (person_id,),
    )
    asked = tx.rows(
        "SELECT q.text, q.asked_at FROM messenger_question q"
        " JOIN messenger_v_account v ON v.user_id = q.sender WHERE v.person_id = ?",
        (person_id,),
    )
    return [
        Held(
            "messenger-account",
            _("메신저 계정"),
            (_("이름"), _("생성 일시")),
            [(name, when(at)) for name, at in account],
        ),
        Held(
            "messenger-questions",
            _("메신저에서 한 질문"),
            (_("글"), _("일시")),
            [(text, when(at)) for text, at in asked],
        ),
    ]
