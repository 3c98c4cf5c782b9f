"""`madang verify`: a receipt checked, or a draw recomputed, offline; in words or as JSON."""

import sys
from pathlib import Path

import msgspec

from kit.clock import iso_utc, local
from protocol.attestation import Ending
from protocol.draw import MAX_BYTES as LONGEST_DRAW
from protocol.draw import DrawVerification, read_draw_file, verify_draw
from protocol.errors import ProtocolError
from protocol.receipts import (
    MAX_BYTES,
    Receipt,
    TrustAnchor,
    Verification,
    from_file,
    from_qr_text,
    verify,
)
from protocol.records import (
    ConsentV1,
    ConsentV2,
    ConsentV3,
    ConsentV4,
    DisposalV1,
    RetractionV1,
)

LARGEST = max(MAX_BYTES, LONGEST_DRAW) + 1

TRUST = {
    "none": "유효하지 않은 제출 확인서입니다.",
    "self_asserted": "제출 확인서의 내용이 서로 일치합니다. 학교의 키는 학교가 자체 발급한 것입니다.",
    "unanchored": "어느 도교육청이 학교의 키를 보증합니다. --hub 에 도교육청의 고유번호를 입력하면 더 확실합니다.",
    "school": "알려 주신 학교의 키로 서명되었습니다.",
    "province": "알려 주신 도교육청이 보증하는 학교의 서명입니다.",
}
MARKS = {"passed": "✓", "failed": "✗", "absent": "-"}
CHECKS = {
    "record": "학교의 서명이 내용과 일치하는가",
    "passkey": "보호자의 패스키가 바로 이 글과 답에 서명했는가",
    "passkey_named": "그 패스키가 서명 전에 보호자의 것으로 학교 기록부에 올라 있었는가",
    "inclusion": "학교 기록부에 올라 있는가",
    "head": "기록부 전체를 학교가 서명했는가",
    "succession": "학교의 서명 키가 차례로 이어지는가",
    "attestation": "도교육청이 학교의 키를 보증하는가",
    "witness": "도교육청이 이 기록부를 확인했는가",
    "school_anchor": "알려 주신 학교의 키인가",
    "hub_anchor": "알려 주신 도교육청의 키인가",
}

DRAW_CHECKS = {
    "signed": "두 기록에 학교가 서명했고 학교 기록부에 올라 있는가",
    "before": "추첨 기준값을 추첨하기 전에 기록부에 남겼는가",
    "seed": "기록부에 남긴 기준값으로 추첨했는가",
    "entries": "마감 때 확정한 신청 목록으로 추첨했는가",
    "outcome": "다시 추첨해도 같은 결과인가",
}

ENDINGS = {
    Ending.ROTATED: "학교가 새 키로 바꿈",
    Ending.REVOKED: "도교육청이 해지함",
}


class Answer(msgspec.Struct):
    """The JSON form of the outcome."""

    valid: bool
    trust: str
    checks: dict[str, str]
    school_id: str
    signed_at: str | None


class DrawAnswer(msgspec.Struct):
    """The JSON form of a recomputed draw. `outcome`: by entry its place in the waiting list, 0 for a
    place; in the order drawn."""

    valid: bool
    checks: dict[str, bool]
    outcome: dict[str, int]


def verify_file(
    path: Path, *, hub: str | None, school: str | None, as_json: bool, entry: str | None = None
) -> int:
    """0 when the receipt or the draw holds, 1 when not, 2 when it cannot be read. `entry`: the number
    of the one entry of a draw that is told of."""
    anchor = TrustAnchor(hub=hub, school=school)
    try:
        raw = sys.stdin.buffer.read(LARGEST) if str(path) == "-" else path.read_bytes()[:LARGEST]
        if _is_draw(raw):
            drawn = verify_draw(read_draw_file(raw), anchor)
            print(_draw_json(drawn) if as_json else _draw_words(drawn, entry))
            return 0 if drawn.valid else 1
        receipt = _parse(raw)
    except (OSError, UnicodeDecodeError) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 2
    except ProtocolError as error:
        print(f"{path}: 제출 확인서로 읽을 수 없습니다 ({error.message})", file=sys.stderr)
        return 2
    outcome = verify(receipt, anchor)
    print(_json(receipt, outcome) if as_json else _words(receipt, outcome))
    return 0 if outcome.valid else 1


def _is_draw(raw: bytes) -> bool:
    try:
        found = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return isinstance(found, dict) and "drawn" in found


def _draw_json(found: DrawVerification) -> str:
    answer = DrawAnswer(
        found.valid,
        {one.code: one.holds for one in found.checks},
        {one.number: one.waits for one in found.outcome},
    )
    return msgspec.json.encode(answer).decode()


