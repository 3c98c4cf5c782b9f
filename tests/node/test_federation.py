"""A school and its province: a real node and a real hub, on loopback ports, over TLS.

What a sync brings and takes; standing; a past that was rewritten.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hub.app import build as build_hub
from hub.broadcasts.model import NoticeContent, Target
from hub.officers.model import CONSOLE, Role
from hub.setup import found_hub
from kit.clock import MINUTE, ManualClock
from kit.db import Tx
from kit.finding import Level
from kit.ids import new_id
from kit.schema import set_meta
from node.app import build
from node.doctor import DOCTOR
from node.federation.model import SyncFailed
from node.files.access import FILES
from node.forms.web import FORMS
from node.ledger.service import Ledger
from node.official.web import OFFICIAL
from node.people.model import NewPerson
from protocol.enrolment import to_qr_text
from protocol.identity import SchoolKind
from protocol.receipts import TrustAnchor, from_file, verify
from protocol.records import ConsentV1, read_record
from protocol.signing import MAX_COUNTER_AHEAD_MS
from protocol.sync import BLOB_PATH
from tests.hub.conftest import HANBIT, PASSWORD, SAESOL, Province, config_of
from tests.models import documents
from tests.node.conftest import School, school_config
from tests.node.in_a_province import PAGE, join, joined, membership, page, sync
from tests.node.test_forms import answer, sent, sql
from tests.waiting import PATIENCE_S, until

# Syncing -------------------------------------------------------------------------------------


async def test_a_sync_brings_an_official_notice_and_its_file_to_keep(
    school: School, province: Province
) -> None:
    await joined(school, province)
    drafts, broadcasts = province.hub.drafts, province.hub.broadcasts
    content = NoticeContent(title="빙판길 안전 안내", body="**조심**합니다.")
    notice_id = await drafts.save(CONSOLE, None, content, Target())
    await drafts.attach(CONSOLE, notice_id, "그림.png", documents.png())
    draft = await drafts.notice(CONSOLE, notice_id)
    assert await broadcasts.send(CONSOLE, notice_id, draft.updated_at) == 1
    await sync(school)
    await province.stop()  # what has arrived is the school's, also while the hub is away
    teacher = await school.client_as("한지민")
    listed = await teacher.get("/official")
    assert "빙판길 안전 안내" in listed.text
    opened = await teacher.get(f"/official/{notice_id}")
    assert "<strong>조심</strong>합니다." in opened.text
    asker = await school.asker("한지민")
    (attached,) = (await school.app[OFFICIAL].open(asker, notice_id)).files
    file = await school.app[OFFICIAL].file(asker, notice_id, attached.position)
    blob = school.app[FILES].blobs.get(file.sha256)
    assert blob == documents.png()
    family = await school.client_as("김하늘")
    assert (await family.get(f"/official/{notice_id}")).status == 404


async def test_a_file_that_a_proxy_could_not_pass_on_comes_before_its_notice_does(
    school: School, tmp_path: Path, clock: ManualClock
) -> None:
    made = await found_hub(tmp_path / "hub", config_of(""), "first", "최팀장", PASSWORD, clock)
    hub = build_hub(made.config, clock)
    is_started_anew = True

    @web.middleware
    async def proxy(
        request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """In front of a hub that is started anew while a school asks for a file."""
        if request.path.startswith(BLOB_PATH) and is_started_anew:
            raise web.HTTPBadGateway()
        return await handler(request)

    hub.api.middlewares.insert(0, proxy)
    province = Province(hub, clock)
    await province.start()
    try:
        await joined(school, province)
        await sync(school)
        content = NoticeContent(title="빙판길 안전 안내", body="글")
        notice_id = await hub.drafts.save(CONSOLE, None, content, Target())
        await hub.drafts.attach(CONSOLE, notice_id, "그림.png", documents.png())
        draft = await hub.drafts.notice(CONSOLE, notice_id)
        await hub.broadcasts.send(CONSOLE, notice_id, draft.updated_at)
        asker = await school.asker("한지민")
        with contextlib.suppress(SyncFailed):
            await sync(school)
        assert await school.app[OFFICIAL].listing(asker) == ([], None)
        is_started_anew = False
        await sync(school)
        (attached,) = (await school.app[OFFICIAL].open(asker, notice_id)).files
        assert school.app[FILES].blobs.get(attached.file.sha256) == documents.png()
    finally:
        await province.stop()


async def test_a_notice_comes_once_however_often_they_talk(
    school: School, province: Province
) -> None:
    await joined(school, province)
    drafts, broadcasts = province.hub.drafts, province.hub.broadcasts
    notice_id = await drafts.save(CONSOLE, None, NoticeContent(title="안내", body="글"), Target())
    draft = await drafts.notice(CONSOLE, notice_id)
    await broadcasts.send(CONSOLE, notice_id, draft.updated_at)
    for _time in range(3):
        await sync(school)
    lines, _further = await school.app[OFFICIAL].listing(await school.asker("한지민"))
    assert [line.notice.title for line in lines] == ["안내"]


@pytest.fixture
async def saesol(tmp_path: Path, clock: ManualClock) -> AsyncIterator[School]:
    """Another school of the province: a second real node, with teachers of its own."""
    folder = tmp_path / "saesol"
    folder.mkdir()
    config = msgspec.structs.replace(
        school_config(folder),
        school_id=SAESOL,
        school_name="새솔중학교",
        school_kind=SchoolKind.MIDDLE,
    )
    app = build(config, clock)
    server = TestServer(app, host="127.0.0.1")
    await server.start_server()
    other = School(app, server, clock)
    await other.db.write(other.fill)

    def teachers(tx: Tx) -> None:
        roster = other.people.roster
        for name in ("강새솔", "김수선"):
            person = NewPerson(name=name, phone="010-9999-8888")
            other.people_ids[name] = roster.add_staff(
                tx, person, "교사", "과학부", since_on="2026-03-01"
            )

    await other.db.write(teachers)
    try:
        yield other
    finally:
        for client in other.clients:
            await client.session.close()
        await server.close()


async def test_staff_of_the_province_find_each_other_and_families_find_nobody(
    school: School, saesol: School, province: Province
) -> None:
    await joined(school, province)
    invited = await province.invite(SAESOL, "새솔중학교", SchoolKind.MIDDLE)
    assert (await join(saesol, to_qr_text(invited))).status == 303
    await sync(saesol)
    await sync(school)
    teacher = await school.client_as("한지민")
    for typed in ("강새솔", "강새", "ㄱㅅㅅ"):
        found = await teacher.get("/directory", params={"q": typed})
        assert "강새솔" in found.text, typed
        assert "새솔중학교" in found.text
        assert ("김수선" in found.text) == (typed == "ㄱㅅㅅ"), typed
        assert "010-9999-8888" not in found.text  # a private number never leaves the school
    family = await school.client_as("김하늘")
    assert (await family.get("/directory", params={"q": "강새솔"})).status == 404

    await saesol.db.write(
        lambda tx: saesol.people.roster.leave_staff(tx, saesol.id("강새솔"), "2026-11-23")
    )
    await sync(saesol)
    await sync(school)
    gone = await teacher.get("/directory", params={"q": "강새솔"})
    assert "새솔중학교" not in gone.text
    assert "새솔중학교" in (await teacher.get("/directory", params={"q": "김수선"})).text


async def test_no_child_and_no_guardian_is_in_what_goes_up(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await sync(school)
    share = json.dumps(await sql(school, "SELECT entry FROM federation_change"), ensure_ascii=False)
    assert "최은영" in share
    for name in ("이지우", "박하준", "이지호", "최하린", "김하늘", "이준혁", "이도윤"):
        assert name not in share


async def signed(school: School, count: int) -> None:
    """So many consents of 김하늘's."""
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    for _time in range(count):
        done = await answer(school, guardian, form, submission=new_id())
        assert done.status == 303


