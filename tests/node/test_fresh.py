"""Who acts has proved who they are lately: what each route asks for, and how people are asked."""

import re

import msgspec
import pyotp

from kit.clock import HOUR, MINUTE
from kit.db import Tx
from kit.signin import fresh
from kit.signin.fresh import DECISIONS, RIGHTS
from node.people.agreements import SIGNING
from node.people.model import NewPerson, Role
from tests.node.conftest import Answer, Client, School
from tests.node.tables import TABLE
from tests.node.test_forms import answer, sent
from tests.node.test_routes import registered
from tests.node.test_unsent import followed, send, value

PASSWORD = "seed-and-soil-1"


def asked(school: School) -> dict[str, int | None]:
    """ "METHOD path" → what it asks for, of every route that changes something or asks."""
    return {
        f"{route.method} {route.resource.canonical}": fresh.declared(route.handler)
        for route in school.app.router.routes()
        if route.resource is not None
        and route.method != "HEAD"
        and (route.method != "GET" or fresh.declared(route.handler))
    }


async def with_password(school: School, name: str) -> None:
    signin = school.people.roster.signin
    hashed = await signin.hash_password(PASSWORD)
    await school.db.write(lambda tx: signin.accounts.reset_password(tx, school.id(name), hashed))


async def roles_of(school: School, name: str) -> set[str]:
    query = "SELECT role FROM people_v_role WHERE person_id = ?"
    return {role for (role,) in await school.db.read(lambda tx: tx.rows(query, (school.id(name),)))}


async def give_head(school: School, client: Client) -> Answer:
    """한지민 becomes head of a grade, by the form of her page."""
    here = f"/admin/people/{school.id('한지민')}"
    return await send(client, here, here + "/roles", [("role", "teacher"), ("role", "head")])


async def confirm(client: Client, target: str = "/", password: str = PASSWORD) -> Answer:
    return await client.post("/sign-in/confirm", {"password": password, "next": target})


async def test_every_route_that_changes_something_says_what_it_asks_for(school: School) -> None:
    tabled = {
        f"{route.method} {route.path}": route.proof
        for route in TABLE
        if route.method != "GET" or isinstance(route.proof, int)
    }
    unsaid = [one for one, proof in tabled.items() if proof is msgspec.UNSET]
    assert unsaid == [], "say in its table what it asks for: proof=RIGHTS, DECISIONS or NOTHING"
    assert asked(school) == tabled
    assert (RIGHTS, DECISIONS) == (10 * MINUTE, 12 * HOUR)


async def test_whoever_proved_themselves_too_long_ago_reaches_none_of_them(school: School) -> None:
    client = await school.client_as("정민호")
    school.clock.advance(DECISIONS + 1)
    got = {}
    for method, path in sorted(registered(school.app)):
        if asked(school).get(f"{method} {path}") is None:
            continue
        address = re.sub(r"\{(number|version|leaf)\}", "1", path.replace("{kind}", "model"))
        address = re.sub(r"\{\w+\}", "0" * 20, address)
        answer = await client.request(method, address, headers={"Accept": "application/json"})
        got[f"{method} {path}"] = (answer.status, answer.json()["title"])
    assert {one: said for one, said in got.items() if said != (403, "sign-in-again")} == {}
    assert set(got) == {f"{one.method} {one.path}" for one in TABLE if isinstance(one.proof, int)}


async def test_a_role_is_given_after_a_proof_of_the_last_ten_minutes(school: School) -> None:
    await with_password(school, "정민호")
    client = await school.client_as("정민호")
    school.clock.advance(RIGHTS + 1)
    refused = await give_head(school, client)
    assert refused.status == 303
    assert refused.location.startswith("/sign-in/confirm?next=/admin/people/")
    assert await roles_of(school, "한지민") == {"teacher"}

    door = await followed(client, refused)
    assert "본인 확인" in door.text
    assert "보관되어 있으니" in door.text
    assert 'name="login"' not in door.text  # nobody else can be named
    target = value(door.text.split('action="/sign-in/confirm"')[1], "next")
    wrong = await confirm(client, target, "not-the-password")
    assert wrong.status == 401
    said = (await followed(client, wrong)).text if wrong.status == 303 else wrong.text
    assert "비밀번호가 맞지 않습니다." in said
    assert "아이디 또는" not in said  # it was not asked for
    back = await followed(client, await confirm(client, target))
    assert "한 번 더 눌러 주세요" in back.text
    assert re.search(r'value="head" checked', back.text)  # what was chosen is still there

    assert (await give_head(school, client)).location.endswith(school.id("한지민"))
    assert await roles_of(school, "한지민") == {"teacher", "head"}
    school.clock.advance(RIGHTS + 1)
    again = await give_head(school, client)
    assert again.location.startswith("/sign-in/confirm")


async def test_a_proof_under_a_clock_that_was_ahead_is_none_once_it_is_set_right(
    school: School,
) -> None:
    await with_password(school, "정민호")
    client = await school.client_as("정민호")
    school.clock.advance(8 * HOUR)
    await confirm(client)
    assert not (await give_head(school, client)).location.startswith("/sign-in/confirm")
    school.clock.advance(-8 * HOUR)
    assert (await give_head(school, client)).location.startswith("/sign-in/confirm")


async def test_whoever_finds_a_session_open_is_not_shown_what_will_be_its_second_factor(
    school: School,
) -> None:
    await with_password(school, "정민호")
    client = await school.client_as("정민호")
    school.clock.advance(RIGHTS + 1)
    led = await client.get("/account/totp")
    assert led.location == "/sign-in/confirm?next=/account/totp"
    assert (await confirm(client, "/account/totp")).location == "/account/totp"
    assert "otpauth:" in (await client.get("/account/totp")).text


