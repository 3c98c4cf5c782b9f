"""The database as one thing: `write(unit)` and `read(unit)`.

A *unit* is a plain synchronous function `unit(tx) -> result`, run whole in one thread hop. Units
are written once and serve SQLite and PostgreSQL alike.

Writes go to one connection, whose thread runs the waiting units in one transaction (each under its
own savepoint) and commits them together, as many as fit into 20 ms: *group commit*. `write` returns
after the commit is on disk (SQLite: WAL, synchronous=FULL). A unit that raises undoes only itself.
Reads go to a small pool, each unit in one snapshot. SQLite's threads are aiosqlite's.

    def advance(tx: Tx) -> int:
        return tx.execute("UPDATE kit_meta SET value = ? WHERE name = ?", ("2", "era"))

    changed = await db.write(advance)

While a unit runs, the one writer (or one of few readers) does nothing else: rendering, hashing of
files, images, archives and the like are marked `@outside_units` and refuse to run within one. How
long the slowest units took is kept in `slowest`, the longest group with its commit in `longest_hold`.

Plans rest on what is written: an index for each question, and where SQLite could begin at the wrong
end a CROSS JOIN, INDEXED BY or a plus before a column that is not to lead. No ANALYZE is run: with its
numbers the plan of a statement would depend on when a school last ran it, and what a test reads from
EXPLAIN QUERY PLAN would not be what serves. A test reads the plans of all statements.

SQL uses `?` for parameters. Remember for PostgreSQL: sums of BIGINT are NUMERIC (cast them), and
LIKE is case-sensitive.
"""

import asyncio
import contextlib
import functools
import inspect
import logging
import re
import sqlite3
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Generic, ParamSpec, Protocol, TypeVar

import aiosqlite
import msgspec

from kit import structs
from kit.clock import monotonic
from kit.i18n import _
from kit.portion import Portion
from kit.problem import Needs, Problem
from kit.settling import Settler

P = ParamSpec("P")
T = TypeVar("T")
S = TypeVar("S")
Value = str | int | float | bytes | None
Row = tuple[Any, ...]
CommitListener = Callable[[list[object]], None]

log = logging.getLogger(__name__)

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
NAMED = 500  # units whose longest run is kept: more than a server has
SETTLED = 2  # results that are told in one round of the loop
MAX_GROUP = 256  # units in one commit, if they fit into a Portion: bounds what a bad disk loses


class StorageFailed(Problem):
    """The disk is full or the database cannot be reached; nothing of the unit was kept."""

    code = "storage-failed"
    status = 507
    text = _("저장하지 못했습니다. 바뀐 것은 없으니 잠시 뒤에 다시 시도해 주세요.")
    needs = Needs.REPAIR

    @property
    def reason(self) -> str:
        """What the database itself said, in one line and without a password of its address: for
        those who look after the server."""
        said = " ".join(str(self.__cause__ or "").split())
        return re.sub(r"(://[^:@/\s]*):[^@\s]*@", r"\1:…@", said)


class WorkWithinUnit(RuntimeError):
    """Work that takes long was begun within a unit: a fault of the program, never of a user."""

    def __init__(self, work: str, unit: str) -> None:
        super().__init__(f"{work} was called within the unit {unit}: do it before, outside")


_running: ContextVar[Callable[["Tx"], Any] | None] = ContextVar("unit", default=None)
"""The unit that runs in this thread."""


def outside_units(work: Callable[P, T]) -> Callable[P, T]:
    """Mark work that must not hold up a unit: called within one it raises WorkWithinUnit."""

    @functools.wraps(work)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        unit = _running.get()
        if unit is not None:
            raise WorkWithinUnit(work.__qualname__, _name_of(unit))
        return work(*args, **kwargs)

    return guarded


def _within(unit: Callable[["Tx"], T], tx: "Tx") -> T:
    _running.set(unit)
    try:
        return unit(tx)
    finally:
        _running.set(None)


