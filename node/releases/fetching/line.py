"""The line to the hub's immutable files: kept-alive connections, bounded answers, for threads.

Blocking on purpose: python-tuf is, and a chunk that is received, unpacked, hashed and written in one
thread costs the server's loop nothing (sockets, hashes and writes all let others run).
"""

import contextlib
import http.client
import queue
import socket
import ssl
import threading
from urllib.parse import urlsplit

from kit.clock import monotonic
from node.releases.model import Away

ANSWERS_WITHIN_S = 15.0
WHOLE_WITHIN_S = 120.0
BLOCK = 256 * 1024


class AnswerTooLong(Exception):
    """The answer is longer than it may be; it was not read to its end."""


class FileLine:
    """Connections to one hub, lent to one thread at a time. Close after use."""

    def __init__(
        self,
        url: str,
        tls: ssl.SSLContext | None,
        answers_within_s: float = ANSWERS_WITHIN_S,
        whole_within_s: float = WHOLE_WITHIN_S,
    ) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or ""
        self._port = parts.port
        self._prefix = parts.path.rstrip("/")
        self._tls = tls
        self._answers_within_s = answers_within_s
        self._whole_within_s = whole_within_s
        self._idle: queue.LifoQueue[http.client.HTTPConnection] = queue.LifoQueue()
        self._until: dict[http.client.HTTPConnection, float] = {}  # when those lent are cut
        self._closed = False
        self._ended = threading.Event()
        threading.Thread(target=self._watch, name="hub-line", daemon=True).start()

    def get(self, path: str, limit: int) -> bytearray:
        """The body of 200 at a path, of at most `limit` bytes. Raises Away, AnswerTooLong."""
        if self._closed:
            raise Away("the line was closed")
        try:
            connection, fresh = self._idle.get_nowait(), False
        except queue.Empty:
            connection, fresh = self._connection(), True
        try:
            try:
                return self._exchange(connection, path, limit)
            except (http.client.BadStatusLine, ConnectionError):
                if fresh:
                    raise
                # The hub had closed a connection that lay idle.
                connection.close()
                return self._exchange(connection, path, limit)
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            raise Away(f"{type(error).__name__}: {error}") from error
        except (Away, AnswerTooLong):
            connection.close()
            raise

    def _connection(self) -> http.client.HTTPConnection:
        if self._tls is None:
            return http.client.HTTPConnection(
                self._host, self._port, timeout=self._answers_within_s
            )
        return _Encrypted(self._host, self._port, timeout=self._answers_within_s, context=self._tls)

    def _exchange(self, connection: http.client.HTTPConnection, path: str, limit: int) -> bytearray:
        """One question and its answer. Whoever sends a byte now and then is never silent for long:
        the connection is cut when its time is over."""
        until = self._until[connection] = monotonic() + self._whole_within_s
        try:
            connection.request("GET", self._prefix + path)
            with connection.getresponse() as answer:
                content = self._content(answer, path, limit)
        finally:
            del self._until[connection]
        if monotonic() > until:  # headers that are cut off are read as if they were whole
            raise Away(f"{path}: took longer than {self._whole_within_s:.0f} s")
        if answer.will_close or self._closed:
            connection.close()
        else:  # last of all: from here it is another thread's
            self._idle.put(connection)
        return content

    def _watch(self) -> None:
        """For all exchanges, as long as the line lives: a timer for each would cost a thread each."""
        while not self._ended.wait(min(1.0, self._whole_within_s / 4)):
            now = monotonic()
            for connection, until in list(self._until.items()):
                if now > until:
                    _cut(connection)

    def _content(self, answer: http.client.HTTPResponse, path: str, limit: int) -> bytearray:
        if answer.status != http.client.OK:
            raise Away(f"{path}: {answer.status}", answer.status)
        length = answer.length
        if length is not None and length > limit:
            raise AnswerTooLong(f"{path}: {length} bytes, {limit} at most")
        content = bytearray(limit + 1 if length is None else length)
        view = memoryview(content)
        got = 0
        while got < len(content):
            count = answer.readinto(view[got : got + BLOCK])
            if not count:
                break
            got += count
        if got > limit:
            raise AnswerTooLong(f"{path}: more than {limit} bytes")
        if length is not None and got < length:
            raise Away(f"{path}: ended after {got} of {length} bytes")
        view.release()
        del content[got:]
        return content

    def close(self) -> None:
        """End all connections; threads that wait on one are told at once."""
        self._closed = True
        self._ended.set()
        for connection in list(self._until):
            _cut(connection)
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()


class _Encrypted(http.client.HTTPSConnection):
    """One that can be cut from its first byte: while the handshake goes on, the socket is known."""

    def connect(self) -> None:
        http.client.HTTPConnection.connect(self)
        context: ssl.SSLContext = self._context  # type: ignore[attr-defined]
        self.sock = context.wrap_socket(
            self.sock, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock.do_handshake()


def _cut(connection: http.client.HTTPConnection) -> None:
    """Whoever waits on it is told at once."""
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)
