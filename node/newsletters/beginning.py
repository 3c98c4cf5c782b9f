"""What a letter is begun from: the class's last notice (“as yesterday”), or a template.

Days that a text is of come along: where it names its own day or the day of school after it, the new one
names today and the day of school after today. Any other date stays as it is written.
"""

import re
from datetime import date

import msgspec

from kit.clock import Clock, local_date, school_year
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.languages import korean
from kit.problem import Forbidden, NotFound, Problem
from kit.typed import one_line
from node.calendar.model import NoSchoolDay
from node.calendar.service import Calendar
from node.newsletters import lists, store
from node.newsletters.desk import Desk, copyable, own_class, without_past_deadline
from node.newsletters.model import Content, Letter, Sort
from node.newsletters.proof.dated import WEEKDAYS, Mention, spans
from node.newsletters.publishing import form_draft
from node.newsletters.wording import LONGEST_TITLE
from node.people.access import is_confidential, of_now, require_staff
from node.people.model import Asker
from protocol.supplies import BLANKS, LETTER_FORMAT, LetterAudience, LetterFile, LetterKind

MOST = 100  # templates of one person, or of the school
SCHOOLS = ""
"""Whose a template is that all staff begin from."""
PROVINCE = "province"
"""Whose a template is that came from the province: all staff begin from it, and its text is not theirs."""
_NUMBER = re.compile(r"\d+")
_COLUMNS = (
    "SELECT id, owner_id, kind, name, title, body, form, day, supply, audience, withdrawn"
    " FROM newsletters_template"
)


class LetterTemplate(msgspec.Struct, frozen=True):
    """What letters of a kind begin from. `owner_id`: whose it is, SCHOOLS for all staff; `day`: the ISO date
    that its dates are of; `form` as a letter has it. Of one from the province, `supply`: its id there; `day`: the
    day it came; `audience`: to whom its letters are addressed at first; `withdrawn`: it is no longer in the
    province's list."""

    id: str
    owner_id: str
    kind: str
    name: str
    title: str
    body: str
    form: str
    day: str
    supply: str = ""
    audience: str = ""
    withdrawn: bool = False


class TooManyTemplates(Problem):
    code = "too-many-templates"
    status = 422
    text = _("양식은 %(count)s개까지 저장할 수 있습니다. 사용하지 않는 양식을 삭제해 주세요.")


class ConfidentialTemplate(Problem):
    code = "confidential-template"
    status = 422
    text = _(
        "선택한 가정에 보낸 글은 모든 교직원이 보는 학교 양식으로 저장할 수 없습니다. 내 양식으로 저장해 주세요."
    )


