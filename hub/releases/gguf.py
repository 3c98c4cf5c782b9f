"""The process that opens a model: `python -m hub.releases.gguf check|quantize …`.

    check FILE CONTEXT             load it and let it write a word; prints its Facts as JSON
    quantize FILE TARGET KIND      write it anew with smaller numbers

llama.cpp parses what somebody uploaded: it does so here, with memory, time and output bounded.
"""

import ctypes
import os
import sys
from pathlib import Path

import msgspec

from models.bounds import bind
from models.release import check_gguf

GIGABYTE = 1024**3
CHECK_CPU_S = 3600
QUANTIZE_CPU_S = 24 * 3600
QUANTIZED = {
    "Q8_0": "LLAMA_FTYPE_MOSTLY_Q8_0",
    "Q6_K": "LLAMA_FTYPE_MOSTLY_Q6_K",
    "Q5_K_M": "LLAMA_FTYPE_MOSTLY_Q5_K_M",
    "Q4_K_M": "LLAMA_FTYPE_MOSTLY_Q4_K_M",
    "Q3_K_M": "LLAMA_FTYPE_MOSTLY_Q3_K_M",
    "Q2_K": "LLAMA_FTYPE_MOSTLY_Q2_K",
}


class Facts(msgspec.Struct, frozen=True):
    """What a model says of itself. `trained_context` in tokens; `chats`: it has a chat template."""

    name: str = ""
    licence: str = ""
    architecture: str = ""
    trained_context: int = 0
    chats: bool = False


def main(arguments: list[str]) -> int:
    act, source = arguments[0], Path(arguments[1])
    size = source.stat().st_size
    bind(
        memory=2 * size + 8 * GIGABYTE,
        cpu_seconds=CHECK_CPU_S if act == "check" else QUANTIZE_CPU_S,
        file_size=2 * size + GIGABYTE,
    )
    check_gguf(source)
    if act == "check":
        facts = _facts(source, int(arguments[2]))
        print(msgspec.json.encode(facts).decode(), flush=True)
    else:
        _quantize(source, Path(arguments[2]), QUANTIZED[arguments[3]])
    return 0


def _facts(source: Path, context: int) -> Facts:
    from llama_cpp import Llama

    model = Llama(str(source), n_ctx=context, n_batch=128, verbose=False)
    model.create_completion("학교", max_tokens=4, temperature=0.0)
    told = model.metadata
    architecture = told.get("general.architecture", "")
    trained = told.get(f"{architecture}.context_length", "0")
    return Facts(
        name=told.get("general.name", "")[:200],
        licence=told.get("general.license", "")[:200],
        architecture=architecture[:100],
        trained_context=int(trained) if trained.isdigit() else 0,
        chats=bool(told.get("tokenizer.chat_template")),
    )


def _quantize(source: Path, target: Path, kind: str) -> None:
    import llama_cpp

    wanted = llama_cpp.llama_model_quantize_default_params()
    wanted.ftype = getattr(llama_cpp, kind)
    wanted.nthread = max(1, (os.cpu_count() or 2) - 1)
    wanted.allow_requantize = True
    failed = llama_cpp.llama_model_quantize(
        str(source).encode(), str(target).encode(), ctypes.byref(wanted)
    )
    if failed:
        raise SystemExit(f"llama.cpp cannot quantize this model (code {failed})")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
