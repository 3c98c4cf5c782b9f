"""The rules of lost and found: staff note what was found, everybody sees it, whoever misses it claims it, and who
noted it hands it over.

thing_id = await belongings.note(asker, FoundWords("남색 우산", "2층 복도", "2026-11-23", "교무실"), photo)
await belongings.claim(guardian, thing_id, child_id, "손잡이에 별 스티커가 있어요")
await belongings.hand_over(asker, thing_id, claim=f"{guardian.id}/{child_id}")
"""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from kit import audit
from kit.card import Card, Entry, Weight
from kit.clock import DAY, Clock, local_date
from kit.db import Database, Tx, decode, encode
from kit.i18n import _
from kit.ids import id_of, new_id
from kit.naming import composed, squeezed
from kit.outbox import publish
from kit.problem import Invalid, NotFound
from kit.schema import get_meta, set_meta
from kit.seen import check_seen
from kit.typed import one_line
from node.belongings import loss_store, store
from node.belongings.model import (
    FEWEST_DAYS,
    LONGEST_PLACE,
    LONGEST_WORDS,
    MOST_DAYS,
    REMEMBERED,
    BelongingsAct,
    BelongingsChanged,
    BelongingsClaimed,
    BelongingsNoted,
    Claim,
    Ending,
    FoundThing,
    FoundThings,
    FoundWords,
    Keeping,
    OpenedThing,
    ThingClosed,
    day_of,
)
from node.belongings.rights import hands_over, hands_over_all, own_thing, owners_of, seen_thing
from node.files.model import FileGone
from node.files.pictures import Pictures
from node.files.service import Files
from node.people.access import of_now, require_staff, with_role
from node.people.model import Asker, Role

PAGE = 24
MOST_OVERDUE = 100  # on one page
ON_A_CARD = 5
FORGOTTEN = 50  # things that one unit forgets
MOST_TERMS = 5  # words of a search
SETTING = "belongings.keeping"


