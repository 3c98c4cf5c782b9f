"""Archives of a small server: every byte counts, files lie beside them once, killed ones leave nothing."""

import contextlib
import hashlib
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from kit.archive import packing, reading, snapshot
from kit.archive.model import (
    FORMAT,
    BackupError,
    DiskFilled,
    FilesLost,
    FilesMissing,
    Listing,
    NoRoom,
)
from kit.archive.packing import Source, files_below
from kit.archive.room import Room, turn
from kit.blobs import Blobs
from kit.clock import DAY
from tests.kit.earlier_archive import write_earlier

NOW = 1_795_000_000_000
DATABASE = "small.sqlite3"


class Server:
    """A database, a key, files by hash, and media whose names say nothing."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.now = NOW
        self.backups = root / "backups"
        self.files = self.backups / "files"
        self.blobs = Blobs(root / "blobs")
        self.reserve = 0
        (root / "keys").mkdir(parents=True)
        (root / "keys" / "one.key").write_bytes(b"secret")
        with contextlib.closing(sqlite3.connect(root / DATABASE)) as made:
            made.execute("CREATE TABLE kit_meta (name TEXT, value TEXT)")
            made.execute("INSERT INTO kit_meta VALUES ('epoch', '1')")
            made.commit()

    def source(self) -> Source:
        return Source(
            root=self.root,
            listing=Listing(FORMAT, "node", "J107530101", "한빛초등학교", DATABASE, self.now),
            suffixes=(".tar", ".tar.gz"),
            size=lambda: snapshot.size(self.root / DATABASE),
            copy_database=lambda copy: snapshot.copy_sqlite(self.root / DATABASE, copy),
            check_database=snapshot.check_sqlite,
            content=lambda _copies: files_below(self.root, self.root / "keys"),
            apart=lambda: files_below(self.root, self.root / "blobs", self.root / "media"),
            reserve=self.reserve,
        )

    def night(self, keep: int = 3) -> Path:
        """What a night does; the archive made."""
        place = packing.free_place(self.backups, str(self.now), ".tar")
        self.now += DAY
        try:
            packing.pack(self.source(), place, whole=False)
        finally:
            packing.tidy(self.source(), self.backups, keep)
        return place

    def stored(self) -> dict[str, int]:
        """What lies beside the archives: hash → inode."""
        return {path.name: path.stat().st_ino for path in self.files.glob("??/*")}

    def hidden(self) -> list[str]:
        return [path.name for path in self.backups.iterdir() if path.name.startswith(".")]


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "server")


def restored(archive: Path, folder: Path, *, incomplete: bool = False) -> Listing:
    def finish(fresh: Path, _listing: Listing) -> None:
        reading.begin_new_life(fresh / DATABASE)

    return reading.unpack(archive, folder, "node", finish, incomplete=incomplete)


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


# Every byte --------------------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, bytes]:
    names = ("keys/one.key", *(str(path.relative_to(folder)) for path in folder.glob("blobs/*/*")))
    return {name: (folder / name).read_bytes() for name in names}


def test_a_changed_byte_is_found_or_changes_nothing(server: Server, tmp_path: Path) -> None:
    server.blobs.put("가정통신문".encode())
    archive = packing.pack(server.source(), tmp_path / "one.tar", whole=True)
    whole = archive.read_bytes()
    places = range(0, len(whole), 7)
    refused = 0
    for at in places:
        content = bytearray(whole)
        content[at] ^= 0x55
        archive.write_bytes(bytes(content))
        try:
            reading.verify(archive, "node")
        except BackupError:
            refused += 1
        else:
            restored(archive, tmp_path / str(at))
            assert contents(tmp_path / str(at)) == contents(server.root)
    assert len(places) - refused < 5, "how much memory unpacking asks for is all that may differ"


def test_an_archive_cut_off_or_grown_is_refused(server: Server, tmp_path: Path) -> None:
    archive = packing.pack(server.source(), tmp_path / "one.tar", whole=True)
    whole = archive.read_bytes()
    for content in (*(whole[:-512], whole[:-1], whole[: len(whole) // 2]), whole + bytes(512), b""):
        archive.write_bytes(content)
        with pytest.raises(BackupError):
            reading.verify(archive, "node")


def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "content").write_bytes(b"#!/bin/sh")
    listing = Listing(1, "node", "J107530101", "한빛초등학교", DATABASE, NOW)
    archive = write_earlier(tmp_path / "a.tar.gz", listing, {"../evil": tmp_path / "content"})
    with pytest.raises(BackupError, match="elsewhere"):
        restored(archive, tmp_path / "deep" / "restored")
    assert not (tmp_path / "deep" / "evil").exists()


# Earlier releases --------------------------------------------------------------------------------


def test_an_archive_of_an_earlier_release_is_verified_and_restored(
    server: Server, tmp_path: Path
) -> None:
    digest = server.blobs.put(b"an attachment")
    names = (DATABASE, "keys/one.key", f"blobs/{digest[:2]}/{digest}")
    archive = write_earlier(
        tmp_path / "old.tar.gz",
        server.source().listing,
        {name: server.root / name for name in names},
    )
    assert reading.verify(archive, "node").name == "한빛초등학교"
    restored(archive, tmp_path / "restored")
    assert Blobs(tmp_path / "restored" / "blobs").get(digest) == b"an attachment"
    assert (tmp_path / "restored" / "keys" / "one.key").read_bytes() == b"secret"
    assert (tmp_path / "restored" / "keys" / "one.key").stat().st_mode & 0o777 == 0o600
    content = bytearray(archive.read_bytes())
    content[-6] ^= 0xFF
    archive.write_bytes(bytes(content))
    with pytest.raises(BackupError):
        reading.verify(archive, "node")


def test_archives_of_earlier_releases_age_with_the_new_ones(server: Server) -> None:
    listing = server.source().listing
    files = {DATABASE: server.root / DATABASE}
    for night in range(2):
        write_earlier(server.backups / f"{NOW - (2 - night) * DAY}.tar.gz", listing, files)
    remains = [".database.1f", ".copies-x/homeserver.db", f".{NOW}.tar.gz.2e"]
    for name in remains:
        (server.backups / name).parent.mkdir(exist_ok=True)
        (server.backups / name).write_bytes(b"half")
    made = [server.night(keep=2).name for _night in range(2)]
    assert sorted(path.name for path in server.backups.glob("*.tar*")) == made
    assert server.hidden() == [], "nor is there what they left when they were killed"


# Beside the archives -----------------------------------------------------------------------------


def test_the_second_night_stores_only_what_is_new(server: Server, tmp_path: Path) -> None:
    first = server.blobs.put(b"letter")
    (server.root / "media" / "local").mkdir(parents=True)
    (server.root / "media" / "local" / "picture").write_bytes(b"a picture")
    server.night()
    before = server.stored()
    assert set(before) == {first, digest_of(b"a picture")}
    second = server.blobs.put(b"another letter")
    archive = server.night()
    after = server.stored()
    assert set(after) - set(before) == {second}
    assert {digest: after[digest] for digest in before} == before, "nothing is written again"
    restored(archive, tmp_path / "restored")
    blobs = Blobs(tmp_path / "restored" / "blobs")
    assert [blobs.get(one) for one in (first, second)] == [b"letter", b"another letter"]
    assert (tmp_path / "restored" / "media" / "local" / "picture").read_bytes() == b"a picture"


def test_media_that_changed_are_stored_as_they_are_now(server: Server, tmp_path: Path) -> None:
    (server.root / "media").mkdir()
    (server.root / "media" / "picture").write_bytes(b"before")
    old = server.night()
    (server.root / "media" / "picture").write_bytes(b"after!")
    new = server.night()
    restored(old, tmp_path / "old")
    restored(new, tmp_path / "new")
    assert (tmp_path / "old" / "media" / "picture").read_bytes() == b"before"
    assert (tmp_path / "new" / "media" / "picture").read_bytes() == b"after!"


def test_what_no_kept_archive_names_is_removed(server: Server) -> None:
    gone, stays = server.blobs.put(b"gone"), server.blobs.put(b"stays")
    server.night(keep=2)
    server.blobs.remove(gone)
    server.night(keep=2)
    assert set(server.stored()) == {gone, stays}, "the first archive still names it"
    server.night(keep=2)
    assert set(server.stored()) == {stays}


def test_beside_an_archive_that_cannot_be_read_nothing_is_removed(server: Server) -> None:
    gone = server.blobs.put(b"gone")
    first = server.night(keep=3)
    first.write_bytes(b"damaged" * 200)
    server.blobs.remove(gone)
    server.night(keep=3)
    assert set(server.stored()) == {gone}


def _lost(path: Path) -> None:
    path.unlink()


def _changed(path: Path) -> None:
    path.write_bytes(bytes(len(path.read_bytes())))


@pytest.mark.parametrize("harm", [_lost, _changed])
def test_a_file_missing_beside_an_archive_is_told_by_name_and_the_rest_can_be_had(
    server: Server, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    harmed, whole = server.blobs.put(b"harmed"), server.blobs.put(b"whole")
    archive = server.night()
    harm(server.files / harmed[:2] / harmed)
    name = f"blobs/{harmed[:2]}/{harmed}"
    with pytest.raises(FilesMissing, match=name):
        reading.verify(archive, "node")
    with pytest.raises(FilesMissing, match=name):
        restored(archive, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()
    assert restored(archive, tmp_path / "restored", incomplete=True).lost == (name,)
    blobs = Blobs(tmp_path / "restored" / "blobs")
    assert list(blobs.digests()) == [whole]
    assert blobs.get(whole) == b"whole"


def test_a_file_that_was_lost_beside_the_archives_is_stored_again_the_next_night(
    server: Server, tmp_path: Path
) -> None:
    digest = server.blobs.put(b"letter")
    first = server.night()
    (server.files / digest[:2] / digest).unlink()
    server.night()
    assert reading.verify(first, "node")


def test_a_file_that_the_disk_changed_beside_the_archives_is_stored_anew_within_a_month(
    server: Server,
) -> None:
    digest = server.blobs.put(b"letter")
    archive = server.night()
    _changed(server.files / digest[:2] / digest)
    for _night in range(30):
        archive = server.night()
    assert reading.verify(archive, "node")


def _unreadable(path: Path) -> None:
    """As on a bad sector: it is there, and each read of it fails."""
    path.unlink()
    path.symlink_to("/proc/self/mem")


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("harm", [_changed, _unreadable])
def test_a_file_that_the_server_itself_has_damaged_is_told_and_stops_no_backup(
    server: Server, tmp_path: Path, harm: Callable[[Path], None], *, whole: bool
) -> None:
    harmed, sound = server.blobs.put(b"harmed"), server.blobs.put(b"sound")
    harm(server.blobs.path(harmed))
    name = f"blobs/{harmed[:2]}/{harmed}"
    archive = server.backups / "one.tar"
    with pytest.raises(FilesLost, match=name):
        packing.pack(server.source(), archive, whole=whole)
    assert restored(archive, tmp_path / "restored").lost == (name,)
    assert list(Blobs(tmp_path / "restored" / "blobs").digests()) == [sound]


def _cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("harm", [_changed, _unreadable, _cut_off])
def test_a_file_damaged_after_it_was_stored_comes_back_as_it_was(
    server: Server, tmp_path: Path, harm: Callable[[Path], None]
) -> None:
    digest = server.blobs.put(b"letter")
    server.night()
    harm(server.blobs.path(digest))
    restored(server.night(), tmp_path / "restored")
    assert Blobs(tmp_path / "restored" / "blobs").get(digest) == b"letter"


# Carried away ------------------------------------------------------------------------------------


def test_an_archive_for_a_place_of_its_own_needs_nothing_beside_it(
    server: Server, tmp_path: Path
) -> None:
    digest = server.blobs.put(b"letter")
    archive = packing.pack(server.source(), tmp_path / "usb" / "one.tar", whole=True)
    assert list((tmp_path / "usb").iterdir()) == [archive]
    assert archive.stat().st_mode & 0o777 == 0o600
    restored(archive, tmp_path / "restored")
    assert Blobs(tmp_path / "restored" / "blobs").get(digest) == b"letter"


def test_an_archive_of_a_night_is_handed_out_whole(server: Server, tmp_path: Path) -> None:
    digests = [server.blobs.put(content) for content in (b"letter", b"", b"x" * 512)]
    archive = server.night()
    whole = reading.whole(archive, "node")
    assert whole is not None
    carried = tmp_path / "usb" / "one.tar"
    carried.parent.mkdir()
    carried.write_bytes(b"".join(whole.pieces()))
    assert carried.stat().st_size == whole.size
    restored(carried, tmp_path / "restored")
    assert set(Blobs(tmp_path / "restored" / "blobs").digests()) == set(digests)
    again = reading.whole(carried, "node")
    assert again is not None
    assert again.size == whole.size


# Room and turn -----------------------------------------------------------------------------------


def test_where_there_is_no_room_nothing_is_begun_and_the_backup_before_stays(
    server: Server,
) -> None:
    server.blobs.put(b"letter")
    before = server.night()
    server.blobs.put(b"another")
    stored = server.stored()
    server.reserve = 2**60
    with pytest.raises(NoRoom) as told:
        server.night()
    assert str(server.backups) in str(told.value)
    assert int(str(told.value.params["needed"]).replace(",", "")) >= 2**40
    assert reading.verify(before, "node")
    assert (server.stored(), server.hidden()) == (stored, [])


def test_the_room_asked_for_is_what_the_night_takes(server: Server) -> None:
    class Asked(Room):
        needed: int

        def require(self, needed: int) -> None:
            Asked.needed = needed

    server.blobs.put(os.urandom(300_000))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(packing, "Room", Asked)
        server.night()
        assert Asked.needed > 300_000
        server.blobs.put(os.urandom(1000))
        server.night()
        assert Asked.needed < 300_000, "what is stored already needs no room"
        packing.pack(server.source(), server.root / "to" / "one.tar", whole=True)
        assert Asked.needed > 300_000


def test_a_disk_that_others_fill_meanwhile_ends_the_backup(server: Server) -> None:
    before = server.night()
    source = server.source()

    class Filled(Room):
        def require(self, needed: int) -> None: ...

        def hold(self) -> None:
            raise DiskFilled(server.backups)

    server.blobs.put(b"letter")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(packing, "Room", Filled)
        with pytest.raises(DiskFilled):
            packing.pack(source, server.backups / "two.tar", whole=False)
    assert [path.name for path in server.backups.glob("*.tar")] == [before.name]
    assert server.hidden() == []


def test_on_another_disk_no_reserve_is_kept(tmp_path: Path) -> None:
    here = tmp_path.stat().st_dev
    elsewhere = next(one for one in (Path("/dev/shm"), Path.cwd()) if one.stat().st_dev != here)
    Room(elsewhere, tmp_path, reserve=2**60).require(0)
    with pytest.raises(NoRoom):
        Room(tmp_path, tmp_path, reserve=2**60).require(0)


def test_one_backup_of_a_server_is_made_at_a_time(server: Server) -> None:
    with turn(server.root):
        with pytest.raises(BackupError, match="under way"), turn(server.root, patience_s=0):
            pass
        waiting = threading.Thread(target=server.night)
        waiting.start()
        assert list(server.backups.glob("*.tar")) == []
    waiting.join(20)
    assert len(list(server.backups.glob("*.tar"))) == 1


CHILD = """
import sys
from pathlib import Path
from kit.archive import packing
from tests.kit.test_archive import Server
server = Server.__new__(Server)
server.__dict__.update(
    root=Path(sys.argv[1]), now=int(sys.argv[2]), reserve=0, backups=Path(sys.argv[1], "backups")
)
reached = packing._write_all
def stop(*given):
    reached(*given)
    print("packed", flush=True)
    sys.stdin.read()
packing._write_all = stop
server.night()
"""


def kill_a_night(server: Server) -> None:
    """A process of its own packs all of an archive, and is killed before that has its name."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(server.root), str(server.now)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"packed\n"
        child.send_signal(signal.SIGKILL)


def test_a_backup_that_is_killed_leaves_the_one_before_and_nothing_piles_up(
    server: Server, tmp_path: Path
) -> None:
    digest = server.blobs.put(b"letter")
    before = server.night()
    for _time in range(2):
        kill_a_night(server)
        assert [path.name for path in server.backups.glob("*.tar")] == [before.name]
        assert reading.verify(before, "node")
        assert len(server.hidden()) == 1
    after = server.night()
    assert server.hidden() == []
    restored(after, tmp_path / "restored")
    assert Blobs(tmp_path / "restored" / "blobs").get(digest) == b"letter"
