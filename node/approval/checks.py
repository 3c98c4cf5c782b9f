"""What approval tells the doctor."""

from kit.db import Tx
from kit.finding import Finding, fine, warn
from kit.i18n import _
from node.approval import line_store

COUNTED = 100


def of_approval(tx: Tx) -> list[Finding]:
    """Does everything that waits wait for somebody?"""
    found = line_store.ownerless(tx, COUNTED)
    if not found:
        return [fine(_("모든 결재 대기 문서에 결재할 사람이 있습니다."))]
    return [
        warn(
            _("결재할 사람이 없는 문서가 %(count)s건 있습니다."),
            _(
                "‘결재자 미지정’에서 결재자를 지정하거나 업무분장의 담당자와 대결자를 수정해 주세요."
            ),
            count=len(found),
        )
    ]
