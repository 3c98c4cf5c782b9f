"""Words of the messenger: accounts, rooms, what the bot says and is asked."""

import enum
import re
from collections.abc import Sequence
from html import escape
from urllib.parse import SplitResult, urlsplit

import msgspec

from kit.i18n import _
from kit.problem import Needs, Problem
from node.people.model import Role
from protocol.audience import is_of_families
from protocol.directory import initial_consonants, normalise, search_key

DOOR = "messenger"  # under which tries and app passwords of its clients are kept (kit.signin)
LONGEST_QUESTION = 300
LONGEST_MESSAGE = 8000
LONGEST_REASON = 200
LONGEST_ROOM_NAME = 60
DRAWN = frozenset(("image/png", "image/jpeg", "image/gif", "image/webp"))
"""Pictures that every browser draws and that can run nothing."""
SIGNS = ("👍", "✅", "❤️", "😄", "🙏", "👀")
"""What one may set to a message in the portal; clients offer all there are."""

SPACE = "space"
STAFF = "staff"
DEPARTMENT = "department:"

MODERATORS = frozenset((Role.HEAD, Role.VICE_PRINCIPAL, Role.PRINCIPAL))
"""Who keeps order in the rooms they are in: they pin, and in their apps take back what is said."""

_LOCALPART = re.compile(r"[a-z][a-z0-9._-]{1,40}")
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
RESERVED = frozenset(("madang", "madang-node", "madang-post", "admin", "root", "node"))


class Identity(msgspec.Struct, frozen=True):
    """What a school needs to have a server: its permanent name, its certificate, its province's CA.

    PEM texts; `ca_chain_pem` begins with the issuing CA.
    """

    server_name: str
    certificate_pem: str
    ca_chain_pem: tuple[str, ...]


class Member(msgspec.Struct, frozen=True):
    """A member of staff who should have an account now. `told` is what Synapse was told last."""

    person_id: str
    login: str
    name: str
    position: str
    department: str
    localpart: str = ""
    locked: bool = False
    logout_wanted: bool = False
    told: str = ""
    moderates: bool = False

    @property
    def display_name(self) -> str:
        """As colleagues of other schools read it: 박서연 교사."""
        return f"{self.name} {self.position}".strip()

    @property
    def wanted(self) -> str:
        """What Synapse should have been told."""
        return f"{'locked' if self.locked else 'active'}:{self.display_name}"


class Former(msgspec.Struct, frozen=True):
    """Whose account must end."""

    person_id: str
    localpart: str


class KeptRoom(msgspec.Struct, frozen=True):
    """A room the node keeps. `key` says which: `space`, `staff`, `department:NAME`."""

    key: str
    room_id: str
    name: str
    closed: bool = False


TITLE = "\N{OBJECT REPLACEMENT CHARACTER}"


class Post(msgspec.Struct, frozen=True):
    """Something the bot has to say in a room of ours; `id` makes it once only.

    `about` names what it tells of (newsletter:ID, official:ID): TITLE in its words stands for the
    title that thing has when the post is said.
    """

    id: str
    room_key: str
    body: str
    html: str
    about: str = ""

    def titled(self, title: str) -> "Post":
        """With the title where its words leave room for it."""
        return msgspec.structs.replace(
            self,
            body=self.body.replace(TITLE, title),
            html=self.html.replace(TITLE, escape(title)),
        )


class BotQuestion(msgspec.Struct, frozen=True):
    """Something asked of the bot."""

    event_id: str
    room_id: str
    sender: str
    text: str
    spoken_to: bool = False
    thread: str = ""
    """The first event of the thread it was asked in; empty: in none."""


class SaidPost(msgspec.Struct, frozen=True):
    """A post that stands in a room."""

    post_id: str
    about: str
    room_id: str
    event_id: str


class Asked(msgspec.Struct, frozen=True):
    """A question with who asks. `alone`: nobody else reads the answer."""

    person_id: str
    text: str
    alone: bool


class Reply(msgspec.Struct, frozen=True):
    """An answer as text and as Matrix's HTML."""

    body: str
    html: str


class Gateway(msgspec.Struct, frozen=True):
    """A push gateway over which telephones may be woken: host:port."""

    host: str
    added_at: int
    added_by: str


