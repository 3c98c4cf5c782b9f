"""The words of consent forms."""

import enum
from collections.abc import Callable, Iterable, Sequence
from typing import NewType

import msgspec

from kit.db import Tx
from kit.event import Event
from kit.i18n import _
from kit.problem import Conflict, Problem
from node.people.audience import of_guardians
from node.questions.model import (
    CONSENT_OPTIONS,
    COUNTED,
    FieldKind,
    Given,
    LegalBasis,
    Questionnaire,
    ResultRow,
    Results,
    RowState,
    parts_of,
)
from protocol.assertions import Assertion
from protocol.receipts import Receipt
from protocol.records import Answer, Privacy

NewsletterId = NewType("NewsletterId", str)
"""Of the letter that a form goes out with."""


class FormDraft(Questionnaire, frozen=True):
    """A form as it is written, kept with its newsletter's draft. Times in ms."""

    deadline_at: int | None = None
    both_guardians: bool = False
    refusal_wins: bool = False
    """One guardian's answer is enough, and the refusal of any holds for the child."""
    retention_years: int | None = None
    """For how many years answers are kept; 0: for ever. None: as the school has set for the legal basis."""
    wanted: bool = True
    """Ticked by the writer. What is typed without the tick is kept, but goes nowhere."""

    @property
    def is_apart(self) -> bool:
        """Whether each guardian's answer stands by itself, beside that of others."""
        return self.both_guardians or self.refusal_wins

    @property
    def recorded_privacy(self) -> Privacy | None:
        """The box on personal data as a record holds it."""
        if self.privacy is None:
            return None
        box = self.privacy
        return Privacy(
            purpose=box.purpose, items=box.items, retention=box.retention, refusal=box.refusal
        )

    def consents(self, answers: Iterable[Answer]) -> bool:
        """Whether somebody who answered so agreed to something, which they may take back at any time
        (개인정보 보호법 37조): to a question of the form, else by answering what rests on consent."""
        if not any(one.kind is FieldKind.CONSENT for one in self.fields):
            return self.legal_basis is LegalBasis.CONSENT
        return CONSENT_OPTIONS[0] in self.consented(answers).values()

    def consented(self, answers: Iterable[Answer]) -> dict[str, str]:
        """By question that asks for consent what was said to it."""
        asked = {one.id for one in self.fields if one.kind is FieldKind.CONSENT}
        return {one.field: one.answer for one in answers if one.field in asked}

    def check(self) -> None:
        """Raises BadForm unless the form can be shown to people."""
        if not self.wanted:
            raise BadForm(
                reason=_(
                    "질문을 작성했지만 “이 글에 회신서를 첨부합니다”에 표시하지 "
                    "않았습니다. 표시하거나, 회신서 없이 보내려면 질문을 모두 삭제해 "
                    "주세요."
                )
            )
        if self.fault:
            raise BadForm(reason=self.fault)

    def check_opening(self, keys: set[str], at: int) -> None:
        """Raises BadForm unless the form can go out to these people at a moment (ms)."""
        self.check()
        if not of_guardians(keys):
            raise BadForm(reason=_("동의서는 보호자에게 보내는 글에만 첨부할 수 있습니다."))
        if self.deadline_at is not None and self.deadline_at <= at:
            raise BadForm(
                reason=_("회신 마감이 발행 시각보다 늦어야 합니다. 마감을 다시 정해 주세요.")
            )


class FormAct(enum.StrEnum):
    """Acts for the audit log."""

    PAPER = "forms:answer:enter_paper"
    STOPPED = "forms:retraction:stopped"
    EXPORT = "forms:answer:export"
    DEADLINE = "forms:form:change_deadline"
    TERMS = "forms:form:set_terms"
    DISPOSE = "forms:disposal:approve"
    DISPOSED = "forms:disposal:done"
    KEPT = "forms:disposal:give_up"
    RETENTION = "forms:retention:set"


