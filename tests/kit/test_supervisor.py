"""Children of a server: started when ready, started again when killed, gone when the parent is."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from kit.supervisor import Child, NotReady, Supervisor
from tests.waiting import until

# Writes its process id where its readiness is looked for, then waits.
STAYS = "import os, sys, time; open(sys.argv[1], 'w').write(str(os.getpid())); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STAYS
SLOW = "import time; time.sleep(1); " + STAYS
ENDS = "import sys; print('no database here'); sys.exit(3)"


def child(folder: Path, name: str, program: str = STAYS, grace_s: float = 10) -> Child:
    place = folder / name

    async def ready() -> bool:
        return place.exists() and place.read_text() != ""

    return Child(
        name,
        [sys.executable, "-c", program, str(place)],
        ready,
        folder / "logs" / f"{name}.log",
        ready_within_s=30,
        grace_s=grace_s,
    )


@pytest.fixture
async def supervisor() -> AsyncIterator[Supervisor]:
    made = Supervisor()
    yield made
    await made.stop()


def pid_of(supervisor: Supervisor, name: str) -> int:
    process = supervisor.child(name).process
    assert process is not None
    return process.pid


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


async def test_children_are_started_in_order_and_stopped(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    for name in ("hub", "node"):
        supervisor.add(child(tmp_path, name))
    await supervisor.start()
    pids = [pid_of(supervisor, name) for name in ("hub", "node")]
    assert (tmp_path / "hub").stat().st_mtime_ns < (tmp_path / "node").stat().st_mtime_ns
    assert all(is_alive(pid) for pid in pids)
    await supervisor.start()  # what runs, runs on
    assert [pid_of(supervisor, name) for name in ("hub", "node")] == pids
    await supervisor.stop()
    assert not any(is_alive(pid) for pid in pids)


async def test_a_killed_child_is_started_again_and_its_sister_is_left_alone(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    for name in ("hub", "node"):
        supervisor.add(child(tmp_path, name))
    await supervisor.start()
    killed, sister = pid_of(supervisor, "node"), pid_of(supervisor, "hub")
    (tmp_path / "node").unlink()
    os.kill(killed, signal.SIGKILL)
    await until(lambda: (tmp_path / "node").exists() and (tmp_path / "node").read_text() != "")
    assert pid_of(supervisor, "node") != killed
    assert supervisor.child("node").restarts == 1
    assert (pid_of(supervisor, "hub"), supervisor.child("hub").restarts) == (sister, 0)


async def test_a_child_that_was_stopped_stays_stopped_until_it_is_started(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.add(child(tmp_path, "node"))
    await supervisor.start()
    running = supervisor.child("node")
    first = pid_of(supervisor, "node")
    await running.stop()
    assert not is_alive(first)
    assert running.restarts == 0
    await running.start()
    assert is_alive(pid_of(supervisor, "node"))


async def test_a_child_that_ignores_the_request_is_killed_after_its_grace(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.add(child(tmp_path, "node", STUBBORN, grace_s=0.2))
    await supervisor.start()
    pid = pid_of(supervisor, "node")
    await supervisor.stop()
    assert not is_alive(pid)


async def test_a_child_that_cannot_start_is_named_with_its_log(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.add(child(tmp_path, "hub", ENDS))
    with pytest.raises(NotReady, match=r"hub ended with 3: see .*hub\.log"):
        await supervisor.start()
    assert "no database here" in (tmp_path / "logs" / "hub.log").read_text()


PARENT = """
import asyncio, sys
from pathlib import Path
from tests.kit.test_supervisor import child
from kit.supervisor import Supervisor

async def main():
    supervisor = Supervisor()
    supervisor.add(child(Path(sys.argv[1]), "node"))
    await supervisor.start()
    Path(sys.argv[1], "parent").write_text("ready")
    await asyncio.sleep(600)

asyncio.run(main())
"""


async def test_a_child_dies_with_its_parent_even_when_that_is_killed(tmp_path: Path) -> None:
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, str(tmp_path), cwd=Path(__file__).parents[2]
    )
    try:
        await until((tmp_path / "parent").exists)
        pid = int((tmp_path / "node").read_text())
        assert is_alive(pid)
    finally:
        parent.kill()
        await parent.wait()
    await until(lambda: not is_alive(pid))


async def test_a_child_that_lives_but_does_not_answer_is_started_again(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    deaf = tmp_path / "deaf"
    made = child(tmp_path, "hub")

    async def answers() -> bool:
        return await made.ready() and not deaf.exists()

    supervisor.add(msgspec.structs.replace(made, ready=answers, healthy_every_s=0.05))
    await supervisor.start()
    before = pid_of(supervisor, "hub")
    deaf.touch()
    await until(lambda: not is_alive(before))
    deaf.unlink()
    await until(lambda: supervisor.child("hub").restarts == 1)
    await until(lambda: is_alive(pid_of(supervisor, "hub")))
    assert pid_of(supervisor, "hub") != before


async def test_a_child_that_starts_slowly_is_not_killed_over_it(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    made = child(tmp_path, "hub", SLOW)
    supervisor.add(msgspec.structs.replace(made, healthy_every_s=0.05))
    await supervisor.start()
    (tmp_path / "hub").unlink()
    os.kill(pid_of(supervisor, "hub"), signal.SIGKILL)
    await until(lambda: (tmp_path / "hub").exists() and (tmp_path / "hub").read_text() != "")
    assert supervisor.child("hub").restarts == 1
    assert is_alive(pid_of(supervisor, "hub"))
