"""The model makes way for the server it works for."""

import subprocess
import sys
import time

import pytest

from models.courtesy import LOOK_S, Courtesy


def _is_due(courtesy: Courtesy) -> bool:
    """Whether it rests, after a few looks at its server."""
    for _ in range(6):
        time.sleep(LOOK_S)
        courtesy.rest()
    return courtesy.is_due


def test_it_rests_while_its_server_is_busy_only() -> None:
    # works until it is told something on its input, then waits for its end
    code = (
        "import select, sys\n"
        "while not select.select([sys.stdin], [], [], 0)[0]: sum(range(10000))\n"
        "sys.stdin.readline(); sys.stdout.write('.'); sys.stdout.flush(); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin
        assert server.stdout
        courtesy = Courtesy(server.pid)
        assert _is_due(courtesy)
        server.stdin.write(b"rest\n")
        server.stdin.flush()
        assert server.stdout.read(1) == b"."
        assert not _is_due(courtesy)
        server.stdin.close()


def test_it_works_on_when_the_server_has_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as server:
        courtesy = Courtesy(server.pid)
    assert not _is_due(courtesy)
    with pytest.raises(ProcessLookupError):
        Courtesy(server.pid)
