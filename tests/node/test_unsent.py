"""What somebody typed is never lost: refused forms come back filled, ended sessions go on where
they stopped, and two who write at once see both texts."""

import base64
import io
import re
from html import unescape
from typing import Any
from urllib.parse import urlencode

import aiohttp
from PIL import Image

from kit.clock import DAY, HOUR
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from node.people.agreements import SIGNING
from node.questions.model import Field, FieldKind
from tests.node.conftest import Answer, Client, School
from tests.node.test_forms import TYPED, YES, page, sent


async def send(client: Client, here: str, action: str, data: Any) -> Answer:
    """A form sent from a page, as a browser without JavaScript does."""
    sent = {"Content-Type": "application/x-www-form-urlencoded", "Referer": client.base + here}
    return await client.post(action, data, headers=sent)


async def followed(client: Client, answer: Answer) -> Answer:
    assert answer.status == 303, answer.text
    return await client.get(answer.location)


def value(text: str, name: str) -> str:
    """What stands in an input or a text area."""
    area = re.search(rf'<textarea[^>]*name="{name}"[^>]*>(.*?)</textarea>', text, re.DOTALL)
    if area is not None:
        return unescape(area[1]).removeprefix("\n")
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', text)
    assert tag is not None, name
    found = re.search(r'value="([^"]*)"', tag[0])
    return unescape(found[1]) if found else ""


def link(text: str, words: str) -> str:
    """Where a link leads."""
    found = re.search(rf'<a [^>]*href="([^"]*)"[^>]*>(?:(?!</a>).)*{words}', text, re.DOTALL)
    assert found is not None, words
    return unescape(found[1])


def words(text: str) -> str:
    """A page's text without its markup."""
    return unescape(re.sub(r"</?mark>", "", text))


def next_of(door: Answer) -> str:
    """Where the sign-in page leads."""
    return value(door.text.split('action="/sign-in"')[1], "next")


def drawing() -> str:
    out = io.BytesIO()
    Image.new("RGBA", (40, 20), (20, 33, 61, 255)).save(out, "PNG")
    return "data:image/png;base64," + base64.b64encode(out.getvalue()).decode()


async def draft(school: School, author: str = "박서연") -> str:
    """The editor's address of a fresh letter."""
    desk = school.app[NEWSLETTERS].desk
    keys = (f"guardians/class:{school.class_id('3-2')}",)
    content = Content("체험학습", "12. 24.(목)에 갑니다.\n준비물: 도시락", keys)
    return f"/newsletters/{await desk.create(await school.asker(author), Sort.NEWSLETTER, content)}/edit"


def written(text: str, **changed: str) -> dict[str, str]:
    """The editor's form as it stands on the page, with some of it changed."""
    names = ("seen", "title", "body", "telephone", "scheduled")
    return {name: value(text, name) for name in names} | changed


# Errors of a form ---------------------------------------------------------------------------------


async def test_a_guardian_who_left_out_a_question_finds_answers_and_drawing_again(
    school: School,
) -> None:
    here = page(school, await sent(school))
    guardian = await school.client_as("김하늘")
    drawn = drawing()
    filled = {"answer_allergy": "땅콩", "signature": drawn, "agree": str(SIGNING.version)}
    refused = await send(guardian, here, here, filled)
    back = await followed(guardian, refused)
    assert back.status == 200
    assert value(back.text, "answer_allergy") == "땅콩"
    assert value(back.text, "signature") == drawn
    assert re.search(r'name="agree"[^>]*checked', back.text)
    # The summary names the question and leads to it; the first wrong one has the focus.
    summary = back.text.split("data-unsent")[1].split("</ul>")[0]
    assert "‘참가에 동의합니까?’에 답해 주세요." in summary
    target = re.search(r'href="#([^"]+)"', summary)
    assert target is not None
    assert f'id="{target[1]}"' in back.text
    box = re.search(rf'<fieldset[^>]*id="{target[1]}"[^>]*>.*?</fieldset>', back.text, re.DOTALL)
    assert box is not None
    assert "autofocus" in box[0]
    assert f'aria-describedby="{target[1]}-error"' in box[0]
    assert f'id="{target[1]}-error"' in box[0]
    # Signed at last, it waits no more.
    done = await send(guardian, refused.location, here, {**filled, "answer_going": YES})
    assert done.location.startswith("/receipts/")
    assert "땅콩" not in (await guardian.get(refused.location)).text.split("data-unsent")[-1][:200]


