"""Releases from the hub to schools: what an update moves, how fast, how often per site.

python scripts/bench_releases.py [--documents 3000] [--megabytes 512] [--nodes 5]

Real parts on this machine: the hub's repository and its serving, nginx (Debian package) as the hub's
guide sets it up, and the node's client with its database and disk. nginx speaks TLS, as the hub
does; curl fetches the same chunk files from it in the same run, in turn with the client. Prints a
table and ends with one line of JSON.
"""

import argparse
import asyncio
import contextlib
import datetime
import ipaddress
import json
import os
import random
import shutil
import socket
import ssl
import statistics
import sys
import tempfile
import unittest.mock
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

sys.path.insert(0, str(Path(__file__).parent.parent))

from hub.app import build
from hub.config import read_config
from kit.clock import SystemClock, monotonic
from kit.db import connect
from kit.problem import Problem
from kit.schema import migrate
from models import index, release
from models.passages import Document
from models.release import ReleaseInfo
from node.releases import store
from node.releases.arrivals import Arrivals
from node.releases.fetching.chunks import FROM_HUB_AT_ONCE, Neighbourhood
from node.releases.fetching.lan import Finder, Found, Peer, alone
from node.releases.model import Release, ReleaseSource
from node.releases.service import Releases
from node.releases.shelf import PartialRelease, ReleaseShelf
from node.releases.stock import Stock
from node.releases.web import GIVING, RELEASES, ROUTES
from protocol.chunks import KINDS, Manifest, ReleaseKind
from protocol.directory import Cursor
from protocol.sync import ReleasePage, ReleasePointer
from scripts.hub_for_bench import prepare

MB = 1024 * 1024
ROUNDS = 3
SITE_MB = 96
SYLLABLES = (
    "가나다라마바사아자차학교생급식안내체험수업방과후돌봄교실운영계획평가출결전입신청보호자동의"
)
NGINX = """
{user}
worker_processes auto; daemon off; master_process on; pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 256; }}
http {{
  access_log off; sendfile on; tcp_nopush on; keepalive_requests 100000;
  client_body_temp_path {folder}/t1; proxy_temp_path {folder}/t2; fastcgi_temp_path {folder}/t3;
  uwsgi_temp_path {folder}/t4; scgi_temp_path {folder}/t5;
  server {{
    listen 127.0.0.1:{tls} ssl;
    listen 127.0.0.1:{plain};
    ssl_certificate {folder}/tls.crt; ssl_certificate_key {folder}/tls.key;
    location /v1/tuf/ {{ alias {releases}/tuf/; }}
    location ~ "^/v1/chunks/([0-9a-f]{{2}})([0-9a-f]{{62}}(\\.zst)?)$" {{
      alias {releases}/chunks/$1/$1$2;
    }}
  }}
}}
"""


class Hub:
    """A hub's repository, its listener for nodes, and what went out of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        prepare(folder)
        self._hub = build(read_config(folder))
        self.repository = self._hub.releases.repository
        self.repository.open()
        self.out = 0

    def province(self, url: str, ca: tuple[str, ...] = ()) -> ReleaseSource:
        """As a school knows it that asks for releases there."""
        root = self.repository.first_root
        assert root is not None
        return ReleaseSource(url, ca, root)

    @contextlib.asynccontextmanager
    async def served(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        """The listener for nodes; counts the bytes of every answer."""
        app = self._hub.api

        async def prepared(request: web.Request, answer: web.StreamResponse) -> None:
            self.out += answer.content_length or 0

        app.on_response_prepare.append(prepared)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        port = runner.addresses[0][1]
        try:
            yield f"http{'s' if tls else ''}://127.0.0.1:{port}"
        finally:
            await runner.cleanup()


class School:
    """A node's releases with their database, disk and, for neighbours, address."""

    def __init__(self, releases: Releases, arrivals: Arrivals, province: ReleaseSource) -> None:
        self.releases = releases
        self.arrivals = arrivals
        self.province = province
        self.url = ""
        self._seq = 0

    async def take(self, manifest: Manifest) -> Release:
        """Fetch a release and use it; the row of it. Raises SystemExit when it did not come."""
        db = self.releases._db  # noqa: SLF001 - the bench looks at the rows
        self._seq += 1
        page = ReleasePage(
            cursor=Cursor(epoch="bench", seq=self._seq),
            items=(ReleasePointer(kind=manifest.kind, version=manifest.version, size=0),),
        )
        await db.write(lambda tx: self.releases.offered(tx, page))
        await self.arrivals.turn()
        found = await db.read(lambda tx: store.release(tx, manifest.kind, manifest.version))
        if found is None or found.step != "ready":
            raise SystemExit(f"the release did not come: {found}")
        await self.releases.activated(manifest.kind, manifest.version)
        return found


@web.middleware
async def refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What the node's shell does, without its pages."""
    try:
        return await handler(request)
    except Problem as problem:
        return web.Response(status=problem.status)