class Wording(msgspec.Struct, frozen=True):
    """A wording of the letter that a form is signed under; 1 is the letter as it was published."""

    version: int
    title: str
    document_hash: str
    """SHA-256 of the exact text: what a record's `text_hash` says."""
    at: int


class AfterCorrection(msgspec.Struct, frozen=True):
    """What becomes of a form when its letter is corrected.

    The question stands: answers given hold, as signed under their wording, and from now on the
    corrected wording is signed. `asks_anew`: they stay on record only, and every family is asked
    again. `deadline_at` (ms): until when from now on, where a new one is set.
    """

    asks_anew: bool
    deadline_at: int | None = None


class SignatureKind(enum.StrEnum):
    """How somebody signed. On paper: the slip lies in the school. By passkey: their device signed the
    record itself."""

    TYPED = "typed"
    DRAWN = "drawn"
    PAPER = "paper"
    PASSKEY = "passkey"


class ByPasskey(msgspec.Struct, frozen=True):
    """What a guardian's passkey signed: the record of `signed_at` (ms) with this `challenge`. `settle`
    notes the passkey's use in the unit that keeps the record; it raises where it may not be used."""

    signed_at: int
    challenge: bytes
    assertion: Assertion
    settle: Callable[[Tx], None]


class ToSign(msgspec.Struct, frozen=True):
    """What a passkey is asked to sign: the challenge of the record of a moment (ms)."""

    signed_at: int
    challenge: bytes


class Signature(msgspec.Struct, frozen=True):
    """A signature as given. `drawing` is a PNG."""

    kind: SignatureKind
    name: str
    drawing: bytes = b""
    passkey: ByPasskey | None = None


MISMATCHES = {
    # Beside an answer, on pages and in the workbook.
    "answer": _(
        "기록과 다름: 서명된 기록에는 “%(question)s”에 ‘%(recorded)s’, 저장된 답은 ‘%(stored)s’"
    ),
    "signer": _(
        "기록과 다름: 서명된 기록에는 서명한 사람이 %(recorded)s, 저장된 이름은 %(stored)s"
    ),
    "moment": _("기록과 다름: 서명된 기록과 저장된 답의 제출 시각이 다릅니다."),
    "paper": _("기록과 다름: 서명된 기록과 저장된 답의 종이 회신 표시가 다릅니다."),
    "number": _("기록과 다름: 저장된 답이 가리키는 기록이 마지막으로 서명한 기록이 아닙니다."),
    "wording": _("기록과 다름: 저장된 글이 서명한 글과 다릅니다."),
    "missing": _("기록과 다름: 저장된 답이 삭제되어 서명된 기록을 표시합니다."),
    "unrecorded": _("기록과 다름: 이 답에는 서명된 기록이 없습니다."),
    "signature": _("기록과 다름: 저장된 서명(자녀, 서명한 사람, 그림)이 서명된 기록과 다릅니다."),
    "questions": _("기록과 다름: 동의서의 질문, 선택지, 안내가 서명 당시와 다릅니다."),
    "agreement": _("기록과 다름: 전자서명 사용 동의가 저장되어 있지 않거나 다릅니다."),
    # For the administrator.
    "record": _("기록 %(position)s번과 저장된 자료가 다릅니다(동의서 “%(title)s”). %(what)s"),
    "document": _("보관된 안내문(고유번호 %(hash)s)의 내용이 변경되었습니다."),
    "letter": _("안내문 “%(title)s”의 글이나 첨부 파일이 서명한 내용과 다릅니다."),
    "terms": _("동의서 “%(title)s”의 마감이나 조건이 기록 없이 변경되었습니다."),
}


class Mismatch(msgspec.Struct, frozen=True):
    """One way in which a stored row differs from what was signed. `code` is a key of MISMATCHES."""

    code: str
    values: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """A msgid with the variables `params`."""
        return MISMATCHES[self.code]

    @property
    def params(self) -> dict[str, object]:
        return dict(self.values)


