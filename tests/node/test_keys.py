"""A school's keys: exchanged with its province and without, killed on the way, ended and made anew."""

import asyncio
import contextlib
import fcntl
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from hub.app import build as build_hub
from hub.officers.model import CONSOLE
from hub.schools.authority import SCHOOL_DAYS
from hub.setup import found_hub
from kit.clock import DAY, HOUR, ManualClock
from kit.db import Tx
from kit.finding import Finding, Level
from node.app import CONFIG, build, open_database
from node.backup import restore, write_archive
from node.cli import main
from node.config import NodeConfig
from node.doctor import DOCTOR
from node.federation.model import KeysState, NoRotation, SyncFailed
from node.federation.web import FEDERATION
from node.forms.web import FORMS
from node.keys import NAME, NEXT, NEXT_TLS, TLS, Keyring, KeysDoNotFit, held, make_keys, node_keys
from node.ledger.service import Ledger
from protocol.attestation import Ending
from protocol.enrolment import ENROL_PATH, to_qr_text
from protocol.identity import KeyPair
from protocol.receipts import (
    Receipt,
    ReceiptV1,
    ReceiptV2,
    Trust,
    TrustAnchor,
    Verification,
    verify,
)
from protocol.rotation import KEYS_PATH
from tests.hub.conftest import HANBIT, PASSWORD, Province, config_of
from tests.node.conftest import School
from tests.node.in_a_province import join, joined, membership, sync
from tests.node.test_federation import signed


def folder_of(school: School) -> Path:
    return school.app[CONFIG].keys


def ledger_of(school: School) -> Ledger:
    return school.app[FORMS]._ledger


async def rotate(school: School) -> KeysState:
    return await school.app[FEDERATION].rotate_keys()


async def receipt(school: School, position: int) -> Receipt:
    return await school.db.read(lambda tx: ledger_of(school).receipt(tx, position))


async def checked(school: School, position: int, province: Province | None = None) -> Verification:
    """A receipt held against the province's known key."""
    hub = province.hub.ground.keys.public.fingerprint if province is not None else None
    return verify(await receipt(school, position), TrustAnchor(hub=hub))


async def in_force(province: Province) -> list[str]:
    """The keys that speak for the school at the hub."""
    rows = await province.hub.db.read(
        lambda tx: tx.rows("SELECT key_id FROM schools_key WHERE ended_at IS NULL")
    )
    return [str(row[0]) for row in rows]


async def whole(school: School) -> None:
    """The log is as it was signed, the files are whole and nobody else's to read."""
    assert await school.db.read(ledger_of(school).check) == []
    found = sorted(path.name for path in folder_of(school).iterdir())
    assert not {NEXT, NEXT_TLS} & set(found)
    assert not [name for name in found if name.startswith(".")]
    for path in folder_of(school).iterdir():
        assert path.stat().st_mode & 0o777 == 0o600, path


# Without a province -----------------------------------------------------------------------------


async def test_a_school_alone_exchanges_its_keys_at_once(school: School) -> None:
    await signed(school, 2)
    old = node_keys(folder_of(school))
    state = await rotate(school)
    new = node_keys(folder_of(school))
    assert new.key_id != old.key_id
    assert state.pending is None
    assert [one.key_id for one in state.keys] == [old.key_id, new.key_id]
    assert old.to_bytes() not in [path.read_bytes() for path in folder_of(school).iterdir()]
    await signed(school, 1)
    await whole(school)

    before, after = await receipt(school, 0), await receipt(school, 2)
    assert isinstance(before, ReceiptV2)
    assert isinstance(after, ReceiptV1)
    for one in (before, after):
        assert (verify(one).valid, verify(one).trust) == (True, Trust.SELF_ASSERTED)
        for known in (old, new) if one is before else (new,):
            anchored = verify(one, TrustAnchor(school=known.public.fingerprint))
            assert anchored.trust is Trust.SCHOOL