def _name_of(unit: Callable[["Tx"], Any]) -> str:
    """Where a unit is written: `node.forms.service.Forms.sign.<locals>.work`, also of what was bound
    to arguments (`partial`) or put into another (`wraps`)."""
    unit = inspect.unwrap(unit)
    while isinstance(unit, functools.partial):
        unit = inspect.unwrap(unit.func)
    return f"{unit.__module__}.{getattr(unit, '__qualname__', type(unit).__qualname__)}"


class Connection(Protocol):
    """What a unit needs of a driver's connection."""

    def execute(self, sql: str, params: Sequence[Value] = ()) -> Any: ...
    def executemany(self, sql: str, rows: Iterable[Sequence[Value]]) -> Any: ...
    def in_transaction(self) -> bool: ...
    def close(self) -> None: ...


class Tx:
    """A unit's view of its transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.signals: list[object] = []

    def execute(self, sql: str, params: Sequence[Value] = ()) -> int:
        """Run a statement; the number of rows it changed."""
        return int(self._connection.execute(sql, params).rowcount)

    def many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Run a statement once for each row of parameters."""
        self._connection.executemany(sql, rows)

    def rows(self, sql: str, params: Sequence[Value] = ()) -> list[Row]:
        found: list[Row] = self._connection.execute(sql, params).fetchall()
        return found

    def row(self, sql: str, params: Sequence[Value] = ()) -> Row | None:
        found: Row | None = self._connection.execute(sql, params).fetchone()
        return found

    def value(self, sql: str, params: Sequence[Value] = ()) -> Any:
        """The first column of the first row, or None."""
        found = self.row(sql, params)
        return None if found is None else found[0]

    def structs(self, kind: Callable[..., S], sql: str, params: Sequence[Value] = ()) -> list[S]:
        """Rows as structs, columns in the order of the struct's fields."""
        return [kind(*row) for row in self.rows(sql, params)]

    def struct(self, kind: Callable[..., S], sql: str, params: Sequence[Value] = ()) -> S | None:
        found = self.row(sql, params)
        return None if found is None else kind(*found)

    def signal(self, what: object) -> None:
        """Hand `what` to the commit listeners once this unit is durable."""
        self.signals.append(what)


class Driver(Protocol):
    """The differences between the two databases."""

    name: str
    failures: tuple[type[Exception], ...]

    def connect(self, *, writer: bool) -> Connection: ...
    def begin(self, connection: Connection, *, writer: bool) -> None: ...


class _SQLiteConnection:
    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        self.execute = raw.execute
        self.executemany = raw.executemany

    def in_transaction(self) -> bool:
        return self.raw.in_transaction

    def close(self) -> None:
        self.raw.close()


class SQLite:
    """One file; WAL so that readers never wait, synchronous=FULL so that a commit is a promise."""

    name = "sqlite"
    failures: tuple[type[Exception], ...] = (sqlite3.OperationalError, sqlite3.DatabaseError)

    def __init__(self, path: Path) -> None:
        self.path = path

    def connect(self, *, writer: bool) -> Connection:
        raw = sqlite3.connect(self.path, isolation_level=None, cached_statements=512)
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("PRAGMA foreign_keys = ON")
        raw.execute("PRAGMA temp_store = MEMORY")
        # The writer's cache is filled by large loads only; it halves what they write to the disk.
        raw.execute("PRAGMA cache_size = -65536" if writer else "PRAGMA cache_size = -8192")
        # Where nobody settles what was committed (kit.settling), the commit does at last: 256 MB.
        raw.execute("PRAGMA wal_autocheckpoint = 64000")
        raw.execute("PRAGMA busy_timeout = 5000")
        if not writer:
            raw.execute("PRAGMA query_only = ON")
        return _SQLiteConnection(raw)

    def begin(self, connection: Connection, *, writer: bool) -> None:
        connection.execute("BEGIN IMMEDIATE" if writer else "BEGIN")


@functools.lru_cache(maxsize=2048)
def _postgres_sql(sql: str) -> str:
    parts = sql.replace("%", "%%").split("'")
    return "'".join(
        part.replace("?", "%s") if index % 2 == 0 else part for index, part in enumerate(parts)
    )