async def test_an_error_of_the_signature_names_a_box_that_is_there(school: School) -> None:
    here = page(school, await sent(school))
    guardian = await school.client_as("김하늘")
    for typed, name in (("", "signature"), ("김하눌", "signature_typed")):
        answer = {"answer_going": YES, "signature_typed": typed, "agree": str(SIGNING.version)}
        back = await followed(guardian, await send(guardian, here, here, answer))
        summary = back.text.split("data-unsent")[1].split("</ul>")[0]
        target = re.search(r'href="#([^"]+)"', summary)
        assert target is not None, name
        assert f'id="{target[1]}"' in back.text
        assert value(back.text, "signature_typed") == typed
    assert "김하늘" in summary  # the name it should have been


async def test_who_left_out_a_question_and_the_signature_hears_of_both_at_once(
    school: School,
) -> None:
    here = page(school, await sent(school))
    guardian = await school.client_as("김하늘")
    back = await followed(
        guardian, await send(guardian, here, here, {"agree": str(SIGNING.version)})
    )
    summary = back.text.split("data-unsent")[1].split("</ul>")[0]
    assert "‘참가에 동의합니까?’에 답해 주세요." in summary
    assert "‘보호자 서명’: 서명을 그리거나 이름을 입력해 주세요." in summary


async def test_above_the_form_each_answer_to_correct_is_told_with_its_question(
    school: School,
) -> None:
    fields = (
        Field("bus", FieldKind.CHOICE, "어떻게 옵니까?", options=("버스", "걸어서")),
        Field("food", FieldKind.CHOICES, "못 먹는 것", options=("땅콩", "우유")),
        Field("size", FieldKind.NUMBER, "옷 치수"),
        Field("born", FieldKind.DATE, "생일"),
        Field("wish", FieldKind.LONG_TEXT, "내년에 늘렸으면 하는 활동"),
        Field("note", FieldKind.TEXT, "비상 연락처"),
        Field("read", FieldKind.AGREE, "안전 안내를 읽었습니다"),
    )
    here = page(school, await sent(school, fields=fields))
    wrong = [
        ("answer_bus", "버스"),
        ("answer_bus", "걸어서"),
        ("answer_food", "돌"),
        ("answer_size", "백삼십"),
        ("answer_born", "작년"),
        ("answer_note", "글" * 2001),
        ("answer_read", "아니요"),
    ]
    guardian = await school.client_as("김하늘")
    refused = await send(
        guardian, here, here, urlencode([*wrong, *{**TYPED, "agree": str(SIGNING.version)}.items()])
    )
    back = await followed(guardian, refused)
    summary = back.text.split("data-unsent")[1].split("</ul>")[0]
    assert re.findall(r'<a href="#[^"]+">([^<]+)</a>', summary) == [
        "‘어떻게 옵니까?’에서 하나만 선택해 주세요.",
        "‘못 먹는 것’의 선택지에서 선택해 주세요.",
        "‘옷 치수’에 숫자만 입력해 주세요. 쉼표와 단위는 빼 주세요. (예: 12000)",
        "‘생일’의 날짜를 선택해 주세요.",
        "‘내년에 늘렸으면 하는 활동’에 답해 주세요.",
        "‘비상 연락처’의 답이 너무 깁니다. 2,000자 이하로 줄여 주세요.",
        "‘안전 안내를 읽었습니다’의 확인란에 표시해 주세요.",
    ]
    assert "숫자만 입력해 주세요." in back.text.split("</ul>", 1)[1]  # and at the question itself


