"""The kinds of papers of a school: delivered ready for use, edited by the administrator, passed on.

types.open_ones(tx)                       # what can be begun
await types.save(asker, type_id, changed, seen)
await types.take_over(asker, content)     # a file of another school
"""

from collections.abc import Sequence

import msgspec

from kit import audit
from kit.clock import Clock
from kit.db import Database, Tx, decode, encode
from kit.ids import new_id
from kit.outbox import publish
from kit.problem import NotFound
from kit.seen import check_seen
from node.people.access import require_role, with_role
from node.people.model import Asker, Role
from node.submissions import type_store
from node.submissions.kinds import NO_REPORT, BadType, NoTypeFile, SubmissionType, TypeRow
from node.submissions.model import SubmissionAct, SubmissionTypesChanged
from protocol.supplies import PAPER_FORMAT

LARGEST_FILE = 256 * 1024  # bytes


class TypeFile(msgspec.Struct, frozen=True):
    """How a kind is passed on."""

    format: str
    id: str
    type: SubmissionType


class SubmissionTypes:
    """Kinds of papers. All staff read them, the administrator changes them."""

    def __init__(
        self, db: Database, clock: Clock, delivered: Sequence[tuple[str, bool, SubmissionType]]
    ) -> None:
        self._db = db
        self._clock = clock
        self._delivered = delivered

    async def deliver(self) -> None:
        """Put in the kinds that a school has from the start, each once; what it made of them stays.
        Publishes SubmissionTypesChanged."""

        def unit(tx: Tx) -> None:
            for type_id, is_open, one in self._delivered:
                if type_store.row(tx, type_id) is None:
                    type_store.put(tx, TypeRow(type_id, 1, is_open, one), self._clock.now())
                    publish(tx, SubmissionTypesChanged(type_id), self._clock.now())

        missing = await self._db.read(
            lambda tx: any(type_store.row(tx, one[0]) is None for one in self._delivered)
        )
        if missing:
            await self._db.write(unit)

    # Reading ----------------------------------------------------------------------------------

    def open_ones(self, tx: Tx) -> list[TypeRow]:
        """What can be begun, in the school's order."""
        return [one for one in type_store.rows(tx) if one.is_open]

    def row(self, tx: Tx, type_id: str) -> TypeRow:
        """A kind as it is now. Raises NotFound."""
        found = type_store.row(tx, type_id)
        if found is None:
            raise NotFound()
        return found

    def wording(self, tx: Tx, type_id: str, version: int) -> SubmissionType:
        """A kind as it was under a version."""
        return type_store.wording(tx, type_id, version)

    async def all(self, asker: Asker) -> list[TypeRow]:
        """Every kind, for the administrator. Raises NotFound, Forbidden."""
        require_role(asker, Role.ADMINISTRATOR)
        return await self._db.read(type_store.rows)

    async def one(self, asker: Asker, type_id: str) -> TypeRow:
        """Raises NotFound, Forbidden."""
        require_role(asker, Role.ADMINISTRATOR)
        return await self._db.read(lambda tx: self.row(tx, type_id))

    # Changing ---------------------------------------------------------------------------------

    async def create(self, asker: Asker, new: SubmissionType) -> str:
        """A new kind, closed until somebody opens it; its id. Raises NotFound, Forbidden."""

        def unit(tx: Tx, now: Asker) -> str:
            type_id = new_id()
            self._put(tx, now, TypeRow(type_id, 1, False, new), SubmissionAct.SAVE_TYPE)
            return type_id

        return await self._db.write(with_role(asker, [Role.ADMINISTRATOR], unit))

    async def save(
        self, asker: Asker, type_id: str, changed: SubmissionType, seen: str = ""
    ) -> TypeRow:
        """Change a kind; papers that were begun go on as they began. What is open stays fit to be used.
        Raises NotFound, Forbidden, BadType, ChangedMeanwhile; publishes SubmissionTypesChanged."""

        def unit(tx: Tx, now: Asker) -> TypeRow:
            held = self.row(tx, type_id)
            check_seen(seen, held.type)
            if held.is_open:
                self._require_usable(tx, changed)
            if held.type == changed:
                return held
            saved = TypeRow(type_id, held.version + 1, held.is_open, changed)
            self._put(tx, now, saved, SubmissionAct.SAVE_TYPE)
            return saved

        return await self._db.write(with_role(asker, [Role.ADMINISTRATOR], unit))

    async def set_open(self, asker: Asker, type_id: str, *, is_open: bool) -> None:
        """Let a kind be begun, or not any more. Raises NotFound, Forbidden, BadType; publishes
        SubmissionTypesChanged."""

        def unit(tx: Tx, now: Asker) -> None:
            held = self.row(tx, type_id)
            if is_open:
                self._require_usable(tx, held.type)
            act = SubmissionAct.OPEN_TYPE if is_open else SubmissionAct.CLOSE_TYPE
            self._put(tx, now, TypeRow(type_id, held.version, is_open, held.type), act)

        await self._db.write(with_role(asker, [Role.ADMINISTRATOR], unit))

    def _require_usable(self, tx: Tx, kind: SubmissionType) -> None:
        """Raises BadType: what keeps a kind from being begun, a report that the school does not have too."""
        fault = kind.fault or (NO_REPORT if type_store.misses_report(tx, kind) else "")
        if fault:
            raise BadType(reason=fault)

    def _put(self, tx: Tx, asker: Asker, row: TypeRow, act: SubmissionAct) -> None:
        now = self._clock.now()
        type_store.put(tx, row, now)
        audit.record(tx, self._clock, asker, act, row.id, name=row.type.name)
        publish(tx, SubmissionTypesChanged(row.id), now)

    # Passing on -------------------------------------------------------------------------------

    async def exported(self, asker: Asker, type_id: str) -> tuple[str, bytes]:
        """Name and content of the file with which another school takes a kind over. Raises NotFound,
        Forbidden."""
        row = await self.one(asker, type_id)
        return f"{row.type.name}.json", type_file(row)

    async def take_over(self, asker: Asker, content: bytes) -> str:
        """A kind of another school, as a new one that nobody can begin yet; its id. Raises NotFound,
        Forbidden, NoTypeFile."""
        require_role(asker, Role.ADMINISTRATOR)
        found = read_type(content)

        def unit(tx: Tx, now: Asker) -> str:
            type_id = new_id()
            self._put(tx, now, TypeRow(type_id, 1, False, found.type), SubmissionAct.TAKE_TYPE)
            return type_id

        return await self._db.write(with_role(asker, [Role.ADMINISTRATOR], unit))

    def take_supplied(self, tx: Tx, asker: Asker, content: bytes) -> None:
        """A kind that the province sent, under the id that it has everywhere: in place of the school's
        own, or as a new one that nobody can begin yet. Raises NotFound, Forbidden, NoTypeFile, BadType;
        publishes SubmissionTypesChanged."""
        require_role(asker, Role.ADMINISTRATOR)
        found = read_type(content)
        held = type_store.row(tx, found.id)
        if held is not None and held.is_open:
            self._require_usable(tx, found.type)
        version, is_open = (held.version + 1, held.is_open) if held is not None else (1, False)
        row = TypeRow(found.id, version, is_open, found.type)
        self._put(tx, asker, row, SubmissionAct.TAKE_TYPE)


def type_file(row: TypeRow) -> bytes:
    """The file with which a kind is passed on."""
    content = msgspec.json.encode(TypeFile(PAPER_FORMAT, row.id, row.type))
    return msgspec.json.format(content)


def read_type(content: bytes) -> TypeFile:
    """The kind in a file. Raises NoTypeFile."""
    if len(content) > LARGEST_FILE:
        raise NoTypeFile()
    try:
        found = decode(content.decode(), TypeFile)
    except (UnicodeDecodeError, msgspec.MsgspecError, RecursionError):
        raise NoTypeFile() from None
    if found.format != PAPER_FORMAT or "\x00" in encode(found.type):
        raise NoTypeFile()
    return found
