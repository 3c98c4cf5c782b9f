"""Officers at the console: who may enter, who may do what, what is left behind."""

import asyncio
import re
import unicodedata
from functools import partial

import aiohttp
import msgspec
import pyotp
import pytest

from hub.config import FILE
from hub.officers.access import known
from hub.officers.model import CONSOLE, OfficerDisabled, Role
from kit.clock import DAY, HOUR
from kit.db import Tx
from kit.moves import Moving
from kit.signin import attempts
from kit.signin.attempts import count
from kit.signin.model import PasskeyRefused, SignInRefused
from kit.signin.service import PORTAL
from protocol.enrolment import from_qr_text
from protocol.identity import SchoolKind
from protocol.sync import FailingJob, NodeState, Standing
from tests.hub.conftest import HANBIT, PASSWORD, Province, sign_in
from tests.hub.node_simulator import Refused
from tests.kit.authenticator import Authenticator

INVITE = {"school_id": HANBIT, "name": "한빛초등학교", "kind": "elementary", "district": "수원"}
STATE = NodeState(
    version="0.1.0",
    started_at=1,
    disk_free=5 * 2**30,
    disk_total=100 * 2**30,
    failing_jobs=(FailingJob(name="backup", failed_at=1, error="disk full"),),
)


async def standing(province: Province) -> str:
    return (await province.hub.schools.school(CONSOLE, HANBIT)).school.state.value


async def acts(province: Province) -> list[str]:
    return [
        str(row[0])
        for row in await province.hub.db.read(
            lambda tx: tx.rows("SELECT action FROM kit_audit ORDER BY seq")
        )
    ]


async def test_without_a_session_every_page_leads_to_the_sign_in(province: Province) -> None:
    browser = province.browser()
    for path in ("/", "/schools", "/schools/" + HANBIT, "/invitations", "/invitations/new",
                 "/officers", "/audit", "/system"):  # fmt: skip
        answer = await browser.get(path, allow_redirects=False)
        assert answer.status == 303
        assert answer.headers["Location"].startswith("/sign-in")


async def test_a_password_alone_opens_nothing_but_the_enrolment_of_the_second_factor(
    province: Province,
) -> None:
    await province.officer(Role.ADMINISTRATOR)
    browser = province.browser()
    entered = await sign_in(browser, "administrator")
    assert entered.status == 303
    for path in ("/", "/schools", "/officers", "/audit"):
        answer = await browser.get(path, allow_redirects=False)
        assert (answer.status, answer.headers["Location"]) == (303, "/account/totp")
    refused = await browser.post("/invitations", data=INVITE)
    assert refused.status == 403
    assert await province.hub.invitations.lines(CONSOLE) == ([], False)


async def test_what_was_done_at_another_process_of_the_hub_is_not_asked_for_again(
    province: Province,
) -> None:
    await province.officer(Role.ADMINISTRATOR)
    browser, db = province.browser(), province.hub.db
    await db.write(lambda tx: tx.execute("UPDATE signin_account SET password_temporary = 1"))
    await sign_in(browser, "administrator")

    async def led_to() -> str:
        answer = await browser.get("/schools", allow_redirects=False)
        return answer.headers.get("Location", "")

    assert await led_to() == "/account"
    await db.write(lambda tx: tx.execute("UPDATE signin_account SET password_temporary = 0"))
    assert await led_to() == "/account/totp"
    await db.write(lambda tx: tx.execute("UPDATE signin_session SET second_factor = 1"))
    assert await led_to() == ""


async def test_an_officer_with_a_second_factor_must_show_it(province: Province) -> None:
    await (await province.signed_in(Role.OFFICER)).close()
    browser = province.browser()
    answer = await sign_in(browser, "officer")
    assert (answer.status, answer.headers["Location"]) == (303, "/sign-in/code?next=/")
    assert "6자리" in await (await browser.get("/sign-in/code?next=/")).text()
    refused = await browser.get("/schools", allow_redirects=False)
    assert refused.headers["Location"].startswith("/sign-in?")


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        (Role.VIEWER, "/", 200),
        (Role.VIEWER, "/schools", 200),
        (Role.VIEWER, f"/schools/{HANBIT}", 200),
        (Role.VIEWER, "/schools/J999999999", 404),
        (Role.VIEWER, "/invitations", 200),
        (Role.VIEWER, "/audit", 403),
        (Role.VIEWER, "/officers", 403),
        (Role.VIEWER, "/system", 403),
        (Role.OFFICER, "/invitations/new", 200),
        (Role.OFFICER, "/audit", 200),
        (Role.OFFICER, "/officers", 403),
        (Role.OFFICER, "/system", 403),
        (Role.ADMINISTRATOR, "/", 200),
        (Role.ADMINISTRATOR, "/officers", 200),
        (Role.ADMINISTRATOR, "/audit", 200),
        (Role.ADMINISTRATOR, "/system", 200),
    ],
)
async def test_pages_by_role(province: Province, role: Role, path: str, status: int) -> None:
    await province.joined()
    browser = await province.signed_in(role)
    assert (await browser.get(path)).status == status


