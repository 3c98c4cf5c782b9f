"""What goes out at its hour, what cannot and is set aside, and what an approver is shown before."""

import re
from typing import Any

import msgspec
import pytest

from kit.clock import DAY, HOUR, MINUTE
from node.files.access import FILES
from node.forms.model import FormDraft
from node.forms.web import FORMS
from node.newsletters.correcting import Corrections
from node.newsletters.desk import Desk
from node.newsletters.model import Content, Incomplete, Letter, ProposalWaits, Sort, State
from node.newsletters.web import NEWSLETTERS
from node.questions.model import Field, FieldKind, LegalBasis, PrivacyBox
from tests.models import documents
from tests.node.conftest import School
from tests.node.test_forms import sql
from tests.node.test_unsent import followed, send

SCHOOL = ("guardians",)
GOING = Field("going", FieldKind.CONSENT, "참가에 동의합니까?")
PRIVACY = PrivacyBox("차량 배정", "학생 이름", "행사 뒤 한 달", "거부하면 따로 이동합니다")


def desk(school: School) -> Desk:
    return school.app[NEWSLETTERS].desk


def corrections(school: School) -> Corrections:
    return school.app[NEWSLETTERS].corrections


def form(**settings: Any) -> str:
    settings.setdefault("fields", (GOING,))
    settings.setdefault("legal_basis", LegalBasis.NONE)
    return msgspec.json.encode(FormDraft(**settings)).decode()


async def written(
    school: School, title: str, form: str = "", at: int | None = None, keys: tuple[str, ...] = ()
) -> str:
    """A draft of the homeroom teacher to the guardians of 3-2 (or others)."""
    keys = keys or (f"guardians/class:{school.class_id('3-2')}",)
    content = Content(title, "내용", keys, form, at)
    return await desk(school).create(await school.asker("박서연"), Sort.NEWSLETTER, content)


async def sent(school: School, draft: str) -> Letter:
    return await desk(school).send(await school.asker("박서연"), draft)


async def states(school: School) -> dict[str, str]:
    return dict(await sql(school, "SELECT title, state FROM newsletters_newsletter"))


async def told(school: School, name: str) -> str:
    """Somebody's notifications, as the page shows them."""
    await school.settled()
    client = await school.client_as(name)
    return (await client.get("/notifications")).text.partition("<main")[2]


async def test_a_letter_without_an_hour_goes_out_though_the_clock_ticks_while_it_is_sent(
    school: School, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ticking() -> int:
        school.clock.advance(1)
        return school.clock.at

    draft = await written(school, "알림")
    monkeypatch.setattr(school.clock, "now", ticking)
    assert (await sent(school, draft)).state == State.PUBLISHED


# Before it goes out --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("half", "missing"),
    [
        ({"fields": ()}, "질문이 하나 이상 필요합니다."),
        ({"legal_basis": LegalBasis.CONSENT}, "개인정보 안내를 작성해야 합니다."),
        ({"privacy": PrivacyBox("차량 배정", "", "", "")}, "모두 입력해 주세요."),
    ],
)
async def test_a_letter_with_half_a_form_is_neither_scheduled_nor_handed_in(
    school: School, half: dict[str, Any], missing: str
) -> None:
    at = school.clock.now() + HOUR
    for keys in ((), SCHOOL):  # the teacher's own to decide; the principal's
        draft = await written(school, "반쪽", form(**half), at, keys)
        with pytest.raises(Incomplete) as refused:
            await sent(school, draft)
        assert missing in refused.value.fields["form"]
    assert await states(school) == {"반쪽": "draft"}


