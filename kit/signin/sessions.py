"""Live sessions: whose token it is, asked of the database once a minute; how one's own end."""

from kit.clock import MINUTE, Clock
from kit.db import Database, Tx
from kit.ids import token_hash
from kit.problem import NotFound
from kit.signin import store
from kit.signin.model import Session, SessionsEnded, SessionVerified
from kit.signin.spare import Spare

TOUCH_AFTER = 10 * MINUTE  # last_seen_at is written at most this often: a read stays a read
KEPT_FOR = MINUTE  # a session ended by another process is known as such after this at the latest


class Sessions:
    """The sessions of one server. `idle`, `absolute`: ms that one lives unused, and at all."""

    def __init__(
        self, db: Database, clock: Clock, spare: Spare, *, idle: int, absolute: int
    ) -> None:
        self._db = db
        self._clock = clock
        self._spare = spare
        self._idle = idle
        self._absolute = absolute
        self._cache: dict[str, tuple[Session, int]] = {}
        """Session and until when (ms) it is not asked for again, by hash of its token."""
        self._life = 0  # counts endings, so that a slow read cannot bring an ended session back
        db.on_commit(self._committed)

    async def of(self, token: str) -> Session | None:
        """The live session of a token. Cheap: the database is asked once a minute."""
        key, now = token_hash(token), self._clock.now()
        session = self._kept(key, now) or await self.unused(token)
        if session is None or now - session.last_seen_at <= TOUCH_AFTER:
            return session
        expires_at = min(now + self._idle, session.created_at + self._absolute)
        await self._db.note(lambda tx: store.touch_session(tx, key, now, expires_at))
        return await self._look(key, now)

    async def unused(self, token: str, *, anew: bool = False) -> Session | None:
        """The same, for what goes on by itself: it is no use of the session. `anew`: ask now."""
        key, now = token_hash(token), self._clock.now()
        session = (not anew and self._kept(key, now)) or await self._look(key, now)
        if session is not None and not self._lives(session, now):
            self._cache.pop(key, None)
            return None
        return session

    def _kept(self, key: str, now: int) -> Session | None:
        """A live session that was looked up within the last minute."""
        session, until = self._cache.get(key, (None, 0))
        is_recent = until - KEPT_FOR <= now < until
        return session if session and is_recent and self._lives(session, now) else None

    def _lives(self, session: Session, now: int) -> bool:
        return now < session.expires_at and now < session.created_at + self._absolute

    async def _look(self, key: str, now: int) -> Session | None:
        life = self._life
        session = await self._spare.session(key)
        if session is None:
            session = await self._db.glance(lambda tx: store.session(tx, key))
        if session is None:
            self._cache.pop(key, None)
            return None
        session = self._spare.with_proof(session)
        if life == self._life:
            self._cache[key] = (session, now + KEPT_FOR)
        return session

    async def sign_out(self, session: Session) -> None:
        """End the session that is used now."""
        await self.end(session.account_id, session.id)

    async def end(self, account_id: str, session_id: str) -> None:
        """End one of one's own sessions. Raises NotFound."""

        def end(tx: Tx) -> bool:
            tx.signal(SessionsEnded(account_id, None))
            return bool(store.end_session(tx, account_id, session_id))

        if self._spare.end_session(account_id, session_id):
            self.forget(account_id)
        elif not await self._db.write(end):
            raise NotFound()

    def _committed(self, signals: list[object]) -> None:
        for signal in signals:
            if isinstance(signal, SessionsEnded):
                self.forget(signal.account_id, signal.keep)
            elif isinstance(signal, SessionVerified):
                self.forget(signal.account_id)

    def forget(self, account_id: str, keep: str | None = None) -> None:
        """Ask the database anew for an account's sessions, all but `keep`."""
        self._life += 1
        self._cache = {
            key: kept
            for key, kept in self._cache.items()
            if kept[0].account_id != account_id or kept[0].id == keep
        }
