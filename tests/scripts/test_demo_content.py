"""The demo's content is real: counts, families, texts, forms, attachments, answers."""

import io
import re
from collections import Counter, defaultdict
from datetime import date
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

import msgspec
import pypdfium2
import pytest
from PIL import Image

from kit.clock import DAY, HOUR, local, moment
from models.extract.hwpx import text as hwpx_text
from node.forms.model import FormDraft
from node.people.model import Role
from node.questions.filling import answers_of
from node.questions.model import Field, FieldKind, LegalBasis, PrivacyBox
from scripts.demo_content.answers import NOW, answers_for
from scripts.demo_content.attachments import make, media_type
from scripts.demo_content.audience import students_of
from scripts.demo_content.cast import FAMILIES, PASSWORD, STAFF
from scripts.demo_content.loader import load, official_notices
from scripts.demo_content.model import (
    CLASS_NOTICE,
    DRAFT,
    NEWSLETTER,
    PUBLISHED,
    SCHEDULED,
    AttachmentText,
    FormText,
    NewsletterText,
    SchoolContent,
)

HANBIT, SAESOL = load("hanbit"), load("saesol")
SCHOOLS = pytest.mark.parametrize("school", [HANBIT, SAESOL], ids=lambda school: school.slug)
TEXTS = [(school, text) for school in (HANBIT, SAESOL) for text in school.texts]
FORMS = [(school, text, text.form) for school, text in TEXTS if text.form is not None]


# People -------------------------------------------------------------------------------------


@SCHOOLS
def test_a_school_has_24_classes_600_students_900_guardians_and_70_staff(
    school: SchoolContent,
) -> None:
    assert len(school.classes) == 24
    assert len(school.students) == 600
    assert len(school.guardians) == 900
    assert len(school.staff) == 70
    assert set(Counter(student.class_id for student in school.students).values()) == {25}


@SCHOOLS
def test_everybody_has_a_key_of_their_own_and_every_tie_leads_to_somebody(
    school: SchoolContent,
) -> None:
    keys = [row.key for row in school.staff]
    keys += [row.key for row in school.students]
    keys += [row.key for row in school.guardians]
    assert len(set(keys)) == len(keys)
    students, guardians = {s.key for s in school.students}, {g.key for g in school.guardians}
    assert {tie.student for tie in school.ties} == students
    assert {tie.guardian for tie in school.ties} == guardians
    assert all(set(group.members) <= set(keys) for group in school.groups)


@SCHOOLS
def test_every_class_has_a_homeroom_teacher_and_numbers_from_1_to_25(
    school: SchoolContent,
) -> None:
    homerooms = {row.key: row.homeroom for row in school.staff if row.homeroom}
    assert {row.homeroom: row.id for row in school.classes} == homerooms
    numbers = defaultdict(list)
    for student in school.students:
        numbers[student.class_id].append(student.number)
    assert all(found == list(range(1, 26)) for found in numbers.values())


@SCHOOLS
def test_roles_are_those_the_node_knows_and_one_runs_it(school: SchoolContent) -> None:
    roles = Counter(role for row in school.staff for role in row.roles)
    assert set(roles) <= {role.value for role in Role}
    assert roles["administrator"] == roles["principal"] == roles["vice_principal"] == 1
    assert roles["head"] >= 8


def test_siblings_are_in_different_grades_of_a_school() -> None:
    for school in (HANBIT, SAESOL):
        grades = {student.key: student.grade for student in school.students}
        children = defaultdict(set)
        for tie in school.ties:
            children[tie.guardian].add(tie.student)
        several = [keys for keys in children.values() if len(keys) > 1]
        assert len(several) >= 100
        assert all(len({grades[key] for key in keys}) == len(keys) for keys in several)


def test_families_reach_across_the_schools_with_one_key_and_one_phone() -> None:
    at_hanbit = {guardian.key: guardian for guardian in HANBIT.guardians}
    at_saesol = {guardian.key: guardian for guardian in SAESOL.guardians}
    shared = at_hanbit.keys() & at_saesol.keys()
    assert len(shared) == 108
    assert all(at_hanbit[key] == at_saesol[key] for key in shared)
    phones = [row.phone for row in {**at_hanbit, **at_saesol}.values() if row.phone]
    assert len(set(phones)) == len(phones)


