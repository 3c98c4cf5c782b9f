#!/bin/sh
# zeroconf 0.154.0: a name that another host has registered in the same spelling is refused
# (NonUniqueNameException); in other capitals it is taken, although DNS names are compared without
# regard to case (RFC 6762, section 16). From then on both names resolve to one of the two services.
#
# Seen:  Hanbit on port 1001 and HANBIT on port 1002 both register; asked for Hanbit, a third host is
#        told port 1002.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3.11 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check zeroconf==0.154.0
"$place/venv/bin/python" - <<'PYTHON'
import asyncio
import socket
import sys

from zeroconf import IPVersion, NonUniqueNameException, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

TYPE = "_finding._tcp.local."


def host() -> AsyncZeroconf:
    return AsyncZeroconf(interfaces=["127.0.0.1"], ip_version=IPVersion.V4Only)


def service(name: str, port: int) -> ServiceInfo:
    address = [socket.inet_aton("127.0.0.1")]
    return ServiceInfo(TYPE, f"{name}.{TYPE}", port=port, addresses=address, server=f"h{port}.local.")


async def registers(on: AsyncZeroconf, one: ServiceInfo) -> bool:
    try:
        await (await on.async_register_service(one))
    except NonUniqueNameException:
        return False
    return True


async def main() -> bool:
    first, second, asking = host(), host(), host()
    try:
        taken = await registers(first, service("Hanbit", 1001))
        same = await registers(second, service("Hanbit", 1003))
        other = await registers(second, service("HANBIT", 1002))
        found = await asking.async_get_service_info(TYPE, f"Hanbit.{TYPE}", 3000)
        port = found.port if found else None
        print(f"Hanbit taken: {taken}, again: {same}, as HANBIT: {other}; Hanbit is at {port}")
        return (taken, same, other, port) == (True, False, True, 1002)
    finally:
        for one in (first, second, asking):
            await one.async_close()


sys.exit(0 if asyncio.run(main()) else "zeroconf behaves otherwise now")
PYTHON
