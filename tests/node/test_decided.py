"""What was decided on goes out as it was decided on, and what was taken back is nowhere any more."""

from typing import Any

import msgspec
import pytest

from kit.clock import DAY, HOUR, MINUTE
from kit.db import Tx
from kit.ids import new_id
from kit.problem import Forbidden, NotFound
from kit.schema import migrate
from kit.web.assembly import ASSEMBLY
from node.assistant import store as assistant_store
from node.assistant.model import Sentence, Source, TurnState
from node.files.access import FILES
from node.files.model import File
from node.forms.model import AfterCorrection, DeadlineApproved, FormDraft
from node.forms.web import FORMS
from node.newsletters.correcting import Corrections
from node.newsletters.desk import Desk
from node.newsletters.model import (
    Content,
    Letter,
    NotAsDecided,
    Sort,
    State,
    WrongState,
)
from node.newsletters.web import NEWSLETTERS
from node.people.model import Role
from node.questions.model import LegalBasis
from tests.node.conftest import School
from tests.node.earlier_release import BEFORE_FILES
from tests.node.test_forms import GOING, NO, answer, page, sent, sql
from tests.node.walking import FIRST, crawled, filled, searches

WORD = "은행나무"
AUTHOR, APPROVER = "박서연", "최은영"
EVERYBODY = ("guardians",)


def desk(school: School) -> Desk:
    return school.app[NEWSLETTERS].desk


def corrections(school: School) -> Corrections:
    return school.app[NEWSLETTERS].corrections


def kept(school: School, name: str, text: str) -> File:
    return school.app[FILES].keep(name, text.encode())


async def submitted(school: School, at: int | None = None) -> Letter:
    """A letter with a file and a form to all families: it wants an approval."""
    author = await school.asker(AUTHOR)
    form = FormDraft((GOING,), LegalBasis.NONE, deadline_at=school.clock.now() + 5 * DAY)
    text = msgspec.json.encode(form).decode()
    content = Content("체험학습", f"{WORD} 아래에서 만납니다.", EVERYBODY, text, at)
    draft = await desk(school).create(author, Sort.NEWSLETTER, content)
    await desk(school).attach(author, draft, kept(school, "붙임.txt", f"{WORD} 지도"))
    return await desk(school).send(author, draft)


async def approved(school: School, at: int | None = None) -> Letter:
    letter = await submitted(school, at)
    return await desk(school).approve(await school.asker(APPROVER), letter.id)


async def now(school: School, letter: Letter) -> Letter:
    found = await school.db.read(lambda tx: school.app[NEWSLETTERS].letter(tx, letter.id))
    assert found is not None
    return found


async def acts(school: School, subject: str) -> list[tuple[str, str]]:
    """(who, act) of the audit log."""
    query = "SELECT actor_name, action FROM kit_audit WHERE subject = ? ORDER BY seq"
    return [(str(who), str(act)) for who, act in await sql(school, query, subject)]


async def changed(school: School, letter: Letter, what: str) -> None:
    """One of the ways in which an author changes a letter."""
    author, verbs = await school.asker(AUTHOR), desk(school)
    if what == "save":
        await verbs.save(author, letter.id, Content("다른 제목", "다른 글", EVERYBODY))
    elif what == "attach":
        await verbs.attach(author, letter.id, kept(school, "다른.txt", "다른 붙임"))
    elif what == "detach":
        query = "SELECT id FROM files_attachment WHERE carrier_id = ?"
        ((file,),) = await sql(school, query, letter.id)
        await verbs.detach(author, letter.id, str(file))
    else:
        await verbs.discard(author, letter.id)


SUBSTANCE = (
    "SELECT n.title, n.body, n.keys, n.form, n.scheduled_at, n.telephone,"
    " (SELECT group_concat(a.name || a.sha256) FROM files_attachment a"
    "  WHERE a.carrier_id = n.id) FROM newsletters_newsletter n WHERE n.id = ?"
)


@pytest.mark.parametrize("what", ["save", "attach", "detach", "discard"])
async def test_a_letter_that_waits_or_is_out_is_changed_by_nothing(
    school: School, what: str
) -> None:
    waiting = await submitted(school)
    scheduled = await approved(school, school.clock.now() + DAY)
    out = await approved(school)
    back = await approved(school)
    await corrections(school).withdraw(await school.asker(APPROVER), back.id, "취소")
    for letter in (waiting, scheduled, out, back):
        before = await sql(school, SUBSTANCE, letter.id)
        with pytest.raises(WrongState):
            await changed(school, letter, what)
        assert await sql(school, SUBSTANCE, letter.id) == before


