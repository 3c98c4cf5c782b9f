"""What the school's lists hold of somebody."""

from kit.db import Tx
from kit.held import Held, when
from kit.i18n import _
from kit.wording import class_words, relation_words
from node.people import agreements
from node.people.access import rights_now
from node.people.model import ROLE_LABELS, Enrolment, StaffPost, Tie
from node.people.roster import family_store, group_store, store

AT_SCHOOL = _(
    "학교에 다니거나 근무하는 동안 필요합니다. 떠난 뒤의 처리는 학교의 보유 기간을 따릅니다."
)


def about(tx: Tx, person_id: str) -> list[Held]:
    """Person, post, classes, guardianships, groups, agreements. A child whom somebody may no longer
    see has no name."""
    person = store.person(tx, person_id)
    if person is None:
        return []
    name, phone, email, language, _has_phone, _key, _closed = person
    own = rights_now(tx, person_id).own
    post = store.staff_post(tx, person_id)
    agreed = tx.rows(
        "SELECT kind, version, agreed_at FROM people_agreement WHERE person_id = ?"
        " ORDER BY agreed_at",
        (person_id,),
    )
    return [
        Held(
            "person",
            _("인적사항"),
            (_("이름"), _("전화"), _("이메일"), _("언어")),
            [(str(name), str(phone), str(email), str(language))],
            kept=AT_SCHOOL,
        ),
        Held(
            "post",
            _("교직원"),
            (_("직위"), _("부서"), _("업무"), _("내선"), _("시작"), _("끝"), _("역할")),
            [] if post is None else [_post(tx, person_id, post)],
            kept=AT_SCHOOL,
        ),
        Held(
            "classes",
            _("학급"),
            (_("학년도"), _("반"), _("번호"), _("시작"), _("끝")),
            [_enrolment(one) for one in family_store.enrolments(tx, person_id)],
            kept=AT_SCHOOL,
        ),
        Held(
            "guardianship",
            _("보호자와 자녀"),
            (_("이름"), _("관계"), _("열람"), _("서명"), _("끝")),
            [
                *(
                    _tie(one, seen=one.person_id in own)
                    for one in family_store.children(tx, person_id)
                ),
                *(_tie(one) for one in family_store.guardians(tx, person_id)),
            ],
            kept=AT_SCHOOL,
        ),
        Held(
            "groups",
            _("모임"),
            (_("이름"),),
            [(one,) for one in group_store.groups_of(tx, person_id)],
        ),
        Held(
            "agreements",
            _("전자서명 동의"),
            (_("동의"), _("버전"), _("내용"), _("일시")),
            [_agreement(kind, version, at) for kind, version, at in agreed],
            kept=_("동의한 기록의 증거로 보관합니다."),
        ),
    ]


def _post(tx: Tx, person_id: str, post: StaffPost) -> tuple[str | None, ...]:
    roles = ", ".join(ROLE_LABELS[role] for role in store.roles(tx, person_id))
    said = (post.position, post.department, post.duty, post.extension)
    return (*said, post.since_on, post.until_on, roles)


def _enrolment(one: Enrolment) -> tuple[int | str | None, ...]:
    place = class_words(one.grade, one.class_number)
    return one.year, place, one.number, one.from_on, one.until_on


def _agreement(kind: str, version: int, at: int) -> tuple[str, int, str, str | None]:
    wording = agreements.wording(kind, version)
    title, text = (wording.title, wording.text) if wording else (kind, "")
    return title, version, text, when(at)


def _tie(tie: Tie, *, seen: bool = True) -> tuple[str, str, str, str, str | None]:
    return (
        tie.name if seen else "",
        relation_words(tie.relation),
        "○" if tie.may_read else "×",
        "○" if tie.may_sign else "×",
        tie.until_on,
    )
