"""Reads the texts and puts a whole school together.

A text is one file `texts/<school>/NN-slug.md`: TOML between two lines of `+++`, then the body in
Markdown. The loader adds what every letter has: the running number, and the reply slip made of the
form's fields. Day and sender at its end are the page's.

    content = load("hanbit")
    notices = official_notices()
"""

import tomllib
from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from msgspec.structs import replace

from kit.clock import from_datetime, local
from scripts.demo_content.cast import HANBIT, SAESOL
from scripts.demo_content.model import (
    CLASS_NOTICE,
    DRAFT,
    NEWSLETTER,
    PUBLISHED,
    AttachmentText,
    AudienceSpec,
    CorrectionText,
    FieldText,
    FormText,
    NewsletterText,
    OfficialNoticeText,
    PersonalDataText,
    SchoolContent,
    StaffRow,
)
from scripts.demo_content.people import GRADES, people

TEXTS = Path(__file__).parent / "texts"
YEAR = 2026

Shape = TypeVar("Shape", bound=msgspec.Struct)

_SCHOOLS: dict[str, dict[str, Any]] = {
    "hanbit": {
        "id": HANBIT,
        "name": "한빛초등학교",
        "kind": "elementary",
        "address": "경기도 마루시 한빛로 21",
        "phone": "031-000-2100",
        "homepage": "https://hanbit.example.kr",
    },
    "saesol": {
        "id": SAESOL,
        "name": "새솔중학교",
        "kind": "middle",
        "address": "경기도 마루시 새솔길 7",
        "phone": "031-000-3200",
        "homepage": "https://saesol.example.kr",
    },
}
_FIRST_NUMBER = {"hanbit": 98, "saesol": 104}  # the year's newsletters before September


class Front(msgspec.Struct, forbid_unknown_fields=True):
    """The front matter of a newsletter or class notice."""

    title: str
    author: str
    audience: tuple[AudienceSpec, ...]
    kind: str = NEWSLETTER
    status: str = PUBLISHED
    published: str = ""
    attachments: tuple[AttachmentText, ...] = ()
    form: "FrontForm | None" = None
    correction: "FrontCorrection | None" = None


class FrontForm(msgspec.Struct, forbid_unknown_fields=True):
    """`[form]` of the front matter."""

    deadline: str
    basis: str
    basis_text: str
    fields: tuple[FieldText, ...]
    both_guardians: bool = False
    personal: PersonalDataText | None = None


class FrontCorrection(msgspec.Struct, forbid_unknown_fields=True):
    """`[correction]`: what of the body was replaced by what, when and why."""

    at: str
    reason: str
    replace: tuple[tuple[str, str], ...]


class FrontNotice(msgspec.Struct, forbid_unknown_fields=True):
    """The front matter of an official notice of the province."""

    reference: str
    title: str
    audience: str
    department: str
    officer: str
    contact: str
    issued: str
    deadline: str = ""
    must_acknowledge: bool = True
    attachments: tuple[AttachmentText, ...] = ()


class BadText(ValueError):
    """A text's file cannot be read; the message names the file and what is wrong."""


@cache
def load(school: str) -> SchoolContent:
    """The whole content of `hanbit` or `saesol`, texts in the order of publication.

    Raises BadText when a file of texts is faulty.
    """
    facts = _SCHOOLS[school]
    everybody = people(facts["id"])
    staff = {row.post: row for row in everybody.staff}
    grades, rooms = GRADES[facts["id"]]
    texts = [_text(path, facts["name"], staff) for path in sorted((TEXTS / school).glob("*.md"))]
    return SchoolContent(
        slug=school,
        year=YEAR,
        principal=staff["principal"].name,
        grades=grades,
        classes_per_grade=rooms,
        staff=everybody.staff,
        students=everybody.students,
        guardians=everybody.guardians,
        ties=everybody.ties,
        classes=everybody.classes,
        groups=everybody.groups,
        texts=_numbered(texts, _FIRST_NUMBER[school]),
        **facts,
    )


def official_notices() -> tuple[OfficialNoticeText, ...]:
    """The notices an officer of the province sent, oldest first. Raises BadText."""
    found = []
    for path in sorted((TEXTS / "province").glob("*.md")):
        front, body = _read(path, FrontNotice)
        found.append(
            OfficialNoticeText(
                slug=path.stem,
                reference=front.reference,
                title=front.title,
                body=body,
                audience=front.audience,
                department=front.department,
                officer=front.officer,
                contact=front.contact,
                issued_at=_at(path, front.issued),
                deadline_at=_at(path, front.deadline) if front.deadline else None,
                must_acknowledge=front.must_acknowledge,
                attachments=front.attachments,
            )
        )
    return tuple(sorted(found, key=lambda notice: notice.issued_at))


