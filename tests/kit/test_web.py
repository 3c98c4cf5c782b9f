"""What every page shares: errors with words, no foreign forms, strict headers, files, languages."""

import json
from collections.abc import AsyncIterator
from http.cookies import SimpleCookie
from importlib.metadata import version
from pathlib import Path

import pytest

from kit.clock import ManualClock
from kit.i18n import LANGUAGES
from kit.signin.passwords import Passwords
from kit.signin.web import SIGNIN
from kit.web.page import SHELL, local_path
from tests.kit.serving import Kit, running_kit

SAME = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
async def kit(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Kit]:
    async for one in running_kit(tmp_path, clock):
        yield one


# Errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("how", "status"), [("not-found", 404), ("forbidden", 403), ("closed", 409), ("too-many", 429)]
)
async def test_a_refusal_is_a_page_to_people_and_a_document_to_programs(
    kit: Kit, how: str, status: int
) -> None:
    got, headers, text = await kit.ask("GET", f"/fails/{how}", headers={"Accept": "text/html"})
    assert (got, headers["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert "<h1" in text
    got, headers, text = await kit.ask(
        "GET", f"/fails/{how}", headers={"Accept": "application/json"}
    )
    assert (got, headers["Content-Type"].split(";")[0]) == (status, "application/problem+json")
    body = json.loads(text)
    assert (body["type"], body["status"]) == (f"/problems/{body['title']}", status)
    assert body["detail"]
    assert headers.get("Retry-After") == ("42" if how == "too-many" else None)


async def test_what_nobody_expected_tells_nothing_of_the_inside(
    kit: Kit, caplog: pytest.LogCaptureFixture
) -> None:
    status, _headers, text = await kit.ask("GET", "/fails/unexpected")
    assert status == 500
    assert "a secret of the inside" not in text
    assert "a secret of the inside" in caplog.text


async def test_unknown_addresses_and_methods_are_answered_in_the_same_form(kit: Kit) -> None:
    status, headers, text = await kit.ask("GET", "/nowhere", headers={"Accept": "text/html"})
    assert (status, "<h1" in text) == (404, True)
    status, headers, text = await kit.ask("GET", "/api/v1/nowhere")
    assert (status, json.loads(text)["status"]) == (404, 404)
    status, headers, _text = await kit.ask("DELETE", "/notes", headers=SAME)
    assert (status, headers["Allow"]) == (405, "POST")


async def test_words_come_in_the_language_of_the_reader(kit: Kit) -> None:
    seen = {}
    for wanted in ("ko", "en-US,en;q=0.9", "fr", "ko,en"):
        _status, _headers, text = await kit.ask(
            "GET", "/fails/not-found", headers={"Accept-Language": wanted, "Accept": "text/html"}
        )
        seen[wanted] = text.split('lang="')[1][:2]
    assert seen == {"ko": "ko", "en-US,en;q=0.9": "en", "fr": "ko", "ko,en": "ko"}
    await kit.ask("POST", "/language", data={"lang": "en"}, headers=SAME)
    _status, _headers, text = await kit.ask(
        "GET", "/fails/not-found", headers={"Accept-Language": "ko", "Accept": "text/html"}
    )
    assert 'lang="en"' in text


# Forms and bodies ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://127.0.0.1"}, 403),
        ({}, 303),
        ({"Cookie": "session=x"}, 403),
    ],
)
async def test_a_form_another_site_made_a_browser_send_is_refused(
    kit: Kit, headers: dict[str, str], status: int
) -> None:
    got, _headers, _text = await kit.ask("POST", "/notes", data={"text": "x"}, headers=headers)
    assert got == status


async def test_a_form_of_our_own_origin_passes_without_the_newer_header(kit: Kit) -> None:
    status, _headers, _text = await kit.ask(
        "POST", "/notes", data={"text": "x"}, headers={"Origin": kit.url, "Cookie": "session=x"}
    )
    assert status == 303


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"text": "x", "count": 2}', 201),
        (b'{"text": "x"}', 201),
        (b'{"text": 5}', 422),
        (b'{"count": 2}', 422),
        (b"[]", 422),
        (b"{", 400),
        (b"", 400),
        (b"\xff\xfe", 400),
        (b'{"text": "' + b"x" * 200_000 + b'"}', 413),
    ],
)
async def test_a_body_that_does_not_fit_is_refused_with_the_reason(
    kit: Kit, body: bytes, status: int
) -> None:
    got, headers, text = await kit.ask(
        "POST", "/api/v1/notes/1", data=body, headers={"Content-Type": "application/json"}
    )
    assert got == status, text
    if status != 201:
        assert headers["Content-Type"].startswith("application/problem+json")


