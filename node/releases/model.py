"""Words of releases as a school has them."""

import enum
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from kit.event import Event
from kit.i18n import _
from kit.problem import Problem
from protocol.chunks import ReleaseKind
from protocol.sync import ReleaseReport, ReleaseStep

GOOD = "good"
"""The step of the release before the active one, kept to go back to."""

LEFT = "left"
"""The step of a release that was in use once; its files go."""

KIND_LABELS: dict[str, str] = {"knowledge": _("안내서"), "model": _("도우미 모델")}


class Code(enum.StrEnum):
    """Why a release was not taken. Told to the province, and in words to the administrator."""

    UNTRUSTED = "untrusted"
    EXPIRED = "expired"
    OLDER = "older"
    OVERSIZED = "oversized"
    MALFORMED = "malformed"
    CORRUPTED = "corrupted"
    DISK_FULL = "disk_full"
    CLOCK = "clock"
    UNUSABLE = "unusable"
    ENGINE = "engine"


REASONS: dict[str, str] = {
    Code.UNTRUSTED: _("전자서명을 확인할 수 없어 적용하지 않았습니다. 도교육청에 알려 주세요."),
    Code.EXPIRED: _(
        "전자서명의 유효 기간이 지나 적용하지 않았습니다. 도교육청이 새로 서명하면 다시 받습니다."
    ),
    Code.OLDER: _(
        "이미 받은 것보다 오래된 목록이어서 적용하지 않았습니다. 도교육청에 알려 주세요."
    ),
    Code.OVERSIZED: _(
        "파일 크기가 목록에 적힌 것보다 커서 적용하지 않았습니다. 도교육청에 알려 주세요."
    ),
    Code.MALFORMED: _("내용을 읽을 수 없어 적용하지 않았습니다. 도교육청에 알려 주세요."),
    Code.CORRUPTED: _("받은 파일 일부가 서명된 내용과 다릅니다. 다시 받고 있습니다."),
    Code.DISK_FULL: _("디스크 공간이 부족합니다. 공간을 확보하면 자동으로 다시 받습니다."),
    Code.CLOCK: _(
        "서버의 시계가 이전보다 앞선 시각을 가리킵니다. 시계를 맞춘 뒤 다시 시도해 주세요."
    ),
    Code.UNUSABLE: _("받았지만 도우미가 사용할 수 없어 이전 버전을 그대로 사용합니다."),
    Code.ENGINE: _(
        "언어 모델의 엔진이 이 서버에서 동작하지 않습니다. 도우미는 모델 없이 원문 그대로 답합니다. 마당을 다시 설치한 뒤 다시 시도해 주세요."
    ),
}


FINAL = (Code.UNUSABLE, Code.ENGINE)
"""Reasons for which a release is not fetched again by itself: it would come as it is."""


class Refused(Exception):
    """A release that is not taken. `code` says why, the message more closely, in English."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


class Away(Exception):
    """The hub cannot be reached now, or does not have it yet: nothing is known against a release."""

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class ReleaseSource(msgspec.Struct, frozen=True):
    """Where releases come from: address of the hub or of a mirror, CA chain (PEM), first root of trust
    (JSON; empty: to be asked for once, over TLS that this CA certified)."""

    url: str
    ca_chain_pem: tuple[str, ...]
    root: str = ""
    is_mirror: bool = False


AskProvince = Callable[[], Awaitable[ReleaseSource | None]]
"""The province this school belongs to; None while it belongs to none or is suspended."""


class WantedRelease(msgspec.Struct, frozen=True):
    """What the province points to. Times in ms, sizes in bytes."""

    kind: ReleaseKind
    version: int
    size: int
    tries: int = 0
    next_try_at: int = 0
    last_error: str = ""


class Release(msgspec.Struct, frozen=True):
    """A release this school has, had or refused. `error`: the code of the reason, and after a colon
    what whoever could not use it said."""

    kind: ReleaseKind
    version: int
    name: str
    size: int
    step: str
    error: str
    path: str
    permille: int
    from_peers: int
    from_hub: int
    at: int

    @property
    def is_active(self) -> bool:
        return self.step == ReleaseStep.ACTIVE

    @property
    def code(self) -> str:
        """Of the reason it was refused."""
        return self.error.partition(":")[0]

    @property
    def said(self) -> str:
        """What the assistant's worker said of it, in English."""
        return self.error.partition(":")[2]


def report_of(
    kind: ReleaseKind, known: Sequence[Release], wanted: int | None
) -> ReleaseReport | None:
    """What the province is told of the releases of one kind, the newest first; None: nothing yet.

    It speaks of the one that is wanted; where none is, of the newest that became something: an
    administrator may go back after the province has stopped what they go back from.
    """
    used = next((one.version for one in known if one.is_active), 0)
    if wanted is None:
        found = next((one for one in known if one.step != ReleaseStep.FETCHING), None)
    else:
        found = next((one for one in known if one.version == wanted), None)
    if found is None:
        if wanted is None:
            return None
        return ReleaseReport(kind=kind, active=used, version=wanted, step=ReleaseStep.FETCHING)
    if found.step in (GOOD, LEFT):
        return ReleaseReport(
            kind=kind, active=used, version=used, step=ReleaseStep.ACTIVE, permille=1000
        )
    return ReleaseReport(
        kind=kind,
        active=used,
        version=found.version,
        step=ReleaseStep(found.step),
        permille=found.permille,
        error=found.error,
    )


class Overview(msgspec.Struct, frozen=True):
    """One kind, for the administrator's page. `can_go_back`: there is a release before it;
    `can_try`: the wanted one is neither in use nor on its way."""

    kind: ReleaseKind
    wanted: WantedRelease | None
    releases: tuple[Release, ...]
    can_go_back: bool
    can_try: bool


class ReleaseReady(Event, frozen=True, tag="releases.ready"):
    """A release is there whole and verified: whoever uses it may open it."""

    kind: ReleaseKind
    version: int
    path: str


class ReleaseActivated(Event, frozen=True, tag="releases.activated"):
    kind: ReleaseKind
    version: int


class ReleaseRefused(Event, frozen=True, tag="releases.refused"):
    kind: ReleaseKind
    version: int
    code: str


class ReleasesOffered(msgspec.Struct, frozen=True):
    """Signal on commit: there may be something to fetch. The province points to it, somebody asked to
    try again, or what was in use is not what it was."""


class ReleaseAct(enum.StrEnum):
    """Acts for the audit log."""

    BACK = "releases:release:back"
    RETRY = "releases:release:retry"


class NothingBefore(Problem):
    code = "releases-nothing-before"
    status = 409
    text = _("되돌릴 이전 버전이 없습니다.")
