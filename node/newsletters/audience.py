"""Whom a letter may go to, in the words a school would print."""

from kit.db import Tx
from kit.i18n import _
from node.newsletters import store
from node.newsletters.model import AudienceChoice, audience_of
from node.people.model import Audience, Kind, Scope


def places(tx: Tx) -> dict[str, list[AudienceChoice]]:
    """What the audience picker offers, by heading (a msgid)."""
    classes = store.classes(tx)
    grades = sorted({grade for _id, grade, _number in classes})
    groups = store.groups(tx)
    scopes: list[tuple[Scope, str]] = [(Scope.SCHOOL, "")]
    scopes += [(Scope.GRADE, str(grade)) for grade in grades]
    scopes += [(Scope.CLASS, class_id) for class_id, _g, _n in classes]
    scopes += [(Scope.GROUP, group_id) for group_id, _name in groups]
    headings = {Kind.GUARDIAN: _("보호자에게"), Kind.STUDENT: _("학생에게")}
    staff = [Audience(Kind.STAFF).key]
    staff += [Audience(Kind.STAFF, Scope.DEPARTMENT, d).key for d in store.departments(tx)]
    staff += [Audience(Kind.STAFF, Scope.GROUP, group_id).key for group_id, _name in groups]
    wanted = {
        heading: [Audience(kind, scope, of).key for scope, of in scopes]
        for kind, heading in headings.items()
    }
    wanted[_("교직원에게")] = staff
    words = labels(tx, {key for keys in wanted.values() for key in keys})
    return {
        heading: [AudienceChoice(k, words[k]) for k in keys] for heading, keys in wanted.items()
    }


_WHO = {Kind.GUARDIAN: "보호자", Kind.STUDENT: "학생", Kind.STAFF: "교직원"}


def labels(tx: Tx, keys: set[str]) -> dict[str, str]:
    """Korean words for audience keys; they are content, as a school would print them."""
    audiences = {key: audience_of(key) for key in keys}
    scopes = {audience.scope for audience in audiences.values()}
    known = store.classes(tx) if Scope.CLASS in scopes else []
    classes = {class_id: f"{grade}학년 {number}반" for class_id, grade, number in known}
    groups = dict(store.groups(tx)) if Scope.GROUP in scopes else {}
    words = {}
    for key, audience in audiences.items():
        who = _WHO[audience.kind]
        match audience.scope:
            case Scope.SCHOOL:
                words[key] = f"전체 {who}"
            case Scope.GRADE:
                words[key] = f"{audience.of}학년 {who}"
            case Scope.CLASS:
                words[key] = f"{classes.get(audience.of, '지난 학급')} {who}"
            case Scope.GROUP:
                words[key] = f"{groups.get(audience.of, '지난 모임')} {who}"
            case _:
                words[key] = f"{audience.of} {who}"
    return words
