"""What of papers can be found: the kinds that can be begun, by whoever may begin them, and by staff."""

from kit.db import Tx
from kit.i18n import _
from node.people.model import Asker
from node.ports.findable import Document, Findable, Moved
from node.questions.model import parts_of
from node.submissions import type_store
from node.submissions.kinds import Starter
from node.submissions.model import SubmissionTypesChanged

_KEYS = {Starter.GUARDIAN: "guardians", Starter.STUDENT: "students", Starter.STAFF: "staff"}


def _documents(tx: Tx, type_id: str) -> list[Document]:
    row = type_store.row(tx, type_id)
    if row is None or not row.is_open:
        return []
    at = tx.value("SELECT changed_at FROM submissions_type WHERE id = ?", (type_id,))
    asked = "\n".join(part.label for part in parts_of(row.type.asked.fields))
    return [
        Document(
            subject=f"submission_type:{type_id}",
            kind="submission_type",
            title=row.type.name,
            note="",
            href=f"/submissions?type={type_id}",
            text=f"{row.type.lead}\n{asked}",
            at=int(at),
            keys=_keys(tx, type_id),
        )
    ]


def _keys(tx: Tx, type_id: str) -> frozenset[str]:
    row = type_store.row(tx, type_id)
    if row is None or not row.is_open:
        return frozenset()
    return frozenset({"staff", *(_KEYS[one] for one in row.type.starters)})


def _params(_asker: Asker) -> tuple[()]:
    return ()


FINDABLE = Findable(
    about="submission_type",
    kinds={"submission_type": _("서류")},
    documents=_documents,
    keys=_keys,
    moved_by={SubmissionTypesChanged: lambda _tx, event: Moved([event.type_id])},
    readable="EXISTS (SELECT 1 FROM submissions_v_type t WHERE t.id = {id})",
    params=_params,
)
