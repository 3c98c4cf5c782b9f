"""The verifier that is one HTML file: from a stick, without any server, it says what `madang verify` says."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from playwright.async_api import Browser, FilePayload, Page

import node.forms
from protocol.assertions import Algorithm
from protocol.attestation import Ending
from protocol.errors import ProtocolError
from protocol.heads import TreeHead, sign_head, sign_witness
from protocol.merkle import inclusion_proof, subtree_of, tree_root
from protocol.receipts import (
    NamedPasskey,
    Receipt,
    ReceiptV1,
    TrustAnchor,
    from_file,
    from_qr_text,
    to_file,
    to_qr_text,
    verify,
)
from protocol.records import PasskeyChange, Record, SignedRecord, record_leaf, sign_record
from tests.node.test_draw_in_a_browser import TELEPHONE
from tests.protocol import cast
from tests.protocol.test_assertions import with_a_wrong_passkey
from tests.protocol.test_receipts import changed, later, resigned

VERIFIER = Path(node.forms.__file__).parent / "static/forms/verifier.html"
RECORDS = (
    *(cast.SIGNED, cast.SIGNED_V2, cast.SIGNED_V3, cast.SIGNED_RETRACTION),
    *cast.SIGNED_BY_PASSKEY.values(),
    *(cast.SIGNED_APPROVAL_V2, cast.SIGNED_AUDIT_HEAD, cast.SIGNED_DRAW, cast.SIGNED_PASSKEY),
    cast.SIGNED_DISPOSAL,
)
PROVINCE = TrustAnchor(hub=cast.HUB.public.fingerprint)
Verdict = str | tuple[str, dict[str, str]]
"""The trust and the outcome of each check; or that it is no receipt."""
UNREAD = "no receipt"


@pytest.fixture
async def page(browser: Browser, tmp_path: Path) -> Page:
    """The file in another folder, opened from there on a telephone with no network."""
    stick = tmp_path / "madang-verifier.html"
    shutil.copy(VERIFIER, stick)
    return await opened_at(browser, stick)


async def opened_at(browser: Browser, stick: Path) -> Page:
    context = await browser.new_context(
        viewport={"width": TELEPHONE, "height": 800}, locale="ko-KR", offline=True
    )
    page = await context.new_page()
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    await page.goto(stick.as_uri())
    return page


def receipt_of(signed: SignedRecord, *more: SignedRecord) -> ReceiptV1:
    """In a log that begins with other records."""
    leaves = [record_leaf(one) for one in (*more, signed)]
    root = tree_root(leaves).hex()
    head = TreeHead(school_id=cast.SCHOOL, size=len(leaves), root=root, at=cast.NOW)
    path = inclusion_proof(len(more), len(leaves), subtree_of(leaves))
    return ReceiptV1(
        school_id=cast.SCHOOL,
        key=cast.NODE.public.signing,
        record=signed,
        leaf_index=len(more),
        inclusion=tuple(one.hex() for one in path),
        head=sign_head(cast.NODE, head),
        attestation=cast.ATTESTATION,
        witness=sign_witness(cast.HUB, head, seen_at=cast.NOW + 5),
    )


def named_by(signed: SignedRecord) -> ReceiptV1:
    """A receipt of a consent by passkey with what the log said of the key before."""
    before = (signed, cast.SIGNED_APPROVAL)
    leaves = [record_leaf(one) for one in (*before, cast.SIGNED_V4)]
    path = inclusion_proof(0, len(leaves), subtree_of(leaves))
    named = NamedPasskey(record=signed, leaf_index=0, inclusion=tuple(one.hex() for one in path))
    return msgspec.structs.replace(receipt_of(cast.SIGNED_V4, *before), passkey=named)


def passkey_record(**fields: Any) -> SignedRecord:
    return sign_record(cast.NODE, msgspec.structs.replace(cast.PASSKEY, **fields))


def badly_named() -> Iterator[Receipt]:
    """The log named another key, another person's, later, no more, or not where the receipt says."""
    yield named_by(cast.SIGNED_PASSKEY_GONE)
    yield named_by(passkey_record(person_id="pers9999999999999999"))
    yield named_by(passkey_record(at=cast.CONSENT_V4.signed_at + 1))
    yield named_by(passkey_record(algorithm=Algorithm.EDDSA))
    yield named_by(passkey_record(public_key=cast.PASSKEY.public_key[:-2] + "AA"))
    yield named_by(cast.SIGNED_APPROVAL)
    late = named_by(cast.SIGNED_PASSKEY)
    assert isinstance(late.passkey, NamedPasskey)
    after = msgspec.structs.replace(late.passkey, leaf_index=late.leaf_index)
    yield msgspec.structs.replace(late, passkey=after)


