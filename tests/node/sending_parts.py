"""Files sent in parts, as the pages' script sends them (tus): for the stories of uploads."""

import base64
import io
from typing import Any

from tests.node.conftest import Answer, Client

TUS = {"Tus-Resumable": "1.0.0"}
PART = TUS | {"Content-Type": "application/offset+octet-stream"}
MEGABYTE = 1024 * 1024


def coded(**told: str) -> str:
    """Upload-Metadata."""
    return ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in told.items())


async def begin(client: Client, uploads: str, size: int, **told: str) -> Answer:
    headers = TUS | {"Upload-Length": str(size), "Upload-Metadata": coded(**told)}
    return await client.post(uploads, headers=headers)


async def send(client: Client, upload: str, offset: int, content: Any, **headers: str) -> Answer:
    """A part: bytes, or what yields some."""
    if isinstance(content, bytes):
        content = io.BytesIO(content)
    sent = PART | {"Upload-Offset": str(offset)} | headers
    return await client.request("PATCH", upload, data=content, headers=sent)


async def offset(client: Client, upload: str) -> int:
    """How much has arrived."""
    answer = await client.request("HEAD", upload, headers=TUS)
    assert answer.status == 200
    return int(answer.headers["Upload-Offset"])
