"""Files that appear whole or not at all."""

from pathlib import Path

import pytest

from kit.durable import write_durably, write_secret


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_is_written_takes_the_place_of_what_was_there(tmp_path: Path) -> None:
    place = tmp_path / "new" / "root.json"
    for content in (b"first", b"second"):
        write_durably(place, content)
        assert place.read_bytes() == content
    assert list(place.parent.iterdir()) == [place]


def test_a_secret_is_its_owners_alone_from_the_first_byte(tmp_path: Path) -> None:
    place = tmp_path / "keys" / "node.key"
    write_secret(place, b"secret")
    assert (place.read_bytes(), mode(place), mode(place.parent)) == (b"secret", 0o600, 0o700)
    write_durably(place, b"another", secret=True)
    assert (place.read_bytes(), mode(place)) == (b"another", 0o600)


def test_a_secret_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    place = tmp_path / "node.key"
    write_secret(place, b"first")
    with pytest.raises(FileExistsError):
        write_secret(place, b"second")
    assert place.read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [place]


def test_what_cannot_get_its_name_leaves_nothing_behind(tmp_path: Path) -> None:
    taken = tmp_path / "taken"
    taken.mkdir()
    with pytest.raises(OSError, match="taken"):
        write_durably(taken, b"content")
    assert list(tmp_path.iterdir()) == [taken]