@contextlib.asynccontextmanager
async def school(
    folder: Path, province: ReleaseSource, own_id: str = "bench", finder: Finder = alone
) -> AsyncIterator[School]:
    """A node's releases over a new data directory."""
    folder.mkdir(parents=True)
    clock = SystemClock()
    db = connect(f"sqlite:{folder / 'madang.sqlite3'}")
    await db.open()
    await migrate(db, ("kit", "kit.signin", "node.people", "node.releases"), clock)

    async def where() -> ReleaseSource:
        return province

    port = free_port()
    stock = Stock(db, clock, ReleaseShelf(folder / "releases"))
    arrivals = Arrivals(db, clock, stock, where, KINDS, Neighbourhood(own_id, port, finder))
    releases = Releases(db, clock, stock, KINDS, where)
    app = web.Application(middlewares=[refusals])
    app[RELEASES] = releases
    app[GIVING] = stock.giving
    app.add_routes(ROUTES)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    made = School(releases, arrivals, province)
    made.url = f"http://127.0.0.1:{port}"
    try:
        yield made
    finally:
        await runner.cleanup()
        await db.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# What is published -------------------------------------------------------------------------------


def documents(count: int, seed: int) -> dict[str, list[Document]]:
    """Synthetic Korean articles of about 2,000 characters, by subject."""
    chance = random.Random(seed)
    words = ["".join(chance.choices(SYLLABLES, k=chance.randint(2, 4))) for _number in range(5000)]
    return {
        f"handbook:{number}": [
            Document(
                subject=f"handbook:{number}",
                title=" ".join(chance.choices(words, k=4)),
                text=" ".join(chance.choices(words, k=500)),
                href=f"/handbook/{number}",
                kind="handbook",
                keys=("all",),
                origin="province",
            )
        ]
        for number in range(count)
    }


def describe(folder: Path, kind: ReleaseKind, name: str) -> None:
    release.write(folder, ReleaseInfo(kind=kind, version="1", name=name, created_at=1))


def make_model(folder: Path, megabytes: int) -> None:
    """A release that nothing makes smaller."""
    folder.mkdir(parents=True)
    describe(folder, "model", "bench")
    with (folder / release.MODEL).open("wb") as out:
        out.write(release.GGUF_MAGIC + (3).to_bytes(4, "little"))
        for _number in range(megabytes):
            out.write(os.urandom(MB))


# The three questions -------------------------------------------------------------------------------


class Update(msgspec.Struct):
    """Bytes out of the hub: the whole index to a new school, then one percent changed."""

    index_bytes: int
    whole: int
    moved: int

    @property
    def fraction(self) -> float:
        return self.moved / self.whole


async def update(folder: Path, count: int) -> Update:
    """What one percent of changed documents moves, metadata and manifest counted."""
    hub = Hub(folder / "hub")
    source = folder / "index"
    index.extend(source, documents(count, 1), keep_segments=True)
    describe(source, "knowledge", "bench")
    first = hub.repository.publish("knowledge", source)
    async with hub.served() as url:
        province = hub.province(url)
        async with school(folder / "school", province) as node:
            await node.take(first)
            whole, hub.out = hub.out, 0
            changed = documents(count, 2)
            few = dict(list(changed.items())[::100])
            index.extend(source, few, keep_segments=True)
            second = hub.repository.publish("knowledge", source)
            await node.take(second)
            return Update(second.size, whole, hub.out)


class Speed(msgspec.Struct):
    """MB a second, medians. `client` and `ready` (whole hash and fsync counted) from nginx."""

    curl: float
    client: float
    ready: float
    hub: float

    @property
    def ratio(self) -> float:
        return self.client / self.curl


async def throughput(folder: Path, megabytes: int) -> Speed:
    """A release of incompressible bytes: curl from nginx, the client from nginx, from the hub."""
    hub = Hub(folder / "hub")
    make_model(folder / "model", megabytes)
    manifest = hub.repository.publish("model", folder / "model")
    ca = certificate(folder)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(folder / "tls.crt", folder / "tls.key")
    rates: dict[str, list[float]] = {"curl": [], "client": [], "ready": [], "hub": []}
    size = manifest.size / MB
    async with nginx(folder, hub.folder / "releases") as url, hub.served(tls) as own:
        for number in range(ROUNDS):
            rates["curl"].append(size / await curl(folder / f"curl{number}", url, manifest))
            got, ready = await timed(folder / f"n{number}", hub.province(url, (ca,)), manifest)
            rates["client"].append(size / got)
            rates["ready"].append(size / ready)
            got, _ready = await timed(folder / f"h{number}", hub.province(own, (ca,)), manifest)
            rates["hub"].append(size / got)
    return Speed(**{name: statistics.median(found) for name, found in rates.items()})


async def timed(folder: Path, province: ReleaseSource, manifest: Manifest) -> tuple[float, float]:
    """Seconds until every chunk was there, verified and written; and until it was ready."""
    async with school(folder, province) as node:
        fetched = 0.0
        settle = PartialRelease.settle

        def noting(part: PartialRelease) -> None:
            nonlocal fetched
            fetched = monotonic()
            settle(part)

        with unittest.mock.patch.object(PartialRelease, "settle", noting):
            begun = monotonic()
            await node.take(manifest)
            ready = monotonic()
    await asyncio.to_thread(shutil.rmtree, folder)
    return fetched - begun, ready - begun


