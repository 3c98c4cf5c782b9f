"""The words of the demo's content: plain frozen structs that know nothing of node or hub.

People are named by import keys (`staff:J107530101-T012`, `student:…`, `guardian:G0123`). A guardian
with children at both schools has the same key and phone in both. Times are milliseconds UTC, names
end in `_at`; calendar days are ISO text, names end in `_on`.
"""

import msgspec

NEWSLETTER, CLASS_NOTICE = "newsletter", "class_notice"
PUBLISHED, SCHEDULED, DRAFT = "published", "scheduled", "draft"


class StaffRow(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff. `post` is the short name texts refer to ("nutrition", "homeroom-3-2")."""

    key: str
    post: str
    name: str
    position: str
    department: str
    duty: str
    roles: tuple[str, ...]
    phone: str  # the office line: private numbers are nobody's business
    email: str
    login: str
    homeroom: str = ""  # class id such as 3-2


class StudentRow(msgspec.Struct, frozen=True, kw_only=True):
    """A student in this year's class. `login` is empty unless the student has an account."""

    key: str
    name: str
    grade: int
    class_number: int
    number: int
    login: str = ""

    @property
    def class_id(self) -> str:
        return f"{self.grade}-{self.class_number}"


class GuardianRow(msgspec.Struct, frozen=True, kw_only=True):
    """A guardian. `login` is empty while the invitation was never accepted (`accepted` False)."""

    key: str
    name: str
    phone: str
    has_phone: bool
    email: str
    language: str
    accepted: bool
    login: str


class TieRow(msgspec.Struct, frozen=True):
    """A guardianship with its rights. `may_read` False is 열람 제한."""

    guardian: str
    student: str
    relation: str
    may_read: bool = True
    may_sign: bool = True


class ClassRow(msgspec.Struct, frozen=True):
    """A class of the year: `id` such as 3-2, its homeroom teacher's key."""

    id: str
    grade: int
    number: int
    homeroom: str


class GroupRow(msgspec.Struct, frozen=True):
    """A group such as 방과후 코딩반; `members` are keys of students, guardians or staff."""

    id: str
    name: str
    kind: str
    members: tuple[str, ...]


class AudienceSpec(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"room": "class"}
):
    """Whom a text is for: `who` is guardians, students or staff; the rest narrows it.

    `grade` alone is a grade, `room` (in the files: class) a class id such as 3-2, `group` a group
    id. All empty is the whole school.
    """

    who: str
    grade: int = 0
    room: str = ""
    group: str = ""


class FieldText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field of a form. `kind` as in `node.questions.model.FieldKind`: consent, choice, choices,
    text, long_text, number, date or agree.

    `samples`, `weights` and `only_if` feed the demo's answers: what people wrote, how often each
    option was taken, and the answer to the form's first field with which alone it is filled in.
    """

    kind: str
    label: str
    options: tuple[str, ...] = ()
    required: bool = True
    hint: str = ""
    samples: tuple[str, ...] = ()
    weights: tuple[int, ...] = ()
    only_if: str = ""


class PersonalDataText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The personal-data box (개인정보 보호법 제15조제2항): what is told before consent."""

    purpose: str
    items: str
    retention: str
    refusal: str


class FormText(msgspec.Struct, frozen=True, kw_only=True):
    """The reply slip. `basis` as in `node.questions.model.LegalBasis`: consent, statute,
    public_task, contract or none; `basis_text` cites the law."""

    fields: tuple[FieldText, ...]
    basis: str
    basis_text: str
    deadline_at: int
    both_guardians: bool = False
    personal: PersonalDataText | None = None


class AttachmentText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file to be made. `make` is hwpx, pdf, png or jpg.

    `content` is Markdown; empty means the letter itself. Posters take the first line as subtitle
    and each further line as one line of the poster.
    """

    make: str
    name: str
    title: str = ""
    content: str = ""
    theme: str = "blue"


class CorrectionText(msgspec.Struct, frozen=True):
    """A correction that was published later: the whole new body and the reason shown."""

    body: str
    reason: str
    corrected_at: int


class NewsletterText(msgspec.Struct, frozen=True, kw_only=True):
    """A newsletter or class notice as it goes out. `body` is Markdown.

    `number` is the running number of the year (0 for class notices and drafts), `number_label`
    its header form (제 2026-123호). `reply_slip` is the tear-off part for paper, empty without a
    form. `published_at` is None for a draft and lies ahead for a scheduled text.
    """

    slug: str
    kind: str
    title: str
    author: str
    author_name: str
    department: str
    telephone: str
    audience: tuple[AudienceSpec, ...]
    body: str
    number: int
    number_label: str
    status: str
    published_at: int | None
    approver: str = ""
    attachments: tuple[AttachmentText, ...] = ()
    form: FormText | None = None
    reply_slip: str = ""
    correction: CorrectionText | None = None


class OfficialNoticeText(msgspec.Struct, frozen=True, kw_only=True):
    """A notice of the provincial office. `audience` is staff or guardians; `schools` empty = all."""

    slug: str
    reference: str
    title: str
    body: str
    audience: str
    department: str
    officer: str
    contact: str
    issued_at: int
    deadline_at: int | None
    must_acknowledge: bool
    schools: tuple[str, ...] = ()
    attachments: tuple[AttachmentText, ...] = ()


class SchoolContent(msgspec.Struct, frozen=True, kw_only=True):
    """A whole school. `slug` is hanbit or saesol; `kind` elementary or middle."""

    slug: str
    id: str
    name: str
    kind: str
    address: str
    phone: str
    homepage: str
    year: int
    principal: str
    grades: int
    classes_per_grade: int
    staff: tuple[StaffRow, ...]
    students: tuple[StudentRow, ...]
    guardians: tuple[GuardianRow, ...]
    ties: tuple[TieRow, ...]
    classes: tuple[ClassRow, ...]
    groups: tuple[GroupRow, ...]
    texts: tuple[NewsletterText, ...]


class AnswerRow(msgspec.Struct, frozen=True):
    """An answer to a form; `values` by field id (`f1`, `f2` …: its place in the form), a list
    each as HTML forms send them; left out fields are empty. `signature` is the typed name."""

    guardian: str
    student: str
    values: dict[str, list[str]]
    signature: str
    at: int
