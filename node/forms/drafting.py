"""What the form builder sends, as a draft; the builder works without JavaScript."""

from datetime import datetime
from typing import Any

import msgspec
from multidict import MultiMapping

from kit.clock import from_datetime, local
from kit.ids import new_id
from kit.problem import Invalid
from kit.web.forms import UNFIT
from node.forms.model import (
    BASIS_LABELS,
    FIELD_LABELS,
    Field,
    FieldKind,
    FormDraft,
    LegalBasis,
    PrivacyBox,
)

BLANK_ROWS = 3


class Editor(msgspec.Struct, frozen=True):
    """What `forms/editor.html` shows: the draft (or none yet) with empty rows to go on writing."""

    wanted: bool
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
    return Editor(bool(text), draft, (*draft.fields, *blank), deadline)


def draft_text(sent: MultiMapping[Any]) -> str:
    """The submitted builder as JSON text of a FormDraft; empty when no form is wanted.

    A half-written draft is kept as it is: `FormDraft.check` speaks when it goes out.
    """
    if sent.get("form_wanted") != "1":
        return ""
    draft = FormDraft(
        fields=tuple(_fields(sent)),
        legal_basis=_basis(sent.get("form_basis", "")),
        privacy=_privacy(sent),
        deadline_at=_deadline(sent.get("form_deadline", "")),
        both_guardians=sent.get("form_both") == "1",
    )
    return msgspec.json.encode(draft).decode()


def _fields(sent: MultiMapping[Any]) -> list[Field]:
    columns = [
        [str(value) for value in sent.getall(f"form_{name}", [])]
        for name in ("id", "kind", "label", "options", "required", "help")
    ]
    found = []
    for field_id, kind, label, options, required, hint in zip(*columns, strict=False):
        if not label.strip():
            continue
        choices = tuple(line.strip() for line in options.splitlines() if line.strip())
        found.append(
            Field(
                id=field_id[:40] or new_id(),
                kind=FieldKind(kind) if kind in set(FieldKind) else FieldKind.TEXT,
                label=label.strip()[:300],
                required=required == "1",
                options=choices[:30],
                help=hint.strip()[:300],
            )
        )
    return found


def _basis(text: str) -> LegalBasis:
    return LegalBasis(text) if text in set(LegalBasis) else LegalBasis.CONSENT


def _privacy(sent: MultiMapping[Any]) -> PrivacyBox | None:
    parts = [
        str(sent.get(f"form_{name}", "")).strip()[:1000]
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