class AccountLine(msgspec.Struct, frozen=True):
    """An account, for the administrator."""

    person_id: str
    name: str
    position: str
    localpart: str
    locked_at: int | None
    told: str


class AccountSeen(msgspec.Struct, frozen=True):
    """An account as Synapse has it."""

    localpart: str
    display_name: str
    deactivated: bool
    locked: bool
    admin: bool


class Compared(msgspec.Struct, frozen=True):
    """Localparts of accounts that are otherwise in Synapse than in the node's data, which `differing`
    are made to follow, and of those the node knows nothing of."""

    differing: tuple[str, ...] = ()
    strangers: tuple[str, ...] = ()


class MediaKind(enum.StrEnum):
    """Of what kind a file in a room is (of the Client-Server API: the type of a message)."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    FILE = "file"


class SentFile(msgspec.Struct, frozen=True):
    """A file in a room, as whoever sent it described it; where it lies: mxc://SERVER/MEDIA_ID."""

    kind: MediaKind
    name: str
    media_type: str
    size: int
    server: str
    media_id: str
    width: int = 0
    height: int = 0

    @property
    def is_drawn(self) -> bool:
        """Whether a page shows it."""
        return self.kind is MediaKind.IMAGE and self.media_type in DRAWN


class PollAnswer(msgspec.Struct, frozen=True):
    text: str
    count: int


class Poll(msgspec.Struct, frozen=True):
    """A question to a room; `voters`: how many have answered."""

    question: str
    answers: tuple[PollAnswer, ...]
    voters: int


class Reaction(msgspec.Struct, frozen=True):
    """A sign set to a message; `own`: the id of one's own, empty where one has set none."""

    key: str
    count: int
    own: str = ""


class Quote(msgspec.Struct, frozen=True):
    """The message that another one answers; of one that is gone nothing but that."""

    event_id: str
    sender: str = ""
    text: str = ""
    is_deleted: bool = False


class Receipt(msgspec.Struct, frozen=True):
    """Up to which event somebody has read a room, and when they said so."""

    event_id: str
    at: int


class RoomLine(msgspec.Struct, frozen=True):
    """A room as the portal lists it. `names` holds the display names of those heard of so far;
    `last_by` and `invited_by` are such names, `last_from` and `direct_with` (who invited to a talk
    of two) are Matrix ids. `name` is empty where nothing is known by which to call it, `school`
    where ours made it; `successor` is the room by which it was replaced. `last_kind`: what was said
    last, where it is not only words; `receipts`: user id → how far they have read; `mentions`: how
    many of what is unread name the reader."""

    room_id: str
    name: str = ""
    school: str = ""
    successor: str = ""
    title: str = ""
    is_space: bool = False
    is_invitation: bool = False
    invited_by: str = ""
    direct_with: str = ""
    encrypted: bool = False
    unread: int = 0
    mentions: int = 0
    last_id: str = ""
    last_text: str = ""
    last_kind: str = ""
    last_by: str = ""
    last_from: str = ""
    last_at: int = 0
    heroes: tuple[str, ...] = ()
    names: dict[str, str] = {}
    receipts: dict[str, Receipt] = {}


class BotLink(msgspec.Struct, frozen=True):
    """A page of the portal that the school's bot told of."""

    title: str
    href: str


class ChatMessage(msgspec.Struct, frozen=True):
    """Something said in a room. `is_sealed`: encrypted, so that only people's own clients read it.
    `is_late`: not new, a page that shows it has it in an earlier wording. `reason`: why it was taken
    back, where whoever did it said so. `sender` is empty where nobody knows what they are called;
    `text` of a file is what was written to it; `links`: below the text, of the school's own bot."""

    event_id: str
    sender: str
    sender_id: str
    text: str
    at: int
    is_own: bool
    is_sealed: bool
    is_edited: bool = False
    is_deleted: bool = False
    is_late: bool = False
    names_reader: bool = False
    reason: str = ""
    links: tuple[BotLink, ...] = ()
    file: SentFile | None = None
    poll: Poll | None = None
    quote: Quote | None = None
    reactions: tuple[Reaction, ...] = ()

    @property
    def may_be_corrected(self) -> bool:
        """Whether the asker may word it anew."""
        is_words = self.file is None and self.poll is None and not self.is_sealed
        return self.is_own and is_words and not self.is_deleted


