"""Templates of letters that the province sends: how each stands to the one that the school took, and beside its own."""

import hashlib

import msgspec

from kit.clock import Clock, local_date
from kit.db import Tx
from kit.i18n import _
from kit.problem import Problem
from node.forms.model import FormDraft
from node.newsletters import beginning, wording
from node.newsletters.beginning import PROVINCE, LetterTemplate, file_of
from node.newsletters.model import SORT_LABELS, Sort
from node.newsletters.publishing import form_draft
from node.people.access import require_role
from node.people.model import Asker, Role
from node.ports.supplied import ComparedPart, Supplied, SupplyStanding, WeighedSupply
from node.questions.model import Field
from protocol.errors import MalformedMessage
from protocol.supplies import LetterAudience, LetterFile, SupplyKind, read_letter

AUDIENCE_WORDS = {
    LetterAudience.OPEN: _("쓸 때 선택"),
    LetterAudience.GUARDIANS: _("모든 보호자"),
    LetterAudience.STUDENTS: _("모든 학생"),
    LetterAudience.STAFF: _("모든 교직원"),
}
UNREADABLE = _("글 양식 파일의 내용을 읽을 수 없습니다.")


def supplied(clock: Clock) -> Supplied:
    def take(tx: Tx, asker: Asker, key: str, _name: str, content: str, _what: object) -> None:
        require_role(asker, Role.ADMINISTRATOR)
        beginning.add(tx, _template(key, read_letter(content.encode()), clock.now()))

    return Supplied(
        kind=SupplyKind.LETTER,
        title=_("글 양식"),
        explained=_(
            "교직원이 ‘글 양식’에서 이 양식으로 새 글을 쓸 수 있습니다. 이미 쓰기 시작한 글은 바뀌지 않습니다."
        ),
        taken=_("글 양식을 가져왔습니다."),
        seen_at="/newsletters/templates#province",
        weigh=weigh,
        take=take,
        listed=listed,
    )


def listed(tx: Tx, keys: frozenset[str]) -> None:
    """What the province has in its list now: the rest of what was taken is withdrawn."""
    for template_id, supply, withdrawn in tx.rows(
        "SELECT id, supply, withdrawn FROM newsletters_template WHERE owner_id = ?", (PROVINCE,)
    ):
        if bool(withdrawn) is (supply in keys):
            tx.execute(
                "UPDATE newsletters_template SET withdrawn = ? WHERE id = ?",
                (int(supply not in keys), template_id),
            )


def weigh(tx: Tx, key: str, _name: str, content: str) -> WeighedSupply:
    """How a template that came stands to the one that was taken under its id."""
    try:
        found = read_letter(content.encode())
        wording.title_and_body(found.title, found.body)
        theirs = _template(key, found, 0)
    except (MalformedMessage, Problem, RecursionError):
        return WeighedSupply(SupplyStanding.UNFIT, fault=UNREADABLE)
    if found.id != key or not found.title.strip() or (found.form and not theirs.form):
        return WeighedSupply(SupplyStanding.UNFIT, fault=UNREADABLE)
    held = beginning.one(tx, theirs.id)
    if held is None:
        return WeighedSupply(SupplyStanding.NEW, _compared(None, theirs))
    ours = file_of(held).decode()
    same = ours == file_of(theirs).decode()
    standing = SupplyStanding.SAME if same else SupplyStanding.OTHER
    return WeighedSupply(standing, _compared(held, theirs), ours=ours)


def _template(key: str, found: LetterFile, at: int) -> LetterTemplate:
    """As it is kept; `form` is empty where it is none that this program knows."""
    form = ""
    if found.form is not None:
        draft = form_draft(msgspec.json.encode(found.form).decode())
        form = msgspec.json.encode(draft).decode() if draft is not None else ""
    return LetterTemplate(
        id=hashlib.sha256(f"{SupplyKind.LETTER}/{key}".encode()).hexdigest()[:20],
        owner_id=PROVINCE,
        kind=found.kind.value,
        name=" ".join(found.name.split())[: wording.LONGEST_TITLE],
        title=found.title,
        body=found.body,
        form=form,
        day=local_date(at).isoformat(),
        supply=key,
        audience=found.audience.value,
    )


def _compared(ours: LetterTemplate | None, theirs: LetterTemplate) -> tuple[ComparedPart, ...]:
    """Part by part, by the words of the editor."""

    def part(label: str, of: str, *, is_words: bool = False) -> ComparedPart:
        before, after = (_lines(one, of) if one is not None else () for one in (ours, theirs))
        return ComparedPart(label, before, after, is_words)

    return (
        part(_("양식 이름"), "name"),
        part(_("글 종류"), "kind", is_words=True),
        part(_("받는 사람"), "audience", is_words=True),
        part(_("제목"), "title"),
        part(_("본문"), "body"),
        part(_("질문"), "form"),
    )


def _lines(one: LetterTemplate, of: str) -> tuple[str, ...]:
    if of == "kind":
        return (SORT_LABELS[Sort(one.kind)],)
    if of == "audience":
        return (AUDIENCE_WORDS[LetterAudience(one.audience)],)
    if of == "form":
        draft = form_draft(one.form) or FormDraft()
        return tuple(" | ".join((_asked(field), *field.options)) for field in draft.fields)
    text: str = getattr(one, of)
    return tuple(text.splitlines())


def _asked(field: Field) -> str:
    """The question, of a matrix with what it asks of."""
    return f"{field.label} ({', '.join(field.rows)})" if field.is_matrix else field.label
