"""Messages between people, through the nodes, against two bare Synapse servers in the same run.

python scripts/bench_messenger.py [--messages 60] [--missed 200]

Both pairs do the same: a message is sent, and timed until the other client, which waits in a sync,
has it; within one server and from one to the other. The bare pair federates over TLS without
gate, tunnel or node. All run at once and are measured in turn, a part of the messages each time:
the machine is as fast for the ones as for the others. Then one school is stopped, written to, and
started again: how long after it answers its first client until the last missed message is there.
Prints a table and ends with one line of JSON.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import msgspec

sys.path.insert(0, str(Path(__file__).parent.parent))

from hub.schools.authority import make_authority
from kit.clock import SystemClock, monotonic
from kit.supervisor import Child, Supervisor
from node.config import FILE, read_config, toml_of
from node.messenger.synapse.homeserver import LOGGING
from scripts.demo import children
from scripts.demo_content.cast import PASSWORD
from scripts.demo_province import make_province
from scripts.hub_for_bench import free_port

BASE_PORT = 8880
WARM_UP = 5
PARTS = 4  # in which the pairs take turns
PAUSE_S = 0.25  # within what a school's server lets one person write
NAMES = ("one.bare.test", "two.bare.test")


class Client:
    """A client of one account: signs in, writes, waits."""

    def __init__(self, session: aiohttp.ClientSession, base: str) -> None:
        self._session = session
        self._base = base
        self._token = ""
        self.user_id = ""
        self.since = ""

    async def call(
        self, method: str, path: str, body: object = None, **params: str
    ) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        async with self._session.request(
            method,
            f"{self._base}/_matrix/client/v3/{path}",
            json=body,
            params=params,
            headers=headers,
        ) as answer:
            found = await answer.json()
            if answer.status != 200:
                raise RuntimeError(f"{method} {path}: {answer.status} {found}")
            return dict(found)

    async def sign_in(self, user: str, password: str) -> None:
        who = {"type": "m.id.user", "user": user}
        body = {"type": "m.login.password", "identifier": who, "password": password}
        found = await self.call("POST", "login", body)
        self._token, self.user_id = str(found["access_token"]), str(found["user_id"])

    async def register(self, user: str) -> None:
        body = {"username": user, "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
        found = await self.call("POST", "register", body)
        self._token, self.user_id = str(found["access_token"]), str(found["user_id"])

    async def room_with(self, other: "Client") -> str:
        body = {"preset": "trusted_private_chat", "invite": [other.user_id]}
        room = str((await self.call("POST", "createRoom", body))["room_id"])
        for _attempt in range(100):
            with contextlib.suppress(RuntimeError):
                await other.call("POST", f"join/{room}", {})
                return room
            await asyncio.sleep(0.2)
        raise RuntimeError("the other could not join")

    async def look(self, wait_ms: int) -> dict[str, object]:
        params = {"timeout": str(wait_ms)} | ({"since": self.since} if self.since else {})
        found = await self.call("GET", "sync", **params)
        self.since = str(found["next_batch"])
        return found

    async def say(self, room: str, text: str) -> None:
        body = {"msgtype": "m.text", "body": text}
        await self.call("PUT", f"rooms/{room}/send/m.room.message/{text}", body)

    async def hears(self, text: str) -> None:
        while text not in json.dumps(await self.look(30_000)):
            pass


async def send_to_receive(
    sender: Client, reader: Client, room: str, count: int, mark: str
) -> list[float]:
    """Seconds from sending to the reader's having it, one message after the other."""
    await reader.look(0)
    taken = []
    for number in range(count + WARM_UP):
        text = f"{mark}-{number}"
        waiting = asyncio.create_task(reader.hears(text))
        await asyncio.sleep(0.02)  # the reader waits already, as people's clients do
        begun = monotonic()
        await sender.say(room, text)
        await waiting
        if number >= WARM_UP:
            taken.append(monotonic() - begun)
        await asyncio.sleep(PAUSE_S)
    return taken


# The bare pair --------------------------------------------------------------------------------


