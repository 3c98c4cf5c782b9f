"""The words of newsletters (가정통신문) and class notices (알림장), and their pure rules."""

import enum
from collections.abc import Iterable, Sequence
from typing import NewType

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.problem import Conflict, Invalid, Problem
from kit.seen import seen_of
from node.approval.model import Matter
from node.files.model import Attachment, Carrier, File
from node.forms.model import AfterCorrection
from node.people import audience
from node.people.model import Audience, Scope
from protocol.audience import is_of_staff


class Sort(enum.StrEnum):
    """What kind of letter it is."""

    NEWSLETTER = "newsletter"  # 가정통신문: numbered, usually approved
    CLASS_NOTICE = "class_notice"  # 알림장: a class's daily note
    OFFICIAL = "official"  # 교육청 공문: a notice of the province for guardians


SORT_LABELS = {
    Sort.NEWSLETTER: _("가정통신문"),
    Sort.CLASS_NOTICE: _("알림장"),
    Sort.OFFICIAL: _("교육청 공문"),
}


def sort_label(kind: str, keys: str) -> str:
    """What a letter is called (a msgid); a class notice (알림장) for staff alone is none. `keys`: JSON
    list of audience keys."""
    listed = msgspec.json.decode(keys, type=list[str])
    if kind == Sort.CLASS_NOTICE and listed and all(map(is_of_staff, listed)):
        return _("교직원 안내")
    return SORT_LABELS[Sort(kind)]


class State(enum.StrEnum):
    """How far a letter has come."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    SCHEDULED = "scheduled"
    HELD = "held"  # its hour came and it could not go out
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


STATE_LABELS = {
    State.DRAFT: _("작성 중"),
    State.SUBMITTED: _("결재 대기"),
    State.APPROVED: _("결재 완료"),
    State.SCHEDULED: _("발행 예약"),
    State.HELD: _("발행하지 못함"),
    State.PUBLISHED: _("발행됨"),
    State.WITHDRAWN: _("회수됨"),
}


class LetterVerb(enum.StrEnum):
    """What can be done to a letter."""

    EDIT = "edit"
    SUBMIT = "submit"  # 상신
    RECALL = "recall"  # 상신 취소
    RETURN = "return"  # 반려
    APPROVE = "approve"
    SCHEDULE = "schedule"
    UNSCHEDULE = "unschedule"
    HOLD = "hold"
    PUBLISH = "publish"
    CORRECT = "correct"
    WITHDRAW = "withdraw"


# The one place that says what may be done when. What was decided on changes by EDIT alone, which takes
# the decision back; `Publisher` sends nothing that is not what was decided on (`Approval.is_as_decided`).
_NEXT = {
    (State.DRAFT, LetterVerb.EDIT): State.DRAFT,
    (State.APPROVED, LetterVerb.EDIT): State.DRAFT,  # what was approved is not what will be sent
    (State.DRAFT, LetterVerb.SUBMIT): State.SUBMITTED,
    # Decided by its author alone, who may not any more.
    (State.APPROVED, LetterVerb.SUBMIT): State.SUBMITTED,
    (State.HELD, LetterVerb.SUBMIT): State.SUBMITTED,
    (State.SUBMITTED, LetterVerb.RECALL): State.DRAFT,
    (State.SUBMITTED, LetterVerb.RETURN): State.DRAFT,
    (State.SUBMITTED, LetterVerb.APPROVE): State.APPROVED,
    (State.DRAFT, LetterVerb.SCHEDULE): State.SCHEDULED,  # 전결
    (State.APPROVED, LetterVerb.SCHEDULE): State.SCHEDULED,
    (State.SCHEDULED, LetterVerb.UNSCHEDULE): State.APPROVED,
    (State.SCHEDULED, LetterVerb.HOLD): State.HELD,
    (State.HELD, LetterVerb.EDIT): State.DRAFT,
    (State.HELD, LetterVerb.SCHEDULE): State.SCHEDULED,
    (State.HELD, LetterVerb.PUBLISH): State.PUBLISHED,
    (State.DRAFT, LetterVerb.PUBLISH): State.PUBLISHED,  # 전결
    (State.APPROVED, LetterVerb.PUBLISH): State.PUBLISHED,
    (State.SCHEDULED, LetterVerb.PUBLISH): State.PUBLISHED,
    (State.PUBLISHED, LetterVerb.CORRECT): State.PUBLISHED,
    (State.PUBLISHED, LetterVerb.WITHDRAW): State.WITHDRAWN,
}


def next_state(state: State, act: LetterVerb) -> State:
    """The state after an act. Raises WrongState when the act does not fit the state."""
    following = _NEXT.get((state, act))
    if following is None:
        raise WrongState()
    return following


def can(state: State, act: LetterVerb) -> bool:
    """Whether the act fits the state."""
    return (state, act) in _NEXT


def audience_of(key: str) -> Audience:
    """The audience behind a key that a letter may have: no single person's. Raises BadAudience."""
    found = audience.audience_of(key)
    if found is None or found.scope is Scope.PERSON:
        raise BadAudience()
    return found


