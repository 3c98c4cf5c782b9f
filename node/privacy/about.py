"""What was noted of somebody in the audit log, and what they asked of their data."""

from kit import audit
from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from node.people.access import rights_now
from node.privacy import case_store

ALL = 100_000


def about(tx: Tx, person_id: str) -> list[Held]:
    acts = audit.about(tx, person_id, ALL)
    cases = case_store.of_requester(tx, person_id, ALL)
    own = rights_now(tx, person_id).own
    return [
        Held(
            "audit",
            _("활동 기록"),
            (_("일시"), _("사용자"), _("작업"), _("자세히")),
            [(when(a.at), a.actor_name, a.action, audit.detail_words(a)) for a in acts],
            kept=_("누가 무엇을 했는지 증명하는 기록이므로 보관합니다."),
        ),
        Held(
            "requests",
            _("개인정보 요구"),
            (_("요구"), _("누구의 정보"), _("접수 일시"), _("상태"), _("내용")),
            [
                (
                    c.kind_label,
                    c.person_name if c.person_id in own else "",
                    when(c.received_at),
                    c.state_label,
                    c.details,
                )
                for c in cases
            ],
            kept=_("처리한 결과를 증명하기 위해 보관합니다."),
        ),
    ]
