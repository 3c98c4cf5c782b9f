"""Words of the address book: what a search finds, and what became of a school's share."""

import msgspec

from protocol.directory import Cursor, DirectoryDelta


class SchoolFound(msgspec.Struct, frozen=True):
    """A school whose name fits."""

    school_id: str
    name: str
    kind: str
    district: str
    phone: str
    staff: int


class StaffFound(msgspec.Struct, frozen=True):
    """A member of staff, with the school."""

    school_id: str
    school_name: str
    id: str
    name: str
    position: str
    department: str
    duty: str
    extension: str


class Found(msgspec.Struct, frozen=True):
    """One page of a search. `capped`: there were too many candidates to look at all of them."""

    schools: tuple[SchoolFound, ...] = ()
    staff: tuple[StaffFound, ...] = ()
    page: int = 1
    more: bool = False
    capped: bool = False


class DirectoryTotals(msgspec.Struct, frozen=True):
    """How large the address book is."""

    schools: int
    staff: int


class ShareOutcome(msgspec.Struct, frozen=True):
    """What a delta did. `cursor` None: nothing of this school is held."""

    cursor: Cursor | None
    resend: bool = False
    changed: bool = False


def claims_too_much(school_id: str, delta: DirectoryDelta) -> bool:
    """Whether a share holds the entry of a school other than the one that sends it."""
    return any(
        increment.entry is not None
        and increment.entry.__struct_config__.tag == "school"
        and increment.entry.id != school_id
        for increment in delta.entries
    )
