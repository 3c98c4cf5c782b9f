"""What a child must not eat: said by a guardian, who agrees that the school keeps it (민감정보, 개인정보
보호법 제23조), and seen by few. Nothing of it is in a notice, a search or another family's page; it goes
when the guardian takes the agreement back or the child leaves the school.
"""

from collections.abc import Collection
from datetime import date

from msgspec.structs import replace

from kit import audit
from kit.clock import Clock, local_date
from kit.db import Database, Tx
from kit.i18n import _
from kit.problem import Forbidden, Invalid, NotFound
from kit.seen import check_seen
from node.meals import store
from node.meals.model import ALLERGENS, AllergyLine, ChildAllergies, Dish, MealsAct
from node.people.access import may_see_allergies, of_now, require_staff, sees_child
from node.people.model import Asker, Child, PersonClosed


class Allergies:
    """What the school keeps of who must not eat what."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def of_children(self, asker: Asker) -> list[ChildAllergies]:
        """What is kept of the asker's children. Raises NotFound for who has none here."""
        if not asker.children:
            raise NotFound()

        def work(tx: Tx) -> list[ChildAllergies]:
            return [
                store.of_child(tx, one.student_id, one.name, one.may_sign) for one in asker.children
            ]

        return await self._db.read(work)

    async def of_child(self, asker: Asker, student_id: str) -> ChildAllergies:
        """What is kept of one child of the asker. Raises NotFound."""
        child = _child(asker, student_id)
        return await self._db.read(
            lambda tx: store.of_child(tx, student_id, child.name, child.may_sign)
        )

    async def say(
        self,
        asker: Asker,
        student_id: str,
        allergens: Collection[int],
        *,
        agrees: bool,
        seen: str = "",
    ) -> None:
        """A guardian says what a child must not eat and agrees that the school keeps it; with no
        allergens it is `withdraw`. Raises NotFound, Forbidden for who may not sign for the child,
        Invalid, ChangedMeanwhile."""
        if not allergens:
            await self.withdraw(asker, student_id, seen=seen)
            return
        if not set(allergens) <= ALLERGENS.keys():
            raise Invalid({"allergens": _("목록에 있는 식품을 선택해 주세요.")})
        if not agrees:
            raise Invalid({"agrees": _("동의해야 저장할 수 있습니다.")})

        def unit(tx: Tx, now: Asker) -> None:
            child = _signed_for(now, student_id)
            kept = store.of_child(tx, student_id, child.name, child.may_sign)
            check_seen(seen, sorted(kept.allergens), kept.agreed_at)
            store.keep_allergies(tx, student_id, allergens, now.id, self._clock.now())
            audit.record(tx, self._clock, now, MealsAct.ALLERGIES, student_id)

        await self._db.write(of_now(asker, unit))

    async def withdraw(self, asker: Asker, student_id: str, *, seen: str = "") -> None:
        """A guardian takes the agreement back: nothing is kept any more. Raises as `say`."""

        def unit(tx: Tx, now: Asker) -> None:
            child = _signed_for(now, student_id)
            kept = store.of_child(tx, student_id, child.name, child.may_sign)
            check_seen(seen, sorted(kept.allergens), kept.agreed_at)
            if store.forget_allergies(tx, student_id):
                audit.record(tx, self._clock, now, MealsAct.WITHDRAW, student_id)

        await self._db.write(of_now(asker, unit))

    async def listed(self, asker: Asker) -> tuple[date, list[AllergyLine]]:
        """Today, and who must not eat everything, of those the asker may know: each with the dishes of
        today that hold it. Raises NotFound."""
        require_staff(asker)
        every = may_see_allergies(asker, "")
        if not every and not asker.classes:
            raise NotFound()
        today = local_date(self._clock.now())

        def work(tx: Tx) -> list[AllergyLine]:
            lines = (
                store.lines_of_school(tx) if every else store.lines_of_classes(tx, asker.classes)
            )
            meals = store.of_days(tx, [today.isoformat()])
            dishes = [dish for one in meals for dish in one.meal.dishes]
            return [replace(one, today=_met(one, dishes)) for one in lines]

        return today, await self._db.read(work)

    def left(self, tx: Tx, event: PersonClosed) -> None:
        """Somebody left the school: nothing is kept of them."""
        store.forget_allergies(tx, event.person_id)


def _met(line: AllergyLine, dishes: Collection[Dish]) -> tuple[Dish, ...]:
    allergies = frozenset(line.allergens)
    return tuple(one for one in dishes if one.of(allergies))


def _child(asker: Asker, student_id: str) -> Child:
    """Raises NotFound unless it is a child of the asker."""
    if not sees_child(asker, student_id):
        raise NotFound()
    return next(one for one in asker.children if one.student_id == student_id)


def _signed_for(asker: Asker, student_id: str) -> Child:
    """The asker's child for whom they may agree to something. Raises NotFound, Forbidden."""
    child = _child(asker, student_id)
    if not child.may_sign:
        raise Forbidden()
    return child
