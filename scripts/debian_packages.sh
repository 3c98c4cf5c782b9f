#!/bin/sh
# Install the named Debian packages that are missing: as root at once, else say the one command.
set -eu
command -v dpkg-query >/dev/null 2>&1 || exit 0
missing=""
for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
        missing="$missing $package"
done
# A Python that can already make environments needs no python3-venv.
case "$missing" in
*python3-venv*)
    if python3.11 -c 'import ensurepip' 2>/dev/null; then
        missing=$(printf '%s' "$missing" | sed 's/ python3-venv//')
    fi
    ;;
esac
# Any PostgreSQL server on the machine will do.
case "$missing" in
*postgresql*)
    if ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
        missing=$(printf '%s' "$missing" | sed 's/ postgresql//')
    fi
    ;;
esac
[ -n "$missing" ] || exit 0
if [ "$(id -u)" -ne 0 ]; then
    echo "Some Debian packages are missing. Please run: sudo apt install$missing" >&2
    exit 2
fi
echo "Installing Debian packages:$missing (a minute or two) …"
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