def good() -> Iterator[Receipt]:
    yield from (cast.RECEIPT, cast.RECEIPT_V2, changed(attestation=None, witness=None))
    for place, signed in enumerate(RECORDS):
        yield receipt_of(signed, *RECORDS[:place])
    fields = {**json.loads(cast.SIGNED.text), "added_later": {"한": 1.5, "z": [True, None]}}
    yield receipt_of(resigned(fields))
    yield named_by(cast.SIGNED_PASSKEY)
    yield named_by(passkey_record(change=PasskeyChange.KNOWN))
    yield later(first={"attestation": None, "end": None})
    yield later(first={"end": cast.end_of(cast.NODE, Ending.REVOKED, at=cast.NOW + 1)})


def put_together_wrongly() -> Iterator[Receipt]:
    yield changed(record=cast.SIGNED_APPROVAL)
    yield changed(head=cast.head_of(4))
    yield changed(head=cast.head_of(7, keys=cast.STRANGER))
    yield changed(key=cast.STRANGER.public.signing)
    yield later(last={"rotation": None})
    yield later(last={"attestation": cast.ATTESTATION})
    yield later(first={"end": cast.end_of(cast.NODE, Ending.REVOKED, at=cast.NOW - 100_000)})
    yield receipt_of(resigned({**json.loads(cast.SIGNED.text), "type": "consent.v9"}))
    yield from (receipt_of(one) for one in with_a_wrong_passkey())
    yield from badly_named()
    yield receipt_of(SignedRecord(text="{}", key_id=cast.NODE.key_id, signature="AA"))


