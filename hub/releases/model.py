"""Words of the releases: what was published, to which ring, and what became of it at the schools."""

import enum

import msgspec

from hub.schools.model import Ring
from kit.detail import SUBJECT, Detail
from kit.event import Event
from kit.i18n import _
from kit.problem import Problem
from protocol.chunks import ReleaseKind
from protocol.sync import ReleaseStep

RINGS = (Ring.PILOT, Ring.ALL)
RELEASE_KIND_LABELS: dict[str, str] = {"knowledge": _("안내서 색인"), "model": _("언어 모델")}


class ReleaseState(enum.StrEnum):
    """How far a release went."""

    PILOT = "pilot"
    ALL = "all"
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"


RELEASE_STATE_LABELS = {
    ReleaseState.PILOT: _("시범 학교에 배포 중"),
    ReleaseState.ALL: _("모든 학교에 배포 중"),
    ReleaseState.STOPPED: _("배포 중지"),
    ReleaseState.WITHDRAWN: _("회수함"),
}


class Release(msgspec.Struct, frozen=True):
    """A published release. Sizes in bytes (`moved`: what a school with the one before fetches),
    times in ms."""

    kind: ReleaseKind
    version: int
    name: str
    note: str
    size: int
    moved: int
    origin_version: int | None
    created_at: int
    created_by_name: str
    to_all_at: int | None
    to_all_by_name: str
    stopped_at: int | None
    stopped_by_name: str
    stop_reason: str
    withdrawn_at: int | None

    @property
    def state(self) -> ReleaseState:
        if self.withdrawn_at is not None:
            return ReleaseState.WITHDRAWN
        if self.stopped_at is not None:
            return ReleaseState.STOPPED
        return ReleaseState.ALL if self.to_all_at is not None else ReleaseState.PILOT

    @property
    def offered(self) -> bool:
        return self.state in (ReleaseState.PILOT, ReleaseState.ALL)


OWN = "own"
LONGEST_NOTE = 300


class RingProgress(msgspec.Struct, frozen=True):
    """How many active schools of a ring have a release in use, fetch it, refused it. Those that go by
    their own are not counted."""

    ring: str
    schools: int
    active: int
    fetching: int
    refused: int


class ReleaseRings(msgspec.Struct, frozen=True):
    """A release in the list, with its rings."""

    release: Release
    rings: tuple[RingProgress, ...]


class Adoption(msgspec.Struct, frozen=True):
    """What a school said of a kind of release. `step` '' while it said nothing, OWN where it takes
    none of that kind."""

    school_id: str
    school_name: str
    ring: str
    active: int
    version: int
    step: str
    permille: int
    error: str
    heard_at: int | None


ADOPTION_LABELS: dict[str, str] = {
    "": _("응답 없음"),
    ReleaseStep.FETCHING: _("받는 중"),
    ReleaseStep.READY: _("받음, 적용 전"),
    ReleaseStep.ACTIVE: _("사용 중"),
    ReleaseStep.REFUSED: _("적용 실패"),
    ReleaseStep.ROLLED_BACK: _("학교가 이전 버전으로 되돌림"),
    OWN: _("학교 자체 모델을 쓰거나 사용하지 않음"),
}
# Why schools refuse (the codes of their reports) and what may be done about it.
REFUSAL_LABELS: dict[str, str] = {
    "untrusted": _("서명을 확인하지 못했습니다. 허브에서 madang-hub doctor 를 실행해 주세요."),
    "expired": _("서명의 기한이 지났습니다. 허브 상태 화면에서 서명 갱신을 확인해 주세요."),
    "older": _(
        "학교가 이미 받은 것보다 오래된 목록이 전달되었습니다. 같은 내용을 다시 배포해 주세요."
    ),
    "oversized": _("파일 크기가 목록에 적힌 것보다 컸습니다. 같은 내용을 다시 배포해 주세요."),
    "malformed": _("내용을 읽지 못했습니다. 학교 서버가 최신 버전인지 확인해 주세요."),
    "corrupted": _("전송 중에 파일 일부가 손상되었습니다. 학교가 자동으로 다시 받습니다."),
    "disk_full": _("학교 서버의 저장 공간이 부족합니다. 학교에 알려 주세요."),
    "clock": _("학교 서버의 시계가 맞지 않습니다. 학교에 알려 주세요."),
    "engine": _("학교 서버에서 언어 모델 엔진이 동작하지 않습니다. 학교에 알려 주세요."),
    "unusable": _(
        "받았지만 열지 못해 이전 버전을 그대로 사용합니다. 배포를 중지하고 내용을 확인해 주세요."
    ),
}


ADOPTION_CHIPS: dict[str, str] = {
    "": "neutral",
    ReleaseStep.FETCHING: "info",
    ReleaseStep.READY: "info",
    ReleaseStep.ACTIVE: "success",
    ReleaseStep.REFUSED: "danger",
    ReleaseStep.ROLLED_BACK: "warning",
}


class Step(enum.StrEnum):
    """How far the making of a release is."""

    WAITING = "waiting"
    RECEIVING = "receiving"
    BUILDING = "building"
    CHECKING = "checking"
    QUANTIZING = "quantizing"
    CUTTING = "cutting"
    SIGNING = "signing"
    DONE = "done"
    FAILED = "failed"