class _PostgresConnection:
    def __init__(self, url: str) -> None:
        self._url = url
        self.renew()

    def renew(self) -> None:
        import psycopg

        self.raw = psycopg.connect(self._url, autocommit=True)

    def execute(self, sql: str, params: Sequence[Value] = ()) -> Any:
        return self.raw.execute(_postgres_sql(sql), params)

    def executemany(self, sql: str, rows: Iterable[Sequence[Value]]) -> Any:
        with self.raw.cursor() as cursor:
            cursor.executemany(_postgres_sql(sql), rows)

    def in_transaction(self) -> bool:
        return not self.raw.closed and self.raw.info.transaction_status.name != "IDLE"

    def close(self) -> None:
        self.raw.close()


class Postgres:
    """A PostgreSQL database. Writers of several hub processes take turns by an advisory lock, so
    that sequences and cursors mean the same as on SQLite."""

    name = "postgresql"

    def __init__(self, url: str) -> None:
        import psycopg

        self.url = url
        self.failures: tuple[type[Exception], ...] = (psycopg.Error,)

    def connect(self, *, writer: bool) -> Connection:
        return _PostgresConnection(self.url)

    def begin(self, connection: Connection, *, writer: bool) -> None:
        assert isinstance(connection, _PostgresConnection)
        if connection.raw.closed:  # the server was restarted, or the network failed
            connection.renew()
        if writer:
            connection.execute("BEGIN")
            connection.execute("SELECT pg_advisory_xact_lock(7263)")
        else:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


class Hand(aiosqlite.Connection):
    """A connection in a thread of its own, aiosqlite's: it does what it is handed, one after the
    other. Of SQLite that thread knows nothing, so it serves a connection of PostgreSQL as well."""

    rests = True
    """A reader that has nothing to do, as far as is known."""

    @classmethod
    async def connected(cls, driver: Driver, *, writer: bool) -> "Hand":
        """One that is ready. Raises StorageFailed when the database is out of reach."""
        connect: Any = functools.partial(driver.connect, writer=writer)
        hand = cls(connect, iter_chunk_size=64)
        hand._thread.daemon = True  # a program that forgot to close ends all the same
        try:
            await hand
        except driver.failures as error:
            hand._thread.join()  # it ends now; left to itself, it may find the loop closed
            raise StorageFailed() from error
        return hand

    @property
    def connection(self) -> Any:
        """The driver's connection, for work in this thread alone."""
        return self._conn

    def hand(self, work: Callable[["Hand"], None]) -> None:
        """Have `work(hand)` done; it raises nothing and tells by itself what came of it."""
        self._tx.put_nowait((None, functools.partial(work, self)))

    async def ask(self, work: Callable[[Any], T]) -> T:
        """Have `work(connection)` done, and wait for its result."""
        execute: Callable[..., Awaitable[T]] = self._execute
        return await execute(work, self._conn)