def test_haneul_has_two_children_at_the_elementary_and_one_at_the_middle_school() -> None:
    found = []
    for school in (HANBIT, SAESOL):
        guardian = next(row for row in school.guardians if row.login == "haneul")
        assert guardian.name == "김하늘"
        mine = {tie.student for tie in school.ties if tie.guardian == guardian.key}
        found.append({s.class_id for s in school.students if s.key in mine})
    assert found == [{"3-2", "5-1"}, {"1-4"}]


def test_two_guardians_of_a_child_may_have_different_rights() -> None:
    names = {row.key: row.name for row in HANBIT.students}
    names |= {row.key: row.name for row in HANBIT.guardians}
    rights = {
        (names[tie.guardian], names[tie.student]): (tie.may_read, tie.may_sign)
        for tie in HANBIT.ties
    }
    assert rights["정수진", "문소율"] == rights["정수진", "문가온"] == (True, True)
    assert rights["문태식", "문소율"] == (False, False)  # 열람 제한
    assert rights["문태식", "문가온"] == (True, False)


def test_one_family_has_no_phone_and_some_families_read_other_languages() -> None:
    without = [row for row in (*HANBIT.guardians, *SAESOL.guardians) if not row.has_phone]
    assert [(row.name, row.phone, row.accepted) for row in without] == [("고순자", "", False)]
    languages = {row.language for row in (*HANBIT.guardians, *SAESOL.guardians)}
    assert {"ko", "vi", "zh", "ru", "uz"} <= languages


@SCHOOLS
def test_some_guardians_never_accepted_the_invitation(school: SchoolContent) -> None:
    silent = [row for row in school.guardians if not row.accepted]
    assert 0.08 < len(silent) / len(school.guardians) < 0.2
    assert all(row.login == "" for row in silent)


@SCHOOLS
def test_logins_are_ascii_and_taken_once(school: SchoolContent) -> None:
    logins = [row.login for row in school.staff]
    logins += [row.login for row in school.students if row.login]
    logins += [row.login for row in school.guardians if row.accepted]
    assert all(login.isascii() for login in logins)
    assert len(set(logins)) == len(logins)
    fixed = {member.login for member in STAFF[school.id]}
    fixed |= {
        parent.login
        for family in FAMILIES
        for parent in family.guardians
        if parent.login and any(child.school == school.id for child in family.children)
    }
    assert fixed <= set(logins)
    assert len(PASSWORD) >= 12


# Texts --------------------------------------------------------------------------------------


@SCHOOLS
def test_a_school_has_26_newsletters_and_16_class_notices_or_more(school: SchoolContent) -> None:
    kinds = Counter(text.kind for text in school.texts)
    assert kinds[NEWSLETTER] >= 26
    assert kinds[CLASS_NOTICE] >= 16
    states = Counter(text.status for text in school.texts)
    assert states[PUBLISHED] >= 40
    assert states[SCHEDULED] >= 1
    assert states[DRAFT] >= 1


@pytest.mark.parametrize(("school", "text"), TEXTS, ids=lambda value: value.slug)
def test_a_text_is_whole(school: SchoolContent, text: NewsletterText) -> None:
    assert len(text.body) >= (450 if text.kind == NEWSLETTER else 200)
    assert not re.search(r"lorem|TODO|FIXME|<\w+>", text.body)
    if text.kind == NEWSLETTER:
        assert "\n1. " in text.body
        assert "직인" not in text.body.splitlines()[-1]  # the page closes it
        assert re.search(r"^가\. |^\|---", text.body, re.MULTILINE)
    if text.status == PUBLISHED:
        assert text.published_at is not None
        assert text.published_at <= NOW
    if text.status == SCHEDULED:
        assert text.published_at is not None
        assert text.published_at > NOW


@SCHOOLS
def test_newsletters_carry_running_numbers(school: SchoolContent) -> None:
    numbers = [text.number for text in school.texts if text.kind == NEWSLETTER and text.number]
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    for text in school.texts:
        label = f"제 2026-{text.number}호" if text.number else ""
        assert text.number_label == label