class Beginnings:
    """Every verb takes the asker first and runs as one unit. A template of somebody's is theirs alone; those
    of the school and of the province all staff begin from, and approvers keep them. `school`: its name."""

    def __init__(
        self, db: Database, clock: Clock, calendar: Calendar, desk: Desk, school: str
    ) -> None:
        self._db = db
        self._clock = clock
        self._calendar = calendar
        self._desk = desk
        self._school = school

    async def as_before(self, asker: Asker) -> str | None:
        """A draft from the last notice of the asker's class, for the same people; its id, None where the
        class has had no notice yet. Raises NotFound for who is not staff."""

        def unit(tx: Tx, asker: Asker) -> str | None:
            require_staff(asker)
            own = own_class(asker, Sort.CLASS_NOTICE)
            wanted = lists.Wanted(asker, kind=Sort.CLASS_NOTICE, child_keys=sorted(own))
            last = lists.lines(tx, wanted, 1) if own else []
            old = store.letter(tx, last[0].id) if last else None
            if old is None:
                return None
            keys = tuple(sorted(old.audience))
            title, body = self._moved(tx, _day_of(old), old.title, old.body)
            content = Content(title, body, keys, telephone=old.telephone)
            return self._desk.add(tx, asker, Sort.CLASS_NOTICE, content)

        return await self._db.write(of_now(asker, unit))

    async def templates(self, asker: Asker) -> list[LetterTemplate]:
        """The asker's own, then the school's, then the province's. Raises NotFound for who is not staff."""
        require_staff(asker)

        def unit(tx: Tx) -> list[LetterTemplate]:
            return [*_of(tx, asker.id), *_of(tx, SCHOOLS), *_of(tx, PROVINCE)]

        return await self._db.read(unit)

    async def keep(
        self, asker: Asker, newsletter_id: str, name: str, *, is_schools: bool = False
    ) -> None:
        """Keep a letter on the asker's desk, or one they may read, as a template of theirs or the school's.
        Its name, where none is given, is the letter's title. Raises NotFound, Forbidden, TooLong,
        TooManyTemplates, ConfidentialTemplate."""

        def unit(tx: Tx, asker: Asker) -> None:
            letter = copyable(tx, asker, newsletter_id)
            if is_schools and not asker.is_approver:
                raise Forbidden()
            if is_schools and is_confidential(letter.audience):
                raise ConfidentialTemplate()
            owner = SCHOOLS if is_schools else asker.id
            if len(_of(tx, owner)) >= MOST:
                raise TooManyTemplates(count=MOST)
            kind = Sort.NEWSLETTER if letter.kind == Sort.OFFICIAL else Sort(letter.kind)
            template = LetterTemplate(
                id=new_id(),
                owner_id=owner,
                kind=kind.value,
                name=one_line("name", name, LONGEST_TITLE) or letter.title,
                title=letter.title,
                body=letter.body,
                form=letter.form,
                day=_day_of(letter).isoformat(),
            )
            add(tx, template)

        await self._db.write(of_now(asker, unit))

    async def begin(self, asker: Asker, template_id: str) -> str:
        """A draft from a template; its id. Raises NotFound."""

        def unit(tx: Tx, asker: Asker) -> str:
            require_staff(asker)
            one = _template(tx, asker, template_id)
            kind = Sort(one.kind)
            if one.owner_id == PROVINCE:
                title, body = self._filled(asker, one.title), self._filled(asker, one.body)
            else:
                title, body = self._moved(tx, date.fromisoformat(one.day), one.title, one.body)
            form = without_past_deadline(one.form, self._clock.now())
            keys = (one.audience,) if one.audience else own_class(asker, kind)
            content = Content(title, body, keys, form)
            return self._desk.add(tx, asker, kind, content)

        return await self._db.write(of_now(asker, unit))

    async def exported(self, asker: Asker, template_id: str) -> bytes:
        """The file with which another school, or the province, takes it over. Raises NotFound."""

        def unit(tx: Tx) -> LetterTemplate:
            require_staff(asker)
            return _template(tx, asker, template_id)

        return file_of(await self._db.read(unit))

    async def rename(self, asker: Asker, template_id: str, name: str) -> None:
        """Raises NotFound, Forbidden (one of the province keeps its name), TooLong. An empty name leaves the
        one that it has."""

        def unit(tx: Tx, asker: Asker) -> None:
            one = _kept_by(tx, asker, template_id)
            if one.owner_id == PROVINCE:
                raise Forbidden()
            given = one_line("name", name, LONGEST_TITLE) or one.name
            tx.execute("UPDATE newsletters_template SET name = ? WHERE id = ?", (given, one.id))

        await self._db.write(of_now(asker, unit))

    async def remove(self, asker: Asker, template_id: str) -> None:
        """Raises NotFound, Forbidden."""

        def unit(tx: Tx, asker: Asker) -> None:
            one = _kept_by(tx, asker, template_id)
            tx.execute("DELETE FROM newsletters_template WHERE id = ?", (one.id,))

        await self._db.write(of_now(asker, unit))

    def _filled(self, asker: Asker, text: str) -> str:
        """A text of the province with its blanks filled in; a blank that is not ours stays for the writer."""
        today = local_date(self._clock.now())
        day = f"{today.year}년 {today.month}월 {today.day}일({WEEKDAYS[today.weekday()]})"
        words = (self._school, day, f"{school_year(today)}학년도", asker.name)
        for blank, word in zip(BLANKS, words, strict=True):
            text = text.replace(blank, word)
        return text

    def _moved(self, tx: Tx, of: date, *texts: str) -> list[str]:
        """Texts of a day as they are today."""
        today = local_date(self._clock.now())
        days = {of: today}
        try:
            following = self._calendar.next_school_day(tx, of)
            days.setdefault(following, self._calendar.next_school_day(tx, today))
        except NoSchoolDay:
            pass  # a school at its end: what it says of the next day stays as written
        return [moved(text, of, days) for text in texts]


