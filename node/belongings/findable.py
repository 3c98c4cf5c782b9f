"""What was found can be found by everybody at the school, as long as it is there."""

from kit.db import Tx
from kit.i18n import _
from node.belongings.model import BelongingsChanged, BelongingsNoted
from node.ports.findable import Document, Findable, Moved

EVERYBODY = frozenset({"guardians", "students", "staff"})


def _documents(tx: Tx, thing_id: str) -> list[Document]:
    sql = "SELECT words, place, kept_at, at FROM belongings_v_thing WHERE id = ?"
    return [
        Document(
            subject=f"belongings:{thing_id}",
            kind="belongings",
            title=words,
            note=place,
            href=f"/belongings/{thing_id}",
            text=f"분실물: {words}. 찾은 곳: {place}. 보관 장소: {kept_at}",
            at=at,
            keys=EVERYBODY,
        )
        for words, place, kept_at, at in tx.rows(sql, (thing_id,))
    ]


FINDABLE = Findable(
    about="belongings",
    kinds={"belongings": _("분실물")},
    documents=_documents,
    keys=lambda _tx, _thing_id: EVERYBODY,
    moved_by={
        BelongingsNoted: lambda _tx, event: Moved([event.thing_id]),
        BelongingsChanged: lambda _tx, event: Moved([event.thing_id]),
    },
    readable="? AND EXISTS (SELECT 1 FROM belongings_v_thing t WHERE t.id = {id})",
    params=lambda asker: (int(bool(asker.kinds)),),
)
