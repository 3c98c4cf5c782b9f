"""The described interfaces under schemathesis: whatever is sent, no server answers 5xx."""

import asyncio
import sys
from pathlib import Path

import aiohttp
import pytest

from hub.config import read_config as read_hub_config
from scripts.demo import officer_code
from scripts.demo_content.cast import PASSWORD
from scripts.demo_province import OFFICER
from tests.province.conftest import Province

EXAMPLES = 12  # an operation
SCHOOL = {
    "/api/v1/session",
    "/api/v1/me",
    "/api/v1/home",
    "/api/v1/newsletters",
    "/api/v1/newsletters/{id}",
    "/api/v1/newsletters/{id}/publish",
    "/api/v1/forms/{id}/answers",
    "/api/v1/receipts",
    "/api/v1/verify",
    "/api/v1/search",
}
CONSOLE = {"/api/v1/session", "/api/v1/schools", "/api/v1/notices", "/api/v1/directory"}
CONSOLE |= {"/api/v1/invitations", "/api/v1/audit"}


async def described(url: str) -> set[str]:
    """The paths an application describes."""
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return set((await answer.json())["paths"])


async def token(base: str, login: str, code: str = "") -> str:
    """A bearer token; empty when refused."""
    sent = {"login": login, "password": PASSWORD, "code": code}
    async with (
        aiohttp.ClientSession() as session,
        session.post(base + "/api/v1/session", json=sent) as answer,
    ):
        return str((await answer.json()).get("token", ""))


async def officer_token(province: Province) -> str:
    """A token of the officer; a code works once, so after another's sign-in the next one counts."""
    for _attempt in range(4):
        got = await token(province.loopback("hub"), OFFICER, officer_code(province.root))
        if got:
            return got
        await asyncio.sleep(15)
    raise AssertionError("the officer cannot sign in")


async def probe(folder: Path, url: str, *options: str) -> None:
    """Send an application all its description allows, and more. Fails on any 5xx."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "schemathesis.cli", "run", url,
        "--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing",
        "--max-examples", str(EXAMPLES), "--seed", "1", "--no-shrink", "--no-color",
        "--generation-database", "none", "--warnings", "off", "--continue-on-failure",
        "--suppress-health-check", "all", "--request-timeout", "90", *options,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=folder,
    )  # fmt: skip
    said, _nothing = await process.communicate()
    assert process.returncode == 0, said.decode()[-6000:]


@pytest.mark.parametrize("login", ["haneul", "hb-admin"])
async def test_nothing_sent_to_a_school_breaks_it(
    province: Province, tmp_path: Path, login: str
) -> None:
    base = province.loopback("hanbit")
    assert await described(base + "/api/openapi.json") >= SCHOOL
    bearer = await token(base, login)
    assert bearer
    await probe(tmp_path, base + "/api/openapi.json", "-H", f"Authorization: Bearer {bearer}")


async def test_nothing_sent_to_the_console_breaks_it(province: Province, tmp_path: Path) -> None:
    assert await described(province.loopback("hub") + "/api/openapi.json") >= CONSOLE
    bearer = await officer_token(province)
    acts = ["--exclude-path-regex", "suspend|resume|revoke"]  # the schools here are still needed
    header = ("-H", f"Authorization: Bearer {bearer}")
    await probe(tmp_path, province.loopback("hub") + "/api/openapi.json", *header, *acts)


async def test_nothing_sent_to_the_door_of_the_schools_breaks_it(
    province: Province, tmp_path: Path
) -> None:
    api = read_hub_config(province.root / "hub").origins[0]
    await probe(tmp_path, api + "/api/openapi.json", "--tls-verify", "false")
    connector = aiohttp.TCPConnector(ssl=False)
    async with aiohttp.ClientSession(connector=connector) as session:
        for body in (b"", b"{}", b"\x00" * 64, b"[" * 5000):
            async with session.post(api + "/v1/sync", data=body) as answer:
                assert 400 <= answer.status < 500
