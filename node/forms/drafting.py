"""What the form builder sends, as a draft; the builder works without JavaScript."""

from datetime import datetime
from typing import Any

import msgspec
from multidict import MultiMapping

from kit.clock import from_datetime, local
from kit.i18n import _
from kit.ids import new_id
from kit.problem import Invalid
from kit.typed import whole
from kit.web.forms import UNFIT
from node.forms.model import FormDraft
from node.questions.model import (
    BASIS_LABELS,
    FIELD_LABELS,
    Field,
    FieldKind,
    LegalBasis,
    PrivacyBox,
)

BLANK_ROWS = 3
CLEAR, CLEARS = "act", "clear_form"  # the button that throws a form away
LONGEST_ID = 40
LONGEST_LABEL = 300
LONGEST_NOTICE = 1000
MAX_OPTIONS = 30


class Editor(msgspec.Struct, frozen=True):
    """What `forms/editor.html` shows: the draft (or none yet) with empty rows to go on writing."""

    wanted: bool
    is_written: bool
    draft: FormDraft
    rows: tuple[Field, ...]
    deadline: str
    kinds: dict[FieldKind, str] = msgspec.field(default_factory=FIELD_LABELS.copy)
    bases: dict[LegalBasis, str] = msgspec.field(default_factory=BASIS_LABELS.copy)


def editor(text: str) -> Editor:
    """The editor for a draft kept as JSON text; empty text: no form yet."""
    draft = msgspec.json.decode(text, type=FormDraft) if text else FormDraft()
    blank = tuple(Field(new_id(), FieldKind.CONSENT, "") for _ in range(BLANK_ROWS))
    deadline = ""
    if draft.deadline_at is not None:
        deadline = local(draft.deadline_at).strftime("%Y-%m-%dT%H:%M")
    is_written = bool(text)
    return Editor(is_written and draft.wanted, is_written, draft, (*draft.fields, *blank), deadline)


def draft_text(sent: MultiMapping[Any]) -> str | None:
    """The submitted builder as JSON text of a FormDraft; empty when nothing is written in it, None
    when the page had no builder.

    A half-written draft is kept as it is, also without the tick that a form is wanted:
    `FormDraft.check` speaks when it goes out. Raises Invalid, TooLong.
    """
    if sent.get(CLEAR) == CLEARS:
        return ""
    if not any(name.startswith("form_") for name in sent):
        return None
    draft = FormDraft(
        fields=tuple(_fields(sent)),
        legal_basis=_basis(sent.get("form_basis", "")),
        privacy=_privacy(sent),
        deadline_at=_deadline(sent.get("form_deadline", "")),
        both_guardians=sent.get("form_both") == "1",
        wanted=sent.get("form_wanted") == "1",
    )
    if not (draft.wanted or draft.fields or draft.privacy or draft.deadline_at):
        return ""
    return msgspec.json.encode(draft).decode()


def _fields(sent: MultiMapping[Any]) -> list[Field]:
    columns = [
        [str(value) for value in sent.getall(f"form_{name}", [])]
        for name in ("id", "kind", "label", "options", "required", "help")
    ]
    if len({len(column) for column in columns}) > 1:
        raise Invalid({"form_label": UNFIT})
    found = []
    for field_id, kind, label, options, required, hint in zip(*columns, strict=True):
        choices = tuple(line.strip() for line in options.splitlines() if line.strip())
        if not (label.strip() or choices or hint.strip()):
            continue
        if len(choices) > MAX_OPTIONS:
            raise Invalid({"form_options": _("보기는 질문 하나에 30개까지 쓸 수 있습니다.")})
        for option in choices:
            whole("form_options", option, LONGEST_LABEL)
        found.append(
            Field(
                id=whole("form_id", field_id, LONGEST_ID) or new_id(),
                kind=FieldKind(kind) if kind in set(FieldKind) else FieldKind.TEXT,
                label=whole("form_label", label.strip(), LONGEST_LABEL),
                required=required == "1",
                options=choices,
                help=whole("form_help", hint.strip(), LONGEST_LABEL),
            )
        )
    return found


def _basis(text: str) -> LegalBasis:
    return LegalBasis(text) if text in set(LegalBasis) else LegalBasis.CONSENT


def _privacy(sent: MultiMapping[Any]) -> PrivacyBox | None:
    parts = [
        whole(f"form_{name}", str(sent.get(f"form_{name}", "")).strip(), LONGEST_NOTICE)
        for name in ("purpose", "items", "retention", "refusal")
    ]
    return PrivacyBox(*parts) if any(parts) else None


def _deadline(typed: str) -> int | None:
    if not typed:
        return None
    try:
        return from_datetime(datetime.fromisoformat(typed).replace(tzinfo=None))
    except ValueError:
        raise Invalid({"form_deadline": UNFIT}) from None