class SignedAnswer(Given, frozen=True, kw_only=True):
    """The answer that holds for a child (and signer, where both must sign), with the record that proves
    it. Where what is stored differs from it, the record wins: what stands here is what it says, except
    where there is none. `version`: of the wording it was signed under."""

    leaf: int
    record_hash: str
    retraction: int | None = None
    """Place in the ledger of the record that takes it back."""


RETRACTION_EFFECT = (
    _("학교는 지금부터 이 동의에 따른 일(개인정보의 수집·이용·제공, 활동 참가 등)을 중단합니다."),
    _("철회하기 전에 이 동의에 따라 이미 한 일은 그대로 적법합니다."),
)
"""What taking a consent back does: shown before, and kept in its record."""


class Retraction(msgspec.Struct, frozen=True):
    """A consent that was taken back, as the school's task: what rests on it must stop. Times in ms.

    `stopped_by`: name of whoever said that it has; empty until then."""

    leaf: int
    student_name: str
    class_name: str
    guardian_name: str
    at: int
    stopped_at: int | None
    stopped_by: str


class ChildForm(msgspec.Struct, frozen=True):
    """A form for one of the asker's children. `may_sign` says whether it can be answered now."""

    student_id: str
    name: str
    class_name: str
    relation: str
    given: tuple[SignedAnswer, ...]
    own: SignedAnswer | None
    """The answer that this guardian would change: where both must sign, their own alone."""
    earlier: SignedAnswer | None
    """An answer to an earlier wording that holds no more, for all are asked anew."""
    may_sign: bool
    reason: str = ""  # msgid: why not
    may_retract: bool = False
    """Whether this guardian may take their consent back, after the deadline too."""


class FormView(msgspec.Struct, frozen=True):
    """A form as the asker sees it on the newsletter's page."""

    id: str
    newsletter_id: NewsletterId
    title: str
    draft: FormDraft
    deadline_at: int | None
    is_open: bool
    is_withdrawn: bool
    wordings: tuple[Wording, ...]
    """The one that is signed now last."""
    valid_from: int
    """Version of the first wording whose answers hold."""
    children: tuple[ChildForm, ...]
    agreed: bool
    sees_results: bool
    author_name: str
    """Empty when the author has left."""
    readers: tuple[str, ...]
    """Who sees names and answers beside the author, as msgids."""

    @property
    def basis_label(self) -> str:
        return self.draft.basis_label

    @property
    def wording(self) -> Wording:
        """What is signed now."""
        return self.wordings[-1]


class Signed(msgspec.Struct, frozen=True):
    """What signing gives back: where the receipt is."""

    leaf: int
    form_id: str
    student_id: str


DISPUTED = "disputed"  # of all states those whose guardians answered otherwise
STATES = {
    "answered": (RowState.ANSWERED, RowState.DISPUTED, RowState.REFUSED),
    "partly": (RowState.PARTLY,),
    "missing": (RowState.PARTLY, RowState.MISSING),
    "retracted": (RowState.RETRACTED,),
    "refused": (RowState.REFUSED,),
}
"""What the filter's choices show: who has answered for one guardian of two is still missing."""


def option_key(field_id: str, option: str) -> str:
    """An option of a question, as the filter of the results names it."""
    return f"{field_id}:{option}"


def _chosen(row: ResultRow) -> set[str]:
    """The options that a row is counted under."""
    return {
        option_key(field, option)
        for given in row.counted
        for field, options in given.counted_values().items()
        for option in options
    }


