"""A manifest is read with distrust, although it was signed."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.chunks import LARGEST_RELEASE, Manifest, ReleaseFile, read_manifest, target_path
from protocol.errors import MalformedMessage
from protocol.message import encode
from tests.protocol import cast

(FILE,) = cast.MANIFEST.files


def with_files(*files: ReleaseFile) -> bytes:
    return encode(msgspec.structs.replace(cast.MANIFEST, files=files))


def test_a_manifest_comes_back_as_it_was_written() -> None:
    assert read_manifest(encode(cast.MANIFEST), "knowledge", 7) == cast.MANIFEST
    assert cast.MANIFEST.size == sum(map(len, cast.PIECES))
    assert target_path("knowledge", 7) == "knowledge/7.json"


def test_another_release_than_was_asked_for_is_refused() -> None:
    for kind, version in (("model", 7), ("knowledge", 6), ("knowledge", 8)):
        with pytest.raises(MalformedMessage):
            read_manifest(encode(cast.MANIFEST), kind, version)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "path",
    [
        "",
        ".",
        "..",
        "../x",
        "/etc/passwd",
        "a/../../x",
        "a//b",
        "a/",
        "./a",
        "a\\b",
        "a\0b",
        "a/./b",
    ],
)
def test_a_path_that_leads_out_or_has_another_spelling_is_refused(path: str) -> None:
    with pytest.raises(MalformedMessage):
        read_manifest(with_files(msgspec.structs.replace(FILE, path=path)), "knowledge", 7)


def test_no_file_comes_twice_whatever_the_case_of_its_letters() -> None:
    again = msgspec.structs.replace(FILE, path=FILE.path.upper())
    with pytest.raises(MalformedMessage):
        read_manifest(with_files(FILE, again), "knowledge", 7)


def test_chunks_make_up_their_file_and_there_is_a_file() -> None:
    with pytest.raises(MalformedMessage):
        read_manifest(with_files(), "knowledge", 7)
    short = msgspec.structs.replace(FILE, chunks=FILE.chunks[:1])
    with pytest.raises(MalformedMessage):
        read_manifest(with_files(short), "knowledge", 7)


def test_what_is_too_large_is_refused() -> None:
    (chunk, _other) = FILE.chunks
    large = msgspec.structs.replace(chunk, size=4 * 1024 * 1024)
    count = LARGEST_RELEASE["knowledge"] // large.size + 1
    file = ReleaseFile(
        path="a", size=count * large.size, sha256=FILE.sha256, chunks=(large,) * count
    )
    with pytest.raises(MalformedMessage):
        read_manifest(with_files(file), "knowledge", 7)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_manifest_or_refused(raw: bytes) -> None:
    try:
        found = read_manifest(raw, "knowledge", 7)
    except MalformedMessage:
        return
    assert isinstance(found, Manifest)