@pytest.mark.parametrize("what", ["save", "attach", "detach"])
async def test_a_change_of_what_was_approved_ends_the_approval_and_is_noted(
    school: School, what: str
) -> None:
    letter = await approved(school, school.clock.now() + DAY)
    author = await school.asker(AUTHOR)
    await desk(school).recall(author, letter.id)
    await changed(school, letter, what)
    draft = await now(school, letter)
    assert (draft.state, draft.approver_name) == (State.DRAFT, "")
    assert (await acts(school, letter.id))[-2:] == [
        (AUTHOR, "newsletters:newsletter:unschedule"),
        (AUTHOR, "newsletters:newsletter:change_decided"),
    ]
    assert (await desk(school).send(author, letter.id)).state == State.SUBMITTED


BEHIND = {
    "its text": "UPDATE newsletters_newsletter SET body = body || ' 하루 더'",
    "whom it is for": "UPDATE newsletters_newsletter SET keys = '[\"guardians/grade:3\"]'",
    "its form": "UPDATE newsletters_newsletter SET form = replace(form, '참가', '불참')",
    "its hour": "UPDATE newsletters_newsletter SET scheduled_at = scheduled_at - 1",
    "a file": "UPDATE files_attachment SET sha256 = 'ab'",
    "a file's name": "UPDATE files_attachment SET name = '다른.txt'",
    "a file taken off": "DELETE FROM files_attachment",
}


@pytest.mark.parametrize("what", BEHIND)
async def test_what_was_changed_after_the_approval_by_whatever_way_is_not_sent(
    school: School, what: str
) -> None:
    letter = await approved(school, school.clock.now() + HOUR)
    await school.db.write(lambda tx: tx.execute(BEHIND[what]))
    school.clock.advance(2 * HOUR)
    assert await desk(school).publish_due() == 0
    held = await now(school, letter)
    assert held.state == State.HELD
    assert "결재한 뒤에" in held.remark
    author = await school.asker(AUTHOR)
    with pytest.raises(NotAsDecided):
        await desk(school).send(author, letter.id)
    again = Content("체험학습", "새로 쓴 글", EVERYBODY)
    await desk(school).save(author, letter.id, again)
    for file in await desk(school).files(author, letter.id):
        await desk(school).describe(author, letter.id, file.attachment.id, "다른 안내")
    assert (await desk(school).send(author, letter.id)).state == State.SUBMITTED
    out = await desk(school).approve(await school.asker(APPROVER), letter.id)
    assert out.state == State.PUBLISHED


async def test_who_approves_no_more_throws_nothing_away_that_others_wrote(school: School) -> None:
    """Their request began before their role ended."""
    letter = await approved(school, school.clock.now() + HOUR)
    await school.db.write(lambda tx: tx.execute(BEHIND["its text"]))
    school.clock.advance(2 * HOUR)
    await desk(school).publish_due()
    approver, administrator = await school.asker(APPROVER), await school.asker("정민호")
    roles = frozenset({Role.TEACHER})
    await school.people.roles.set_roles(administrator, school.id(APPROVER), roles)
    with pytest.raises(NotFound):
        await desk(school).discard(approver, letter.id)
    assert (await now(school, letter)).state == State.HELD


async def test_what_was_approved_before_an_upgrade_goes_out_as_it_is(school: School) -> None:
    letter = await approved(school, school.clock.now() + HOUR)

    def as_before(tx: Tx) -> None:
        for statement in BEFORE_FILES:
            tx.execute(statement)
        tx.execute("DELETE FROM approval_matter")
        tx.execute("DELETE FROM kit_migration WHERE name LIKE '0%decided%'")

    await school.db.write(as_before)
    await migrate(school.db, school.app[ASSEMBLY].packages, school.clock)
    school.clock.advance(2 * HOUR)
    assert await desk(school).publish_due() == 1
    assert (await now(school, letter)).state == State.PUBLISHED


