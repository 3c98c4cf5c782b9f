"""The words of questionnaires: questions, and the answers given to them."""

import enum
from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar, Protocol

import msgspec

from kit.i18n import _
from kit.problem import Problem
from protocol.records import Answer

MAX_FIELDS = 30
MAX_PARTS = 100
"""Answers that one questionnaire asks for, each row of a matrix counted."""
MAX_TEXT = 2000
MAX_QUESTIONS = 20_000
"""Characters of all questions with options and help, so that a record holds them with the answers."""


class FieldKind(enum.StrEnum):
    """How a question is answered."""

    CONSENT = "consent"  # 동의 / 동의하지 않음
    CHOICE = "choice"  # one of the options
    CHOICES = "choices"  # any of the options
    TEXT = "text"
    LONG_TEXT = "long_text"
    NUMBER = "number"
    DATE = "date"
    AGREE = "agree"  # a tick: read and understood
    RATING = "rating"  # one step of a scale, the highest first
    MATRIX = "matrix"  # for each of several rows one of the same options
    RATINGS = "ratings"  # for each of several rows one step of the same scale


FIELD_LABELS = {
    FieldKind.CONSENT: _("동의/미동의"),
    FieldKind.CHOICE: _("하나 선택"),
    FieldKind.CHOICES: _("여러 개 선택"),
    FieldKind.TEXT: _("짧은 글"),
    FieldKind.LONG_TEXT: _("긴 글"),
    FieldKind.NUMBER: _("숫자"),
    FieldKind.DATE: _("날짜"),
    FieldKind.AGREE: _("확인 표시"),
    FieldKind.RATING: _("단계로 평가"),
    FieldKind.MATRIX: _("항목마다 하나 선택(행렬형)"),
    FieldKind.RATINGS: _("항목마다 단계로 평가(행렬형)"),
}
CONSENT_OPTIONS = (_("동의합니다"), _("동의하지 않습니다"))
AGREED = _("확인했습니다")
SCALE = (_("매우 그렇다"), _("그렇다"), _("보통이다"), _("그렇지 않다"), _("전혀 그렇지 않다"))
"""The steps of a rating that names none of its own."""


COUNTED = (FieldKind.CONSENT, FieldKind.CHOICE, FieldKind.CHOICES, FieldKind.RATING)
"""Kinds of which it is counted how often each option was chosen."""


ROW_KINDS = {FieldKind.MATRIX: FieldKind.CHOICE, FieldKind.RATINGS: FieldKind.RATING}
"""How each row of a matrix is answered."""


class Condition(msgspec.Struct, frozen=True):
    """When a question is asked: an earlier one was answered so."""

    field: str
    """The earlier question's id."""
    answer: str


class Field(msgspec.Struct, frozen=True):
    """One question. `options` for choice and choices, and for a rating of its own steps; `only_if`: it is asked
    of some alone; `rows` of a matrix."""

    id: str
    kind: FieldKind
    label: str
    required: bool = True
    options: tuple[str, ...] = ()
    help: str = ""
    only_if: Condition | None = None
    rows: tuple[str, ...] = ()

    @property
    def is_matrix(self) -> bool:
        return self.kind in ROW_KINDS

    @property
    def parts(self) -> tuple["Field", ...]:
        """What is answered of it: itself, or of a matrix each row as a question of its own, which names the
        question. So whatever keeps, signs, counts or files answers knows no matrix."""
        if not self.is_matrix:
            return (self,)
        return tuple(
            msgspec.structs.replace(
                self,
                id=f"{self.id}-{at}",
                kind=ROW_KINDS[self.kind],
                label=f"{self.label} - {row}",
                rows=(),
            )
            for at, row in enumerate(self.rows, 1)
        )

    @property
    def shown_options(self) -> tuple[str, ...]:
        """What can be ticked; msgids where the words are ours."""
        if self.kind is FieldKind.CONSENT:
            return CONSENT_OPTIONS
        if self.kind in (FieldKind.RATING, FieldKind.RATINGS):
            return self.options or SCALE
        return (AGREED,) if self.kind is FieldKind.AGREE else self.options

    @property
    def has_own_options(self) -> bool:
        """Whether what can be ticked is content; else it is a msgid."""
        return bool(self.options) and self.kind not in (FieldKind.CONSENT, FieldKind.AGREE)