class Belongings:
    """The slice's face."""

    def __init__(self, db: Database, clock: Clock, files: Files, pictures: Pictures) -> None:
        self._db = db
        self._clock = clock
        self._files = files
        self._pictures = pictures

    # What is there ---------------------------------------------------------------------------------

    async def things(self, asker: Asker, asked: str = "", before: str = "") -> FoundThings:
        """What is there and has all the words asked for, a page from behind a thing on."""
        terms = composed(asked).lower().split()[:MOST_TERMS]

        def work(tx: Tx) -> FoundThings:
            last = store.thing(tx, before) if before else None
            found = store.open_things(tx, terms, last, PAGE + 1)
            return FoundThings(
                tuple(found[:PAGE]),
                tuple(store.own_claims(tx, asker.id, sorted(asker.own))),
                tuple(self._waiting(tx, asker, PAGE)),
                found[PAGE - 1].id if len(found) > PAGE else "",
            )

        return await self._db.read(work)

    async def thing(self, asker: Asker, thing_id: str) -> OpenedThing:
        """A thing, with its claims for who hands it over. Raises NotFound."""

        def work(tx: Tx) -> OpenedThing:
            found = seen_thing(tx, asker, thing_id)
            is_own = hands_over(asker, found)
            claims, missed = _asked_for(tx, thing_id) if is_own else ((), ())
            return OpenedThing(
                found,
                tuple(owners_of(asker)),
                tuple(store.own_claims(tx, asker.id, sorted(asker.own), thing_id)),
                claims,
                missed,
                is_own,
            )

        return await self._db.read(work)

    async def picture(self, asker: Asker, thing_id: str, *, small: bool) -> Path:
        """Where a picture lies that the asker may see. Raises NotFound."""
        found = await self._db.read(lambda tx: seen_thing(tx, asker, thing_id))
        digest = found.small if small else found.big
        if not digest:
            raise NotFound()
        return self._pictures.path(digest)

    async def note(
        self, asker: Asker, written: FoundWords, photo: bytes = b"", submission: str = ""
    ) -> str:
        """Staff note that something was found; its id. The same sent twice (`submission`: the page's key)
        is one thing. Publishes BelongingsNoted. Raises NotFound, Invalid, TooLong, BadPhoto,
        NoRoomForPhoto, FileGone."""
        require_staff(asker)
        written = _checked(written, local_date(self._clock.now()))
        thing_id = id_of(asker.id, submission, written) if submission else new_id()
        noted = partial(self._note, thing_id, written)
        if not photo:
            return await self._db.write(of_now(asker, partial(noted, "", "")))
        async with self._pictures.covered(photo) as (big, small):
            return await self._db.write(of_now(asker, partial(noted, big, small)))

    def _note(
        self, thing_id: str, written: FoundWords, big: str, small: str, tx: Tx, now: Asker
    ) -> str:
        require_staff(now)
        if store.thing(tx, thing_id) is not None:
            return thing_id
        self._require_kept((big, small))
        new = FoundThing(
            thing_id,
            written.words,
            written.place,
            written.found_on,
            written.kept_at,
            big,
            small,
            now.id,
            self._clock.now(),
        )
        store.add(tx, new)
        publish(tx, BelongingsNoted(new.id), new.at)
        return new.id

    async def to_edit(self, asker: Asker, thing_id: str) -> FoundThing:
        """A thing whose words the asker may write over. Raises NotFound, ThingClosed."""
        return await self._db.read(lambda tx: _open(own_thing(tx, asker, thing_id)))

    async def edit(
        self, asker: Asker, thing_id: str, written: FoundWords, seen: str = "", photo: bytes = b""
    ) -> None:
        """Who hands it over writes its words anew, and a photo takes the place of the one before. Publishes
        BelongingsChanged. Raises NotFound, Invalid, TooLong, ThingClosed, ChangedMeanwhile, BadPhoto,
        NoRoomForPhoto, FileGone."""
        written = _checked(written, local_date(self._clock.now()))
        edited = partial(self._edit, thing_id, written, seen)
        if not photo:
            await self._db.write(of_now(asker, partial(edited, None)))
            return
        await self.to_edit(asker, thing_id)  # before a picture is worked on
        async with self._pictures.covered(photo) as pictures:
            await self._db.write(of_now(asker, partial(edited, pictures)))
        await self._files.erase()

    def _edit(
        self,
        thing_id: str,
        written: FoundWords,
        seen: str,
        pictures: tuple[str, str] | None,
        tx: Tx,
        now: Asker,
    ) -> None:
        found = _open(own_thing(tx, now, thing_id))
        check_seen(seen, found.written)
        store.edit(tx, thing_id, written)
        if pictures is not None:
            self._require_kept(pictures)
            store.show(tx, thing_id, *pictures)
            self._files.let_go(tx, {found.big, found.small} - {"", *pictures})
        audit.record(tx, self._clock, now, BelongingsAct.EDIT, thing_id)
        publish(tx, BelongingsChanged(thing_id), self._clock.now())

    def _require_kept(self, pictures: Iterable[str]) -> None:
        """Raises FileGone: until a thing holds them, they may go like any picture that nothing refers to."""
        if not all(self._pictures.path(one).exists() for one in pictures if one):
            raise FileGone()

    # Claims ----------------------------------------------------------------------------------------

    async def claim(self, asker: Asker, thing_id: str, owner_id: str, words: str) -> None:
        """It is the asker's, or their child's. Publishes BelongingsClaimed. Raises NotFound, TooLong,
        ThingClosed."""
        words = composed(one_line("words", words, LONGEST_WORDS))

        def unit(tx: Tx, now: Asker) -> None:
            found = _open(seen_thing(tx, now, thing_id))
            if owner_id not in {one.id for one in owners_of(now)}:
                raise NotFound()
            at = self._clock.now()
            store.claim(tx, found.id, now.id, owner_id, words, at)
            publish(tx, BelongingsClaimed(found.id, now.id), at)

        await self._db.write(of_now(asker, unit))

    async def unclaim(self, asker: Asker, thing_id: str, owner_id: str) -> None:
        """It is not, after all. Publishes BelongingsClaimed. Raises NotFound, ThingClosed."""

        def unit(tx: Tx, now: Asker) -> None:
            found = _open(seen_thing(tx, now, thing_id))
            if not store.unclaim(tx, found.id, now.id, owner_id):
                raise NotFound()
            publish(tx, BelongingsClaimed(found.id, now.id), self._clock.now())

        await self._db.write(of_now(asker, unit))

    # How it ends -----------------------------------------------------------------------------------

    async def hand_over(self, asker: Asker, thing_id: str, claim: str = "", to: str = "") -> None:
        """Who claimed or missed it (`Claim.key`), or whoever is named, has it; they miss it no more. Publishes
        BelongingsChanged. Raises NotFound, Invalid, TooLong, ThingClosed."""
        named = composed(one_line("to", to, LONGEST_PLACE))
        if not claim and not named:
            raise Invalid({"to": _("누구에게 돌려주었는지 입력해 주세요. 예: 3학년 2반 이지우")})

        def unit(tx: Tx, now: Asker) -> None:
            found = _open(own_thing(tx, now, thing_id))
            asked = [one for of in _asked_for(tx, thing_id) for one in of]
            given = _claimed(asked, claim) if claim else _named(asked, named)
            if given is None:
                self._end(tx, now, found, Ending.HANDED, named)
                return
            store.has_it(tx, thing_id, given.person_id, given.owner_id)
            at = self._end(tx, now, found, Ending.HANDED, given.owner)
            loss_store.came_back(tx, thing_id, given.owner_id, at)

        await self._db.write(of_now(asker, unit))

    async def clear(self, asker: Asker, things: Sequence[str], ending: Ending) -> int:
        """Things nobody came for were given away or thrown out, or none was found at all; how many.
        Publishes BelongingsChanged of each. Raises NotFound, Invalid; what was closed meanwhile stays."""
        if not things:
            raise Invalid({"things": _("정리할 물건을 선택해 주세요.")})

        def unit(tx: Tx, now: Asker) -> int:
            found = [own_thing(tx, now, one) for one in dict.fromkeys(things[:MOST_OVERDUE])]
            still = [one for one in found if one.closed_at is None]
            for one in still:
                self._end(tx, now, one, ending, "")
            return len(still)

        return await self._db.write(of_now(asker, unit))

    async def reopen(self, asker: Asker, thing_id: str) -> None:
        """What was closed is there again, with its claims. Publishes BelongingsChanged. Raises NotFound."""

        def unit(tx: Tx, now: Asker) -> None:
            found = own_thing(tx, now, thing_id)
            if found.closed_at is None:
                return
            store.has_it(tx, thing_id, "", "")
            loss_store.missed_again(tx, thing_id, found.closed_at)
            store.end(tx, thing_id, None, None, "")
            audit.record(tx, self._clock, now, BelongingsAct.REOPEN, thing_id)
            publish(tx, BelongingsChanged(thing_id), self._clock.now())

        await self._db.write(of_now(asker, unit))

    def _end(self, tx: Tx, now: Asker, thing: FoundThing, ending: Ending, to: str) -> int:
        """The moment of it."""
        at = self._clock.now()
        store.end(tx, thing.id, at, ending, to)
        act = BelongingsAct.HAND_OVER if ending is Ending.HANDED else BelongingsAct.CLEAR
        audit.record(tx, self._clock, now, act, thing.id, ending=ending.value)
        publish(tx, BelongingsChanged(thing.id), at)
        return at

    # How long it is kept ---------------------------------------------------------------------------

    async def overdue(self, asker: Asker) -> tuple[list[FoundThing], Keeping]:
        """What the asker hands over and nobody came for in time, the oldest first; for how long things are
        kept. Raises NotFound."""
        require_staff(asker)
        by_id = "" if hands_over_all(asker) else asker.id

        def work(tx: Tx) -> tuple[list[FoundThing], Keeping]:
            keeping = keeping_of(tx)
            before = self._clock.now() - keeping.days * DAY
            return store.overdue(tx, before, by_id, MOST_OVERDUE), keeping

        return await self._db.read(work)

    async def keep_for(self, asker: Asker, days: int, seen: str = "") -> None:
        """The school keeps things for so many days. Raises NotFound, Forbidden, Invalid,
        ChangedMeanwhile."""
        if not FEWEST_DAYS <= days <= MOST_DAYS:
            raise Invalid({"days": _("14일부터 365일 사이의 숫자를 입력해 주세요.")})

        def unit(tx: Tx, now: Asker) -> None:
            check_seen(seen, keeping_of(tx))
            set_meta(tx, SETTING, encode(Keeping(days)))
            audit.record(tx, self._clock, now, BelongingsAct.SETTING, SETTING, days=days)

        await self._db.write(with_role(asker, (Role.ADMINISTRATOR,), unit))

    async def forget(self) -> None:
        """Nightly: what was closed a month ago goes, in portions, with its claims and its picture."""
        before = self._clock.now() - REMEMBERED

        def unit(tx: Tx) -> int:
            gone, pictures = store.forget(tx, before, FORGOTTEN)
            self._files.let_go(tx, pictures)
            return gone

        while await self._db.write(unit):
            pass

    # The front page --------------------------------------------------------------------------------

    def cards(self, tx: Tx, asker: Asker, _now: int) -> list[Card]:
        """For who hands things over: what somebody says is theirs."""
        found = self._waiting(tx, asker, ON_A_CARD)
        if not found:
            return []
        return [
            Card(
                name="belongings",
                title=_("분실물 확인 요청"),
                icon="hand",
                href="/belongings",
                weight=Weight.TASK,
                entries=tuple(
                    Entry(title=one.words, href=f"/belongings/{one.id}", at=one.claimed_at)
                    for one in found
                ),
                live="belongings.claimed belongings.changed",
            )
        ]

    def _waiting(self, tx: Tx, asker: Asker, limit: int) -> list[FoundThing]:
        if not asker.is_staff:
            return []
        return store.waiting(tx, "" if hands_over_all(asker) else asker.id, limit)


