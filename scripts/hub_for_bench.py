"""A real hub for `bench_hub.py`: prepared with enrolled schools, run as a process of its own.

python -m scripts.hub_for_bench FOLDER     serve the hub of a folder until SIGTERM
"""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from hub.app import build, open_database, serve
from hub.config import FILE, HubConfig, read_config, toml_of
from hub.keys import make_keys
from hub.schools import store
from hub.schools.authority import make_authority
from hub.schools.model import Ring
from kit.clock import SystemClock
from kit.db import Tx
from protocol.identity import PublicKeys, SchoolKind

CLOCK = SystemClock()


def free_port() -> int:
    """A loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class HubProcess:
    """The hub of a folder, as a child process whose use of the machine can be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._config = read_config(folder)
        self._child: subprocess.Popen[bytes] | None = None
        self.port = self._config.api_port
        self.origin = self._config.origins[0]
        self.database = self._config.database

    def tls(self) -> ssl.SSLContext:
        """What a school's node trusts: the provincial CA."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.load_verify_locations(self._folder / "keys" / "ca.pem")
        return context

    async def enrol(self, schools: Iterable[tuple[str, str, PublicKeys]]) -> None:
        """Rows of schools that have joined; the joining itself is not what is measured."""
        hub = build(self._config, CLOCK)
        now = CLOCK.now()

        def unit(tx: Tx) -> None:
            for school_id, name, keys in schools:
                kind = SchoolKind.ELEMENTARY
                store.save_invited(tx, school_id, name, kind, "", Ring.ALL, now)
                store.set_enrolled(tx, school_id, now)
                store.save_key(tx, school_id, keys, now)

        async with open_database(hub):
            await hub.db.write(unit)

    def start(self) -> None:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "scripts.hub_for_bench", str(self._folder)]
        )

    def stop(self) -> None:
        if self._child is not None:
            self._child.terminate()
            self._child.wait()

    def cpu_seconds(self) -> float:
        """Processor time of the hub's process so far, all threads (Linux)."""
        assert self._child is not None
        text = Path(f"/proc/{self._child.pid}/stat").read_text()
        fields = text.rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def resident_mb(self) -> float:
        assert self._child is not None
        lines = Path(f"/proc/{self._child.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def prepare(folder: Path) -> HubProcess:
    """Settings, keys and CA of a new hub on free ports."""
    folder.mkdir(parents=True, exist_ok=True)
    port, console = free_port(), free_port()
    config = HubConfig(
        name="Bench hub",
        data_dir=str(folder),
        api_port=port,
        console_port=console,
        console_url=f"http://127.0.0.1:{console}",
        log_level="WARNING",
        lan_announce=False,
    )
    (folder / FILE).write_text(toml_of(config), encoding="utf-8")
    make_keys(config.keys)
    make_authority(config.keys, config.province, config.api_names, CLOCK)
    return HubProcess(folder)


async def run(folder: Path) -> None:
    """Serve until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await serve(build(read_config(folder)), stop, lambda: None)


if __name__ == "__main__":
    asyncio.run(run(Path(sys.argv[1])))
