"""What somebody asked the assistant, and what they handed to the office."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from node.assistant.model import Turn


def _answer(turn: Turn) -> str:
    return " ".join(one.text for one in turn.sentences)


def about(tx: Tx, person_id: str, asked: list[Turn]) -> list[Held]:
    """`asked`: the turns as the person may read them."""
    handed = tx.rows(
        "SELECT question, handed_at, reply, replied_by, replied_at FROM assistant_handover"
        " WHERE person_id = ? ORDER BY handed_at DESC",
        (person_id,),
    )
    return [
        Held(
            "assistant",
            _("도우미에게 한 질문"),
            (_("질문"), _("일시"), _("답")),
            [(turn.question, when(turn.asked_at), _answer(turn)) for turn in asked],
        ),
        Held(
            "assistant-office",
            _("행정실에 전달한 질문"),
            (_("질문"), _("일시"), _("답"), _("답변한 사람"), _("답변 일시")),
            [(q, when(at), reply, by, when(replied)) for q, at, reply, by, replied in handed],
        ),
    ]