class _Pending(Generic[T]):
    __slots__ = ("error", "future", "result", "unit")

    def __init__(self, unit: Callable[[Tx], T]) -> None:
        self.unit = unit
        self.future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.result: Any = None
        self.error: BaseException | None = None

    def settle(self) -> None:
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Database:
    """One database with one writing connection and up to `readers` others. Open before use."""

    def __init__(self, driver: Driver, readers: int = 2) -> None:
        self.driver = driver
        self.units_written = 0
        self.commits = 0
        self.slowest: dict[str, float] = {}
        """How long the slowest run of each writing unit took (s), by where the unit is written."""
        self.damage = ""
        """What SQLite said when a unit met a damaged page; it stays: no file heals by itself."""
        self._turn = asyncio.Lock()
        self.longest_hold = 0.0
        """The longest time (s) that one group of units and its commit kept all others waiting."""
        self._listeners: list[CommitListener] = []
        self._results: deque[_Pending[Any]] = deque()
        self._waiting: deque[_Pending[Any]] = deque()
        self._writer: Hand | None = None
        self._asked: deque[_Pending[Any]] = deque()
        self._readers: list[Hand] = []
        self._most_readers = readers
        self._glancing: Connection | None = None
        self._settler: Settler | None = None

    def on_commit(self, listener: CommitListener) -> None:
        """Call `listener(signals)` in the event loop after each commit that carried signals."""
        self._listeners.append(listener)

    async def open(self) -> None:
        """Connect. Raises StorageFailed when the database is out of reach."""
        structs.make_ready()  # units decode them in threads
        connected = functools.partial(Hand.connected, self.driver)
        self._writer = await connected(writer=True)
        self._readers = [await connected(writer=False) for _reader in range(self._most_readers)]
        if self.driver.name == "sqlite":
            self._settler = Settler(await connected(writer=True))
            self._glancing = self.driver.connect(writer=False)

    async def close(self) -> None:
        """Finish what is queued, then disconnect."""
        writer, self._writer = self._writer, None
        if writer is not None:
            await writer.close()
        if self._settler is not None:
            await self._settler.stop()
            self._settler = None
        while self._readers:
            await self._readers.pop().close()
        if self._glancing is not None:
            self._glancing.close()
            self._glancing = None

    async def write(self, unit: Callable[[Tx], T]) -> T:
        """Run the unit in a transaction; return its result once it is durable."""
        assert self._writer is not None, "open() first"
        pending = _Pending(unit)
        self._waiting.append(pending)
        self._writer.hand(self._write)
        return await pending.future

    async def note(self, unit: Callable[[Tx], T]) -> T | None:
        """`write` for what reading leaves behind: a read mark, the time of a visit. On a full disk
        it is left out, so that whoever reads goes on reading; None then."""
        try:
            return await self.write(unit)
        except StorageFailed:
            return None

    async def read(self, unit: Callable[[Tx], T]) -> T:
        """Run the unit against one snapshot; it cannot change anything."""
        assert self._readers, "open() first"
        pending = _Pending(unit)
        self._asked.append(pending)
        reader = next((one for one in self._readers if one.rests), self._readers[0])
        reader.rests = False
        reader.hand(self._read_on)
        return await pending.future

    async def glance(self, unit: Callable[[Tx], T]) -> T:
        """`read` for a handful of indexed lookups on the busiest pages, well under a millisecond.

        On SQLite it runs in the event loop itself, always on one connection (PRAGMA data_version
        means something there alone): handing so little to a thread and back costs several times
        the work. On PostgreSQL, where a read waits for the network, it is `read`.
        """
        if self._glancing is None:
            return await self.read(unit)
        return self._read(unit, self._glancing)

    @contextlib.asynccontextmanager
    async def apart(self) -> AsyncIterator["Database"]:
        """The same database over a connection of its own: for whoever reads for long, at night or
        on the command line. No page waits for it. Who comes second waits for the first."""
        async with self._turn:
            beside = Database(self.driver)
            beside._readers = [await Hand.connected(self.driver, writer=False)]
            try:
                yield beside
            finally:
                self.damage = self.damage or beside.damage
                await beside.close()

    def _read_on(self, reader: Hand) -> None:
        """In a reader's thread: all that waits, whomever it was handed to."""
        with contextlib.suppress(IndexError):  # until nothing waits
            while True:
                pending = self._asked.popleft()
                try:
                    pending.result = self._read(pending.unit, reader.connection)
                except BaseException as error:
                    pending.error = error
                pending.future.get_loop().call_soon_threadsafe(self._settle, [pending])
        reader.rests = True

    def _read(self, unit: Callable[[Tx], T], connection: Connection) -> T:
        try:
            self.driver.begin(connection, writer=False)
        except self.driver.failures as error:
            raise StorageFailed() from error
        try:
            return _within(unit, Tx(connection))
        except self.driver.failures as error:
            self._note_damage(error)
            raise
        finally:
            if connection.in_transaction():
                connection.execute("ROLLBACK")

    def _write(self, writer: Hand) -> None:
        """In the writer's thread, once for each unit: whoever waits by then goes along."""
        if not self._waiting:
            return  # it went along with another
        connection: Connection = writer.connection
        group = [self._waiting.popleft()]
        signals: list[object] = []
        portion, begun = Portion(), monotonic()
        try:
            self.driver.begin(connection, writer=True)
            self._run(connection, group[0], signals)
            while len(group) < MAX_GROUP and not portion.is_full() and self._waiting:
                group.append(self._waiting.popleft())
                self._run(connection, group[-1], signals)
            connection.execute("COMMIT")
        except BaseException as error:
            self._abandon(connection, group, error)
            signals = []
        self.longest_hold = max(self.longest_hold, monotonic() - begun)
        self.commits += 1
        self.units_written += len(group)
        try:
            group[0].future.get_loop().call_soon_threadsafe(self._arrived, group, signals)
        except RuntimeError:  # the loop ended before us: nobody is left to be told
            log.warning("results of a commit had no listener", extra={"units": len(group)})
        if self._settler is not None and self._settler.little_is_left:
            self._settler.finish(connection)

    def _run(self, connection: Connection, pending: _Pending[Any], signals: list[object]) -> None:
        tx = Tx(connection)
        connection.execute("SAVEPOINT unit")
        begun = monotonic()
        try:
            pending.result = _within(pending.unit, tx)
        except BaseException as error:
            self._note_damage(error)
            if not connection.in_transaction():
                raise  # the database itself gave up (full disk): the whole group is gone
            connection.execute("ROLLBACK TO SAVEPOINT unit")
            pending.error = error
        else:
            signals.extend(tx.signals)
        connection.execute("RELEASE SAVEPOINT unit")
        self._note(pending.unit, monotonic() - begun)

    def _note_damage(self, error: BaseException) -> None:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED:
            self.damage = str(error)

    def _note(self, unit: Callable[[Tx], Any], took: float) -> None:
        name = _name_of(unit)
        is_kept = name in self.slowest or len(self.slowest) < NAMED
        if is_kept and took > self.slowest.get(name, 0.0):
            self.slowest[name] = took

    def _abandon(
        self, connection: Connection, group: list[_Pending[Any]], error: BaseException
    ) -> None:
        expected = isinstance(error, self.driver.failures)
        log.error(
            "commit failed: %s", error, exc_info=not expected and error, extra={"units": len(group)}
        )
        try:
            if connection.in_transaction():
                connection.execute("ROLLBACK")
        except self.driver.failures as failure:
            log.error("rollback failed", exc_info=failure)
        for pending in group:
            if pending.error is None:
                pending.error = StorageFailed()
                pending.error.__cause__ = error

    def _arrived(self, group: list[_Pending[Any]], signals: list[object]) -> None:
        """In the event loop: a commit is durable. Its signals are heard before its results."""
        if self._settler is not None:
            self._settler.committed()
        try:
            if signals:
                for listener in self._listeners:
                    listener(signals)
        finally:  # a listener that fails keeps no result from anybody
            self._settle(group)

    def _settle(self, results: list[_Pending[Any]]) -> None:
        """In the event loop. Whoever gets a result goes on in the loop's next round: a few at a time,
        for a commit has up to MAX_GROUP, and readers end as many units while the loop is busy."""
        is_first = not self._results
        self._results.extend(results)
        if is_first:
            asyncio.get_running_loop().call_soon(self._settle_some)

    def _settle_some(self) -> None:
        for _turn in range(min(SETTLED, len(self._results))):
            self._results.popleft().settle()
        if self._results:
            asyncio.get_running_loop().call_soon(self._settle_some)


def connect(url: str, readers: int = 2) -> Database:
    """A Database for `sqlite:PATH` or `postgresql://…`."""
    if url.startswith("postgresql:"):
        return Database(Postgres(url), readers)
    return Database(SQLite(Path(url.removeprefix("sqlite:"))), readers)


def encode(value: object) -> str:
    """A value as JSON text for a TEXT column."""
    return msgspec.json.encode(value).decode()


def decode(text: str, kind: type[T]) -> T:
    """A JSON column back into its type."""
    return msgspec.json.decode(text, type=kind)
