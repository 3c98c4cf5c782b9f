"""A guardian signs a consent by passkey: what the device signed is in the record, and only that is taken."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from yarl import URL

from kit.clock import MINUTE
from kit.ids import new_id
from kit.signin.passkeys import Ceremony
from kit.signin.web import SIGNIN
from node.forms.web import FORMS
from node.people.agreements import SIGNING
from protocol.receipts import from_file, verify
from protocol.records import ConsentV4, SignatureKind
from scripts.madang import main
from tests.kit.authenticator import Authenticator
from tests.node.conftest import Answer, Client, School
from tests.node.test_form_wordings import corrected
from tests.node.test_forms import NO, YES, left_behind, page, records, sent


async def with_passkey(school: School, name: str = "김하늘", **how: Any) -> Authenticator:
    """Somebody adds a passkey to their account."""
    signin = school.app[SIGNIN]
    started = await school.db.write(
        lambda tx: signin.accounts.start_session(
            tx, school.id(name), device="x", address="192.0.2.7"
        )
    )
    device = Authenticator(signin.public_url, str(URL(signin.public_url).host), **how)
    account, _sessions, _passkeys = await signin.own.overview(started.session)
    asked = await signin.passkeys.begin_registration(account)
    await signin.own.add_passkey(started.session, asked.id, device.register(asked), "엄마 전화")
    await school.settled()  # the log has named it, in the record before the first consent
    return device


class Page:
    """The page of a child's form in a browser with a script, as js/sending.js sends it."""

    def __init__(
        self, school: School, client: Client, form: str, child: str = "이지우", who: str = "김하늘"
    ) -> None:
        self.path = page(school, form, child)
        self.client = client
        self.url = school.url
        self.who = school.id(who)
        self.submission = new_id()

    async def send(self, **values: str) -> Answer:
        filled = {
            "answer_going": YES,
            "submission": self.submission,
            "agree": str(SIGNING.version),
            "act": "passkey",
            **values,
        }
        headers = {"Madang-Sent": self.who, "Referer": self.url + self.path}
        return await self.client.post(self.path, filled, headers=headers)

    async def ask(self, **values: str) -> dict[str, str]:
        """What the passkey is to sign."""
        asked = await self.send(**values)
        assert asked.status == 200, asked.text
        task: dict[str, str] = asked.json()["passkey"]
        return task

    async def sign(self, device: Authenticator, task: dict[str, str], **values: str) -> Answer:
        return await self.send(passkey=signed(device, task), **values)


def signed(device: Authenticator, task: dict[str, str]) -> str:
    answered = device.sign(Ceremony(task["id"], task["options"]))
    return json.dumps({"id": task["id"], "context": task["context"], "credential": answered})


async def refusal(client: Client, answer: Answer) -> str:
    """The page to which what was sent came back."""
    location = answer.json()["location"]
    assert "unsent=" in location
    return (await client.get(location)).text


async def opened(school: School, form: str, **how: Any) -> Page:
    return Page(school, await school.client_as("김하늘"), form, **how)