class FormResults(Results, frozen=True, kw_only=True):
    """The answers to a form, as far as the asker may see them: a row for each child. `disposed_at` (ms): since
    when they are gone."""

    disposed_at: int | None = None

    newsletter_id: NewsletterId
    draft: FormDraft
    deadline_at: int | None
    is_withdrawn: bool
    wordings: tuple[Wording, ...]
    valid_from: int
    may_move_deadline: bool
    retractions: tuple[Retraction, ...]
    """What must stop, or was stopped, the newest first."""
    may_stop: bool
    """Whether the asker says that something has stopped."""

    def those(self, class_id: str, state: str, answer: str) -> Sequence[ResultRow]:
        """The rows of a class, in a state (`STATES`, `DISPUTED`), of those who chose an option
        (`option_key`); empty: of any."""
        rows: Sequence[ResultRow] = self.rows
        if class_id:
            rows = [row for row in rows if row.asked.group_id == class_id]
        if state == DISPUTED:
            rows = [row for row in rows if row.is_disputed]
        if states := STATES.get(state):
            rows = [row for row in rows if row.state in states]
        if answer:
            rows = [row for row in rows if answer in _chosen(row)]
        return rows

    @property
    def options(self) -> list[tuple[str, str, str]]:
        """What could be chosen: its key, the question, the option (words of ours as msgids)."""
        return [
            (option_key(field.id, option), field.label, option)
            for field in parts_of(self.fields)
            if field.kind in COUNTED
            for option in field.shown_options
        ]

    @property
    def answerable(self) -> tuple[Wording, ...]:
        """Wordings that a slip on paper may carry, the newest first."""
        return tuple(one for one in reversed(self.wordings) if one.version >= self.valid_from)


class AnswerStanding(enum.StrEnum):
    """What a receipt's answer is worth today."""

    HOLDS = "holds"
    CHANGED = "changed"  # by a later answer
    ASKED_ANEW = "asked_anew"  # the letter was corrected and its question did not stand
    RETRACTED = "retracted"  # its signer took the consent back
    WITHDRAWN = "withdrawn"  # the letter was taken back
    FROZEN = "frozen"  # not told: its signer may no longer see the child


class ReceiptView(msgspec.Struct, frozen=True):
    """A receipt, what its answer is worth today, and the exact text that was signed. Frozen: it
    says what was signed then, and nothing of what became of it."""

    receipt: Receipt
    standing: AnswerStanding
    wording: Wording
    is_newest: bool
    """Whether the wording is still the one that is signed."""
    document: str
    differs: tuple[Mismatch, ...] = ()
    """How what is stored beside the record differs from it."""
    other: int | None = None
    """Of a retraction: the place of the consent it takes back; of a consent: of its retraction."""
    may_retract: bool = False


class ReceiptLine(msgspec.Struct, frozen=True):
    """A guardian's own receipt in their list. `is_current` None: not told, for the letter was taken
    back or the guardian may no longer see the child."""

    leaf: int
    form_id: str
    title: str
    student_name: str
    signed_at: int
    revision: int
    is_current: bool | None
    is_retraction: bool
    """Whether it takes a consent back."""
    is_retracted: bool
    """Whether it is a consent that was taken back; told even where `is_current` is not, for its
    signer did it."""


class ReceiptPage(msgspec.Struct, frozen=True):
    """Some of a guardian's receipts; `before`: the leaf before which it goes on, None at the end."""

    lines: list[ReceiptLine]
    before: int | None


class FormOpened(Event, frozen=True, tag="form.opened"):
    form_id: str
    newsletter_id: NewsletterId = msgspec.field(name="subject")  # as it was stored first


class FormSigned(Event, frozen=True, tag="form.signed"):
    """A child has an answer; `leaf` is its place in the ledger.

    `for_family`: one answer is enough; else it is that guardian's own and others still owe theirs.
    """

    form_id: str
    newsletter_id: NewsletterId = msgspec.field(name="subject")  # as it was stored first
    student_id: str
    guardian_id: str
    leaf: int
    signed_at: int
    for_family: bool = True


class ConsentRetracted(Event, frozen=True, tag="form.consent_retracted"):
    """Whoever signed took their consent back; `leaf` is the place of that record in the ledger."""

    form_id: str
    newsletter_id: NewsletterId = msgspec.field(name="subject")  # as it was stored first
    student_id: str
    guardian_id: str
    leaf: int


class FormDeadlineMoved(Event, frozen=True, tag="form.deadline_moved"):
    """An open form takes answers until another moment (ms): later or sooner than `before`."""

    form_id: str
    newsletter_id: NewsletterId = msgspec.field(name="subject")  # as it was stored first
    before: int | None
    deadline_at: int


