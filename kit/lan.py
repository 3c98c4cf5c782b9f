"""The local network (DNS-SD over multicast DNS): servers announce themselves and find each other.

    async with announced(NODE_SERVICE, "한빛초등학교", 8711, {"url": "http://…"}):
        …
    async with browsing(NODE_SERVICE) as neighbours:
        for one in neighbours.found():
            …
    hubs = await find(HUB_SERVICE, seconds=3)

What is announced can be forged by anyone on the network: nothing found here is trusted before it
has proved itself. zeroconf is imported when used: it costs memory that an idle node need not pay.
"""

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf

log = logging.getLogger(__name__)

NODE_SERVICE = "_madang._tcp.local."
HUB_SERVICE = "_madang-hub._tcp.local."
ANSWER_WITHIN_MS = 1000


class Found(msgspec.Struct, frozen=True):
    """A server that announces itself. `host` is its IPv4 address."""

    name: str
    host: str
    port: int
    facts: dict[str, str]


def instance_name(name: str) -> str:
    """The name of an announcement: a dot in it would make it invisible."""
    return name.replace(".", " ").strip()[:60] or "madang"


@contextlib.asynccontextmanager
async def announced(
    service: str, name: str, port: int, facts: Mapping[str, str], interface: str | None = None
) -> AsyncIterator[None]:
    """Announce one server while the context is open; without a network it says so and goes on.

    `interface`: the IPv4 address to announce on; None: the one towards the network.
    """
    from zeroconf import ServiceInfo
    from zeroconf.asyncio import AsyncZeroconf

    address = interface or _own_address()
    info = ServiceInfo(
        service,
        f"{instance_name(name)}.{service}",
        port=port,
        addresses=[socket.inet_aton(address)],
        properties=dict(facts),
    )
    announcer: AsyncZeroconf | None = None

    async def register() -> None:
        nonlocal announcer
        try:
            announcer = AsyncZeroconf(interfaces=[address])
            await announcer.async_register_service(info, allow_name_change=True)
        except OSError as error:
            log.warning("cannot announce on the network", extra={"reason": str(error)})

    # Asking whether the name is free takes a second: nobody waits for it.
    registering = asyncio.create_task(register(), name="announcement")
    try:
        yield
    finally:
        registering.cancel()
        await asyncio.gather(registering, return_exceptions=True)
        if announcer is not None:
            await announcer.async_unregister_all_services()
            await announcer.async_close()


def reachable_on(host: str) -> str | None:
    """The interface to announce on, for a server that listens on `host`; None: the network's."""
    if host == "localhost":
        return "127.0.0.1"
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        return None
    return None if address.is_unspecified else host


class Neighbours:
    """Who announces a service at this moment."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._found: dict[str, Found] = {}
        self._asking: set[asyncio.Task[None]] = set()

    def found(self) -> list[Found]:
        """The servers seen and not gone again, by name."""
        return sorted(self._found.values(), key=lambda one: one.name)

    def seen(
        self,
        zeroconf: "Zeroconf",
        service_type: str,
        name: str,
        state_change: "ServiceStateChange",
    ) -> None:
        """Called by zeroconf when a server appears, changes or leaves."""
        from zeroconf import ServiceStateChange

        if state_change is ServiceStateChange.Removed:
            self._found.pop(name, None)
            return
        task = asyncio.get_running_loop().create_task(self._ask(zeroconf, name))
        self._asking.add(task)
        task.add_done_callback(self._asking.discard)

    async def _ask(self, zeroconf: "Zeroconf", name: str) -> None:
        from zeroconf.asyncio import AsyncServiceInfo

        info = AsyncServiceInfo(self._service, name)
        if not await info.async_request(zeroconf, ANSWER_WITHIN_MS) or info.port is None:
            return
        facts = {
            key.decode(errors="replace"): (value or b"").decode(errors="replace")
            for key, value in info.properties.items()
        }
        addresses = info.parsed_addresses()
        if addresses:
            own_name = name.removesuffix("." + self._service)
            self._found[name] = Found(own_name, addresses[0], info.port, facts)

    async def settle(self) -> None:
        """End what is still being asked."""
        for task in self._asking:
            task.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)


@contextlib.asynccontextmanager
async def browsing(service: str, interface: str | None = None) -> AsyncIterator[Neighbours]:
    """The servers that announce a service, kept up to date while the context is open.

    `interface`: where to listen; None: everywhere. Without a network nobody is found.
    """
    from zeroconf import InterfaceChoice
    from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

    neighbours = Neighbours(service)
    try:
        listener = AsyncZeroconf(interfaces=[interface] if interface else InterfaceChoice.All)
    except OSError as error:
        log.warning("cannot look around on the network", extra={"reason": str(error)})
        yield neighbours
        return
    browser = AsyncServiceBrowser(listener.zeroconf, service, handlers=[neighbours.seen])
    try:
        yield neighbours
    finally:
        await browser.async_cancel()
        await neighbours.settle()
        await listener.async_close()


async def find(service: str, seconds: float = 3.0, interface: str | None = None) -> list[Found]:
    """Who announces a service, after listening for some seconds."""
    async with browsing(service, interface) as neighbours:
        await asyncio.sleep(seconds)
        return neighbours.found()


def _own_address() -> str:
    """This machine's address towards its network, else loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: UDP connect picks the route only
            return str(probe.getsockname()[0])
        except OSError:
            return "127.0.0.1"