async def test_a_proof_given_to_another_process_counts_at_once(school: School) -> None:
    client = await school.client_as("정민호")
    school.clock.advance(RIGHTS + 1)
    assert (await give_head(school, client)).location.startswith("/sign-in/confirm")
    now = school.clock.now()
    await school.db.write(
        lambda tx: tx.execute("UPDATE signin_session SET verified_at = ?", (now,))
    )
    assert (await give_head(school, client)).location.endswith(school.id("한지민"))


async def test_a_proof_counts_on_the_device_where_it_was_given(school: School) -> None:
    await with_password(school, "정민호")
    here, elsewhere = await school.client_as("정민호"), await school.client_as("정민호")
    school.clock.advance(RIGHTS + 1)
    await confirm(here)
    assert (await give_head(school, elsewhere)).location.startswith("/sign-in/confirm")
    assert not (await give_head(school, here)).location.startswith("/sign-in/confirm")


async def test_the_script_is_told_to_ask_within_the_page(school: School) -> None:
    await with_password(school, "정민호")
    client = await school.client_as("정민호")
    school.clock.advance(RIGHTS + 1)
    here = f"/admin/people/{school.id('한지민')}"
    headers = {"Madang-Sent": school.id("정민호"), "Referer": client.base + here}
    told = await client.post(here + "/roles", {"role": "head"}, headers=headers)
    assert (told.status, told.json()["title"]) == (403, "sign-in-again")
    dialog = await client.get("/sign-in/confirm/dialog", headers={"HX-Request": "true"})
    assert 'action="/sign-in/confirm"' in dialog.text
    assert "<html" not in dialog.text


async def test_a_guardian_is_asked_once_in_a_working_day(school: School) -> None:
    await with_password(school, "김하늘")
    first, second = await sent(school), await sent(school)
    guardian = await school.client_as("김하늘")
    school.clock.advance(DECISIONS + 1)
    asked = await answer(school, guardian, first)
    assert asked.status == 403
    await confirm(guardian)
    assert (await answer(school, guardian, first)).location == "/receipts/0"
    school.clock.advance(11 * HOUR)
    assert (await answer(school, guardian, second)).location == "/receipts/1"


async def test_who_has_a_second_factor_shows_it_too_and_each_code_counts_once(
    school: School,
) -> None:
    await with_password(school, "정민호")
    client = await school.client_as("정민호")
    await client.get("/account/totp")
    query = "SELECT totp_pending FROM signin_account WHERE account_id = ?"
    secret = await school.db.read(lambda tx: tx.value(query, (school.id("정민호"),)))
    totp = pyotp.TOTP(secret)
    code = totp.at(school.clock.now() // 1000)
    assert (await client.post("/account/totp", {"code": code})).status == 200
    school.clock.advance(RIGHTS + 1)
    assert 'name="code"' in (await client.get("/sign-in/confirm")).text
    assert (await confirm(client)).status == 401
    fresh_code = {"password": PASSWORD, "code": totp.at(school.clock.now() // 1000)}
    assert (await client.post("/sign-in/confirm", fresh_code)).status == 303
    assert (await client.post("/sign-in/confirm", fresh_code)).status == 401


async def test_guessing_is_slowed_down_as_at_the_sign_in(school: School) -> None:
    await with_password(school, "정민호")
    client = await school.client_as("정민호")
    guesses = [(await confirm(client, password=f"guess-{n}")).status for n in range(5)]
    assert guesses == [401] * 5
    assert (await confirm(client)).status == 429


async def test_the_password_of_somebody_else_confirms_nothing(school: School) -> None:
    await with_password(school, "최은영")
    client = await school.client_as("정민호")
    school.clock.advance(RIGHTS + 1)
    assert (await confirm(client)).status == 401
    assert (await give_head(school, client)).location.startswith("/sign-in/confirm")


async def test_who_has_just_accepted_an_invitation_has_proved_who_they_are(school: School) -> None:
    def work(tx: Tx) -> str:
        roster = school.people.roster
        person = roster.add_staff(
            tx, NewPerson(name="새선생"), "교사", "연구부", roles=(Role.TEACHER,)
        )
        return school.people.invitations.invite(tx, person)[0]

    code = await school.db.write(work)
    client = await school.anonymous()
    accepted = await client.post(
        f"/welcome/{code}",
        {
            "confirmed_name": "새선생",
            "login": "newteacher",
            "password": PASSWORD,
            "repeated": PASSWORD,
            "agreed": str(SIGNING.version),
        },
    )
    assert accepted.status == 303, accepted.text
    assert (await client.post("/account/passkeys/options")).status == 200


async def test_a_password_shown_to_the_messenger_is_no_proof_here(school: School) -> None:
    await with_password(school, "정민호")
    client = await school.client_as("정민호")
    school.clock.advance(RIGHTS + 1)
    signin = school.people.roster.signin
    login = await school.db.read(
        lambda tx: tx.value(
            "SELECT login FROM signin_v_account WHERE account_id = ?", (school.id("정민호"),)
        )
    )
    assert await signin.check_password(login, PASSWORD, address="", door="messenger")
    assert (await give_head(school, client)).location.startswith("/sign-in/confirm")


async def test_whoever_asks_for_a_backup_proves_it_first_and_then_gets_it(school: School) -> None:
    await with_password(school, "정민호")
    client = await school.client_as("정민호")
    school.clock.advance(RIGHTS + 1)
    address = "/admin/system/backups/none.tar.gz"
    led = await client.get(address)
    assert led.location == f"/sign-in/confirm?next={address}"
    assert (await confirm(client, address)).location == address
    assert (await client.get(address)).status == 404