CHILDREN = 200  # chosen children of one letter


def check_chosen(audiences: Iterable[Audience]) -> None:
    """Raises TooManyChildren."""
    if len({one.of for one in audiences if one.scope is Scope.CHILD}) > CHILDREN:
        raise TooManyChildren(count=CHILDREN)


KIND = "newsletter"
"""Of what carries files: letters of every sort."""


def carrier(newsletter_id: str) -> Carrier:
    """A letter as what files are attached to."""
    return Carrier(KIND, newsletter_id)


Source = NewType("Source", str)
"""Of what of another slice a letter was made: its word and the id of its thing (`official:…`)."""
OWN = Source("")
"""Of nothing: the writer wrote it."""


class Letter(msgspec.Struct, frozen=True):
    """A letter whole, for its page, its editor and the rules."""

    id: str
    kind: str
    state: str
    year: int
    number: int | None
    title: str
    body: str
    author_id: str
    author_name: str
    department: str
    telephone: str
    keys: str  # JSON list of audience keys
    form: str  # JSON of forms.model.FormDraft, or ""
    form_id: str
    source: Source
    version: int
    created_at: int
    updated_at: int
    scheduled_at: int | None
    published_at: int | None
    withdrawn_at: int | None
    corrected_at: int | None
    remark: str
    approver_name: str
    approver_id: str

    @property
    def audience(self) -> set[str]:
        return set(msgspec.json.decode(self.keys, type=list[str]))

    @property
    def sort_label(self) -> str:
        return sort_label(self.kind, self.keys)

    @property
    def written(self) -> tuple[object, ...]:
        """What the editor writes."""
        return self.title, self.body, self.keys, self.form, self.scheduled_at, self.telephone

    @property
    def seen(self) -> str:
        """What a page was filled from: saving is refused once it is another (`kit.seen.check_seen`)."""
        return seen_of(*self.written)


class LetterVersion(msgspec.Struct, frozen=True):
    """One published wording of a letter. `reason` is empty for the first."""

    version: int
    title: str
    body: str
    reason: str
    author_name: str
    created_at: int


class LetterLine(msgspec.Struct, frozen=True):
    """A letter in a list. `opened_at` None = unread by the asker, who did not write it; `children`: names of theirs whom it
    concerns; `title_there`: its title in the language that its reader chose, if it has that."""

    id: str
    kind: str
    title: str
    number: int | None
    year: int
    author_name: str
    published_at: int
    corrected_at: int | None
    form_id: str
    attachments: int
    keys: str  # JSON list of audience keys
    opened_at: int | None
    children: str = ""
    title_there: str = ""

    @property
    def sort_label(self) -> str:
        return sort_label(self.kind, self.keys)