async def test_a_viewer_changes_nothing(province: Province) -> None:
    await province.joined()
    browser = await province.signed_in(Role.VIEWER)
    before = await acts(province)
    for path, form in (
        ("/invitations", {**INVITE, "school_id": "J107530202"}),
        (f"/schools/{HANBIT}/suspend", {"reason": "시험"}),
        (f"/schools/{HANBIT}/revoke", {"reason": "시험"}),
        (f"/schools/{HANBIT}/place", {"district": "시험"}),
        ("/officers", {"login": "new.one", "name": "누구", "role": "administrator"}),
    ):
        assert (await browser.post(path, data=form)).status == 403
    assert await standing(province) == "active"
    assert await acts(province) == before


async def test_a_suspension_holds_at_once_and_needs_a_reason(province: Province) -> None:
    node = await province.joined()
    browser = await province.signed_in(Role.OFFICER)
    silent = await browser.post(f"/schools/{HANBIT}/suspend", data={"reason": " "})
    assert silent.status == 422
    assert await standing(province) == "active"
    done = await browser.post(
        f"/schools/{HANBIT}/suspend", data={"reason": "점검"}, allow_redirects=False
    )
    assert done.status == 303
    key = await province.hub.db.read(
        lambda tx: province.hub.schools.school_of(tx, node.keys.key_id)
    )
    assert key is not None
    assert (key.standing, key.reason) == (Standing.SUSPENDED, "점검")
    again = await browser.post(f"/schools/{HANBIT}/suspend", data={"reason": "점검"})
    assert again.status == 409
    await browser.post(f"/schools/{HANBIT}/resume", data={"reason": "끝"})
    assert await standing(province) == "active"
    assert (await acts(province))[-2:] == ["schools:school:suspend", "schools:school:resume"]
    page = await (await browser.get(f"/schools/{HANBIT}")).text()
    assert "일시 중지" in page
    assert "사유: 점검" in page
    assert "김주무관" in page


async def test_a_revoked_school_cannot_be_resumed(province: Province) -> None:
    await province.joined()
    browser = await province.signed_in(Role.OFFICER)
    await browser.post(f"/schools/{HANBIT}/revoke", data={"reason": "폐교"})
    assert (await browser.post(f"/schools/{HANBIT}/resume", data={"reason": "?"})).status == 409
    assert await standing(province) == "revoked"


async def test_an_invitations_letter_shows_a_code_that_works_and_only_to_its_maker(
    province: Province,
) -> None:
    browser = await province.signed_in(Role.OFFICER)
    made = await browser.post("/invitations", data=INVITE, allow_redirects=False)
    assert made.status == 303
    place = made.headers["Location"]
    letter = await (await browser.get(place)).text()
    found = re.search(r'<p class="code" id="code"><code>([0-9A-Z-]{29})</code>', letter)
    assert found is not None
    assert re.search(r'<svg [^>]*viewBox="0 0 (\d+) \1"', letter)  # scales, is not cropped
    assert "style=" not in letter
    administrator = await province.signed_in(Role.ADMINISTRATOR)
    assert (await administrator.get(place)).status == 410
    province.clock.advance(16 * 60_000)
    assert (await browser.get(place)).status == 410
    listed = await (await browser.get("/invitations")).text()
    assert found[1] not in listed


async def test_a_faulty_invitation_comes_back_with_what_was_typed(province: Province) -> None:
    browser = await province.signed_in(Role.OFFICER)
    answer = await browser.post("/invitations", data={**INVITE, "school_id": "한빛"})
    assert answer.status == 422
    page = await answer.text()
    assert "J107530101처럼" in page
    assert "한빛초등학교" in page
    assert await province.hub.invitations.lines(CONSOLE) == ([], False)


