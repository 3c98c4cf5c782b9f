"""What is said to those whose text a program could not save, or saved over: where it lies now."""

from collections.abc import Collection, Mapping, Sequence

from kit.db import Tx
from kit.i18n import _
from node.drive.model import OVERWRITTEN, REFUSED, DriveFileChanged, Right
from node.drive.tree import store
from node.people.access import rights_now
from node.people.model import Asker
from node.ports.noticed import Noticed, Notification, Said, WhyUnsent, Written


def in_portal(
    tx: Tx, asker: Asker, notices: Sequence[Notification], _now: int
) -> Mapping[str, Said]:
    said = {}
    for one in notices:
        copy = store.item(tx, asker.keys, one.about)
        if copy is not None and copy.right >= Right.VIEW and copy.gone_with is None:
            said[one.id] = Said(copy.name, f"/drive/{copy.id}", None, asks=True)
    return said


def by_mail(_tx: Tx, _notice: Notification, _now: int) -> Written | WhyUnsent:
    """They are told in the portal alone."""
    return WhyUnsent.DONE


def titles(tx: Tx, person_id: str, copies: Collection[str]) -> Mapping[str, str]:
    keys = rights_now(tx, person_id).keys
    found = [store.item(tx, keys, copy_id) for copy_id in copies]
    return {one.id: one.name for one in found if one is not None and one.right >= Right.VIEW}


DRIVE_NOTICED = Noticed(
    kinds={
        OVERWRITTEN: _("같은 파일을 두 사람이 저장해 먼저 저장한 내용을 사본으로 남겼습니다"),
        REFUSED: _("저장되지 않은 내용을 사본으로 남겼습니다"),
    },
    in_portal=in_portal,
    by_mail=by_mail,
    titles=titles,
    told_by=(DriveFileChanged,),
)
