"""An administrator sets in the pages how the school is reached, and it holds at once."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from kit.audit import latest
from kit.clock import ManualClock, moment
from kit.problem import Needs
from node.app import CONFIG, build, open_database
from node.doctor import DOCTOR
from node.home.web import CURRENT
from node.people.agreements import SIGNING
from node.people.web import PEOPLE
from tests.conftest import free_port
from tests.node.conftest import Answer, Client, School, running_school
from tests.node.post_office import PostedSchool, posted_school
from tests.node.routes_settings import SCHOOL

HERE = {"Host": "madang.hanbit.example"}
ADDRESS = "http://madang.hanbit.example"


@pytest.fixture
async def bare(tmp_path: Path, clock: ManualClock) -> AsyncIterator[School]:
    """A school as `init` leaves it where nobody said more than its name."""
    settings: dict[str, Any] = {"telephone": "", "public_url": "http://127.0.0.1:8711"}
    async for one in running_school(tmp_path, clock, **settings):
        yield one


@pytest.fixture
async def posted(tmp_path: Path, clock: ManualClock) -> AsyncIterator[PostedSchool]:
    async for one in posted_school(tmp_path, clock):
        yield one


async def save(client: Client, headers: dict[str, str] | None = None, **changed: str) -> Answer:
    """The first form of the page; what was refused comes back in it."""
    sent = {"Referer": f"{client.base}/admin/settings"} | (headers or {})
    answer = await client.post("/admin/settings", SCHOOL | changed, headers=sent)
    return await client.get(answer.location) if "unsent=" in answer.location else answer


async def save_mail(client: Client, posted: PostedSchool, **changed: str) -> Answer:
    words = {
        "smtp_host": "127.0.0.1",
        "smtp_port": str(posted.controller.port),
        "smtp_security": "none",
        "smtp_sender": "school@hanbit.test",
    }
    return await client.post("/admin/settings/mail", words | changed)


# Before anything is printed ---------------------------------------------------------------------


async def test_no_invitation_is_printed_before_people_can_call_and_open_what_it_says(
    bare: School,
) -> None:
    administrator, office = await bare.client_as("정민호"), await bare.client_as("오정숙")
    for client, where in ((administrator, 'href="/admin/settings"'), (office, "마당 관리자에게")):
        seen = (await client.get("/admin/invitations")).text
        assert "학교 대표 전화번호" in seen
        assert "보호자가 열 수 있는 인터넷 주소" in seen
        assert where in seen.partition("<main")[2]
        assert '/letters"' not in seen
    letters = f"/admin/classes/{bare.class_id('5-1')}/student-letters"
    refused = await office.post(letters)
    assert refused.status == 409
    assert "학교 전화번호가 없어" in refused.text
    assert (await save(administrator, public_url="http://127.0.0.1:8711")).status == 303
    assert "이 컴퓨터에서만 열려" in (await office.post(letters)).text
    assert not await bare.db.read(lambda tx: tx.value("SELECT count(*) FROM people_invitation"))

    assert (await save(administrator, HERE, public_url=ADDRESS)).status == 303
    printed = await office.post(letters)
    assert printed.status == 200
    assert "031-000-0101" in printed.text
    assert f"{ADDRESS}/welcome/" in printed.text
    assert "127.0.0.1" not in printed.text


async def test_what_is_missing_is_named_on_the_pages_of_the_administrator_and_by_the_doctor(
    bare: School,
) -> None:
    administrator = await bare.client_as("정민호")
    assert "초대장을 인쇄하려면 빠진 설정을" in (await administrator.get("/")).text
    assert "보호자가 열 수 있는 인터넷 주소" in (await administrator.get("/admin")).text
    assert "빠진 설정" not in (await (await bare.client_as("최은영")).get("/")).text
    said = {one.text for one in await bare.app[DOCTOR].examine(bare.db)}
    assert {"학교 전화번호가 비어 있습니다."} <= said
    await save(administrator, HERE, public_url=ADDRESS)
    assert "빠진 설정" not in (await administrator.get("/")).text
    assert "빠진 것이" not in (await administrator.get("/admin")).text
    said = {one.text for one in await bare.app[DOCTOR].examine(bare.db)}
    assert "학교 전화번호가 비어 있습니다." not in said


async def test_staff_get_a_letter_of_their_own_and_name_themselves(school: School) -> None:
    """Also one who is a guardian here too."""

    def hire(tx: Any) -> str:
        roster = school.app[PEOPLE].roster
        from node.people.model import NewPerson

        person = roster.add_staff(
            tx, NewPerson(name="문새롬"), "교사", "과학부", since_on="2026-03-01"
        )
        roster.add_guardianship(tx, person, school.id("박하준"), "모")
        return person

    person = await school.db.write(hire)
    office = await school.client_as("오정숙")
    letter = (await office.post("/admin/invitations/staff")).text
    assert "문새롬 님께" in letter
    assert "교직원 업무에 쓰는" in letter
    assert "휴대전화에서 확인하고 회신하실 수 있도록" not in letter
    assert "본인의 이름을 확인합니다" in letter
    assert "본인의 이름을 확인합니다" in (await office.post(f"/admin/people/{person}/letter")).text
    found = re.search(r"/welcome/([0-9A-Z-]{14})", letter)
    assert found is not None
    stranger = await school.anonymous()
    assert "본인의 이름" in (await stranger.get(f"/welcome/{found[1]}")).text
    joined = await stranger.post(
        f"/welcome/{found[1]}",
        {
            "confirmed_name": "문새롬",
            "login": "saerom",
            "password": "a-long-password-7",
            "repeated": "a-long-password-7",
            "agreed": str(SIGNING.version),
        },
    )
    assert joined.status == 303


# Telephone, address, language -------------------------------------------------------------------


async def test_what_is_saved_stands_on_every_page_at_once_and_after_a_restart(
    school: School,
) -> None:
    guardian, administrator = await school.client_as("김하늘"), await school.client_as("정민호")
    assert "031-000-0101" in (await guardian.get("/")).text
    assert (await save(administrator, telephone="031-000-0199")).status == 303
    page = (await guardian.get("/")).text
    assert "031-000-0199" in page
    assert "031-000-0101" not in page
    again = build(school.app[CONFIG], school.clock)
    async with open_database(again):
        assert again[CURRENT].now.telephone == "031-000-0199"


async def test_what_the_file_says_goes_on_where_the_page_says_the_same(school: School) -> None:
    administrator = await school.client_as("정민호")
    await save(administrator, telephone="031-000-0199", language="en")
    await save(administrator, language="en")
    stored = await school.db.read(
        lambda tx: tx.value("SELECT value FROM kit_meta WHERE name = 'settings.chosen'")
    )
    assert stored == '{"language":"en"}'


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"telephone": "전화"}, "전화번호를 숫자와"),
        ({"telephone": "12"}, "전화번호를 숫자와"),
        ({"public_url": "madang.hanbit.example"}, "https:// 로 시작해"),
        ({"public_url": "https://a.example/path"}, "https:// 로 시작해"),
        ({"public_url": "https://localhost"}, "이 컴퓨터에서만 열리는"),
        ({"public_url": "https://elsewhere.example"}, "먼저 이 주소로 이 화면을 열어"),
        ({"language": "fr"}, "선택할 수 없는 언어"),
        ({"quiet_from_hour": "3"}, "목록에 있는 시각"),
    ],
)
async def test_what_does_not_fit_comes_back_as_it_was_typed(
    school: School, changed: dict[str, str], said: str
) -> None:
    administrator = await school.client_as("정민호")
    back = await save(administrator, None, **({"telephone": "031-000-0177"} | changed))
    assert back.status == 200
    assert said in back.text
    assert changed.get("telephone", "031-000-0177") in back.text
    assert school.app[CURRENT].now == school.app[CONFIG]


async def test_a_new_address_is_taken_at_which_the_page_was_opened(school: School) -> None:
    administrator = await school.client_as("정민호")
    await save(administrator, HERE, public_url=ADDRESS + "/")
    assert school.app[CURRENT].now.public_url == ADDRESS
    letter = await administrator.post("/admin/invitations/staff")
    assert letter.status == 200
    slip = await administrator.get("/admin/system")
    assert ADDRESS in slip.text


async def test_two_who_change_it_at_once_see_both(school: School) -> None:
    administrator = await school.client_as("정민호")
    seen = re.search(
        r'name="seen" value="(\w+)"', (await administrator.get("/admin/settings")).text
    )
    assert seen is not None
    await save(administrator, telephone="031-000-0188")
    back = await save(administrator, telephone="031-000-0166", seen=seen[1])
    assert "031-000-0188" in back.text
    assert "031-000-0166" in back.text
    assert school.app[CURRENT].now.telephone == "031-000-0188"


async def test_the_schools_language_is_for_who_has_chosen_none(school: School) -> None:
    stranger, guardian = await school.anonymous(), await school.client_as("김하늘")
    administrator = await school.client_as("정민호")
    await save(administrator, language="en")

    async def language(client: Client, **headers: str) -> str:
        found = re.search(r'<html lang="(\w\w)"', (await client.get("/me", headers=headers)).text)
        return found[1] if found else ""

    signing_in = re.search(r'<html lang="(\w\w)"', (await stranger.get("/sign-in")).text)
    assert signing_in is not None
    assert signing_in[1] == "en"
    assert await language(guardian) == "en"
    assert await language(guardian, **{"Accept-Language": "ko-KR"}) == "ko"
    contact = {"phone": "010-0000-0000", "email": "", "language": "ko"}
    await guardian.post("/me", contact)
    elsewhere = await school.client_as("김하늘")  # another device
    assert await language(elsewhere, **{"Accept-Language": "en-US"}) == "ko"


# Mail -------------------------------------------------------------------------------------------


async def test_a_school_without_mail_gets_it_in_the_page_and_sends_at_once(
    posted: PostedSchool,
) -> None:
    school = posted.school
    administrator = await school.client_as("정민호")
    off = {"smtp_host": "", "smtp_port": "587", "smtp_security": "starttls"}
    assert (await administrator.post("/admin/settings/mail", off)).status == 303
    assert "메일 서버를 저장하면" in (await administrator.get("/admin/settings")).text
    refused = await administrator.post("/admin/settings/trial", {"address": "a@hanbit.test"})
    assert "메일 서버가 아직 없습니다" in refused.text

    assert (await save_mail(administrator, posted)).status == 303
    sent = await administrator.post("/admin/settings/trial", {"address": "a@hanbit.test"})
    assert sent.status == 303
    (mail,) = posted.office.received
    assert mail["To"] == "a@hanbit.test"
    assert mail["Subject"] == "[한빛초등학교] 시험 메일"
    assert "정민호 님이" in mail.get_content()
    acts = await school.db.read(lambda tx: [one.action for one in latest(tx, 3)])
    assert acts == ["settings:mail:try", "settings:school:change", "settings:school:change"]


async def test_a_trial_that_fails_says_what_to_look_at_and_keeps_the_address(
    posted: PostedSchool,
) -> None:
    administrator = await posted.school.client_as("정민호")

    async def tried() -> str:
        sent = {"Referer": f"{administrator.base}/admin/settings"}
        answer = await administrator.post(
            "/admin/settings/trial", {"address": "who@hanbit.test"}, headers=sent
        )
        back = (await administrator.get(answer.location)).text
        assert 'value="who@hanbit.test"' in back
        return back

    posted.office.answers["who@hanbit.test"] = "550 no such user here"
    said = await tried()
    assert "받지 않았습니다" in said
    assert "no such user here" in said
    await save_mail(administrator, posted, smtp_security="starttls")
    assert "암호화된 연결을 맺지 못했습니다" in await tried()
    await save_mail(administrator, posted, smtp_user="school", password="wrong-one")
    assert "암호화된 연결을 맺지 못했습니다" in await tried()  # it lets nobody log in so
    guarded = Controller(
        posted.office,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=lambda *_given: AuthResult(success=False, handled=False),
        auth_require_tls=False,
    )
    guarded.start()
    other = {"smtp_port": str(guarded.port), "smtp_user": "school", "password": "wrong-one"}
    await save_mail(administrator, posted, **other)
    assert "메일 서버에 로그인하지 못했습니다" in await tried()
    guarded.stop()
    posted.controller.stop()
    await save_mail(administrator, posted)
    assert "연결하지 못했습니다" in await tried()
    posted.reopen()
    acts = await posted.school.db.read(lambda tx: {one.action for one in latest(tx)})
    assert "settings:mail:try" not in acts  # none was sent


async def test_a_password_is_never_shown_and_goes_to_no_other_server(
    posted: PostedSchool,
) -> None:
    school = posted.school
    administrator = await school.client_as("정민호")
    await save_mail(administrator, posted, smtp_user="school", password="s3cret-of-mail")
    assert school.app[CURRENT].now.smtp_password == "s3cret-of-mail"
    assert "s3cret" not in (await administrator.get("/admin/settings")).text
    assert "s3cret" not in (await administrator.get("/admin/audit")).text
    # Left empty it stays, for the same server alone.
    await save_mail(administrator, posted, smtp_user="school", smtp_sender="other@hanbit.test")
    assert school.app[CURRENT].now.smtp_password == "s3cret-of-mail"
    refused = await save_mail(administrator, posted, smtp_user="school", smtp_host="localhost")
    assert refused.status == 422
    assert "비밀번호도 다시 입력해" in refused.text
    bare = await save_mail(
        administrator, posted, smtp_user="school", smtp_host="mail.example", password="x"
    )
    assert "암호화하지 않고 비밀번호를" in bare.text


async def test_quiet_hours_are_those_of_the_page(posted: PostedSchool) -> None:
    from node.notices.web import NOTICES

    school = posted.school
    school.clock.at = moment(2026, 11, 30, 20)
    administrator = await school.client_as("정민호")
    notices = school.app[NOTICES]
    assert not notices.is_quiet()
    there = school.app[CURRENT].now.public_url
    await save(administrator, public_url=there, quiet_from_hour="19", quiet_until_hour="8")
    assert notices.is_quiet()


# Whom one turns to ------------------------------------------------------------------------------


async def test_nobody_is_told_to_turn_to_themselves(school: School) -> None:
    told = {
        name: (await school.asker(name)).help.text(Needs.REPAIR)
        for name in ("김하늘", "최은영", "정민호")
    }
    assert "학교에 문의" in told["김하늘"]
    assert "마당 관리자에게" in told["최은영"]
    assert "시스템 상태" in told["정민호"]
    principal = await (await school.client_as("최은영")).get("/admin/system")
    assert principal.status == 403
    assert "마당 관리자에게 권한을" in principal.text
    assert "tel:" not in principal.text.partition("<main")[2].partition("</main")[0]