async def test_going_back_never_meets_a_page_that_cannot_be_shown_again(school: School) -> None:
    """Every answer to a form that a browser keeps in its history is one that may be asked for."""
    form = page(school, await sent(school))
    keeper = await school.client_as("오정숙")
    person = f"/admin/people/{school.id('김하늘')}"
    visitor = await school.anonymous()
    guardian = await school.client_as("김하늘")
    for client, here, action, data in (
        (visitor, "/sign-in", "/sign-in", {"login": "nobody", "password": "wrong-pass"}),
        (visitor, "/welcome", "/welcome", {"code": "7K3M-9QWE-R2T4"}),
        (guardian, "/me", "/me", {"email": "주소", "language": "ko"}),
        (guardian, form, form, {}),
        (keeper, "/admin/people/new", "/admin/people/staff", {"name": "김새롬"}),
        (keeper, person, f"{person}/contact", {"email": "주소", "language": "ko"}),
        (keeper, "/admin/classes", "/admin/classes", {"grade": "9", "number": "1"}),
        (keeper, "/admin/groups", "/admin/groups", {"name": ""}),
    ):
        refused = await send(client, here, action, data)
        assert (refused.status, refused.headers["Cache-Control"]) == (303, "no-store"), action
        back = await client.get(refused.location)
        assert back.status == 200, action
        assert "data-unsent" in back.text, action
        typed = next(iter(data.values()), "")
        assert typed in back.text, action


async def test_printed_invitations_can_be_gone_back_to_by_who_printed_them(school: School) -> None:
    keeper, teacher = await school.client_as("오정숙"), await school.client_as("박서연")
    here = f"/admin/people/{school.id('박하준')}"
    printed = await send(keeper, here, f"{here}/letter", {})
    for _again in range(2):
        assert "박하준" in (await keeper.get(printed.location)).text
    assert (await teacher.get(printed.location)).status == 404
    await keeper.post("/sign-out")
    assert (await keeper.get(printed.location)).status == 404


async def test_printed_invitations_are_not_shown_once_the_session_has_ended(school: School) -> None:
    keeper = await signed_in(school, "오정숙")
    here = f"/admin/people/{school.id('박하준')}"
    printed = await send(keeper, here, f"{here}/letter", {})
    signin = school.people.roster.signin
    await school.db.write(lambda tx: signin.accounts.end_sessions(tx, school.id("오정숙")))
    assert (await keeper.get(printed.location)).status == 404
    await sign_in(school, keeper, "오정숙", "/")
    assert "박하준" in (await keeper.get(printed.location)).text


async def test_a_form_comes_back_at_an_address_without_a_port(school: School) -> None:
    guardian = await school.client_as("김하늘")
    for scheme in ("http", "https"):
        names = {"Host": "school.example.kr", "Referer": f"{scheme}://school.example.kr/me"}
        refused = await guardian.post("/me", {"email": "내 주소", "language": "ko"}, headers=names)
        assert "내 주소" in (await followed(guardian, refused)).text


async def test_another_form_of_the_page_takes_nothing_of_what_came_back(school: School) -> None:
    guardian = await school.client_as("김하늘")
    refused = await send(guardian, "/me", "/me", {"email": "내 주소", "language": "ko"})
    other = await send(guardian, refused.location, "/language", {"lang": "en", "next": "/me"})
    assert other.status == 303
    assert "내 주소" in (await guardian.get(refused.location)).text


async def test_what_is_too_much_to_keep_is_said_to_be_lost(school: School) -> None:
    """Of somebody who is not signed in: many small fields take more room than their letters."""
    visitor = await school.anonymous()
    sent = "code=7K3M-9QWE-R2T4" + "&a=" * 500
    back = await followed(visitor, await send(visitor, "/welcome", "/welcome", sent))
    assert "보낸 내용을 모두 복구하지는 못했습니다." in back.text


async def test_passwords_do_not_come_back(school: School) -> None:
    visitor = await school.anonymous()
    wrong = {"login": "nobody", "password": "secret-of-mine"}
    back = await followed(visitor, await send(visitor, "/sign-in?next=/me", "/sign-in", wrong))
    assert value(back.text, "login") == "nobody"
    assert next_of(back) == "/me"
    assert "secret-of-mine" not in back.text


async def test_programs_are_answered_as_ever(school: School) -> None:
    here = page(school, await sent(school))
    guardian = await school.client_as("김하늘")
    assert (await guardian.post(here, {})).status == 422
    elsewhere = {"Referer": "https://elsewhere.example/form"}
    assert (await guardian.post(here, {}, headers=elsewhere)).status == 422


