"""What the editor of a questionnaire shows, and what it sends; it works without JavaScript.

Its inputs begin with "form_" on every owner's page, one of each for a question:

    {% with editor = … %}{% include "questions/editor_fields.html" %}{% endwith %}
    {% with editor = … %}{% include "questions/editor_privacy.html" %}{% endwith %}
"""

from collections.abc import Mapping
from typing import Any

import msgspec
from multidict import MultiMapping

from kit.i18n import _
from kit.ids import new_id
from kit.problem import UNFIT, Invalid
from kit.typed import whole
from node.questions.model import (
    BASIS_LABELS,
    FIELD_LABELS,
    Condition,
    Field,
    FieldKind,
    LegalBasis,
    PrivacyBox,
    Questionnaire,
)

BLANK_ROWS = 3
LONGEST_ID = 40
LONGEST_LABEL = 300
LONGEST_NOTICE = 1000
MAX_OPTIONS = 30
MAX_ROWS = 20


class QuestionEditor(msgspec.Struct, frozen=True):
    """What the two templates show: the questions with empty rows to go on writing, and the box."""

    rows: tuple[Field, ...]
    legal_basis: LegalBasis
    privacy: PrivacyBox | None
    kinds: Mapping[FieldKind, str] = msgspec.field(default_factory=FIELD_LABELS.copy)
    bases: dict[LegalBasis, str] = msgspec.field(default_factory=BASIS_LABELS.copy)


def editor(
    written: Questionnaire,
    blank_kind: FieldKind = FieldKind.CONSENT,
    kinds: Mapping[FieldKind, str] = FIELD_LABELS,
) -> QuestionEditor:
    """The editor for what is written so far; with `kinds` of questions, an empty one of `blank_kind`."""
    blank = tuple(Field(new_id(), blank_kind, "") for _row in range(BLANK_ROWS))
    rows = (*written.fields, *blank)
    return QuestionEditor(rows, written.legal_basis, written.privacy, kinds)


def questionnaire_of(sent: MultiMapping[Any]) -> Questionnaire:
    """What a page with the editor sent, half done as it may be. Raises Invalid, TooLong."""
    basis = sent.get("form_basis", "")
    return Questionnaire(
        fields=tuple(_fields(sent)),
        legal_basis=LegalBasis(basis) if basis in set(LegalBasis) else LegalBasis.CONSENT,
        privacy=_privacy(sent),
    )


def _fields(sent: MultiMapping[Any]) -> list[Field]:
    columns = [
        [str(value) for value in sent.getall(f"form_{name}", [])]
        for name in ("id", "kind", "label", "options", "required", "help")
    ]
    # Programs and pages of before these columns send none of them.
    for name in ("form_only_if", "form_rows"):
        columns.append([str(one) for one in sent.getall(name, [""] * len(columns[0]))])
    if len({len(column) for column in columns}) > 1:
        raise Invalid({"form_label": UNFIT})
    found = []
    for field_id, kind, label, options, required, hint, only_if, lines in zip(
        *columns, strict=True
    ):
        choices, rows = _lines(options), _lines(lines)
        if not (label.strip() or choices or rows or hint.strip()):
            continue
        if len(choices) > MAX_OPTIONS:
            raise Invalid({"form_options": _("선택지는 질문 하나에 30개까지 입력할 수 있습니다.")})
        if len(rows) > MAX_ROWS:
            raise Invalid({"form_rows": _("항목은 질문 하나에 20개까지 입력할 수 있습니다.")})
        for option in choices:
            whole("form_options", option, LONGEST_LABEL)
        for row in rows:
            whole("form_rows", row, LONGEST_LABEL)
        found.append(
            Field(
                id=whole("form_id", field_id, LONGEST_ID) or new_id(),
                kind=FieldKind(kind) if kind in set(FieldKind) else FieldKind.TEXT,
                label=whole("form_label", label.strip(), LONGEST_LABEL),
                required=required == "1",
                options=choices,
                help=whole("form_help", hint.strip(), LONGEST_LABEL),
                only_if=_condition(only_if),
                rows=rows,
            )
        )
    return found


def _lines(typed: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in typed.splitlines() if line.strip())


def _condition(sent: str) -> Condition | None:
    field_id, _equals, answer = sent.partition("=")
    if not (field_id and answer):
        return None
    return Condition(
        whole("form_only_if", field_id, LONGEST_ID), whole("form_only_if", answer, LONGEST_LABEL)
    )


def _privacy(sent: MultiMapping[Any]) -> PrivacyBox | None:
    parts = [
        whole(f"form_{name}", str(sent.get(f"form_{name}", "")).strip(), LONGEST_NOTICE)
        for name in ("purpose", "items", "retention", "refusal")
    ]
    return PrivacyBox(*parts) if any(parts) else None
