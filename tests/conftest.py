"""What every room's tests share: real databases, a clock that stands still, ports nobody else takes."""

import asyncio
import contextlib
import gc
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path

import pytest
from aiohttp.web import UrlDispatcher
from hypothesis import settings
from playwright.async_api import Browser
from xdist.remote import Producer

from kit.clock import ManualClock, moment
from kit.db import Database, Postgres, SQLite
from kit.ids import new_id
from kit.signin import passwords
from kit.web import assembly
from tests.browsing import chromium
from tests.prepared import OnceHasher, Prepared, Registered, copy_there, drop_there
from tests.spreading import Spread, in_order
from tests.starting import starts_something

NOW = moment(2026, 11, 23, 9, 0)

# Below what the system gives to outgoing connections, and a range for each process of pytest-xdist:
# a port that was free a moment ago stays free.
PORTS_EACH = 2000
_PORTS = itertools.count(
    12_000 + PORTS_EACH * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:])
)


settings.register_profile("madang", deadline=None)  # what is right, however busy the machine
settings.load_profile("madang")

MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30


def pytest_configure() -> None:
    """Tests have their folders in memory where there is room: what a server waits for until it is on
    a disk is there at once, and as processes are killed here and machines are not, it stays as well."""
    runs_programs = MEMORY.is_dir() and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    if runs_programs and shutil.disk_usage(MEMORY).free >= ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick", action="store_true", help="leave out what starts a server, a browser or a model"
    )


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Spread | None:
    return Spread(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    in_order(items)
    if not config.getoption("quick"):
        return
    left_out = [item for item in items if starts_something(item)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in set(left_out)]


def pytest_collection_finish() -> None:
    """All that is imported stays: the garbage collector need not walk it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
async def started_browser() -> AsyncIterator[Browser]:
    """One for all tests of a process: to start it costs more than most of them."""
    async with chromium() as started:
        yield started


@pytest.fixture
async def browser(started_browser: Browser) -> AsyncIterator[Browser]:
    """A real browser. What a test opens in it is closed after it."""
    others = set(started_browser.contexts)
    yield started_browser
    for context in started_browser.contexts:
        if context not in others:
            await context.close()


@pytest.fixture
def clock() -> ManualClock:
    """Monday 23 November 2026, 09:00 in Seoul."""
    return ManualClock(NOW)


@pytest.fixture(scope="session", autouse=True)
def _prepared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What servers begin with is made once in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "PasswordHasher", OnceHasher)
        registered = Registered()
        patch.setattr(
            UrlDispatcher, "add_routes", lambda router, routes: registered.add(router, routes)
        )
        patch.setattr(assembly, "migrate", Prepared(tmp_path_factory.mktemp("prepared")).migrate)
        # Servers that are processes of their own share what they compile and compress.
        own = tmp_path_factory.getbasetemp()
        shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
        patch.setenv("CACHE_DIRECTORY", str(shared / "cache"))
        yield


def apart_from_all_networks() -> list[str]:
    """What to put before a command so that it runs without any network interface."""
    unshare = shutil.which("unshare")
    assert unshare, "unshare is missing: apt install util-linux"
    apart = [unshare, "--net", "--map-root-user"]
    tried = subprocess.run([*apart, "true"], check=False, capture_output=True, text=True)
    assert tried.returncode == 0, f"network namespaces are not allowed here: {tried.stderr}"
    return apart


@pytest.fixture
def broken_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """llama.cpp as a wrong compiler makes it: whatever process loads it ends by a signal."""
    source = "#include <signal.h>\n__attribute__((constructor)) void f(void) { raise(SIGILL); }\n"
    folder = tmp_path / "engine"
    folder.mkdir()
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-x", "c", "-", "-o", str(folder / "libllama.so")],
        input=source.encode(),
        check=True,
    )
    monkeypatch.setenv("LLAMA_CPP_LIB_PATH", str(folder))


def _postgres_binaries() -> Path:
    for candidate in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (candidate / "initdb").exists():
            return candidate
    found = shutil.which("initdb")
    assert found, "PostgreSQL is missing: apt install postgresql"
    return Path(found).parent


def free_port(span: int = 1) -> int:
    """A loopback port nobody listens on, the first of `span` that nobody else is given."""
    for port in itertools.islice(_PORTS, PORTS_EACH):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            for _neighbour in range(span - 1):
                next(_PORTS)
            return port
    raise AssertionError("no free ports")


@contextlib.asynccontextmanager
async def raw_server(
    answer: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[str]:
    """A server that speaks as `answer` does to each connection; its host and port.

    At the end every connection is closed and gone: none is left to a loop that is no more.
    """
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        try:
            await answer(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        server.close()
        for task in talks:
            task.cancel()
        for ended in await asyncio.gather(*talks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


@pytest.fixture(scope="session")
def postgres_server(pytestconfig: pytest.Config) -> Iterator[str]:
    """A real PostgreSQL server of the machine's binaries; its URL without a database."""
    if pytestconfig.getoption("quick"):
        pytest.skip("needs PostgreSQL")
    binaries = _postgres_binaries()
    in_memory = os.environ.get("PYTEST_DEBUG_TEMPROOT")
    root = Path(tempfile.mkdtemp(prefix="madang-postgres-", dir=in_memory))
    port = free_port()
    runner: list[str] = []
    if os.geteuid() == 0:  # the server refuses to run as root
        shutil.chown(root, "postgres")
        runner = ["runuser", "-u", "postgres", "--"]
    place = root / "cluster"
    subprocess.run(
        [*runner, str(binaries / "initdb"), "-D", str(place), "-A", "trust", "-U", "madang",
         "-E", "UTF8", "--no-sync"],
        check=True, capture_output=True, cwd="/",
    )  # fmt: skip
    options = f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={root}"
    options += (
        " -c fsync=off -c full_page_writes=off"  # processes are killed here, machines are not
    )
    control = [*runner, str(binaries / "pg_ctl"), "-D", str(place), "-w"]
    subprocess.run(
        [*control, "-o", options, "-l", str(root / "log"), "start"],
        check=True, cwd="/", stdout=subprocess.DEVNULL,
    )  # fmt: skip
    yield f"postgresql://madang@127.0.0.1:{port}"
    subprocess.run(
        [*control, "-m", "immediate", "stop"], check=True, cwd="/", stdout=subprocess.DEVNULL
    )
    shutil.rmtree(root)


@contextlib.contextmanager
def postgres_database(server: str) -> Iterator[str]:
    """The URL of a fresh empty database on the server, which goes with the test."""
    url = f"{server}/t{new_id()}"
    copy_there(f"{server}/template1", url)
    yield url
    drop_there(url)


class Databases:
    """Opens databases for a test and closes them after it. `server`: that of PostgreSQL, started when it
    is first asked for."""

    def __init__(self, folder: Path, server: Callable[[], str]) -> None:
        self._folder = folder
        self._server = server
        self._open = contextlib.AsyncExitStack()

    async def sqlite(self) -> Database:
        return await self._keep(Database(SQLite(self._folder / f"{new_id()}.sqlite3")))

    async def postgres(self) -> Database:
        url = self._open.enter_context(postgres_database(self._server()))
        return await self._keep(Database(Postgres(url)))

    async def both(self) -> list[Database]:
        """The same empty database twice: SQLite and PostgreSQL."""
        return [await self.sqlite(), await self.postgres()]

    async def _keep(self, db: Database) -> Database:
        await db.open()
        self._open.push_async_callback(db.close)
        return db

    async def close(self) -> None:
        await self._open.aclose()


@pytest.fixture
async def databases(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Databases]:
    opened = Databases(tmp_path, lambda: request.getfixturevalue("postgres_server"))
    yield opened
    await opened.close()
