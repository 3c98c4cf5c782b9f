"""Stories at the terminal: init, doctor, import, backup, restore, and what goes wrong there."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest

from kit.config import ConfigError
from kit.web.assembly import ASSEMBLY
from node.app import CONFIG, build
from node.cli import main
from node.config import FILE, read_config
from tests.conftest import apart_from_all_networks, free_port


@pytest.fixture(autouse=True)
def korean(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MADANG_LANG", "ko")


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The folder of a school made by `init`."""
    place = tmp_path / "school"
    assert init(place) == 0
    capsys.readouterr()
    return place


def init(place: Path, *more: str) -> int:
    return main(["init", str(place), "--school", "J107530101", "--name", "한빛초등학교", *more])


def test_init_makes_a_school_and_prints_its_password_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = tmp_path / "school"
    assert init(place, "--administrator", "정민호", "--login", "minho") == 0
    said = capsys.readouterr().out
    assert "minho" in said
    assert "임시 비밀번호" in said
    assert read_config(place, {}).school_name == "한빛초등학교"
    modes = {path.name: path.stat().st_mode & 0o777 for path in (place, place / FILE)}
    assert modes == {"school": 0o700, FILE: 0o600}
    assert (place / "keys" / "node.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "arguments",
    [
        ["--school", "J10", "--name", "한빛"],
        ["--school", "J107530101", "--name", " "],
        ["--school", "J107530101", "--name", "한빛\n초등학교"],
        ["--school", "J107530101", "--name", "한빛\udcff"],
        ["--school", "J107530101", "--name", "한빛", "--administrator", "정\udcff"],
        ["--school", "J107530101", "--name", "한빛", "--login", "A B"],
        ["--school", "J107530101", "--name", "한빛", "--public-url", "school.example"],
    ],
)
def test_a_refused_init_says_one_line_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    place = tmp_path / "school"
    assert main(["init", str(place), *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.strip().splitlines()) == 1
    assert not place.exists()


def test_init_never_touches_a_folder_that_is_in_use(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (folder / "keys" / "node.key").read_bytes()
    assert init(folder) == 2
    assert "이미 서버가 있는 폴더입니다" in capsys.readouterr().err
    assert (folder / "keys" / "node.key").read_bytes() == before


@pytest.mark.parametrize("command", ["serve", "doctor", "backup", "sync"])
def test_a_command_in_a_wrong_folder_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main([command, str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert "madang-node init" in said
    assert len(said.strip().splitlines()) == 1


def test_a_misspelt_setting_names_the_right_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (folder / FILE).open("a", encoding="utf-8") as settings:
        settings.write('publicurl = "https://x.example"\n')
    with pytest.raises(ConfigError, match="public_url"):
        read_config(folder, {})
    assert main(["doctor", str(folder)]) == 2
    assert "public_url" in capsys.readouterr().err


def test_the_environment_overrides_the_file(folder: Path) -> None:
    config = read_config(folder, {"MADANG_NODE_PORT": "9999", "MADANG_NODE_BEHIND_PROXY": "true"})
    assert (config.port, config.behind_proxy) == (9999, True)


def test_the_doctor_finds_keys_that_others_can_read(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["doctor", str(folder)]) == 0
    (folder / "keys" / "node.key").chmod(0o644)
    capsys.readouterr()
    assert main(["doctor", str(folder)]) == 1
    assert "chmod 600" in capsys.readouterr().out


def test_the_doctor_of_a_node_without_keys_does_not_stumble(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "keys" / "node.key").unlink()
    assert main(["doctor", str(folder)]) == 1
    assert "키 파일" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["serve", "sync"])
def test_a_database_that_cannot_be_opened_is_one_line_with_its_reason(
    folder: Path, command: str
) -> None:
    (folder / "madang.sqlite3").write_bytes(b"no database at all" * 500)
    done = subprocess.run(
        [sys.executable, "-m", "node.cli", command, str(folder)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    assert "file is not a database" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_doctor_of_a_damaged_database_says_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "madang.sqlite3").write_bytes(b"no database at all" * 500)
    assert main(["doctor", str(folder)]) == 1
    said = capsys.readouterr().out
    assert "데이터베이스가 아닌 파일입니다." in said
    assert "madang-node restore" in said


def test_lists_are_tried_first_and_then_taken(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rooms = tmp_path / "학급.csv"
    rooms.write_bytes("학년,반\n1,1\n1,x\n".encode("cp949"))
    assert main(["import", str(folder), "--classes", str(rooms)]) == 2
    assert "학급 명단 3번째 줄 [반]: ‘x’: 숫자로 입력해 주세요." in capsys.readouterr().out
    rooms.write_text("학년,반\n1,1\n1,2\n", encoding="utf-8")
    for options, counted in ((["--dry-run"], "추가 2"), ([], "추가 2"), ([], "그대로 2")):
        assert main(["import", str(folder), "--classes", str(rooms), *options]) == 0
        assert counted in capsys.readouterr().out


def test_what_is_imported_before_the_first_start_waits_for_all_who_hear_of_it(
    folder: Path, tmp_path: Path
) -> None:
    staff = tmp_path / "교직원.csv"
    staff.write_text("교직원번호,이름,직위,부서\nT1,나은서,교사,2학년부\n", encoding="utf-8")
    assert main(["import", str(folder), "--staff", str(staff)]) == 0
    app = build(read_config(folder, {}))
    hears = {one.name for one in app[ASSEMBLY].slices if one.hears}
    raw = sqlite3.connect(app[CONFIG].database)
    waits = "SELECT name FROM kit_subscription WHERE seq < (SELECT max(seq) FROM kit_event)"
    assert {name for (name,) in raw.execute(waits)} == hears
    raw.close()


def test_an_import_without_a_list_or_with_a_missing_file_says_so(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", str(folder)]) == 2
    assert main(["import", str(folder), "--staff", str(folder / "none.csv")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 2


def test_a_backup_made_at_the_terminal_can_be_restored(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = tmp_path / "one.tar.gz"
    assert main(["backup", str(folder), "--to", str(archive)]) == 0
    assert main(["restore", str(archive), str(tmp_path / "again")]) == 0
    assert main(["doctor", str(tmp_path / "again")]) == 0
    assert main(["restore", str(archive), str(folder)]) == 2
    assert main(["restore", str(tmp_path / "none"), str(tmp_path / "new")]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 2


def test_every_setting_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "--explain"]) == 0
    said = capsys.readouterr().out.splitlines()
    settings = [line for line in said if " = " in line and not line.startswith("#")]
    sentences = [line for line in said if line.startswith("# ") and len(line) > 12]
    assert len(settings) == len(sentences) > 15


def test_help_is_in_the_language_of_the_terminal() -> None:
    def asked(language: str) -> str:
        return subprocess.run(
            [sys.executable, "-m", "node.cli", "--help"],
            env=os.environ | {"MADANG_LANG": language},
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    assert "서버를 켭니다" in asked("ko")
    assert "Start the server" in asked("en")


LONG_NAME = "대한미래국제문화예술체육과학융합초중고통합학교부설방송통신 St. Mary 분교"


@pytest.mark.parametrize("name", ["한빛초등학교", LONG_NAME])
async def test_a_served_school_answers_and_stops_when_asked(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "school"
    made = ["init", str(folder), "--school", "J107530101", "--name", name]
    assert await asyncio.to_thread(main, made) == 0
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "node.cli", "serve", str(folder),
        env=os.environ | {"MADANG_NODE_PORT": str(port)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = await process.stdout.readline()
        assert f"127.0.0.1:{port}" in line.decode()
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{port}/healthz") as answer,
        ):
            assert answer.status == 200
        second = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "node.cli", "serve", str(folder),
            env=os.environ | {"MADANG_NODE_PORT": str(port)},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        _out, told = await second.communicate()
        assert second.returncode == 2
        assert f"127.0.0.1:{port}" in told.decode().strip().splitlines()[-1]
    finally:
        process.send_signal(signal.SIGTERM)
        await process.communicate()
    assert process.returncode == 0


def test_a_school_that_has_not_joined_is_told_so_when_it_syncs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sync", str(folder)]) == 2
    assert "아직 도교육청에 가입하지 않았습니다." in capsys.readouterr().err


def test_whoever_looks_for_the_hub_without_a_network_is_told_so_in_one_line(folder: Path) -> None:
    apart = apart_from_all_networks()
    join = [sys.executable, "-m", "node.cli", "join", str(folder), "7K3M-0000", "--hub", "auto"]
    done = subprocess.run([*apart, *join], check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(
        "madang-node: 이 네트워크에서 허브를 찾지 못했습니다."
    )