def altered(value: Any) -> Iterator[Any]:
    """The value with one thing in it otherwise, each thing once."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield {name: one for name, one in value.items() if name != key}
            yield from ({**value, key: other} for other in altered(inner))
    elif isinstance(value, list):
        yield value[1:]
        for place, inner in enumerate(value):
            yield from ([*value[:place], one, *value[place + 1 :]] for one in altered(inner))
    elif isinstance(value, str) and value:
        middle = len(value) // 2
        yield value[:middle] + ("b" if value[middle] == "a" else "a") + value[middle + 1 :]
        yield value[:-1]
    elif isinstance(value, int):
        yield value + 1
    yield None


def corpus() -> list[bytes]:
    files = [to_file(one) for one in (*good(), *put_together_wrongly())]
    for whole in (
        cast.RECEIPT,
        cast.RECEIPT_V2,
        receipt_of(cast.SIGNED_RETRACTION),
        receipt_of(cast.SIGNED_V4),
    ):
        files += [json.dumps(one).encode() for one in altered(json.loads(to_file(whole)))]
    named = json.loads(to_file(named_by(cast.SIGNED_PASSKEY)))
    files += [json.dumps({**named, "passkey": one}).encode() for one in altered(named["passkey"])]
    return [*files, b"", b"[]", b"no receipt", b"\xff\xfe", to_file(cast.RECEIPT)[:-40]]


def by_python(raw: bytes, anchor: TrustAnchor | None = None) -> Verdict:
    try:
        found = verify(from_file(raw), anchor)
    except ProtocolError:
        return UNREAD
    return found.trust.value, {one.code: one.outcome.value for one in found.checks}


async def by_the_file(page: Page, files: list[bytes]) -> list[Verdict]:
    sent = [
        FilePayload(name=f"{n}.madang-receipt.json", mimeType="application/json", buffer=raw)
        for n, raw in enumerate(files)
    ]
    await page.evaluate("document.querySelector('#results').replaceChildren()")
    await page.set_input_files("#files", sent)
    last = f"{len(files) - 1}.madang-receipt.json"
    await page.wait_for_selector(f"article >> text={last}", timeout=120_000)
    found = await page.evaluate(
        """() => [...document.querySelectorAll("article")].map((one) =>
            one.classList.contains("unread") ? null : [one.dataset.trust, Object.fromEntries(
                [...one.querySelectorAll("li")].map((line) => [line.dataset.check, line.dataset.outcome]))])"""
    )
    return [UNREAD if one is None else (one[0], one[1]) for one in found]


async def test_it_says_of_good_and_of_tampered_receipts_what_madang_verify_says(
    page: Page,
) -> None:
    files = corpus()
    expected = [by_python(raw) for raw in files]
    assert len({str(one) for one in expected}) > 15  # of many kinds
    found = await by_the_file(page, files)
    different = [
        (raw.decode(errors="replace"), said, wanted)
        for raw, said, wanted in zip(files, found, expected, strict=True)
        if said != wanted
    ]
    assert different == []


async def test_it_knows_every_kind_of_record(page: Page) -> None:
    kinds = [kind.__struct_config__.tag for kind in get_args(Record)]
    assert sorted(await page.evaluate("KINDS")) == sorted(kinds)


async def test_a_fingerprint_that_one_knows_is_held_against_the_receipt(page: Page) -> None:
    files = [to_file(one) for one in (*good(), *put_together_wrongly())]
    for anchor in (
        PROVINCE,
        TrustAnchor(school=cast.NODE.public.fingerprint),
        TrustAnchor(hub=cast.STRANGER.public.fingerprint),
        TrustAnchor(hub="no fingerprint"),
    ):
        await page.fill("#hub", anchor.hub or "")
        await page.fill("#school", anchor.school or "")
        assert await by_the_file(page, files) == [by_python(raw, anchor) for raw in files]


async def test_a_guardian_reads_what_was_signed_and_that_it_holds(page: Page) -> None:
    await by_the_file(page, [to_file(receipt_of(cast.SIGNED_RETRACTION))])
    shown = await page.inner_text("article")
    for words in (
        "변경되지 않은 제출 확인서입니다",
        "동의 철회",
        cast.RETRACTION.title,
        "이미 한 일은",
    ):
        assert words in shown
    assert await page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE
    await page.click("#language")
    await by_the_file(page, [to_file(cast.RECEIPT)])
    assert "This receipt holds." in await page.inner_text("article")


async def test_anybody_reads_what_a_school_disposed_of_and_when(page: Page) -> None:
    await by_the_file(page, [to_file(receipt_of(cast.SIGNED_DISPOSAL))])
    shown = await page.inner_text("article")
    for words in (
        "변경되지 않은 제출 확인서입니다",
        "보존 기간이 지난 동의서의 파기",
        "5년 (2026년 완결)",
        cast.DISPOSAL.approved_by_name,
    ):
        assert words in shown
    assert await page.evaluate("document.documentElement.scrollWidth") <= TELEPHONE


async def test_the_text_of_a_qr_code_is_read_too(page: Page) -> None:
    code = to_qr_text(changed(attestation=None, witness=None))
    assert code is not None
    await page.fill("#text", code.lower())
    await page.click("#check")
    assert "변경되지 않은 제출 확인서입니다" in await page.inner_text("article")
    assert verify(from_qr_text(code)).valid
    await page.fill("#text", code[:-30])
    await page.click("#check")
    await page.wait_for_selector("article.unread")


async def test_what_was_given_last_is_told_though_an_older_check_ends_after_it(page: Page) -> None:
    told = await page.evaluate(
        """async (receipt) => {
            const older = fromFiles([new File([receipt], "older")]);
            const newer = tellAll([["newer", "no receipt"]]);
            await newer;
            await older;
            return [...document.querySelectorAll("#results h2")].map((one) => one.textContent);
        }""",
        to_file(cast.RECEIPT).decode(),
    )
    assert told == ["newer"]
