"""Stories of those who come, belong, change and leave; and of the letter that becomes a login."""

import asyncio
import html
import re
import unicodedata

import pytest
from yarl import URL

from kit.clock import DAY
from kit.db import Tx
from kit.signin import attempts
from kit.signin.attempts import count
from kit.signin.model import PasskeyRefused
from kit.signin.web import SIGNIN
from node.people.access import load_asker
from node.people.agreements import SIGNING
from node.people.invitations.service import Acceptance, InvitationRefused
from node.people.model import NewPerson, NotAtSchool, Role
from tests.kit.authenticator import Authenticator
from tests.node.conftest import Answer, Client, School

PASSWORD = "solid-oak-2026"
ACCEPTED = {
    "password": PASSWORD,
    "repeated": PASSWORD,
    "agreed": str(SIGNING.version),
    "language": "en",
}


async def invited(school: School, name: str) -> str:
    """The code on the letter of somebody in the cast."""
    code, _until = await school.db.write(
        lambda tx: school.people.invitations.invite(tx, school.id(name))
    )
    return code


async def new_guardian(school: School) -> str:
    """한가람, guardian of 박하준, without a login yet; the code on their letter."""
    roster = school.people.roster

    def work(tx: Tx) -> str:
        guardian = roster.add_person(tx, NewPerson(name="한가람", phone="010-1234-5678"))
        roster.add_guardianship(tx, guardian, school.id("박하준"), "모")
        school.people_ids["한가람"] = guardian
        return school.people.invitations.invite(tx, guardian)[0]

    return await school.db.write(work)


async def accept(client: Client, code: str, **given: str) -> Answer:
    return await client.post(f"/welcome/{code}", data=ACCEPTED | given)


async def account_of(school: School, name: str) -> str | None:
    return await school.db.read(
        lambda tx: tx.value(
            "SELECT login FROM signin_v_account WHERE account_id = ?", (school.id(name),)
        )
    )


async def agreements_of(school: School, name: str) -> list[tuple[object, ...]]:
    return await school.db.read(
        lambda tx: tx.rows(
            "SELECT kind, version, agreed_at FROM people_v_agreement WHERE person_id = ?",
            (school.id(name),),
        )
    )


# Invitations --------------------------------------------------------------------------------------


async def test_a_guardian_turns_her_letter_into_a_login_and_is_signed_in(school: School) -> None:
    code = await new_guardian(school)
    phone = await school.anonymous()
    assert (await phone.get(f"/welcome/{code}")).status == 200
    answer = await accept(phone, code.lower(), confirmed_name="박 하준", login="garam")
    assert (answer.status, answer.location) == (303, "/")
    home = await phone.get("/")
    assert home.status == 200
    assert "한가람" in home.text
    assert await account_of(school, "한가람") == "garam"
    assert await agreements_of(school, "한가람") == [("signing", 3, school.clock.now())]


async def test_a_letter_shows_no_names_before_the_child_was_named(school: School) -> None:
    code = await new_guardian(school)
    phone = await school.anonymous()
    page = (await phone.get(f"/welcome/{code}")).text
    assert "박하준" not in page
    assert "한가람" not in page


async def test_a_letter_works_once(school: School) -> None:
    code = await new_guardian(school)
    await accept(await school.anonymous(), code, confirmed_name="박하준", login="garam")
    second = await accept(await school.anonymous(), code, confirmed_name="박하준", login="thief")
    assert second.status == 404
    assert await account_of(school, "한가람") == "garam"


async def test_a_letter_ends_after_thirty_days(school: School) -> None:
    code = await new_guardian(school)
    school.clock.advance(31 * DAY)
    visitor = await school.anonymous()
    answer = await accept(visitor, code, confirmed_name="박하준", login="garam")
    assert answer.status == 410
    assert await account_of(school, "한가람") is None
    page = await visitor.get(f"/welcome/{code}")
    assert page.status == 410
    assert "이 초대장은 기간이 지났습니다." in page.text
    assert 'href="tel:0310000101"' in page.text
    assert '<a href="/sign-in">' in page.text
    typed = await visitor.post("/welcome", {"code": code})
    assert "이 초대장은 기간이 지났습니다." in typed.text
    assert "한가람" not in page.text + typed.text


