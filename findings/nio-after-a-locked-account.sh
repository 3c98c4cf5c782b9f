#!/bin/sh
# matrix-nio 0.26.0: a locked account is answered with 401, M_USER_LOCKED and soft_logout true (Matrix
# client-server API, "Account locking"); the client is to keep its session and try again. nio empties
# its access token at that answer, so the same client object stays out after the account is unlocked.
#
# Seen:  before: SECRET; asked while locked: M_USER_LOCKED, token kept: '';
#        asked once unlocked with: '', M_UNKNOWN_TOKEN
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
python3.11 -m venv "$place/venv"
"$place/venv/bin/pip" install --quiet --disable-pip-version-check matrix-nio==0.26.0
"$place/venv/bin/python" - <<'PYTHON'
import asyncio
import sys

from aiohttp import web
from nio import AsyncClient

TOKEN = "SECRET"
locked = True
asked_with: list[str] = []


async def whoami(request: web.Request) -> web.Response:
    sent = request.headers.get("Authorization", "")
    asked_with.append(sent)
    if sent != f"Bearer {TOKEN}":
        said = {"errcode": "M_UNKNOWN_TOKEN", "error": "unknown"}
    elif locked:
        said = {"errcode": "M_USER_LOCKED", "error": "locked", "soft_logout": True}
    else:
        return web.json_response({"user_id": "@a:example.org", "device_id": "PHONE"})
    return web.json_response(said, status=401)


async def main() -> bool:
    global locked
    app = web.Application()
    app.router.add_get("/_matrix/client/v3/account/whoami", whoami)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    client = AsyncClient(f"http://127.0.0.1:{port}", "@a:example.org")
    client.restore_login("@a:example.org", "PHONE", TOKEN)
    try:
        while_locked = await client.whoami()
        kept = client.access_token
        locked = False
        afterwards = await client.whoami()
        print(f"before: {TOKEN}; asked while locked: {while_locked.status_code}, token kept: {kept!r};")
        print(f"asked once unlocked with: {asked_with[-1]!r}, {afterwards.status_code}")
        return (while_locked.status_code, kept, afterwards.status_code) == (
            "M_USER_LOCKED",
            "",
            "M_UNKNOWN_TOKEN",
        )
    finally:
        await client.close()
        await runner.cleanup()


sys.exit(0 if asyncio.run(main()) else "matrix-nio behaves otherwise now")
PYTHON