def _draw_words(found: DrawVerification, number: str | None) -> str:
    lines = ["규칙대로 진행된 추첨입니다." if found.valid else "유효하지 않은 추첨입니다."]
    if found.record is not None and found.drawn_among is not None:
        record, courses = found.record, {one.id: one.name for one in found.drawn_among.courses}
        entries = {one.number: one for one in found.drawn_among.entries}
        lines.append(f"  {record.school_name} · {record.title}, 신청 {record.entries}건")
        for place, one in enumerate(found.outcome, start=1):
            if number in (None, one.number):
                entry = entries[one.number]
                told = f"대기 {one.waits}번" if one.waits else "선정"
                who = f"{one.number} ({entry.children}명)" if entry.children > 1 else one.number
                lines.append(f"  {place:>4}. {who}  {courses[entry.course]}  {told}")
        if number is not None and number not in entries:
            lines.append(f"  목록에 없는 신청 번호입니다: {number}")
    lines += [f"  {'✓' if one.holds else '✗'} {DRAW_CHECKS[one.code]}" for one in found.checks]
    return "\n".join(lines)


def _parse(raw: bytes) -> Receipt:
    text = raw.strip()
    if text.upper().startswith(b"MADANGR1:"):
        return from_qr_text(text.decode())
    return from_file(raw)


def _words(receipt: Receipt, outcome: Verification) -> str:
    lines = [
        "변경되지 않은 제출 확인서입니다." if outcome.valid else "유효하지 않은 제출 확인서입니다."
    ]
    record = outcome.record
    if outcome.valid and isinstance(record, ConsentV1):
        lines += [
            f"  {record.school_name} · {record.title}",
            f"  {record.child_name} / {record.guardian_name} ({record.relation})",
            *_form(record),
            *([f"  종이 회신서를 보고 입력: {record.entered_by}"] if record.entered_by else []),
            *_passkey(record),
            f"  서명 {local(record.signed_at):%Y-%m-%d %H:%M}, 기록 번호 {receipt.leaf_index}",
        ]
    if outcome.valid and isinstance(record, RetractionV1):
        lines += [
            f"  {record.school_name} · {record.title}",
            f"  {record.child_name} / {record.guardian_name} ({record.relation})",
            f"  동의 철회 {local(record.at):%Y-%m-%d %H:%M}, 기록 번호 {receipt.leaf_index}",
            *(f"  {line}" for line in record.effect.split("\n")),
            f"  철회한 동의의 기록 SHA-256 {record.retracts}",
        ]
    if outcome.valid and isinstance(record, DisposalV1):
        lines += [
            f"  {record.school_name} · {record.title}",
            (
                f"  보존 기간 {record.retention_years}년이 지나 {local(record.at):%Y-%m-%d}에 파기,"
                f" 기록 {record.count}건 ({record.closed_in}년 완결)"
            ),
            (
                f"  승인 {record.approved_by_name} {local(record.approved_at):%Y-%m-%d %H:%M},"
                f" 기록 번호 {receipt.leaf_index}"
            ),
            f"  파기 목록 SHA-256 {record.list_hash}",
        ]
    if outcome.ended is not None:
        until = f"{local(outcome.ended.ended_at):%Y-%m-%d %H:%M}"
        lines.append(f"  서명한 키는 {until}까지 쓰였습니다 ({ENDINGS[outcome.ended.ending]}).")
    lines += [
        f"  {MARKS[check.outcome.value]} {CHECKS.get(check.code, check.code)}"
        for check in outcome.checks
    ]
    return "\n".join([*lines, TRUST[outcome.trust.value]])


def _form(record: ConsentV1) -> list[str]:
    """What was asked, shown and answered; records of the first version say less of it."""
    lines = []
    for one in record.answers:
        choice = f" ({' / '.join(one.options)})" if one.options else ""
        lines.append(f"  {one.label}{choice}: {one.answer.replace(chr(10), ', ')}")
    if not isinstance(record, ConsentV2):
        return lines
    if record.privacy is not None:
        lines += [
            f"  개인정보 처리 근거: {record.legal_basis}",
            f"  목적: {record.privacy.purpose}",
            f"  항목: {record.privacy.items}",
            f"  보유 기간: {record.privacy.retention}",
            f"  거부할 권리와 불이익: {record.privacy.refusal}",
        ]
    lines += [f"  첨부 파일: {one.name} (SHA-256 {one.sha256})" for one in record.attachments]
    if isinstance(record, ConsentV3) and record.scan is not None:
        lines.append(f"  종이 회신서: {record.scan.name} (SHA-256 {record.scan.sha256})")
    return lines


def _passkey(record: ConsentV1) -> list[str]:
    """The passkey that signed, where one did."""
    if not isinstance(record, ConsentV4) or record.passkey is None:
        return []
    added = f"{local(record.passkey.added_at):%Y-%m-%d}"
    return [f"  서명한 패스키: {record.passkey.name} ({added} 등록)"]


def _json(receipt: Receipt, outcome: Verification) -> str:
    record = outcome.record
    signed = iso_utc(record.signed_at) if isinstance(record, ConsentV1) else None
    if isinstance(record, RetractionV1 | DisposalV1):
        signed = iso_utc(record.at)
    checks = {check.code: check.outcome.value for check in outcome.checks}
    answer = Answer(outcome.valid, outcome.trust.value, checks, receipt.school_id, signed)
    return msgspec.json.encode(answer).decode()