async def test_a_form_may_not_close_before_its_letter_goes_out(school: School) -> None:
    now = school.clock.now()
    past = await written(school, "지난 마감", form(deadline_at=now - DAY))
    before = await written(school, "발행 전 마감", form(deadline_at=now + HOUR), now + 2 * HOUR)
    for draft in (past, before):
        with pytest.raises(Incomplete) as refused:
            await sent(school, draft)
        assert "마감" in refused.value.fields["form"]
    after = await written(school, "알맞은 마감", form(deadline_at=now + 3 * HOUR), now + 2 * HOUR)
    assert (await sent(school, after)).state == State.SCHEDULED


async def test_the_author_finds_what_is_missing_in_the_editor_with_everything_typed(
    school: School,
) -> None:
    teacher = await school.client_as("박서연")
    made = await teacher.post("/newsletters/new", {"kind": "newsletter"})
    typed = {
        "title": "현장체험학습",
        "form_wanted": "1",
        "form_id": "a",
        "form_kind": "consent",
        "form_label": "참가합니까?",
        "form_options": "",
        "form_required": "1",
        "form_help": "",
        "form_basis": "consent",
        "act": "send",
    }
    refused = await send(teacher, made.location, made.location, typed)
    back = await followed(teacher, refused)
    for words in (
        "내용을 입력해 주세요.",
        "받는 사람을 선택해 주세요.",
        "개인정보 안내를 작성해야 합니다.",
        'value="현장체험학습"',
        'value="참가합니까?"',
    ):
        assert words in back.text
    assert 'href="#field-form"' in back.text
    assert "참가합니까?" in (await teacher.get(made.location)).text


async def test_an_approver_sees_the_form_and_files_as_families_will(school: School) -> None:
    draft = await written(
        school,
        "학예회",
        form(
            legal_basis=LegalBasis.CONSENT,
            privacy=PRIVACY,
            deadline_at=school.clock.now() + DAY,
            both_guardians=True,
        ),
        keys=SCHOOL,
    )
    newsletters = school.app[NEWSLETTERS]
    picture = school.app[FILES].keep("배치도.png", documents.png())
    author = await school.asker("박서연")
    await newsletters.desk.attach(author, draft, picture)
    (shown_as,) = await newsletters.desk.files(author, draft)
    place = shown_as.attachment.id
    await newsletters.desk.describe(author, draft, place, "강당 자리 배치도")
    await sent(school, draft)
    principal = await school.client_as("최은영")
    shown = (await principal.get(f"/newsletters/{draft}")).text.partition("<main")[2]
    for words in (
        "참가에 동의합니까?",
        "동의합니다",
        "마감",
        "보호자 모두 서명",
        "배치도.png",
        "강당 자리 배치도",
        "이름과 답변을 보는 사람",
    ):
        assert words in shown
    for words in ("차량 배정", "학생 이름", "행사 뒤 한 달", "거부하면 따로 이동합니다"):
        assert words in shown
    found = re.search(r"/attachments/[0-9a-f]+", shown)
    assert found is not None
    assert (await principal.get(found.group())).status == 200
    assert (await (await school.client_as("김하늘")).get(f"/newsletters/{draft}")).status == 404


async def test_nothing_of_a_form_is_ticked_before_a_family_has_answered(school: School) -> None:
    read = Field("read", FieldKind.AGREE, "안전 수칙을 읽었습니다")
    asked = form(fields=(read,), deadline_at=school.clock.now() + DAY)
    draft = await written(school, "축제", asked, keys=SCHOOL)
    await sent(school, draft)
    principal = await school.client_as("최은영")
    shown = (await principal.get(f"/newsletters/{draft}")).text.partition("<main")[2]
    assert "안전 수칙을 읽었습니다" in shown
    assert " checked" not in shown


