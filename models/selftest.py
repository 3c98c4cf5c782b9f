"""Whether the language model's engine works on this machine: `python -m models.selftest`.

An engine that was built wrongly for a processor ends its process by a signal, which nothing within
that process can catch. So a model of half a megabyte, made here, writes one token in a process of its
own. Its numbers are kept as those of real models are (Q8_0 and Q4_K), so that the same kernels run.
"""

import os
import random
import signal
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WITHIN_S = 120.0
_ROOT = Path(__file__).parent.parent

_WIDTH, _INNER = 256, 512
_PLAIN, _Q8_0, _Q4_K = 0, 8, 12  # GGUF's numbers of the kinds of tensors
_UINT32, _FLOAT32, _STRING, _ARRAY, _INT32 = 4, 6, 8, 9, 5  # and of values
_ALIGNED = 32  # bytes
_UNKNOWN, _CONTROL, _BYTE = 2, 3, 6  # SentencePiece's kinds of tokens
_TOKENS = [("<unk>", _UNKNOWN), ("<s>", _CONTROL), ("</s>", _CONTROL)] + [
    (f"<0x{byte:02X}>", _BYTE) for byte in range(256)
]
_VOCABULARY = 288  # a multiple of 32: kernels that work in tiles take nothing else


def engine_fault(within_s: float = WITHIN_S) -> str:
    """Why the engine does not work here, in a few words ("SIGILL"); "" when it does.

    Takes about a second. Blocks: call it from a thread.
    """
    try:
        ended = subprocess.run(
            [sys.executable, "-B", "-m", "models.selftest", "write"],
            env={**os.environ, "PYTHONPATH": str(_ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=within_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"no token within {within_s:.0f} s"
    if ended.returncode < 0:
        return signal.Signals(-ended.returncode).name
    if ended.returncode:
        words = ended.stderr.decode("utf-8", "replace").strip().splitlines()
        return words[-1][:200] if words else f"exit status {ended.returncode}"
    return ""


def smallest_model() -> bytes:
    """A GGUF file of the llama architecture: one layer, random weights, bytes as tokens."""
    tensors = list(_tensors(random.Random(1)))
    entries = list(_metadata())
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(entries)) + b"".join(entries)
    at, body = 0, b""
    for name, shape, kind, content in tensors:
        head += _text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, at)
        body += _padded(content)
        at = len(body)
    return _padded(head) + body


def _tensors(chance: random.Random) -> Iterator[tuple[str, tuple[int, ...], int, bytes]]:
    """Name, shape (the innermost first), kind, content."""

    def ones() -> bytes:
        return struct.pack(f"<{_WIDTH}f", *[1.0] * _WIDTH)

    def eights(count: int) -> bytes:  # blocks of 32 numbers: a scale, then a byte for each
        return b"".join(struct.pack("<e", 0.002) + chance.randbytes(32) for _ in range(count // 32))

    def fours(count: int) -> bytes:  # blocks of 256: two scales, 12 bytes of finer ones, nibbles
        return b"".join(
            struct.pack("<ee", 0.0002, 0.0001) + chance.randbytes(140) for _ in range(count // 256)
        )

    yield "token_embd.weight", (_WIDTH, _VOCABULARY), _Q8_0, eights(_WIDTH * _VOCABULARY)
    yield "output.weight", (_WIDTH, _VOCABULARY), _Q8_0, eights(_WIDTH * _VOCABULARY)
    for name in ("output_norm", "blk.0.attn_norm", "blk.0.ffn_norm"):
        yield f"{name}.weight", (_WIDTH,), _PLAIN, ones()
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        yield f"blk.0.{name}.weight", (_WIDTH, _WIDTH), _Q4_K, fours(_WIDTH * _WIDTH)
    for name in ("ffn_gate", "ffn_up"):
        yield f"blk.0.{name}.weight", (_WIDTH, _INNER), _Q4_K, fours(_WIDTH * _INNER)
    yield "blk.0.ffn_down.weight", (_INNER, _WIDTH), _Q4_K, fours(_INNER * _WIDTH)


def _metadata() -> Iterator[bytes]:
    def value(key: str, kind: int, content: bytes) -> bytes:
        return _text(key) + struct.pack("<I", kind) + content

    def array(key: str, kind: int, contents: list[bytes]) -> bytes:
        return value(key, _ARRAY, struct.pack("<IQ", kind, len(contents)) + b"".join(contents))

    yield value("general.architecture", _STRING, _text("llama"))
    for key, number in (
        ("context_length", 256), ("embedding_length", _WIDTH), ("block_count", 1),
        ("feed_forward_length", _INNER), ("attention.head_count", 4),
        ("attention.head_count_kv", 4), ("rope.dimension_count", _WIDTH // 4),
        ("vocab_size", _VOCABULARY),
    ):  # fmt: skip
        yield value(f"llama.{key}", _UINT32, struct.pack("<I", number))
    yield value("llama.attention.layer_norm_rms_epsilon", _FLOAT32, struct.pack("<f", 1e-5))
    tokens = _TOKENS + [
        (f"<unused{number}>", _CONTROL) for number in range(_VOCABULARY - len(_TOKENS))
    ]
    yield value("tokenizer.ggml.model", _STRING, _text("llama"))
    yield array("tokenizer.ggml.tokens", _STRING, [_text(text) for text, _kind in tokens])
    yield array("tokenizer.ggml.scores", _FLOAT32, [struct.pack("<f", 0.0)] * len(tokens))
    yield array(
        "tokenizer.ggml.token_type", _INT32, [struct.pack("<i", kind) for _word, kind in tokens]
    )


def _text(words: str) -> bytes:
    content = words.encode()
    return struct.pack("<Q", len(content)) + content


def _padded(content: bytes) -> bytes:
    return content + bytes(-len(content) % _ALIGNED)


def _write() -> None:
    """Let the model write one token in this process, which may die of it."""
    from llama_cpp import Llama

    with tempfile.NamedTemporaryFile(suffix=".gguf") as file:
        file.write(smallest_model())
        file.flush()
        model: Any = Llama(file.name, n_ctx=256, n_batch=64, n_threads=1, verbose=False)
        # Several tokens at once first: a prompt runs through other kernels than what is written.
        written = model.create_completion("학교 안내 도우미입니다", max_tokens=1, temperature=0.0)
    if written["usage"]["completion_tokens"] != 1:
        raise SystemExit("the engine ran and wrote nothing")


def main(arguments: list[str]) -> int:
    """Exit status 1 when the engine does not work here; one line says so."""
    if arguments == ["write"]:
        _write()
        return 0
    fault = engine_fault()
    if fault:
        print(f"The language model's engine does not work on this machine: {fault}")
        return 1
    print("The language model's engine works on this machine.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
