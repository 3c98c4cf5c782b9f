"""A draw that anyone can recompute: who has a place where more sign up than there are places.

1. Before anybody signs up the school thinks of a seed (32 random bytes) and writes its hash into its log
   (`DrawSeedV1`): from then on it cannot choose another.
2. At closing the list is fixed: the courses with their places, and every entry with its number, which only
   its family knows as its own.
3. The ticket of an entry is the hash of the seed, of the list and of the entry's number. By their tickets,
   the smallest first, entries take the places of their course. One with several children (siblings who stay
   together) takes places for all of them, or waits; then the next that fits has its turn.
4. Seed, hash of the list and hash of the outcome go into the log (`DrawV1`).

Every hash is SHA-256 over text, so that a browser can do it (node/signups/static/signups/recompute.js).
`verify_draw` needs no network: it holds the two records and recomputes the rest.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Annotated

import msgspec

from protocol.canonical import canonical_bytes, decode_canonical
from protocol.errors import MalformedMessage, ProtocolError, RecordRefused
from protocol.message import Count, Message, decode, encode
from protocol.receipts import Receipt, TrustAnchor, from_file, to_file, verify
from protocol.records import DrawSeedV1, DrawV1, Name, read_record, record_hash

FILE_SUFFIX = ".madang-draw.json"
MAX_BYTES = 4 * 1024 * 1024
"""Of a draw's file: forty thousand entries."""
MOST_TOGETHER = 10
"""Children of one entry."""

Number = Annotated[str, msgspec.Meta(pattern="^[0-9]{6}$")]
"""Of an entry: six digits, drawn by chance when it comes in."""


class DrawCourse(msgspec.Struct, frozen=True, kw_only=True):
    """What there are places of."""

    id: Name
    name: Name
    places: Count


class DrawEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One chance in the draw. `children`: how many places it takes, all or none."""

    number: Number
    course: Name
    children: Annotated[int, msgspec.Meta(ge=1, le=MOST_TOGETHER)]


class DrawList(msgspec.Struct, frozen=True, kw_only=True):
    """What is drawn among. Entries by number, each once; every one of a course that is there."""

    signup_id: Name
    courses: tuple[DrawCourse, ...]
    entries: tuple[DrawEntry, ...]


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an entry. `waits`: its place in the waiting list of its course, 0 where it has what
    it asked for."""

    number: Number
    waits: Count


def seed_hash(seed: str) -> str:
    """What the log holds of the seed before the draw. `seed`: 64 hexadecimal digits."""
    return _sha256(f"madang:draw-seed.v1\n{seed}")


def text_of(drawn_among: DrawList) -> str:
    """The list as it is hashed: canonical JSON, entries by number."""
    entries = tuple(sorted(drawn_among.entries, key=lambda one: one.number))
    return canonical_bytes(msgspec.structs.replace(drawn_among, entries=entries)).decode()


def list_hash(text: str) -> str:
    """What the log holds of the list."""
    return _sha256(text)


def ticket(seed: str, hash_of_list: str, number: str) -> str:
    """By which an entry has its turn, the smallest first."""
    return _sha256(f"madang:draw-ticket.v1\n{seed}\n{hash_of_list}\n{number}")


def draw(seed: str, text: str) -> tuple[Drawn, ...]:
    """What becomes of each entry of a list, in the order in which they are drawn. Raises
    MalformedMessage."""
    drawn_among = read_list(text)
    digest = list_hash(text)
    free = {course.id: course.places for course in drawn_among.courses}
    waiting = dict.fromkeys(free, 0)
    drawn = []
    for entry in sorted(
        drawn_among.entries, key=lambda one: (ticket(seed, digest, one.number), one.number)
    ):
        if entry.children <= free[entry.course]:
            free[entry.course] -= entry.children
            drawn.append(Drawn(number=entry.number, waits=0))
        else:
            waiting[entry.course] += 1
            drawn.append(Drawn(number=entry.number, waits=waiting[entry.course]))
    return tuple(drawn)


def read_list(text: str) -> DrawList:
    """The list of a text. Raises MalformedMessage, also where it is not as `text_of` writes one."""
    found = decode_canonical(text.encode(), DrawList)
    numbers = [entry.number for entry in found.entries]
    if numbers != sorted(set(numbers)):
        raise MalformedMessage("the entries are not in the order of their numbers, each once")
    courses = {course.id for course in found.courses}
    if len(courses) != len(found.courses) or {one.course for one in found.entries} - courses:
        raise MalformedMessage("a course is listed twice, or an entry names one that is not listed")
    return found