async def test_a_page_for_the_signed_in_leads_to_sign_in_and_back(kit: Kit) -> None:
    status, headers, _text = await kit.ask("GET", "/own?x=1", headers={"Accept": "text/html"})
    assert (status, headers["Location"]) == (303, "/sign-in?next=/own%3Fx%3D1")
    status, _headers, text = await kit.ask("GET", "/own", headers={"Accept": "application/json"})
    assert (status, json.loads(text)["title"]) == (401, "sign-in-required")


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "https://evil.example",
        "evil",
        "",
        "/a\nb",
        "/\t/e",
        None,
    ],
)
def test_nobody_is_led_to_another_site(target: str | None) -> None:
    assert local_path(target) == "/"


def test_a_path_of_our_own_is_kept() -> None:
    assert local_path("/newsletters?kind=form") == "/newsletters?kind=form"


# Headers and files ---------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/sign-in", "/static/x/css/tokens.css"])
async def test_every_answer_forbids_what_a_page_does_not_need(kit: Kit, path: str) -> None:
    _status, headers, _text = await kit.ask("GET", path)
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"


async def test_a_font_is_sent_without_a_policy_for_documents(kit: Kit) -> None:
    address = kit.app[SHELL].static.url("vendored/madang-sans/core.woff2")
    async with kit.browser.head(address) as answer:
        headers = answer.headers
    assert headers["Content-Type"] == "font/woff2"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Content-Security-Policy" not in headers


async def test_pages_are_not_kept_and_files_are_for_ever(kit: Kit) -> None:
    _status, headers, _text = await kit.ask("GET", "/sign-in")
    assert headers["Cache-Control"] == "no-store"
    address = kit.app[SHELL].static.url("css/tokens.css")
    status, headers, _text = await kit.ask("GET", address)
    assert (status, "immutable" in headers["Cache-Control"]) == (200, True)


@pytest.mark.parametrize(
    "path",
    [
        "..%2f..%2fpage.py",
        "css%2f..%2f..%2fpage.py",
        "%2fetc%2fpasswd",
        "x%00.css",
        "x" * 300 + ".css",
        "css",
    ],
)
async def test_only_static_files_are_served_as_such(kit: Kit, path: str) -> None:
    from yarl import URL

    status, _headers, text = await kit.ask("GET", URL(f"{kit.url}/static/x/{path}", encoded=True))  # type: ignore[arg-type]
    assert status == 404
    assert "root:" not in text


async def test_the_server_says_how_it_is(kit: Kit) -> None:
    status, _headers, text = await kit.ask("GET", "/healthz")
    assert (status, json.loads(text)) == (200, {"status": "ok", "version": version("madang")})


async def test_numbers_are_for_this_machine_only_and_name_no_address(kit: Kit) -> None:
    await kit.ask("GET", "/fails/not-found?secret=1")
    status, _headers, text = await kit.ask("GET", "/metrics")
    assert status == 200
    assert 'madang_requests_total{method="GET",route="/fails/{how}",status="404"} 1.0' in text
    assert 'madang_db_unit_slowest_seconds{unit="kit.' in text
    assert "secret" not in text
    status, _headers, _text = await kit.ask(
        "GET", "/metrics", headers={"X-Forwarded-For": "203.0.113.9"}
    )
    assert status == 404


# Temporary passwords -------------------------------------------------------------------------


