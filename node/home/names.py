"""What the things are called that acts of the audit log were done to, for who may read of them."""

from collections.abc import Sequence

from kit.db import Tx, encode
from kit.i18n import _
from node.people import audience
from node.people.access import READABLE, names_of, readable_params
from node.people.model import Asker, Scope

_LETTERS = (
    "SELECT n.id, n.title FROM json_each(?) i CROSS JOIN newsletters_v_published n ON n.id = i.value"  # noqa: S608 - constants only
    " WHERE EXISTS (SELECT 1 FROM newsletters_v_audience a WHERE a.newsletter_id = n.id AND "
    + READABLE
    + ")"
)
_FORMS = (
    "SELECT f.id, f.title FROM json_each(?) i CROSS JOIN forms_v_form f ON f.id = i.value"  # noqa: S608 - constants only
    " WHERE EXISTS (SELECT 1 FROM newsletters_v_audience a WHERE a.newsletter_id = f.subject AND "
    + READABLE
    + ")"
)
_NOTICES = (
    "SELECT n.id, n.title FROM json_each(?) i CROSS JOIN official_v_notice n ON n.id = i.value"
)
_GROUPS = "SELECT g.id, g.name FROM json_each(?) i CROSS JOIN people_v_group g ON g.id = i.value"
_SCHOOL = {"school": _("학교 자료")}
_PERSON, _DEPARTMENT = "person:", "department:"


def names_for(tx: Tx, asker: Asker, ids: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """The names of people, classes, groups, letters, forms, notices and places of the drive among the
    ids, and which people they name. A letter's only for who may read it; what is not out has none."""
    given, readable = encode(ids), readable_params(asker)
    whose = {one: _person_in(one) for one in ids}
    people = names_of(tx, list(whose.values()))
    named = {one: people[person] for one, person in whose.items() if person in people}
    rows = (
        *tx.rows(_LETTERS, (given, *readable)),
        *tx.rows(_FORMS, (given, *readable)),
        *tx.rows(_NOTICES, (given,)),
        *tx.rows(_GROUPS, (given,)),
    )
    rooms = {one.id: one.name for one in audience.classes(tx) if one.id in ids}
    keys = [one for one in ids if one not in named and audience.audience_of(one) is not None]
    shares = audience.colleague_labels(tx, keys) if keys else {}
    titles = {str(id): str(title) for id, title in rows}
    departments = {one: one.removeprefix(_DEPARTMENT) for one in ids if one.startswith(_DEPARTMENT)}
    return titles | rooms | shares | _SCHOOL | departments | named, sorted(people)


def _person_in(id: str) -> str:
    """Who somebody's own part of the drive, or a share with one person, is named after; else the id."""
    key = audience.audience_of(id)
    if key is not None and key.scope is Scope.PERSON:
        return key.of
    return id.removeprefix(_PERSON)
