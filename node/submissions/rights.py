"""Who may begin, see and change a paper. People's own rule (node.people.access) decides on classes."""

from collections.abc import Iterable
from datetime import date

from kit.clock import HOUR, local_date
from kit.db import Tx
from node.people.access import EVERY_CLASS, OFFICE, may_see_class, sees_child
from node.people.model import Asker, Role
from node.submissions import store, type_store
from node.submissions.kinds import FamilyRule, Starter, SubmissionType
from node.submissions.model import (
    COUNTED,
    IN_FAMILY,
    KIND,
    WAITING,
    Opinion,
    Paper,
    PaperState,
)

ONESELF, BY_STAFF = "본인", "교직원"  # the index submissions_paper_for_family names the latter
MATCHERS = (*OFFICE, Role.VICE_PRINCIPAL, Role.PRINCIPAL)
"""Who finds out of which student a paper is."""
FOLLOWS = HOUR
"""How long what belongs to evidence may follow it."""


# The same as `may_see` of a paper that was sent, whose id stands for `{id}`, for search. Its parameters: who asks,
# their children, those of these for whom they sign (JSON), whether they are staff, their classes (JSON), whether they
# see every class, whether they find out of whom papers are.
SEEN = (
    "EXISTS (WITH asker (id, children, signs, is_staff, classes, sees_all, matches)"
    " AS (SELECT ?, ?, ?, ?, ?, ?, ?)"
    " SELECT 1 FROM asker CROSS JOIN submissions_paper p WHERE p.id = {id} AND p.sent_at IS NOT NULL"
    " AND CASE"
    # who began it
    "  WHEN p.by_id = asker.id AND (p.student_id IS NULL OR p.relation = ''"
    "   OR p.student_id IN (asker.id)"
    "   OR p.student_id IN (SELECT value FROM json_each(asker.children))"
    "   OR asker.is_staff AND p.class_id IS NOT NULL AND (asker.sees_all"
    "    OR p.class_id IN (SELECT value FROM json_each(asker.classes)))) THEN 1"
    # another guardian
    "  WHEN p.student_id IN (SELECT value FROM json_each(asker.children)) THEN"
    "   coalesce((SELECT json_extract(w.definition, '$.is_shared') FROM submissions_wording w"
    "    WHERE w.type_id = p.type_id AND w.version = p.type_version), 1)"
    "   OR p.student_id IN (SELECT value FROM json_each(asker.signs)) AND EXISTS ("
    "    SELECT 1 FROM submissions_opinion o WHERE o.paper_id = p.id AND o.guardian_id = asker.id)"
    # staff
    "  WHEN NOT asker.is_staff THEN 0"
    "  WHEN p.class_id IS NULL THEN asker.matches"
    "  ELSE asker.sees_all OR p.class_id IN (SELECT value FROM json_each(asker.classes))"
    "   OR EXISTS (SELECT 1 FROM approval_v_held h WHERE h.kind = 'submission' AND h.id = p.id"
    "    AND h.holder_id = asker.id)"
    "   OR EXISTS (SELECT 1 FROM submissions_trail t WHERE t.paper_id = p.id AND t.by_id = asker.id)"
    " END)"
)


def relation_to(tx: Tx, asker: Asker, kind: SubmissionType, student_id: str) -> str | None:
    """What the asker is to a student of whom they may hand in this kind; None: they may not."""
    if Starter.GUARDIAN in kind.starters:
        for child in asker.children:
            if child.student_id == student_id and child.may_sign:
                return child.relation
    pupil = store.pupil(tx, student_id)
    if pupil is None:
        return None
    is_own = Starter.STUDENT in kind.starters and asker.id == student_id
    if is_own and pupil[2] >= kind.student_from_grade:
        return ONESELF
    is_staffs = Starter.STAFF in kind.starters and asker.is_staff
    return BY_STAFF if is_staffs and may_see_class(asker, pupil[1]) else None


def is_own(asker: Asker, paper: Paper) -> bool:
    """Whether the asker began a paper and may still see it: of a child to whom nothing ties them any more
    it is theirs no longer. Who named a child whom the school did not have beside them keeps theirs."""
    if paper.by_id != asker.id:
        return False
    if paper.student_id is None or not paper.relation or paper.student_id == asker.id:
        return True
    if sees_child(asker, paper.student_id):
        return True
    return paper.class_id is not None and asker.is_staff and may_see_class(asker, paper.class_id)


def goes_on_with(asker: Asker, paper: Paper, kind: SubmissionType) -> bool:
    """Whether the asker mends a paper, takes it back, adds what is owed: who began it, and of one that the
    staff put in for a family each guardian who could have handed it in and sees it."""
    if is_own(asker, paper):
        return True
    if paper.relation != BY_STAFF or paper.sent_at is None or not _is_familys(kind):
        return False
    return any(one.student_id == paper.student_id and one.may_sign for one in asker.children)


def _is_familys(kind: SubmissionType) -> bool:
    """Whether all guardians of a child may hand it in and see it."""
    return kind.is_shared and Starter.GUARDIAN in kind.starters


def family_of(tx: Tx, paper: Paper) -> set[str]:
    """Whom the school tells what it wants of a paper, or what became of it: those who go on with it."""
    kind = type_store.wording(tx, paper.type_id, paper.type_version)
    if paper.relation != BY_STAFF or paper.student_id is None or not _is_familys(kind):
        return {paper.by_id}
    return {paper.by_id, *(one[0] for one in store.other_guardians(tx, paper.student_id, ""))}


