"""What the form builder sends, as a draft; the builder works without JavaScript."""

from datetime import datetime
from typing import Any

import msgspec
from multidict import MultiMapping

from kit.clock import from_datetime, local
from kit.problem import UNFIT, Invalid
from node.forms.model import FormDraft
from node.questions import editing
from node.questions.editing import QuestionEditor

RETENTIONS = (1, 3, 5, 10, 0)
"""Years for which a form may say that its answers are kept; 0: for ever."""
CLEAR, CLEARS = "act", "clear_form"  # the button that throws a form away
BOTH, REFUSAL_WINS = (
    "both",
    "any_refusal",
)  # what is asked of a child's guardians; else one is enough


class Editor(msgspec.Struct, frozen=True):
    """What `forms/editor.html` shows: the draft (or none yet) in the editor of its questions."""

    wanted: bool
    is_written: bool
    draft: FormDraft
    questions: QuestionEditor
    deadline: str
    retentions: tuple[int, ...] = RETENTIONS


def editor(text: str) -> Editor:
    """The editor for a draft kept as JSON text; empty text: no form yet."""
    draft = msgspec.json.decode(text, type=FormDraft) if text else FormDraft()
    deadline = ""
    if draft.deadline_at is not None:
        deadline = local(draft.deadline_at).strftime("%Y-%m-%dT%H:%M")
    is_written = bool(text)
    questions = editing.editor(draft)
    return Editor(is_written and draft.wanted, is_written, draft, questions, deadline)


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
    family = sent.get("form_family")
    written = editing.questionnaire_of(sent)
    draft = FormDraft(
        fields=written.fields,
        legal_basis=written.legal_basis,
        privacy=written.privacy,
        deadline_at=_deadline(sent.get("form_deadline", "")),
        both_guardians=family == BOTH,
        refusal_wins=family == REFUSAL_WINS,
        retention_years=_years(sent.get("form_retention_years", "")),
        wanted=sent.get("form_wanted") == "1",
    )
    if not (draft.wanted or draft.fields or draft.privacy or draft.deadline_at):
        return ""
    return msgspec.json.encode(draft).decode()


def _years(chosen: str) -> int | None:
    """Of `RETENTIONS`; anything else is as the school has set it."""
    return int(chosen) if chosen in {str(years) for years in RETENTIONS} else None


def _deadline(typed: str) -> int | None:
    if not typed:
        return None
    try:
        return from_datetime(datetime.fromisoformat(typed).replace(tzinfo=None))
    except ValueError:
        raise Invalid({"form_deadline": UNFIT}) from None
