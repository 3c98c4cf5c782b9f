"""What the servers of many tests begin with: made once in a process, and taken from there again.

New databases are made by the migrations once, and copied from then on. Three hundred statements, each
of which has SQLite read the schema anew, were two thirds of what a school costs a test; PostgreSQL takes
longer still. What migrations make of databases that are not new they still make each time.

A password is hashed once, and held against a hash once: argon2 takes its time by design.

The routes of a slice are worked out once: there are hundreds, and aiohttp compiles the address of each
and looks into each handler.
"""

import asyncio
import contextlib
import copy
import functools
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import FunctionType
from typing import ClassVar, Literal

from aiohttp.web import AbstractResource, AbstractRoute, AbstractRouteDef, RouteDef, UrlDispatcher
from aiohttp.web_urldispatcher import Resource
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from kit import schema
from kit.clock import Clock
from kit.db import Database, Postgres, SQLite, Tx
from kit.ids import new_epoch
from kit.schema import set_meta


class OnceHasher(PasswordHasher):
    """Argon2 as the servers use it, whose findings are remembered."""

    _hashes: ClassVar[dict[str, str]] = {}
    _fits: ClassVar[dict[tuple[str, str], bool]] = {}

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        known = str(password)
        if known not in self._hashes:
            self._hashes[known] = super().hash(password, salt=salt)
        return self._hashes[known]

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:
        pair = str(hash), str(password)
        if pair not in self._fits:
            try:
                self._fits[pair] = super().verify(hash, password)
            except VerifyMismatchError:
                self._fits[pair] = False
        if not self._fits[pair]:
            raise VerifyMismatchError
        return True


class Registered:
    """Routes as aiohttp registers them, by what they say."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], list[AbstractResource]] = {}

    def add(self, router: UrlDispatcher, routes: Iterable[AbstractRouteDef]) -> list[AbstractRoute]:
        """In place of `UrlDispatcher.add_routes`, and with the same end."""
        told = list(routes)
        key = tuple(_key(one) for one in told)
        if not told or None in key or _goes_on(router, told[0]):
            return _register(router, told)
        if key in self._known:
            made = self._known[key]
            for one in made:
                router.register_resource(one)
        else:
            before = len(router._resources)
            _register(router, told)
            made = router._resources[before:]
        # To the last one an application may add methods.
        self._known[key] = [*made[:-1], _copied(made[-1])]
        return [route for one in made for route in one]


def _key(told: AbstractRouteDef) -> tuple[object, ...] | None:
    """What tells a route from others; None for one that is of a single server."""
    if not isinstance(told, RouteDef) or not isinstance(told.handler, FunctionType):
        return None
    if "<locals>" in told.handler.__qualname__:
        return None
    return told.method, told.path, told.handler, *told.kwargs.items()


def _goes_on(router: UrlDispatcher, told: AbstractRouteDef) -> bool:
    """Whether a route is of the address registered last: aiohttp adds it there."""
    last = router._resources[-1:]
    return isinstance(told, RouteDef) and any(one.raw_match(told.path) for one in last)


def _copied(resource: AbstractResource) -> AbstractResource:
    made = copy.copy(resource)
    if isinstance(made, Resource):
        made._routes = dict(made._routes)
        made._allowed_methods = set(made._allowed_methods)
    return made


_register = UrlDispatcher.add_routes


class Prepared:
    """Databases as migrations leave an empty one, by where they are and the text of the migrations."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[str, int], str] = {}

    async def migrate(self, db: Database, packages: Sequence[str], clock: Clock) -> int:
        """In place of `kit.schema.migrate`, and with the same end."""
        if not await db.read(_is_empty if isinstance(db.driver, SQLite) else _is_empty_there):
            return await schema.migrate(db, packages, clock)
        server, own = _place(db)
        text = _text(tuple(packages))
        made = self._made.get((server, text))
        if made is None:
            applied = await schema.migrate(db, packages, clock)
            made = f"{server or self._folder}/prepared{len(self._made)}"
            await _copy(db, own, made)
            self._made[server, text] = made
            return applied
        await _copy(db, made, own)

        def settle(tx: Tx) -> int:
            set_meta(tx, "epoch", str(new_epoch()))
            return tx.execute("UPDATE kit_migration SET applied_at = ?", (clock.now(),))

        return await db.write(settle)


@functools.cache
def _text(packages: tuple[str, ...]) -> int:
    """What tells migrations from others; nobody changes those of a server while tests run."""
    return hash(tuple((one, *schema._migrations(one)) for one in packages))


def _is_empty(tx: Tx) -> bool:
    return not tx.row("SELECT 1 FROM sqlite_master LIMIT 1")


def _is_empty_there(tx: Tx) -> bool:
    return not tx.row("SELECT 1 FROM pg_tables WHERE schemaname = 'public' LIMIT 1")


def _place(db: Database) -> tuple[str, str]:
    """Its server's URL, empty for a file; its own URL or path."""
    if isinstance(db.driver, Postgres):
        return db.driver.url.rpartition("/")[0], db.driver.url
    assert isinstance(db.driver, SQLite)
    return "", str(db.driver.path)


async def _copy(db: Database, source: str, target: str) -> None:
    """Make one database what another is; `db`, which is open, is one of them."""
    if isinstance(db.driver, SQLite):
        _copy_file(source, target)
        return
    await db.close()  # a server copies only what nobody uses
    await asyncio.to_thread(copy_there, source, target)
    await db.open()


def _copy_file(source: str, target: str) -> None:
    """Whoever has one of them open goes on with what is there now."""
    with (
        contextlib.closing(sqlite3.connect(source)) as read,
        contextlib.closing(sqlite3.connect(target)) as written,
    ):
        written.execute("PRAGMA journal_mode = WAL")
        read.backup(written)


def copy_there(source: str, target: str) -> None:
    """Make a database of a PostgreSQL server what another of it is, both by URL. Files are copied: what
    the server else does, write each page to its log, takes five times as long."""
    drop_there(target)
    from_there = source.rpartition("/")[2]
    _order(target, 'CREATE DATABASE "{}" TEMPLATE ' + f'"{from_there}" STRATEGY FILE_COPY')


def drop_there(url: str) -> None:
    """A database of a PostgreSQL server goes, whoever has it open."""
    _order(url, 'DROP DATABASE IF EXISTS "{}" WITH (FORCE)')


def _order(url: str, order: str) -> None:
    """Have a server do something about one of its databases, by URL."""
    import psycopg

    server, _slash, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(order.format(name))