async def test_keys_exchanged_again_and_again_leave_every_receipt_good(school: School) -> None:
    for _time in range(3):
        await signed(school, 1)
        await rotate(school)
        await rotate(school)
    await signed(school, 1)
    await whole(school)
    for position in range(4):
        assert (await checked(school, position)).valid, position
    assert len((await receipt(school, 0)).keys) == 7


async def test_a_school_that_joins_after_an_exchange_is_known_by_its_new_key(
    school: School, province: Province
) -> None:
    await signed(school, 1)
    await rotate(school)
    await joined(school, province)
    await sync(school)
    assert await in_force(province) == [node_keys(folder_of(school)).key_id]
    found = await checked(school, 0, province)
    assert (found.valid, found.trust) == (True, Trust.PROVINCE)


async def test_printed_invitations_outlive_the_key_they_were_made_of(school: School) -> None:
    before = Keyring(folder_of(school)).invitation_secret()
    await rotate(school)
    await rotate(school)
    assert Keyring(folder_of(school)).invitation_secret() == before


# With the hub -----------------------------------------------------------------------------------


async def test_a_school_exchanges_its_keys_with_its_province(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await signed(school, 2)
    await sync(school)
    old, old_tls = node_keys(folder_of(school)), (folder_of(school) / TLS).read_bytes()
    state = await rotate(school)
    new = node_keys(folder_of(school))
    assert state.pending is None
    assert await in_force(province) == [new.key_id]
    assert (folder_of(school) / TLS).read_bytes() != old_tls
    await signed(school, 1)
    await sync(school)
    assert await membership(school) == [("active",)]
    await whole(school)
    for position, keys in ((0, [old, new]), (2, [new])):
        found = await receipt(school, position)
        assert [one.key for one in found.keys] == [one.public.signing for one in keys]
        assert found.witness is not None
        result = await checked(school, position, province)
        assert (result.valid, result.trust) == (True, Trust.PROVINCE), result.checks
    ended = (await checked(school, 0, province)).ended
    assert ended is not None
    assert ended.ending is Ending.ROTATED


async def test_a_certificate_near_its_end_is_made_anew_as_the_doctor_says(
    school: School, province: Province
) -> None:
    async def said() -> list[Finding]:
        found = await school.app[DOCTOR].examine_running(school.app)
        return [one for one in found if "인증서" in one.text]

    await joined(school, province)
    assert await said() == []
    school.clock.advance(SCHOOL_DAYS * DAY - 20 * DAY)
    (found,) = await said()
    assert "madang-node keys rotate" in found.advice
    await rotate(school)
    assert await said() == []


async def test_a_guardian_sees_until_when_the_key_of_their_receipt_was_used(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await signed(school, 1)
    await sync(school)
    await rotate(school)
    guardian = await school.client_as("김하늘")
    shown = (await guardian.get("/receipts/0")).text
    assert "학교가 2026. 11. 23.(월)까지 사용한 키입니다" in shown
    file = (await guardian.get("/receipts/0/file")).body
    nobody = await school.anonymous()
    public = await nobody.post("/verify", {"receipt": file.decode()})
    assert "변경되지 않은 제출 확인서입니다." in public.text


async def test_while_the_hub_is_away_the_old_key_goes_on_and_the_new_one_waits(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await sync(school)
    old = node_keys(folder_of(school))
    await province.stop()
    state = await rotate(school)
    assert state.pending is not None
    assert state.pending.last_error
    assert state.in_force.key_id == node_keys(folder_of(school)).key_id == old.key_id
    await signed(school, 1)
    assert (await rotate(school)).pending.statement == state.pending.statement  # type: ignore[union-attr]
    school.clock.advance(3 * HOUR)
    findings = await school.app[DOCTOR].examine(school.db)
    assert any("새 키가" in one.text and one.level is Level.WARNING for one in findings)

    await province.restart()
    await sync(school)
    new = node_keys(folder_of(school))
    assert new.public == state.pending.statement.rotation.keys
    assert await in_force(province) == [new.key_id]
    await signed(school, 1)
    await sync(school)
    await whole(school)
    assert (await checked(school, 0, province)).trust is Trust.PROVINCE


class Between:
    """Stands before the hub: cuts the line after its answer, or is a hub that knows no new keys."""

    def __init__(self) -> None:
        self.cut = 0
        self.is_old = False

    def install(self, app: web.Application) -> None:
        @web.middleware
        async def stand(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            if request.path == KEYS_PATH and self.is_old:
                raise web.HTTPNotFound
            done = await handler(request)
            if request.path in (KEYS_PATH, ENROL_PATH) and self.cut:
                self.cut -= 1
                assert request.transport is not None
                request.transport.abort()
            return done

        app.middlewares.insert(0, stand)


@pytest.fixture
async def between(tmp_path: Path, clock: ManualClock) -> AsyncIterator[tuple[Province, Between]]:
    made = await found_hub(tmp_path / "hub2", config_of(""), "first", "최팀장", PASSWORD, clock)
    hub, line = build_hub(made.config, clock), Between()
    line.install(hub.api)
    province = Province(hub, clock)
    await province.start()
    yield province, line
    await province.stop()


async def test_an_answer_that_was_lost_is_asked_for_again(
    school: School, between: tuple[Province, Between]
) -> None:
    province, line = between
    await joined(school, province)
    await sync(school)
    old = node_keys(folder_of(school))
    line.cut = 1
    state = await rotate(school)
    assert state.pending is not None
    assert state.in_force.key_id == old.key_id
    assert await in_force(province) != [old.key_id]  # the hub has the new one
    await signed(school, 1)  # by the old key, which the hub does not take any more
    await sync(school)
    assert await in_force(province) == [node_keys(folder_of(school)).key_id]
    assert await membership(school) == [("active",)]
    await whole(school)
    assert (await checked(school, 0, province)).trust is Trust.PROVINCE


async def test_a_hub_of_an_earlier_release_is_talked_with_as_before(
    school: School, between: tuple[Province, Between]
) -> None:
    province, line = between
    line.is_old = True
    await joined(school, province)
    old = node_keys(folder_of(school))
    assert (await rotate(school)).pending is not None
    await sync(school)
    assert await in_force(province) == [old.key_id]
    line.is_old = False
    await sync(school)
    assert await in_force(province) == [node_keys(folder_of(school)).key_id]


async def test_a_suspended_schools_keys_wait_until_it_is_resumed(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await sync(school)
    await province.hub.standings.suspend(CONSOLE, HANBIT, "점검")
    state = await rotate(school)
    assert state.pending is not None
    assert "중지했습니다" in state.pending.last_error
    assert await membership(school) == [("suspended",)]
    await province.hub.standings.resume(CONSOLE, HANBIT, "끝")
    await sync(school)
    assert (await school.app[FEDERATION].keys()).pending is None
    assert await membership(school) == [("active",)]


async def test_a_hub_restored_from_before_the_exchange_is_told_again(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await signed(school, 1)
    await sync(school)
    old = node_keys(folder_of(school))
    await rotate(school)
    await province.hub.db.write(lambda tx: _as_before(tx, old.key_id))
    await province.restart()
    with pytest.raises(SyncFailed, match="no such key"):
        await sync(school)
    await sync(school)
    assert await in_force(province) == [node_keys(folder_of(school)).key_id]
    assert await membership(school) == [("active",)]
    await whole(school)
    assert (await checked(school, 0, province)).trust is Trust.PROVINCE


def _as_before(tx: Tx, key_id: str) -> None:
    """What a backup of the hub from before the exchange knows."""
    tx.execute("DELETE FROM schools_key WHERE key_id <> ?", (key_id,))
    tx.execute("UPDATE schools_key SET ended_at = NULL, ending = ''")


async def test_a_log_from_before_keys_were_kept_goes_on(school: School, province: Province) -> None:
    """As the release before left it."""
    await joined(school, province)
    await signed(school, 2)
    await sync(school)

    def forget(tx: Tx) -> None:
        tx.execute("DROP TRIGGER ledger_key_stays")
        tx.execute("DELETE FROM ledger_key")

    await school.db.write(forget)
    await school.app[FEDERATION].settle_keys()
    await rotate(school)
    await signed(school, 1)
    await sync(school)
    await whole(school)
    for position in range(3):
        assert (await checked(school, position, province)).trust is Trust.PROVINCE


async def test_a_running_server_follows_a_command_beside_it(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await sync(school)
    beside = build(school.app[CONFIG], school.clock)
    async with open_database(beside):
        state = await beside[FEDERATION].rotate_keys()
        await beside[FEDERATION].close()
    assert state.pending is None
    await signed(school, 1)
    new = node_keys(folder_of(school))
    assert (await receipt(school, 0)).record.key_id == new.key_id
    await sync(school)
    assert await membership(school) == [("active",)]
    assert await in_force(province) == [new.key_id]
    await whole(school)


# Ended for ever ---------------------------------------------------------------------------------


async def revoked(school: School, province: Province) -> None:
    await province.hub.standings.revoke(CONSOLE, HANBIT, "디스크 도난")
    with contextlib.suppress(SyncFailed):
        await sync(school)


async def test_a_school_that_was_revoked_comes_back_with_new_keys(
    school: School, province: Province
) -> None:
    await joined(school, province)
    await signed(school, 1)
    await sync(school)
    old = node_keys(folder_of(school))
    school.clock.advance(DAY)
    await revoked(school, province)
    with pytest.raises(NoRotation):
        await rotate(school)
    school.clock.advance(DAY)
    await signed(school, 1)  # by the revoked key: the school works on
    assert (await join(school, to_qr_text(await province.invite()))).status == 303
    new = node_keys(folder_of(school))
    assert new.key_id != old.key_id
    await signed(school, 1)
    await sync(school)
    assert await in_force(province) == [new.key_id]
    await whole(school)

    before = await checked(school, 0, province)
    assert (before.valid, before.trust) == (True, Trust.PROVINCE)
    assert before.ended is not None
    assert before.ended.ending is Ending.REVOKED
    assert before.ended.ended_at == school.clock.now() - DAY
    while_revoked = await checked(school, 1)
    assert (while_revoked.valid, while_revoked.trust) == (True, Trust.SELF_ASSERTED)
    assert not (await checked(school, 1, province)).valid
    assert (await checked(school, 2, province)).trust is Trust.PROVINCE


async def test_a_school_that_did_not_hear_that_its_key_ended_makes_a_new_one(
    school: School, province: Province
) -> None:
    """Its database was lost, its keys were not: only the hub knows."""
    await joined(school, province)
    old = node_keys(folder_of(school))
    await school.db.write(lambda tx: tx.execute("DELETE FROM federation_membership"))
    await province.hub.standings.revoke(CONSOLE, HANBIT, "서버 교체")
    assert (await join(school, to_qr_text(await province.invite()))).status == 303
    new = node_keys(folder_of(school))
    assert new.key_id != old.key_id
    assert await in_force(province) == [new.key_id]
    await sync(school)
    await whole(school)


async def test_new_keys_that_the_hub_revoked_before_they_were_heard_of_are_given_up(
    school: School, between: tuple[Province, Between]
) -> None:
    province, line = between
    await joined(school, province)
    await sync(school)
    line.cut = 1
    assert (await rotate(school)).pending is not None
    await revoked(school, province)
    assert await membership(school) == [("revoked",)]
    assert (await join(school, to_qr_text(await province.invite()))).status == 303
    assert await in_force(province) == [node_keys(folder_of(school)).key_id]
    await signed(school, 1)
    await sync(school)
    await whole(school)


async def test_an_answer_to_joining_anew_that_was_lost_is_asked_for_again_after_a_sync(
    school: School, between: tuple[Province, Between]
) -> None:
    """The server goes on talking between the two tries, by the key that was revoked."""
    province, line = between
    await joined(school, province)
    await sync(school)
    await revoked(school, province)
    invitation = to_qr_text(await province.invite())
    line.cut = 1
    assert (await join(school, invitation)).status == 502
    assert await membership(school) == [("revoked",)]
    (taken,) = await in_force(province)
    for _time in range(2):
        with pytest.raises(SyncFailed):
            await sync(school)
    school.clock.advance(3 * HOUR)
    findings = await school.app[DOCTOR].examine(school.db)
    assert not any("자동으로 교체됩니다" in one.advice for one in findings)
    assert (await join(school, invitation)).status == 303
    assert await membership(school) == [("active",)]
    assert node_keys(folder_of(school)).key_id == taken
    await signed(school, 1)
    await sync(school)
    await whole(school)


async def test_a_backup_from_before_the_exchange_is_told_so_and_may_join_anew(
    school: School, province: Province, tmp_path: Path
) -> None:
    await joined(school, province)
    await signed(school, 1)
    await sync(school)
    config = school.app[CONFIG]
    archive = await asyncio.to_thread(write_archive, config, school.clock.now())
    await rotate(school)
    place = tmp_path / "restored"
    await asyncio.to_thread(restore, archive, place)
    app = build(NodeConfig(**{**_settings(config), "data_dir": str(place)}), school.clock)
    async with open_database(app):
        federation = app[FEDERATION]
        with pytest.raises(SyncFailed, match="새 키로 교체되었습니다"):
            await federation.sync_once()
        await province.hub.standings.revoke(CONSOLE, HANBIT, "옛 백업")
        await federation.join(to_qr_text(await province.invite()), None)
        assert await in_force(province) == [node_keys(place / "keys").key_id]
        await federation.close()


def _settings(config: NodeConfig) -> dict[str, Any]:
    return {name: getattr(config, name) for name in config.__struct_fields__}


# Files ------------------------------------------------------------------------------------------


def test_keys_are_not_exchanged_while_they_are_copied(tmp_path: Path) -> None:
    """A backup takes the database first and the files after it: both from before, or both from after."""
    folder = tmp_path / "keys"
    make_keys(folder)
    with held(folder), opened(folder) as descriptor, pytest.raises(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    keyring = Keyring(folder)
    lock = keyring.lock()
    with opened(folder) as descriptor, pytest.raises(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    keyring.unlock(lock)
    with held(folder):
        pass


@contextlib.contextmanager
def opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def test_key_files_of_another_node_are_not_taken(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    make_keys(folder)
    keyring = Keyring(folder)
    with pytest.raises(KeysDoNotFit):
        keyring.settle(KeyPair.generate().key_id)
    with pytest.raises(KeysDoNotFit):
        keyring.pair(KeyPair.generate().key_id)
    assert node_keys(folder).key_id == keyring.first.key_id


@pytest.fixture
def alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """The folder of a school made by `init`."""
    monkeypatch.setenv("MADANG_LANG", "ko")
    place = tmp_path / "school"
    assert main(["init", str(place), "--school", HANBIT, "--name", "한빛초등학교"]) == 0
    capsys.readouterr()
    return place


def test_the_command_shows_and_exchanges_keys(
    alone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keys", str(alone)]) == 0
    old = node_keys(alone / "keys").public.fingerprint
    assert f"사용 중: {old}" in capsys.readouterr().out
    assert main(["keys", "rotate", str(alone)]) == 0
    said = capsys.readouterr().out
    new = node_keys(alone / "keys").public.fingerprint
    assert f"종료됨: {old}" in said
    assert f"사용 중: {new}" in said
    assert "madang-node backup" in said


def test_keys_that_do_not_fit_the_database_are_said_in_one_line(
    alone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (alone / "keys" / NAME).unlink()
    make_keys(alone / "keys")
    for arguments in (["keys", str(alone)], ["sync", str(alone)]):
        assert main(arguments) == 2
        said = capsys.readouterr()
        assert said.err.count("\n") == 1
        assert "데이터베이스와 맞지 않습니다" in said.err
    assert main(["doctor", str(alone)]) == 1
    assert "데이터베이스와 맞지 않습니다" in capsys.readouterr().out