async def test_the_overview_shows_first_what_needs_attention(province: Province) -> None:
    await province.joined()
    await province.hub.db.write(
        lambda tx: province.hub.schools.record_state(tx, HANBIT, STATE, province.clock.now())
    )
    browser = await province.signed_in(Role.VIEWER)
    page = await (await browser.get("/")).text()
    assert "한빛초등학교" in page
    assert "작업 실패" in page
    school = await (await browser.get(f"/schools/{HANBIT}")).text()
    assert "disk full" in school
    assert "5%" in school
    province.clock.advance(HOUR)
    assert "응답 없음" in await (await browser.get("/")).text()


def spoke(tx: Tx) -> list[tuple[str, int]]:
    """(day, schools that spoke), counted anew."""
    rows = tx.rows("SELECT day_on, count(*) FROM schools_day GROUP BY day_on ORDER BY day_on")
    return [(str(day), int(count)) for day, count in rows]


async def test_days_of_reports_become_a_chart(province: Province) -> None:
    await province.hub.ground.moves.drained()
    await province.joined()
    for day in range(3):
        at = province.clock.now() + day * DAY
        for word in range(2):
            await province.hub.db.write(
                partial(
                    province.hub.schools.record_state, school_id=HANBIT, state=STATE, at=at + word
                )
            )
    browser = await province.signed_in(Role.VIEWER)
    activity = await province.hub.schools.activity(CONSOLE)
    assert [count for _day, count in activity] == [1, 1, 1]
    assert activity == await province.hub.db.read(spoke)
    assert "data-chart" in await (await browser.get(f"/schools/{HANBIT}")).text()
    assert "data-chart" in await (await browser.get("/")).text()


async def test_schools_are_found_by_name_code_state_and_kind(province: Province) -> None:
    await province.joined()
    await province.invite("J107530202", "새솔중학교", SchoolKind.MIDDLE)
    browser = await province.signed_in(Role.VIEWER)
    for query, names in (
        ("", ("한빛초등학교", "새솔중학교")),
        ("?q=새솔", ("새솔중학교",)),
        ("?q=" + unicodedata.normalize("NFD", "새솔"), ("새솔중학교",)),
        ("?q=j10753010", ("한빛초등학교",)),
        ("?state=active", ("한빛초등학교",)),
        ("?kind=middle", ("새솔중학교",)),
        ("?q=없는", ()),
        ("?state=&kind=&district=&q=", ("한빛초등학교", "새솔중학교")),
    ):
        page = await (await browser.get("/schools" + query)).text()
        assert tuple(n for n in ("한빛초등학교", "새솔중학교") if f">{n}</a>" in page) == names
    assert (await browser.get("/schools?state=asleep")).status == 422


async def test_an_administrator_adds_an_officer_who_can_enter(province: Province) -> None:
    browser = await province.signed_in(Role.ADMINISTRATOR)
    answer = await browser.post(
        "/officers", data={"login": "park.jm", "name": "박주무관", "role": "officer"}
    )
    page = await answer.text()
    found = re.search(r'<code id="password">([0-9a-z-]+)</code>', page)
    assert found is not None
    assert found[1] not in await (await browser.get("/officers")).text()
    newcomer = province.browser()
    entered = await newcomer.post(
        "/sign-in", data={"login": "park.jm", "password": found[1]}, allow_redirects=False
    )
    assert entered.status == 303
    taken = await browser.post(
        "/officers", data={"login": "park.jm", "name": "다른 박", "role": "viewer"}
    )
    assert taken.status == 409
    assert "다른 박" in await taken.text()