STEP_LABELS = {
    Step.WAITING: _("대기 중"),
    Step.RECEIVING: _("파일을 받는 중"),
    Step.BUILDING: _("색인을 만드는 중"),
    Step.CHECKING: _("파일을 검사하는 중"),
    Step.QUANTIZING: _("모델을 양자화하는 중"),
    Step.CUTTING: _("파일을 나누는 중"),
    Step.SIGNING: _("서명하는 중"),
    Step.DONE: _("배포를 시작함"),
    Step.FAILED: _("실패"),
}
ENDED = (Step.DONE, Step.FAILED)


class Work(msgspec.Struct, frozen=True):
    """The making of a release. `error` is a msgid, or a message of the machine."""

    id: str
    kind: ReleaseKind
    title: str
    step: Step
    permille: int
    error: str
    version: int | None
    started_at: int
    changed_at: int
    started_by_name: str

    @property
    def ended(self) -> bool:
        return self.step in ENDED


class IncomingFile(msgspec.Struct, frozen=True):
    """A model file that waits to be published. `size` in bytes, `changed_at` in ms."""

    name: str
    size: int
    changed_at: int


class ModelWish(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer says of a model file to publish. `quantize` '': as it is; `context` in
    tokens."""

    file: str
    name: str
    licence: str
    context: int = 2048
    quantize: str = ""
    note: str = ""


INTERRUPTED = _("허브가 다시 시작되어 중단되었습니다. 배포된 것은 없으니 다시 눌러 주세요.")


# What has happened ------------------------------------------------------------------------------


class ReleasePublished(Event, frozen=True, tag="releases.published"):
    """A release was offered to a ring, or is offered no more."""

    kind: str
    version: int


class ReleaseReported(Event, frozen=True, tag="releases.reported"):
    """Signal only: a school said what became of a release."""

    school_id: str


class ReleaseWorked(Event, frozen=True, tag="releases.worked"):
    """Signal only: the making of a release went on."""

    work_id: str


class ReleaseNews(msgspec.Struct, frozen=True):
    """Signal after a commit: these schools are offered something else now."""

    schools: frozenset[str]


class ReleaseAct(enum.StrEnum):
    """What of this slice is written to the audit log."""

    PUBLISH = "releases:release:publish"
    TO_ALL = "releases:release:to_all"
    STOP = "releases:release:stop"
    AGAIN = "releases:release:again"
    WITHDRAW = "releases:release:withdraw"
    UPLOAD = "releases:file:upload"
    REMOVE = "releases:file:remove"


RELEASE_ACT_LABELS: dict[str, str] = {
    ReleaseAct.PUBLISH: _("시범 배포"),
    ReleaseAct.TO_ALL: _("전체 배포"),
    ReleaseAct.STOP: _("배포 중지"),
    ReleaseAct.AGAIN: _("이전 버전 다시 배포"),
    ReleaseAct.WITHDRAW: _("배포 회수"),
    ReleaseAct.UPLOAD: _("모델 파일 업로드"),
    ReleaseAct.REMOVE: _("모델 파일 삭제"),
}
RELEASE_DETAILS: dict[str, Detail | None] = {
    SUBJECT: Detail("", parts=("kind", "version")),
    "kind": Detail(_("종류"), RELEASE_KIND_LABELS),
    "version": Detail(_("버전")),
    "name": Detail(_("이름")),
    "reason": Detail(_("사유")),
}


# What can go wrong ------------------------------------------------------------------------------


class NotOffered(Problem):
    code = "release-not-offered"
    status = 409
    text = _("이미 중지했거나 회수한 배포입니다. 화면을 새로 고쳐 확인해 주세요.")


class ReleaseUnusable(Problem):
    """The directory holds no release that can be published."""

    code = "release-unusable"
    status = 422
    text = _("배포할 수 없는 내용입니다: %(reason)s")


class NothingChanged(Problem):
    code = "nothing-changed"
    status = 409
    text = _("마지막 배포 뒤로 바뀐 글이 없습니다. 글을 고친 뒤 발행해 주세요.")


class ModelFileRefused(Problem):
    code = "model-file-refused"
    status = 422
    text = _("모델 파일을 받지 못했습니다. %(reason)s")


class ModelWishWrong(Problem):
    code = "model-wish-wrong"
    status = 422
    text = _("이름과 이용 조건을 입력하고, 문맥 길이는 512에서 131072 사이로 정해 주세요.")


class ModelUnusable(Problem):
    """llama.cpp cannot load the file, within the bounds it is given."""

    code = "model-unusable"
    status = 422
    text = _("모델을 열 수 없습니다. 다른 파일인지, 손상되지 않았는지 확인해 주세요: %(reason)s")


class EngineUnusable(Problem):
    """The engine that opens models does not work on the hub's machine: it is no model's fault."""

    code = "engine-unusable"
    status = 503
    text = _(
        "이 컴퓨터에서 언어 모델 엔진이 동작하지 않아 모델을 배포할 수 없습니다 (%(reason)s)."
        " 마당을 다시 설치해 엔진을 새로 만든 뒤 다시 시도해 주세요."
    )


class ReasonNeeded(Problem):
    code = "release-reason-missing"
    status = 422
    field = "reason"
    text = _("사유를 입력해 주세요. 배포 화면과 감사 기록에 남습니다.")


class ReleaseNotStored(Problem):
    """The disk did not take it; nothing is published."""

    code = "release-not-stored"
    status = 507
    text = _("허브의 디스크에 쓰지 못했습니다. 저장 공간을 늘린 뒤 다시 시도해 주세요: %(reason)s")


class RepositoryUnusable(Problem):
    """Keys or signed metadata are missing or damaged."""

    code = "repository-unusable"
    status = 500
    text = _("서명에 쓰는 키나 서명 기록에 문제가 있습니다. madang-hub doctor 로 확인해 주세요.")
