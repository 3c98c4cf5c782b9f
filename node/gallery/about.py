"""In which photos somebody is marked, and which they brought, for whoever asks for their own data."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _


def about(tx: Tx, person_id: str) -> list[Held]:
    seen = tx.rows(
        "SELECT a.title, p.words, p.at, s.is_covered FROM gallery_seen s"
        " JOIN gallery_photo p ON p.id = s.photo_id JOIN gallery_album a ON a.id = p.album_id"
        " WHERE s.student_id = ? ORDER BY p.at DESC",
        (person_id,),
    )
    brought = tx.rows(
        "SELECT a.title, p.words, p.at FROM gallery_photo p JOIN gallery_album a ON a.id = p.album_id"
        " WHERE p.by_id = ? ORDER BY p.at DESC",
        (person_id,),
    )
    columns = (_("앨범"), _("사진 설명"), _("올린 시각"))
    return [
        Held(
            "gallery-seen",
            _("내가 나온 사진"),
            (*columns, _("가림 여부")),
            [
                (title, words, when(at), _("가림") if covered else _("가리지 않음"))
                for title, words, at, covered in seen
            ],
        ),
        Held(
            "gallery-brought",
            _("내가 올린 사진"),
            columns,
            [(title, words, when(at)) for title, words, at in brought],
        ),
    ]
