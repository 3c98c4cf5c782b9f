"""Keeping a hub: made by command, examined, backed up, restored, its certificate renewed in time."""

import asyncio
import io
import os
import signal
import sqlite3
import ssl
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from hub import backup
from hub.app import build
from hub.backup import BackupError, restore, write_archive
from hub.broadcasts.model import NoticeContent, Target
from hub.cli import main
from hub.config import FILE, HubConfig, read_config, toml_of
from hub.doctor import examine, examine_backups, examine_network
from hub.officers.model import CONSOLE
from hub.schools.authority import Authority
from hub.schools.model import SchoolFilter
from kit.archive import snapshot
from kit.archive.container import Writer, opened
from kit.blobs import Blobs
from kit.clock import DAY, HOUR, ManualClock
from kit.config import ConfigError
from kit.finding import Finding, Level
from kit.schema import get_meta
from tests.conftest import free_port
from tests.hub.conftest import HANBIT, PASSWORD, Province
from tests.hub.node_simulator import Refused


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def worst(findings: list[Finding]) -> Level:
    return findings[0].level


def texts(findings: list[Finding], level: Level) -> str:
    return "\n".join(f.text % f.params for f in findings if f.level is level)


@pytest.fixture(autouse=True)
def korean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADANG_LANG", "ko")


