#!/bin/sh
# Pin every dependency with its hashes; the files name no index.
set -eu
cd "$(dirname "$0")/.."
options="--generate-hashes --no-emit-index-url --no-header --python-version 3.11 --quiet"
tool=$(mktemp -d)
trap 'rm -rf "$tool"' EXIT
.venv/bin/python -m venv "$tool"
"$tool/bin/pip" install --quiet uv
# shellcheck disable=SC2086
"$tool/bin/uv" pip compile pyproject.toml --extra dev $options -o requirements-dev.lock
# shellcheck disable=SC2086
"$tool/bin/uv" pip compile pyproject.toml --extra demo $options -c requirements-dev.lock -o requirements-demo.lock
# shellcheck disable=SC2086
"$tool/bin/uv" pip compile pyproject.toml $options -c requirements-dev.lock -o requirements.lock
