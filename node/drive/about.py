"""Files in somebody's own area of the drive, and what is shared with them by name."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from node.drive.model import person_area
from node.people.audience import person_key


def about(tx: Tx, person_id: str) -> list[Held]:
    """Names, not contents: the files themselves lie in the drive, which the person can open."""
    # By what lies within the area's root: the tree has an index, the areas have none.
    own = tx.rows(
        "SELECT i.name, i.size, i.changed_at FROM drive_item root"
        " JOIN drive_within w ON w.ancestor_id = root.id"
        " JOIN drive_item i ON i.id = w.item_id AND i.is_folder = 0"
        " WHERE root.area = ? AND root.parent_id IS NULL ORDER BY i.name",
        (person_area(person_id),),
    )
    shared = tx.rows(
        "SELECT i.name, a.by_name, a.at FROM drive_share a JOIN drive_item i ON i.id = a.item_id"
        " WHERE a.key = ? AND i.parent_id IS NOT NULL ORDER BY a.at DESC",
        (person_key(person_id),),
    )
    return [
        Held(
            "drive-own",
            _("내 드라이브의 파일"),
            (_("이름"), _("크기(바이트)"), _("변경 일시")),
            [(name, size, when(at)) for name, size, at in own],
        ),
        Held(
            "drive-shared",
            _("나와 공유된 파일"),
            (_("이름"), _("공유한 사람"), _("일시")),
            [(name, by, when(at)) for name, by, at in shared],
        ),
    ]
