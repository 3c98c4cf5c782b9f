"""What somebody asked the assistant, and what they handed to the office."""

import msgspec

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from node.assistant.model import Sentence


def _answer(sentences: str) -> str:
    found = msgspec.json.decode(sentences, type=tuple[Sentence, ...])
    return " ".join(one.text for one in found)


def about(tx: Tx, person_id: str) -> list[Held]:
    asked = tx.rows(
        "SELECT question, asked_at, sentences FROM assistant_turn WHERE person_id = ?"
        " ORDER BY asked_at DESC",
        (person_id,),
    )
    handed = tx.rows(
        "SELECT question, handed_at, reply, replied_by, replied_at FROM assistant_handover"
        " WHERE person_id = ? ORDER BY handed_at DESC",
        (person_id,),
    )
    return [
        Held(
            "assistant",
            _("도우미에게 물은 것"),
            (_("질문"), _("때"), _("답")),
            [(question, when(at), _answer(sentences)) for question, at, sentences in asked],
        ),
        Held(
            "assistant-office",
            _("행정실에 맡긴 질문"),
            (_("질문"), _("때"), _("답"), _("답한 사람"), _("답한 때")),
            [(q, when(at), reply, by, when(replied)) for q, at, reply, by, replied in handed],
        ),
    ]
