"""`madang demo`: a province on this machine: a hub and two schools, on loopback only.

The first run fills it (well under a minute); later runs go on with the same data. Ctrl-C stops all.
"""

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import aiohttp
import pyotp

from hub.config import read_config as read_hub_config
from kit.clock import SystemClock, monotonic
from kit.supervisor import Child, NotReady, Supervisor
from node.config import read_config as read_node_config
from scripts.demo_content.cast import PASSWORD
from scripts.demo_content.loader import load
from scripts.demo_model import join_model
from scripts.demo_province import (
    OFFICER,
    SCHOOLS,
    TOTP_FILE,
    SetupFailed,
    clear,
    is_complete,
    loopback,
    make_province,
    tool,
)
from scripts.demo_rooms import tell_rooms

ROOT = Path(__file__).parent.parent / ".demo"
BASE_PORT = 8700


def officer_code(root: Path) -> str:
    """The officer's one-time code of this moment."""
    secret = (root / TOTP_FILE).read_text()
    return pyotp.TOTP(secret).at(SystemClock().now() // 1000)


class Answers:
    """Whether a server's /healthz answers 200."""

    def __init__(self, url: str) -> None:
        self.url = url + "/healthz"

    async def __call__(self) -> bool:
        timeout = aiohttp.ClientTimeout(total=2)
        with contextlib.suppress(aiohttp.ClientError, TimeoutError, OSError):
            async with (
                aiohttp.ClientSession(timeout=timeout) as session,
                session.get(self.url) as answer,
            ):
                return answer.status == 200
        return False


def children(root: Path) -> list[Child]:
    """The demo's servers: the hub first, then the schools."""
    found = [
        Child(
            name="hub",
            command=[*tool("madang-hub"), "serve", str(root / "hub")],
            ready=Answers(loopback(root, "hub")),
            log_file=root / "logs" / "hub.log",
        )
    ]
    for slug, _school_id in SCHOOLS:
        found.append(
            Child(
                name=slug,
                command=[*tool("madang-node"), "serve", str(root / slug)],
                ready=Answers(loopback(root, slug)),
                log_file=root / "logs" / f"{slug}.log",
            )
        )
    return found


def table(root: Path) -> str:
    """Addresses and logins, one line each."""
    hub = read_hub_config(root / "hub")
    hanbit, saesol = (read_node_config(root / slug).public_url for slug, _ in SCHOOLS)
    rows = [
        ("어디", "주소", "누구", "아이디"),
        (load("hanbit").name, hanbit, "보호자 김하늘 (자녀 3명, 두 학교)", "haneul"),
        ("", "", "3학년 2반 담임 박서연", "hb-park"),
        ("", "", "교장 최은영", "hb-principal"),
        ("", "", "정보부장 정민호 (관리자)", "hb-admin"),
        (load("saesol").name, saesol, "보호자 김하늘", "haneul"),
        ("", "", "1학년 4반 담임 서유진", "ss-seo"),
        ("", "", "교장 오정환", "ss-principal"),
        ("", "", "정보부장 강태준 (관리자)", "ss-admin"),
        ("도교육청 허브", hub.console_url, "유하진 장학사", OFFICER),
    ]
    widths = [max(_width(row[column]) for row in rows) for column in range(4)]
    lines = [
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    ]
    rule = "─" * (sum(widths) + 6)
    again = ".venv/bin/madang code" + ("" if root == ROOT else f" --dir {root}")
    return "\n".join(
        [
            rule,
            lines[0],
            rule,
            *lines[1:],
            rule,
            f"비밀번호는 모두 {PASSWORD}",
            f"허브 담당자의 인증 번호: {officer_code(root)} (30초마다 바뀝니다. 새 번호: {again})",
            "끄려면 Ctrl-C. 처음부터 다시: make demo-reset",
        ]
    )


def _say(line: str) -> None:
    print(line, flush=True)


def _width(text: str) -> int:
    return sum(2 if ord(letter) > 0x1100 else 1 for letter in text)


async def run_demo(root: Path, base_port: int, *, once: bool = False) -> int:
    """Make what is missing, serve, wait for Ctrl-C. `once`: stop as soon as all are ready."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    begun = monotonic()
    background: list[asyncio.Task[None]] = []
    supervisor = Supervisor()
    work = asyncio.ensure_future(_make_and_start(root, base_port, supervisor))
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait({work, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            work.cancel()
            return 130
        try:
            work.result()
        except (SetupFailed, NotReady) as error:
            print(error, file=sys.stderr)
            return 2
        _say(f"{monotonic() - begun:.1f}초 만에 준비되었습니다.\n{table(root)}")
        if not once:
            schools = tuple(slug for slug, _school_id in SCHOOLS)
            background.append(asyncio.create_task(tell_rooms(root, schools)))
            background.append(asyncio.create_task(join_model(root, _say)))
            await stop.wait()
        return 0
    finally:
        stopping.cancel()
        for task in background:
            task.cancel()
        await asyncio.gather(*background, return_exceptions=True)
        await asyncio.gather(work, stopping, return_exceptions=True)
        await supervisor.stop()


async def _make_and_start(root: Path, base_port: int, supervisor: Supervisor) -> None:
    if not is_complete(root):
        clear(root)
        _say("마당 시범 도교육청을 만듭니다 (처음 한 번, 1분 안쪽) …")
        await make_province(root, base_port, _say)
    _say("서버를 켭니다 …")
    for child in children(root):
        supervisor.add(child)
    await supervisor.start()


def main(root: Path, base_port: int, *, reset: bool, once: bool) -> int:
    if reset:
        clear(root)
    return asyncio.run(run_demo(root, base_port, once=once))
