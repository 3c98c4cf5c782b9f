"""The local network: the node announces its pages, and `join` can find a hub.

zeroconf is imported when used: it costs memory that a school's idle node need not pay.
"""

import asyncio
import logging
import socket
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from zeroconf import InterfaceChoice

log = logging.getLogger(__name__)

NODE_SERVICE = "_madang._tcp.local."
HUB_SERVICE = "_madang-hub._tcp.local."


class FoundHub(msgspec.Struct, frozen=True):
    """A hub that announces itself on this network. Nothing of it is trusted before the proof."""

    name: str
    url: str


def instance_name(name: str) -> str:
    """The name of an announcement: a dot in it would make it invisible."""
    return name.replace(".", " ").strip()[:60] or "madang"


class Announcement:
    """Announces one service while open."""

    def __init__(
        self,
        service: str,
        name: str,
        port: int,
        facts: dict[str, str],
        interface: str | None = None,
    ) -> None:
        self._interface = interface
        self._service = service
        self._name = name
        self._port = port
        self._facts = facts
        self._zeroconf: object | None = None

    async def open(self) -> None:
        from zeroconf import ServiceInfo
        from zeroconf.asyncio import AsyncZeroconf

        addresses = [socket.inet_aton(self._interface or _own_address())]
        info = ServiceInfo(
            self._service,
            f"{instance_name(self._name)}.{self._service}",
            port=self._port,
            addresses=addresses,
            properties=self._facts,
        )
        try:
            announcer = AsyncZeroconf(interfaces=_interfaces(self._interface))
            await announcer.async_register_service(info, allow_name_change=True)
        except OSError as error:
            log.warning("cannot announce on the network", extra={"reason": str(error)})
            return
        self._zeroconf = announcer

    async def close(self) -> None:
        from zeroconf.asyncio import AsyncZeroconf

        if isinstance(self._zeroconf, AsyncZeroconf):
            await self._zeroconf.async_unregister_all_services()
            await self._zeroconf.async_close()
            self._zeroconf = None


async def find_hubs(seconds: float = 3.0, interface: str | None = None) -> list[FoundHub]:
    """Hubs announced on this network, by name."""
    from zeroconf import ServiceStateChange, Zeroconf
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncServiceInfo, AsyncZeroconf

    names: set[str] = set()

    def seen(
        zeroconf: Zeroconf, service_type: str, name: str, state_change: ServiceStateChange
    ) -> None:
        if state_change is not ServiceStateChange.Removed:
            names.add(name)

    listener = AsyncZeroconf(interfaces=_interfaces(interface))
    browser = AsyncServiceBrowser(listener.zeroconf, HUB_SERVICE, handlers=[seen])
    try:
        await asyncio.sleep(seconds)
        found = []
        for name in sorted(names):
            info = AsyncServiceInfo(HUB_SERVICE, name)
            if await info.async_request(listener.zeroconf, 1000):
                url = (info.properties.get(b"url") or b"").decode()
                if url:
                    found.append(FoundHub(name.removesuffix("." + HUB_SERVICE), url))
        return found
    finally:
        await browser.async_cancel()
        await listener.async_close()


def _interfaces(interface: str | None) -> "list[str] | InterfaceChoice":
    from zeroconf import InterfaceChoice

    return InterfaceChoice.Default if interface is None else [interface]


def _own_address() -> str:
    """This machine's address towards its network, else loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: UDP connect picks the route only
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