def parts_of(fields: Iterable[Field]) -> list[Field]:
    """What is answered of all of them, in order."""
    return [part for field in fields for part in field.parts]


class LegalBasis(enum.StrEnum):
    """Why the school may process what is asked (개인정보 보호법 15조)."""

    CONSENT = "consent"
    STATUTE = "statute"
    PUBLIC_TASK = "public_task"
    CONTRACT = "contract"
    NONE = "none"  # nothing personal is collected


BASIS_LABELS = {
    LegalBasis.CONSENT: _("보호자 동의"),
    LegalBasis.STATUTE: _("법률에 따른 의무"),
    LegalBasis.PUBLIC_TASK: _("학교 업무 수행"),
    LegalBasis.CONTRACT: _("계약 체결·이행"),
    LegalBasis.NONE: _("개인정보 수집 없음"),
}


class PrivacyBox(msgspec.Struct, frozen=True):
    """The box a questionnaire must show when it collects personal data (개인정보 보호법 15조 2항)."""

    purpose: str
    items: str
    retention: str
    refusal: str  # the right to refuse and what refusing leads to


class Questionnaire(msgspec.Struct, frozen=True):
    """What is asked: questions in order, and what is said about personal data."""

    fields: tuple[Field, ...] = ()
    legal_basis: LegalBasis = LegalBasis.CONSENT
    privacy: PrivacyBox | None = None

    @property
    def basis_label(self) -> str:
        return BASIS_LABELS[self.legal_basis]

    @property
    def fault(self) -> str:
        """What keeps it from being put to people, as a msgid; empty when nothing does."""
        return _fault_of_fields(self.fields) or _fault_of_privacy(self.legal_basis, self.privacy)


def _fault_of_fields(fields: Sequence[Field]) -> str:
    if not fields:
        return _("질문이 하나 이상 필요합니다.")
    parts = parts_of(fields)
    if len(fields) > MAX_FIELDS or len({part.id for part in parts}) != len(parts):
        return _("질문이 너무 많거나 중복됩니다.")
    if len(parts) > MAX_PARTS:
        return _("행렬형 질문의 항목까지 모두 합해 100개를 넘습니다. 나누어 물어 주세요.")
    written = sum(len(part.label + part.help + "".join(part.options)) for part in parts)
    if written > MAX_QUESTIONS:
        return _("질문과 선택지가 모두 합해 2만 자를 넘습니다. 줄여 주세요.")
    for field in fields:
        if not field.label.strip():
            return _("내용이 비어 있는 질문이 있습니다.")
        if field.is_matrix and not field.rows:
            return _("행렬형 질문에는 항목이 하나 이상 필요합니다.")
        if len(set(field.rows)) != len(field.rows):
            return _("행렬형 질문에 같은 항목이 두 번 있습니다. 하나를 지우거나 다르게 써 주세요.")
        is_chosen = field.is_matrix or field.kind in (
            FieldKind.CHOICE,
            FieldKind.CHOICES,
            FieldKind.RATING,
        )
        if is_chosen and len(field.shown_options) < 2:
            return _("선택형 질문에는 선택지가 두 개 이상 필요합니다.")
    return _fault_of_conditions(fields)


def _fault_of_conditions(fields: Sequence[Field]) -> str:
    offered: set[Condition] = set()
    for field in fields:
        if field.only_if is not None and field.only_if not in offered:
            return _(
                "일부에게만 묻는 질문의 조건이 앞 질문의 보기와 맞지 않습니다. 다시 선택해 주세요."
            )
        offered.update(
            Condition(part.id, option) for part in field.parts for option in part.shown_options
        )
    return ""


