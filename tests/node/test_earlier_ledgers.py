"""Ledgers that an earlier release wrote: they come into the new shape while pages are served, each
letter as a whole, and nobody sees a difference."""

from kit.clock import DAY
from kit.db import Tx
from kit.web.keys import MOVES
from node.notify import earlier
from node.notify.about import about
from tests.node.conftest import School
from tests.node.test_forms import answer, sent, sql
from tests.node.test_notify import ALL, notify, opened, published, seen_by
from tests.node.test_told_as_it_is import letter_of


def _as_before(tx: Tx) -> None:
    """The ledgers as the release before left them."""
    tx.execute(
        "INSERT INTO notify_reach (newsletter_id, person_id, student_id, sent_at, opened_at,"
        " answered_at, unreachable, reminded_at, reminders)"
        " SELECT l.id, p.id, c.id, l.sent_at, o.opened_at, r.answered_at,"
        " CASE WHEN o.opened_at IS NOT NULL THEN '' ELSE CASE r.unreachable WHEN 0 THEN ''"
        "  WHEN 1 THEN 'no_account' WHEN 2 THEN 'no_phone' WHEN 3 THEN 'never_signed_in'"
        "  WHEN 4 THEN 'mail_refused' END END, r.reminded_at, 0"
        " FROM notify_reached r JOIN notify_letter l ON l.number = r.letter"
        " JOIN notify_person p ON p.number = r.person JOIN notify_person c ON c.number = r.child"
        " LEFT JOIN newsletters_opening o ON o.newsletter_id = l.id AND o.person_id = p.id"
    )
    tx.execute("DELETE FROM notify_reached")
    tx.execute("DELETE FROM notify_letter")
    tx.execute("DELETE FROM notify_person WHERE number > 0")
    tx.execute("DELETE FROM kit_move")


async def waiting(school: School) -> set[str]:
    return {id for (id,) in await sql(school, "SELECT DISTINCT newsletter_id FROM notify_reach")}


async def a_year(school: School) -> list[str]:
    """Two letters and a form, which some have opened, answered or were reminded of."""
    all_of_them = [await published(school, ALL, "최은영") for _time in range(2)]
    await opened(school, "김하늘", all_of_them[0])
    await notify(school).remind(await school.asker("최은영"), all_of_them[0])
    form = await sent(school)
    await answer(school, await school.client_as("김하늘"), form)
    await school.settled()
    return [*all_of_them, await letter_of(school, form)]


async def test_a_ledger_says_the_same_before_and_after_it_came_over(school: School) -> None:
    wrote = await a_year(school)
    before = [await seen_by(school, "최은영", letter) for letter in wrote]
    await school.db.write(_as_before)
    assert await waiting(school) == set(wrote)

    assert await seen_by(school, "최은영", wrote[0]) == before[0]
    assert await waiting(school) == set(wrote[1:])  # whoever looks at it has brought it over

    await school.app[MOVES].drained()
    assert await waiting(school) == set()
    assert [await seen_by(school, "최은영", letter) for letter in wrote] == before


async def test_what_somebody_does_meanwhile_is_written_to_the_ledger_that_came_over(
    school: School,
) -> None:
    form = await sent(school, deadline_at=school.clock.now() + DAY)
    await school.settled()
    await school.db.write(_as_before)
    subject = await letter_of(school, form)
    await answer(school, await school.client_as("김하늘"), form)
    await school.settled()
    assert await waiting(school) == set()
    view = await seen_by(school, "박서연", subject)
    assert (view.totals.answered, view.missing) == (1, 0)
    assert await notify(school).remind_before_deadlines() == 0


async def test_a_family_that_comes_meanwhile_is_added_to_the_letters_that_wait(
    school: School,
) -> None:
    wrote = await a_year(school)
    other = await published(school, ("staff",), "최은영")
    await school.db.write(_as_before)
    office = await school.asker("오정숙")
    doyun, hajun = school.id("이도윤"), school.id("박하준")
    roster = school.people.roster
    await school.db.write(lambda tx: roster.add_guardianship(tx, doyun, hajun, "삼촌"))
    rights = {"relation": "삼촌", "may_read": True, "may_sign": False}
    await school.people.families.set_rights(office, doyun, hajun, **rights)  # type: ignore[arg-type]
    await school.settled()
    assert await waiting(school) == {other}  # what his keys do not reach waits for its turn
    for letter in wrote:
        view = await seen_by(school, "최은영", letter)
        names = {(row.person_name, row.student_name) for one in view.classes for row in one.rows}
        assert ("이도윤", "박하준") in names


async def test_who_asks_what_is_kept_of_them_sees_letters_of_both_shapes(school: School) -> None:
    wrote = await a_year(school)

    def held(tx: Tx, name: str) -> list[str]:
        received = about(tx, school.id(name))[0]
        return sorted(str(row) for row in received.rows)

    def of_both(tx: Tx) -> tuple[list[str], list[str]]:
        return held(tx, "김하늘"), held(tx, "이지우")

    before = await school.db.read(of_both)
    assert [len(rows) for rows in before] == [5, 2]
    await school.db.write(_as_before)
    assert await school.db.read(of_both) == before
    await school.db.write(lambda tx: earlier.bring(tx, wrote[0]))
    assert await school.db.read(of_both) == before