def _read(path: Path, shape: type[Shape]) -> tuple[Shape, str]:
    """Front matter and body of a file. Raises BadText."""
    opening, fence, rest = path.read_text(encoding="utf-8").partition("+++\n")
    front, second, body = rest.partition("\n+++\n")
    if opening or not fence or not second:
        raise BadText(f"{path}: a text begins with its front matter between two lines of +++")
    try:
        return msgspec.convert(tomllib.loads(front), shape), body.strip()
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise BadText(f"{path}: {error}") from None


def _text(path: Path, school: str, staff: dict[str, StaffRow]) -> NewsletterText:
    front, body = _read(path, Front)
    author = staff.get(front.author)
    if author is None:
        raise BadText(f"{path}: nobody holds the post {front.author}")
    if bool(front.published) == (front.status == DRAFT):
        raise BadText(f"{path}: drafts alone have no time of publication")
    published_at = _at(path, front.published) if front.published else None
    form = _form(path, front.form)
    return NewsletterText(
        slug=path.stem,
        kind=front.kind,
        title=front.title,
        author=author.key,
        author_name=author.name,
        department=author.department,
        telephone=author.phone,
        audience=front.audience,
        body=body,
        number=0,
        number_label="",
        status=front.status,
        published_at=published_at,
        approver=_approver(front, staff).key,
        attachments=front.attachments,
        form=form,
        reply_slip=_reply_slip(school, front.title, form),
        correction=_correction(path, front.correction, body),
    )


def _approver(front: Front, staff: dict[str, StaffRow]) -> StaffRow:
    """Who approved it: a homeroom teacher decides on class notices alone, the principal on what
    goes to the whole school, the vice principal on the rest (전결)."""
    if front.kind == CLASS_NOTICE:
        return staff[front.author]
    whole = any(not (spec.grade or spec.room or spec.group) for spec in front.audience)
    return staff["principal" if whole else "vice-principal"]


def _at(path: Path, text: str) -> int:
    """Milliseconds of a school's wall-clock time such as 2026-09-01 10:00. Raises BadText."""
    try:
        return from_datetime(datetime.fromisoformat(text))
    except ValueError:
        raise BadText(f"{path}: {text} is no time such as 2026-09-01 10:00") from None


def _form(path: Path, front: FrontForm | None) -> FormText | None:
    if front is None:
        return None
    return FormText(
        fields=front.fields,
        basis=front.basis,
        basis_text=front.basis_text,
        deadline_at=_at(path, front.deadline),
        both_guardians=front.both_guardians,
        personal=front.personal,
    )


def _reply_slip(school: str, title: str, form: FormText | None) -> str:
    """The tear-off part for families who answer on paper."""
    if form is None:
        return ""
    lines = [
        "✂ ---------------------- 자르는 선 ----------------------",
        "",
        f"## {title} 회신서",
        "",
        "( )학년 ( )반 ( )번  이름: (            )",
        "",
        "| 항목 | 적는 곳 |",
        "|---|---|",
    ]
    for field in form.fields:
        need = "" if field.required else " (선택)"
        lines.append(f"| {field.label}{need} | {_blank(field)} |")
    end = local(form.deadline_at)
    second = "   보호자 2: (            ) (서명)" if form.both_guardians else ""
    lines += [
        "",
        f"회신 마감: {end.year}. {end.month}. {end.day}. {end:%H:%M}",
        "",
        f"{YEAR}.    .    .   보호자: (            ) (서명){second}",
        "",
        f"**{school}장 귀하**",
    ]
    return "\n".join(lines)


def _blank(field: FieldText) -> str:
    if field.options:
        return " ".join(f"☐ {option}" for option in field.options)
    boxes = {"consent": "☐ 동의합니다  ☐ 동의하지 않습니다", "agree": "☐ 확인했습니다"}
    return boxes.get(field.kind, "(                        )")


def _correction(path: Path, front: FrontCorrection | None, body: str) -> CorrectionText | None:
    if front is None:
        return None
    corrected = body
    for before, after in front.replace:
        if before not in corrected:
            raise BadText(f"{path}: the correction replaces what is not there: {before}")
        corrected = corrected.replace(before, after)
    return CorrectionText(corrected, front.reason, _at(path, front.at))


def _numbered(texts: list[NewsletterText], first: int) -> tuple[NewsletterText, ...]:
    """Texts by time of publication, drafts last; newsletters get the year's running numbers."""
    ordered = sorted(texts, key=lambda text: (text.published_at is None, text.published_at or 0))
    rows = []
    running = first
    for text in ordered:
        if text.kind == NEWSLETTER and text.published_at is not None:
            text = replace(text, number=running, number_label=f"제 {YEAR}-{running}호")
            running += 1
        rows.append(text)
    doubled = [slug for slug, times in Counter(text.slug for text in rows).items() if times > 1]
    if doubled:
        raise BadText(f"two texts are named {doubled}")
    return tuple(rows)
