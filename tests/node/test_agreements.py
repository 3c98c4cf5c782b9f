"""The agreement to sign electronically: what somebody agreed to stays what they agreed to."""

from node.people.agreements import SIGNING, SIGNINGS
from node.people.invitations import invited
from protocol.receipts import from_file, verify
from tests.node.conftest import School
from tests.node.test_compared import altered, daily, dangers
from tests.node.test_forms import answer, page, records, sent, sql

WORDINGS = {
    1: "26d9d35971b02c9db196421fe3657d9ab6581e008b9727ee8a4c91278ac72fd9",
    2: "8d3fc56433546c99f5d527781535675acf4b7e8c6a1f640205cd047c9fc25a69",
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
