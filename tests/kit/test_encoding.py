"""Fewer bytes on the way: encodings negotiated, files kept for ever, and what is never compressed."""

import base64
import gzip
import hashlib
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import brotli
import pytest

from kit.clock import ManualClock
from kit.web import assets
from kit.web.assets import SHEET, SHEET_COOKIE, StaticFiles
from kit.web.page import SHELL
from tests.kit.serving import Kit, running_kit

DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "br": brotli.decompress,
    "gzip": gzip.decompress,
    "": bytes,
}
TO_A_PAGE = {"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document", "Accept-Encoding": "br"}


@pytest.fixture
async def kit(tmp_path: Path, clock: ManualClock) -> AsyncIterator[Kit]:
    async for one in running_kit(tmp_path, clock):
        yield one


class Answer:
    """What came over the line: `body` as it was sent, `text` as it is meant."""

    def __init__(self, response: aiohttp.ClientResponse, body: bytes) -> None:
        self.status, self.headers, self.body = response.status, response.headers, body
        self.encoding = response.headers.get("Content-Encoding", "")

    @property
    def text(self) -> str:
        return DECODERS[self.encoding](self.body).decode()


async def ask(kit: Kit, path: str, method: str = "GET", **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    async with (
        aiohttp.ClientSession(kit.url, auto_decompress=False, skip_auto_headers=["Accept-Encoding"])
        as browser,
        browser.request(method, path, headers=sent) as response,
    ):  # fmt: skip
        return Answer(response, await response.read())


def script(kit: Kit) -> str:
    return kit.app[SHELL].static.url("js/madang.js")


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("gzip, deflate", "gzip"),
        ("GZIP;q=0.5", "gzip"),
        ("br;q=0, gzip;q=0.2", "gzip"),
        ("*", "br"),
        ("*;q=0", ""),
        ("identity", ""),
        ("br;q=nonsense", ""),
        ("", ""),
    ],
)
async def test_pages_and_files_come_in_the_best_encoding_that_the_client_takes(
    kit: Kit, accepted: str, encoding: str
) -> None:
    for path in ("/sign-in", script(kit)):
        plain = await ask(kit, path)
        answer = await ask(kit, path, Accept_Encoding=accepted)
        assert (plain.encoding, answer.encoding) == ("", encoding)
        assert answer.text == plain.text
        assert (len(answer.body) < len(plain.body)) == bool(encoding)
        assert answer.headers["Vary"] == plain.headers["Vary"] == "Accept-Encoding"
        assert answer.headers["Content-Length"] == str(len(answer.body))


async def test_head_says_what_get_would(kit: Kit) -> None:
    said = ("Content-Encoding", "Content-Length", "Content-Type", "ETag", "Vary", "Cache-Control")
    for path in ("/sign-in", script(kit)):
        whole = await ask(kit, path, Accept_Encoding="br")
        head = await ask(kit, path, "HEAD", Accept_Encoding="br")
        assert head.body == b""
        assert [head.headers.get(name) for name in said] == [
            whole.headers.get(name) for name in said
        ]


async def test_a_file_that_did_not_change_is_not_sent_again(kit: Kit) -> None:
    path = script(kit)
    first = await ask(kit, path, Accept_Encoding="br")
    again = await ask(kit, path, Accept_Encoding="br", If_None_Match=first.headers["ETag"])
    assert (again.status, again.body) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    # Who has it in another encoding gets it in this one.
    other = await ask(kit, path, Accept_Encoding="gzip", If_None_Match=first.headers["ETag"])
    assert (other.status, other.encoding) == (200, "gzip")


async def test_what_is_kept_for_ever_is_what_the_address_names(kit: Kit) -> None:
    """An earlier page may ask for a file of before: what there is now must not pass for it."""
    path = script(kit)
    assert "immutable" in (await ask(kit, path)).headers["Cache-Control"]
    earlier = path.replace(path.split("/")[2], "01234567")
    answer = await ask(kit, earlier)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-cache")


async def test_a_part_of_a_file_is_not_to_be_had(kit: Kit) -> None:
    """Offsets into an encoding would be no offsets into the file."""
    answer = await ask(kit, script(kit), Accept_Encoding="br", Range="bytes=0-99")
    assert (answer.status, answer.headers.get("Accept-Ranges")) == (200, None)
    assert answer.text == (await ask(kit, script(kit))).text