async def test_a_letter_whose_deadline_passed_on_the_desk_is_not_approved(school: School) -> None:
    draft = await written(
        school, "늦은 결재", form(deadline_at=school.clock.now() + HOUR), None, SCHOOL
    )
    await sent(school, draft)
    principal = await school.client_as("최은영")
    assert "이대로는" not in (await principal.get(f"/newsletters/{draft}")).text
    school.clock.advance(2 * HOUR)
    shown = (await principal.get(f"/newsletters/{draft}")).text
    assert "회신 마감이 발행 시각보다 늦어야 합니다." in shown
    assert f"/newsletters/{draft}/approve" not in shown
    refused = await principal.post(f"/newsletters/{draft}/approve")
    assert refused.status == 422
    assert "회신 마감이 발행 시각보다 늦어야 합니다." in refused.text
    assert await states(school) == {"늦은 결재": "submitted"}


async def test_a_file_added_after_the_approval_wants_a_new_one(school: School) -> None:
    draft = await written(school, "학예회", at=school.clock.now() + DAY, keys=SCHOOL)
    await sent(school, draft)
    await desk(school).approve(await school.asker("최은영"), draft)
    teacher = await school.asker("박서연")
    await desk(school).recall(teacher, draft)
    order = school.app[FILES].keep("식순.hwp", documents.hwp("학예회 식순"))
    await desk(school).attach(teacher, draft, order)
    assert (await sent(school, draft)).state == State.SUBMITTED


def approval(page: str) -> str:
    """What the button 승인 of the page sends along."""
    found = re.search(r'/approve">.*?name="seen" value="(\w+)"', page)
    assert found is not None
    return found[1]


async def test_what_was_changed_while_the_approver_read_it_is_not_approved(school: School) -> None:
    """Text or file: the approver is shown what stands now and decides on that."""
    draft = await written(school, "졸업식", keys=SCHOOL)
    await sent(school, draft)
    principal, teacher = await school.client_as("최은영"), await school.asker("박서연")
    here = f"/newsletters/{draft}"
    read = approval((await principal.get(here)).text)
    await desk(school).recall(teacher, draft)
    await desk(school).attach(
        teacher, draft, school.app[FILES].keep("a.hwp", documents.hwp("식순"))
    )
    await sent(school, draft)
    refused = await principal.post(f"{here}/approve", {"seen": read})
    assert refused.status == 409
    assert "읽는 동안 글이나 파일이 변경되었습니다." in refused.text
    assert await states(school) == {"졸업식": "submitted"}
    await principal.post(f"{here}/approve", {"seen": approval((await principal.get(here)).text)})
    assert await states(school) == {"졸업식": "published"}


async def test_a_correction_proposed_anew_is_not_approved_unread(school: School) -> None:
    draft = await written(school, "졸업식", keys=SCHOOL)
    await sent(school, draft)
    await desk(school).approve(await school.asker("최은영"), draft)
    teacher, principal = await school.asker("박서연"), await school.client_as("최은영")
    here = f"/newsletters/{draft}"
    await corrections(school).correct(teacher, draft, "졸업식", "2월 5일", "날짜")
    read = approval((await principal.get(here)).text)
    await corrections(school).correct(teacher, draft, "졸업식", "2월 6일", "날짜")
    refused = await principal.post(f"{here}/correct/approve", {"seen": read})
    assert refused.status == 409
    assert "2월 6일" in (await principal.get(here)).text
    ((body,),) = await sql(school, "SELECT body FROM newsletters_newsletter")
    assert body == "내용"


async def test_the_author_sees_the_correction_that_waits_for_an_approver(school: School) -> None:
    draft = await written(school, "졸업식", keys=SCHOOL)
    await sent(school, draft)
    await desk(school).approve(await school.asker("최은영"), draft)
    teacher, here = await school.client_as("박서연"), f"/newsletters/{draft}"
    assert "결재 대기 중인 정정" not in (await teacher.get(here)).text
    await corrections(school).correct(
        await school.asker("박서연"), draft, "졸업식", "2월 5일", "날짜"
    )
    shown = (await teacher.get(here)).text
    assert "결재 대기 중인 정정" in shown
    assert "2월 5일" in shown
    assert f"{here}/correct/approve" not in shown
    for name in ("한지민", "김하늘"):
        client = await school.client_as(name)
        assert "2월 5일" not in (await client.get(here)).text