class DeskLine(msgspec.Struct, frozen=True):
    """A letter on the writer's desk."""

    id: str
    kind: str
    state: str
    title: str
    number: int | None
    author_id: str
    author_name: str
    updated_at: int
    scheduled_at: int | None
    published_at: int | None
    keys: str  # JSON list of audience keys
    opened: int

    @property
    def sort_label(self) -> str:
        return sort_label(self.kind, self.keys)


class Correction(msgspec.Struct, frozen=True):
    """Another wording of a published letter. `form`: what it does to the letter's form."""

    title: str
    body: str
    reason: str
    form: AfterCorrection | None = None


class Proposal(msgspec.Struct, frozen=True):
    """A correction that waits for an approver's word, or came back to its author."""

    newsletter_id: str
    title: str
    body: str
    reason: str
    author_id: str
    author_name: str
    created_at: int
    form: str  # JSON of AfterCorrection, or ""

    @property
    def correction(self) -> Correction:
        return Correction(self.title, self.body, self.reason, self.after)

    @property
    def after(self) -> AfterCorrection | None:
        """What it would do to the letter's form."""
        return msgspec.json.decode(self.form, type=AfterCorrection) if self.form else None


class Content(msgspec.Struct, frozen=True):
    """What a writer writes. `form` is JSON of a FormDraft or empty, None where it stays as it is;
    `seen` is what it was written from (`Letter.seen`), so that nobody overwrites what another saved:
    empty when a program overwrites knowingly."""

    title: str
    body: str
    keys: tuple[str, ...] = ()
    form: str | None = ""
    scheduled_at: int | None = None
    telephone: str = ""
    seen: str = ""


class Publication(msgspec.Struct, frozen=True):
    """A finished letter that another slice or a loader publishes. `form` as in Content."""

    kind: Sort
    title: str
    body: str
    keys: tuple[str, ...]
    files: tuple[File, ...] = ()
    form: str = ""
    author_name: str = ""
    department: str = ""
    telephone: str = ""
    source: Source = OWN
    approver_name: str = ""


class NewsletterPublished(Event, frozen=True, tag="newsletter.published"):
    newsletter_id: str
    kind: str
    version: int


class NewsletterCorrected(Event, frozen=True, tag="newsletter.corrected"):
    newsletter_id: str
    version: int


class NewsletterWithdrawn(Event, frozen=True, tag="newsletter.withdrawn"):
    newsletter_id: str


class NewsletterOpened(Event, frozen=True, tag="newsletter.opened"):
    newsletter_id: str
    person_id: str
    opened_at: int


class NewsletterSubmitted(Event, frozen=True, tag="newsletter.submitted"):
    """Approvers have something to decide."""

    newsletter_id: str
    author_id: str
    title: str


class NewsletterReturned(Event, frozen=True, tag="newsletter.returned"):
    """The author has something to mend."""

    newsletter_id: str
    author_id: str
    title: str


class NewsletterHeld(Event, frozen=True, tag="newsletter.held"):
    """A scheduled letter could not go out: whoever wrote or approved it has something to mend."""

    newsletter_id: str
    author_id: str
    approver_id: str


class NewsletterAct(enum.StrEnum):
    """Acts for the audit log."""

    PUBLISH = "newsletters:newsletter:publish"
    SUBMIT = "newsletters:newsletter:submit"
    RECALL = "newsletters:newsletter:recall"
    SCHEDULE = "newsletters:newsletter:schedule"
    UNSCHEDULE = "newsletters:newsletter:unschedule"
    CHANGE_DECIDED = "newsletters:newsletter:change_decided"
    APPROVE = "newsletters:newsletter:approve"
    RETURN = "newsletters:newsletter:return"
    HOLD = "newsletters:newsletter:hold"
    CORRECT = "newsletters:newsletter:correct"
    APPROVE_CORRECTION = "newsletters:newsletter:approve_correction"
    WITHDRAW = "newsletters:newsletter:withdraw"
    DISCARD = "newsletters:newsletter:discard"


