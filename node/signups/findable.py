"""What of sign-ups can be found, by those for whom they are and by staff."""

from kit.db import Tx
from kit.i18n import _
from node.people.access import READABLE, readable_params
from node.ports.findable import Document, Findable, Moved
from node.signups.model import SignupPublished, SignupWithdrawn


def _documents(tx: Tx, signup_id: str) -> list[Document]:
    found = tx.row(
        "SELECT title, text, opens_at, closes_at, published_at FROM signups_v_signup WHERE id = ?",
        (signup_id,),
    )
    if found is None:
        return []
    title, text, _opens_at, closes_at, at = found
    courses = tx.rows(
        "SELECT name, note FROM signups_v_course WHERE signup_id = ? ORDER BY position",
        (signup_id,),
    )
    whole = "\n".join([text, *(f"{name}: {note}" if note else name for name, note in courses)])
    return [
        Document(
            f"signup:{signup_id}",
            "signup",
            title,
            "",
            f"/signups/{signup_id}",
            whole,
            at,
            _keys(tx, signup_id),
            valid_until=closes_at,
        )
    ]


def _keys(tx: Tx, signup_id: str) -> frozenset[str]:
    sql = "SELECT key FROM signups_v_audience WHERE signup_id = ?"
    return frozenset(key for (key,) in tx.rows(sql, (signup_id,)))


FINDABLE = Findable(
    about="signup",
    kinds={"signup": _("모집·신청")},
    documents=_documents,
    keys=_keys,
    moved_by={
        SignupPublished: lambda _tx, event: Moved([event.signup_id]),
        SignupWithdrawn: lambda _tx, event: Moved([event.signup_id]),
    },
    readable="EXISTS (SELECT 1 FROM signups_v_signup v WHERE v.id = {id}) AND EXISTS ("  # noqa: S608 - constants only
    "SELECT 1 FROM signups_v_audience a WHERE a.signup_id = {id} AND " + READABLE + ")",
    params=readable_params,
)
