"""Stories of what administrators get wrong, and what the doctor says."""

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from aiohttp import web

from kit.clock import DAY, Clock, ManualClock
from kit.db import Tx
from kit.finding import AtOnce, Check, Finding, Level
from kit.i18n import Catalogue
from kit.moves import Move
from kit.web.assembly import ASSEMBLY
from kit.web.keys import JOBS
from node.app import CONFIG
from node.config import NodeConfig
from node.current import CurrentSettings
from node.doctor import DOCTOR, Doctor
from node.federation.checks import of_province
from node.federation.model import Conversation, ProvinceConnection
from node.home.checks import of_moves
from node.messenger.checks import of_messenger
from node.messenger.model import ServerStanding, ServerState
from node.surroundings import examine_files, examine_network, examine_port
from tests.node.conftest import School, running_school, school_config

KOREAN = Catalogue("ko", [])


def texts(findings: list[Finding], level: Level) -> list[str]:
    return [KOREAN.translate(one.text, one.params) for one in findings if one.level is level]


async def test_a_healthy_school_has_nothing_grave(school: School) -> None:
    findings = await school.app[DOCTOR].examine(school.db)
    assert texts(findings, Level.DANGER) == []
    assert "데이터베이스가 온전합니다." in texts(findings, Level.OK)
    assert "동의 기록이 서명된 뒤 변경되지 않았습니다." in texts(findings, Level.OK)


def open_keys(config: NodeConfig) -> NodeConfig:
    (config.keys / "node.key").chmod(0o644)
    return config


def no_keys(config: NodeConfig) -> NodeConfig:
    (config.keys / "node.key").unlink()
    return config


def short_keys(config: NodeConfig) -> NodeConfig:
    (config.keys / "node.key").write_bytes(b"short")
    return config


def setting(**values: object) -> Callable[[NodeConfig], NodeConfig]:
    return lambda config: msgspec.structs.replace(config, **values)


@pytest.mark.parametrize(
    ("spoil", "level", "said"),
    [
        (open_keys, Level.DANGER, "다른 사용자가 키 파일을 읽을 수 있습니다"),
        (no_keys, Level.DANGER, "키 파일을 읽을 수 없습니다"),
        (short_keys, Level.DANGER, "키 파일을 읽을 수 없습니다"),
        (setting(public_url="http://school.example"), Level.DANGER, "암호화되지 않습니다"),
        (setting(public_url="https://school.example/madang"), Level.DANGER, "경로가 붙어"),
        (setting(public_url="https://school.example"), Level.WARNING, "behind_proxy가 꺼져"),
        (setting(telephone=""), Level.WARNING, "전화번호가 비어"),
        (setting(smtp_host="mail.example"), Level.DANGER, "smtp_sender"),
    ],
)
def test_what_is_wrong_with_files_and_settings_is_said(
    tmp_path: Path, spoil: Callable[[NodeConfig], NodeConfig], level: Level, said: str
) -> None:
    config = spoil(school_config(tmp_path))
    found = texts(examine_files(config, 1_795_000_000_000), level)
    assert any(said in text for text in found), found


def test_a_clock_of_the_last_century_is_noticed(tmp_path: Path) -> None:
    found = examine_files(school_config(tmp_path), 0)
    assert "컴퓨터의 시계가 크게 틀립니다." in texts(found, Level.DANGER)


async def test_a_clock_behind_the_last_record_is_noticed(school: School) -> None:
    school.clock.advance(-DAY)
    findings = await school.app[DOCTOR].examine(school.db)
    assert "컴퓨터의 시계가 마지막 기록보다 늦습니다." in texts(findings, Level.DANGER)


async def test_a_port_in_use_is_said(school: School) -> None:
    port = int(school.url.rsplit(":", 1)[1])
    config = msgspec.structs.replace(school.app[CONFIG], port=port)
    assert len(examine_port(config)) == 1
    assert examine_port(msgspec.structs.replace(config, port=0)) == []


async def test_a_network_that_does_not_hear_of_the_school_and_a_long_name_are_said(
    tmp_path: Path,
) -> None:
    quiet = school_config(tmp_path)
    assert await examine_network(quiet) == []
    config = msgspec.structs.replace(quiet, lan_announce=True)
    assert await examine_network(config) == []
    elsewhere = msgspec.structs.replace(config, host="192.0.2.7")
    (told,) = texts(await examine_network(elsewhere), Level.WARNING)
    assert told == "학교 네트워크에 이 서버를 알릴 수 없습니다: Cannot assign requested address"
    long = msgspec.structs.replace(config, school_name="한빛초등학교병설유치원과 꿈나무 별빛분교장")
    (told,) = texts(await examine_network(long), Level.OK)
    assert "한빛초등학교병설유치원과 꿈나무" in told


async def test_a_school_without_an_administrator_is_told(school: School) -> None:
    await school.db.write(lambda tx: school.people.roster.set_roles(tx, school.id("정민호"), ()))
    findings = await school.app[DOCTOR].examine(school.db)
    assert "로그인할 수 있는 관리자가 없습니다." in texts(findings, Level.DANGER)


async def test_an_old_backup_is_no_backup(school: School) -> None:
    from node.backup import SUFFIX

    folder = school.app[CONFIG].backups
    (folder / f"J107530101-20200101-030000{SUFFIX}").write_bytes(b"")
    school.clock.advance(400 * DAY)
    findings = examine_files(school.app[CONFIG], school.clock.now())
    assert any("전에 백업했습니다" in text for text in texts(findings, Level.DANGER))


