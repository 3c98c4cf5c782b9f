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
import unicodedata
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf

log = logging.getLogger(__name__)

NODE_SERVICE = "_madang._tcp.local."
HUB_SERVICE = "_madang-hub._tcp.local."
ANSWER_WITHIN_MS = 1000
LONGEST_NAME = 55  # bytes
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 600.0
LOOK_EVERY_S = 60.0  # whether this machine has another address now


class Found(msgspec.Struct, frozen=True):
    """A server that announces itself. `host` is its IPv4 address."""

    name: str
    host: str
    port: int
    facts: dict[str, str]


def instance_name(name: str) -> str:
    """The name under which a server is announced.

    A name has 63 bytes (RFC 6763 section 4.1.1), and zeroconf adds `-2` and so on when it is taken:
    it is cut at a syllable to 55. A dot would make it invisible; two names that differ in case only
    would not be told apart.
    """
    plain = unicodedata.normalize("NFC", name).replace(".", " ").lower()
    plain = "".join(letter if letter.isprintable() else " " for letter in plain).strip()
    cut = plain.encode(errors="ignore")[:LONGEST_NAME].decode(errors="ignore").strip()
    return cut or "madang"


@contextlib.asynccontextmanager
async def announced(
    service: str, name: str, port: int, facts: Mapping[str, str], interface: str | None = None
) -> AsyncIterator[None]:
    """Announce one server while the context is open. What goes wrong stops nobody: it is logged
    once and tried again, more and more rarely; a new address of this machine is announced anew.

    `interface`: the IPv4 address to announce on; None: the one towards the network.
    """
    keeping = asyncio.create_task(
        _keep_announced(service, instance_name(name), port, facts, interface), name="announcement"
    )
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _keep_announced(
    service: str, name: str, port: int, facts: Mapping[str, str], interface: str | None
) -> None:
    told = ""
    pause = FIRST_PAUSE_S
    while True:
        address = interface or _own_address()
        try:
            async with _registered(service, name, port, facts, address):
                told = ""
                pause = FIRST_PAUSE_S
                await _moved(address, interface)
        except Exception as error:
            if told != _reason(error):
                told = _reason(error)
                log.warning("cannot announce on the network, will try again: %s", told)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)


async def _moved(address: str, interface: str | None) -> None:
    """Returns once this machine is reached at another address."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        if (interface or _own_address()) != address:
            return


@contextlib.asynccontextmanager
async def _registered(
    service: str, name: str, port: int, facts: Mapping[str, str], address: str
) -> AsyncIterator[None]:
    """Announced on one address; raises whatever the network or zeroconf has against it."""
    from zeroconf import ServiceInfo
    from zeroconf.asyncio import AsyncZeroconf

    _check_own(address)
    info = ServiceInfo(
        service,
        f"{name}.{service}",
        port=port,
        addresses=[socket.inet_aton(address)],
        properties=dict(facts),
    )
    announcer = AsyncZeroconf(interfaces=[address])
    try:
        await (await announcer.async_register_service(info, allow_name_change=True))
        yield
    finally:
        try:
            await announcer.async_unregister_all_services()
        except Exception as error:
            log.info("the end of an announcement could not be told: %s", _reason(error))
        await announcer.async_close()


async def trouble(interface: str | None = None) -> str | None:
    """Why a server cannot be announced (see `announced`); None when it can."""
    from zeroconf.asyncio import AsyncZeroconf

    address = interface or _own_address()
    try:
        _check_own(address)
        await AsyncZeroconf(interfaces=[address]).async_close()
    except Exception as error:
        return _reason(error)
    return None


def _reason(error: Exception) -> str:
    """An error in one line."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(f"{type(error).__name__}: {error}".split())


def _check_own(address: str) -> None:
    """Raises OSError when this machine has no such address: zeroconf would be silent about it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((address, 0))


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
        from zeroconf import IPVersion
        from zeroconf.asyncio import AsyncServiceInfo

        try:
            info = AsyncServiceInfo(self._service, name)
            if not await info.async_request(zeroconf, ANSWER_WITHIN_MS) or info.port is None:
                return
            addresses = info.parsed_addresses(IPVersion.V4Only)
        except Exception as error:
            log.info("a neighbour could not be asked: %s", _reason(error))
            return
        facts = {
            key.decode(errors="replace"): (value or b"").decode(errors="replace")
            for key, value in info.properties.items()
        }
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
    async with contextlib.AsyncExitStack() as ending:
        try:
            listener = AsyncZeroconf(interfaces=[interface] if interface else InterfaceChoice.All)
            ending.push_async_callback(listener.async_close)
            ending.push_async_callback(neighbours.settle)
            browser = AsyncServiceBrowser(listener.zeroconf, service, handlers=[neighbours.seen])
            ending.push_async_callback(browser.async_cancel)
        except Exception as error:
            log.warning("cannot look around on the network: %s", _reason(error))
        yield neighbours


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
