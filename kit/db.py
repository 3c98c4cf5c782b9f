"""The database as one thing: `write(unit)` and `read(unit)`.

A *unit* is a plain synchronous function `unit(tx) -> result`, run whole in one thread hop. Units
are written once and serve SQLite and PostgreSQL alike.

Writes go through one writer thread, which runs the waiting units in one transaction (each under its
own savepoint) and commits them together, as many as fit into 20 ms: *group commit*. `write` returns
after the commit is on disk (SQLite: WAL, synchronous=FULL). A unit that raises undoes only itself.
Reads run on a small pool, each unit in one snapshot.

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
import logging
import queue
import re
import sqlite3
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, Protocol, TypeVar

import msgspec

from kit.clock import monotonic
from kit.i18n import _
from kit.portion import Portion
from kit.problem import Problem
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
SETTLED = 4  # results of a commit that are told in one round of the loop
MAX_GROUP = (
    256  # units in one commit, of those that fit into a Portion: bounds what a bad disk loses
)


class StorageFailed(Problem):
    """The disk is full or the database cannot be reached; nothing of the unit was kept."""

    code = "storage-failed"
    status = 507
    text = _("저장하지 못했습니다. 바뀐 것은 없으니 잠시 뒤에 다시 시도해 주세요.")

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


_here = threading.local()  # `unit`: the unit that runs in this thread


def outside_units(work: Callable[P, T]) -> Callable[P, T]:
    """Mark work that must not hold up a unit: called within one it raises WorkWithinUnit."""

    @functools.wraps(work)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> T:
        unit = getattr(_here, "unit", None)
        if unit is not None:
            raise WorkWithinUnit(work.__qualname__, _name_of(unit))
        return work(*args, **kwargs)

    return guarded


@contextlib.contextmanager
def _within(unit: Callable[["Tx"], Any]) -> Iterator[None]:
    _here.unit = unit
    try:
        yield
    finally:
        _here.unit = None


def _name_of(unit: Callable[["Tx"], Any]) -> str:
    """Where a unit is written: `node.forms.service.Forms.sign.<locals>.work`."""
    while isinstance(unit, functools.partial):
        unit = unit.func
    return f"{unit.__module__}.{getattr(unit, '__qualname__', type(unit).__qualname__)}"


class Connection(Protocol):
    """What a unit needs of a driver's connection."""

    def execute(self, sql: str, params: Sequence[Value] = ()) -> Any: ...
    def executemany(self, sql: str, rows: Iterable[Sequence[Value]]) -> Any: ...
    def in_transaction(self) -> bool: ...
    def is_closed(self) -> bool: ...
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
    settling: str
    """The statement that moves what was committed into its place, beside the writer; "" for none."""

    def connect(self, *, writer: bool) -> Connection: ...
    def begin(self, connection: Connection, *, writer: bool) -> None: ...


class _SQLiteConnection:
    def __init__(self, raw: sqlite3.Connection) -> None:
        self.raw = raw
        self.execute = raw.execute
        self.executemany = raw.executemany

    def in_transaction(self) -> bool:
        return self.raw.in_transaction

    def is_closed(self) -> bool:
        return False

    def close(self) -> None:
        self.raw.close()


class SQLite:
    """One file; WAL so that readers never wait, synchronous=FULL so that a commit is a promise."""

    name = "sqlite"
    failures: tuple[type[Exception], ...] = (sqlite3.OperationalError, sqlite3.DatabaseError)
    settling = "PRAGMA wal_checkpoint(PASSIVE)"

    def __init__(self, path: Path) -> None:
        self.path = path

    def connect(self, *, writer: bool) -> Connection:
        raw = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, cached_statements=512
        )
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
        import psycopg

        self.raw = psycopg.connect(url, autocommit=True)

    def execute(self, sql: str, params: Sequence[Value] = ()) -> Any:
        return self.raw.execute(_postgres_sql(sql), params)

    def executemany(self, sql: str, rows: Iterable[Sequence[Value]]) -> Any:
        with self.raw.cursor() as cursor:
            cursor.executemany(_postgres_sql(sql), rows)

    def in_transaction(self) -> bool:
        import psycopg

        return self.raw.info.transaction_status != psycopg.pq.TransactionStatus.IDLE

    def is_closed(self) -> bool:
        return self.raw.closed

    def close(self) -> None:
        self.raw.close()


