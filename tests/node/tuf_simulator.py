"""A province's releases as files in memory, signed by real keys, and a server that may misbehave.

    province = TufSimulator(clock)
    province.publish("knowledge", {"release.json": b"…", "index": b"…"})
    async with serving(province) as server:
        …  # server.url, server.asked, server.answers["/v1/…"] = something else

It is the other side of `node.releases`: real metadata, real HTTP, no part of the hub.
"""

import asyncio
import contextlib
import copy
import hashlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import msgspec
import zstandard
from aiohttp import web
from aiohttp.test_utils import TestServer
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)

from kit.clock import DAY, Clock
from models.release import ReleaseInfo
from protocol.chunks import KINDS, Chunk, Manifest, ReleaseFile, ReleaseKind, target_path
from protocol.message import encode

PIECE = 64 * 1024  # the simulator's chunks: small, so that a story has many
TOP = ("root", "targets", "snapshot", "timestamp")
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def described(kind: ReleaseKind, version: int) -> bytes:
    """A release.json that fits."""
    info = ReleaseInfo(kind=kind, version=str(version), name=f"{kind} {version}", created_at=1)
    return msgspec.json.encode(info)


class TufSimulator:
    """The repository: signed metadata, manifests and chunks by their paths."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.files: dict[str, bytes] = {}
        self.signers = {role: [CryptoSigner.generate_ed25519()] for role in (*TOP, *KINDS)}
        ends = self.ends(400)
        root = Root(expires=ends, consistent_snapshot=True)
        for role in TOP:
            root.add_key(self.signers[role][0].public_key, role)
        roles: dict[str, DelegatedRole] = {
            kind: DelegatedRole(kind, [], 1, terminating=True, paths=[f"{kind}/*"])
            for kind in KINDS
        }
        targets = Targets(expires=ends)
        targets.delegations = Delegations({}, roles)
        for kind in KINDS:
            targets.add_key(self.signers[kind][0].public_key, kind)
        self.signed: dict[str, Any] = {
            "root": root,
            "targets": targets,
            "snapshot": Snapshot(expires=ends, meta={}),
            "timestamp": Timestamp(expires=self.ends(14)),
            **{kind: Targets(expires=ends) for kind in KINDS},
        }
        self.write("root")
        self.sign()

    def ends(self, days: int) -> datetime:
        return datetime.fromtimestamp((self.clock.now() + days * DAY) // 1000, UTC)

    # Signing ------------------------------------------------------------------------------------

    def write(self, role: str) -> bytes:
        """Sign one role as it is now, and lay it where clients look."""
        metadata = Metadata(copy.deepcopy(self.signed[role]))
        for signer in self.signers[role]:
            metadata.sign(signer, append=True)
        raw: bytes = metadata.to_bytes()
        name = f"{self.signed[role].version}.{role}.json" if role != "timestamp" else f"{role}.json"
        self.files["/v1/tuf/" + name] = raw
        return raw

    def sign(self, *roles: str) -> None:
        """Sign everything (or these targets) anew in higher versions."""
        for role in roles or ("targets", *KINDS):
            self.signed[role].version += 1
            self.write(role)
        snapshot, timestamp = self.signed["snapshot"], self.signed["timestamp"]
        for role in ("targets", *KINDS):
            snapshot.meta[f"{role}.json"] = MetaFile(self.signed[role].version)
        snapshot.version += 1
        raw = self.write("snapshot")
        timestamp.snapshot_meta = MetaFile.from_data(snapshot.version, raw, ["sha256"])
        timestamp.version += 1
        timestamp.expires = self.ends(14)
        self.write("timestamp")

    def rotate(self, role: str) -> None:
        """Another key for a top role; the root says so, signed by the keys before and after."""
        old, new = self.signers[role][0], CryptoSigner.generate_ed25519()
        root: Root = self.signed["root"]
        root.revoke_key(old.public_key.keyid, role)
        root.add_key(new.public_key, role)
        root.version += 1
        self.signers[role] = [new]
        if role == "root":
            self.signers["root"] = [old, new]
            self.write("root")
            self.signers["root"] = [new]
        else:
            self.write("root")

    @property
    def first_root(self) -> str:
        return self.files["/v1/tuf/1.root.json"].decode()

    # Publishing ---------------------------------------------------------------------------------

    def publish(
        self,
        kind: ReleaseKind,
        version: int,
        files: dict[str, bytes] | None = None,
        *,
        packed: bool = True,
        piece: int = PIECE,
        by: str = "",
        **differing: Any,
    ) -> Manifest:
        """Publish files as a release. `by`: another role signs it; `differing`: what the manifest
        says besides the truth."""
        content = {"release.json": described(kind, version), **(files or {})}
        made = Manifest(
            **{
                "kind": kind,
                "version": version,
                "name": f"{kind} {version}",
                "created_at": self.clock.now(),
                "files": tuple(
                    self._file(path, one, packed, piece) for path, one in content.items()
                ),
                **differing,
            }
        )
        self.target(target_path(kind, version), encode(made), by or kind)
        return made

    def target(self, path: str, raw: bytes, role: str) -> None:
        """Sign any bytes as a target."""
        self.files[f"/v1/tuf/targets/{path}"] = raw
        self.signed[role].targets[path] = TargetFile.from_data(path, raw, ["sha256"])
        self.sign(role)

    def _file(self, path: str, content: bytes, packed: bool, size: int) -> ReleaseFile:
        pieces = [content[at : at + size] for at in range(0, len(content), size)]
        chunks = tuple(self._chunk(piece, packed) for piece in pieces)
        whole = hashlib.sha256(content).hexdigest()
        return ReleaseFile(path=path, size=len(content), sha256=whole, chunks=chunks)

    def _chunk(self, piece: bytes, packed: bool) -> Chunk:
        sha256 = hashlib.sha256(piece).hexdigest()
        smaller = zstandard.ZstdCompressor().compress(piece)
        if packed and len(smaller) < len(piece) * 0.95:
            self.files[f"/v1/chunks/{sha256}.zst"] = smaller
            return Chunk(sha256=sha256, size=len(piece), packed=len(smaller))
        self.files[f"/v1/chunks/{sha256}"] = piece
        return Chunk(sha256=sha256, size=len(piece))


class Served:
    """A running server. `answers`: by path what is answered instead; `asked`: every path asked."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.answers: dict[str, Answer] = {}
        self.every_chunk: Answer | None = None
        self.asked: list[str] = []
        self.sent = 0
        self.url = ""
        self._heard = asyncio.Condition()

    @property
    def chunks_asked(self) -> list[str]:
        return [path for path in self.asked if path.startswith("/v1/chunks/")]

    async def until_asked(self, paths: set[str]) -> None:
        """Return once any of these was asked for."""
        async with self._heard:
            await self._heard.wait_for(lambda: bool(paths & set(self.asked)))

    async def answer(self, request: web.Request) -> web.StreamResponse:
        path = request.path
        async with self._heard:
            self.asked.append(path)
            self._heard.notify_all()
        if path in self.answers:
            return await self.answers[path](request)
        if self.every_chunk is not None and path.startswith("/v1/chunks/"):
            return await self.every_chunk(request)
        content = self.files.get(path)
        if content is None:
            raise web.HTTPNotFound()
        self.sent += len(content)
        return web.Response(body=content)