async def test_a_disabled_officer_is_out_at_once(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    lines = await province.hub.officers.lines(CONSOLE)
    line = next(one for one in lines if one.login == "officer")
    administrator = await province.signed_in(Role.ADMINISTRATOR)
    await administrator.post(f"/officers/{line.id}/disable")
    answer = await officer.get("/schools", allow_redirects=False)
    assert answer.status == 303
    token = await province.hub.db.read(
        lambda tx: tx.value("SELECT count(*) FROM signin_session WHERE account_id = ?", (line.id,))
    )
    assert token == 0
    with pytest.raises(OfficerDisabled):  # a new session would not help either
        await province.hub.db.read(lambda tx: known(tx, line.id))


async def test_a_sign_in_under_way_while_an_officer_is_disabled_is_none_once_enabled_again(
    province: Province,
) -> None:
    officer = await province.officer(Role.OFFICER)
    signin = province.hub.signin
    line = signin.passwords.line
    async with line.turn("a slow one"), line.turn("another"):
        entering = asyncio.create_task(
            signin.sign_in("officer", PASSWORD, None, device="x", address="192.0.2.7")
        )
        await asyncio.sleep(0)  # its try is on the way to be counted
        await province.hub.officers.disable(CONSOLE, officer.id)
    with pytest.raises(SignInRefused):
        await entering
    await province.hub.officers.enable(CONSOLE, officer.id)
    assert not await province.hub.db.read(
        lambda tx: tx.rows("SELECT 1 FROM signin_session WHERE account_id = ?", (officer.id,))
    )


async def test_the_last_administrator_cannot_be_lost(province: Province) -> None:
    lines = await province.hub.officers.lines(CONSOLE)
    assert [line.login for line in lines] == ["first"]
    browser = await province.signed_in(Role.ADMINISTRATOR)
    mine = next(
        one for one in await province.hub.officers.lines(CONSOLE) if one.login == "administrator"
    )
    assert (await browser.post(f"/officers/{lines[0].id}/disable")).status == 200
    refused = await browser.post(f"/officers/{mine.id}/role", data={"role": "viewer"})
    assert refused.status == 409
    assert (await browser.get("/officers")).status == 200


async def test_a_reset_password_ends_sessions_and_is_shown_once(province: Province) -> None:
    officer = await province.signed_in(Role.OFFICER)
    line = next(one for one in await province.hub.officers.lines(CONSOLE) if one.login == "officer")
    administrator = await province.signed_in(Role.ADMINISTRATOR)
    page = await (await administrator.post(f"/officers/{line.id}/reset-password")).text()
    found = re.search(r'<code id="password">([0-9a-z-]+)</code>', page)
    assert found is not None
    assert (await officer.get("/", allow_redirects=False)).status == 303
    assert (await acts(province))[-1] == "officers:account:reset_password"


@pytest.mark.parametrize("act", ["reset-password", "reset-second-factor"])
async def test_a_reset_ends_an_officers_passkeys_too(province: Province, act: str) -> None:
    await province.signed_in(Role.OFFICER)
    line = next(one for one in await province.hub.officers.lines(CONSOLE) if one.login == "officer")
    signin = province.hub.signin
    started = await province.hub.db.write(
        lambda tx: signin.accounts.start_session(tx, line.id, device="x", address="192.0.2.7")
    )
    device = Authenticator(province.url, "127.0.0.1")
    account, _sessions, _passkeys = await signin.own.overview(started.session)
    asked = await signin.passkeys.begin_registration(account)
    await signin.own.add_passkey(started.session, asked.id, device.register(asked), "노트북")
    administrator = await province.signed_in(Role.ADMINISTRATOR)
    await administrator.post(f"/officers/{line.id}/{act}")
    asked = await signin.begin_passkey(address="192.0.2.7")
    with pytest.raises(PasskeyRefused):
        await signin.sign_in_with_passkey(
            asked.id, device.sign(asked), device="x", address="192.0.2.7"
        )


async def test_another_site_cannot_make_an_officers_browser_act(province: Province) -> None:
    await province.joined()
    browser = await province.signed_in(Role.OFFICER)
    answer = await browser.post(
        f"/schools/{HANBIT}/revoke",
        data={"reason": "x"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status == 403
    assert await standing(province) == "active"


@pytest.mark.parametrize("behind", [True, False])
async def test_behind_a_proxy_failures_count_against_the_visitor_who_made_them(
    province: Province, behind: bool
) -> None:
    path = province.folder / FILE
    text = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*text, f"behind_proxy = {str(behind).lower()}"]), "utf-8")
    await province.restart()
    browser = province.browser()
    headers = {"X-Forwarded-For": "10.9.9.9, 203.0.113.7", "X-Forwarded-Proto": "https"}
    await browser.post("/sign-in", data={"login": "a.b", "password": "x"}, headers=headers)
    scopes = await province.hub.db.read(
        lambda tx: {row[0] for row in tx.rows("SELECT scope FROM signin_attempt")}
    )
    visitor = "203.0.113.7" if behind else "127.0.0.1"
    assert count(attempts.ADDRESS, PORTAL, visitor).scope in scopes


# The API ----------------------------------------------------------------------------------------