async def test_what_has_no_form_any_more_can_still_be_copied(school: School) -> None:
    """The letter was sent from another window: its editor is closed, the text is not lost."""
    here = await draft(school)
    teacher = await school.client_as("박서연")
    shown = await teacher.get(here)
    desk = school.app[NEWSLETTERS].desk
    await desk.send(await school.asker("박서연"), here.split("/")[2])
    late = await send(teacher, here, here, written(shown.text, body="끝까지 다듬은 본문"))
    back = await followed(teacher, late)
    assert back.status == 409
    assert "끝까지 다듬은 본문" in back.text


# Sessions that end --------------------------------------------------------------------------------


async def signed_in(school: School, name: str) -> Client:
    """Somebody at a browser of a school, signed in with a password as everybody is."""
    signin = school.people.roster.signin
    hashed = await signin.hash_password("seed-and-soil-1")
    await school.db.write(lambda tx: signin.accounts.reset_password(tx, school.id(name), hashed))
    client = await school.anonymous()
    assert (await sign_in(school, client, name, "/")).status == 303
    return client


async def sign_in(school: School, client: Client, name: str, to: str) -> Answer:
    login = next(
        iter(
            await school.db.read(
                lambda tx: tx.rows(
                    "SELECT login FROM signin_v_account WHERE account_id = ?", (school.id(name),)
                )
            )
        )
    )[0]
    return await client.post(
        "/sign-in", {"login": login, "password": "seed-and-soil-1", "next": to}
    )


async def test_a_letter_written_past_the_end_of_the_session_is_there_after_signing_in(
    school: School,
) -> None:
    teacher = await signed_in(school, "박서연")
    here = await draft(school)
    shown = await teacher.get(here)
    school.clock.advance(40 * DAY)
    typed = written(shown.text, body="마지막 문장까지 다 썼습니다.")
    refused = await send(teacher, here, here, typed)
    assert refused.location.startswith("/sign-in?next=")
    door = await teacher.get(refused.location)
    assert "입력한 내용은 보관되어 있으니" in door.text
    assert "보관되어" not in (await (await school.anonymous()).get("/sign-in?next=/me")).text
    back = await followed(teacher, await sign_in(school, teacher, "박서연", next_of(door)))
    assert back.status == 200
    assert value(back.text, "body") == "마지막 문장까지 다 썼습니다."
    assert "로그인이 만료되어" in back.text
    saved = await send(teacher, here, here, written(back.text))
    assert saved.location == here
    assert "마지막 문장까지" in value((await teacher.get(here)).text, "body")


async def test_files_sent_after_the_end_of_the_session_are_named_to_be_chosen_again(
    school: School,
) -> None:
    teacher = await signed_in(school, "박서연")
    here = await draft(school)
    school.clock.advance(40 * DAY)
    form = aiohttp.FormData(quote_fields=False)
    form.add_field("files", b"%PDF-1.4", filename="안내.pdf")
    action = here.replace("/edit", "/attachments")
    refused = await teacher.post(action, form, headers={"Referer": school.url + here})
    door = await teacher.get(refused.location)
    back = await followed(teacher, await sign_in(school, teacher, "박서연", next_of(door)))
    assert "선택한 파일(안내.pdf)은 다시 선택해 주세요." in back.text


async def test_another_person_who_signs_in_does_not_see_what_was_typed(school: School) -> None:
    parent = await signed_in(school, "김하늘")
    await signed_in(school, "이준혁")  # has a password now
    here = page(school, await sent(school, deadline_at=school.clock.now() + 60 * DAY))
    school.clock.advance(40 * DAY)
    refused = await send(parent, here, here, {"answer_allergy": "비밀 이야기", **TYPED})
    door = await parent.get(refused.location)
    other = await followed(parent, await sign_in(school, parent, "이준혁", next_of(door)))
    assert "비밀 이야기" not in other.text


