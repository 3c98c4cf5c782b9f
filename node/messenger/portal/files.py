"""Files in a room: sent, and opened by whoever may read the message that holds them.

They lie in Synapse's store. What somebody opens is found by its message and asked for in their name, so
that nobody has a file by its address alone.
"""

import contextlib
import mimetypes
from collections.abc import AsyncIterator
from urllib.parse import quote

import aiohttp

from kit.cleaning import line
from kit.problem import NotFound
from node.messenger.model import (
    DRAWN,
    LONGEST_MESSAGE,
    MediaKind,
    MessengerNotReady,
    SentFile,
    SentFileTooLarge,
)
from node.messenger.portal.portal import Portal
from node.messenger.service import Messenger
from node.messenger.synapse.matrix import MatrixAway, MatrixRefused
from node.people.model import Asker

PREVIEW = {"width": "640", "height": "480", "method": "scale"}
LONGEST_NAME = 200


class RoomFiles:
    """Speaks with Synapse as the asker."""

    def __init__(self, messenger: Messenger, portal: Portal) -> None:
        self._messenger = messenger
        self._portal = portal

    async def file(self, asker: Asker, room_id: str, event_id: str) -> SentFile:
        """What a message holds. Raises NotFound."""
        found = await self._portal.message(asker, room_id, event_id)
        if found.file is None:
            raise NotFound()
        return found.file

    @contextlib.asynccontextmanager
    async def opened(
        self, asker: Asker, sent: SentFile, *, is_preview: bool = False
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Its content as it comes; of a picture a smaller one. Raises NotFound, MessengerNotReady."""
        what = "thumbnail" if is_preview else "download"
        where = f"{quote(sent.server, safe=':')}/{quote(sent.media_id, safe='')}"
        token = await self._portal.token(asker)
        matrix = self._messenger.ready().matrix
        try:
            answer = await matrix.open(
                f"/_matrix/client/v1/media/{what}/{where}", token, PREVIEW if is_preview else {}
            )
        except MatrixAway as error:
            raise MessengerNotReady() from error
        except MatrixRefused as error:
            raise NotFound() from error
        async with answer:
            yield answer

    async def most(self, asker: Asker, room_id: str) -> int:
        """How many megabytes one may send into a room. Raises NotFound, MessengerNotReady, NoAccount."""
        await self._portal.room(asker, room_id)
        return self._messenger.ready().relay.upload_mb

    async def send(
        self, asker: Asker, room_id: str, name: str, content: bytes, words: str, transaction: str
    ) -> None:
        """Send a file with words to it, once.

        Raises NotFound, RoomEncrypted, SentFileTooLarge, MessengerNotReady.
        """
        name = line(name)[:LONGEST_NAME] or "file"
        kind, media_type = _kind_of(name)
        try:
            url = await self._messenger.ready().matrix.upload(
                content, name, media_type, await self._portal.token(asker)
            )
        except MatrixAway as error:
            raise MessengerNotReady() from error
        except MatrixRefused as error:
            if error.status == 413:
                raise SentFileTooLarge(mb=self._messenger.ready().relay.upload_mb) from error
            raise MessengerNotReady() from error
        message = {
            "msgtype": f"m.{kind}",
            "body": words.strip()[:LONGEST_MESSAGE] or name,
            "filename": name,
            "url": url,
            "info": {"mimetype": media_type, "size": len(content)},
        }
        await self._portal.send(asker, room_id, message, transaction)


def _kind_of(name: str) -> tuple[MediaKind, str]:
    """By the name's ending, as clients do; only what can be drawn is a picture."""
    media_type = mimetypes.guess_type(name)[0] or "application/octet-stream"
    group = media_type.partition("/")[0]
    if media_type in DRAWN:
        return MediaKind.IMAGE, media_type
    return (MediaKind(group) if group in ("video", "audio") else MediaKind.FILE), media_type