class FormAskedAnew(Event, frozen=True, tag="form.asked_anew"):
    """A correction ended what was answered: the form asks every family again, from `version` on."""

    form_id: str
    newsletter_id: NewsletterId = msgspec.field(name="subject")  # as it was stored first
    version: int


class BadForm(Problem):
    code = "bad-form"
    status = 422
    text = _("동의서를 완성해 주세요. %(reason)s")


class FormClosed(Problem):
    code = "form-closed"
    status = 409
    text = _("마감된 동의서입니다. 변경할 내용이 있으면 담당 선생님께 연락해 주세요.")


class FormWithdrawn(Problem):
    code = "form-withdrawn"
    status = 409
    text = _("학교에서 회수한 글의 회신서입니다. 더 이상 회신을 받지 않습니다.")


class NothingToRetract(Problem):
    code = "nothing-to-retract"
    status = 409
    text = _("철회할 수 있는 동의가 없습니다. 동의는 서명한 보호자만 철회할 수 있습니다.")


class DeadlineApproved(Problem):
    """The author of an approved letter may not move its deadline without another approval."""

    code = "deadline-approved"
    status = 403
    text = _(
        "결재를 받은 회신서입니다. 마감을 변경하려면 글을 정정하면서 새 마감을 입력하고 "
        "결재를 받아 주세요."
    )


class ScanChanged(Conflict):
    """The scan that somebody was shown waits no more, or is another one."""

    code = "scan-changed"
    text = _("첨부한 종이 회신서 파일이 그사이에 바뀌었습니다. 화면을 새로 고쳐 확인해 주세요.")


class FormDisposed(Problem):
    code = "form-disposed"
    status = 409
    text = _("보존 기간이 지나 파기한 회신서입니다.")


class WordingChanged(Problem):
    code = "wording-changed"
    status = 409
    text = _("안내문이 방금 정정되었습니다. 바뀐 내용을 확인하고 다시 제출해 주세요.")


class RecordChanged(Problem):
    """What a passkey signed is not what would be recorded now: another answer came in meanwhile, in
    another window or from the other guardian, or something that the record names is otherwise."""

    code = "record-changed"
    status = 409
    text = _(
        "서명하는 동안 이 회신서의 내용이 바뀌어 제출하지 않았습니다. 아래 내용을 다시 확인하고 "
        "한 번 더 서명해 주세요."
    )


class PasskeyNotTaken(Problem):
    code = "passkey-not-taken"
    status = 422
    field = "signature"
    text = _(
        "패스키 서명을 확인하지 못해 제출하지 않았습니다. 입력한 답은 그대로 있습니다. 다시 "
        "시도하거나 서명을 그리거나 이름을 입력해 제출해 주세요. 계속 안 되면 ‘내 계정’에서 패스키를 "
        "삭제하고 다시 등록해 주세요."
    )


class DocumentAltered(Problem):
    """What is kept under the hash of the text to sign is another text."""

    code = "document-altered"
    status = 409
    text = _(
        "학교에 저장된 안내문이 학교가 보낸 글과 달라 서명을 받지 않습니다. 학교에 연락해 주세요."
    )


class MayNotSign(Problem):
    code = "may-not-sign"
    status = 403
    text = _("이 자녀의 동의서에는 서명할 수 없습니다. 학교에 문의해 주세요.")


class SignatureMissing(Problem):
    code = "signature-missing"
    status = 422
    field = "signature"
    text = _("서명을 그리거나 이름을 입력해 주세요.")


class NameDiffers(Problem):
    code = "name-differs"
    status = 422
    field = "signature_typed"
    text = _("서명란의 이름이 가입한 이름(%(name)s)과 다릅니다.")


class AgreementNeeded(Problem):
    code = "agreement-needed"
    status = 422
    field = "agree"
    text = _("전자서명 이용에 먼저 동의해 주세요.")
