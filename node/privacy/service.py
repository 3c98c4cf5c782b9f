"""The privacy officer's view of the access log, and its monthly review."""

import enum
from collections.abc import Mapping

import msgspec

from kit import audit
from kit.card import Card, Weight
from kit.clock import Clock
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.problem import Invalid
from kit.typed import whole
from node.access_log.model import EntriesWanted, LookEntry
from node.access_log.service import PAGE, AccessLog
from node.ledger.service import Ledger
from node.people.access import require_role, with_role
from node.people.model import Asker, Role
from node.privacy import store
from node.privacy.model import (
    BadMonth,
    LogLine,
    LogView,
    Month,
    Review,
    Reviewed,
    ReviewLine,
    cursor_of,
    month_of,
    parse_cursor,
)
from protocol.canonical import canonical_bytes
from protocol.directory import search_key
from protocol.identity import public_key, signature_holds

NAMES_SHOWN = 3
MONTHS_SHOWN = 25  # two years, and the month that has begun
REVIEWS_SHOWN = 12
LONGEST_NOTE = 2_000
SIGNED_AS = "access-log-review"


class PrivacyAct(enum.StrEnum):
    """What the audit log says of the officer's work."""

    REVIEW = "privacy:access_log:review"


OFFICER = (Role.PRIVACY_OFFICER,)


def require_officer(asker: Asker) -> None:
    """Raises NotFound for families, Forbidden for staff: also for whoever runs the node."""
    require_role(asker, *OFFICER)


class Privacy:
    """Who looked at whose data, for the privacy officer alone."""

    def __init__(self, db: Database, clock: Clock, access_log: AccessLog, ledger: Ledger) -> None:
        self._db = db
        self._clock = clock
        self._access_log = access_log
        self._ledger = ledger

    # The front page ---------------------------------------------------------------------------

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """For the officer: last month's log waits to be looked at."""
        if Role.PRIVACY_OFFICER not in asker.roles or self._due(tx, now) is None:
            return []
        return [
            Card(
                "privacy.review",
                _("지난달 접속기록을 점검해 주세요"),
                "shield",
                href="/privacy",
                weight=Weight.TASK,
                text=_("누가 누구의 개인정보를 조회했는지 확인하고 점검 결과를 기록해 주세요."),
                action=_("점검하기"),
            )
        ]

    def _due(self, tx: Tx, now: int) -> Month | None:
        """Last month, while nobody has reviewed it and there is something of it to review."""
        last = month_of(now).previous
        first_at = self._access_log.state(tx).first_at
        if first_at is None or first_at >= last.ends or store.is_reviewed(tx, str(last)):
            return None
        return last

    # Looking ----------------------------------------------------------------------------------

    async def look(
        self,
        asker: Asker,
        month: Month | None,
        *,
        reader_id: str = "",
        person_id: str = "",
        name: str = "",
        is_odd: bool = False,
        cursor: str = "",
    ) -> LogView:
        """A month of the log (last month while its review is due, else this one): all of it, by
        who looked, by who was looked at, or what is odd. `name` finds people. Officer only."""
        require_officer(asker)
        await self._access_log.take_over()
        now = self._clock.now()
        key = search_key(name)

        def work(tx: Tx) -> LogView:
            due = self._due(tx, now)
            chosen = month or due or month_of(now)
            wanted = EntriesWanted(
                chosen.begins, chosen.ends, reader_id, person_id, is_odd, parse_cursor(cursor)
            )
            found = self._access_log.entries(tx, wanted, PAGE + 1)
            more, found = len(found) > PAGE, found[:PAGE]
            entries, odd = self._access_log.count(tx, chosen.begins, chosen.ends)
            state = self._access_log.state(tx)
            return LogView(
                month=chosen,
                months=_months(state.first_at, now),
                lines=_with_names(tx, found),
                cursor=cursor_of(found[-1]) if more else "",
                entries=entries,
                odd=odd,
                state=state,
                due=due,
                reviews=self._reviews(tx),
                reader=store.known(tx, reader_id) if reader_id else None,
                person=store.known(tx, person_id) if person_id else None,
                matches=store.known_by_name(tx, key) if key else [],
            )

        return await self._db.read(work)

    def _reviews(self, tx: Tx) -> list[ReviewLine]:
        """The latest reviews, each held against what was signed."""
        keys = {one.key_id: public_key(one.signing) for one in self._ledger.keys(tx)}
        found = store.reviews(tx, REVIEWS_SHOWN)
        return [ReviewLine(one, _is_as_signed(one, keys)) for one in found]

    # Reviewing --------------------------------------------------------------------------------

    async def review(self, asker: Asker, month: Month, note: str) -> None:
        """Leave word that a month was looked at, signed by the school's key. Officer only.

        Raises BadMonth for one that has not begun, Invalid for a note that is empty or too long.
        """
        require_officer(asker)
        now = self._clock.now()
        if month > month_of(now):
            raise BadMonth()
        words = whole("note", note, LONGEST_NOTE)
        if not words:
            raise Invalid({"note": _("확인한 내용을 입력해 주세요.")})
        await self._access_log.take_over()
        entries, odd = await self._db.read(
            lambda tx: self._access_log.count(tx, month.begins, month.ends)
        )
        head = (await self._db.read(self._access_log.state)).head
        keys = await self._db.read(self._ledger.signer)
        said = Reviewed(
            month=str(month),
            at=now,
            by=asker.id,
            by_name=asker.name,
            note=words,
            entries=entries,
            odd=odd,
            head_seq=head.seq,
            head_hash=head.hash,
            key_id=keys.key_id,
        )
        text = canonical_bytes(said)
        signature = keys.sign(SIGNED_AS, text)
        review = Review(
            new_id(), str(month), now, asker.name, words, entries, odd, text.decode(), signature
        )

        def work(tx: Tx, asker: Asker) -> None:
            store.add_review(tx, review)
            audit.record(
                tx, self._clock, asker, PrivacyAct.REVIEW, str(month), entries=entries, odd=odd
            )

        await self._db.write(with_role(asker, OFFICER, work))


def _is_as_signed(review: Review, keys: Mapping[str, bytes]) -> bool:
    try:
        said = msgspec.json.decode(review.text, type=Reviewed)
    except msgspec.DecodeError:
        return False
    key, text = keys.get(said.key_id), review.text.encode()
    if key is None or not signature_holds(key, SIGNED_AS, text, review.signature):
        return False
    stored = (review.month, review.at, review.by_name, review.note, review.entries, review.odd)
    return stored == (said.month, said.at, said.by_name, said.note, said.entries, said.odd)


def _months(first_at: int | None, now: int) -> list[Month]:
    """The months there is something of, the latest first."""
    month = month_of(now)
    found = [month]
    while first_at is not None and month.begins > first_at and len(found) < MONTHS_SHOWN:
        month = month.previous
        found.append(month)
    return found


def _with_names(tx: Tx, entries: list[LookEntry]) -> list[LogLine]:
    first = {entry.seq: entry.person_ids[:NAMES_SHOWN] for entry in entries}
    names = store.names(tx, [one for ids in first.values() for one in ids])
    return [
        LogLine(entry, [(one, names.get(one, "–")) for one in first[entry.seq]])
        for entry in entries
    ]
