"""Pages and API of consent forms: answer, receipt, public verification."""

import asyncio
import base64
import binascii
import functools
from typing import Annotated

import msgspec
from aiohttp import web
from markupsafe import Markup
from multidict import MultiMapping

from kit.i18n import _
from kit.ids import new_id
from kit.problem import Problem
from kit.signin.fresh import DECISIONS, within
from kit.signin.model import PasskeyRefused
from kit.signin.web import SESSION, SIGNIN
from kit.web import page
from kit.web.forms import posted, read_json, read_query
from kit.web.markdown import rendered
from kit.web.openapi import api, json_response
from kit.web.qr import qr_svg
from kit.web.unsent import is_script
from node.access_log.access import looked, shows
from node.access_log.model import What
from node.files.access import send
from node.forms.model import (
    ByPasskey,
    ChildForm,
    FormView,
    PasskeyNotTaken,
    ReceiptLine,
    Signature,
    SignatureKind,
    SignatureMissing,
    Signed,
)
from node.forms.service import Forms
from node.ledger.model import ReceiptNotMade
from node.ledger.service import LedgerDisposing
from node.people.agreements import SIGNING
from node.people.model import Asker
from node.people.session import asker_of, signer_of
from node.questions.filling import values_of
from node.questions.model import AGREED, BadAnswer
from protocol.attestation import EndedKey, Ending
from protocol.errors import ProtocolError
from protocol.receipts import (
    MAX_BYTES,
    Outcome,
    Receipt,
    Verification,
    from_file,
    from_qr_text,
    to_file,
    to_qr_text,
)
from protocol.receipts import verify as verify_receipt
from protocol.records import ConsentV1, RetractionV1, read_record

ROUTES = web.RouteTableDef()
FORMS = web.AppKey("forms", Forms)
DISPOSED = web.AppKey("disposed", LedgerDisposing)
CHILD = "/forms/{id}/children/{student}"
# Of each check, what is said where it holds and where it does not.
_FOUND = {
    "record": (
        _("학교의 전자서명이 내용과 일치합니다"),
        _("학교의 전자서명이 내용과 일치하지 않습니다"),
    ),
    "passkey": (
        _("보호자의 패스키가 바로 이 글과 답에 서명했습니다"),
        _("보호자의 패스키 서명이 이 글과 답에 맞지 않습니다"),
    ),
    "passkey_named": (
        _("그 패스키는 서명하기 전에 보호자의 것으로 학교 기록부에 올라 있었습니다"),
        _("그 패스키를 보호자의 것으로 올린 기록이 이 제출 확인서와 맞지 않습니다"),
    ),
    "inclusion": (_("학교 기록부에 올라 있습니다"), _("학교 기록부에 올라 있지 않습니다")),
    "head": (
        _("기록부 전체에 학교가 서명했습니다"),
        _("기록부 전체에 대한 학교의 서명이 맞지 않습니다"),
    ),
    "succession": (
        _("학교의 서명 키가 차례로 이어집니다"),
        _("학교의 서명 키가 차례로 이어지지 않습니다"),
    ),
    "attestation": (
        _("도교육청이 학교의 서명 키를 보증합니다"),
        _("도교육청의 보증이 학교의 서명 키와 맞지 않습니다"),
    ),
    "witness": (
        _("도교육청이 이 기록부를 확인했습니다"),
        _("도교육청이 확인한 기록부와 일치하지 않습니다"),
    ),
}
# What a receipt does not carry, and what that means.
_UNATTESTED = (
    _("도교육청의 보증 없이 학교가 스스로 서명했습니다"),
    _("발급 당시 도교육청에 가입하지 않은 학교의 제출 확인서입니다."),
)
_UNNAMED = (
    _("그 패스키가 누구의 것인지는 학교가 밝힌 것입니다"),
    _(
        "서명하기 전에 학교 기록부에 오른 패스키인지 이 제출 확인서로는 알 수 없습니다. QR이거나, 패스키를 "
        "기록부에 올리기 전에 받은 동의입니다. 동의는 그대로 유효합니다."
    ),
)
_REVOKED = _("도교육청의 보증이 끝난 키로 서명했습니다")
_UNWITNESSED = (_("도교육청의 확인은 없습니다"), "")
_AWAITED = (_("도교육청 확인 대기 중입니다"), _("잠시 뒤 다시 열어 보세요."))
_TOO_EARLY = (
    _("도교육청이 확인하기 전에 내려받은 제출 확인서입니다"),
    _("학교의 ‘제출 내역’에서 다시 내려받으면 도교육청의 확인이 들어 있습니다."),
)


