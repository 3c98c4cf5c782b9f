"""A change of families names whom it concerns: what follows from it costs what it changes."""

import msgspec

from node.people.model import FamiliesChanged
from tests.node.conftest import School
from tests.node.test_forms import sql


async def named(school: School) -> tuple[str, ...] | None:
    """Whom the latest change of families names."""
    ((body,),) = await sql(
        school,
        "SELECT body FROM kit_event WHERE tag = 'people.families_changed'"
        " ORDER BY seq DESC LIMIT 1",
    )
    return msgspec.json.decode(body, type=FamiliesChanged).people


async def test_a_change_of_one_family_names_this_family_alone(school: School) -> None:
    people, office = school.people, await school.asker("오정숙")
    haneul, jiwoo = school.id("김하늘"), school.id("이지우")

    await people.families.move_student(office, jiwoo, school.class_id("3-1"), 1)
    assert await named(school) == (jiwoo,)

    await people.families.set_rights(
        office, haneul, jiwoo, relation="모", may_read=False, may_sign=False
    )
    assert await named(school) == (haneul,)

    await people.families.end_guardianship(office, haneul, jiwoo)
    assert await named(school) == (haneul,)

    group = await people.groups.add(office, "축구부", "방과후")
    await people.groups.set_member(office, group, jiwoo, True)
    assert await named(school) == (jiwoo,)

    await people.families.transfer_out(office, jiwoo)
    assert await named(school) == (jiwoo,)


async def test_a_new_school_year_concerns_everybody(school: School) -> None:
    await school.people.classes.open_year(await school.asker("정민호"), 2027)
    assert await named(school) is None


def test_an_event_of_an_earlier_release_means_everybody() -> None:
    stored = '{"event":"people.families_changed","reason":"import"}'
    assert msgspec.json.decode(stored, type=FamiliesChanged).people is None