class WrongState(Problem):
    code = "newsletter-state"
    status = 409
    text = _("현재 상태에서는 할 수 없는 작업입니다. 화면을 새로 고친 뒤 다시 확인해 주세요.")


class NotAsDecided(Problem):
    """It is not what was decided on, whatever changed it."""

    code = "newsletter-not-as-decided"
    status = 409
    text = _(
        "결재한 뒤에 글이나 파일이 변경되어 보내지 않았습니다. 글을 수정해 다시 결재를 올려 주세요."
    )


class DecisionEnded(Problem):
    """Its author decided alone, and may not any more now that it goes out."""

    code = "newsletter-decision-ended"
    status = 409
    text = _("더 이상 작성자가 바로 보낼 수 없는 글입니다. 다시 보내면 결재가 올라갑니다.")


class ChangedSinceRead(Conflict):
    """A decision on what is no longer what the approver was shown."""

    code = "newsletter-changed-since-read"
    text = _("읽는 동안 글이나 파일이 변경되었습니다. 현재 내용을 다시 읽고 결정해 주세요.")


class ProposalWaits(Conflict):
    """A correction by an approver, while the author's own waits for a decision."""

    code = "newsletter-proposal-waits"
    text = _("작성자가 올린 정정이 결재 대기 중입니다. 먼저 그 정정을 승인하거나 반려해 주세요.")


class BadAudience(Problem):
    code = "bad-audience"
    status = 422
    text = _("받는 사람을 알 수 없습니다. 목록에서 다시 선택해 주세요.")


class Incomplete(Invalid):
    """`fields` maps a part of the letter to the msgid of what it lacks."""

    code = "newsletter-incomplete"
    text = _("아직 보낼 수 없는 글입니다. 아래 항목을 입력하거나 고친 뒤 다시 보내 주세요.")


class TooManyFiles(Problem):
    code = "too-many-files"
    status = 422
    text = _("파일은 %(count)s개까지 첨부할 수 있습니다.")


class TooManyChildren(Problem):
    code = "too-many-children"
    status = 422
    field = "audience"
    text = _(
        "학생은 한 글에 %(count)s명까지 선택할 수 있습니다. 더 많으면 받는 사람에서 학급이나 모임을 "
        "선택해 주세요."
    )


class FormUndecided(Problem):
    code = "form-undecided"
    status = 422
    text = _("정정한 뒤 회신서를 어떻게 할지 선택해 주세요.")


class PartsLeftBehind(Problem):
    """A correction of the Korean text alone; `languages`: names of those that stay as they were."""

    code = "parts-left-behind"
    status = 422
    field = "korean_only"
    text = _(
        "한국어 글만 바뀌고 %(languages)s 글은 그대로입니다. 함께 수정하거나, 수정할 내용이 없으면 아래에 표시해 주세요."
    )


class ReasonNeeded(Problem):
    code = "reason-needed"
    status = 422
    field = "reason"
    text = _("사유를 입력해 주세요. 받은 사람에게 함께 표시됩니다.")


def decided_on(letter: Letter, files: Sequence[Attachment], proposed: Proposal | None) -> str:
    """A short name of what an approver is shown and decides on: letter, files, correction."""
    kept = [(file.id, file.name, file.sha256, file.words) for file in files]
    return seen_of(*letter.written, kept, proposed)


TO_SEND, TO_CORRECT = "newsletter", "correction"
"""What approval calls a letter that is to go out, and a correction that waits beside a published one."""


def to_send(newsletter_id: str) -> Matter:
    """Whether a letter goes out."""
    return Matter(TO_SEND, newsletter_id)


def to_correct(newsletter_id: str) -> Matter:
    """Whether the correction that waits beside a letter takes its place."""
    return Matter(TO_CORRECT, newsletter_id)
