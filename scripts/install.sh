#!/bin/sh
# Install Madang and what it needs into .venv: scripts/install.sh requirements.lock [CHECKOUT]
#
# The language model's engine (llama.cpp) comes as source and is compiled for this machine's
# processor; the settings below are the ones it works with.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
lock=${1:?which lock: requirements.lock for a school or a hub, requirements-dev.lock for development}
cd "${2:-$here/..}"
[ -x .venv/bin/python ] || "${PYTHON:-python3.11}" -m venv .venv

case "$(uname -m)" in
x86_64)
    # GCC 12.2 (Debian 12) drops the stores of AMX' tile configuration as dead, and the engine's
    # first prompt then ends with an illegal instruction: these kernels stay out.
    without_amx="-mno-amx-tile -mno-amx-int8 -mno-amx-bf16"
    # Compilers that know no AMX (before GCC 11) refuse the flags and need none.
    knows() { : | ${CC:-cc} "$@" -x c -E - >/dev/null 2>&1; }
    # shellcheck disable=SC2086
    if knows $without_amx || ! knows; then
        export CFLAGS="${CFLAGS:-} $without_amx" CXXFLAGS="${CXXFLAGS:-} $without_amx"
    fi
    ;;
esac
# Half of the objects, and four fifths of the time, belong to programs that are never loaded.
# The build splits its arguments as a shell does: the folder's name may hold spaces.
export CMAKE_ARGS="${CMAKE_ARGS:-} -DLLAVA_BUILD=OFF '-DCMAKE_PROJECT_llama.cpp_INCLUDE=$here/engine.cmake'"

pip() { .venv/bin/python -m pip --disable-pip-version-check "$@"; }
pip install --quiet --require-hashes -r "$lock"
pip install --quiet --no-deps --no-build-isolation --editable .

works() { PYTHONPATH="$here/.." .venv/bin/python -m models.selftest; }
if ! works; then
    # pip may have kept an engine that was compiled with other settings, or for another processor.
    echo "Compiling it once more …"
    engine=$(mktemp)
    trap 'rm -f "$engine"' EXIT
    awk '/^llama-cpp-python==/ { found = 1 } found { print; if (!/\\$/) exit }' "$lock" >"$engine"
    pip install --quiet --require-hashes --no-cache-dir --no-deps --force-reinstall -r "$engine"
    works || echo "Madang works without it: assistants answer in the sources' words." >&2
fi
