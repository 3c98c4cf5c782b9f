"""Which letters somebody opened, and which they wrote; their templates, and what they packed."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from node.newsletters import earlier
from node.people.access import READABLE, readable_params, rights_now

# The title is today's: of what the person may not read any more only the time is left.
_OF_PERSON = (
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM newsletters_v_audience a"  # noqa: S608 - constants only
    "  WHERE a.newsletter_id = n.id AND " + READABLE + ") THEN n.title ELSE '' END, o.opened_at"
    " FROM newsletters_opening o"
    " CROSS JOIN newsletters_newsletter n ON n.id = o.newsletter_id"
    " WHERE o.person_id = ?"
)
_OPENED = _OF_PERSON + " ORDER BY o.opened_at DESC, n.id"
_OPENED_BY_INDEX = _OF_PERSON + " AND o.published_at > 0 ORDER BY o.opened_at DESC, n.id"


def about(tx: Tx, person_id: str) -> list[Held]:
    sql = _OPENED_BY_INDEX if earlier.are_dated(tx) else _OPENED
    opened = tx.rows(sql, (*readable_params(rights_now(tx, person_id)), person_id))
    written = tx.rows(
        "SELECT title, state, published_at FROM newsletters_newsletter WHERE author_id = ?"
        " ORDER BY updated_at DESC",
        (person_id,),
    )
    packed = tx.rows(
        "SELECT thing, packed_at FROM newsletters_packed WHERE person_id = ?"
        " ORDER BY packed_at DESC, thing",
        (person_id,),
    )
    templates = tx.rows(
        "SELECT name, title FROM newsletters_template WHERE owner_id = ? ORDER BY name, id",
        (person_id,),
    )
    return [
        Held(
            "things-packed",
            _("챙겼다고 표시한 준비물"),
            (_("준비물"), _("일시")),
            [(thing, when(at)) for thing, at in packed],
        ),
        Held(
            "letter-templates",
            _("저장한 글 양식"),
            (_("양식 이름"), _("제목")),
            [(name, title) for name, title in templates],
        ),
        Held(
            "letters-opened",
            _("열람한 글"),
            (_("제목"), _("열람 일시")),
            [(title, when(at)) for title, at in opened],
        ),
        Held(
            "letters-written",
            _("작성한 글"),
            (_("제목"), _("상태"), _("발행 일시")),
            [(title, state, when(at)) for title, state, at in written],
            kept=_("학교가 발행한 문서입니다."),
        ),
    ]