def may_see(tx: Tx, asker: Asker, paper: Paper, kind: SubmissionType) -> bool:
    """Whether the asker may see a paper: who began it, the child's other guardians where it is shared or
    they are asked, and of the staff who may see the class or decides on it."""
    if is_own(asker, paper):
        return True
    if paper.sent_at is None:
        return False
    if paper.student_id is not None and sees_child(asker, paper.student_id):
        return kind.is_shared or is_asked(tx, asker, paper)
    return asker.is_staff and sees_as_staff(tx, asker, paper)


def sees_as_staff(tx: Tx, asker: Asker, paper: Paper) -> bool:
    """Of a member of staff: whether the class is theirs to see, or the paper is or was in their hands."""
    if paper.class_id is None:
        return bool(asker.roles & {*EVERY_CLASS, *MATCHERS})
    return may_see_class(asker, paper.class_id) or store.in_hands(tx, KIND, paper.id, asker.id)


def is_asked(tx: Tx, asker: Asker, paper: Paper) -> bool:
    """Whether they are another guardian whose answer is wanted, and may still give it."""
    may_sign = any(one.student_id == paper.student_id and one.may_sign for one in asker.children)
    return may_sign and any(one.guardian_id == asker.id for one in store.opinions(tx, paper.id))


def may_answer(
    paper: Paper, kind: SubmissionType, opinions: Iterable[Opinion], today: date
) -> bool:
    """Whether guardians may still agree or refuse. What the school settled after a refusal goes on. Where
    any refusal wins, a permission is refused until its first day as well."""
    if paper.state in IN_FAMILY:
        return True
    may_yet = paper.state in WAITING or (
        kind.family is FamilyRule.REFUSAL_WINS and _is_ahead(paper, today)
    )
    return may_yet and all(one.agrees is not False for one in opinions)


def _is_ahead(paper: Paper, today: date) -> bool:
    """Whether it is permitted, and its first day is still to come."""
    return paper.state is PaperState.APPROVED and paper.first_on > today.isoformat()


def may_go_on(paper: Paper) -> bool:
    """Whether the school may decide on it although guardians differ or one says nothing: not where any
    refusal wins."""
    return paper.state in (PaperState.FAMILY_DIFFERS, PaperState.FAMILY_WAITS)


def may_settle(asker: Asker, paper: Paper) -> bool:
    """Whether the asker decides how a paper goes on of which guardians differ or one says nothing: who has
    no account, or cannot be reached, does not hold up the child's other guardian for ever."""
    if paper.state not in IN_FAMILY:
        return False
    if paper.class_id is None:
        return bool(asker.roles & set(MATCHERS))
    return asker.is_staff and may_see_class(asker, paper.class_id)


def sees_overdue(asker: Asker) -> frozenset[str] | None:
    """The classes of which the asker sees to what was not brought: a homeroom teacher to their own, the
    office, None, to all."""
    return None if asker.roles & set(OFFICE) else asker.classes


def may_withdraw(paper: Paper, today: date) -> bool:
    """Whether it may be taken back: while nothing was decided, and a permission before its first day."""
    if paper.state in (*WAITING, *IN_FAMILY, PaperState.RETURNED):
        return True
    return _is_ahead(paper, today)


def may_report(paper: Paper, now: int) -> bool:
    """Whether its report may be handed in: from the last day on, late as well."""
    is_open = paper.state in (PaperState.APPROVED, PaperState.REPORT_WAITS)
    return (
        is_open and paper.report_until is not None and paper.last_on <= local_date(now).isoformat()
    )


def takes_evidence(paper: Paper) -> bool:
    """Whether something is still to be attached, late as well."""
    return paper.evidence_until is not None and paper.state in COUNTED


def may_add_to_evidence(paper: Paper, brought_at: int | None, now: int) -> bool:
    """Whether more may follow what the same person has just brought: a certificate of three pages is
    three photos, and each comes by itself."""
    return brought_at is not None and paper.state in COUNTED and now - brought_at < FOLLOWS


def concerned(tx: Tx, paper: Paper, deciders: Iterable[str]) -> set[str]:
    """Who of the staff hears what a family does after the school has decided, or while it does: the homeroom
    teacher and those who decided; the office where there is nobody."""
    rows = tx.rows(
        "SELECT homeroom_id FROM people_v_class WHERE id = ? AND homeroom_id IS NOT NULL",
        (paper.class_id,),
    )
    return {str(person) for (person,) in rows} | set(deciders) or matchers(tx)


def matchers(tx: Tx) -> set[str]:
    """The office, who finds out of which student a paper is."""
    rows = tx.rows(
        "SELECT person_id FROM people_v_role WHERE role IN (?, ?)",
        (Role.OFFICE, Role.ADMINISTRATOR),
    )
    return {str(person) for (person,) in rows}


def office_for(tx: Tx, paper: Paper) -> set[str]:
    """Who of the staff is told when guardians differ: the homeroom teacher and the office."""
    rows = tx.rows(
        "SELECT homeroom_id FROM people_v_class WHERE id = ? AND homeroom_id IS NOT NULL"
        " UNION SELECT person_id FROM people_v_role WHERE role = ?",
        (paper.class_id, Role.OFFICE),
    )
    return {str(person) for (person,) in rows}