def _fault_of_privacy(basis: LegalBasis, box: PrivacyBox | None) -> str:
    if basis is LegalBasis.CONSENT and box is None:
        return _("동의를 받아 개인정보를 수집하려면 개인정보 안내를 작성해야 합니다.")
    if box is not None and not all(map(str.strip, msgspec.structs.astuple(box))):
        return _("개인정보 안내의 목적, 항목, 보유 기간, 거부할 권리를 모두 입력해 주세요.")
    return ""


# Answers ----------------------------------------------------------------------------------------------


class AnswerFault(enum.StrEnum):
    """What is wrong with an answer, as it is said at its question."""

    MISSING = _("답해 주세요.")
    SEVERAL = _("하나만 선택해 주세요.")
    LONG = _("답이 너무 깁니다. 2,000자 이하로 줄여 주세요.")
    NO_OPTION = _("선택지에서 선택해 주세요.")
    UNTICKED = _("확인란에 표시해 주세요.")
    NO_NUMBER = _("숫자만 입력해 주세요. 쉼표와 단위는 빼 주세요. (예: 12000)")
    NO_DATE = _("날짜를 선택해 주세요.")


class BadAnswer(Problem):
    """`fields` maps a field's id to the msgid of what is wrong."""

    code = "bad-answer"
    status = 422
    text = _("답하지 않았거나 고쳐야 할 항목이 있습니다.")
    named: ClassVar[Mapping[str, str]] = {
        AnswerFault.MISSING: _("‘%(question)s’에 답해 주세요."),
        AnswerFault.SEVERAL: _("‘%(question)s’에서 하나만 선택해 주세요."),
        AnswerFault.LONG: _("‘%(question)s’의 답이 너무 깁니다. 2,000자 이하로 줄여 주세요."),
        AnswerFault.NO_OPTION: _("‘%(question)s’의 선택지에서 선택해 주세요."),
        AnswerFault.UNTICKED: _("‘%(question)s’의 확인란에 표시해 주세요."),
        AnswerFault.NO_NUMBER: _(
            "‘%(question)s’에 숫자만 입력해 주세요. 쉼표와 단위는 빼 주세요. (예: 12000)"
        ),
        AnswerFault.NO_DATE: _("‘%(question)s’의 날짜를 선택해 주세요."),
    }

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__()
        self.fields = fields

    def of_inputs(self, **others: str) -> "BadAnswer":
        """The same of the inputs of a page, `answer_<field>`; `others` are wrong beside them."""
        questions = {f"answer_{field}": text for field, text in self.fields.items()}
        return BadAnswer(questions | others)


class Difference(Protocol):
    """One way in which a stored answer is not as it was given, as its owner tells it."""

    @property
    def text(self) -> str:
        """A msgid with the variables `params`."""

    @property
    def params(self) -> Mapping[str, object]: ...


class Given(msgspec.Struct, frozen=True):
    """The answer that holds of one who is asked; where several answer for one each apart, of one of
    them. Owners that keep more of an answer derive theirs from it."""

    asked_id: str
    by_id: str
    by_name: str
    answers: tuple[Answer, ...]
    given_at: int
    """ms."""
    revision: int
    """1 is the first answer."""
    on_paper_by: str
    """Name of whoever typed it in from a slip; empty: it was given here."""
    version: int = 1
    """Of what was asked."""
    slot: str = ""
    """Whose answer it is where several answer each apart; empty where one answer is enough."""
    differs: tuple[Difference, ...] = ()
    """How what is stored differs from what was given. What stands here is what was given."""
    counts: bool = True
    """False: its owner finds nothing that proves it. It is shown and counted nowhere."""
    retracted_at: int | None = None
    """When whoever gave it took it back (ms). It holds no more, and no other is asked for."""

    contrary: tuple[str, ...] = ()
    """Names of others who may answer for the same one, and who consented otherwise."""

    overruled: tuple[str, ...] = ()
    """Questions to which it consents and another's refusal holds."""
    speaks: bool = True
    """Whether sums count it. Where one of several answers is enough, the last one speaks."""

    @property
    def holds(self) -> bool:
        return self.counts and self.retracted_at is None

    def counted_values(self) -> dict[str, list[str]]:
        """What sums count of it: `values`, refused where another's refusal holds."""
        return self.values() | {field: [CONSENT_OPTIONS[1]] for field in self.overruled}

    def values(self) -> dict[str, list[str]]:
        """The answers as the inputs of a page take them."""
        return {answer.field: answer.answer.split("\n") for answer in self.answers}