class SignBody(msgspec.Struct):
    """An answer sent by a program. `values`: field id → values; `submission`: any text, the same
    when the same answer is sent again; `wording`: the version of the text that was shown; `agree`: that
    of the agreement to sign electronically, from who has not agreed yet."""

    student_id: str
    values: dict[str, list[str]]
    name: str
    submission: str
    agree: int | None = None
    wording: int | None = None


class _Answered(msgspec.Struct, frozen=True):
    """What the page sent of one child's answer."""

    form_id: str
    student_id: str
    values: dict[str, list[str]]
    submission: str
    agree: int | None
    wording: int | None


class PasskeyTask(msgspec.Struct):
    """For js/sending.js: what the passkey is asked (kit.signin.passkeys), and what comes back with its
    answer as it is."""

    id: str
    options: str
    context: str


class PasskeyAsked(msgspec.Struct):
    passkey: PasskeyTask


class PasskeySent(msgspec.Struct):
    """The same with what the passkey answered (JSON)."""

    id: str
    context: str
    credential: str


class ReceiptsQuery(msgspec.Struct):
    before: Annotated[int, msgspec.Meta(ge=0, lt=2**62)] | None = None


class VerifyBody(msgspec.Struct):
    receipt: str


class CheckLine(msgspec.Struct):
    code: str
    outcome: str


class ReceiptVerified(msgspec.Struct):
    valid: bool
    trust: str
    checks: list[CheckLine]
    disposed_at: int | None = None
    """When the school disposed of what its log held of it (ms); the receipt proves it as before."""


