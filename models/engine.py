"""llama.cpp: load a GGUF model, write an answer piece by piece, let go.

One context, the fixed instructions first: they stay in the cache, and only what changes from
question to question is read anew. Models with a chat template are asked by it, base models by two
worked examples.
"""

import contextlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from models.passages import Passage

log = logging.getLogger(__name__)

BATCH = 128  # keeps memory low with large vocabularies (measured: half of what 512 takes)
LONGEST_ANSWER = 160  # tokens
GIVEN = 2  # passages in the prompt
PASSAGE_LENGTH = 420  # characters of each

_INSTRUCTION = (
    "학교 안내 도우미입니다. 주어진 자료에 있는 내용만으로 질문에 한두 문장으로 짧게 답합니다."
    " 날짜, 시각, 금액, 이름은 자료에 적힌 그대로 씁니다."
)
_EXAMPLES = (
    "자료: 도서관은 평일 오전 9시부터 오후 5시까지 열며 한 사람이 3권까지 10일 동안 빌릴 수 있습니다.\n"
    "질문: 책을 몇 권까지 빌릴 수 있나요?\n답: 한 사람이 3권까지 10일 동안 빌릴 수 있습니다.\n\n"
    "자료: 우천 시 체육대회는 다음 날로 연기하며 연기 여부는 당일 오전 7시에 문자로 알립니다.\n"
    "질문: 비가 오면 체육대회는 어떻게 되나요?\n답: 비가 오면 체육대회는 다음 날로 연기합니다.\n\n"
)


class EngineFailed(Exception):
    """The model could not be loaded or could not go on; the message says why."""


class Engine:
    """A loaded model. Not for several threads at once."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._called: Any = None  # kept, for llama.cpp holds a bare pointer to it
        self._chats = bool(model.metadata.get("tokenizer.chat_template"))

    @classmethod
    def load(cls, path: Path, *, context: int, threads: int) -> "Engine":
        """Raises EngineFailed. Takes about a second for each GB."""
        from llama_cpp import Llama

        try:
            with _silenced():
                model = Llama(
                    str(path),
                    n_ctx=context,
                    n_batch=BATCH,
                    n_threads=threads,
                    n_threads_batch=threads,
                    verbose=False,
                )
        except Exception as error:  # of llama.cpp, or of the model's chat template
            log.warning("a model cannot be loaded", extra={"reason": repr(error)})
            raise EngineFailed(f"the model cannot be loaded: {error}") from error
        return cls(model)

    def pause_with(self, between: Callable[[], None]) -> None:
        """Have `between` called between the steps of every calculation from now on.

        Some thousand times a second, from 10 µs to 15 ms apart; it may sleep.
        """
        from llama_cpp import ggml_abort_callback, llama_set_abort_callback

        def step(_data: int | None) -> bool:
            between()
            return False  # never abort: the cache would be left half read

        self._called = ggml_abort_callback(step)
        llama_set_abort_callback(self._model.ctx, self._called, None)

    def write(
        self, question: str, passages: Sequence[Passage], stopped: Callable[[], bool]
    ) -> Iterator[str]:
        """The answer as it is written; ends early when `stopped()`. Raises EngineFailed."""
        sources = " ".join(f"[{one.title}] {one.text}"[:PASSAGE_LENGTH] for one in passages[:GIVEN])
        try:
            for piece in self._pieces(f"자료: {sources}\n질문: {question}"):
                if stopped():
                    return
                if piece:
                    yield piece
        except Exception as error:  # a chat template is the model's own code: it may raise anything
            log.warning("the model cannot go on", extra={"reason": repr(error)})
            raise EngineFailed(repr(error)) from error

    def _pieces(self, asked: str) -> Iterator[str]:
        if self._chats:
            messages = [
                {"role": "system", "content": _INSTRUCTION},
                {"role": "user", "content": asked},
            ]
            for part in self._model.create_chat_completion(
                messages, max_tokens=LONGEST_ANSWER, temperature=0.0, stream=True
            ):
                yield part["choices"][0]["delta"].get("content") or ""
            return
        for part in self._model.create_completion(
            prompt(asked),
            max_tokens=LONGEST_ANSWER,
            temperature=0.0,
            repeat_penalty=1.1,
            stop=["\n"],
            stream=True,
        ):
            yield part["choices"][0]["text"]

    def close(self) -> None:
        """Give the memory back."""
        self._model.close()


def prompt(asked: str) -> str:
    """What a base model is given: instructions and examples first, for they stay in the cache."""
    return f"{_INSTRUCTION}\n\n{_EXAMPLES}{asked}\n답:"


@contextlib.contextmanager
def _silenced() -> Iterator[None]:
    """llama.cpp writes to stderr past every logger while it loads."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
