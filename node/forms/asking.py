"""A form as the look at its results asks for it (node.questions.looks.Asking)."""

from collections.abc import Collection, Mapping, Sequence

from kit.db import Row, Tx
from node.forms import compared, store
from node.forms.model import SignedAnswer
from node.forms.store import StoredForm
from node.questions.model import Answerer, Field, Respondent


class FormAsking:
    """In one read unit. The children of some classes alone: `classes`."""

    def __init__(self, tx: Tx, form: StoredForm, classes: Collection[str] | None = None) -> None:
        self._tx = tx
        self._form = form
        self._classes = classes

    @property
    def fields(self) -> Sequence[Field]:
        return self._form.draft.fields

    @property
    def valid_from(self) -> int:
        return self._form.valid_from

    def read_by(self) -> tuple[object, ...]:
        form = self._form
        return form.draft, form.valid_from, store.wordings(self._tx, form.id)

    def asked(self) -> Mapping[str, tuple[Respondent, Sequence[Answerer]]]:
        form = self._form
        signers = (
            store.signers(self._tx, form.id, self._classes) if form.draft.both_guardians else {}
        )
        children = store.students_asked(self._tx, form.id, self._classes)
        return {child.id: (child, signers.get(child.id, ())) for child in children}

    def stored(self) -> Mapping[tuple[str, str], Row]:
        return {(row[0], row[-1]): row for row in store.answer_rows(self._tx, self._form.id)}

    def proved_behind(self, position: int) -> tuple[int, set[str]]:
        """By the form's records in the log."""
        records = store.children_recorded(self._tx, self._form.id, position)
        last = records[-1][0] if records else position
        return last, {child for _position, child in records if child is not None}

    def given(self, some: Collection[str] | None = None) -> Mapping[str, Sequence[SignedAnswer]]:
        return compared.answers(self._tx, self._form, some)