async def test_what_is_short_or_compressed_already_stays_as_it_is(kit: Kit) -> None:
    font = kit.app[SHELL].static.url("vendored/madang-sans/core.woff2")
    for path in ("/healthz", font):
        answer = await ask(kit, path, Accept_Encoding="br, gzip")
        assert (answer.status, answer.encoding) == (200, "")
        assert "Vary" not in answer.headers


@pytest.mark.parametrize(
    ("site", "encoding"),
    [("same-origin", "br"), ("none", "br"), ("same-site", ""), ("cross-site", "")],
)
async def test_another_site_learns_nothing_from_the_length_of_a_readers_page(
    kit: Kit, site: str, encoding: str
) -> None:
    asked = {"Accept_Encoding": "br", "Sec_Fetch_Site": site}
    assert (await ask(kit, "/sign-in", Cookie="session=x", **asked)).encoding == encoding
    assert (await ask(kit, "/sign-in", **asked)).encoding == "br"  # nobody's page


# The stylesheet --------------------------------------------------------------------------------


async def test_the_first_page_brings_the_stylesheet_and_the_next_one_names_it(kit: Kit) -> None:
    static = kit.app[SHELL].static
    address = static.url(SHEET)
    first = await ask(kit, "/sign-in", **TO_A_PAGE)
    [brought] = re.findall(rf'<style data-sheet="{address}">(.*?)</style>', first.text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(brought.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in first.headers["Content-Security-Policy"]
    assert ".button" in brought
    assert ".stat-value" not in brought  # nothing here is one
    held = {**TO_A_PAGE, "Cookie": f"{SHEET_COOKIE}={address}"}
    second = await ask(kit, "/sign-in", **held)
    assert "<style" not in second.text
    assert "sha256-" not in second.headers["Content-Security-Policy"]
    assert f'<link rel="stylesheet" href="{address}">' in second.text


@pytest.mark.parametrize(
    "asked",
    [
        {"Sec-Fetch-Dest": "empty"},
        {"Accept-Encoding": "identity"},
        {"Sec-Fetch-Site": "cross-site", "Cookie": "session=x"},
    ],
)
async def test_what_is_no_first_page_or_goes_out_uncompressed_names_the_stylesheet(
    kit: Kit, asked: dict[str, str]
) -> None:
    assert "<style" not in (await ask(kit, "/sign-in", **TO_A_PAGE | asked)).text


def test_a_stylesheet_of_a_slice_is_part_of_every_page(tmp_path: Path) -> None:
    (tmp_path / "lending").mkdir()
    (tmp_path / "lending" / "lending.css").write_text("/* why */\n.lending {\n  margin: 0;\n}\n")
    files = StaticFiles((assets.ROOT, tmp_path))
    text, _hash = files.with_sheet(f'{files.draw_sheet(False)}<p class="lending">')
    assert ".lending {\nmargin: 0;\n}" in text
    assert "why" not in text


# Ahead -----------------------------------------------------------------------------------------


async def test_texts_are_compressed_ahead_and_found_again_at_the_next_start(tmp_path: Path) -> None:
    static, kept = tmp_path / "static", tmp_path / "compressed"
    (static / "js").mkdir(parents=True)
    (static / "js" / "long.js").write_text("let words = 1;\n" * 400)
    await files_of(static).compress_all(kept)
    before = {place.name: place.read_bytes() for place in kept.iterdir()}
    assert "let words = 1;\n" * 400 in [
        brotli.decompress(packed).decode() for packed in before.values()
    ]
    one, *_others = before
    (kept / one).write_bytes(b"half a fi")  # the machine went out
    (kept / "of-before.br").write_bytes(b"of a file that there was")
    await files_of(static).compress_all(kept)
    assert {place.name: place.read_bytes() for place in kept.iterdir()} == before


async def test_where_nothing_can_be_kept_all_is_compressed_anew(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "compressed").write_text("a file where the folder should be")
    quick = await ask(kit, script(kit), Accept_Encoding="br")
    await kit.app[SHELL].static.compress_all(tmp_path / "compressed")
    ahead = await ask(kit, script(kit), Accept_Encoding="br")
    assert ahead.text == quick.text
    assert len(ahead.body) < len(quick.body)


def files_of(static: Path) -> StaticFiles:
    return StaticFiles((assets.ROOT, static))
