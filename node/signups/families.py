"""A sign-up as a family has it: whom it is for, what became of their entries."""

from collections.abc import Sequence

from msgspec.structs import replace

from kit.db import Tx
from kit.i18n import _
from node.people.model import Asker
from node.signups import entry_store, store
from node.signups.model import (
    Eligible,
    EntryState,
    OwnEntry,
    Phase,
    Signup,
    SignupEntry,
)

_ONLY_READS = _("서명 권한이 있는 다른 보호자가 신청할 수 있습니다.")


def eligible(tx: Tx, asker: Asker, signup: Signup) -> list[Eligible]:
    """The asker's children for whom it is."""
    found = entry_store.may_be_entered(tx, store.keys(tx, signup.id), asker.id)
    return [
        Eligible(
            child.student_id,
            child.name,
            child.class_name,
            "" if child.may_sign else _ONLY_READS,
        )
        for child in asker.children
        if child.student_id in found
    ]


def own_entries(tx: Tx, asker: Asker, signup: Signup, now: int | None = None) -> Sequence[OwnEntry]:
    """The entries of the asker's children, whoever signed up. What became of them is told once all
    know; `now` (ms): whether they may be cancelled at that moment."""
    names = {child.student_id: child.name for child in asker.children}
    signed = {child.student_id for child in asker.children if child.may_sign}
    courses = {one.id: one.name for one in store.courses(tx, signup.id)}
    found = entry_store.of_children(tx, signup.id, names)
    is_fixed = now is None or signup.phase(now) in (Phase.DRAWING, Phase.WITHDRAWN)
    own = []
    for entry in found:
        students = entry_store.children(tx, entry.id)
        shown = _as_told(signup, entry)
        own.append(
            OwnEntry(
                entry=shown,
                course=courses[entry.course_id],
                names=tuple(names[one] for one in students if one in names),
                others=sum(one not in names for one in students),
                waits=entry_store.waits_before(tx, shown)
                if shown.state is EntryState.WAITING
                else 0,
                may_cancel=not is_fixed
                and shown.state is not EntryState.CANCELLED
                and set(students) <= signed,
            )
        )
    return own


def _as_told(signup: Signup, entry: SignupEntry) -> SignupEntry:
    """An entry of a draw that is being settled waits for its outcome like all others."""
    is_drawing = signup.sealed_at is not None and signup.settled_at is None
    if not is_drawing or entry.state is EntryState.CANCELLED:
        return entry
    return replace(entry, state=EntryState.ENTERED, rank=0, changed_at=entry.at)
