"""What is said of letters of which people were told, in the portal and by mail."""

from collections.abc import Collection, Mapping, Sequence

from kit.db import Tx, Value, encode
from kit.i18n import _
from node.notify import ledger_store, store
from node.notify.families import missing
from node.notify.model import (
    MESSAGE_LABELS,
    PUBLISHED,
    REMINDED_BEFORE,
    TELL_DEADLINE,
    LetterNow,
    MessageKind,
    Reminded,
)
from node.people.access import READABLE, held_through, readable_params, rights_now, sees_child
from node.people.model import Asker
from node.ports.noticed import Noticed, Notification, Said, WhyUnsent, Written

# In the portal ----------------------------------------------------------------------------------

_LINES = (
    "WITH m (id, person_id, kind, newsletter_id, children, at) AS MATERIALIZED (SELECT"
    " json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'),"
    " json_extract(value, '$[3]'), json_extract(value, '$[4]'), json_extract(value, '$[5]')"
    " FROM json_each(?))"
)
# What asks for something, asks until it is done or cannot be done any more.
_ASKS = (
    " CASE m.kind"
    " WHEN 'to_approve' THEN n.state = 'submitted' OR n.has_proposal"
    # Sent back before publication, or a correction after it.
    " WHEN 'returned' THEN n.state = 'draft' OR m.at >="
    "  (SELECT v.published_at FROM newsletters_v_published v WHERE v.id = n.id)"
    " WHEN 'held' THEN n.state = 'held'"
    " WHEN 'corrected' THEN 1"
    " ELSE f.deadline_at IS NULL OR f.deadline_at >= ? END"
)
# What concerns a reader is shown while the letter stands and they may read it: families through one
# of the children through whom they were told, whatever they may read through others. What concerns
# those who write and decide, while they do.
_AUDIENCE = "SELECT 1 FROM newsletters_v_audience a WHERE a.newsletter_id = n.id AND "
_THROUGH = (
    "SELECT 1 FROM newsletters_v_audience a, json_each(m.children) c"
    " WHERE a.newsletter_id = n.id"
    " AND c.value || ' ' || a.key IN (SELECT value FROM json_each(?))"
)
_SHOWN = (
    " CASE m.kind WHEN 'to_approve' THEN ?"  # is_approver
    " WHEN 'returned' THEN ? AND n.author_id = m.person_id"  # is_staff
    " WHEN 'held' THEN ? OR ? AND m.person_id IN (n.author_id, n.approver_id)"
    " ELSE n.state = 'published' AND (? AND (n.author_id = m.person_id"
    f"  OR EXISTS ({_AUDIENCE}{READABLE})) OR EXISTS ({_THROUGH})) END"
)
_SAID = (
    f"{_LINES} SELECT m.id, m.kind, n.id, n.title, n.state, f.deadline_at, {_ASKS}"  # noqa: S608
    " FROM m CROSS JOIN newsletters_v_letter n ON n.id = m.newsletter_id"
    " LEFT JOIN forms_v_form f ON f.subject = m.newsletter_id"
    f" WHERE {_SHOWN}"
)


def in_portal(
    tx: Tx, asker: Asker, notices: Sequence[Notification], now: int
) -> Mapping[str, Said]:
    """Lines of letters as they are now."""
    lines = [(one.id, one.person_id, one.kind, one.about, one.children, one.at) for one in notices]
    rows = tx.rows(_SAID, (encode(lines), now, *_shown_to(tx, asker)))
    return {
        id: Said(
            title=title,
            href=_href(kind, letter, state),
            deadline_at=deadline_at if kind in TELL_DEADLINE else None,
            asks=bool(asks),
        )
        for id, kind, letter, title, state, deadline_at, asks in rows
    }


def _href(kind: str, newsletter_id: str, state: str = "") -> str:
    """Where there is something to do about it."""
    to_mend = kind == MessageKind.RETURNED and state == "draft"
    return f"/newsletters/{newsletter_id}" + ("/edit" if to_mend else "")


def _shown_to(tx: Tx, asker: Asker) -> tuple[Value, ...]:
    """The parameters of `_SHOWN`."""
    held = [f"{child} {key}" for child, keys in _held(tx, asker).items() for key in keys]
    is_staff, is_approver = int(asker.is_staff), int(asker.is_approver)
    decides = (is_approver, is_staff, is_approver, is_staff)
    return (*decides, is_staff, *readable_params(asker), encode(sorted(held)))


def _held(tx: Tx, asker: Asker) -> dict[str, set[str]]:
    """What the asker holds through whom: a front page may be narrowed to one child."""
    held = held_through(tx, asker.id)
    return {child: held[child] for child in held if not child or sees_child(asker, child)}


