"""Single papers can be found by who may see them: by child, kind, receipt number and state, never by an answer.
The name of a sensitive kind stands nowhere in it: what is found is also said in the messenger."""

from kit.db import Tx, Value, encode
from kit.i18n import _
from node.people.access import EVERY_CLASS
from node.people.model import Asker
from node.ports.findable import Document, Findable, Moved
from node.submissions import store, type_store
from node.submissions.model import (
    KIND,
    Paper,
    SubmissionDisposed,
    SubmissionMoved,
    SubmissionSent,
)
from node.submissions.rights import MATCHERS, SEEN
from node.submissions.wording import period_words

UNNAMED = "서류"


def _documents(tx: Tx, paper_id: str) -> list[Document]:
    paper = store.paper(tx, paper_id)
    if paper is None or paper.sent_at is None:
        return []
    kind = type_store.wording(tx, paper.type_id, paper.type_version)
    name = UNNAMED if kind.is_sensitive else kind.name
    period = [f"기간: {period_words(paper)}"] if paper.halves else []
    return [
        Document(
            subject=f"{KIND}:{paper_id}",
            kind=KIND,
            title=f"{paper.student_name} {name}",
            note="",
            href=f"/submissions/{paper_id}",
            text="\n".join(
                [f"접수번호: {paper.receipt_number}", f"처리 상태: {paper.label}", *period]
            ),
            at=paper.sent_at,
            keys=_keys_of(paper),
        )
    ]


def _keys(tx: Tx, paper_id: str) -> frozenset[str]:
    paper = store.paper(tx, paper_id)
    return frozenset() if paper is None or paper.sent_at is None else _keys_of(paper)


def _keys_of(paper: Paper) -> frozenset[str]:
    """Who it is of; whether somebody may see it is asked of `SEEN`, for it changes without the paper."""
    return frozenset({f"{KIND}/{paper.by_id}"})


def _params(asker: Asker) -> tuple[Value, ...]:
    signed = [child.student_id for child in asker.children if child.may_sign]
    sees_all = not asker.roles.isdisjoint(EVERY_CLASS)
    matches = sees_all or not asker.roles.isdisjoint(MATCHERS)
    return (
        asker.id,
        encode([child.student_id for child in asker.children]),
        encode(signed),
        int(asker.is_staff),
        encode(sorted(asker.classes)),
        int(sees_all),
        int(matches),
    )


PAPER_FINDABLE = Findable(
    about=KIND,
    kinds={KIND: _("제출한 서류")},
    documents=_documents,
    keys=_keys,
    moved_by={
        SubmissionSent: lambda _tx, event: Moved([event.submission_id]),
        SubmissionMoved: lambda _tx, event: Moved([event.submission_id]),
        SubmissionDisposed: lambda _tx, event: Moved([event.submission_id]),
    },
    readable=SEEN,
    params=_params,
)
