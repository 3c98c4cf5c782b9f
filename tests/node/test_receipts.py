"""Receipts: whose they are, what the file and the QR code prove, and that anybody may verify them."""

import json
import re
from pathlib import Path

import pytest
from aiohttp import FormData
from msgspec.structs import replace

from kit.clock import DAY
from kit.db import Tx
from kit.signin import attempts
from kit.signin.attempts import count
from kit.web.qr import qr_svg
from node.forms import receipts
from node.forms.web import FORMS
from protocol.attestation import Attested, attest
from protocol.heads import TreeHead, sign_head
from protocol.receipts import FILE_SUFFIX, ReceiptV1, from_file, to_file, to_qr_text, verify
from protocol.records import record_leaf, sign_record
from scripts.verify import verify_file
from tests.node.conftest import Client, School
from tests.node.test_forms import NO, YES, answer, sent, sql
from tests.protocol.cast import CONSENT, HUB, NODE, SCHOOL


@pytest.fixture
async def signed(school: School) -> str:
    """김하늘 has signed for 이지우; the form's id."""
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form, answer_allergy="땅콩")
    return form


async def receipt_file(school: School) -> bytes:
    guardian = await school.client_as("김하늘")
    found = await guardian.get("/receipts/0/file")
    assert found.status == 200
    return found.body


def vouched_for(tx: Tx, school: School) -> None:
    """The province vouches for the school's key; it has not seen its log."""
    ledger = school.app[FORMS]._ledger
    told = Attested(
        school_id=SCHOOL,
        school_name="한빛초등학교",
        keys=ledger.signer(tx).public,
        issued_at=school.clock.now(),
        province="시험 도교육청",
    )
    ledger.attested(tx, attest(HUB, told))


def upload(content: bytes) -> FormData:
    form = FormData(quote_fields=False)
    form.add_field("file", content, filename="receipt.madang-receipt.json")
    return form


async def test_the_family_and_who_handles_the_form_see_a_receipt_and_nobody_else(
    school: School, signed: str
) -> None:
    seen = {}
    for name in ("김하늘", "이준혁", "이도윤", "이지우", "박서연", "한지민", "최은영", "오정숙"):
        client = await school.client_as(name)
        page, file = await client.get("/receipts/0"), await client.get("/receipts/0/file")
        assert page.status == file.status
        seen[name] = page.status
        if page.status == 404:
            assert "땅콩" not in page.text + file.text
    assert [name for name, status in seen.items() if status == 200] == [
        "김하늘",
        "이준혁",
        "박서연",
        "최은영",
        "오정숙",
    ]
    assert set(seen.values()) == {200, 404}
    visitor = await school.anonymous()
    assert (await visitor.get("/receipts/0")).status == 303


async def test_a_receipt_in_english_names_one_child_and_one_guardian(
    school: School, signed: str
) -> None:
    guardian = await school.client_as("김하늘")
    page = (await guardian.get("/receipts/0", headers={"Accept-Language": "en"})).text
    assert "Name of the child" in page
    assert ">Children<" not in page
    assert ">Guardians<" not in page.partition("<main")[2]


async def test_of_many_receipts_a_page_leads_to_the_earlier_ones(
    school: School, signed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receipts, "RECEIPTS_SHOWN", 2)
    guardian = await school.client_as("김하늘")
    for going in (NO, YES):
        await answer(school, guardian, signed, answer_going=going)
    ways = re.compile(r'href="(/receipts[/?][^"]+)"')
    newest = await guardian.get("/receipts")
    assert ways.findall(newest.text) == ["/receipts/2", "/receipts/1", "/receipts?before=1"]
    earlier = await guardian.get("/receipts?before=1")
    assert ways.findall(earlier.text) == ["/receipts/0"]
    listed = json.loads((await guardian.get("/api/v1/receipts?before=1")).body)
    assert [one["leaf"] for one in listed] == [0]


async def test_a_receipt_that_was_never_given_is_not_there(school: School, signed: str) -> None:
    guardian = await school.client_as("김하늘")
    for leaf in ("1", "99999999999999999999999999", "-1", "x"):
        assert (await guardian.get(f"/receipts/{leaf}")).status == 404
        assert (await guardian.get(f"/receipts/{leaf}/file")).status == 404