@ROUTES.get(CHILD)
async def answer(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    form, child, document = await request.app[FORMS].for_child(
        asker, request.match_info["id"], request.match_info["student"]
    )
    return page.render(
        request,
        "forms/answer.html",
        form=form,
        child=child,
        document=await rendered(document) if document else "",
        questions=_questions(request, form, child),
        submission=new_id(),
        agreement=SIGNING,
        has_passkey=child.may_sign and await request.app[SIGNIN].passkeys.has(asker.id),
    )


def _questions(request: web.Request, form: FormView, child: ChildForm) -> Markup:
    """What is asked and who will read it: the same for all who have not answered yet, and hundreds
    of them come on one evening."""
    given = child.own.values() if child.own is not None else {}
    return page.part(
        request,
        "questions/asked.html",
        fields=form.draft.fields,
        given=tuple((field, tuple(values)) for field, values in given.items()),
        agreed_word=AGREED,
        author=form.author_name,
        readers=form.readers,
    )


@ROUTES.post(CHILD)
@within(DECISIONS)
async def sign(request: web.Request) -> web.Response:
    """Keep an answer. Who signs by passkey sends it twice: the first time without what the device
    signed, and is answered by what it is to sign."""
    asker = await asker_of(request)
    sent = await posted(request)
    answered = _Answered(
        form_id=request.match_info["id"],
        student_id=request.match_info["student"],
        values=values_of(sent),
        submission=str(sent.get("submission", ""))[:64] or new_id(),
        agree=_version(sent.get("agree")),
        wording=_version(sent.get("wording")),
    )
    signature = _signature(sent, asker)
    try:
        if sent.get("act") == "passkey":
            by_passkey = str(sent.get("passkey", ""))
            if not by_passkey:
                return await _ask_passkey(request, asker, answered)
            signature = await _signed_by_passkey(request, asker, by_passkey)
        signed = await _sign(request, asker, answered, signature)
    except BadAnswer as problem:
        unsigned = {} if signature.name else {"signature": SignatureMissing.text}
        raise problem.of_inputs(**unsigned) from problem
    except PasskeyRefused as problem:
        raise PasskeyNotTaken() from problem
    return _done(request, signed)


async def _sign(
    request: web.Request, asker: Asker, answered: "_Answered", signature: Signature
) -> Signed:
    return await request.app[FORMS].sign(
        asker,
        answered.form_id,
        answered.student_id,
        answered.values,
        signature,
        submission=answered.submission,
        agree=answered.agree,
        wording=answered.wording,
    )


def _done(request: web.Request, signed: Signed) -> web.Response:
    return page.see_other(
        request, f"/receipts/{signed.leaf}", flash=_("제출했습니다. 제출 확인서를 보관해 주세요.")
    )


async def _ask_passkey(request: web.Request, asker: Asker, answered: "_Answered") -> web.Response:
    """For js/sending.js: what the guardian's passkey is to sign. Raises PasskeyNotTaken where a browser
    sends without it, which could ask no passkey."""
    if not is_script(request):
        raise PasskeyNotTaken()
    found = await request.app[FORMS].to_sign(
        asker,
        answered.form_id,
        answered.student_id,
        answered.values,
        submission=answered.submission,
        agree=answered.agree,
        wording=answered.wording,
    )
    if isinstance(found, Signed):
        return _done(request, found)
    ceremony = await request.app[SIGNIN].passkeys.begin_signing(asker.id, found.challenge)
    return json_response(
        PasskeyAsked(PasskeyTask(ceremony.id, ceremony.options, str(found.signed_at)))
    )


async def _signed_by_passkey(request: web.Request, asker: Asker, sent: str) -> Signature:
    """Raises PasskeyRefused."""
    signin = request.app[SIGNIN]
    try:
        said = msgspec.json.decode(sent, type=PasskeySent)
    except msgspec.DecodeError as error:
        raise PasskeyRefused() from error
    signed = await signin.passkeys.signed(asker.id, said.id, said.credential)
    passkey = ByPasskey(
        _moment(said.context),
        signed.challenge,
        signed.assertion,
        functools.partial(signin.settle_passkey, used=signed.used),
    )
    return Signature(SignatureKind.PASSKEY, asker.name, passkey=passkey)


def _moment(typed: str) -> int:
    """The moment (ms) of the record; whatever else is sent is none that was signed."""
    return int(typed) if typed.isdecimal() and len(typed) < 16 else 0


def _version(typed: object) -> int | None:
    """The version of a text that the page showed."""
    return int(typed) if isinstance(typed, str) and typed.isdecimal() and len(typed) < 6 else None


def _signature(sent: MultiMapping[object], asker: Asker) -> Signature:
    """Drawn when a drawing came, else the typed name."""
    drawing = str(sent.get("signature", ""))
    typed = str(sent.get("signature_typed", "")).strip()
    if drawing.startswith("data:image/png;base64,"):
        try:
            image = base64.b64decode(drawing.partition(",")[2], validate=True)
        except (ValueError, binascii.Error):
            image = b""
        return Signature(SignatureKind.DRAWN, typed or asker.name, image)
    return Signature(SignatureKind.TYPED, typed)


# Receipts -------------------------------------------------------------------------------------


@ROUTES.get("/receipts")
async def receipts(request: web.Request) -> web.Response:
    asker = await signer_of(request)
    query = read_query(request, ReceiptsQuery)
    found = await request.app[FORMS].receipts(asker, query.before)
    return page.render(request, "forms/receipts.html", receipts=found)


@ROUTES.get(r"/receipts/{leaf:\d{1,15}}")
@shows(What.RECEIPT)
async def receipt(request: web.Request) -> web.Response:
    """Where signing leads to: also where the receipt cannot be made, the signature counts."""
    return await _receipt_page(request)


@ROUTES.get(r"/receipts/{leaf:\d{1,15}}/qr")
@shows(What.RECEIPT)
async def receipt_with_qr(request: web.Request) -> web.Response:
    """The receipt to print or to have scanned. A page of its own, for drawing its code takes two
    hundred times as long as the rest, and everybody lands on the other after signing."""
    return await _receipt_page(request, with_qr=True)


async def _receipt_page(request: web.Request, *, with_qr: bool = False) -> web.Response:
    asker = await signer_of(request)
    try:
        view = await request.app[FORMS].receipt(asker, int(request.match_info["leaf"]))
    except ReceiptNotMade as problem:
        text = page.translate(request, problem.text, **problem.params)
        return page.render(request, "forms/receipt_not_made.html", status=problem.status, text=text)
    found = view.receipt
    record = shown(request, found)
    return page.render(
        request,
        "forms/receipt.html",
        record=record,
        receipt=found,
        view=view,
        differs=[page.translate(request, one.text, **one.params) for one in view.differs],
        checks=_check_lines(request, verify_receipt(found), is_own=True),
        with_qr=with_qr,
        qr=await asyncio.to_thread(_receipt_qr, found) if with_qr else None,
    )


@functools.lru_cache(maxsize=64)
def _receipt_qr(receipt: Receipt) -> Markup | None:
    """A receipt's QR code; None when it does not fit into one."""
    compact = to_qr_text(receipt)
    return None if compact is None else qr_svg(compact, is_long=True)


@ROUTES.get(r"/receipts/{leaf:\d{1,15}}/text")
@shows(What.RECEIPT)
async def signed_text(request: web.Request) -> web.Response:
    """The exact text that was signed, also after the letter was corrected."""
    asker = await signer_of(request)
    view = await request.app[FORMS].receipt(asker, int(request.match_info["leaf"]))
    shown(request, view.receipt)
    return page.render(
        request,
        "forms/signed_text.html",
        leaf=view.receipt.leaf_index,
        view=view,
        document=await rendered(view.document),
    )


@ROUTES.get(r"/receipts/{leaf:\d{1,15}}/scan")
@shows(What.RECEIPT)
async def scan(request: web.Request) -> web.StreamResponse:
    """The slip on paper that a consent was entered from."""
    asker = await signer_of(request)
    view, found = await request.app[FORMS].scan(asker, int(request.match_info["leaf"]))
    shown(request, view.receipt)
    return send(request, found)


@ROUTES.get(r"/receipts/{leaf:\d{1,15}}/file")
@shows(What.RECEIPT)
async def receipt_file(request: web.Request) -> web.Response:
    asker = await signer_of(request)
    leaf = int(request.match_info["leaf"])
    found = (await request.app[FORMS].receipt(asker, leaf)).receipt
    shown(request, found)
    name = f"receipt-{found.school_id}-{leaf}.madang-receipt.json"
    return web.Response(
        body=to_file(found),
        content_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def shown(request: web.Request, receipt: Receipt) -> ConsentV1 | RetractionV1:
    """What the receipt records, once it was noted whose it is."""
    record = read_record(receipt.record)
    assert isinstance(record, ConsentV1 | RetractionV1)
    looked(
        request,
        subject=str(receipt.leaf_index),
        title=record.title,
        persons=[record.child_id, record.guardian_id],
    )
    return record


@ROUTES.get("/verify")
async def verify_page(request: web.Request) -> web.Response:
    return page.render(request, "forms/verify.html", verification=None, problem="", text="")


@ROUTES.post("/verify")
async def verify(request: web.Request) -> web.Response:
    """Public: whoever holds a receipt may ask, signed in or not."""
    await _may_ask(request)
    sent = await posted(request)
    uploaded = sent.get("file")
    text = str(sent.get("receipt", "")).strip()
    if isinstance(uploaded, web.FileField):
        text = uploaded.file.read(MAX_BYTES).decode("utf-8", "replace") or text
    try:
        found = _read_receipt(text)
    except ProtocolError:
        return page.render(
            request,
            "forms/verify.html",
            status=422,
            verification=None,
            problem=page.translate(
                request, _("제출 확인서 형식이 아닙니다. 파일이나 QR 내용을 다시 확인해 주세요.")
            ),
            text=text[:2000],
        )
    verification = verify_receipt(found)
    return page.render(
        request,
        "forms/verify.html",
        verification=verification,
        record=verification.record,
        receipt=found,
        checks=_check_lines(request, verification, is_own=False),
        disposed=await request.app[DISPOSED].of(found) if verification.valid else None,
        problem="",
        text="",
    )


async def _may_ask(request: web.Request) -> None:
    """Strangers verify so many receipts from one address. Raises TooMany."""
    if SESSION not in request:
        await request.app[SIGNIN].asked("verify", request.remote or "")


def _read_receipt(text: str) -> Receipt:
    if text.upper().startswith("MADANGR1:"):
        return from_qr_text(text)
    return from_file(text.encode())


def _check_lines(
    request: web.Request, verification: Verification, *, is_own: bool
) -> list[tuple[str, str, str]]:
    """(how to mark it, what was found, a note) of each check. `is_own`: of a receipt as the school has
    it now, which gains what it lacks; else of a file as it was downloaded."""
    states = {"passed": "holds", "failed": "fails", "absent": "warns"}
    found = {check.code: check.outcome for check in verification.checks}
    is_attested = found.get("attestation") is Outcome.PASSED
    awaited = (_AWAITED if is_own else _TOO_EARLY) if is_attested else _UNWITNESSED
    absent = {"witness": awaited, "passkey_named": _UNNAMED}
    lines = []
    for code, outcome in found.items():
        title, note = _FOUND[code][outcome is Outcome.FAILED], ""
        if outcome is Outcome.ABSENT:
            title, note = absent.get(code, _UNATTESTED)
        params: dict[str, object] = {}
        if code == "attestation" and verification.ended is not None:
            title, note = _ended(verification.ended, outcome, title)
            params = {"day": page.day(request, verification.ended.ended_at)}
        said = page.translate(request, note, **params) if note else ""
        lines.append((states[outcome.value], page.translate(request, title), said))
    return lines


def _ended(ended: EndedKey, outcome: Outcome, title: str) -> tuple[str, str]:
    """What is said of a record's key that the school uses no more: msgids of title and note."""
    if ended.ending is not Ending.REVOKED:
        return title, _("학교가 %(day)s까지 사용한 키입니다. 그 뒤에 새 키로 교체했습니다.")
    note = _("도교육청이 %(day)s까지 보증한 키입니다.")
    return (_REVOKED if outcome is Outcome.ABSENT else title), note


# API ------------------------------------------------------------------------------------------


@ROUTES.get("/api/v1/receipts")
@api(
    summary="The asker's own receipts, the newest first; further ones `before` the last one's leaf",
    query=ReceiptsQuery,
    answer=list[ReceiptLine],
)
async def api_receipts(request: web.Request) -> web.Response:
    asker = await signer_of(request)
    query = read_query(request, ReceiptsQuery)
    return json_response((await request.app[FORMS].receipts(asker, query.before)).lines)


@ROUTES.post("/api/v1/forms/{id}/answers")
@within(DECISIONS)
@api(summary="Answer and sign for a child", body=SignBody, answer=Signed, status=201)
async def api_sign(request: web.Request) -> web.Response:
    asker = await asker_of(request)
    body = await read_json(request, SignBody)
    signed = await request.app[FORMS].sign(
        asker,
        request.match_info["id"],
        body.student_id,
        body.values,
        Signature(SignatureKind.TYPED, body.name),
        submission=body.submission[:64],
        agree=body.agree,
        wording=body.wording,
    )
    return json_response(signed, 201)


@ROUTES.post("/api/v1/verify")
@api(summary="Verify a receipt", body=VerifyBody, answer=ReceiptVerified, public=True)
async def api_verify(request: web.Request) -> web.Response:
    await _may_ask(request)
    body = await read_json(request, VerifyBody)
    try:
        found = _read_receipt(body.receipt.strip())
    except ProtocolError as error:
        raise NotAReceipt() from error
    verification = verify_receipt(found)
    checks = [CheckLine(check.code, check.outcome.value) for check in verification.checks]
    gone = await request.app[DISPOSED].of(found) if verification.valid else None
    return json_response(
        ReceiptVerified(
            verification.valid,
            verification.trust.value,
            checks,
            None if gone is None else gone.at,
        )
    )


class NotAReceipt(Problem):
    code = "not-a-receipt"
    status = 422
    text = _("제출 확인서 형식이 아닙니다. 파일이나 QR 내용을 다시 확인해 주세요.")
