"""What must hold in the unit that writes, beside the right: the conditions that a client named, and
locks of others.

    terms = Terms(tokens=frozenset({token}), clauses=((StateTerm("item", is_token=True, value=token),),))
    require(tx, terms, asker, [item.id], now)      # raises PreconditionFailed, Locked
"""

import msgspec

from kit.db import Tx
from node.drive.model import Locked, PreconditionFailed
from node.drive.tree import lock_store, store
from node.people.model import Asker


class StateTerm(msgspec.Struct, frozen=True):
    """One state that is asked for: a lock token or an entity tag (a content's hash) of an item;
    `item_id` empty: of something that is not there."""

    item_id: str
    value: str
    is_token: bool
    is_not: bool = False


class Terms(msgspec.Struct, frozen=True):
    """What a client brought: tokens that it holds; clauses of which one must hold (If); of the file
    itself the hash it must have, "*" for any (If-Match), and those it must not have.

    `is_lenient`: a token that was the asker's own, of this file, and is over counts as held where
    nobody else has locked it meanwhile. Clients give their locks away and send their text all the
    same."""

    tokens: frozenset[str] = frozenset()
    clauses: tuple[tuple[StateTerm, ...], ...] = ()
    match: frozenset[str] | None = None
    none_match: frozenset[str] | None = None
    is_lenient: bool = False


NO_TERMS = Terms()


def require(
    tx: Tx,
    terms: Terms,
    asker: Asker,
    item_ids: list[str],
    now: int,
    *,
    deep: str = "",
    subject: str | None = "",
) -> None:
    """Raises PreconditionFailed, Locked. `item_ids`: what is changed; `deep`: a folder of which all
    that is inside goes along; `subject`: the file of which If-Match speaks (None: it is not there)."""
    _require_matching(tx, terms, subject)
    if terms.clauses and not any(
        all(_holds(tx, terms, term, asker, now) for term in clause) for clause in terms.clauses
    ):
        raise PreconditionFailed()
    locks = [lock for item_id in item_ids if item_id for lock in lock_store.of(tx, item_id, now)]
    if deep:
        locks += lock_store.below(tx, deep, now)
    for lock in locks:
        if lock.person_id == asker.id and lock.token in terms.tokens:
            continue
        beside = [one for one in locks if one.item_id == lock.item_id and one.is_shared]
        if any(one.token in terms.tokens and one.person_id == asker.id for one in beside):
            continue  # a shared lock of the asker's own lies on it as well
        raise Locked(by=lock.person_name)


def _require_matching(tx: Tx, terms: Terms, subject: str | None) -> None:
    if subject == "" or (terms.match is None and terms.none_match is None):
        return
    has = store.hash_of(tx, subject) if subject is not None else None
    if terms.match is not None and (has is None or not terms.match & {"*", has}):
        raise PreconditionFailed()
    if terms.none_match is not None and has is not None and terms.none_match & {"*", has}:
        raise PreconditionFailed()


def _holds(tx: Tx, terms: Terms, term: StateTerm, asker: Asker, now: int) -> bool:
    if not term.is_token:
        is_so = bool(term.item_id) and store.hash_of(tx, term.item_id) == term.value
        return is_so != term.is_not
    locks = lock_store.of(tx, term.item_id, now) if term.item_id else []
    is_so = any(lock.token == term.value for lock in locks)
    if not is_so and terms.is_lenient and not term.is_not and not locks and term.item_id:
        was = lock_store.lock(tx, term.value)
        is_so = was is not None and (was.item_id, was.person_id) == (term.item_id, asker.id)
    return is_so != term.is_not
