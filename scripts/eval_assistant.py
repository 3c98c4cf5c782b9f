"""How well the assistant answers a set of questions, through the worker that nodes run.

python scripts/eval_assistant.py --docs docs.jsonl --questions questions.jsonl [--model model.gguf]

Each asker asks with their own rights. Prints a table and ends with one line of JSON.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

import msgspec

sys.path.insert(0, str(Path(__file__).parent.parent))

from kit.clock import SystemClock
from models import evaluate as ev
from models.client import Client, WorkerGone
from models.messages import (
    Answered,
    Ask,
    Extract,
    Found,
    Known,
    KnownSubjects,
    Open,
    Outcome,
    Put,
    Search,
    State,
    WorkerState,
)
from models.release import MODEL, ReleaseInfo, write

READY_WITHIN_S = 60
FOUND = 30  # passages; several may be of one document


async def connected(socket: Path) -> Client:
    """A client of a worker that is just starting."""
    until = time.monotonic() + READY_WITHIN_S
    while True:
        client = Client(socket)
        try:
            await client.connect()
            return client
        except WorkerGone:
            if time.monotonic() > until:
                raise
            await asyncio.sleep(0.1)


async def fill(client: Client, documents: list[ev.EvalDocument]) -> None:
    """Hand all documents over and wait until each has its vector."""
    await asyncio.gather(
        *(
            client.call(Put(id=f"put-{one.id}", subject=one.id, documents=(ev.document_of(one),)))
            for one in documents
        )
    )
    known = await client.call(Known(id="known"))
    assert isinstance(known, KnownSubjects)
    assert len(known.subjects) == len({one.id for one in documents})
    while True:
        state = await client.call(State(id="state"))
        assert isinstance(state, WorkerState)
        print(
            f"\r  {state.passages - state.unvectored}/{state.passages} passages", end="", flush=True
        )
        if not state.unvectored:
            print()
            return
        await asyncio.sleep(1)


async def ask(client: Client, question: ev.Question, now: int, *, generate: bool) -> ev.Result:
    rights = ev.rights_of(question.asker)
    found = await client.call(
        Search(
            id=f"s-{question.id}", question=question.question, rights=rights, now=now, limit=FOUND
        )
    )
    assert isinstance(found, Found)
    extracted = answered = ""
    begun = time.perf_counter()
    seconds = 0.0
    request = Ask(
        id=f"a-{question.id}",
        asker=question.asker,
        question=question.question,
        rights=rights,
        now=now,
        may_generate=generate,
    )
    async for answer in client.stream(request):
        if isinstance(answer, Extract):
            seconds = time.perf_counter() - begun
            extracted = " ".join(one.text for one in answer.sentences)
        elif isinstance(answer, Answered) and answer.outcome is not Outcome.REFUSED:
            answered = " ".join(one.text for one in answer.sentences)
    subjects = tuple(one.subject for one in found.passages)
    return ev.Result(question, subjects, extracted, answered, seconds)


async def run(docs: Path, questions: Path, model: Path | None, now: int) -> ev.Scores:
    documents, asked = ev.read_documents(docs), ev.read_questions(questions)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "models.worker", "--socket", str(folder / "s"),
            "--index", str(folder / "index"), cwd=Path(__file__).parent.parent,
        )  # fmt: skip
        try:
            client = await connected(folder / "s")
            print(
                f"{len(documents)} documents, {len(asked)} questions; indexing takes 0.2 s each …"
            )
            await fill(client, documents)
            if model is not None:
                (folder / "model").mkdir()
                (folder / "model" / MODEL).symlink_to(model.resolve())
                info = ReleaseInfo(kind="model", version="0", name=model.name, created_at=now)
                write(folder / "model", info)
                await client.call(Open(id="open", kind="model", path=str(folder / "model")))
            results = [await ask(client, one, now, generate=model is not None) for one in asked]
            await client.close()
        finally:
            process.terminate()
            await process.wait()
    return ev.score(results, documents)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--docs", type=Path, required=True)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="a GGUF file; without it answers are extracts")
    given = parser.parse_args()
    for path in (given.docs, given.questions, given.model):
        if path is not None and not path.is_file():
            print(f"{path} is not there", file=sys.stderr)
            return 2
    scores = asyncio.run(run(given.docs, given.questions, given.model, SystemClock().now()))
    named = msgspec.to_builtins(scores)
    for name, value in named.items():
        print(f"{name:24}{value:10}")
    print(msgspec.json.encode(named).decode())
    return 0


if __name__ == "__main__":
    sys.exit(main())
