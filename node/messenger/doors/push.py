"""Ringing telephones: over which push gateways Synapse may wake people's clients, and with what.

A gateway is run by whoever made the client. It learns which device is woken when, for which event of
which room, and how many wait; never who said what: whatever a client asks for, its pusher is made to
send ids only (Push Gateway API, `event_id_only`). Which gateways there are says the administrator;
none, as at first, means that no telephone rings and clients are told so.
"""

import re
from collections.abc import Collection
from urllib.parse import urlsplit

import msgspec

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.problem import Invalid, NotFound
from node.messenger import store
from node.messenger.model import Gateway, GatewaysChanged, MessengerAct, WorkToDo
from node.messenger.synapse.keeper import Keeper
from node.people.access import require_role, with_role
from node.people.model import Asker, Role

HTTPS = 443
MOST_GATEWAYS = 20
IDS_ONLY = "event_id_only"
PUSHERS_SET = re.compile(r"/_matrix/client/(?:api/)?[^/]+/pushers/set/*")

OFF = _("이 학교는 휴대전화 알림을 보내지 않습니다. 앱을 열면 새 메시지를 볼 수 있습니다.")
ELSEWHERE = _("이 학교가 사용하는 알림 서버가 아니어서 이 앱에는 휴대전화 알림을 보내지 않습니다.")

# A name, not an address: whom one asks must be able to prove who it is.
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")


class PushRefused(Exception):
    """A client's wish to be woken is not granted; `text` says why (a msgid)."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def gateway_of(text: str) -> str:
    """host:port of a gateway as an administrator types it: a name, a port where it is not 443.

    Raises Invalid.
    """
    host, colon, port = text.strip().lower().removeprefix("https://").rstrip("/").partition(":")
    is_port = port.isascii() and port.isdigit() and 0 < int(port[:6]) <= 65535 if colon else True
    if len(host) > 253 or not _HOST.fullmatch(host) or not is_port:
        raise Invalid({"host": _("알림 서버의 이름만 입력해 주세요. 예: matrix.org")})
    return f"{host}:{int(port) if colon else HTTPS}"


def leads_to(url: object) -> str:
    """host:port where a pusher's address leads; empty: it is none over https."""
    try:
        parts = urlsplit(str(url))
        if parts.scheme != "https" or parts.hostname is None:
            return ""
        return f"{parts.hostname}:{parts.port or HTTPS}"
    except ValueError:
        return ""


def narrowed(body: bytes, gateways: Collection[str]) -> bytes:
    """A request to set a pusher (Client-Server API, POST /pushers/set) as Synapse may have it.

    Raises PushRefused, msgspec.DecodeError (it is no such request). To end one is always granted.
    """
    wish = msgspec.json.decode(body, type=dict[str, object])
    if wish.get("kind", "") is None:
        return body
    if not gateways:
        raise PushRefused(OFF)
    data = wish.get("data")
    if wish.get("kind") != "http" or not isinstance(data, dict):
        raise PushRefused(ELSEWHERE)
    if leads_to(data.get("url")) not in gateways:
        raise PushRefused(ELSEWHERE)
    return msgspec.json.encode(wish | {"data": data | {"format": IDS_ONLY}})


async def end_other_pushers(db: Database, keeper: Keeper, gateways: Collection[str]) -> None:
    """End the pushers that would be refused now. Raises MatrixAway, MatrixRefused."""
    for member in await db.read(store.members):
        if not member.told or member.locked:
            continue  # nobody speaks for who is locked; they are looked at when they come back
        for pusher in await keeper.pushers(member.localpart):
            data = pusher.get("data", {})
            if leads_to(data.get("url")) not in gateways or data.get("format") != IDS_ONLY:
                await keeper.end_pusher(member.localpart, pusher["app_id"], pusher["pushkey"])


class Gateways:
    """The administrator's setting."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def listed(self, asker: Asker) -> list[Gateway]:
        require_role(asker, Role.ADMINISTRATOR)
        return await self._db.read(store.gateways)

    async def add(self, asker: Asker, text: str) -> None:
        """Let telephones be woken over one more gateway. Raises Invalid."""
        gateway = Gateway(gateway_of(text), self._clock.now(), asker.name)

        def work(tx: Tx, asker: Asker) -> None:
            if len(store.gateways(tx)) >= MOST_GATEWAYS:
                raise Invalid({"host": _("알림 서버는 20개까지 등록할 수 있습니다.")})
            if store.add_gateway(tx, gateway):
                self._changed(tx, asker, MessengerAct.ADD_GATEWAY, gateway.host)

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), work))

    async def remove(self, asker: Asker, host: str) -> None:
        """No more over this one: what it woke is ended. Raises NotFound."""

        def work(tx: Tx, asker: Asker) -> None:
            if not store.remove_gateway(tx, host):
                raise NotFound()
            self._changed(tx, asker, MessengerAct.REMOVE_GATEWAY, host)

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), work))

    def _changed(self, tx: Tx, asker: Asker, act: MessengerAct, host: str) -> None:
        audit.record(tx, self._clock, asker, act, host)
        tx.signal(GatewaysChanged(frozenset(one.host for one in store.gateways(tx))))
        tx.signal(WorkToDo())
