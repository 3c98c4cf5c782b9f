"""All the administration knows of a person, and whether a form's page still showed it."""

from kit.db import Tx
from kit.problem import NotFound
from kit.seen import ChangedMeanwhile
from node.people.invitations.service import Invitations
from node.people.model import PersonView
from node.people.roster import family_store, group_store, store, waiting


def view(tx: Tx, invitations: Invitations, person_id: str) -> PersonView:
    """Raises NotFound."""
    found = store.person(tx, person_id)
    if found is None:
        raise NotFound()
    name, phone, email, language, has_phone, import_key, closed_at = found
    account = store.account(tx, person_id)
    return PersonView(
        id=person_id,
        name=str(name),
        phone=str(phone),
        email=str(email),
        language=str(language),
        has_phone=bool(has_phone),
        import_key=None if import_key is None else str(import_key),
        closed_at=closed_at if isinstance(closed_at, int) else None,
        login=account[0] if account else None,
        last_sign_in_at=account[1] if account else None,
        invited_until=invitations.invited_until(tx, person_id),
        staff=store.staff_post(tx, person_id),
        roles=store.roles(tx, person_id),
        enrolments=family_store.enrolments(tx, person_id),
        children=family_store.children(tx, person_id),
        guardians=family_store.guardians(tx, person_id),
        groups=group_store.groups_of(tx, person_id),
        agreed_at=invitations.agreed_at(tx, person_id),
        waiting=waiting.of_person(tx, person_id),
        is_guarded=waiting.is_guarded(tx, person_id),
    )


def unchanged(tx: Tx, invitations: Invitations, person_id: str, part: str, seen: str) -> None:
    """Raises NotFound; ChangedMeanwhile when the part (PersonView.seen) is another now."""
    found = view(tx, invitations, person_id).seen.get(part, "")
    if seen and seen != found:
        raise ChangedMeanwhile()