async def test_a_copy_takes_over_a_deadline_to_come_and_never_one_that_passed(
    school: School,
) -> None:
    draft = await written(school, "방과후", form(deadline_at=school.clock.now() + DAY))
    await sent(school, draft)

    async def copied() -> str:
        teacher = await school.client_as("박서연")
        made = await teacher.post(f"/newsletters/{draft}/duplicate")
        return (await teacher.get(made.location)).text

    deadline = re.compile(r'name="form_deadline"[^>]*value="(2[^"]+)"')
    assert deadline.search(await copied())
    school.clock.advance(300 * DAY)
    late = await copied()
    assert not deadline.search(late)
    assert "참가에 동의합니까?" in late
    assert "회신 마감을 새로 정해 주세요." in late


async def test_what_was_set_aside_may_be_copied_and_sent_by_an_approver(school: School) -> None:
    now = school.clock.now()
    late = form(deadline_at=now + 2 * HOUR)
    draft = await written(school, "꺼져 있던 사이 마감", late, now + HOUR)
    await sent(school, draft)
    school.clock.advance(3 * HOUR)
    await desk(school).publish_due()
    principal = await school.client_as("최은영")
    assert f"/newsletters/{draft}/duplicate" in (await principal.get(f"/newsletters/{draft}")).text
    made = await principal.post(f"/newsletters/{draft}/duplicate")
    assert made.status == 303
    assert "참가에 동의합니까?" in (await principal.get(made.location)).text
    unsent = await written(school, "초안")
    assert (await principal.post(f"/newsletters/{unsent}/duplicate")).status == 404


async def test_an_approver_throws_away_what_could_not_go_out_and_nothing_else(
    school: School,
) -> None:
    """Its author may have left the school: it would wait on the desk for ever."""
    now = school.clock.now()
    draft = await written(school, "마감이 지난 글", form(deadline_at=now + 2 * HOUR), now + HOUR)
    await sent(school, draft)
    school.clock.advance(3 * HOUR)
    await desk(school).publish_due()
    principal, other = await school.client_as("최은영"), await school.client_as("정민호")
    assert "이 글 삭제" in (await principal.get(f"/newsletters/{draft}")).text
    assert (await other.post(f"/newsletters/{draft}/discard")).status == 404
    assert (await principal.post(f"/newsletters/{draft}/discard")).status == 303
    unsent = await written(school, "초안")
    assert (await principal.post(f"/newsletters/{unsent}/discard")).status == 404
    assert await states(school) == {"초안": "draft"}


async def test_an_approvers_correction_does_not_sweep_away_the_authors_that_waits(
    school: School,
) -> None:
    draft = await written(school, "졸업식", keys=SCHOOL)
    await sent(school, draft)
    principal, teacher = await school.asker("최은영"), await school.asker("박서연")
    await desk(school).approve(principal, draft)
    await corrections(school).correct(teacher, draft, "졸업식", "2월 5일", "날짜")
    with pytest.raises(ProposalWaits):
        await corrections(school).correct(principal, draft, "졸업식", "2월 6일", "날짜")
    ((waiting,),) = await sql(school, "SELECT body FROM newsletters_proposal")
    assert waiting == "2월 5일"
    await desk(school).send_back(principal, draft, "6일입니다")
    assert await corrections(school).correct(principal, draft, "졸업식", "2월 6일", "날짜")


async def test_a_letter_taken_off_the_schedule_promises_no_hour(school: School) -> None:
    draft = await written(school, "학예회", at=school.clock.now() + HOUR)
    await sent(school, draft)
    teacher = await school.client_as("박서연")
    assert "10:00에 발행됩니다." in (await teacher.get(f"/newsletters/{draft}")).text
    await teacher.post(f"/newsletters/{draft}/recall")
    assert "10:00에 발행됩니다." not in (await teacher.get(f"/newsletters/{draft}")).text


