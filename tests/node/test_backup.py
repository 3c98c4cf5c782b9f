"""Stories of a lost computer: what was backed up comes back, and only that."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from kit.archive import snapshot
from kit.blobs import Blobs
from kit.db import connect
from kit.schema import get_meta
from node.backup import BackupError, back_up_of, existing, restore, verify, write_archive
from node.config import NodeConfig, read_config, toml_of
from node.home.web import BACK_UP
from node.keys import node_keys
from tests.node.conftest import School
from tests.node.driving import areas, kept


@pytest.fixture
def config(school: School) -> NodeConfig:
    """The settings of the running school, also as the file that an administrator has."""
    from node.app import CONFIG

    found = school.app[CONFIG]
    (found.root / "madang.toml").write_text(toml_of(found), encoding="utf-8")
    return found


async def names_in(database: Path) -> set[str]:
    db = connect(f"sqlite:{database}")
    await db.open()
    try:
        rows = await db.read(lambda tx: tx.rows("SELECT name FROM people_v_person"))
        return {name for (name,) in rows}
    finally:
        await db.close()


async def test_a_school_comes_back_from_its_backup(
    school: School, config: NodeConfig, tmp_path: Path
) -> None:
    digest = Blobs(config.blobs).put(b"an attachment")
    epoch = await school.db.read(lambda tx: get_meta(tx, "epoch"))
    made = await school.app[BACK_UP].make()
    folder = tmp_path / "restored"
    listing = restore(made, folder)
    assert listing.name == "한빛초등학교"
    assert "김하늘" in await names_in(folder / "madang.sqlite3")
    assert Blobs(folder / "blobs").get(digest) == b"an attachment"
    assert node_keys(folder / "keys").key_id == node_keys(config.keys).key_id
    assert (folder / "keys" / "node.key").stat().st_mode & 0o777 == 0o600
    assert read_config(folder, {}).data_dir == str(folder.resolve())
    with sqlite3.connect(folder / "madang.sqlite3") as opened:
        (restored_epoch,) = opened.execute(
            "SELECT value FROM kit_meta WHERE name = 'epoch'"
        ).fetchone()
    opened.close()
    assert restored_epoch != epoch


async def test_what_came_while_a_backup_began_is_in_it_whole(
    school: School, config: NodeConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    park = await school.client_as("박서연")
    mine = (await areas(park))["person"]
    loop, copy = asyncio.get_running_loop(), snapshot.copy_sqlite

    def copy_late(source: Path, target: Path) -> None:
        asyncio.run_coroutine_threadsafe(kept(park, mine, "a.txt", b"just now"), loop).result(20)
        copy(source, target)

    monkeypatch.setattr(snapshot, "copy_sqlite", copy_late)
    restored = tmp_path / "restored"
    restore(await school.app[BACK_UP].make(), restored)
    with sqlite3.connect(restored / "madang.sqlite3") as opened:
        [(digest,)] = opened.execute("SELECT sha256 FROM drive_version").fetchall()
    opened.close()
    assert Blobs(restored / "blobs" / "drive").get(digest) == b"just now"


async def test_a_backup_is_readable_by_its_owner_only(school: School, config: NodeConfig) -> None:
    made = await school.app[BACK_UP].make()
    assert made.stat().st_mode & 0o777 == 0o600


async def test_a_folder_that_holds_something_is_never_restored_into(
    school: School, config: NodeConfig, tmp_path: Path
) -> None:
    made = await school.app[BACK_UP].make()
    folder = tmp_path / "occupied"
    folder.mkdir()
    (folder / "letter.txt").write_text("mine")
    with pytest.raises(BackupError, match="not empty"):
        restore(made, folder)
    assert [path.name for path in folder.iterdir()] == ["letter.txt"]


async def test_a_damaged_backup_is_refused_and_leaves_nothing(
    school: School, config: NodeConfig, tmp_path: Path
) -> None:
    made = await school.app[BACK_UP].make()
    whole = made.read_bytes()
    for twentieth in range(1, 20):
        content = bytearray(whole)
        content[len(content) * twentieth // 20] ^= 0xFF
        made.write_bytes(bytes(content))
        with pytest.raises(BackupError):
            verify(made)
    folder = tmp_path / "restored"
    with pytest.raises(BackupError):
        restore(made, folder)
    assert not folder.exists()
    assert [path for path in tmp_path.iterdir() if path.name.startswith(".restored")] == []


async def test_damage_between_the_files_is_found_by_the_sum_at_the_end(school: School) -> None:
    made = await school.app[BACK_UP].make()
    content = bytearray(made.read_bytes())
    content[-8] ^= 0xFF  # of the checksum with which gzip ends
    made.write_bytes(bytes(content))
    with pytest.raises(BackupError):
        verify(made)


async def test_half_a_backup_is_refused(school: School, config: NodeConfig, tmp_path: Path) -> None:
    made = await school.app[BACK_UP].make()
    made.write_bytes(made.read_bytes()[: made.stat().st_size // 2])
    with pytest.raises(BackupError):
        restore(made, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()


def test_another_file_is_no_backup(tmp_path: Path) -> None:
    stranger = tmp_path / "holiday.tar.gz"
    stranger.write_bytes(b"not at all")
    with pytest.raises(BackupError):
        restore(stranger, tmp_path / "restored")


async def test_a_backup_that_fails_leaves_no_half_archive(
    school: School, config: NodeConfig, tmp_path: Path
) -> None:
    target = tmp_path / "elsewhere" / "one.madang.tar.gz"
    (tmp_path / "elsewhere").write_text("a file where the folder should be")
    with pytest.raises(BackupError):
        write_archive(config, school.clock.now(), target)
    assert not target.exists()


async def test_only_as_many_backups_stay_as_were_asked_for(
    school: School, config: NodeConfig
) -> None:
    import msgspec

    keeper = back_up_of(msgspec.structs.replace(config, backups_kept=2), school.clock)
    made = []
    for _day in range(4):
        made.append((await keeper.make()).name)
        school.clock.advance(24 * 3600 * 1000)
    assert [one.name for one in existing(config.backups)] == [made[3], made[2]]


async def test_two_backups_of_one_second_both_stay(school: School, config: NodeConfig) -> None:
    keeper = back_up_of(config, school.clock)
    made = [(await keeper.make()).name for _ in range(2)]
    assert len(set(made)) == 2
    assert [one.name for one in existing(config.backups)] == made[::-1]


async def test_the_daily_backup_is_a_job_with_a_row(school: School, config: NodeConfig) -> None:
    minho = await school.client_as("정민호")
    answer = await minho.post("/admin/jobs/node.backup/run")
    assert answer.status == 303
    assert len(existing(config.backups)) == 1
    assert "일일 백업" in (await minho.get("/admin/jobs")).text


async def test_the_administrator_sees_that_a_missed_backup_was_made_up_for(school: School) -> None:
    minho = await school.client_as("정민호")
    assert "놓친 작업을 나중에 실행함" not in (await minho.get("/admin/jobs")).text
    at = school.clock.now()
    await school.db.write(
        lambda tx: tx.execute(
            "UPDATE kit_job SET last_run_at = ?, last_ok_at = ?, last_duration_ms = 5,"
            " caught_up_at = ? WHERE name = 'node.backup'",
            (at, at, at),
        )
    )
    page = (await minho.get("/admin/jobs")).text
    assert "놓친 작업을 나중에 실행함: 2026. 11. 23." in page


async def test_the_messenger_comes_back_as_who_it_was(
    school: School, config: NodeConfig, tmp_path: Path
) -> None:
    folder = config.root / "messenger"
    (folder / "media" / "local").mkdir(parents=True)
    (folder / "media" / "local" / "picture").write_bytes(b"a picture")
    (folder / "signing.key").write_text("ed25519 a_1 seed")
    (folder / "secrets.json").write_text("{}")
    (folder / "synapse.log").write_text("not worth keeping")
    with sqlite3.connect(folder / "homeserver.db") as opened:
        opened.execute("CREATE TABLE event (body TEXT)")
        opened.execute("INSERT INTO event VALUES ('안녕하세요')")
    opened.close()
    restored = tmp_path / "restored"
    restore(write_archive(config, school.clock.now()), restored)
    with sqlite3.connect(restored / "messenger" / "homeserver.db") as opened:
        assert opened.execute("SELECT body FROM event").fetchone() == ("안녕하세요",)
    opened.close()
    assert (restored / "messenger" / "signing.key").read_text() == "ed25519 a_1 seed"
    assert (restored / "messenger" / "media" / "local" / "picture").read_bytes() == b"a picture"
    assert not (restored / "messenger" / "synapse.log").exists()