@contextlib.asynccontextmanager
async def serving(
    simulator: TufSimulator, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Served]:
    """A real server of a repository on a loopback port."""
    served = Served(simulator.files)
    app = web.Application()
    app.router.add_get("/{path:.*}", served.answer)
    server = TestServer(app, host="127.0.0.1", scheme="https" if tls else "http")
    await server.start_server(ssl=tls)
    served.url = str(server.make_url("")).rstrip("/")
    try:
        yield served
    finally:
        await server.close()


# How servers misbehave ---------------------------------------------------------------------------


def lying(content: bytes) -> Answer:
    """Other bytes than were asked for."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=content)

    return answer


def failing(status: int = 500) -> Answer:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=status)

    return answer


async def endless(request: web.Request) -> web.StreamResponse:
    """Goes on for ever."""
    response = web.StreamResponse()
    await response.prepare(request)
    with contextlib.suppress(ConnectionError):
        while True:
            await response.write(b"x" * 65536)
    return response


def truncated(content: bytes) -> Answer:
    """Promises all and ends in the middle."""

    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(content))})
        await response.prepare(request)
        await response.write(content[: len(content) // 2])
        assert request.transport is not None
        request.transport.abort()
        return response

    return answer


async def never(request: web.Request) -> web.StreamResponse:
    """Takes the question and stays silent."""
    await asyncio.Event().wait()
    raise AssertionError


def flipped(content: bytes, at: int) -> bytes:
    """The same with one bit turned over."""
    changed = bytearray(content)
    changed[at] ^= 1
    return bytes(changed)