async def test_the_hub_witnesses_the_log_and_receipts_carry_its_word(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await signed(school, 3)
    await sync(school)
    assert await sql(school, "SELECT size FROM ledger_witness WHERE size > 0") == [(3,)]
    guardian = await school.client_as("김하늘")
    receipt = from_file((await guardian.get("/receipts/1/file")).body)
    assert receipt.witness is not None
    hub = province.hub.ground.keys.public.fingerprint
    checked = verify(receipt, TrustAnchor(hub=hub))
    assert (checked.valid, checked.trust) == (True, "province")
    assert not verify(receipt, TrustAnchor(hub=hub[:-1] + ("0" if hub[-1] != "0" else "1"))).valid
    await signed(school, 2)  # the log grows: consistency is proved, and witnessed again
    await sync(school)
    sizes = await sql(school, "SELECT size FROM ledger_witness WHERE size > 0 ORDER BY size")
    assert sizes == [(3,), (5,)]


async def test_a_counter_that_ran_ahead_under_a_wrong_clock_does_not_end_the_conversation(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await sync(school)
    await school.db.write(
        lambda tx: tx.execute("UPDATE federation_counter SET last = ?", (2**53 - 1,))
    )
    school.clock.advance(MINUTE)
    await sync(school)


async def test_a_school_overtaken_by_somebody_with_its_key_talks_on(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await sync(school)
    overtaken = "UPDATE sync_contact SET counter = ?"
    ahead = school.clock.now() + MAX_COUNTER_AHEAD_MS - 1000

    async def is_refused() -> bool:
        await province.hub.db.write(lambda tx: tx.execute(overtaken, (ahead,)))
        try:
            await sync(school)
        except SyncFailed:
            return True
        return False  # the school's own conversation was refused instead

    async with asyncio.timeout(PATIENCE_S):
        while not await is_refused():
            pass
    await sync(school)


# Standing ------------------------------------------------------------------------------------


async def test_a_suspended_school_hears_why_goes_on_and_is_let_back(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await sync(school)
    await province.hub.standings.suspend(CONSOLE, HANBIT, "보안 점검")
    administrator = await school.client_as("정민호")
    assert (await administrator.post(f"{PAGE}/sync")).status == 303
    assert await membership(school) == [("suspended",)]
    shown = await page(school)
    assert "보안 점검" in shown
    assert "연결을 중지했습니다" in shown
    await signed(school, 1)  # the school itself works on
    await province.hub.standings.resume(CONSOLE, HANBIT, "끝")
    await sync(school)
    assert await membership(school) == [("active",)]
    assert "보안 점검" not in await page(school)
    assert await sql(school, "SELECT size FROM ledger_witness WHERE size > 0") == [(1,)]


async def test_a_revoked_school_may_join_anew_with_a_new_invitation(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await sync(school)
    await province.hub.standings.revoke(CONSOLE, HANBIT, "통합")
    administrator = await school.client_as("정민호")
    await administrator.post(f"{PAGE}/sync")
    assert await membership(school) == [("revoked",)]
    shown = await page(school)
    assert "통합" in shown
    assert "가입하기" in shown
    assert (await join(school, to_qr_text(await province.invite()))).status == 303
    await sync(school)
    assert await membership(school) == [("active",)]


async def test_an_old_server_that_runs_beside_the_restored_one_is_found_out_and_told(
    school: School, province: Province
) -> None:
    await joined(school, province)
    warning = "서버 두 대가 이 학교의 키로"
    for life in ("1", "2", "1"):  # before the restore, after it, and the old server again
        assert warning not in await page(school)
        await school.db.write(lambda tx, life=life: set_meta(tx, "epoch", life))  # type: ignore[misc]
        await sync(school)
    assert warning in await page(school)
    front = await (await school.client_as("정민호")).get("/")
    assert warning in front.text
    findings = await school.app[DOCTOR].examine(school.db)
    assert any(warning in one.text and one.level is Level.DANGER for one in findings)

    officer = await province.signed_in(Role.OFFICER)
    logs = await (await officer.get("/logs")).text()
    assert "한빛초등학교" in logs
    assert "복원하기 전의 자료와 복원한 자료가 함께" in logs
    await officer.post("/logs/machines", data={"school_id": HANBIT})
    await sync(school)
    assert warning not in await page(school)


# A past rewritten ----------------------------------------------------------------------------


async def rewrite(school: School, position: int) -> None:
    """The school's own administrator, with file and key, changes one record and all after it."""
    ledger: Ledger = school.app[FORMS]._ledger

    def work(tx: Tx) -> None:
        size = ledger.head(tx).head.size
        records = [read_record(ledger.record(tx, n)) for n in range(size)]
        for (name,) in tx.rows(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'ledger%'"
        ):
            tx.execute(f"DROP TRIGGER {name}")
        tx.execute("DELETE FROM ledger_leaf")
        tx.execute("DELETE FROM ledger_node")
        tx.execute("UPDATE ledger_frontier SET size = 0, peaks = x''")
        for number, record in enumerate(records):
            assert isinstance(record, ConsentV1)
            changed = msgspec.structs.replace(record, child_name="다른 아이")
            ledger.append(tx, changed if number == position else record)

    await school.db.write(work)


async def test_a_school_that_rewrote_its_past_is_found_out_by_the_hub_and_told(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await signed(school, 3)
    await sync(school)
    assert "접수하지 않았습니다" not in await page(school)
    await rewrite(school, 1)
    await signed(school, 1)  # and goes on as if nothing had happened
    await sync(school)
    assert "도교육청이 이 학교의 동의 기록을 접수하지 않았습니다" in await page(school)
    sizes = await sql(school, "SELECT size FROM ledger_witness WHERE size > 0")
    assert sizes == [(3,)]  # the forked head was never witnessed
    forks = await province.hub.evidence.forks(CONSOLE)
    assert [(fork.school_id, fork.seen_size) for fork in forks] == [(HANBIT, 3)]
    front = await (await school.client_as("정민호")).get("/")
    assert "도교육청이 이 학교의 동의 기록을 접수하지 않았습니다" in front.text


# The line ------------------------------------------------------------------------------------


async def test_sync_now_does_not_wait_for_the_line_that_is_being_held(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await sync(school)
    await until(lambda: bool(province.hub.waiting))
    administrator = await school.client_as("정민호")
    async with asyncio.timeout(PATIENCE_S):  # the hub holds a line for almost a minute
        done = await administrator.post(f"{PAGE}/sync")
    assert done.location == PAGE


async def test_a_hub_that_went_away_is_reported_and_the_school_goes_on(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await sync(school)
    await province.stop()
    administrator = await school.client_as("정민호")
    failed = await administrator.post(f"{PAGE}/sync")
    assert failed.status == 303
    assert "동기화하지 못했습니다" in (await administrator.get(PAGE)).text
    assert await membership(school) == [("active",)]
    await signed(school, 1)