class Proof(msgspec.Struct, frozen=True):
    """The record of the school's ledger that says the same as an answer: its position and hash."""

    leaf: int
    record_hash: str


# Results ----------------------------------------------------------------------------------------------


class Respondent(msgspec.Struct, frozen=True):
    """One of whom an answer is wanted, with their place in the list: a child in its class."""

    id: str
    name: str
    group_id: str
    group_name: str
    number: int


class Answerer(msgspec.Struct, frozen=True):
    """One who may answer for somebody, with their relation to them."""

    id: str
    name: str
    relation: str


class RowState(enum.StrEnum):
    """How far an answer has come."""

    ANSWERED = "answered"
    PARTLY = "partly"  # several answer each apart, and one has not
    MISSING = "missing"
    RETRACTED = "retracted"  # an answer was taken back
    DISPUTED = "disputed"  # several answer each apart, and consent otherwise
    REFUSED = "refused"  # they do, and the refusal of any holds


class ResultRow(msgspec.Struct, frozen=True):
    """One of those who were asked. `owing`: where several answer each apart, those who have not."""

    asked: Respondent
    answers: tuple[Given, ...]
    earlier: tuple[Given, ...]
    """Answers to what was asked before; they hold no more, for all are asked anew."""
    owing: tuple[Answerer, ...] = ()

    @property
    def kept(self) -> tuple[Given, ...]:
        """All answers, those that hold no more included."""
        return self.answers + self.earlier

    @property
    def state(self) -> RowState:
        if not any(answer.counts for answer in self.answers):
            return RowState.MISSING
        if any(answer.counts and not answer.holds for answer in self.answers):
            return RowState.RETRACTED
        if any(answer.overruled for answer in self.answers):
            return RowState.REFUSED
        if self.is_disputed and len(self.answers) > 1:
            return RowState.DISPUTED
        return RowState.PARTLY if self.owing else RowState.ANSWERED

    @property
    def counted(self) -> tuple[Given, ...]:
        """The answers that sums count."""
        return tuple(one for one in self.answers if one.holds and one.speaks)

    @property
    def is_disputed(self) -> bool:
        """Whether others who may answer consented otherwise; where one answer is enough, the last
        one holds all the same."""
        return any(answer.holds and answer.contrary for answer in self.answers)

    @property
    def persons(self) -> list[str]:
        """Whose data the row shows: of whom it tells, who answered, who still owes."""
        answered = [given.by_id for given in self.kept]
        return [self.asked.id, *answered, *(one.id for one in self.owing)]


class OptionCount(msgspec.Struct, frozen=True):
    """How often an option was chosen."""

    option: str
    count: int


class AnswerCount(msgspec.Struct, frozen=True):
    """How often each option of a question was chosen. `average`: of all answers to a rating, in tenths."""

    label: str
    options: tuple[OptionCount, ...]
    average: int | None = None


def average_of(field: Field, counts: Sequence[int]) -> int | None:
    """Of a rating by how often each of its options was chosen, in tenths, rounded: the first option counts as
    much as there are options, the last one 1."""
    if field.kind is not FieldKind.RATING or not sum(counts):
        return None
    points = sum((len(counts) - place) * count for place, count in enumerate(counts))
    return round(10 * points / sum(counts))


class Results(msgspec.Struct, frozen=True):
    """The answers to a questionnaire, as far as its owner shows them to the asker."""

    id: str
    title: str
    fields: tuple[Field, ...]
    rows: tuple[ResultRow, ...]
    answered: int
    """Rows of which nobody owes an answer any more."""
    answers: int
    """Answers that hold; where several answer each apart, more than one a row."""
    differing: int
    """Rows with an answer that is not stored as it was given."""
    counts: tuple[AnswerCount, ...]
    retracted: int = 0
    """Rows with an answer that was taken back."""
    disputed: int = 0
    """Rows of which several consented otherwise."""