async def test_five_wrong_names_use_a_letter_up(school: School) -> None:
    code = await new_guardian(school)
    finder = await school.anonymous()
    statuses = [
        (await accept(finder, code, confirmed_name="김아무개", login="finder")).status
        for _attempt in range(5)
    ]
    assert statuses == [422, 422, 422, 422, 404]
    right = await accept(finder, code, confirmed_name="박하준", login="finder")
    assert right.status == 404
    assert await account_of(school, "한가람") is None


async def test_of_thirty_names_at_the_same_time_five_are_looked_at(school: School) -> None:
    code = await new_guardian(school)
    names = [
        f"박하{syllable}"
        for syllable in "가나다라마바사아자차카타파하거너더러머버서어저처커터퍼허고"
    ]
    finder = await school.anonymous()
    tries = (accept(finder, code, confirmed_name=name, login="finder") for name in names)
    await asyncio.gather(*tries)
    counted = await school.db.read(
        lambda tx: tx.value(
            "SELECT failures FROM people_invitation WHERE person_id = ?", (school.id("한가람"),)
        )
    )
    assert counted == 5
    right = await accept(finder, code, confirmed_name="박하준", login="finder")
    assert right.status == 404
    assert await account_of(school, "한가람") is None


async def test_wrong_codes_of_letters_are_counted_by_address_and_right_ones_are_not(
    school: School,
) -> None:
    code = await new_guardian(school)
    typed = count(attempts.CODE, "invitation", "127.0.0.1")
    visitor = await school.anonymous()
    for _look in range(3):
        assert (await visitor.get(f"/welcome/{code}")).status == 200

    def spend(tx: Tx) -> None:
        for _guess in range(typed.limit.free - 1):
            attempts.begin(tx, (typed,), school.clock.now())

    await school.db.write(spend)
    wrong = "0000-0000-0000"
    refused = await visitor.get(f"/welcome/{wrong}")
    assert refused.status == 404
    assert "이미 아이디를 만드셨다면 로그인해 주세요." in refused.text
    assert '<a href="/sign-in">' in refused.text
    assert (await visitor.post("/welcome", {"code": wrong})).status == 429


async def test_a_code_that_cannot_be_one_is_to_be_read_again(school: School) -> None:
    visitor, guardian = await school.anonymous(), await school.client_as("김하늘")
    misspelt = "영문과 숫자 12자리입니다"
    for typed in ("7k3m-9qwe", "7K3M-9QWE-R2T4-0", "초대"):
        answer = await visitor.post(
            "/welcome", {"code": typed}, headers={"Accept": "application/json"}
        )
        assert answer.status == 404
        assert misspelt in answer.text
    page = (await guardian.get("/welcome/7K3M-9QWE-R2T4")).text
    assert misspelt not in page
    assert "이미 로그인하셨습니다." in page
    assert "이미 아이디를 만드셨다면" not in page


async def test_a_letter_taken_back_while_it_is_accepted_makes_no_login(school: School) -> None:
    code = await new_guardian(school)
    line = school.app[SIGNIN].passwords.line
    async with line.turn("a slow one"), line.turn("another"):
        acceptance = Acceptance("박하준", PASSWORD, PASSWORD, "garam", agreed=SIGNING.version)
        accepting = asyncio.create_task(
            school.people.invitations.accept(code, acceptance, device="x", address="192.0.2.7")
        )
        await asyncio.sleep(0)  # the code and the name are on the way to be looked at
        await school.db.write(lambda tx: school.people.invitations.reopen(tx, school.id("한가람")))
    with pytest.raises(InvitationRefused):
        await accepting
    assert await account_of(school, "한가람") is None


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"agreed": ""}, 422),
        ({"repeated": "another-oak-2026"}, 422),
        ({"password": "short", "repeated": "short"}, 422),
        ({"login": "A b"}, 422),
        ({"login": "person0"}, 409),
    ],
)
async def test_a_refused_acceptance_leaves_the_letter_as_it_was(
    school: School, given: dict[str, str], status: int
) -> None:
    code = await new_guardian(school)
    phone = await school.anonymous()
    words = {"confirmed_name": "박하준", "login": "garam"} | given
    refused = await accept(phone, code, **words)
    assert refused.status == status
    assert await account_of(school, "한가람") is None
    assert await agreements_of(school, "한가람") == []
    again = await accept(phone, code, confirmed_name="박하준", login="garam")
    assert again.status == 303