class Postgres:
    """A PostgreSQL database. Writers of several hub processes take turns by an advisory lock, so
    that sequences and cursors mean the same as on SQLite."""

    name = "postgresql"
    settling = ""

    def __init__(self, url: str) -> None:
        import psycopg

        self.url = url
        self.failures: tuple[type[Exception], ...] = (psycopg.Error,)

    def connect(self, *, writer: bool) -> Connection:
        return _PostgresConnection(self.url)

    def begin(self, connection: Connection, *, writer: bool) -> None:
        if writer:
            connection.execute("BEGIN")
            connection.execute("SELECT pg_advisory_xact_lock(7263)")
        else:
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")


class _Pending:
    __slots__ = ("error", "future", "result", "unit")

    def __init__(self, unit: Callable[[Tx], Any], future: asyncio.Future[Any]) -> None:
        self.unit = unit
        self.future = future
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
    """One database with one writer and `readers` reading threads. Open before use."""

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
        self._results: deque[_Pending] = deque()
        self._queue: queue.SimpleQueue[_Pending | None] = queue.SimpleQueue()
        self._local = threading.local()
        self._connections: list[Connection] = []
        self._pool = ThreadPoolExecutor(readers, thread_name_prefix="db-read")
        self._writer: threading.Thread | None = None
        self._settler: Settler | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def on_commit(self, listener: CommitListener) -> None:
        """Call `listener(signals)` in the event loop after each commit that carried signals."""
        self._listeners.append(listener)

    async def open(self) -> None:
        """Connect and start the writer. Raises StorageFailed when the database is out of reach."""
        self._loop = asyncio.get_running_loop()
        try:
            connection = await asyncio.to_thread(self.driver.connect, writer=True)
        except self.driver.failures as error:
            raise StorageFailed() from error
        if self.driver.settling:
            connect = functools.partial(self.driver.connect, writer=True)
            self._settler = Settler(connect, self.driver.settling, self.driver.failures)
            self._settler.start()
        self._writer = threading.Thread(
            target=self._write_loop, args=(connection,), name="db-write", daemon=True
        )
        self._writer.start()

    async def close(self) -> None:
        """Finish what is queued, then disconnect."""
        if self._writer is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._writer.join)
            self._writer = None
        if self._settler is not None:
            await asyncio.to_thread(self._settler.stop)
            self._settler = None
        await asyncio.to_thread(self._pool.shutdown)
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    async def write(self, unit: Callable[[Tx], T]) -> T:
        """Run the unit in a transaction; return its result once it is durable."""
        assert self._loop is not None, "open() first"
        future: asyncio.Future[T] = self._loop.create_future()
        self._queue.put(_Pending(unit, future))
        return await future

    async def note(self, unit: Callable[[Tx], T]) -> T | None:
        """`write` for what reading leaves behind: a read mark, the time of a visit. On a full disk
        it is left out, so that whoever reads goes on reading; None then."""
        try:
            return await self.write(unit)
        except StorageFailed:
            return None

    async def read(self, unit: Callable[[Tx], T]) -> T:
        """Run the unit against one snapshot; it cannot change anything."""
        assert self._loop is not None, "open() first"
        return await self._loop.run_in_executor(self._pool, self._read, unit)

    async def glance(self, unit: Callable[[Tx], T]) -> T:
        """`read` for a handful of indexed lookups on the busiest pages, well under a millisecond.

        On SQLite it runs in the event loop itself: handing so little to a thread and back costs
        several times the work. On PostgreSQL, where a read waits for the network, it is `read`.
        """
        if self.driver.name != "sqlite":
            return await self.read(unit)
        return self._read(unit)

    @contextlib.asynccontextmanager
    async def apart(self) -> AsyncIterator["Database"]:
        """The same database over a thread and connections of its own: for whoever reads for long, at
        night or on the command line. No page waits for it. Who comes second waits for the first."""
        async with self._turn:
            beside = Database(self.driver, readers=1)
            beside._loop = asyncio.get_running_loop()  # it only reads: no writer is begun
            try:
                yield beside
            finally:
                self.damage = self.damage or beside.damage
                await beside.close()

    def _read(self, unit: Callable[[Tx], T]) -> T:
        connection: Connection | None = getattr(self._local, "connection", None)
        try:
            if connection is None:
                connection = self.driver.connect(writer=False)
                self._local.connection = connection
                self._connections.append(connection)
            self.driver.begin(connection, writer=False)
        except self.driver.failures as error:
            self._local.connection = None
            raise StorageFailed() from error
        try:
            with _within(unit):
                return unit(Tx(connection))
        except self.driver.failures as error:
            self._note_damage(error)
            raise
        finally:
            if connection.is_closed():
                self._local.connection = None
            else:
                connection.execute("ROLLBACK")

    def _write_loop(self, connection: Connection) -> None:
        while (first := self._queue.get()) is not None:
            group = [first]
            signals: list[object] = []
            stop = False
            portion, begun = Portion(), monotonic()
            try:
                if connection.is_closed():
                    connection = self.driver.connect(writer=True)
                self.driver.begin(connection, writer=True)
                self._run(connection, first, signals)
                while len(group) < MAX_GROUP and not portion.is_full() and not self._queue.empty():
                    following = self._queue.get()
                    if following is None:
                        stop = True
                        break
                    group.append(following)
                    self._run(connection, following, signals)
                connection.execute("COMMIT")
            except BaseException as error:
                self._abandon(connection, group, error)
                signals = []
            if self._settler is not None:
                self._settler.committed()
            self.longest_hold = max(self.longest_hold, monotonic() - begun)
            self.commits += 1
            self.units_written += len(group)
            self._deliver(group, signals)
            if self._settler is not None and self._settler.little_is_left:
                self._settler.finish(connection)
            if stop:
                break
        connection.close()

    def _run(self, connection: Connection, pending: _Pending, signals: list[object]) -> None:
        tx = Tx(connection)
        connection.execute("SAVEPOINT unit")
        begun = monotonic()
        try:
            with _within(pending.unit):
                pending.result = pending.unit(tx)
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
        if took > self.slowest.get(name, 0.0) and (
            name in self.slowest or len(self.slowest) < NAMED
        ):
            self.slowest[name] = took

    def _abandon(self, connection: Connection, group: list[_Pending], error: BaseException) -> None:
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

    def _deliver(self, group: list[_Pending], signals: list[object]) -> None:
        assert self._loop is not None
        try:
            self._loop.call_soon_threadsafe(self._arrived, group, signals)
        except RuntimeError:  # the loop ended before us: nobody is left to be told
            log.warning("results of a commit had no listener", extra={"units": len(group)})

    def _arrived(self, group: list[_Pending], signals: list[object]) -> None:
        """In the event loop: a commit is durable. Its signals are heard before its results."""
        is_first = not self._results
        self._results.extend(group)
        try:
            if signals:
                for listener in self._listeners:
                    listener(signals)
        finally:  # a listener that fails keeps no result from anybody
            if is_first:
                self._settle_some()

    def _settle_some(self) -> None:
        """Whoever gets a result goes on in the loop's next round: a few at a time, for a commit has
        up to MAX_GROUP."""
        assert self._loop is not None
        for _turn in range(min(SETTLED, len(self._results))):
            self._results.popleft().settle()
        if self._results:
            self._loop.call_soon(self._settle_some)


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
