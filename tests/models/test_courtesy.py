"""The model makes way for the server it works for."""

import subprocess
import sys
import time

import pytest

from models.courtesy import LOOK_S, Courtesy

LOOKS = 400  # on a machine with much to do, a server that works gets its turn late


def _becomes(courtesy: Courtesy, due: bool) -> bool:
    """Whether a rest becomes due, or is due no more, within some looks at the server."""
    for _ in range(LOOKS):
        time.sleep(LOOK_S)
        courtesy.rest()
        if courtesy.is_due is due:
            return True
    return False


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
        assert _becomes(courtesy, due=True)
        server.stdin.write(b"rest\n")
        server.stdin.flush()
        assert server.stdout.read(1) == b"."
        assert _becomes(courtesy, due=False)
        server.stdin.close()


def test_it_works_on_when_the_server_has_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as server:
        courtesy = Courtesy(server.pid)
    courtesy.rest()
    assert not courtesy.is_due
    with pytest.raises(ProcessLookupError):
        Courtesy(server.pid)