async def test_a_letter_can_be_printed_again_and_says_the_same(school: School) -> None:
    await new_guardian(school)
    office = await school.client_as("박서연")
    sheets = [
        await office.post(f"/admin/classes/{school.class_id('3-2')}/letters") for _again in "12"
    ]
    codes = [re.findall(r"\w{4}-\w{4}-\w{4}", re.sub(r"<[^>]+>", " ", one.text)) for one in sheets]
    assert codes[0]
    assert codes[0] == codes[1]
    assert "한가람" in sheets[0].text
    assert "김하늘" not in sheets[0].text  # has a login already


async def test_the_database_does_not_hold_the_codes(school: School) -> None:
    code = await new_guardian(school)
    kept = await school.db.read(lambda tx: tx.rows("SELECT * FROM people_invitation"))
    assert code not in str(kept)
    assert code.replace("-", "") not in str(kept)


async def test_a_reset_ends_sessions_and_lets_a_new_password_be_chosen(school: School) -> None:
    phone = await school.client_as("김하늘")
    office = await school.client_as("오정숙")
    reset = await office.post(f"/admin/people/{school.id('김하늘')}/reset")
    assert reset.status == 303
    assert (await phone.get("/")).location.startswith("/sign-in")
    login = await account_of(school, "김하늘")
    code = await invited(school, "김하늘")
    answer = await accept(await school.anonymous(), code, confirmed_name="이지호")
    assert answer.status == 303
    assert await account_of(school, "김하늘") == login


async def test_a_reset_ends_passkeys_and_the_second_factor_too(school: School) -> None:
    signin = school.app[SIGNIN]
    haneul = school.id("김하늘")
    started = await school.db.write(
        lambda tx: signin.accounts.start_session(tx, haneul, device="x", address="192.0.2.7")
    )
    device = Authenticator(signin.public_url, str(URL(signin.public_url).host))
    account, _sessions, _passkeys = await signin.own.overview(started.session)
    asked = await signin.passkeys.begin_registration(account)
    await signin.own.add_passkey(started.session, asked.id, device.register(asked), "전화")
    await signin.own.begin_totp(started.session)
    office = await school.client_as("오정숙")
    await office.post(f"/admin/people/{haneul}/reset")
    asked = await signin.begin_passkey(address="192.0.2.7")
    with pytest.raises(PasskeyRefused):
        await signin.sign_in_with_passkey(
            asked.id, device.sign(asked), device="x", address="192.0.2.7"
        )
    left = await school.db.read(
        lambda tx: tx.value(
            "SELECT count(*) FROM signin_account WHERE account_id = ?"
            " AND (totp_pending IS NOT NULL OR totp_secret IS NOT NULL)",
            (haneul,),
        )
    )
    assert left == 0


# Rights end at once -------------------------------------------------------------------------------


async def test_rights_for_a_child_end_with_the_guardianship(school: School) -> None:
    haneul = await school.client_as("김하늘")
    assert "이지호" in (await haneul.get("/")).text
    office = await school.client_as("오정숙")
    path = f"/admin/people/{school.id('김하늘')}/children/{school.id('이지호')}/end"
    assert (await office.post(path)).status == 303
    assert "이지호" not in (await haneul.get("/")).text
    asker = await school.asker("김하늘")
    assert [child.name for child in asker.children] == ["이지우"]
    assert f"guardians/class:{school.class_id('5-1')}" not in asker.keys


