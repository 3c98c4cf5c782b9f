"""The agreement to sign electronically: what somebody agreed to stays what they agreed to."""

import re

from node.people.agreements import SIGNING, SIGNINGS
from node.people.invitations import invited
from protocol.receipts import from_file, verify
from tests.node.conftest import School
from tests.node.test_compared import altered, daily, dangers
from tests.node.test_forms import YES, answer, page, records, sent, sql
from tests.node.test_people import ACCEPTED, account_of, agreements_of, new_guardian
from tests.node.test_unsent import followed, send, value

WORDINGS = {
    1: "26d9d35971b02c9db196421fe3657d9ab6581e008b9727ee8a4c91278ac72fd9",
    2: "8d3fc56433546c99f5d527781535675acf4b7e8c6a1f640205cd047c9fc25a69",
    3: "56c546d04b43fafe1144c1f523880d671ae208b9009af57978fe93403eff2a8a",
}


async def agreed_to_the_first(school: School, name: str) -> None:
    """Somebody agreed before the wording was changed."""
    first = SIGNINGS[0]
    await school.db.write(
        lambda tx: invited.add_agreement(
            tx, school.id(name), first.kind, first.version, first.text_hash, school.clock.now()
        )
    )


def test_a_wording_that_was_agreed_to_is_never_changed() -> None:
    assert {one.version: one.text_hash for one in SIGNINGS} == WORDINGS


async def test_who_has_yet_to_agree_reads_the_whole_of_todays_wording(school: School) -> None:
    form = await sent(school)
    shown = (await (await school.client_as("김하늘")).get(page(school, form))).text
    assert SIGNING.text in shown
    assert "영수증" not in shown


async def test_who_agreed_to_an_earlier_wording_signs_under_that_one_and_is_not_asked_again(
    school: School,
) -> None:
    await agreed_to_the_first(school, "김하늘")
    form, guardian = await sent(school), await school.client_as("김하늘")
    assert 'name="agree"' not in (await guardian.get(page(school, form))).text
    assert (await answer(school, guardian, form, agree="")).status == 303
    (record,) = await records(school)
    assert record.agreement_version == "signing.v1"
    assert await sql(school, "SELECT version FROM people_agreement") == [(1,)]
    assert verify(from_file((await guardian.get("/receipts/0/file")).body)).valid
    assert "기록과 다름" not in (await guardian.get("/receipts/0")).text
    assert (await dangers(school), await daily(school)) == ([], "")


async def test_an_earlier_wording_that_was_altered_is_found(school: School) -> None:
    await agreed_to_the_first(school, "김하늘")
    await answer(school, await school.client_as("김하늘"), await sent(school))
    await altered(school, "UPDATE people_agreement SET text_hash = 'ab'")
    assert "기록과 다름" in (await (await school.client_as("김하늘")).get("/receipts/0")).text
    assert "rows differ" in await daily(school)


# A page that was opened before the wording was changed ----------------------------------------


async def test_who_read_an_earlier_wording_is_shown_todays_with_what_they_had_typed(
    school: School,
) -> None:
    here, guardian = page(school, await sent(school)), await school.client_as("김하늘")
    earlier = {
        "answer_going": YES,
        "answer_allergy": "땅콩",
        "signature_typed": "김하늘",
        "agree": "1",
    }
    back = await followed(guardian, await send(guardian, here, here, earlier))
    assert "동의의 내용이 바뀌었습니다" in back.text
    assert SIGNING.text in back.text
    assert value(back.text, "answer_allergy") == "땅콩"
    assert value(back.text, "signature_typed") == "김하늘"
    box = re.search(r'<input[^>]*name="agree"[^>]*>', back.text)
    assert box is not None
    assert " checked" not in box[0]  # they have agreed to nothing that they read now
    assert await sql(school, "SELECT 1 FROM people_agreement") == []
    assert await records(school) == []
    read = {**earlier, "agree": value(back.text, "agree")}
    assert (await send(guardian, here, here, read)).location == "/receipts/0"
    assert await sql(school, "SELECT version FROM people_agreement") == [(SIGNING.version,)]


async def test_a_program_says_which_wording_was_agreed_to(school: School) -> None:
    form, guardian = await sent(school), await school.client_as("김하늘")
    body = {
        "student_id": school.id("이지우"),
        "values": {"going": [YES]},
        "name": "김하늘",
        "submission": "1",
    }
    for agree, status, problem in (
        (True, 422, "invalid"),
        (None, 422, "agreement-needed"),
        (1, 409, "agreement-changed"),
    ):
        refused = await guardian.post(f"/api/v1/forms/{form}/answers", json=body | {"agree": agree})
        assert (refused.status, refused.json()["title"]) == (status, problem)
    assert await sql(school, "SELECT 1 FROM people_agreement") == []
    signed = await guardian.post(
        f"/api/v1/forms/{form}/answers", json=body | {"agree": SIGNING.version}
    )
    assert signed.status == 201


async def test_whoever_takes_up_an_invitation_agrees_to_what_they_read(school: School) -> None:
    code, phone = await new_guardian(school), await school.anonymous()
    here = f"/welcome/{code}"
    typed = ACCEPTED | {"confirmed_name": "박하준", "login": "garam", "agreed": "1"}
    back = await followed(phone, await send(phone, here, here, typed))
    assert "동의의 내용이 바뀌었습니다" in back.text
    assert value(back.text, "login") == "garam"
    assert await account_of(school, "한가람") is None
    assert (
        await send(phone, here, here, typed | {"agreed": value(back.text, "agreed")})
    ).status == 303
    assert await agreements_of(school, "한가람") == [("signing", 3, school.clock.now())]