@SCHOOLS
def test_every_audience_and_author_exists(school: SchoolContent) -> None:
    rooms, groups = {row.id for row in school.classes}, {row.id for row in school.groups}
    staff = {row.key for row in school.staff}
    for text in school.texts:
        assert text.audience
        assert text.author in staff
        assert text.approver in staff
        for spec in text.audience:
            assert spec.who in ("guardians", "students", "staff")
            assert 0 <= spec.grade <= school.grades
            assert spec.room in rooms | {""}
            assert spec.group in groups | {""}


def test_no_text_repeats_another() -> None:
    """Shared turns of phrase are the genre; shared paragraphs would be copying."""
    titles = [text.title for _, text in TEXTS]
    assert len(set(titles)) == len(titles)
    owner: dict[str, str] = {}
    for school, text in TEXTS:
        for line in text.body.split("\n"):
            if len(line) < 40 or line.startswith("|--"):
                continue
            assert owner.setdefault(line, f"{school.slug}/{text.slug}") == (
                f"{school.slug}/{text.slug}"
            )
    openings = [text.body.split("\n")[0] for _, text in TEXTS if text.kind == NEWSLETTER]
    for one, other in combinations(openings, 2):
        assert SequenceMatcher(None, one, other, autojunk=False).quick_ratio() < 0.75


_DAY = re.compile(r"(?:(\d{4})\. )?(\d{1,2})\. (\d{1,2})\.\(([월화수목금토일])\)")

_SPOKEN_DAY = re.compile(r"(\d{1,2})월 (\d{1,2})일\(([월화수목금토일])\)")


def test_every_date_carries_its_right_weekday() -> None:
    wrong = []
    texts = [
        (text.slug, text.title + text.body + "".join(f.content for f in text.attachments))
        for _, text in TEXTS
    ]
    texts += [(notice.slug, notice.body) for notice in official_notices()]
    for slug, body in texts:
        for year, month, day, weekday in _DAY.findall(body):
            y = int(year or (2027 if int(month) <= 2 else 2026))
            if "월화수목금토일"[date(y, int(month), int(day)).weekday()] != weekday:
                wrong.append(f"{slug}: {month}. {day}.({weekday})")
        for month, day, weekday in _SPOKEN_DAY.findall(body):
            if "월화수목금토일"[date(2026, int(month), int(day)).weekday()] != weekday:
                wrong.append(f"{slug}: {month}월 {day}일({weekday})")
    assert wrong == []


def test_a_correction_changes_the_body_and_says_why() -> None:
    corrected = [text for _, text in TEXTS if text.correction]
    assert len(corrected) >= 2
    for text in corrected:
        assert text.correction is not None
        assert text.published_at is not None
        assert text.correction.body != text.body
        assert text.correction.reason
        assert text.published_at < text.correction.corrected_at <= NOW


# Forms --------------------------------------------------------------------------------------


def draft_of(form: FormText) -> FormDraft:
    """The form in the node's own words."""
    return FormDraft(
        fields=tuple(
            Field(f"f{place}", FieldKind(field.kind), field.label, field.required, field.options)
            for place, field in enumerate(form.fields, start=1)
        ),
        legal_basis=LegalBasis(form.basis),
        privacy=PrivacyBox(**msgspec.structs.asdict(form.personal)) if form.personal else None,
        deadline_at=form.deadline_at,
        both_guardians=form.both_guardians,
    )


@SCHOOLS
def test_a_dozen_texts_or_more_carry_a_form_and_deadlines_lie_behind_and_ahead(
    school: SchoolContent,
) -> None:
    forms = [text.form for text in school.texts if text.form]
    assert len(forms) >= 12
    assert sum(form.deadline_at < NOW for form in forms) >= 6
    assert sum(form.deadline_at > NOW for form in forms) >= 3
    assert sum(form.both_guardians for form in forms) == 1


@pytest.mark.parametrize(("school", "text", "form"), FORMS, ids=lambda v: getattr(v, "slug", ""))
def test_a_form_names_its_legal_basis_and_what_becomes_of_the_personal_data(
    school: SchoolContent, text: NewsletterText, form: FormText
) -> None:
    draft_of(form).check()
    assert form.basis_text
    assert (form.personal is None) == (form.basis == "none")
    assert text.published_at is not None
    assert form.deadline_at > text.published_at + HOUR
    assert f"**{school.name}장 귀하**" in text.reply_slip
    assert all(field.label in text.reply_slip for field in form.fields)
    first = form.fields[0]
    assert all(field.only_if in ("", *first.options) for field in form.fields)