def moved(text: str, of: date, days: dict[date, date]) -> str:
    """A text of a day, with `days` in place of those that its Korean part names, written as it writes them:
    the other parts are their author's to follow, and the reading-over asks for it."""
    own = korean(text)
    return _moved(own, of, days) + text[len(own) :]


def _moved(text: str, of: date, days: dict[date, date]) -> str:
    mentions = {one.start: one for span in spans(text, of) for one in (span.first, span.last)}
    for start in sorted(mentions, reverse=True):
        one = mentions[start]
        to = days.get(one.day) if one.day else None
        if to is not None:
            text = text[:start] + _rewritten(text, one, to) + text[one.end :]
    return text


def _rewritten(text: str, mention: Mention, to: date) -> str:
    """A mention of a date as one of another day."""
    if mention.weekday_at >= 0:
        at = mention.weekday_at
        text = text[:at] + WEEKDAYS[to.weekday()] + text[at + 1 :]
    written = text[mention.start : mention.end]
    count = len(_NUMBER.findall(written))
    numbers = iter((to.year, to.month, to.day)[-count:] if 1 <= count <= 3 else ())

    def number(found: re.Match[str]) -> str:
        new = str(next(numbers, found[0]))
        return new.zfill(len(found[0])) if found[0].startswith("0") else new

    return _NUMBER.sub(number, written)


def add(tx: Tx, template: LetterTemplate) -> None:
    """Keep it, in place of the one with its id."""
    tx.execute(
        "INSERT OR REPLACE INTO newsletters_template"
        " (id, owner_id, kind, name, title, body, form, day, supply, audience, withdrawn)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        msgspec.structs.astuple(template),
    )


def file_of(one: LetterTemplate) -> bytes:
    """A template as it travels; a deadline is of one letter, and stays."""
    draft = form_draft(one.form)
    letter = LetterFile(
        format=LETTER_FORMAT,
        id=one.supply or one.id,
        kind=LetterKind(one.kind),
        name=one.name,
        title=one.title,
        body=one.body,
        audience=LetterAudience(one.audience),
        form=None
        if draft is None
        else msgspec.to_builtins(msgspec.structs.replace(draft, deadline_at=None)),
    )
    return msgspec.json.encode(letter)


def _day_of(letter: Letter) -> date:
    return local_date(letter.published_at or letter.scheduled_at or letter.updated_at)


def _of(tx: Tx, owner_id: str) -> list[LetterTemplate]:
    return tx.structs(
        LetterTemplate, _COLUMNS + " WHERE owner_id = ? ORDER BY kind, name, id", (owner_id,)
    )


def one(tx: Tx, template_id: str) -> LetterTemplate | None:
    return tx.struct(LetterTemplate, _COLUMNS + " WHERE id = ?", (template_id,))


def _template(tx: Tx, asker: Asker, template_id: str) -> LetterTemplate:
    """One that the asker may begin from. Raises NotFound."""
    found = one(tx, template_id)
    if found is None or found.owner_id not in (SCHOOLS, PROVINCE, asker.id):
        raise NotFound()
    return found


def _kept_by(tx: Tx, asker: Asker, template_id: str) -> LetterTemplate:
    """One that the asker may change. Raises NotFound, Forbidden."""
    require_staff(asker)
    found = _template(tx, asker, template_id)
    if found.owner_id in (SCHOOLS, PROVINCE) and not asker.is_approver:
        raise Forbidden()
    return found
