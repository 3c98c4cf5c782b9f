"""The words of the ledger."""

import msgspec

from kit.i18n import _
from kit.problem import Problem
from protocol.attestation import KeyAttestation, KeyEnd
from protocol.rotation import SignedRotation

FAULTS = {
    "gap": _("기록 %(position)s번이 누락되었습니다."),
    "key": _("기록 %(position)s번이 당시의 학교 키로 서명되지 않았습니다."),
    "signature": _("기록 %(position)s번의 서명이 맞지 않습니다. 내용이 변경되었습니다."),
    "leaf": _("기록 %(position)s번의 해시가 내용과 다릅니다."),
    "node": _("기록 %(position)s번까지의 중간 해시가 저장된 것과 다릅니다."),
    "frontier": _("저장된 기록부 확인값이 기록 전체와 다릅니다."),
    "witness": _(
        "도교육청이 확인한 기록 %(position)s건과 현재 기록이 다릅니다. 지난 기록이 변경되었습니다."
    ),
    "erased": _("기록 %(position)s번의 내용이 파기 기록 없이 삭제되었습니다."),
    "disposal": _("기록 %(position)s번의 파기 목록이 기록된 것과 다릅니다."),
    "shorter": _("도교육청이 확인한 기록은 %(position)s건인데 현재 기록은 그보다 적습니다."),
}


class LedgerKey(msgspec.Struct, frozen=True):
    """A key of the school in its log; times in ms. It signs the records from `from_position` on, up
    to the next key's; `rotation`: how it followed the one before; `ending`: the hub's word on its end."""

    key_id: str
    signing: str
    from_position: int
    since_at: int
    until_at: int | None
    attestation: KeyAttestation | None
    ending: KeyEnd | None
    rotation: SignedRotation | None


class LedgerFault(msgspec.Struct, frozen=True):
    """Something the ledger's own check found. `code` is a key of FAULTS."""

    code: str
    position: int

    @property
    def text(self) -> str:
        """A msgid with the variable `position`."""
        return FAULTS[self.code]


class LostHistory(msgspec.Struct, frozen=True):
    """A state of this school's log that the hub has seen and that the log does not continue: lost
    with a restore from a backup, or else the past was changed.

    `size` in records; `found_at` in ms, the hub's word about it arrived; `settled_at` when the hub
    let it go and accepted the log as it is now, None while it refuses that.
    """

    size: int
    found_at: int
    settled_at: int | None


class Disposed(msgspec.Struct, frozen=True):
    """That a record's text is no more: by which record the school disposed of it, and when (ms)."""

    record: int
    at: int


class RecordDisposed(Problem):
    """The period of retention was over: the log has the record's hash, no text."""

    code = "record-disposed"
    status = 410
    text = _(
        "보존 기간이 지나 파기한 기록입니다. 보관하고 있는 제출 확인서 파일은 지금도 유효하며, ‘제출 확인서 확인’에서 "
        "확인할 수 있습니다."
    )


class ReceiptNotMade(Problem):
    """The record is there, but the log around it is damaged: no head holds that could be signed."""

    code = "receipt-not-made"
    status = 503
    text = _(
        "서명은 기록 %(number)s번으로 저장되었습니다. 다만 학교 기록부에 이상이 있어 "
        "지금은 제출 확인서를 만들 수 없습니다. 다시 서명하지 마시고 학교에 알려 주세요."
    )