async def test_signing_succeeds_and_is_said_where_no_receipt_can_be_made(
    school: School, signed: str
) -> None:
    def damage(tx: Tx) -> None:
        tx.execute("DROP TRIGGER ledger_leaf_stays")
        tx.execute("DELETE FROM ledger_leaf WHERE position = 0")

    await school.db.write(damage)
    school.clock.advance(DAY)
    guardian = await school.client_as("김하늘")
    done = await answer(school, guardian, signed, answer_going="동의하지 않습니다")
    assert (done.status, done.location) == (303, "/receipts/1")
    page, file = await guardian.get("/receipts/1"), await guardian.get("/receipts/1/file")
    for shown in (page, file):
        assert shown.status == 503
        assert "서명은 기록 1번으로 저장되었습니다" in shown.text
    assert "지금은 제출 확인서를 만들 수 없습니다</h1>" in page.text
    assert "처리하지 못했습니다" not in page.text
    listed = (await guardian.get("/api/v1/receipts")).json()
    assert [(line["leaf"], line["is_current"]) for line in listed] == [(1, True), (0, False)]


async def test_a_receipt_outlives_the_signers_tie_to_the_child(school: School, signed: str) -> None:
    tie = (school.id("김하늘"), school.id("이지우"))
    await school.db.write(lambda tx: school.people.roster.end_guardianship(tx, *tie))
    guardian = await school.client_as("김하늘")
    assert (await guardian.get("/receipts/0")).status == 200
    assert (await guardian.get(f"/forms/{signed}/children/{tie[1]}")).status == 404


async def test_the_file_proves_itself_without_the_school(school: School, signed: str) -> None:
    guardian = await school.client_as("김하늘")
    found = await guardian.get("/receipts/0/file")
    assert FILE_SUFFIX in found.headers["Content-Disposition"]
    assert found.headers["Cache-Control"] == "no-store"
    checked = verify(from_file(found.body))
    assert checked.valid
    assert checked.trust == "self_asserted"


async def test_a_receipt_of_a_school_without_a_province_waits_for_no_province(
    school: School, signed: str
) -> None:
    shown = (await (await school.client_as("김하늘")).get("/receipts/0")).text
    assert "도교육청의 보증 없이 학교가 스스로 서명했습니다" in shown
    assert "도교육청의 확인은 없습니다" in shown
    assert "도교육청이 이 기록부를 확인했습니다" not in shown


async def test_a_receipt_says_that_the_province_has_yet_to_see_it(
    school: School, signed: str
) -> None:
    """On the page of who signed it comes by itself; a file was downloaded before."""
    await school.db.write(lambda tx: vouched_for(tx, school))
    guardian = await school.client_as("김하늘")
    shown = (await guardian.get("/receipts/0")).text
    assert "도교육청 확인 대기 중입니다" in shown
    assert "잠시 뒤 다시 열어 보세요." in shown
    visitor = await school.anonymous()
    found = (await visitor.post("/verify", upload(await receipt_file(school)))).text
    assert "변경되지 않은 제출 확인서입니다." in found
    assert "도교육청이 확인하기 전에 내려받은 제출 확인서입니다" in found
    assert "대기 중" not in found


async def test_a_changed_answer_leaves_the_old_receipt_true_and_says_that_it_was_changed(
    school: School, signed: str
) -> None:
    before = await receipt_file(school)
    guardian = await school.later(DAY, "김하늘")
    await answer(school, guardian, signed, answer_going="동의하지 않습니다")
    old, new = await guardian.get("/receipts/0"), await guardian.get("/receipts/1")
    assert old.text != new.text
    assert verify(from_file(before)).valid
    assert verify(from_file(await receipt_file(school))).valid
    listed = (await guardian.get("/api/v1/receipts")).json()
    assert [(line["leaf"], line["is_current"]) for line in listed] == [(1, True), (0, False)]


async def test_anybody_may_verify_a_file_without_signing_in(school: School, signed: str) -> None:
    content = await receipt_file(school)
    visitor = await school.anonymous()
    assert (await visitor.get("/verify")).status == 200
    found = await visitor.post("/verify", upload(content))
    assert found.status == 200
    assert "변경되지 않은 제출 확인서입니다." in found.text
    assert "땅콩" in found.text