def outcome_hash(drawn: Iterable[Drawn]) -> str:
    """What the log holds of the outcome: of all entries in the order drawn."""
    return _sha256(canonical_bytes(tuple(drawn)).decode())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# The file -----------------------------------------------------------------------------------------


class DrawFileV1(Message, frozen=True, kw_only=True):
    """All that a draw is recomputed from. `entries`: the text of the list; `commitment` and `drawn`: the
    receipts of both records, each as the file of a receipt has it."""

    entries: str
    commitment: msgspec.Raw
    drawn: msgspec.Raw


class DrawCheck(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a verification: a stable code and plain English words."""

    code: str
    holds: bool
    words: str


class DrawVerification(msgspec.Struct, frozen=True, kw_only=True):
    """`valid` when every check holds; `record`, `courses` and `outcome` only then."""

    valid: bool
    checks: tuple[DrawCheck, ...]
    record: DrawV1 | None = None
    drawn_among: DrawList | None = None
    outcome: tuple[Drawn, ...] = ()


def draw_file(text: str, commitment: Receipt, drawn: Receipt) -> bytes:
    """The file form of a draw."""
    made = DrawFileV1(
        entries=text,
        commitment=msgspec.Raw(to_file(commitment)),
        drawn=msgspec.Raw(to_file(drawn)),
    )
    return msgspec.json.format(encode(made), indent=1)


def read_draw_file(raw: bytes) -> DrawFileV1:
    """Inverse of `draw_file`, still unverified. Raises UnknownVersion, MalformedMessage."""
    if len(raw) > MAX_BYTES:
        raise MalformedMessage("too large for a draw")
    return decode(raw, DrawFileV1)


def verify_draw(file: DrawFileV1, anchor: TrustAnchor | None = None) -> DrawVerification:
    """Every check of a draw, in the order a reader would ask. Raises MalformedMessage where the file
    holds no two receipts of a draw."""
    commitment, drawn = from_file(bytes(file.commitment)), from_file(bytes(file.drawn))
    promised, record = read_record(commitment.record), read_record(drawn.record)
    if not isinstance(promised, DrawSeedV1) or not isinstance(record, DrawV1):
        raise MalformedMessage("the receipts are not those of a draw")

    def signed() -> None:
        for receipt in (commitment, drawn):
            if not verify(receipt, anchor).valid:
                raise RecordRefused("a receipt of the draw does not hold")

    def before() -> None:
        same = (promised.school_id, promised.signup_id) == (record.school_id, record.signup_id)
        named = record.commitment == record_hash(commitment.record)
        if not (same and named and commitment.leaf_index < drawn.leaf_index):
            raise RecordRefused("the seed was not promised to this draw, or not before it")

    def seed() -> None:
        if seed_hash(record.seed) != promised.seed_hash:
            raise RecordRefused("another seed was promised")

    def entries() -> None:
        found = read_list(file.entries)
        if list_hash(file.entries) != record.list_hash or found.signup_id != record.signup_id:
            raise RecordRefused("it was drawn among another list")

    def outcome() -> None:
        if outcome_hash(draw(record.seed, file.entries)) != record.outcome_hash:
            raise RecordRefused("the draw comes to another outcome")

    checks = (
        _check("signed", "the school signed both records, and they are in its log", signed),
        _check("before", "the seed was promised in the log before the draw", before),
        _check("seed", "the seed is the one that was promised", seed),
        _check("entries", "the list is the one that was fixed at closing", entries),
        _check("outcome", "the draw comes to the recorded outcome", outcome),
    )
    if not all(one.holds for one in checks):
        return DrawVerification(valid=False, checks=checks)
    return DrawVerification(
        valid=True,
        checks=checks,
        record=record,
        drawn_among=read_list(file.entries),
        outcome=draw(record.seed, file.entries),
    )


def _check(code: str, words: str, step: Callable[[], None]) -> DrawCheck:
    try:
        step()
    except ProtocolError as error:
        return DrawCheck(code=code, holds=False, words=f"not so: {words} ({error.message})")
    return DrawCheck(code=code, holds=True, words=words)