async def test_signing_out_forgets_what_waited(school: School) -> None:
    guardian = await signed_in(school, "김하늘")
    refused = await send(guardian, "/me", "/me", {"email": "비밀 주소", "language": "ko"})
    assert "비밀 주소" in (await guardian.get(refused.location)).text
    await guardian.post("/sign-out")
    await sign_in(school, guardian, "김하늘", "/")
    assert "비밀 주소" not in (await guardian.get(refused.location)).text


async def test_what_waits_ends_after_some_hours(school: School) -> None:
    guardian = await school.client_as("김하늘")
    refused = await send(guardian, "/me", "/me", {"email": "옛 주소", "language": "ko"})
    school.clock.advance(3 * HOUR)
    assert "옛 주소" not in (await guardian.get(refused.location)).text


async def test_a_part_of_a_page_is_not_replaced_by_the_sign_in_page(school: School) -> None:
    nobody = await school.anonymous()
    part = {"HX-Request": "true", "Referer": f"{school.url}/newsletters/desk"}
    answer = await nobody.post("/newsletters/preview", {"body": "글"}, headers=part)
    assert (answer.status, answer.text) == (401, "")


async def test_what_was_said_waits_for_the_page_whatever_its_parts_ask_first(
    school: School,
) -> None:
    here = await draft(school)
    teacher = await school.client_as("박서연")
    shown = await teacher.get(here)
    await teacher.post(here, written(shown.text))
    await teacher.post("/newsletters/preview", {"body": "글"}, headers={"HX-Request": "true"})
    await teacher.get("/home/cards", headers={"HX-Request": "true", "Sec-Fetch-Mode": "cors"})
    await teacher.get(here, headers={"Sec-Fetch-Mode": "cors"})  # a live part reads its own page
    assert "저장했습니다" in (await teacher.get(here, headers={"Sec-Fetch-Mode": "navigate"})).text
    assert "저장했습니다" not in (await teacher.get(here)).text


async def test_the_script_learns_where_to_go_without_leaving_its_page(school: School) -> None:
    here = await draft(school)
    teacher = await school.client_as("박서연")
    script = {"Madang-Sent": school.id("박서연"), "Referer": school.url + here}
    shown = await teacher.get(here)
    saved = await teacher.post(here, written(shown.text), headers=script)
    assert (saved.status, saved.json()) == (200, {"location": here})
    assert "저장했습니다" in (await teacher.get(here)).text  # the flash was not lost on the way
    nobody = await school.anonymous()
    ended = await nobody.post(here, written(shown.text), headers=script)
    assert (ended.status, ended.json()["title"]) == (401, "sign-in-required")
    other = await school.client_as("한지민")  # the same browser, after another has signed in
    refused = await other.post("/me", {"language": "ko"}, headers=script)
    assert (refused.status, refused.json()["title"]) == (401, "sign-in-required")
    assert (await nobody.get("/session")).json() == {"person": ""}
    assert (await teacher.get("/session")).json() == {"person": school.id("박서연")}


# Two who write at once ----------------------------------------------------------------------------


async def test_two_windows_on_one_letter_do_not_overwrite_each_other(school: School) -> None:
    here = await draft(school)
    teacher = await school.client_as("박서연")
    first, second = (await teacher.get(here)).text, (await teacher.get(here)).text
    one = written(first, title="체험학습 안내", body="12. 24.(목)에 갑니다.\n준비물: 도시락, 물통")
    assert (await send(teacher, here, here, one)).location == here
    two = written(second, body="12. 24.(목)에 갑니다.\n준비물: 도시락, 모자\n출발: 08:40")
    refused = await send(teacher, here, here, two)
    both = await followed(teacher, refused)
    assert "두 내용이 다릅니다" in both.text
    assert "<mark>물통</mark>" in both.text
    assert "모자" in both.text
    assert "체험학습 안내" in words(both.text)
    # Nothing was overwritten by asking.
    assert value((await teacher.get(here)).text, "body").endswith("물통")

    mine = await teacher.get(link(both.text, "내가 작성한 내용으로 계속"))
    assert value(mine.text, "body").endswith("08:40")
    merged = await teacher.get(link(both.text, "두 내용을 합쳐서 계속"))
    assert "물통" in value(merged.text, "body")
    assert "모자" in value(merged.text, "body")
    assert value(merged.text, "body").count("12. 24.(목)에 갑니다.") == 1
    theirs = await teacher.get(link(both.text, "저장된 내용으로 계속"))
    assert value(theirs.text, "title") == "체험학습 안내"

    kept = await send(teacher, here, here, written(merged.text))
    assert kept.location == here
    assert "모자" in value((await teacher.get(here)).text, "body")