# At its hour ---------------------------------------------------------------------------------


async def test_one_letter_that_cannot_go_out_does_not_hold_up_the_others(school: School) -> None:
    now = school.clock.now()
    late = await written(
        school, "꺼져 있던 사이 마감", form(deadline_at=now + 2 * HOUR), now + HOUR
    )
    unreadable = await written(school, "읽을 수 없는 회신서", form(), now + HOUR)
    plain = await written(school, "평범한 글", at=now + HOUR)
    for draft in (late, unreadable, plain):
        await sent(school, draft)
    await school.db.write(
        lambda tx: tx.execute(
            "UPDATE newsletters_newsletter SET form = '{\"fields\": 1}' WHERE id = ?", (unreadable,)
        )
    )
    school.clock.advance(3 * HOUR)  # the school's machine was off
    assert await desk(school).publish_due() == 1
    assert await states(school) == {
        "꺼져 있던 사이 마감": "held",
        "읽을 수 없는 회신서": "held",
        "평범한 글": "published",
    }
    teacher = await school.client_as("박서연")
    assert "발행하지 못함" in (await teacher.get("/newsletters/desk")).text
    shown = (await teacher.get(f"/newsletters/{late}")).text
    assert "회신 마감이 발행 시각보다 늦어야 합니다." in shown
    assert "회신서를 읽을 수 없습니다." in (await teacher.get(f"/newsletters/{unreadable}")).text
    assert (await teacher.get(f"/newsletters/{unreadable}/edit")).status == 200


async def test_what_nobody_expected_is_tried_again_and_then_set_aside(school: School) -> None:
    at = school.clock.now() + HOUR
    cursed = await written(school, "막힌 글", at=at)
    plain = await written(school, "평범한 글", at=at)
    for draft in (cursed, plain):
        await sent(school, draft)
    await school.db.write(
        lambda tx: tx.execute(
            "CREATE TRIGGER cursed BEFORE INSERT ON newsletters_version"
            f" WHEN NEW.newsletter_id = '{cursed}' BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    )
    school.clock.advance(HOUR)
    assert await desk(school).publish_due() == 1
    for minutes in (1, 2, 4):
        assert await states(school) == {"막힌 글": "scheduled", "평범한 글": "published"}
        await desk(school).publish_due()  # too soon: not tried
        school.clock.advance(minutes * MINUTE)
        await desk(school).publish_due()
    school.clock.advance(8 * MINUTE)
    await desk(school).publish_due()
    assert (await states(school))["막힌 글"] == "held"
    teacher = await school.client_as("박서연")
    told = (await teacher.get(f"/newsletters/{cursed}")).text
    assert "알 수 없는 문제로" in told
    assert re.search(rf'href="/newsletters/{cursed}/edit">(?:(?!</a>).)*고치러 가기', told)
    await school.db.write(lambda tx: tx.execute("DROP TRIGGER cursed"))
    assert (await teacher.post(f"/newsletters/{cursed}/send")).status == 303
    assert (await states(school))["막힌 글"] == "published"


async def test_an_author_mends_what_was_set_aside_and_it_goes_out(school: School) -> None:
    now = school.clock.now()
    draft = await written(school, "방과후", form(deadline_at=now + 2 * HOUR), now + HOUR)
    await sent(school, draft)
    school.clock.advance(3 * HOUR)
    await desk(school).publish_due()
    teacher = await school.asker("박서연")
    keys = (f"guardians/class:{school.class_id('3-2')}",)
    mended = form(deadline_at=school.clock.now() + DAY)
    await desk(school).save(teacher, draft, Content("방과후", "내용", keys, mended))
    out = await sent(school, draft)
    assert (out.state, out.remark) == (State.PUBLISHED, "")
    view = await school.app[FORMS].view(await school.asker("김하늘"), out.form_id)
    assert view.is_open