def bare_settings(
    folder: Path, name: str, plain: int, secure: int, cert: Path, key: Path, ca: Path
) -> Path:
    folder.mkdir(parents=True)
    (folder / "log.yaml").write_bytes(msgspec.json.encode(LOGGING))
    settings = {
        "server_name": f"localhost:{secure}",
        "listeners": [
            {"port": plain, "bind_addresses": ["127.0.0.1"], "type": "http",
             "resources": [{"names": ["client"]}]},
            {"port": secure, "bind_addresses": ["127.0.0.1"], "type": "http", "tls": True,
             "resources": [{"names": ["federation"]}]},
        ],
        "tls_certificate_path": str(cert),
        "tls_private_key_path": str(key),
        "federation_custom_ca_list": [str(ca)],
        "database": {"name": "sqlite3", "args": {"database": str(folder / "homeserver.db")}},
        "background_updates": {"sleep_enabled": False},
        "log_config": str(folder / "log.yaml"),
        "media_store_path": str(folder / "media"),
        "signing_key_path": str(folder / "signing.key"),
        "macaroon_secret_key": "bench",
        "report_stats": False,
        "suppress_key_server_warning": True,
        "trusted_key_servers": [],
        "ip_range_whitelist": ["127.0.0.1/32"],
        "presence": {"enabled": False},
        "enable_registration": True,
        "enable_registration_without_verification": True,
        "rc_message": {"per_second": 1000, "burst_count": 1000},
    }  # fmt: skip
    place = folder / "homeserver.yaml"
    place.write_bytes(msgspec.json.encode(settings))
    return place


def answering(url: str) -> object:
    async def healthy() -> bool:
        async with aiohttp.ClientSession() as session:
            with contextlib.suppress(aiohttp.ClientError, OSError):
                async with session.get(url) as answer:
                    return answer.status == 200
        return False

    return healthy


@contextlib.asynccontextmanager
async def bare_pair(folder: Path) -> AsyncIterator[tuple[str, str]]:
    """Two Synapse servers as they come, federating over TLS; the addresses for clients."""
    authority = make_authority(folder / "ca", "bench", ("localhost",), SystemClock())
    ca = folder / "ca.pem"
    ca.write_text("".join(authority.chain_pem))
    cert = key = folder / "ca" / "tls.pem"  # certificate and key in one file
    supervisor = Supervisor()
    addresses = []
    for name in NAMES:
        plain, secure = free_port(), free_port()
        place = bare_settings(folder / name, name, plain, secure, cert, key, ca)
        command = [sys.executable, "-m", "synapse.app.homeserver", "-c", str(place)]
        keys = await asyncio.create_subprocess_exec(
            *command, "--generate-keys", stderr=asyncio.subprocess.DEVNULL
        )
        await keys.wait()
        url = f"http://127.0.0.1:{plain}"
        supervisor.add(
            Child(name, command, answering(f"{url}/health"), folder / name / "log", {}, 60)  # type: ignore[arg-type]
        )
        addresses.append(url)
    await supervisor.start()
    try:
        yield addresses[0], addresses[1]
    finally:
        await supervisor.stop()


# The schools ----------------------------------------------------------------------------------


class Pair(msgspec.Struct):
    """Two people of one server and one of another, in rooms for two; what messages took (ms)."""

    one: Client
    two: Client
    other: Client
    near: str
    far: str
    local: list[float]
    federated: list[float]

    async def measure(self, count: int, mark: str) -> None:
        for reader, room, took in (
            (self.two, self.near, self.local),
            (self.other, self.far, self.federated),
        ):
            seconds = await send_to_receive(self.one, reader, room, count, mark)
            took.extend(1000 * each for each in seconds)


async def paired(one: Client, two: Client, other: Client) -> Pair:
    near, far = await one.room_with(two), await one.room_with(other)
    return Pair(one, two, other, near, far, [], [])


async def serving(session: aiohttp.ClientSession, base: str) -> None:
    """Return once a messenger answers clients."""
    while True:
        with contextlib.suppress(aiohttp.ClientError, OSError):
            async with session.get(f"{base}/_matrix/client/versions") as answer:
                if answer.status == 200:
                    return
        await asyncio.sleep(0.05)


async def settled(root: Path) -> None:
    """Return once no process of the schools is busy any more: rooms are made, the index is there."""
    before = _cpu(root)
    while True:
        await asyncio.sleep(5)
        now = _cpu(root)
        if now - before < 0.15 * 5:
            return
        before = now