async def test_whoever_leaves_is_signed_out_everywhere_at_once(school: School) -> None:
    phone, tablet = await school.client_as("한지민"), await school.client_as("한지민")
    assert (await phone.get("/")).status == 200
    assert (await tablet.get("/")).status == 200
    office = await school.client_as("오정숙")
    assert (await office.post(f"/admin/people/{school.id('한지민')}/close")).status == 303
    assert (await phone.get("/")).status == 303
    assert (await tablet.get("/")).status == 303
    with pytest.raises(NotAtSchool):
        await school.asker("한지민")
    assert await account_of(school, "한지민") is None


async def test_a_transferred_student_takes_the_guardians_rights_along(school: School) -> None:
    doyun = await school.client_as("이도윤")
    assert (await doyun.get("/")).status == 200
    office = await school.client_as("오정숙")
    await office.post(f"/admin/people/{school.id('최하린')}/transfer-out")
    assert (await doyun.get("/")).status == 403
    with pytest.raises(NotAtSchool):
        await school.asker("이도윤")


async def test_a_guardian_who_may_not_read_sees_nothing_of_the_child(school: School) -> None:
    office = await school.client_as("오정숙")
    path = f"/admin/people/{school.id('김하늘')}/children/{school.id('이지우')}"
    await office.post(path, data={"relation": "모", "may_sign": "1"})
    asker = await school.asker("김하늘")
    assert [child.name for child in asker.children] == ["이지호"]


async def test_a_role_taken_away_is_gone_with_the_next_request(school: School) -> None:
    jeong = await school.client_as("오정숙")
    assert (await jeong.get("/admin/people")).status == 200
    minho = await school.client_as("정민호")
    await minho.post(f"/admin/people/{school.id('오정숙')}/roles", data={"role": "teacher"})
    assert (await jeong.get("/admin/people")).status == 403


# Looking for people -------------------------------------------------------------------------------


async def test_a_list_of_people_goes_on_after_a_name_with_any_mark_in_it(school: School) -> None:
    names = [f"가람~{number:02}" for number in range(60)]

    def work(tx: Tx) -> None:
        for name in names:
            school.people.roster.add_person(tx, NewPerson(name=name))

    await school.db.write(work)
    office = await school.client_as("오정숙")
    first = (await office.get("/admin/people?q=가람~")).text
    [following] = re.findall(r'href="(/admin/people\?[^"]*cursor=[^"]*)"', first)
    second = (await office.get(html.unescape(following))).text
    shown = [name for text in (first, second) for name in names if f">{name}<" in text]
    assert shown == names


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("nguyen", "Nguyen Thi Lan"),
        ("NguyenThi", "Nguyen Thi Lan"),
        ("ＮＧＵＹＥＮ t", "Nguyen Thi Lan"),
        ("응우옌티", "응우옌 티란"),
        (unicodedata.normalize("NFD", "응우옌"), "응우옌 티란"),
    ],
)
async def test_the_office_finds_somebody_however_the_name_is_typed(
    school: School, typed: str, name: str
) -> None:
    from_a_mac = unicodedata.normalize("NFD", name)
    await school.db.write(
        lambda tx: school.people.roster.add_person(tx, NewPerson(name=from_a_mac))
    )
    office = await school.client_as("오정숙")
    assert f">{name}<" in (await office.get("/admin/people", params={"q": typed})).text


# The school's lists -------------------------------------------------------------------------------


async def test_the_last_administrator_cannot_be_taken_away(school: School) -> None:
    minho = await school.client_as("정민호")
    answer = await minho.post(f"/admin/people/{school.id('정민호')}/roles", data={"role": "head"})
    assert answer.status == 409
    assert Role.ADMINISTRATOR in (await school.asker("정민호")).roles