class Timeline(msgspec.Struct, frozen=True):
    """Messages in the order they were said. `since`: the place in the stream behind the last;
    `earlier`: the place before the first, empty where nothing was said before. `now_encrypted`: the
    room was encrypted meanwhile."""

    messages: tuple[ChatMessage, ...]
    since: str = ""
    earlier: str = ""
    now_encrypted: bool = False


class ClientDevice(msgspec.Struct, frozen=True):
    """A client somebody is signed in with. `seen_at` 0: never since."""

    device_id: str
    name: str
    seen_at: int


class Colleague(msgspec.Struct, frozen=True):
    """Somebody one can write to."""

    user_id: str
    name: str
    position: str
    department: str
    school: str

    @property
    def display_name(self) -> str:
        """As clients show it: 박서연 교사."""
        return f"{self.name} {self.position}".strip()


class ServerState(enum.StrEnum):
    """How the school's server fares."""

    OFF = "off"
    UNJOINED = "unjoined"
    STARTING = "starting"
    READY = "ready"


class ServerStanding(msgspec.Struct, frozen=True):
    """For pages and the doctor. `reason` is the last failure, in English, for whoever looks closer."""

    state: ServerState
    server_name: str = ""
    address: str = ""
    schools: int = 0
    restarts: int = 0
    reason: str = ""


class MessengerAct(enum.StrEnum):
    """Acts for the audit log."""

    LOCK = "messenger:account:lock"
    UNLOCK = "messenger:account:unlock"
    APP_PASSWORD = "messenger:app_password:make"  # noqa: S105 — the name of an act
    ALLOW = "messenger:client:allow"
    TAKE_BACK = "messenger:message:take_back"
    ADD_GATEWAY = "messenger:push_gateway:add"
    REMOVE_GATEWAY = "messenger:push_gateway:remove"


class WorkToDo(msgspec.Struct, frozen=True):
    """Signal on commit: there is something to bring in step or to say."""


class Allowed(msgspec.Struct, frozen=True):
    """Signal on commit: server name → address of the schools one may speak with from now on."""

    servers: dict[str, str]


class AllowedChanged(msgspec.Struct, frozen=True):
    """Signal on commit: server name → address of schools that one may speak with from now on, or that
    are reached elsewhere; and the names of those one no longer may."""

    servers: dict[str, str]
    gone: frozenset[str]


class GatewaysChanged(msgspec.Struct, frozen=True):
    """Signal on commit: the push gateways there are from now on, as host:port."""

    hosts: frozenset[str]


class OwnServerMoved(msgspec.Struct, frozen=True):
    """Signal on commit: the province should hear where the school's server is now."""


class MessengerNotReady(Problem):
    code = "messenger-away"
    status = 503
    text = _("메신저가 준비되는 중입니다. 잠시 뒤에 다시 시도해 주세요.")


class NoAccount(Problem):
    code = "messenger-no-account"
    status = 403
    text = _("메신저는 교직원 전용입니다. 교직원의 계정은 몇 분 안에 자동으로 만들어집니다.")
    needs = Needs.REPAIR


class AccountLocked(Problem):
    code = "messenger-account-locked"
    status = 403
    text = _(
        "%(by)s 님이 이 메신저 계정을 잠갔습니다. 기기를 분실했거나 오래 자리를 비우면 "
        "계정을 잠급니다. 다시 사용하려면 학교 관리자에게 문의해 주세요: %(administrators)s"
    )


class RoomEncrypted(Problem):
    code = "messenger-room-encrypted"
    status = 409
    text = _(
        "이 대화방은 암호화되어 포털에서 메시지를 보낼 수 없습니다. 메시지를 보내지 "
        "않았으니 내 앱에서 계속해 주세요."
    )


class SentFileTooLarge(Problem):
    code = "messenger-file-too-large"
    status = 413
    text = _("파일이 너무 큽니다. %(mb)sMB까지 보낼 수 있습니다.")


