"""The assistant against llama.cpp driven directly, and what it costs the pages of the node.

python scripts/bench_assistant.py [--questions 12]

The same prompts go to the model through the worker and through the binding itself, in turn; the
home page is loaded while the assistant is idle and while it writes without pause: by 50 people who
look at it for a twentieth of a second each, and by 50 who ask again at once, where a page waits for
the 49 others in any case and the load generator needs a core of its own. What the askers got in that
rush is told as well. Prints a table and ends with one line of JSON.
"""

import argparse
import asyncio
import contextlib
import json
import os
import statistics
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parent.parent))

from kit.clock import monotonic
from kit.supervisor import Supervisor
from models.client import Client, WorkerGone
from models.engine import GIVEN, LONGEST_ANSWER, PASSAGE_LENGTH, Engine, prompt
from models.messages import Ask, Extract, Open, Piece, Sources, State, WorkerState
from models.passages import Passage, Rights
from models.release import MODEL
from node.config import FILE, read_config, toml_of
from scripts.bench_node import USERS, prepare
from scripts.demo import children
from scripts.demo_assistant import documents
from scripts.demo_assistant import main as make_material
from scripts.demo_content.answers import NOW
from scripts.demo_province import loopback, make_province
from scripts.load import Load, Request, drive, request

STAFF = Rights(frozenset({"staff"}), reads_families=True)
BASE_PORT = 8780
HOME_REQUESTS = 9000
PAUSE_S = 0.05
CONTEXT = 2048


class Writing(msgspec.Struct):
    """One answer as it was written: seconds to the first piece, pieces, seconds in all."""

    first_s: float
    pieces: int
    seconds: float

    @property
    def rate(self) -> float:
        """Pieces a second after the first."""
        return (self.pieces - 1) / max(self.seconds - self.first_s, 1e-6)


@contextlib.asynccontextmanager
async def worker(folder: Path, threads: int) -> AsyncIterator[Client]:
    """A worker with the demo's handbook and model."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "models.worker", "--socket", str(folder / "s"),
        "--index", str(folder / "own"), "--threads", str(threads),
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        client = Client(folder / "s")
        while not client.is_connected:
            with contextlib.suppress(WorkerGone):
                await client.connect()
            await asyncio.sleep(0.05)
        await client.call(Open(id="k", kind="knowledge", path=str(folder / "handbook" / "hanbit")))
        await client.call(Open(id="m", kind="model", path=str(folder / "model")))
        yield client
        await client.close()
    finally:
        process.terminate()
        await process.wait()


async def through_worker(client: Client, question: str) -> tuple[Writing | None, list[Passage]]:
    """An answer as an asker sees it, from when its sources were found."""
    begun = first = monotonic()
    pieces = 0
    used: list[Passage] = []
    passages: tuple[Passage, ...] = ()
    ask = Ask(id=question, asker="bench", question=question, rights=STAFF, now=NOW)
    async for answer in client.stream(ask):
        if isinstance(answer, Sources):
            passages = answer.passages
        elif isinstance(answer, Extract):
            used = [passages[at] for at in sorted({one.source for one in answer.sentences})]
            begun = monotonic()
        elif isinstance(answer, Piece):
            if not pieces:
                first = monotonic()
            pieces += 1
    if not pieces:
        return None, used
    return Writing(first - begun, pieces, monotonic() - begun), used


def directly(engine: Engine, question: str, passages: list[Passage]) -> Writing:
    """The same prompt to the binding itself."""
    sources = " ".join(f"[{one.title}] {one.text}"[:PASSAGE_LENGTH] for one in passages[:GIVEN])
    begun = first = monotonic()
    pieces = 0
    model = engine._model  # noqa: SLF001 - the reference is the binding below the engine
    for part in model.create_completion(
        prompt(f"자료: {sources}\n질문: {question}"),
        max_tokens=LONGEST_ANSWER, temperature=0.0, repeat_penalty=1.1, stop=["\n"], stream=True,
    ):  # fmt: skip
        if part["choices"][0]["text"]:
            if not pieces:
                first = monotonic()
            pieces += 1
    return Writing(first - begun, max(pieces, 1), monotonic() - begun)


async def extractive(client: Client, questions: list[str]) -> list[float]:
    """Milliseconds from asking to the sources' own words."""
    found = []
    for question in questions:
        begun = monotonic()
        ask = Ask(
            id=f"x{question}", asker="bench", question=question, rights=STAFF, now=NOW,
            may_generate=False,
        )  # fmt: skip
        async for answer in client.stream(ask):
            if isinstance(answer, Extract):
                found.append((monotonic() - begun) * 1000)
    return found


async def prepared(client: Client) -> None:
    """Return once the worker has made all its vectors, as it has a while after a release came."""
    while True:
        state = await client.call(State(id="vectors"))
        assert isinstance(state, WorkerState)
        if not state.unvectored and not state.unprepared:
            return
        await asyncio.sleep(1)