async def test_a_failing_job_is_named(school: School) -> None:
    await school.db.write(
        lambda tx: tx.execute("UPDATE kit_job SET last_error = 'no' WHERE name = 'node.backup'")
    )
    findings = await school.app[DOCTOR].examine(school.db)
    (failed,) = [one for one in findings if one.detail == "no"]
    assert texts([failed], Level.WARNING) == ["정기 작업이 실패했습니다: 일일 백업"]


async def test_of_a_failing_job_an_administrator_reads_what_to_do_and_unfolds_what_the_program_said(
    school: School,
) -> None:
    said = "OSError: [Errno 28] No space left on device"
    await school.db.write(
        lambda tx: tx.execute(
            "UPDATE kit_job SET last_error = ? WHERE name = 'node.backup'", (said,)
        )
    )
    client = await school.client_as("정민호")
    for address in ("/admin/jobs", "/admin/system"):
        page = (await client.get(address)).text
        assert "다시 실행해 보고" in page
        assert f"<summary>오류 내용</summary><code>{said}</code></details>" in page
        assert page.count(said) == 1


async def test_a_nightly_comparison_that_failed_is_grave_on_the_page(school: School) -> None:
    """The page itself compares nothing: it would have somebody wait for years of records."""
    await school.db.write(lambda tx: tx.execute("UPDATE ledger_frontier SET size = size + 1"))
    assert not await school.app[JOBS].run("ledger.check")
    findings = await school.app[DOCTOR].examine_running(school.app)
    assert any("동의 기록 점검" in text for text in texts(findings, Level.DANGER))


async def test_every_finding_can_be_read_on_the_system_page(school: School) -> None:
    minho = await school.client_as("정민호")
    page = (await minho.get("/admin/system")).text.replace("&#39;", "'")
    for finding in await school.app[DOCTOR].examine_running(school.app):
        # The disk's free space may have changed since the page was made: any number will do.
        words = re.escape(KOREAN.translate(finding.text, {**finding.params, "free": "FREE"}))
        assert re.search(words.replace("FREE", r"[\d,.]+"), page)


def asked_too(check: Check, clock: Clock) -> Callable[[web.Application], None]:
    """For `running_school`: its doctor asks this besides."""

    def wire(app: web.Application) -> None:
        assembly = app[ASSEMBLY]
        checks = [check for one in assembly.slices for check in one.checks]
        app[DOCTOR] = Doctor(
            CurrentSettings(app[CONFIG]), clock, assembly.packages, [*checks, check]
        )

    return wire


async def test_a_check_that_fails_says_so_and_the_others_are_heard(
    tmp_path: Path, clock: ManualClock
) -> None:
    def fails(_tx: Tx) -> list[Finding]:
        raise ValueError("not a certificate")

    async for school in running_school(tmp_path, clock, asked_too(AtOnce(fails), clock)):
        findings = await school.app[DOCTOR].examine(school.db)
        (grave,) = [one for one in findings if one.level is Level.DANGER]
        assert grave.text == "점검 하나를 끝내지 못했습니다."
        assert grave.detail == "ValueError: not a certificate"
        assert "데이터베이스가 온전합니다." in texts(findings, Level.OK)
        client = await school.client_as("정민호")
        assert "not a certificate" in (await client.get("/admin/system")).text


def test_a_school_that_never_joined_is_not_bothered_about_the_province() -> None:
    assert of_province(ProvinceConnection(None, Conversation(), []), 0) == []


def test_that_data_of_an_earlier_version_is_still_moved_is_said_without_alarm() -> None:
    moving = Move("notify.reach", "알림 기록을 옮기고 있습니다.", 0, 0, None)
    assert of_moves([]) == []
    assert texts(of_moves([moving]), Level.OK) == ["알림 기록을 옮기고 있습니다."]
    held_up = msgspec.structs.replace(moving, failures=3, last_error="disk")
    (said,) = of_moves([held_up])
    assert "옮기지 못하고 있습니다" in said.text
    assert said.detail == "disk"


def messenger_says(standing: ServerStanding) -> list[tuple[Level, str]]:
    return [(one.level, one.text % one.params) for one in of_messenger(standing)]


def test_the_messenger_is_looked_at_once_a_school_has_one() -> None:
    assert messenger_says(ServerStanding(ServerState.OFF)) == []
    assert messenger_says(ServerStanding(ServerState.UNJOINED)) == []
    assert messenger_says(ServerStanding(ServerState.STARTING)) == []
    assert messenger_says(ServerStanding(ServerState.READY)) == [
        (Level.OK, "메신저가 정상 작동 중입니다.")
    ]


def test_a_messenger_that_does_not_come_up_or_stay_up_is_told() -> None:
    taken = ServerStanding(ServerState.STARTING, reason="[Errno 98] address already in use")
    assert messenger_says(taken) == [
        (
            Level.WARNING,
            "메신저가 아직 켜지지 않았습니다: [Errno 98] address already in use",
        )
    ]
    nowhere = ServerStanding(ServerState.READY, address="0.0.0.0:8448")
    assert messenger_says(nowhere) == [
        (
            Level.WARNING,
            "다른 학교에서 우리 학교 메신저를 찾을 수 없습니다. 알려진 주소: 0.0.0.0:8448",
        )
    ]
    somewhere = ServerStanding(ServerState.READY, address="madang.hanbit.example:8448")
    assert messenger_says(somewhere)[0][0] is Level.OK
    assert messenger_says(ServerStanding(ServerState.READY, restarts=3)) == [
        (Level.WARNING, "서버를 켠 뒤 메신저가 3번 다시 시작했습니다.")
    ]