async def test_going_on_with_mine_does_not_hide_a_third_version(school: School) -> None:
    here = await draft(school)
    teacher = await school.client_as("박서연")
    opened = (await teacher.get(here)).text
    await send(teacher, here, here, written(opened, body="두 번째"))
    both = await followed(teacher, await send(teacher, here, here, written(opened, body="세 번째")))
    current = (await teacher.get(here)).text
    await send(teacher, here, here, written(current, body="네 번째"))
    mine = await teacher.get(link(both.text, "내가 작성한 내용으로 계속"))
    again = await followed(teacher, await send(teacher, here, here, written(mine.text)))
    assert "네 번째" in words(again.text)
    assert "세 번째" in words(again.text)


async def test_saving_by_itself_overwrites_nobody(school: School) -> None:
    here = await draft(school)
    teacher = await school.client_as("박서연")
    opened = (await teacher.get(here)).text
    program = {"Accept": "application/json", "Madang-Sent": school.id("박서연")}
    first = await teacher.post(
        here.replace("edit", "autosave"), written(opened, body="하나"), headers=program
    )
    assert first.status == 200
    on = written(opened, body="하나 둘", seen=first.json()["seen"])
    assert (await teacher.post(here.replace("edit", "autosave"), on, headers=program)).status == 200
    late = await teacher.post(
        here.replace("edit", "autosave"), written(opened, body="셋"), headers=program
    )
    assert (late.status, late.json()["title"]) == (409, "changed-meanwhile")
    assert value((await teacher.get(here)).text, "body") == "하나 둘"


async def test_a_letter_that_was_kept_and_not_sent_is_not_taken_for_anothers(
    school: School,
) -> None:
    """Saving succeeded, sending did not: the page that comes back goes on from what was saved."""
    here = await draft(school)
    teacher = await school.client_as("박서연")
    opened = (await teacher.get(here)).text
    refused = await send(teacher, here, here, written(opened, title="", act="send"))
    back = await followed(teacher, refused)
    assert "data-unsent" in back.text
    assert (await send(teacher, here, here, written(back.text, title="다시"))).location == here


async def test_two_keepers_of_the_lists_see_each_others_changes(school: School) -> None:
    office, administrator = await school.client_as("오정숙"), await school.client_as("정민호")
    here = f"/admin/people/{school.id('박서연')}"
    forms = {
        "post": ({"position": "교사", "department": "3학년부"}, "department", "2학년부", "4학년부"),
        "contact": ({"language": "ko", "email": ""}, "phone", "010-1111-1111", "010-2222-2222"),
    }
    for action, (rest, name, one, two) in forms.items():
        opened = (await office.get(here)).text
        form = opened.split(f'action="{here}/{action}"')[1].split("</form>")[0]
        seen = value(form, "seen")
        first = {**rest, name: one, "seen": seen}
        assert (await send(administrator, here, f"{here}/{action}", first)).location == here
        late = await send(office, here, f"{here}/{action}", {**rest, name: two, "seen": seen})
        both = await followed(office, late)
        assert "두 내용이 다릅니다" in both.text, action
        assert one in words(both.text)
        assert two in words(both.text)


async def test_a_setting_changed_by_another_is_shown_before_it_is_replaced(school: School) -> None:
    head, deputy = await school.client_as("최은영"), await school.client_as("윤태식")
    here = "/newsletters/rules"
    opened = (await head.get(here)).text
    seen = value(opened, "seen")
    first = await send(deputy, here, here, {"grade_by_head": "1", "seen": seen})
    assert first.location == here
    late = await send(head, here, here, {"own_class_at_once": "1", "seen": seen})
    both = await followed(head, late)
    assert "부장교사가 학년에 바로 발행" in both.text