def titles(tx: Tx, person_id: str, letters: Collection[str]) -> Mapping[str, str]:
    """Of the letters that somebody may read or has written."""
    rows = tx.rows(
        "SELECT n.id, n.title FROM json_each(?) j CROSS JOIN newsletters_v_letter n ON n.id = j.value"  # noqa: S608
        " WHERE n.author_id = ? OR EXISTS (SELECT 1 FROM newsletters_v_audience a"
        "  WHERE a.newsletter_id = n.id AND " + READABLE + ")",
        (encode(sorted(letters)), person_id, *readable_params(rights_now(tx, person_id))),
    )
    return {str(letter): str(title) for letter, title in rows}


# By mail ----------------------------------------------------------------------------------------

SUBJECTS = {
    PUBLISHED: _("[%(school)s] %(title)s"),
    MessageKind.REMINDER: _("[%(school)s] 다시 알림: %(title)s"),
    MessageKind.DEADLINE: _("[%(school)s] 마감이 다가옵니다: %(title)s"),
    MessageKind.MOVED: _("[%(school)s] 기한이 바뀌었습니다: %(title)s"),
    MessageKind.ASKED_ANEW: _("[%(school)s] 다시 답해 주세요: %(title)s"),
    MessageKind.HELD: _("[%(school)s] 예약한 글을 발행하지 못했습니다: %(title)s"),
}
BODY = _(
    "%(school)s에서 보낸 안내가 있습니다.\n\n%(title)s\n\n"
    "아래 주소를 눌러 확인해 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
    "이 메일은 발신 전용입니다."
)
BODY_WITH_DEADLINE = _(
    "%(school)s에서 보낸 안내가 있습니다.\n\n%(title)s\n회신 마감: %(deadline)s\n\n"
    "아래 주소를 눌러 확인해 주세요. 로그인이 필요합니다.\n%(link)s\n\n"
    "이 메일은 발신 전용입니다."
)
BODY_HELD = _(
    "예약한 시각에 발행하지 못한 글이 있습니다.\n\n%(title)s\n\n아래 주소에서 이유를 확인하고 수정해서 다시 보내 주세요. 로그인이 필요합니다.\n%(link)s\n\n이 메일은 발신 전용입니다."
)


def by_mail(tx: Tx, notice: Notification, now: int) -> Written | WhyUnsent:
    """What a mail of a letter says, if there still is something to say to this person."""
    if notice.kind == MessageKind.HELD:
        title = store.letter_held(tx, notice.about, notice.person_id)
        return WhyUnsent.DONE if title is None else _written(notice, title, BODY_HELD)
    letter = store.letter(tx, notice.about)
    if letter is None:
        return WhyUnsent.WITHDRAWN
    children = ledger_store.addressed_through(tx, letter.id, notice.person_id) & notice.through
    if not children:
        return WhyUnsent.NOT_ADDRESSED
    if notice.kind == PUBLISHED:
        if store.has_opened(tx, letter.id, notice.person_id):
            return WhyUnsent.DONE
        return _written(notice, letter.title, BODY)
    over = _over(tx, notice, letter, children, now)
    if over is not None:
        return over
    deadline = letter.deadline_at if notice.kind in TELL_DEADLINE else None
    body = BODY if deadline is None else BODY_WITH_DEADLINE
    return _written(notice, letter.title, body, deadline)


def _written(notice: Notification, title: str, body: str, deadline: int | None = None) -> Written:
    href = _href(notice.kind, notice.about)
    return Written(SUBJECTS[notice.kind], body, href, title=title, deadline_at=deadline)


def _over(
    tx: Tx, notice: Notification, letter: LetterNow, children: set[str], now: int
) -> WhyUnsent | None:
    """Why somebody need not be reminded any more."""
    if letter.is_closed(now):
        return WhyUnsent.CLOSED
    soon = letter.deadline_at is not None and letter.deadline_at - now <= REMINDED_BEFORE[0]
    if notice.kind == MessageKind.DEADLINE and not soon:
        return WhyUnsent.OUTDATED  # moved: another reminder comes in its time
    ledger = ledger_store.number_to_write(tx, letter.id)
    if ledger is None:
        return WhyUnsent.DONE
    rows = [
        one
        for one in ledger_store.shares(tx, letter.id, ledger, [notice.person_id])
        if one.person_id != notice.person_id or one.student_id in children
    ]
    owing = {one.person_id for one in missing(rows, has_form=letter.has_form)}
    return None if notice.person_id in owing else WhyUnsent.DONE


def refused(tx: Tx, notice: Notification) -> None:
    """Whom a mail of a letter could not reach stands in its ledger."""
    letter = ledger_store.number_to_write(tx, notice.about)
    if letter is not None:
        ledger_store.mark_mail_refused(tx, notice.about, letter, notice.person_id, notice.through)


LETTERS = Noticed(
    kinds={PUBLISHED: "", **{kind.value: label for kind, label in MESSAGE_LABELS.items()}},
    in_portal=in_portal,
    by_mail=by_mail,
    titles=titles,
    refused=refused,
    told_by=(Reminded,),
)