async def test_a_program_does_with_a_token_what_its_officer_may(province: Province) -> None:
    browser = await province.signed_in(Role.OFFICER)
    cookie = next(iter(browser.cookie_jar))
    headers = {"Authorization": f"Bearer {cookie.value}", "Accept": "application/json"}
    async with aiohttp.ClientSession(province.url, headers=headers) as program:
        made = await program.post("/api/v1/invitations", json=INVITE)
        assert made.status == 201
        body = await made.json()
        invitation = from_qr_text(body["qr_text"])
        assert invitation.code == body["code"]
        await province.node().join(invitation)
        schools = await (await program.get("/api/v1/schools")).json()
        assert [(s["school_id"], s["state"]) for s in schools["schools"]] == [(HANBIT, "active")]
        one = await (await program.get(f"/api/v1/schools/{HANBIT}")).json()
        assert one["school"]["district"] == "수원"
        done = await program.post(f"/api/v1/schools/{HANBIT}/suspend", json={"reason": "점검"})
        assert done.status == 200
        listed = await (await program.get("/api/v1/invitations")).json()
        assert listed["invitations"][0]["used_at"] is not None
        assert "code" not in listed["invitations"][0]
        audit = await (await program.get("/api/v1/audit")).json()
        assert audit["entries"][0]["action"] == "schools:school:suspend"
        wrong = await program.post("/api/v1/invitations", json={**INVITE, "days": 99})
        assert (wrong.status, (await wrong.json())["title"]) == (422, "invitation-days-wrong")


@pytest.mark.parametrize(
    "path", ["/api/v1/schools", f"/api/v1/schools/{HANBIT}", "/api/v1/invitations", "/api/v1/audit"]
)
async def test_the_api_asks_for_a_session(province: Province, path: str) -> None:
    answer = await province.browser().get(path)
    assert (answer.status, (await answer.json())["title"]) == (401, "sign-in-required")


async def test_both_listeners_describe_themselves(province: Province) -> None:
    console = await (await province.browser().get("/api/openapi.json")).json()
    assert {"/api/v1/schools", "/api/v1/invitations", "/api/v1/audit"} <= console["paths"].keys()
    node = await province.joined()
    api = msgspec.json.decode(await node.call_unsigned("/api/openapi.json"))
    assert {"/v1/enrol", "/v1/identity"} <= api["paths"].keys()
    assert msgspec.json.decode(await node.call_unsigned("/healthz"))["status"] == "ok"
    assert (await province.browser().get("/healthz")).status == 200
    assert "madang_requests_total" in await (await province.browser().get("/metrics")).text()


async def test_the_console_is_not_served_to_nodes_nor_enrolment_to_browsers(
    province: Province,
) -> None:
    node = await province.joined()
    with pytest.raises(Refused):
        await node.call_unsigned("/schools")
    assert (await province.browser().post("/v1/enrol", data=b"{}")).status == 404


async def test_the_console_speaks_english_to_whoever_asks(province: Province) -> None:
    browser = await province.signed_in(Role.ADMINISTRATOR)
    browser.cookie_jar.update_cookies({"lang": "en"})
    for path in ("/", "/schools", "/invitations", "/invitations/new", "/officers", "/audit"):
        page = await (await browser.get(path)).text()
        main = page.split("<main", 1)[1].split("</main>", 1)[0]
        korean = {word for word in re.findall(r">[^<>]*[가-힣][^<>]*<", main) if "관" not in word}
        assert not {word for word in korean if "최팀장" not in word}, path
    assert PASSWORD not in page


async def test_what_an_officer_types_is_kept_whole_or_refused(province: Province) -> None:
    browser = await province.signed_in(Role.OFFICER)
    notice = {"title": "알림", "body": "본문"}
    document = {"title": "규정", "body": "본문"}
    for path, form, field, longest in (
        ("/invitations", INVITE, "name", 100),
        ("/invitations", INVITE, "district", 100),
        ("/notices/new", notice, "reference", 200),
        ("/notices/new", notice, "contact", 200),
        ("/knowledge/new", document, "category", 100),
        ("/knowledge/new", document, "source", 200),
    ):
        answer = await browser.post(path, data={**form, field: "가" * (longest + 1)})
        assert answer.status == 422, (path, field)
        assert f"{longest}자까지" in await answer.text(), (path, field)
    assert await province.hub.invitations.lines(CONSOLE) == ([], False)
    kept = await browser.post("/notices/new", data={**notice, "reference": "가" * 200})
    assert "가" * 200 in await kept.text()