async def curl(folder: Path, url: str, manifest: Manifest) -> float:
    """Seconds that curl takes for the same chunk files, as many at once as the client."""
    folder.mkdir()
    lines = [
        f'url = "{url}{chunk.path}"\noutput = "{folder / chunk.sha256}"'
        for chunk in manifest.chunks.values()
    ]
    (folder / "list").write_text("\n".join(lines))
    begun = monotonic()
    process = await asyncio.create_subprocess_exec(
        "curl", "--silent", "--fail", "--parallel", "--parallel-max", str(FROM_HUB_AT_ONCE), "--http1.1",
        "--cacert", str(folder.parent / "tls.crt"), "--config", str(folder / "list"), stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    if await process.wait():
        raise SystemExit("curl failed")
    took = monotonic() - begun
    await asyncio.to_thread(shutil.rmtree, folder)
    return took


async def copies(folder: Path, count: int) -> float:
    """Bytes of chunks out of the hub over the release's, for a site whose nodes begin together."""
    hub = Hub(folder / "hub")
    make_model(folder / "model", SITE_MB)
    manifest = hub.repository.publish("model", folder / "model")
    peers: list[Peer] = []

    @contextlib.asynccontextmanager
    async def finder() -> AsyncIterator[Found]:
        yield lambda: peers

    async with hub.served() as url, contextlib.AsyncExitStack() as stack:
        province = hub.province(url)
        nodes = []
        for number in range(count):
            made = school(folder / f"s{number}", province, f"node {number}", finder)
            node = await stack.enter_async_context(made)
            peers.append(Peer(f"node {number}", node.url))
            nodes.append(node)
        hub.out = 0
        await asyncio.gather(*(node.take(manifest) for node in nodes))
        return hub.out / sum(chunk.wire_size for chunk in manifest.chunks.values())


# nginx ---------------------------------------------------------------------------------------------


def certificate(folder: Path) -> str:
    """A certificate for 127.0.0.1 that is its own CA; its PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "bench")])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.SubjectAlternativeName([address]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "tls.crt").write_bytes(pem)
    (folder / "tls.key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return pem.decode()


@contextlib.asynccontextmanager
async def nginx(folder: Path, releases: Path) -> AsyncIterator[str]:
    """nginx over the repository's folders, as docs/how-to/run-a-hub.md says."""
    found = shutil.which("nginx") or "/usr/sbin/nginx"
    if not Path(found).exists():
        raise SystemExit("nginx is missing: scripts/debian_packages.sh nginx curl")
    tls, plain = free_port(), free_port()
    place = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""  # its workers read what only we may
    place.write_text(
        NGINX.format(folder=folder, releases=releases, tls=tls, plain=plain, user=user)
    )
    process = await asyncio.create_subprocess_exec(found, "-c", str(place), "-e", "stderr")
    try:
        while True:
            with contextlib.suppress(OSError):
                _reader, writer = await asyncio.open_connection("127.0.0.1", plain)
                writer.close()
                break
            await asyncio.sleep(0.05)
        yield f"https://127.0.0.1:{tls}"
    finally:
        process.terminate()
        await process.wait()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=3000)
    parser.add_argument("--megabytes", type=int, default=512)
    parser.add_argument("--nodes", type=int, default=5)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="madang-bench-") as place:
        folder = Path(place)
        for name in ("update", "throughput", "copies"):
            (folder / name).mkdir()
        moved = await update(folder / "update", given.documents)
        speed = await throughput(folder / "throughput", given.megabytes)
        shared = await copies(folder / "copies", given.nodes)
    print(f"index of {given.documents} documents     {moved.index_bytes / MB:10.2f} MB on disk")
    print(f"  to a new school              {moved.whole / MB:10.2f} MB on the wire")
    print(f"  one percent changed          {moved.moved / MB:10.2f} MB on the wire")
    print(f"{given.megabytes} MB over TLS: curl from nginx {speed.curl:8.0f} MB/s")
    print(f"  client from nginx            {speed.client:10.0f} MB/s, verified and written")
    print(f"  client from nginx, to ready  {speed.ready:10.0f} MB/s, whole hash and fsync too")
    print(f"  client from the hub itself   {speed.hub:10.0f} MB/s")
    print(f"site of {given.nodes}: copies out of the hub {shared:8.2f}")
    print(
        json.dumps(
            {
                "update_fraction": round(moved.fraction, 4),
                "throughput_ratio": round(speed.ratio, 3),
                "copies_per_site": round(shared, 3),
                "curl_mb_s": round(speed.curl),
                "client_mb_s": round(speed.client),
                "client_ready_mb_s": round(speed.ready),
                "client_from_hub_mb_s": round(speed.hub),
            }
        )
    )


if __name__ == "__main__":
    asyncio.run(main())