class AppPasswordNeeded(Problem):
    """The password is right, and a second factor is set: a client cannot ask for that."""

    code = "messenger-app-password-needed"
    status = 403
    text = _(
        "2단계 인증을 사용하는 계정입니다. 포털의 ‘메신저 → 내 앱 연결’에서 앱 암호를 "
        "만들어 그 암호로 로그인해 주세요."
    )


class PasswordTemporary(Problem):
    code = "messenger-password-temporary"
    status = 403
    text = _("임시 비밀번호입니다. 먼저 포털에 로그인해서 새 비밀번호로 바꿔 주세요.")


class WrongRedirect(Problem):
    code = "messenger-wrong-redirect"
    status = 400
    text = _("앱이 보낸 주소를 읽을 수 없습니다. 앱에서 다시 로그인해 주세요.")


class ClientNotNamed(Problem):
    """The name typed is not that of the site which would receive the sign-in."""

    code = "messenger-client-not-named"
    status = 422
    field = "name"
    text = _("로그인을 넘겨받을 사이트의 이름을 그대로 입력해 주세요: %(name)s")


def localpart_for(login: str, person_id: str, taken: frozenset[str] | set[str]) -> str:
    """The part of a Matrix id that stands for a person, for ever: the login where it can be one.

    Matrix allows a-z, 0-9 and ._=/+- only (Matrix specification, appendix "User identifiers").
    """
    if _LOCALPART.fullmatch(login) and login not in RESERVED and login not in taken:
        return login
    return f"p{person_id}"


def rooms_for(school: str, members: list[Member]) -> dict[str, tuple[str, set[str]]]:
    """Key → name and person ids of every room that should be: the space, all staff, departments.

    Who is locked stays in their rooms: nobody reads that they were put out, nothing is missed.
    """
    everybody = {member.person_id for member in members}
    wanted: dict[str, tuple[str, set[str]]] = {
        SPACE: (school, everybody),
        STAFF: ("전체 교직원", everybody),
    }
    for member in members:
        if member.department:
            key = DEPARTMENT + member.department
            wanted.setdefault(key, (member.department, set()))[1].add(member.person_id)
    return wanted


def back_to(redirect: str) -> SplitResult:
    """The address of a client that asks to come in. Raises WrongRedirect, also for one that a
    browser could read in another way than we do."""
    if "\\" in redirect or any(one.isspace() or not one.isprintable() for one in redirect):
        raise WrongRedirect()
    try:
        parts = urlsplit(redirect)
    except ValueError as error:
        raise WrongRedirect() from error
    if not parts.scheme or parts.scheme in ("javascript", "data", "file", "vbscript"):
        raise WrongRedirect()
    if parts.scheme in ("http", "https") and (not parts.hostname or "@" in parts.netloc):
        raise WrongRedirect()
    return parts


def to_be_named(client: SplitResult, known: frozenset[str]) -> str:
    """The host that a person must type before their sign-in goes there: that of any site but those
    in `known`. Empty for a program of this device, which the device's owner chose to install: any
    page can lead somebody here, and only the name tells a stranger's site from the school's."""
    host = client.hostname or ""
    if client.scheme not in ("http", "https") or host in LOOPBACK or host in known:
        return ""
    return host


def well_known(public_url: str) -> dict[str, object]:
    """Where clients find us, and that they encrypt a talk only where their user wants it: people who
    read in the portal could not follow (Element Web, "End to end encryption by default")."""
    return {
        "m.homeserver": {"base_url": public_url.rstrip("/")},
        "io.element.e2ee": {"default": False},
    }


def rooms_told(audience: Sequence[str]) -> list[str]:
    """Rooms of which everybody may read what has this audience: a title tells things too."""
    if any(key == STAFF or is_of_families(key) for key in audience):
        return [STAFF]  # staff read what goes to families
    named = (key.removeprefix(f"{STAFF}/") for key in audience)
    return [key for key in named if key.startswith(DEPARTMENT)]


def is_called(name: str, text: str) -> bool:
    """Whether a name holds what somebody typed: syllables, or initial consonants (ㄱㅎㄴ)."""
    key = search_key(text)
    return key in normalise(name) or key in initial_consonants(name)


def local_of(user_id: str, server_name: str) -> str:
    """The localpart of a user of this server; empty for anybody else."""
    own = f":{server_name}"
    return user_id[1:].removesuffix(own) if user_id.endswith(own) else ""