async def test_a_temporary_password_opens_nothing_but_the_page_to_change_it(kit: Kit) -> None:
    password, lasting = "한번만-쓰는-비밀번호", "느티나무-아래-마당-7"
    hashed = await kit.app[SIGNIN].hash_password(password)
    await kit.db.write(
        lambda tx: kit.app[SIGNIN].accounts.create(
            tx, "newcomer", "newcomer", hashed, temporary=True
        )
    )
    started = await kit.app[SIGNIN].sign_in(
        "newcomer", password, None, device="", address="127.0.0.1"
    )
    bearer = {"Authorization": f"Bearer {started.token}", **SAME}

    page = {**bearer, "Accept": "text/html"}
    status, headers, _text = await kit.ask("GET", "/own", headers=page)
    assert (status, headers["Location"]) == (303, "/account")
    status, _headers, text = await kit.ask("POST", "/notes", headers=page)
    assert status == 403
    assert "임시 비밀번호" in text

    change = {"current": password, "new": lasting}
    status, _headers, _text = await kit.ask("POST", "/account/password", headers=page, data=change)
    assert status == 303
    status, _headers, _text = await kit.ask("GET", "/own", headers=page)
    assert status == 200


CUT = "multipart/form-data; boundary=cut"
FIELD = b'--cut\r\nContent-Disposition: form-data; name="text"\r\n'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=" + "c" * 80, b"x"),
        (CUT, b""),
        (CUT, b"no boundary"),
        (CUT, FIELD + b"\r\nhalf"),
        (CUT, FIELD + b"broken\r\n\r\nx\r\n--cut--\r\n"),
        (CUT, b"--cut\r\n\r\nno name\r\n--cut--\r\n"),
        (CUT, FIELD + b"Content-Transfer-Encoding: odd\r\n\r\nx\r\n--cut--\r\n"),
        ("application/x-www-form-urlencoded; charset=odd", b"text=x"),
    ],
)
async def test_a_malformed_body_is_told_as_such(kit: Kit, kind: str, body: bytes) -> None:
    sent = {"Content-Type": kind, "Accept": "application/json", "Sec-Fetch-Site": "same-origin"}
    status, _headers, text = await kit.ask("POST", "/notes", data=body, headers=sent)
    assert status == 400, text
    assert json.loads(text)["title"] == "bad-request"


async def test_where_too_many_sign_in_at_once_words_say_when_and_nothing_is_typed_anew(
    kit: Kit,
) -> None:
    signin = kit.app[SIGNIN]
    signin.passwords.close()
    signin.passwords = Passwords(at_once=1, most_waiting=0)
    async with signin.passwords.line.turn("a slow one"):
        typed = {"login": "haneul.kim", "password": "secret-of-mine"}
        status, headers, text = await kit.ask("POST", "/api/v1/session", json=typed)
        assert (status, headers["Retry-After"]) == (503, "5")
        assert "5초 뒤에" in text
        page = {"Referer": f"{kit.url}/sign-in", "Accept": "text/html"} | SAME
        status, headers, _text = await kit.ask("POST", "/sign-in", data=typed, headers=page)
        assert status == 303
        _status, _headers, text = await kit.ask("GET", headers["Location"], headers=page)
    assert "5초 뒤에" in text
    assert 'value="haneul.kim"' in text
    assert "secret-of-mine" not in text


async def test_the_browser_in_which_a_password_is_changed_stays_known_and_others_do_not(
    kit: Kit,
) -> None:
    signin = kit.app[SIGNIN]
    hashed = await signin.hash_password("느티나무-아래-마당-7")
    await kit.db.write(lambda tx: signin.accounts.create(tx, "haneul", "haneul.kim", hashed))
    typed = {"login": "haneul.kim", "password": "느티나무-아래-마당-7"}
    _status, headers, _text = await kit.ask("POST", "/sign-in", data=typed, headers=SAME)
    cookies = SimpleCookie("; ".join(headers.getall("Set-Cookie")))
    before = cookies["marker"].value
    assert await signin.marked(before) == "haneul"
    held = SAME | {"Cookie": f"session={cookies['session'].value}; marker={before}"}
    change = {"current": "느티나무-아래-마당-7", "new": "새로운-비밀번호-1"}
    status, headers, _text = await kit.ask("POST", "/account/password", data=change, headers=held)
    assert status == 303
    after = SimpleCookie("; ".join(headers.getall("Set-Cookie")))["marker"].value
    assert await signin.marked(after) == "haneul"
    assert await signin.marked(before) is None


async def test_who_opens_a_page_first_waits_for_no_template_once_all_are_compiled(kit: Kit) -> None:
    shell = kit.app[SHELL]
    for language in LANGUAGES:
        await shell.compile_all(language)
        environment = shell.environment(language)
        assert len(environment.cache or ()) == len(environment.list_templates()) > 0