async def test_who_may_not_decide_alone_any_more_sends_nothing_that_was_not_approved(
    school: School,
) -> None:
    """The class has another homeroom teacher before the hour comes."""
    author, own = await school.asker(AUTHOR), (f"guardians/class:{school.class_id('3-2')}",)
    content = Content("준비물", "색연필", own, "", school.clock.now() + HOUR)
    draft = await desk(school).create(author, Sort.CLASS_NOTICE, content)
    assert (await desk(school).send(author, draft)).state == State.SCHEDULED
    people, office = school.people, await school.asker("오정숙")
    await people.classes.set_homeroom(office, school.class_id("3-2"), school.id("한지민"))
    school.clock.advance(2 * HOUR)
    assert await desk(school).publish_due() == 0
    (found,) = await sql(school, "SELECT state FROM newsletters_newsletter WHERE id = ?", draft)
    assert found == ("held",)
    assert (await desk(school).send(await school.asker(AUTHOR), draft)).state == State.SUBMITTED


async def test_who_may_not_approve_any_more_decides_nothing_they_had_open(school: School) -> None:
    """The request began while they were a vice principal."""
    letter, vice = await submitted(school), await school.asker("윤태식")
    teacher = frozenset({Role.TEACHER})
    await school.db.write(
        lambda tx: school.people.roster.set_roles(tx, school.id("윤태식"), teacher)
    )
    with pytest.raises(Forbidden):
        await desk(school).approve(vice, letter.id)
    with pytest.raises(Forbidden):
        await desk(school).send_back(vice, letter.id, "까닭")
    with pytest.raises(NotFound):
        await corrections(school).withdraw(vice, letter.id, "까닭")
    assert (await now(school, letter)).state == State.SUBMITTED


# Deadlines and corrections ------------------------------------------------------------------------


async def test_the_author_moves_no_deadline_that_was_approved(school: School) -> None:
    letter = await approved(school)
    until, forms = school.clock.now() + 9 * DAY, school.app[FORMS]
    author, teacher = await school.asker(AUTHOR), await school.client_as(AUTHOR)
    query = "SELECT deadline_at FROM forms_form WHERE id = ?"
    before = await sql(school, query, letter.form_id)
    with pytest.raises(DeadlineApproved):
        await forms.extend(author, letter.form_id, until)
    assert (
        await teacher.post(f"/forms/{letter.form_id}/deadline", {"deadline": "2026-12-02T09:00"})
    ).status == 403
    assert "/deadline" not in (await teacher.get(f"/forms/{letter.form_id}/results")).text
    assert await sql(school, query, letter.form_id) == before
    done = await corrections(school).correct(
        author,
        letter.id,
        letter.title,
        letter.body,
        "비가 와서",
        form=AfterCorrection(False, until),
    )
    assert not done
    assert await sql(school, query, letter.form_id) == before
    await corrections(school).approve(await school.asker(APPROVER), letter.id)
    assert await sql(school, query, letter.form_id) == [(until,)]
    assert (await acts(school, letter.id))[-1] == (
        APPROVER,
        "newsletters:newsletter:approve_correction",
    )
    await forms.extend(await school.asker(APPROVER), letter.form_id, until + DAY)
    assert await sql(school, query, letter.form_id) == [(until + DAY,)]


async def test_an_author_who_decided_alone_moves_the_deadline(school: School) -> None:
    form = await sent(school)
    until = school.clock.now() + 9 * DAY
    await school.app[FORMS].extend(await school.asker(AUTHOR), form, until)
    assert await sql(school, "SELECT deadline_at FROM forms_form") == [(until,)]


async def test_a_deadline_that_was_approved_in_a_correction_is_the_authors_no_more(
    school: School,
) -> None:
    """They decided alone once; since then the class is another teacher's."""
    form, forms = await sent(school), school.app[FORMS]
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form")
    office = await school.asker("오정숙")
    await school.people.classes.set_homeroom(office, school.class_id("3-2"), school.id("한지민"))
    author, until = await school.asker(AUTHOR), school.clock.now() + 3 * DAY
    moved = AfterCorrection(False, until)
    await corrections(school).correct(author, letter, "체험학습", "12일", "비가 와서", form=moved)
    await corrections(school).approve(await school.asker(APPROVER), letter)
    with pytest.raises(DeadlineApproved):
        await forms.extend(author, form, until + DAY)


# Taken back ---------------------------------------------------------------------------------------