def _processes(root: Path) -> list[tuple[int, str]]:
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            words = place.read_bytes().decode(errors="replace")
            if str(root) in words:
                found.append((int(place.parent.name), words))
    return found


def _cpu(root: Path) -> float:
    """Seconds of processor that the schools' processes have used."""
    ticks = 0
    for pid, _words in _processes(root):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def synapse_mb(root: Path) -> float:
    """Resident memory of the larger of the schools' Synapse servers."""
    sizes = [0.0]
    for pid, words in _processes(root):
        if "synapse.app.homeserver" in words:
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            sizes.append(pages * os.sysconf("SC_PAGE_SIZE") / 1e6)
    return max(sizes)


async def catch_up(
    supervisor: Supervisor, one: Client, other: Client, base: str, missed: int
) -> float:
    """Seconds from when the returned school's messenger answers until all it missed is there."""
    room = await one.room_with(other)
    await other.look(0)
    school = supervisor.child("saesol")
    await school.stop()
    for number in range(missed):
        await one.say(room, f"missed-{number}")
        await asyncio.sleep(PAUSE_S)
    await school.start()
    async with aiohttp.ClientSession() as session:
        await serving(session, base)
        begun = monotonic()
        await other.hears(f"missed-{missed - 1}")
    return monotonic() - begun


async def registered(session: aiohttp.ClientSession, here: str, there: str) -> Pair:
    one, two, other = Client(session, here), Client(session, here), Client(session, there)
    await one.register("one")
    await two.register("two")
    await other.register("other")
    return await paired(one, two, other)


async def schools(
    root: Path, session: aiohttp.ClientSession, messages: int, missed: int, bare: Pair
) -> dict[str, float]:
    await make_province(root, BASE_PORT, lambda line: print(line, file=sys.stderr))
    for slug in ("hanbit", "saesol"):  # the assistants are another benchmark's
        config = msgspec.structs.replace(read_config(root / slug), data_dir="", assistant=False)
        (root / slug / FILE).write_text(toml_of(config), encoding="utf-8")
    supervisor = Supervisor()
    for child in children(root):
        supervisor.add(child)
    await supervisor.start()
    try:
        here, there = f"http://127.0.0.1:{BASE_PORT + 11}", f"http://127.0.0.1:{BASE_PORT + 12}"
        for base in (here, there):
            await serving(session, base)
        await settled(root)
        one, two, other = Client(session, here), Client(session, here), Client(session, there)
        await one.sign_in("hb-park", PASSWORD)
        await two.sign_in("hb-office", PASSWORD)
        await other.sign_in("ss-seo", PASSWORD)
        ours = await paired(one, two, other)
        for part in range(PARTS):
            for pair, name in ((bare, "bare"), (ours, "school")):
                await pair.measure(-(-messages // PARTS), f"{name}-{part}")
        back = await catch_up(supervisor, one, other, there, missed)
        near, far = statistics.median(ours.local), statistics.median(ours.federated)
        return {
            "local_p50_ms": round(near, 1),
            "federated_p50_ms": round(far, 1),
            "vs_bare_synapse": round(
                max(near / statistics.median(bare.local), far / statistics.median(bare.federated)),
                2,
            ),
            "catch_up_s": round(back, 1),
            "synapse_mb": round(synapse_mb(root), 1),
        }
    finally:
        await supervisor.stop()


async def bench(messages: int, missed: int) -> dict[str, float]:
    timeout = aiohttp.ClientTimeout(total=120)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            bare_pair(folder / "bare") as (here, there),
        ):
            bare = await registered(session, here, there)
            found = await schools(folder / "province", session, messages, missed, bare)
    print(f"{'':24}{'schools':>12}{'bare Synapse':>14}")
    for label, key, measured in (
        ("within a server, p50 ms", "local_p50_ms", bare.local),
        ("to another, p50 ms", "federated_p50_ms", bare.federated),
    ):
        print(f"{label:24}{found[key]:>12}{statistics.median(measured):>14.1f}")
    print(f"{f'{missed} missed, s':24}{found['catch_up_s']:>12}")
    print(f"{'Synapse, MB':24}{found['synapse_mb']:>12}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=60)
    parser.add_argument("--missed", type=int, default=200)
    given = parser.parse_args()
    print(json.dumps(asyncio.run(bench(given.messages, given.missed))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
