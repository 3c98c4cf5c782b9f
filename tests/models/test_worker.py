"""The worker as a real process with a real model, asked over its socket."""

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from kit.clock import monotonic
from models.client import Client, WorkerFailed, WorkerGone
from models.messages import (
    Answered,
    AnyAnswer,
    Ask,
    Cancel,
    Done,
    Extract,
    Forget,
    Found,
    Known,
    KnownSubjects,
    Open,
    Outcome,
    Piece,
    Put,
    Search,
    Sources,
    State,
    WorkerState,
)
from models.passages import Document, Rights, state_of
from models.queue import FairQueue, Full
from models.release import FILE, MODEL, BadRelease, ReleaseInfo, check, write
from scripts.demo_assistant import make_model

NOW = 1_795_392_000_000
GUARDIAN = Rights(frozenset({"guardians"}))
QUESTION = "체험학습 신청서는 며칠 전까지 내나요?"
TRIP = (
    Document(
        subject="a",
        title="교외체험학습 안내",
        text="신청서는 시작일 3일 전까지 담임교사에게 냅니다.",
        href="/a",
        kind="newsletter",
        keys=("guardians",),
    ),
)


class Process:
    """A worker that can be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, *options: str) -> Client:
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "models.worker", "--socket", str(self.folder / "s"),
            "--index", str(self.folder / "index"), *options,
            stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        until = monotonic() + 60
        while monotonic() < until:
            client = Client(self.folder / "s")
            try:
                await client.connect()
                return client
            except WorkerGone:
                await asyncio.sleep(0.05)
        raise AssertionError("the worker does not start")

    async def kill(self) -> None:
        if self.process is not None and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("model") / "release"
    make_model(folder)
    return folder


@pytest.fixture
async def worker(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Process]:
    import tempfile

    with tempfile.TemporaryDirectory(prefix="w") as name:  # a socket's path must be short
        one = Process(Path(name))
        yield one
        await one.kill()


async def asked(client: Client, question: str = QUESTION, asker: str = "a") -> list[AnyAnswer]:
    request = Ask(id=f"ask-{asker}", asker=asker, question=question, rights=GUARDIAN, now=NOW)
    return [answer async for answer in client.stream(request)]


async def test_what_was_put_is_found_and_survives_a_kill(worker: Process) -> None:
    client = await worker.start()
    assert isinstance(await client.call(Put(id="1", subject="a", documents=TRIP)), Done)
    await worker.kill()
    with pytest.raises(WorkerGone):
        await client.call(Known(id="2"))
    client = await worker.start()
    known = await client.call(Known(id="3"))
    assert known == KnownSubjects(id="3", subjects={"a": state_of(TRIP)})
    found = await client.call(Search(id="4", question="체험학습", rights=GUARDIAN, now=NOW))
    assert isinstance(found, Found)
    assert [one.subject for one in found.passages] == ["a"]
    await client.call(Forget(id="5", subject="a"))
    assert await client.call(Known(id="6")) == KnownSubjects(id="6", subjects={})


async def test_what_is_published_does_not_wait_for_the_vectors_of_all_that_was_there(
    worker: Process,
) -> None:
    client = await worker.start()
    long = "보고서는 마친 뒤 이레 안에 담임교사에게 냅니다. " * 25
    many = [
        Document(
            subject=f"old:{number}",
            title=f"지난 안내 {number}",
            text=f"{number}. {long}",
            href="/",
            kind="newsletter",
            keys=("guardians",),
        )
        for number in range(40)
    ]
    await asyncio.gather(
        *(client.call(Put(id=one.subject, subject=one.subject, documents=(one,))) for one in many)
    )
    assert await unvectored(client) > 30
    await client.call(Put(id="new", subject="a", documents=TRIP))
    found = await client.call(Search(id="s", question=QUESTION, rights=GUARDIAN, now=NOW))
    assert isinstance(found, Found)
    assert found.passages[0].subject == "a"
    assert await unvectored(client) > 20  # it was found before the others had theirs


async def test_what_is_withdrawn_is_gone_at_once_whatever_waits_before_it(worker: Process) -> None:
    client = await worker.start()
    await client.call(Put(id="1", subject="a", documents=TRIP))
    text = "보고서는 마친 뒤 이레 안에 담임교사에게 냅니다. " * 25
    bulk = [
        asyncio.create_task(
            client.call(
                Put(
                    id=f"old:{number}",
                    subject=f"old:{number}",
                    documents=(replace(TRIP[0], subject=f"old:{number}", text=f"{number} {text}"),),
                )
            )
        )
        for number in range(400)
    ]
    await asyncio.sleep(0)  # they are on their way
    gone = asyncio.create_task(client.call(Forget(id="2", subject="a")))
    await asyncio.sleep(0)
    found = await client.call(Search(id="3", question="신청서", rights=GUARDIAN, now=NOW))
    assert isinstance(found, Found)
    assert "a" not in [one.subject for one in found.passages]
    assert not gone.done()  # it has not even come to its turn
    # Published once more, it is found again as soon as it has come to its own.
    await client.call(Put(id="4", subject="a", documents=TRIP))
    await asyncio.gather(gone, *bulk)
    found = await client.call(Search(id="5", question=QUESTION, rights=GUARDIAN, now=NOW))
    assert isinstance(found, Found)
    assert found.passages[0].subject == "a"


async def unvectored(client: Client) -> int:
    state = await client.call(State(id="state"))
    assert isinstance(state, WorkerState)
    return state.unvectored


async def test_without_a_model_the_sources_answer(worker: Process) -> None:
    client = await worker.start()
    await client.call(Put(id="1", subject="a", documents=TRIP))
    sources, extract, end = await asked(client)
    assert isinstance(sources, Sources)
    assert isinstance(extract, Extract)
    assert isinstance(end, Answered)
    assert (end.outcome, end.note) == (Outcome.EXTRACTED, "no-model")
    assert "3일 전까지" in extract.sentences[0].text


async def test_a_model_writes_after_the_sources_have_answered(worker: Process, model: Path) -> None:
    client = await worker.start()
    await client.call(Put(id="1", subject="a", documents=TRIP))
    await client.call(Open(id="2", kind="model", path=str(model)))
    answers = await asked(client)
    kinds = [type(one) for one in answers]
    assert kinds[:2] == [Sources, Extract]
    assert Piece in kinds
    end = answers[-1]
    assert isinstance(end, Answered)
    # Whether its words stand or the sources' own: the number is the source's.
    assert "3일" in " ".join(one.text for one in end.sentences)
    state = await client.call(State(id="3"))
    assert isinstance(state, WorkerState)
    assert [one.kind for one in state.releases] == ["model"]


async def test_an_answer_under_way_can_be_stopped(worker: Process, model: Path) -> None:
    client = await worker.start()
    await client.call(Put(id="1", subject="a", documents=TRIP))
    await client.call(Open(id="2", kind="model", path=str(model)))
    request = Ask(id="long", asker="a", question=QUESTION, rights=GUARDIAN, now=NOW)

    async def stop_it() -> None:
        async for answer in client.stream(request):
            if isinstance(answer, Extract):
                await client.call(Cancel(id="c", target="long"))

    with pytest.raises(WorkerFailed) as failed:
        await stop_it()
    assert failed.value.code == "cancelled"
    assert isinstance((await asked(client))[-1], Answered)


async def test_a_kill_in_the_middle_costs_the_answer_only(worker: Process, model: Path) -> None:
    client = await worker.start()
    await client.call(Put(id="1", subject="a", documents=TRIP))
    await client.call(Open(id="2", kind="model", path=str(model)))
    request = Ask(id="long", asker="a", question=QUESTION, rights=GUARDIAN, now=NOW)

    async def kill_it() -> None:
        async for answer in client.stream(request):
            if isinstance(answer, Extract):
                await worker.kill()

    with pytest.raises(WorkerGone):
        await kill_it()
    client = await worker.start()
    assert isinstance((await asked(client))[-1], Answered)


async def test_several_may_ask_at_once(worker: Process) -> None:
    client = await worker.start()
    await client.call(Put(id="1", subject="a", documents=TRIP))
    ends = await asyncio.gather(*(asked(client, asker=str(number)) for number in range(8)))
    assert all(isinstance(answers[-1], Answered) for answers in ends)


async def test_a_release_that_is_no_good_is_refused_and_the_present_one_stays(
    worker: Process, model: Path, tmp_path: Path
) -> None:
    client = await worker.start()
    await client.call(Open(id="1", kind="model", path=str(model)))
    broken = tmp_path / "broken"
    broken.mkdir()
    shutil.copy(model / FILE, broken / FILE)
    (broken / MODEL).write_bytes((model / MODEL).read_bytes()[:100_000])
    for folder in (broken, tmp_path / "nowhere"):
        with pytest.raises(WorkerFailed) as failed:
            await client.call(Open(id="2", kind="model", path=str(folder)))
        assert failed.value.code == "bad-release"
    state = await client.call(State(id="3"))
    assert isinstance(state, WorkerState)
    assert state.releases[0].path == str(model)


def with_template(model: Path, folder: Path, template: str) -> Path:
    """The model with a chat template: what its maker wants to be done with every question."""
    key, most = b"tokenizer.chat_template", 32
    padded = template.encode()
    padded += b" " * (-(8 + len(key) + 4 + 8 + len(padded)) % most)  # the tensors keep their places
    entry = len(key).to_bytes(8, "little") + key + (8).to_bytes(4, "little")
    entry += len(padded).to_bytes(8, "little") + padded
    folder.mkdir()
    shutil.copy(model / FILE, folder / FILE)
    content = (model / MODEL).read_bytes()
    count = int.from_bytes(content[16:24], "little") + 1
    whole = content[:16] + count.to_bytes(8, "little") + entry + content[24:]
    (folder / MODEL).write_bytes(whole)
    return folder


@pytest.mark.parametrize("template", ["{{ messages[9].content.words }}", "{% for %}"])
async def test_a_model_whose_chat_template_is_wrong_is_refused_and_the_worker_serves_on(
    worker: Process, model: Path, tmp_path: Path, template: str
) -> None:
    client = await worker.start()
    wrong = with_template(model, tmp_path / "wrong", template)
    with pytest.raises(WorkerFailed) as failed:
        await asyncio.wait_for(client.call(Open(id="1", kind="model", path=str(wrong))), 60)
    assert failed.value.code == "bad-release"
    right = with_template(model, tmp_path / "right", "{{ messages[1].content }}")
    await client.call(Open(id="2", kind="model", path=str(right)))
    await client.call(Put(id="3", subject="a", documents=TRIP))
    assert isinstance((await asked(client))[-1], Answered)


async def test_a_release_that_breaks_what_opens_it_is_answered_for(
    worker: Process, tmp_path: Path
) -> None:
    """Its description is larger than the memory allowed."""
    client = await worker.start("--memory-mb", "400")
    folder = tmp_path / "vast"
    folder.mkdir()
    write(folder, ReleaseInfo(kind="knowledge", version="1", name="n", created_at=0))
    with (folder / FILE).open("r+b") as file:
        file.truncate(1024**3)
    with pytest.raises(WorkerFailed) as failed:
        await asyncio.wait_for(client.call(Open(id="1", kind="knowledge", path=str(folder))), 30)
    assert failed.value.code == "bad-release"
    assert isinstance(await client.call(State(id="2")), WorkerState)


async def test_a_model_too_large_for_the_memory_allowed_is_not_the_end(
    worker: Process, model: Path
) -> None:
    client = await worker.start("--memory-mb", "300")
    await client.call(Put(id="1", subject="a", documents=TRIP))
    with pytest.raises((WorkerFailed, WorkerGone)):
        await client.call(Open(id="2", kind="model", path=str(model)))
    await worker.kill()
    client = await worker.start()
    assert isinstance((await asked(client))[-1], Answered)


async def test_a_question_too_long_is_refused(worker: Process) -> None:
    client = await worker.start()
    with pytest.raises(WorkerFailed) as failed:
        await asked(client, "가" * 501)
    assert failed.value.code == "too-long"


def test_who_asks_much_waits_behind_their_own_questions_only() -> None:
    queue: FairQueue[str] = FairQueue()
    for item in ("a1", "a2", "a3"):
        queue.put("a", item)
    with pytest.raises(Full):
        queue.put("a", "a4")
    queue.put("b", "b1")
    assert queue.remove("a3")
    assert [queue.take() for _ in range(4)] == ["a1", "b1", "a2", None]


def test_a_release_says_what_it_is_or_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadRelease, match="cannot be read"):
        check(tmp_path, "model")
    (tmp_path / FILE).write_text("{")
    with pytest.raises(BadRelease, match="cannot be understood"):
        check(tmp_path, "model")
    write(tmp_path, ReleaseInfo(kind="model", version="1", name="m", created_at=0))
    with pytest.raises(BadRelease, match="not a knowledge"):
        check(tmp_path, "knowledge")
    (tmp_path / MODEL).write_bytes(b"PK\x03\x04 no model")
    with pytest.raises(BadRelease, match="no GGUF"):
        check(tmp_path, "model")
    (tmp_path / MODEL).write_bytes(b"GGUF\x09\x00\x00\x00")
    with pytest.raises(BadRelease, match="version 9"):
        check(tmp_path, "model")