async def measure_model(count: int) -> dict[str, float]:
    threads = min(4, max(1, (os.cpu_count() or 1) - 1))
    titles = [one.title for one in documents()]
    questions = [f"{title}은 어떻게 하나요?" for title in titles]
    with tempfile.TemporaryDirectory(prefix="bench") as name:
        folder = Path(name)
        make_material([name])
        engine = Engine.load(folder / "model" / MODEL, context=CONTEXT, threads=threads)
        async with worker(folder, threads) as client:
            early = await extractive(client, questions[:30])
            await prepared(client)
            times = await extractive(client, questions)
            ours, direct = [], []
            for question in questions[:: max(1, len(questions) // count)]:
                written, used = await through_worker(client, question)
                if written is not None:
                    ours.append(written)
                    direct.append(await asyncio.to_thread(directly, engine, question, used))
            state = await client.call(State(id="state"))
        engine.close()
    assert isinstance(state, WorkerState)
    middle = statistics.median
    times.sort()
    early.sort()
    return {
        "ttft_s": middle(one.first_s for one in ours),
        "ttft_direct_s": middle(one.first_s for one in direct),
        "tps": middle(one.rate for one in ours),
        "tps_direct": middle(one.rate for one in direct),
        "extractive_p95_ms": times[int(len(times) * 0.95)],
        "extractive_early_p95_ms": early[int(len(early) * 0.95)],
        "worker_mb": state.memory / 1024**2,
    }


class Pages(msgspec.Struct):
    """The home page at people's pace, and as fast as it goes."""

    paced: Load
    full: Load


async def measure_pages() -> tuple[Pages, Pages, float]:
    """The guardians' home page beside an idle and beside a busy assistant, and the answers that the
    latter gave in a second."""
    with tempfile.TemporaryDirectory() as scratch:
        root = Path(scratch) / "demo"
        await make_province(root, BASE_PORT, lambda line: None)
        make_material([str(root / "assistant")])
        _own_material(root)
        _form, guardians, _teacher = await prepare(root / "hanbit")
        supervisor = Supervisor()
        supervisor.add(next(one for one in children(root) if one.name == "hanbit"))
        await supervisor.start()
        base = loopback(root, "hanbit")
        pages = [
            request(f"{base}/", token=guardians[number % USERS].token)
            for number in range(HOME_REQUESTS)
        ]
        try:
            await _settled(root)
            await drive(base, pages[:200], USERS)
            idle = await _both(base, pages)
            told: list[float] = []
            asking = [asyncio.create_task(_ask_on(base, one.token, told)) for one in guardians[:6]]
            await asyncio.sleep(3)
            begun = monotonic()
            busy = await _both(base, pages)
            rate = sum(at >= begun for at in told) / (monotonic() - begun)
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        finally:
            await supervisor.stop()
    return idle, busy, rate


async def _both(base: str, pages: list[Request]) -> Pages:
    return Pages(
        await drive(base, pages, USERS, pause_s=PAUSE_S),
        await drive(base, pages, USERS),
    )


def _own_material(root: Path) -> None:
    """The school has model and handbook of its own, needs no hub, and runs nothing else beside."""
    config = msgspec.structs.replace(
        read_config(root / "hanbit"),
        data_dir="",
        messenger=False,
        assistant_model=str(root / "assistant" / "model"),
        assistant_knowledge=str(root / "assistant" / "handbook" / "hanbit"),
    )
    (root / "hanbit" / FILE).write_text(toml_of(config), encoding="utf-8")


async def _settled(root: Path) -> None:
    """Wait until the worker has prepared what it found at its first start."""
    index = root / "hanbit" / "assistant" / "index" / "vectors.ids"
    size = -1
    while not index.exists() or index.stat().st_size != size:
        size = index.stat().st_size if index.exists() else -1
        await asyncio.sleep(6)


async def _ask_on(base: str, token: str, told: list[float]) -> None:
    """Ask one question after the other, as long as it takes; when each was answered."""
    body = json.dumps({"question": "교외체험학습 결과보고서는 며칠 이내에 내나요?"}).encode()
    while True:
        with contextlib.suppress(RuntimeError):  # too many at once: ask again
            await drive(base, [request(f"{base}/api/v1/assistant", token=token, body=body)], 1)
            told.append(monotonic())
        await asyncio.sleep(0.2)


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--questions", type=int, default=12)
    given = parser.parse_args()
    found = asyncio.run(measure_model(given.questions))
    idle, busy, told = asyncio.run(measure_pages())
    paced = [one.paced.percentile(0.99) for one in (idle, busy)]
    full = [one.full.percentile(0.99) for one in (idle, busy)]
    rows = [
        (
            "time to first token, worker / direct (s)",
            f"{found['ttft_s']:.3f} / {found['ttft_direct_s']:.3f}",
        ),
        ("tokens a second, worker / direct", f"{found['tps']:.1f} / {found['tps_direct']:.1f}"),
        ("extractive answer p95 (ms)", f"{found['extractive_p95_ms']:.0f}"),
        ("  in the first minutes of a release", f"{found['extractive_early_p95_ms']:.0f}"),
        ("home page p99, idle / busy (ms)", f"{paced[0]:.1f} / {paced[1]:.1f}"),
        ("  asked without pause", f"{full[0]:.1f} / {full[1]:.1f}"),
        ("answers a second meanwhile", f"{told:.1f}"),
        ("worker (MB)", f"{found['worker_mb']:.0f}"),
    ]
    for name, value in rows:
        print(f"{name:44}{value:>18}")
    print(
        json.dumps(
            {
                "ttft_ratio": round(found["ttft_direct_s"] / found["ttft_s"], 2),
                "tps_ratio": round(found["tps"] / found["tps_direct"], 2),
                "extractive_p95_ms": round(found["extractive_p95_ms"], 1),
                "extractive_early_p95_ms": round(found["extractive_early_p95_ms"], 1),
                "home_p99_under_load": round(paced[1] / paced[0], 2),
                "home_p99_without_pause": round(full[1] / full[0], 2),
                "answers_per_s_under_load": round(told, 2),
                "worker_mb": round(found["worker_mb"], 1),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