async def test_the_page_of_the_system_says_that_data_is_still_moved(province: Province) -> None:
    moves = province.hub.ground.moves
    moves.add(Moving("test.slow", "시험 자료를 옮기고 있습니다.", lambda tx, at: None))
    administrator = await province.signed_in(Role.ADMINISTRATOR)
    under_way = "INSERT INTO kit_move (name, begun_at, failures, last_error) VALUES (?, 0, 0, '')"
    await province.hub.db.write(lambda tx: tx.execute(under_way, ("test.slow",)))
    shown = await (await administrator.get("/system")).text()
    assert "시험 자료를 옮기고 있습니다." in shown
    await province.hub.db.write(
        lambda tx: tx.execute("UPDATE kit_move SET failures = 3, last_error = 'cannot bear it'")
    )
    assert "cannot bear it" in await (await administrator.get("/system")).text()
    await moves.drained()
    assert "시험 자료" not in await (await administrator.get("/system")).text()


async def test_the_second_factor_is_asked_on_a_page_of_its_own_without_the_password_again(
    province: Province,
) -> None:
    await province.signed_in(Role.OFFICER)
    secret = await province.hub.db.read(
        lambda tx: tx.value("SELECT totp_secret FROM signin_account WHERE login = 'officer'")
    )
    province.clock.advance(HOUR)
    browser = province.browser()
    sent = {"login": "officer", "password": PASSWORD, "next": "/schools"}
    async with browser.post("/sign-in", data=sent, allow_redirects=False) as halfway:
        assert halfway.headers["Location"] == "/sign-in/code?next=/schools"
    async with browser.get("/sign-in/code?next=/schools") as asked:
        text = await asked.text()
    assert ('name="code"' in text, 'name="password"' in text) == (True, False)
    here = {"Referer": f"{province.url}/sign-in/code?next=/schools"}
    wrong = {"code": "000000", "next": "/schools"}
    async with browser.post("/sign-in/code", data=wrong, headers=here) as back:
        assert "인증 번호가 맞지 않거나" in await back.text()
        assert back.url.path == "/sign-in/code"
    right = {"code": pyotp.TOTP(secret).at(province.clock.now() // 1000), "next": "/schools"}
    async with browser.post("/sign-in/code", data=right, allow_redirects=False) as entered:
        assert entered.headers["Location"] == "/schools"
    async with browser.get("/schools", allow_redirects=False) as schools:
        assert schools.status == 200


async def test_a_code_without_a_password_leads_to_the_beginning(province: Province) -> None:
    browser = province.browser()
    for method, sent in (("GET", None), ("POST", {"code": "123456"})):
        async with browser.request(
            method, "/sign-in/code", data=sent, allow_redirects=False
        ) as answer:
            assert answer.headers["Location"].startswith("/sign-in?next=")


async def test_the_overview_counts_the_schools_that_its_lists_show(province: Province) -> None:
    await province.joined()
    saesol = province.node("J107530202", "새솔중학교", SchoolKind.MIDDLE)
    await saesol.join(await province.invite("J107530202", "새솔중학교", SchoolKind.MIDDLE))
    await province.hub.db.write(
        lambda tx: province.hub.schools.record_state(tx, HANBIT, STATE, province.clock.now())
    )
    browser = await province.signed_in(Role.VIEWER)

    async def page(path: str) -> str:
        async with browser.get(path) as answer:
            return await answer.text()

    overview = await page("/")
    counted = re.findall(
        r'href="/schools\?trouble=(\w+)">[^<]*</a></p>\s*<p class="stat-value">(\d+)<',
        overview + await page("/schools"),
    )
    assert {trouble for trouble, _number in counted} == {
        "silent",
        "failing",
        "low_disk",
        "old_backup",
    }
    for trouble, number in (*counted, ("any", "2")):
        text = await page(f"/schools?trouble={trouble}")
        listed = re.findall(r'<th scope="row"><a href="/schools/(\w+)"', text)
        assert len(listed) == int(number), trouble
    assert "2개교" in overview.split('id="card-schools"')[1]


async def test_a_notice_that_no_school_would_get_offers_no_sending(province: Province) -> None:
    await province.joined()
    browser = await province.signed_in(Role.OFFICER)
    sent = {"title": "급식 점검", "body": "점검합니다.", "audience": "staff", "scope": "chosen"}
    async with browser.post("/notices/new", data=sent) as saved:
        text, here = await saved.text(), saved.url.path
    assert "받을 학교가 없어 보낼 수 없습니다." in text
    assert f'action="{here}/send"' not in text
    async with browser.post(f"{here}/edit", data=sent | {"schools": HANBIT}) as again:
        assert f'action="{here}/send"' in await again.text()