async def test_the_record_holds_what_the_passkey_signed_and_the_receipt_names_it(
    school: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    device = await with_passkey(school)
    here = await opened(school, await sent(school))
    shown = (await here.client.get(here.path)).text
    assert shown.index("패스키로 서명하고 제출") < shown.index("서명을 그리거나 이름을 입력해 제출")
    done = await here.sign(device, await here.ask())
    assert done.json() == {"location": "/receipts/1"}
    (record,) = await records(school)
    assert isinstance(record, ConsentV4)
    assert record.signature_kind is SignatureKind.PASSKEY
    assert record.passkey is not None
    assert record.passkey.name == "엄마 전화"
    file = (await here.client.get("/receipts/1/file")).body
    found = verify(from_file(file))
    assert found.valid
    assert "passkey" in {one.code for one in found.checks}
    place = tmp_path / "receipt.madang-receipt.json"
    place.write_bytes(file)
    assert main(["verify", str(place)]) == 0
    for text in (
        (await here.client.get("/receipts/1")).text,
        (await (await school.anonymous()).post("/verify", {"receipt": file.decode()})).text,
        capsys.readouterr().out,
    ):
        assert "엄마 전화" in text
        assert "바로 이 글과 답에 서명" in text
    assert await school.app[FORMS].compare(school.db) == []


async def test_who_has_no_passkey_is_offered_none(school: School) -> None:
    form = await sent(school)
    shown = await (await school.client_as("김하늘")).get(page(school, form))
    assert "패스키로 서명하고 제출" not in shown.text
    assert "이름으로 서명하기" in shown.text


async def test_other_answers_than_those_signed_are_not_taken(school: School) -> None:
    device = await with_passkey(school)
    here = await opened(school, await sent(school))
    task, before = await here.ask(), await left_behind(school)
    done = await here.sign(device, task, answer_going=NO)
    assert "내용이 바뀌어 제출하지 않았습니다" in await refusal(here.client, done)
    assert await left_behind(school) == before


async def test_what_was_signed_for_one_child_or_moment_is_nothing_for_another(
    school: School,
) -> None:
    device = await with_passkey(school)
    form = await sent(school, ("guardians",))
    here, sibling = await opened(school, form), await opened(school, form, child="이지호")
    done = await sibling.send(passkey=signed(device, await here.ask()))
    assert "내용이 바뀌어" in await refusal(sibling.client, done)
    task = await here.ask()
    done = await here.sign(device, {**task, "context": str(int(task["context"]) + 1)})
    assert "내용이 바뀌어" in await refusal(here.client, done)
    assert await records(school) == []


async def test_an_assertion_is_taken_once_and_for_five_minutes(school: School) -> None:
    device = await with_passkey(school)
    here = await opened(school, await sent(school))
    once = signed(device, await here.ask())
    assert (await here.send(passkey=once)).json() == {"location": "/receipts/1"}
    again = Page(school, here.client, here.path.split("/")[2])
    done = await again.send(passkey=once)
    assert "패스키 서명을 확인하지 못해" in await refusal(again.client, done)
    late = await again.ask(answer_going=NO)
    school.clock.advance(6 * MINUTE)
    done = await again.sign(device, late, answer_going=NO)
    assert "패스키 서명을 확인하지 못해" in await refusal(again.client, done)
    assert len(await records(school)) == 1


async def test_the_same_page_sent_again_after_a_lost_answer_is_one_consent(school: School) -> None:
    device = await with_passkey(school)
    here = await opened(school, await sent(school))
    await here.sign(device, await here.ask())
    assert (await here.send()).json() == {"location": "/receipts/1"}
    assert len(await records(school)) == 1


async def test_of_two_tabs_the_second_is_shown_what_the_first_signed(school: School) -> None:
    device = await with_passkey(school)
    form = await sent(school)
    one, other = await opened(school, form), await opened(school, form)
    first, second = await one.ask(), await other.ask(answer_going=NO)
    await one.sign(device, first)
    done = await other.sign(device, second, answer_going=NO)
    shown = await refusal(other.client, done)
    assert "내용이 바뀌어" in shown
    assert "님이" in shown  # who answered, and when
    done = await other.sign(device, await other.ask(answer_going=NO), answer_going=NO)
    assert done.json() == {"location": "/receipts/2"}
    consent, changed = await records(school)
    assert changed.supersedes is not None
    assert (consent.answers[0].answer, changed.answers[0].answer) == (YES, NO)


async def test_two_assertions_at_the_same_time_make_one_record_each_or_none(
    school: School,
) -> None:
    device = await with_passkey(school)
    form = await sent(school)
    pages = [await opened(school, form) for _number in range(3)]
    tasks = [await one.ask() for one in pages]
    sendings = [signed(device, task) for task in tasks]
    await asyncio.gather(
        *(one.send(passkey=text) for one, text in zip(pages, sendings, strict=True))
    )
    assert len(await records(school)) == 1


async def test_a_text_that_was_corrected_meanwhile_is_shown_before_it_is_signed(
    school: School,
) -> None:
    device = await with_passkey(school)
    form = await sent(school)
    here = await opened(school, form)
    task = await here.ask(wording="1")
    await corrected(school, form, question="stands")
    done = await here.sign(device, task, wording="1")
    shown = await refusal(here.client, done)
    assert "안내문이 방금 정정되었습니다" in shown
    assert "12일에 갑니다." in shown
    assert await records(school) == []


async def test_a_passkey_whose_counter_does_not_move_signs_nothing(school: School) -> None:
    device = await with_passkey(school)
    form = await sent(school)
    here = await opened(school, form)
    await here.sign(device, await here.ask())
    copy = "UPDATE signin_passkey SET sign_count = 9"
    await school.db.write(lambda tx: tx.execute(copy))
    here = await opened(school, form)
    done = await here.sign(device, await here.ask(answer_going=NO), answer_going=NO)
    assert "삭제하고 다시 등록해 주세요" in await refusal(here.client, done)
    assert len(await records(school)) == 1


async def test_another_persons_passkey_and_a_removed_one_sign_nothing(school: School) -> None:
    theirs, own = await with_passkey(school, "이도윤"), await with_passkey(school)
    here = await opened(school, await sent(school))
    done = await here.sign(theirs, await here.ask())
    assert "패스키 서명을 확인하지 못해" in await refusal(here.client, done)
    text = signed(own, await here.ask())
    await school.db.write(lambda tx: tx.execute("DELETE FROM signin_passkey"))
    done = await here.send(passkey=text)
    assert "패스키 서명을 확인하지 못해" in await refusal(here.client, done)
    assert await records(school) == []


async def test_an_unlocked_device_is_not_enough(school: School) -> None:
    device = await with_passkey(school, verifies=False)
    here = await opened(school, await sent(school))
    done = await here.sign(device, await here.ask())
    assert "패스키 서명을 확인하지 못해" in await refusal(here.client, done)
    assert await records(school) == []


async def test_what_nobody_could_verify_later_is_not_kept(school: School) -> None:
    school.app[SIGNIN].serve_at("http://hanbit.school.example")  # no browser signs on such a page
    device = await with_passkey(school)
    here = await opened(school, await sent(school))
    done = await here.sign(device, await here.ask())
    assert "패스키 서명을 확인하지 못해" in await refusal(here.client, done)
    assert await records(school) == []


async def test_a_consent_by_passkey_is_taken_back_and_given_again(school: School) -> None:
    device = await with_passkey(school)
    form = await sent(school)
    here = await opened(school, form)
    await here.sign(device, await here.ask())
    assert (await here.client.post("/receipts/1/retract")).status == 303
    here = await opened(school, form)
    done = await here.sign(device, await here.ask())
    assert done.json() == {"location": "/receipts/3"}
    assert await school.app[FORMS].compare(school.db) == []


async def test_a_browser_without_a_script_is_told_to_sign_otherwise(school: School) -> None:
    await with_passkey(school)
    form = await sent(school)
    client = await school.client_as("김하늘")
    path = page(school, form)
    done = await client.post(
        path,
        {"answer_going": YES, "act": "passkey", "agree": str(SIGNING.version)},
        headers={"Referer": school.url + path},
    )
    assert done.status == 303
    assert "서명을 그리거나 이름을 입력해" in (await client.get(done.location)).text