async def taken_back(school: School) -> Letter:
    """A letter that was opened, signed, corrected, asked of the assistant, and taken back."""
    letter = await approved(school)
    mother = await school.client_as("김하늘")
    for name in ("김하늘", "이준혁", "한지민"):
        await (await school.client_as(name)).get(f"/newsletters/{letter.id}")
    await answer(school, mother, letter.form_id)
    await school.app[FILES].previews.work()
    approver = await school.asker(APPROVER)
    await corrections(school).correct(
        approver,
        letter.id,
        letter.title,
        f"{WORD} 옆에서 만납니다.",
        f"{WORD} 아래는 위험",
        form=AfterCorrection(False),
    )
    await school.settled()
    for name in ("이준혁", "한지민"):
        await school.db.write(lambda tx, name=name: _answered(school, tx, name, letter))  # type: ignore[misc]
    await corrections(school).withdraw(approver, letter.id, "날짜가 틀림")
    return letter


def _answered(school: School, tx: Tx, name: str, letter: Letter) -> None:
    turn, at = new_id(), school.clock.now()
    href = f"/newsletters/{letter.id}#:~:text=x"
    source = Source(1, letter.title, "newsletter", "", href, "school", f"{WORD} 옆")
    assistant_store.add_turn(tx, turn, school.id(name), "어디서 만나나요?", at)
    answered: dict[str, Any] = {
        "sentences": (Sentence(f"{WORD} 옆에서 만납니다.", 1),),
        "sources": (source,),
    }
    assistant_store.finish_turn(tx, turn, TurnState.DONE, at, outcome="extracted", **answered)


async def test_of_a_letter_that_was_taken_back_the_text_is_nowhere(school: School) -> None:
    """Also before those who follow events have heard of it."""
    letter = await taken_back(school)
    own = "/receipts"  # of the mother, who signed it
    decide = (f"/newsletters/{letter.id}", f"/api/v1/newsletters/{letter.id}", "/attachments/", own)
    allowed = {"김하늘": (own,), AUTHOR: decide, APPROVER: decide}
    everything = await filled(school, "이지우", "3-2")
    looks = {path for method, path in everything if method == "GET"} | set(FIRST)
    looks |= {path for word in (WORD, "체험학습", "지도") for path in searches(school, word)}
    count = 0
    for name in ("이준혁", "김하늘", "한지민", "오정숙", AUTHOR, APPROVER):
        client = await school.client_as(name)
        may = allowed.get(name, ())
        met = await crawled(client)
        met |= {path: await client.get(path) for path in sorted(looks - met.keys())}
        for path, answered in met.items():
            shown = answered.body.decode("utf-8", "replace")
            count += 1
            for quoted in (f'"{WORD}"', f"‘{WORD}’"):  # what was looked for is repeated
                shown = shown.replace(quoted, "")
            if not path.startswith(may or ("-",)):
                assert WORD not in shown, (name, path)
                assert GOING.label not in shown or "/results" in path, (name, path)
    assert count > 300
    father = await school.client_as("이준혁")
    left = (await father.get(f"/newsletters/{letter.id}")).text
    assert letter.title in left
    assert "날짜가 틀림" in left


async def test_the_form_of_what_was_taken_back_takes_nothing_any_more(school: School) -> None:
    letter = await taken_back(school)
    before = await sql(school, "SELECT * FROM forms_form")
    mother = await school.client_as("김하늘")
    assert (await answer(school, mother, letter.form_id, answer_going=NO)).status == 409
    for name in (AUTHOR, APPROVER):
        client, form = await school.client_as(name), f"/forms/{letter.form_id}"
        slip = {"guardian": school.id("김하늘"), "answer_going": NO}
        paper = page(school, letter.form_id) + "/paper"
        assert (
            await client.post(f"{form}/deadline", {"deadline": "2026-11-29T09:00"})
        ).status == 409
        assert (await client.post(paper, slip)).status == 409
        assert (await client.post(f"/newsletters/{letter.id}/remind", {})).status == 404
        correction = {"title": "가", "body": "나", "reason": "다", "question": "anew"}
        address = f"/newsletters/{letter.id}/correct"
        assert (await client.post(address, correction)).status == 409
    with pytest.raises(NotFound):
        await school.app[FORMS].results(await school.asker("오정숙"), letter.form_id)
    school.clock.advance(MINUTE)
    assert await sql(school, "SELECT * FROM forms_form") == before