async def test_the_office_cannot_make_itself_administrator(school: School) -> None:
    jeong = await school.client_as("오정숙")
    path = f"/admin/people/{school.id('오정숙')}/roles"
    assert (await jeong.post(path, data={"role": "administrator"})).status == 403
    assert Role.ADMINISTRATOR not in (await school.asker("오정숙")).roles


async def test_two_students_of_a_class_cannot_share_a_number(school: School) -> None:
    office = await school.client_as("오정숙")
    before = await school.db.read(lambda tx: tx.value("SELECT count(*) FROM people_person"))
    answer = await office.post(
        "/admin/people/students",
        data={"name": "새학생", "class_id": school.class_id("3-2"), "number": "7"},
    )
    assert answer.status == 409
    after = await school.db.read(lambda tx: tx.value("SELECT count(*) FROM people_person"))
    assert after == before


async def test_a_list_of_people_is_turned_page_by_page(school: School) -> None:
    def fill(tx: Tx) -> None:
        for at in range(120):
            school.people.roster.add_person(tx, NewPerson(name=f"가나{at:03}"))

    await school.db.write(fill)
    asker = await school.asker("오정숙")
    seen: list[str] = []
    cursor = ""
    for _page in range(4):
        found = await school.people.search(asker, "가나", "", cursor)
        seen += [one.name for one in found.people]
        cursor = found.cursor
        if not cursor:
            break
    assert seen == [f"가나{at:03}" for at in range(120)]


async def test_a_person_changes_their_own_contact_and_nobody_elses(school: School) -> None:
    haneul = await school.client_as("김하늘")
    saved = await haneul.post("/me", data={"phone": "010-9999-8888", "language": "en"})
    assert saved.status == 303
    other = await haneul.post(
        f"/admin/people/{school.id('이도윤')}/contact", data={"phone": "1", "language": "ko"}
    )
    assert other.status == 404
    phones: dict[str, str] = await school.db.read(
        lambda tx: dict(tx.rows("SELECT name, phone FROM people_v_person"))
    )
    assert phones["김하늘"] == "010-9999-8888"
    assert phones["이도윤"] == "010-0000-0000"


async def test_what_the_office_does_stands_in_the_audit_log(school: School) -> None:
    office = await school.client_as("오정숙")
    await office.post(f"/admin/people/{school.id('최하린')}/transfer-out")
    minho = await school.client_as("정민호")
    log = (await minho.get("/admin/audit")).text
    assert "오정숙" in log
    assert "전출" in log


async def test_a_whole_school_is_added_in_one_unit(school: School) -> None:
    """600 students with 900 guardianships and 70 staff: what the demo's loader does."""
    roster = school.people.roster

    def load(tx: Tx) -> None:
        rooms = [roster.add_class(tx, 2026, grade, 9 + grade) for grade in range(1, 7)]
        for at in range(70):
            roster.add_staff(tx, NewPerson(name=f"교사{at}"), "교사", "교무부")
        for at in range(600):
            child = roster.add_student(tx, NewPerson(name=f"학생{at}"), rooms[at % 6], at // 6 + 1)
            for relation in ("모", "부")[: 1 + at % 2]:
                guardian = roster.add_person(tx, NewPerson(name=f"보호자{at}"))
                roster.add_guardianship(tx, guardian, child, relation)
        roster.families_changed(tx, "load")

    await school.db.write(load)
    families = await school.db.read(
        lambda tx: tx.value("SELECT count(*) FROM people_v_child WHERE class_number > 9")
    )
    assert families == 900


async def test_an_asker_is_what_the_rows_say(school: School) -> None:
    seoyeon = await school.db.read(lambda tx: load_asker(tx, school.id("박서연")))
    assert seoyeon.classes == {school.class_id("3-2")}
    assert seoyeon.is_staff
    assert not seoyeon.is_guardian
    junhyeok = await school.asker("이준혁")
    assert [child.may_sign for child in junhyeok.children] == [False]
