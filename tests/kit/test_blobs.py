"""Files by their content: written once, never half, and damage is noticed."""

import asyncio
import hashlib
import os
from pathlib import Path

import pytest

from kit.blobs import Blobs, digest_of

CONTENT = "준비물 목록".encode()


def test_a_file_is_found_under_the_hash_of_its_content(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    digest = blobs.put(CONTENT)
    assert digest == hashlib.sha256(CONTENT).hexdigest()
    assert blobs.get(digest) == CONTENT
    assert blobs.put(b"") == hashlib.sha256(b"").hexdigest()


def test_the_same_content_is_kept_once_and_not_written_again(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    path = blobs.path(blobs.put(CONTENT))
    before = path.stat().st_ino
    blobs.put(CONTENT)
    assert path.stat().st_ino == before
    assert [one for one in tmp_path.rglob("*") if one.is_file()] == [path]


async def test_many_who_bring_the_same_file_at_once_leave_one_whole_file(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    large = CONTENT * 10_000
    digests = await asyncio.gather(*(asyncio.to_thread(blobs.put, large) for _time in range(16)))
    assert len(set(digests)) == 1
    assert blobs.get(digests[0]) == large
    assert len([one for one in tmp_path.rglob("*") if one.is_file()]) == 1


def test_a_file_the_disk_has_changed_is_not_given_out(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    digest = blobs.put(CONTENT)
    blobs.path(digest).write_bytes(CONTENT[:-1] + b"x")
    with pytest.raises(ValueError, match="damaged"):
        blobs.get(digest)


def test_what_is_not_there_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Blobs(tmp_path).get("0" * 64)


@pytest.mark.parametrize(
    "digest", ["", "0" * 63, "A" * 64, "../../etc/passwd", "../" + "0" * 61, "0" * 63 + "\n"]
)
def test_only_a_digest_leads_to_a_path(tmp_path: Path, digest: str) -> None:
    with pytest.raises(ValueError, match="not a SHA-256 digest"):
        Blobs(tmp_path).path(digest)


def test_a_finished_file_is_taken_in_without_copying(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path / "blobs")
    partial = tmp_path / ".upload"
    partial.write_bytes(CONTENT)
    digest = digest_of(partial)
    blobs.adopt(partial, digest)
    assert blobs.get(digest) == CONTENT
    assert blobs.path(digest).stat().st_ino == partial.stat().st_ino
    blobs.adopt(partial, digest)  # once more, after a kill: the same
    partial.unlink()
    assert blobs.get(digest) == CONTENT
    assert list(blobs.digests()) == [digest]


@pytest.mark.parametrize("taking", ["put", "adopt"])
def test_the_first_file_of_a_folder_survives_a_loss_of_power(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, taking: str
) -> None:
    blobs = Blobs(tmp_path / "blobs" / "drive")
    partial = tmp_path / ".upload"
    partial.write_bytes(CONTENT)
    synced, sync = [], os.fsync

    def noted(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())
        sync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    if taking == "put":
        blobs.put(CONTENT)
    else:
        blobs.adopt(partial, digest_of(partial))
    folder = blobs.path(digest_of(partial)).parent
    assert {folder, blobs.root, blobs.root.parent, tmp_path} <= set(synced)


def test_what_is_removed_is_gone_and_nothing_else(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    kept, gone = blobs.put(CONTENT), blobs.put(b"other")
    blobs.remove(gone)
    blobs.remove(gone)
    assert list(blobs.digests()) == [kept]
