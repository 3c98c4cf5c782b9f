#!/bin/sh
# Install Madang and what it needs into .venv: scripts/install.sh [--pages] LOCK [CHECKOUT]
#
# LOCK: requirements.lock for a school or a hub, -demo or -dev for a demo or development. --pages: only
# what pages need, without the writing model's weights and its engine (llama.cpp), which is compiled
# for this machine's processor: scripts/engine.py.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
engine=yes
if [ "${1:-}" = --pages ]; then
    engine=no
    shift
fi
lock=${1:?which lock: requirements.lock or requirements-dev.lock}
cd "${2:-$here/..}"
[ -x .venv/bin/python ] || "${PYTHON:-python3.11}" -m venv .venv

# A server's modules are compiled now: whoever runs it may not write here. Whoever tries or develops
# Madang has each compiled when it is first used, which is most of them never.
compile=--no-compile
[ "$engine $lock" = "yes requirements.lock" ] && compile=--compile

pip() { .venv/bin/python -m pip --disable-pip-version-check "$@"; }
others=$(mktemp)
trap 'rm -f "$others"' EXIT
later=llama-cpp-python==
[ "$engine" = no ] && later="$later|gemma3"
awk -v later="^($later)" '/^[a-z]/ { is_later = $0 ~ later } !is_later' "$lock" >"$others"
# The lock names everything, so that nothing is left to be resolved.
pip install --quiet $compile --require-hashes --no-deps -r "$others"
pip install --quiet --no-deps --no-build-isolation --editable .
# This checkout knows how, the one that is installed may be of before.
[ "$engine" = no ] || PYTHONSAFEPATH=1 PYTHONPATH="$here/.." .venv/bin/python -m scripts.engine "$lock"