@pytest.mark.parametrize(("school", "text", "form"), FORMS, ids=lambda v: getattr(v, "slug", ""))
def test_half_of_the_children_have_an_answer_that_the_form_takes(
    school: SchoolContent, text: NewsletterText, form: FormText
) -> None:
    answers = list(answers_for(school, text))
    assert answers == list(answers_for(school, text))
    children = {student.key for student in students_of(school, text.audience)}
    answered = {answer.student for answer in answers}
    assert answered <= children
    assert text.published_at is not None
    if NOW - text.published_at > 2 * DAY:
        assert 0.35 * len(children) < len(answered)
    assert len(answered) < 0.55 * len(children)
    may_sign = {(tie.guardian, tie.student) for tie in school.ties if tie.may_read and tie.may_sign}
    guardians = {row.key: row for row in school.guardians}
    for answer in answers:
        assert (answer.guardian, answer.student) in may_sign
        assert guardians[answer.guardian].accepted
        assert guardians[answer.guardian].name == answer.signature
        assert text.published_at < answer.at < min(form.deadline_at, NOW)
        assert 6 <= local(answer.at).hour <= 23
        answers_of(draft_of(form).fields, answer.values)
    per_child = Counter(answer.student for answer in answers)
    assert max(per_child.values()) == (2 if form.both_guardians else 1)


def test_haneul_still_has_forms_to_sign_for_every_child() -> None:
    for school in (HANBIT, SAESOL):
        guardian = next(row for row in school.guardians if row.login == "haneul")
        mine = {tie.student for tie in school.ties if tie.guardian == guardian.key}
        waiting = set()
        for text in school.texts:
            is_open = text.form and text.status == PUBLISHED and text.form.deadline_at > NOW
            if is_open and not mine & {answer.student for answer in answers_for(school, text)}:
                waiting |= mine & {child.key for child in students_of(school, text.audience)}
        assert waiting == mine


# Attachments --------------------------------------------------------------------------------


def attachments(school: SchoolContent) -> list[tuple[AttachmentText, NewsletterText]]:
    return [(spec, text) for text in school.texts for spec in text.attachments]


@SCHOOLS
def test_attachments_of_all_kinds_open_again(school: SchoolContent, tmp_path: Path) -> None:
    found = attachments(school)
    assert len(found) >= 12
    assert {media_type(spec) for spec, _ in found} == {
        "application/hwp+zip",
        "application/pdf",
        "image/png",
        "image/jpeg",
    }
    for spec, text in found:
        content = make(spec, text, school.name)
        title = spec.title or text.title
        assert spec.name.endswith(f".{spec.make}")
        if spec.make == "pdf":
            document = pypdfium2.PdfDocument(content)
            words = "".join(page.get_textpage().get_text_range() for page in document)
            assert title.replace(" ", "") in re.sub(r"\s", "", words)
            document.close()
        elif spec.make == "hwpx":
            path = tmp_path / spec.name
            path.write_bytes(content)
            assert title in hwpx_text(path)
        else:
            with Image.open(io.BytesIO(content)) as image:
                image.load()
                assert image.size == (900, 1273)


def test_an_attachment_is_the_same_every_time() -> None:
    kinds = {spec.make: (spec, text) for spec, text in attachments(HANBIT)}
    for spec, text in kinds.values():
        assert make(spec, text, HANBIT.name) == make(spec, text, HANBIT.name)


# The province -------------------------------------------------------------------------------


def test_the_province_sends_six_notices_two_of_them_to_guardians() -> None:
    notices = official_notices()
    assert len(notices) >= 6
    assert [notice.audience for notice in notices].count("guardians") == 2
    assert len({notice.reference for notice in notices}) == len(notices)
    for notice in notices:
        assert re.fullmatch(r"\w+-\d+", notice.reference)
        assert len(notice.body) >= 400
        assert moment(2026, 9, 1) < notice.issued_at <= NOW
        if notice.audience == "staff":
            assert notice.deadline_at is not None
            assert notice.body.endswith("끝.")
        for spec in notice.attachments:
            assert make(spec, notice, "경기도교육청")
