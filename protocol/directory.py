"""The province's address book: staff and schools, never students; how a node's share travels.

Each node keeps an append-only change log of its share (`epoch` drawn per database life, `seq` from 1).
It pushes increments; the hub answers with how far it got. Each increment carries the hash of its
entry, so both sides can compare the digest of the whole share without sending it.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated

import msgspec

from protocol.canonical import canonical_bytes
from protocol.errors import MalformedMessage
from protocol.identity import SchoolId, SchoolKind
from protocol.message import Count, Sha256

Text = Annotated[str, msgspec.Meta(max_length=200)]


class StaffEntry(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="staff"):
    """A member of staff as the province may see them. `id` is opaque and stable within the school."""

    id: Text
    name: Text
    position: Text
    department: Text = ""
    duty: Text = ""
    matrix_id: Text = ""
    extension: Text = ""
    """Telephone extension in the school; never a private number."""


class SchoolEntry(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="school"):
    """The school itself; `id` is its school id. One per share."""

    id: SchoolId
    name: Text
    school_kind: SchoolKind
    district: Text = ""
    """District office (교육지원청)."""
    address: Text = ""
    phone: Text = ""
    homepage: Text = ""
    matrix_server: Text = ""


Entry = StaffEntry | SchoolEntry


class Op(StrEnum):
    """What an increment does."""

    UPSERT = "upsert"
    REMOVE = "remove"


class Increment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One change of a share. `entry` and `hash` for an upsert only; `id` is the entry's."""

    seq: Annotated[int, msgspec.Meta(ge=1)]
    op: Op
    id: Text
    entry: Entry | None = None
    hash: Sha256 | None = None


class Cursor(msgspec.Struct, frozen=True, kw_only=True):
    """How far a stream was taken over: everything of this epoch up to and including `seq`."""

    epoch: Text
    seq: Count = 0


class DirectoryDelta(msgspec.Struct, frozen=True, kw_only=True):
    """Up: the node's changes after `from_seq`. `full`: the whole share, replaces what the hub has.

    `digest` is that of the share after these entries; `to_seq` the sequence number then.
    """

    epoch: Text
    from_seq: Count
    to_seq: Count
    digest: Sha256
    full: bool = False
    entries: tuple[Increment, ...] = ()


class Step(StrEnum):
    """What the receiver of a delta has to do."""

    APPLY = "apply"
    NOTHING = "nothing"
    RESEND = "resend"


def upsert(seq: int, entry: Entry) -> Increment:
    """The increment that brings an entry."""
    return Increment(seq=seq, op=Op.UPSERT, id=entry.id, entry=entry, hash=entry_hash(entry))


def remove(seq: int, entry_id: str) -> Increment:
    """The increment that takes an entry away."""
    return Increment(seq=seq, op=Op.REMOVE, id=entry_id)


def entry_hash(entry: Entry) -> str:
    """SHA-256 of the canonical entry, hexadecimal. Made by the sender, kept as given by receivers."""
    return hashlib.sha256(canonical_bytes(entry)).hexdigest()


def share_digest(hashes: Iterable[str]) -> str:
    """Digest of a share: SHA-256 over the sorted entry hashes (32 raw bytes each), hexadecimal."""
    return hashlib.sha256(b"".join(sorted(bytes.fromhex(text) for text in hashes))).hexdigest()


