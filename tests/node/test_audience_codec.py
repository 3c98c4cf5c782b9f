"""Audience keys stand in the databases of schools: what a key meant once it means for ever.

`tests/golden/audience_keys.jsonl` holds what the program before 339c3f6 read (newsletters had the codec then,
and five places asked whether a key is the staff's): every key of both schools of the demo,
the keys of five schools made up by chance, and texts that are no keys. `read` is what its
`newsletters.model.audience_of` gave, null where it refused; `families` what its access rule gave, in
Python and in SQL. Lines are added, never changed.
"""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.newsletters.model import BadAudience
from node.newsletters.model import audience_of as audience_of_letter
from node.people.access import READABLE, may_read
from node.people.audience import audience_of, of_students
from node.people.model import Asker, Audience, Kind, Role, Scope
from protocol.audience import is_of_families

GOLDEN = Path(__file__).parent.parent / "golden" / "audience_keys.jsonl"
KEYS = [json.loads(line) for line in GOLDEN.read_text(encoding="utf-8").splitlines()]
NO_KEYS = {"guardians/", "staff/", "guardians/class", "guardians/school:", "students/school:3"}
NO_KEYS |= {"staff/person", "staff/role"}
"""Texts that no view ever wrote. The earlier codec read some of them as a whole school or as a class
without a name; to the one of today they are nobody's."""
STAFF = Asker("of the staff", "", "", frozenset({Kind.STAFF}), frozenset(), "[]")
FAMILIES = (Kind.GUARDIAN, Kind.STUDENT)


def of_families_in_sql(key: str) -> bool:
    asked = f"SELECT 1 FROM (SELECT ? AS key) a WHERE {READABLE}"
    return sqlite3.connect(":memory:").execute(asked, (key, "[]", 1)).fetchone() is not None


def read_as(known: Mapping[str, Any]) -> Audience | None:
    if known["read"] is None or known["key"] in NO_KEYS:
        return None
    kind, scope, of = known["read"]
    return Audience(Kind(kind), Scope(scope), of)


@pytest.mark.parametrize("known", KEYS, ids=lambda known: known["key"])
def test_a_key_means_what_it_meant_to_the_program_of_then(known: Mapping[str, Any]) -> None:
    key, meant = known["key"], read_as(known)
    assert is_of_families(key) == of_families_in_sql(key) == known["families"]
    assert may_read(STAFF, {key}) == known["families"]
    if meant is not None:
        assert audience_of(key) == audience_of_letter(key) == meant
        assert meant.key == key
    else:  # no key, or one member of staff's, to whom no letter goes
        with pytest.raises(BadAudience):
            audience_of_letter(key)
        is_ones_own = key.startswith("staff/person:")
        assert audience_of(key) == (
            Audience(Kind.STAFF, Scope.PERSON, key.partition(":")[2]) if is_ones_own else None
        )


def test_the_golden_keys_are_of_every_sort_there_is() -> None:
    met = {(read.kind, read.scope) for known in KEYS if (read := audience_of(known["key"]))}
    families = {Scope.SCHOOL, Scope.GRADE, Scope.CLASS, Scope.GROUP}
    staff = {Scope.SCHOOL, Scope.PERSON, Scope.DEPARTMENT, Scope.ROLE, Scope.GROUP}
    assert {(kind, scope) for kind in FAMILIES for scope in families} <= met
    assert {(Kind.STAFF, scope) for scope in staff} <= met
    assert {known["key"] for known in KEYS} >= NO_KEYS


# Schools by chance --------------------------------------------------------------------------------

IDS = st.text("0123456789abcdef", min_size=20, max_size=20)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)  # of departments: any
OF = {
    Scope.SCHOOL: st.just(""),
    Scope.GRADE: st.integers(1, 6).map(str),
    Scope.CLASS: IDS,
    Scope.GROUP: IDS,
    Scope.DEPARTMENT: WORDS,
    Scope.ROLE: st.sampled_from(Role).map(str),
    Scope.PERSON: IDS,
    Scope.CHILD: IDS,
}
AUDIENCES = st.sampled_from([(kind, scope) for kind in Kind for scope in Scope]).flatmap(
    lambda pair: OF[pair[1]].map(lambda of: Audience(*pair, of))
)


@given(AUDIENCES)
def test_an_audience_reads_back_from_its_key(audience: Audience) -> None:
    assert audience_of(audience.key) == audience
    at_large = audience.kind in FAMILIES and audience.scope is not Scope.CHILD
    assert is_of_families(audience.key) == at_large
    assert of_families_in_sql(audience.key) == at_large
    assert may_read(STAFF, {audience.key}) == at_large


@given(st.sets(AUDIENCES, max_size=20))
def test_no_two_audiences_of_a_school_have_one_key(audiences: set[Audience]) -> None:
    assert len({one.key for one in audiences}) == len(audiences)


@given(WORDS | AUDIENCES.map(lambda audience: audience.key[:-1]) | AUDIENCES.map(lambda a: a.key))
def test_whatever_reads_as_an_audience_is_its_key(text: str) -> None:
    read = audience_of(text)
    assert read is None or read.key == text


@given(AUDIENCES)
def test_what_guardians_hold_their_children_hold_as_students(audience: Audience) -> None:
    (turned,) = of_students([audience.key])
    kind = Kind.STUDENT if audience.kind is Kind.GUARDIAN else audience.kind
    assert audience_of(turned) == Audience(kind, audience.scope, audience.of)