async def test_a_receipt_that_names_a_time_without_words_is_verified_all_the_same(
    school: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Anybody may make one that is consistent in itself."""
    record = sign_record(NODE, replace(CONSENT, signed_at=2**53 - 1))
    tree = TreeHead(school_id=SCHOOL, size=1, root=record_leaf(record).hex(), at=2**53 - 1)
    made = ReceiptV1(
        school_id=SCHOOL,
        key=NODE.public.signing,
        record=record,
        leaf_index=0,
        inclusion=(),
        head=sign_head(NODE, tree),
    )
    visitor = await school.anonymous()
    assert (await visitor.post("/verify", {"receipt": to_file(made).decode()})).status == 200
    file = tmp_path / "receipt.json"
    file.write_bytes(to_file(made))
    for as_json in (False, True):
        assert verify_file(file, hub=None, school=None, as_json=as_json) == 0
        assert "9999-12-31" in capsys.readouterr().out


async def test_strangers_verify_so_many_from_one_address_and_who_is_signed_in_any_number(
    school: School, signed: str
) -> None:
    content = await receipt_file(school)
    asked = count(attempts.ASKED, "verify", "127.0.0.1")

    def spend(tx: Tx) -> None:
        for _receipt in range(asked.limit.free):
            attempts.begin(tx, (asked,), school.clock.now())

    await school.db.write(spend)
    visitor = await school.anonymous()
    body = {"receipt": content.decode()}
    assert (await visitor.post("/verify", upload(content))).status == 429
    assert (await visitor.request("POST", "/api/v1/verify", json=body)).status == 429
    guardian = await school.client_as("김하늘")
    assert (await guardian.post("/verify", upload(content))).status == 200


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("동의합니다", "거부합니다"),
        ("김하늘", "이도윤"),
        ('"leaf_index": 0', '"leaf_index": 1'),
        ("J107530101", "J107530102"),
    ],
)
async def test_a_file_in_which_one_word_was_changed_does_not_hold(
    school: School, signed: str, was: str, becomes: str
) -> None:
    content = (await receipt_file(school)).decode()
    assert was in content
    visitor = await school.anonymous()
    found = await visitor.post("/verify", upload(content.replace(was, becomes).encode()))
    assert found.status == 200
    assert "유효하지 않은 제출 확인서입니다." in found.text
    assert "변경되지 않은 제출 확인서입니다." not in found.text
    assert re.search("(내용과 일치하지 않|에 올라 있지 않|서명이 맞지 않)습니다", found.text)
    assert "기록 내용" not in found.text  # what was altered is not shown as if it had been signed


async def test_every_field_of_a_receipt_is_under_a_signature_or_a_hash(
    school: School, signed: str
) -> None:
    """Each text of the file, one after the other, with one letter changed."""
    receipt = json.loads(await receipt_file(school))
    visitor = await school.anonymous()
    places = [("key",), ("record", "text"), ("record", "key_id"), ("record", "signature")]
    places += [("head", "signature"), ("head", "key_id"), ("head", "head", "root")]
    for place in places:
        changed = json.loads(json.dumps(receipt))
        inner = changed
        for step in place[:-1]:
            inner = inner[step]
        text = inner[place[-1]]
        middle = len(text) // 2
        letter = "0" if text[middle] != "0" else "1"
        inner[place[-1]] = text[:middle] + letter + text[middle + 1 :]
        body = {"receipt": json.dumps(changed)}
        found = await visitor.post("/api/v1/verify", json=body)
        assert found.status in (200, 422), place
        if found.status == 200:
            assert found.json()["valid"] is False, place


async def test_a_receipt_shows_its_qr_code_to_whoever_asks_for_it(
    school: School, signed: str
) -> None:
    guardian = await school.client_as("김하늘")
    landed = await guardian.get("/receipts/0")
    assert "qr-code" not in landed.text
    assert "QR 코드와 함께 인쇄" in landed.text
    shown = await guardian.get("/receipts/0/qr")
    text = to_qr_text(from_file(await receipt_file(school)))
    assert text is not None
    assert qr_svg(text, is_long=True) in shown.text
    assert "전자동의서 제출 확인서" in shown.text
    assert "QR 코드 없이 보기" in shown.text


async def test_a_receipts_qr_text_is_verified_as_well(school: School, signed: str) -> None:
    text = to_qr_text(from_file(await receipt_file(school)))
    assert text is not None
    visitor = await school.anonymous()
    for typed in (text, text.lower(), f"  {text}\n"):
        found = await visitor.post("/verify", {"receipt": typed})
        assert "변경되지 않은 제출 확인서입니다." in found.text
    broken = text[:60] + ("A" if text[60] != "A" else "B") + text[61:]
    assert (
        "변경되지 않은 제출 확인서입니다."
        not in (await visitor.post("/verify", {"receipt": broken})).text
    )


@pytest.mark.parametrize(
    "junk",
    ["", "안녕하세요", "{}", "[]", "MADANGR1:", "MADANGR1:ABC", "null", "{" * 5000, "\ud7ff"],
)
async def test_what_is_no_receipt_is_refused_with_words(school: School, junk: str) -> None:
    visitor: Client = await school.anonymous()
    page = await visitor.post("/verify", {"receipt": junk})
    assert page.status == 422
    assert "제출 확인서 형식이 아닙니다. 파일이나 QR 내용을 다시 확인해 주세요." in page.text
    api = await visitor.post("/api/v1/verify", json={"receipt": junk})
    assert (api.status, api.json()["type"].rpartition("/")[2]) == (422, "not-a-receipt")
    assert await sql(school, "SELECT count(*) FROM ledger_leaf") == [(0,)]