def plan_delta(held: Cursor | None, delta: DirectoryDelta) -> tuple[Step, tuple[Increment, ...]]:
    """What to do with a delta, given how far the receiver got: the step and the entries still to apply.

    Repeated entries are dropped; a gap or another epoch asks for the whole share. After APPLY the
    receiver compares its digest with the delta's, and asks to resend when they differ.
    Raises MalformedMessage when sequence numbers do not rise within (from_seq, to_seq].
    """
    last = delta.from_seq
    for increment in delta.entries:
        if increment.seq <= last or increment.seq > delta.to_seq:
            raise MalformedMessage("directory increments out of order")
        if (increment.op is Op.UPSERT) != (
            increment.entry is not None and increment.hash is not None
        ):
            raise MalformedMessage("an upsert carries an entry and its hash, a removal neither")
        if increment.entry is not None and increment.entry.id != increment.id:
            raise MalformedMessage("an increment carries the entry it names")
        last = increment.seq
    same_life = held is not None and held.epoch == delta.epoch
    held_seq = held.seq if held is not None and same_life else 0
    if delta.full:
        if same_life and delta.to_seq < held_seq:
            return Step.NOTHING, ()
        return Step.APPLY, delta.entries
    if not same_life or delta.from_seq > held_seq:
        return Step.RESEND, ()
    fresh = tuple(increment for increment in delta.entries if increment.seq > held_seq)
    if fresh or delta.to_seq > held_seq:
        return Step.APPLY, fresh
    return Step.NOTHING, ()


def apply_increments(
    share: Mapping[str, Increment], entries: Iterable[Increment], *, full: bool = False
) -> dict[str, Increment]:
    """The share (by entry id) after the entries, in order; `full` starts from nothing."""
    result = {} if full else dict(share)
    for increment in entries:
        if increment.op is Op.UPSERT:
            result[increment.id] = increment
        else:
            result.pop(increment.id, None)
    return result


_SPACES = re.compile(r"\s+")
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
# The keyboard makes one letter of two consonants typed in a row.
CLUSTERS = {
    "ㄳ": "ㄱㅅ",
    "ㄵ": "ㄴㅈ",
    "ㄶ": "ㄴㅎ",
    "ㄺ": "ㄹㄱ",
    "ㄻ": "ㄹㅁ",
    "ㄼ": "ㄹㅂ",
    "ㄽ": "ㄹㅅ",
    "ㄾ": "ㄹㅌ",
    "ㄿ": "ㄹㅍ",
    "ㅀ": "ㄹㅎ",
    "ㅄ": "ㅂㅅ",
}
MAX_ENDS = 12  # ends of a long (foreign) name that are searchable
_FIRST, _LAST, _PER_INITIAL = 0xAC00, 0xD7A3, 588


def normalise(text: str) -> str:
    """For search keys on both sides: NFKC (files from macOS come decomposed), case folded, no spaces."""
    return _SPACES.sub("", unicodedata.normalize("NFKC", text).casefold())


def initial_consonants(text: str) -> str:
    """초성 of a text for search: `김하늘` → `ㄱㅎㄴ`. What is no Hangul syllable stays, normalised.

    Conjoining initials (U+1100…) and compatibility letters (ㄱ…) both end as compatibility letters.
    """
    composed = normalise(text)
    return "".join(_initial(letter) for letter in composed)


def search_key(typed: str) -> str:
    """A typed part of a name as it is looked for: normalised, and 초성 (ㄱㅎㄴ) as they are kept."""
    key = normalise("".join(CLUSTERS.get(letter, letter) for letter in typed))
    if all("\u1100" <= letter <= "\u1112" for letter in key):
        return initial_consonants(key)  # normalising makes conjoining letters of a typed ㄱ
    return key


def name_parts(name: str) -> set[str]:
    """What a name is found by besides its beginning: its ends of two letters and more, 초성 and their ends.

    Whatever stands within a name begins one of its ends: a range of such parts finds it.
    """
    key, initials = normalise(name), initial_consonants(name)
    return ({initials} | ends(key) | ends(initials)) - {key, ""}


def ends(text: str) -> set[str]:
    """The ends of a normalised text that are searchable, of two letters and more, without the whole."""
    return {text[start:] for start in range(1, min(len(text) - 1, MAX_ENDS))}


def _initial(letter: str) -> str:
    code = ord(letter)
    if _FIRST <= code <= _LAST:
        return _INITIALS[(code - _FIRST) // _PER_INITIAL]
    if 0x1100 <= code <= 0x1112:
        return _INITIALS[code - 0x1100]
    return letter