def keeping_of(tx: Tx) -> Keeping:
    """For how long the school keeps things."""
    stored = get_meta(tx, SETTING)
    return Keeping() if stored is None else decode(stored, Keeping)


def _open(thing: FoundThing) -> FoundThing:
    """Raises ThingClosed."""
    if thing.closed_at is not None:
        raise ThingClosed()
    return thing


def _asked_for(tx: Tx, thing_id: str) -> tuple[tuple[Claim, ...], tuple[Claim, ...]]:
    """Who claims a thing, and who reported the loss of one that may be it and claims it not."""
    claims = store.claims(tx, thing_id)
    known = {one.key for one in claims}
    missed = {one.key: one for one in loss_store.of_thing(tx, thing_id) if one.key not in known}
    return tuple(claims), tuple(missed.values())


def _claimed(claims: Sequence[Claim], key: str) -> Claim:
    """Raises NotFound: it may have been taken back meanwhile."""
    found = next((one for one in claims if one.key == key), None)
    if found is None:
        raise NotFound()
    return found


def _named(claims: Sequence[Claim], typed: str) -> Claim | None:
    """Of those who claim or miss it the one who was typed, by name or by class and name; None where nobody was, or
    one of two."""
    name = squeezed(typed)
    found = [one for one in claims if name in (squeezed(one.owner), squeezed(one.room + one.owner))]
    return found[0] if len({one.owner_id for one in found}) == 1 else None


def _checked(written: FoundWords, today: date) -> FoundWords:
    """Raises Invalid, TooLong."""
    written = FoundWords(
        composed(one_line("words", written.words, LONGEST_WORDS)),
        composed(one_line("place", written.place, LONGEST_PLACE)),
        written.found_on,
        composed(one_line("kept_at", written.kept_at, LONGEST_PLACE)),
    )
    wrong = {}
    if not written.words:
        wrong["words"] = _("무엇인지 알아볼 수 있게 적어 주세요. 예: 손잡이가 나무인 남색 우산")
    if not written.place:
        wrong["place"] = _("어디에서 찾았는지 적어 주세요. 예: 2층 복도")
    if not written.kept_at:
        wrong["kept_at"] = _("어디로 찾으러 오면 되는지 적어 주세요. 예: 교무실 앞 보관함")
    found_on = day_of(written.found_on)
    if found_on is None:
        wrong["found_on"] = _("찾은 날을 선택해 주세요.")
    elif found_on > today:
        wrong["found_on"] = _("찾은 날은 오늘보다 뒤일 수 없습니다.")
    if wrong or found_on is None:
        raise Invalid(wrong)
    return replace(written, found_on=found_on.isoformat())