@pytest.fixture
def made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A hub made by `madang-hub init`."""
    folder = tmp_path / "허브 자료"
    code = main(["init", str(folder), "--province", "시험 도교육청", "--api-port", str(free_port()),
                 "--console-port", str(free_port())])  # fmt: skip
    assert code == 0
    return folder


# Commands ---------------------------------------------------------------------------------------


def test_init_makes_private_files_and_tells_the_password_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "hub"
    assert main(["init", str(folder), "--name", '이름 "따옴표"']) == 0
    told = capsys.readouterr().out
    assert "임시 비밀번호" in told
    assert f"madang-hub serve {folder}" in told
    assert mode(folder) == 0o700
    assert mode(folder / "keys") == 0o700
    for key in ("hub.key", "ca.key", "tls.pem"):
        assert mode(folder / "keys" / key) == 0o600
    assert read_config(folder, {}).name == '이름 "따옴표"'


def test_a_password_file_is_not_echoed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    secret = tmp_path / "password"
    secret.write_text(PASSWORD + "\n", "utf-8")
    assert main(["init", str(tmp_path / "hub"), "--password-file", str(secret)]) == 0
    assert PASSWORD not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["serve", "{}/nowhere"], "madang-hub init"),
        (["init", "{}/full"], "not empty"),
        (["init", "{}/new", "--domain", "Not A Domain"], "domain"),
        (["init", "{}/new", "--officer", "관리자"], "officer"),
        (["init", "{}/new", "--password-file", "{}/missing"], "missing"),
        (["init", "{}/new", "--password-file", "{}/weak"], "비밀번호"),
        (["restore", "{}/missing.gz", "{}/new"], "missing.gz"),
        (["restore", "{}/weak", "{}/new"], "weak"),
        (["doctor", "{}/full"], "madang-hub init"),
    ],
)
def test_a_command_that_cannot_be_done_says_so_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], told: str
) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    (tmp_path / "weak").write_text("1234567890")
    assert main([one.replace("{}", str(tmp_path)) for one in arguments]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert told in error
    assert not (tmp_path / "new" / FILE).exists()


def test_invite_writes_a_letter_that_stands_alone(
    made: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    letter = tmp_path / "letter.html"
    arguments = ["invite", str(made), HANBIT, "--name", "한빛초등학교", "--kind", "elementary",
                 "--letter", str(letter)]  # fmt: skip
    assert main(arguments) == 0
    told = capsys.readouterr().out
    code = next(line for line in told.splitlines() if line.startswith("가입 코드")).split(": ")[1]
    page = letter.read_text("utf-8")
    assert code in page
    assert "<svg" in page
    assert "/static/" not in page
    assert mode(letter) == 0o600
    assert main(arguments) == 2  # the letter is not overwritten
    capsys.readouterr()
    assert main(["schools", str(made)]) == 0
    assert f"{HANBIT}\t한빛초등학교\t가입 전" in capsys.readouterr().out


def test_config_explains_every_setting(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--explain"]) == 0
    told = capsys.readouterr().out
    for field in msgspec.structs.fields(HubConfig):
        assert f"\n{field.name} = " in "\n" + told
    assert "# \n" not in told


def test_a_misspelt_setting_names_the_nearest(
    made: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (made / FILE).open("a") as settings:
        settings.write("bakup_hour = 3\n")
    assert main(["doctor", str(made)]) == 2
    assert "backup_hour" in capsys.readouterr().err


@pytest.mark.parametrize(
    "changes",
    [
        {"api_port": 0},
        {"api_urls": ("http://hub.example",)},
        {"console_url": "hub.example"},
        {"database_url": "mysql://x"},
        {"domain": "UPPER.example"},
        {"invitation_days": 61},
        {"session_idle_hours": 0.0},
    ],
)
def test_a_setting_that_cannot_work_is_refused_by_name(
    tmp_path: Path, changes: dict[str, object]
) -> None:
    config = msgspec.structs.replace(HubConfig(), **changes)
    (tmp_path / FILE).write_text(toml_of(config), "utf-8")
    with pytest.raises(ConfigError, match=next(iter(changes))):
        read_config(tmp_path, {})


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--name", "가\n나"], "name"),
        (["--province", "가\udcff"], "province"),
        (["--api-url", "https://a b:8701"], "api_urls"),
        (["--api-url", "https://hub.example:99999"], "api_urls"),
        (["--api-url", "https://한글.example"], "xn--"),
        (["--database-url", "postgresql://madang:secret@127.0.0.1:1/hub"], "Connection refused"),
        (["--database-url", "postgresql://madang:secret@[::/hub"], "madang:…@"),
    ],
)
def test_a_refused_init_says_one_line_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], reason: str
) -> None:
    folder = tmp_path / "hub"
    assert main(["init", str(folder), *arguments]) == 2
    said = capsys.readouterr().err
    assert reason in said
    assert "secret" not in said
    assert len(said.strip().splitlines()) == 1
    assert not folder.exists()


def test_an_address_of_another_machine_is_named_in_one_line(made: Path) -> None:
    served = subprocess.run(
        [sys.executable, "-m", "hub.cli", "serve", str(made)],
        capture_output=True,
        text=True,
        env={**os.environ, "MADANG_LANG": "ko", "MADANG_HUB_API_HOST": "192.0.2.9"},
        check=False,
    )
    assert served.returncode == 2
    assert "192.0.2.9" in served.stderr.splitlines()[-1]
    assert "접속을 받을 수 없습니다" in served.stderr.splitlines()[-1]
    assert "Traceback" not in served.stderr


def test_a_hub_with_a_long_name_is_served(tmp_path: Path) -> None:
    folder = tmp_path / "hub"
    name = "경기도교육청과 스물다섯 교육지원청이 함께 쓰는 마당 St. Mary 허브"
    ports = ["--api-port", str(free_port()), "--console-port", str(free_port())]
    assert main(["init", str(folder), "--name", name, *ports]) == 0
    with subprocess.Popen(
        [sys.executable, "-m", "hub.cli", "serve", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as serving:
        assert serving.stdout is not None
        assert "http://127.0.0.1" in serving.stdout.readline()
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(20) == 0


def test_a_served_hub_stops_gracefully_and_refuses_a_taken_port(made: Path) -> None:
    command = [sys.executable, "-m", "hub.cli", "serve", str(made)]
    environment = {**os.environ, "MADANG_LANG": "ko"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
    ) as serving:
        assert serving.stdout is not None
        assert "담당자 화면" in serving.stdout.readline()
        second = subprocess.run(
            command, capture_output=True, text=True, env=environment, check=False
        )
        assert second.returncode == 2
        assert "address already in use" in second.stderr.lower().splitlines()[-1]
        assert main(["doctor", str(made)]) == 0
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(20) == 0


async def test_a_suspension_by_command_holds_in_the_running_hub(province: Province) -> None:
    node = await province.joined()
    arguments = ["suspend", str(province.folder), HANBIT, "--reason", "점검"]
    assert await asyncio.to_thread(main, arguments) == 0
    key = await province.hub.db.read(
        lambda tx: province.hub.schools.school_of(tx, node.keys.key_id)
    )
    assert key is not None
    assert key.reason == "점검"


# Doctor -----------------------------------------------------------------------------------------


async def test_a_network_that_does_not_hear_of_the_hub_and_a_long_name_are_said(
    tmp_path: Path,
) -> None:
    here = HubConfig(name="마당 도교육청 허브")
    assert await examine_network(here) == []
    elsewhere = msgspec.structs.replace(here, api_host="192.0.2.7")
    assert texts(await examine_network(elsewhere), Level.WARNING) == (
        "허브 네트워크에 이 허브를 알릴 수 없습니다: Cannot assign requested address"
    )
    assert await examine_network(msgspec.structs.replace(elsewhere, lan_announce=False)) == []
    long = msgspec.structs.replace(here, name="경기도교육청과 교육지원청이 함께 쓰는 마당")
    assert "이름이 길어" in texts(await examine_network(long), Level.OK)


async def test_a_healthy_hub_has_no_findings_of_danger(province: Province) -> None:
    findings = await examine(province.hub.config, province.clock)
    assert worst(findings) is not Level.DANGER
    assert ("PostgreSQL" if province.hub.config.database_url else "SQLite") in texts(
        findings, Level.OK
    )


Harm = Callable[[Path], None]


def _open_keys(folder: Path) -> None:
    (folder / "keys" / "hub.key").chmod(0o644)


def _lose_key(folder: Path) -> None:
    (folder / "keys" / "hub.key").unlink()


def _break_certificate(folder: Path) -> None:
    (folder / "keys" / "tls.pem").write_text("nonsense")


def _lose_database(folder: Path) -> None:
    (folder / "hub.sqlite3").unlink()


def _damage_database(folder: Path) -> None:
    content = bytearray((folder / "hub.sqlite3").read_bytes())
    content[4096:12288] = b"\x55" * 8192
    (folder / "hub.sqlite3").write_bytes(content)


def _overwrite_header(folder: Path) -> None:
    content = (folder / "hub.sqlite3").read_bytes()
    (folder / "hub.sqlite3").write_bytes(b"\x55" * 100 + content[100:])


def _cut_database(folder: Path) -> None:
    (folder / "hub.sqlite3").write_bytes((folder / "hub.sqlite3").read_bytes()[:-8192])


def _empty_database(folder: Path) -> None:
    (folder / "hub.sqlite3").write_bytes(b"")


def _other_file(folder: Path) -> None:
    (folder / "hub.sqlite3").write_text("시간표")


def _damage_wal(folder: Path) -> None:
    (folder / "hub.sqlite3-wal").write_bytes(b"\x55" * 5000)


def _drop_table(folder: Path) -> None:
    raw = sqlite3.connect(folder / "hub.sqlite3")
    raw.execute("DROP TABLE kit_job")
    raw.commit()
    raw.close()


def _wrong_database(folder: Path) -> None:
    text = (folder / FILE).read_text("utf-8")
    url = f"postgresql://nobody@127.0.0.1:{free_port()}/none"
    (folder / FILE).write_text(f'{text}database_url = "{url}"\n', "utf-8")


def _other_address(folder: Path) -> None:
    text = (folder / FILE).read_text("utf-8")
    (folder / FILE).write_text(f'{text}api_urls = ["https://hub.goe.example"]\n', "utf-8")


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (_open_keys, "다른 사용자가 읽을 수 있습니다"),
        (_lose_key, "키나 인증서를 읽을 수 없습니다"),
        (_break_certificate, "키나 인증서를 읽을 수 없습니다"),
        (_lose_database, "데이터베이스 파일이 없습니다"),
        (_damage_database, "데이터베이스가 손상되었습니다"),
        (_overwrite_header, "앞부분이 덮어써졌거나, 데이터베이스가 아닌 파일입니다."),
        (_cut_database, "데이터베이스 파일이 잘렸습니다"),
        (_empty_database, "데이터베이스 파일이 비어 있습니다."),
        (_other_file, "데이터베이스가 아닌 파일입니다."),
        (_damage_wal, "WAL 파일(-wal)이 손상되었습니다."),
        (_drop_table, "데이터베이스에 테이블이 없습니다: kit_job"),
        (_wrong_database, "데이터베이스에 접속할 수 없습니다"),
        (_other_address, "hub.goe.example"),
    ],
)
def test_the_doctor_finds_and_explains(
    made: Path, capsys: pytest.CaptureFixture[str], harm: Harm, told: str
) -> None:
    harm(made)
    capsys.readouterr()
    assert main(["doctor", str(made)]) == 1
    found = capsys.readouterr().out
    line = next(line for line in found.splitlines() if line.startswith(" !!! "))
    assert told in line
    assert "→" in found


async def test_the_doctor_compares_the_sums_of_notices_with_what_is_kept_of_schools(
    province: Province,
) -> None:
    await province.joined()
    drafts, broadcasts = province.hub.drafts, province.hub.broadcasts
    content = NoticeContent(title="모두에게", body="내용")
    notice_id = await drafts.save(CONSOLE, None, content, Target())
    seen = await drafts.notice(CONSOLE, notice_id)
    await broadcasts.send(CONSOLE, notice_id, seen.updated_at)
    told = texts(await examine(province.hub.config, province.clock), Level.DANGER)
    assert "학교 수가" not in told
    await province.hub.db.write(lambda tx: tx.execute("UPDATE broadcasts_tally SET received = 7"))
    told = texts(await examine(province.hub.config, province.clock), Level.DANGER)
    assert "공문 1건의 학교 수가 학교별 상황과 다릅니다." in told


async def test_the_doctor_sees_certificates_and_clocks_go_wrong(
    province: Province,
) -> None:
    config, now = province.hub.config, province.clock.now()
    soon = texts(await examine(config, ManualClock(now + 355 * DAY)), Level.WARNING)
    assert "허브 인증서의 기한" in soon
    over = texts(await examine(config, ManualClock(now + 366 * DAY)), Level.DANGER)
    assert "학교가 접속하지 못합니다" in over
    behind = texts(await examine(config, ManualClock(now - 3 * HOUR)), Level.DANGER)
    assert "시계가 뒤로 돌아갔습니다" in behind
    assert "아직 유효하지 않습니다" in behind


# Certificate ------------------------------------------------------------------------------------


async def test_renewal_waits_for_open_invitations_but_not_for_ever(province: Province) -> None:
    authority, names = province.hub.authority, province.hub.config.api_names
    before = authority.tls_fingerprint
    province.clock.at = authority.tls_ends_at - 60 * DAY
    invitation = await province.invite(days=60)
    await province.hub.ground.jobs.run("schools.certificate")
    assert authority.tls_fingerprint == before
    await province.node().join(invitation)
    await province.hub.ground.jobs.run("schools.certificate")
    assert authority.tls_fingerprint != before
    assert authority.covers(names)


async def test_members_notice_nothing_of_a_renewal(province: Province) -> None:
    node = await province.joined()
    assert isinstance(node.tls, ssl.SSLContext)
    before = province.hub.authority.tls_fingerprint
    province.hub.authority.renew_tls(province.hub.config.api_names)
    assert province.hub.authority.tls_fingerprint != before
    with pytest.raises(Refused):  # an answer of the hub, over TLS of the new certificate
        await node.call("POST", "/v1/enrol", b"")
    again = Authority(province.hub.config.keys, province.clock)
    assert again.tls_fingerprint == province.hub.authority.tls_fingerprint


# Backup and restore -----------------------------------------------------------------------------


async def test_a_backup_of_a_running_hub_restores_to_another_life(
    province: Province, another_database: str, tmp_path: Path
) -> None:
    invitation = await province.invite()
    node = province.node()
    await node.meet(invitation)
    request = node.request(invitation)
    grant = await node.ask(request)
    province.hub.ground.blobs.put("점검표".encode())
    archive = await asyncio.to_thread(write_archive, province.hub.config, province.clock.now())
    assert mode(archive) == 0o600
    assert sorted(path.name for path in archive.parent.iterdir()) == ["files", archive.name]
    old_epoch = await province.hub.db.read(lambda tx: get_meta(tx, "epoch"))

    folder = tmp_path / "restored"
    await asyncio.to_thread(restore, archive, folder, another_database)
    assert mode(folder) == 0o700
    assert mode(folder / "keys" / "hub.key") == 0o600
    await province.stop()
    config = read_config(folder, {})
    assert config.database_url == another_database
    revived = Province(build(config, province.clock), province.clock)
    await revived.start()
    try:
        epoch = await revived.hub.db.read(lambda tx: get_meta(tx, "epoch"))
        assert epoch != old_epoch
        assert await node.ask(request) == grant  # the same hub to the school
        lines, _more = await revived.hub.schools.lines(CONSOLE, SchoolFilter())
        assert [line.school_id for line in lines] == [HANBIT]
        assert len([p for p in (folder / "blobs").rglob("*") if p.is_file()]) == 1
    finally:
        await revived.stop()


def test_what_came_while_a_backup_began_is_in_it(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, copy = read_config(made, {}), snapshot.copy_sqlite

    def copy_late(source: Path, target: Path) -> None:
        Blobs(config.blobs).put("점검표".encode())
        copy(source, target)

    monkeypatch.setattr(snapshot, "copy_sqlite", copy_late)
    folder = tmp_path / "restored"
    restore(write_archive(config, 1_795_000_000_000), folder)
    [digest] = Blobs(folder / "blobs").digests()
    assert Blobs(folder / "blobs").get(digest) == "점검표".encode()


def test_attachments_lie_once_beside_the_archives_and_the_doctor_looks_for_them(
    made: Path, tmp_path: Path
) -> None:
    config, now = read_config(made, {}), 1_795_000_000_000
    digest = Blobs(config.blobs).put("점검표".encode())
    files = config.backups / "files"
    archives = [write_archive(config, now)]
    [stored] = files.glob("*/*")
    inode = stored.stat().st_ino
    archives.append(write_archive(config, now + DAY))
    assert [path.stat().st_ino for path in files.glob("*/*")] == [inode]
    carried = write_archive(config, now, tmp_path / "usb" / "hub.tar")
    assert [one.level for one in examine_backups(config, now + DAY)] == [Level.OK]
    stored.unlink()
    [missing] = examine_backups(config, now + DAY)
    assert (missing.level, missing.params["count"]) == (Level.DANGER, 1)
    with pytest.raises(BackupError, match=digest):
        restore(archives[1], tmp_path / "restored")
    restore(carried, tmp_path / "restored")
    assert Blobs(tmp_path / "restored" / "blobs").get(digest) == "점검표".encode()


def test_a_restore_never_overwrites(made: Path, tmp_path: Path) -> None:
    archive = write_archive(read_config(made, {}), 1_795_000_000_000)
    with pytest.raises(BackupError, match="not empty"):
        restore(archive, made)
    assert tomllib.loads((made / FILE).read_text("utf-8"))["province"] == "시험 도교육청"


def test_a_damaged_archive_is_refused_and_leaves_nothing(made: Path, tmp_path: Path) -> None:
    archive = write_archive(read_config(made, {}), 1_795_000_000_000)
    forged = tmp_path / "forged.tar"
    with opened(archive, "hub") as (listing, entries), forged.open("wb") as out:
        writer = Writer(out, lambda: None)
        writer.begin(listing)
        for name, content in entries:
            writer.pack(name, io.BytesIO(bytes(64)) if name == "keys/hub.key" else content)
        writer.end()
    target = tmp_path / "restored"
    with pytest.raises(BackupError, match="damaged"):
        restore(forged, target)
    half = tmp_path / "half.tar.gz"
    half.write_bytes(archive.read_bytes()[: archive.stat().st_size // 2])
    with pytest.raises(BackupError):
        restore(half, target)
    assert not target.exists()
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".restored")]


async def test_without_pg_dump_the_error_says_what_to_install(
    province: Province, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    config = province.hub.config
    if not config.database_url:
        config = msgspec.structs.replace(config, database_url="postgresql://127.0.0.1/none")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BackupError, match="postgresql-client"):
        write_archive(config, province.clock.now(), tmp_path / "archive")
    assert not (tmp_path / "archive").exists()
    assert not list(tmp_path.glob(".*"))


def test_only_so_many_backups_are_kept(made: Path) -> None:
    config = msgspec.structs.replace(read_config(made, {}), backups_kept=2)
    clock = ManualClock(1_795_000_000_000)
    keeper = backup.back_up_of(config, clock)
    for _day in range(4):
        asyncio.run(keeper.make())
        clock.advance(DAY)
    assert len(backup.existing(config.backups)) == 2
