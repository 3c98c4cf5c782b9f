"""Templates of letters that the province gives its schools: written in the console, or as a school exports them.

    key = await letters.write(officer, None, typed)                # waits for the next publication
    await letters.add(officer, [("trip.json", content)])
    found = await letters.one(officer, key)

A form is written a question a line: `참가에 동의하십니까?` asks for consent, `교통편 | 버스 | 도보` for one of these.
"""

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from hub.officers.access import require_acting
from hub.officers.model import Officer
from hub.supplies import store
from hub.supplies.model import (
    LONGEST_BODY,
    LONGEST_NAME,
    LONGEST_TITLE,
    MOST_QUESTIONS,
    LetterFilesWrong,
)
from hub.supplies.service import ID, Supplies
from kit.clock import Clock, local_date
from kit.db import Database, Tx
from kit.i18n import _
from kit.ids import new_id
from kit.problem import MISSING, UNFIT, Invalid, NotFound
from kit.typed import lines, one_line, whole
from protocol.errors import MalformedMessage
from protocol.supplies import (
    LETTER_FORMAT,
    LetterAudience,
    LetterFile,
    LetterKind,
    Supply,
    SupplyKind,
    read_letter,
)

EXAMPLE_SCHOOL = _("○○초등학교")
_ASKED = re.compile(r"\s*\|\s*")


class TypedLetter(msgspec.Struct, frozen=True):
    """A template as the page sends it. `questions`: one a line; None: the form stays as it is."""

    kind: str
    name: str
    title: str
    body: str
    audience: str
    questions: str | None


class Letters:
    """Every officer may look, officers and administrators write."""

    def __init__(self, db: Database, clock: Clock, supplies: Supplies) -> None:
        self._db = db
        self._clock = clock
        self._supplies = supplies

    async def one(self, officer: Officer, key: str) -> LetterFile:
        """Raises NotFound."""

        def unit(tx: Tx) -> str:
            if store.item(tx, SupplyKind.LETTER, key) is None:
                raise NotFound()
            return store.content(tx, SupplyKind.LETTER, key)

        return read_letter((await self._db.read(unit)).encode())

    async def write(self, officer: Officer, key: str | None, typed: TypedLetter) -> str:
        """A new template, or another text of one; its key. Raises NotFound, Invalid, TooLong,
        TooManySupplies; publishes SuppliesChanged."""
        require_acting(officer)
        held = await self.one(officer, key) if key is not None else None
        letter = _written(held, typed)
        await self._supplies.put(officer, [_supply(letter)])
        return letter.id

    async def add(self, officer: Officer, files: Sequence[tuple[str, bytes]]) -> int:
        """Templates as schools export them, all or none; how many. Raises LetterFilesWrong (which names the
        files), TooManySupplies; publishes SuppliesChanged."""
        require_acting(officer)
        found, wrong = [], []
        for name, content in files:
            letter = _read(content)
            found.append(_supply(letter)) if letter is not None else wrong.append(name)
        if wrong or not found:
            raise LetterFilesWrong(files=", ".join(wrong) or "-")
        return await self._supplies.put(officer, found)

    def example(self, letter: LetterFile, school: str) -> tuple[str, str]:
        """Title and text as a teacher of `school` would begin with today."""
        today = local_date(self._clock.now())
        filled = {"{학교명}": school, "{날짜}": f"{today.year}년 {today.month}월 {today.day}일"}
        title, body = letter.title, letter.body
        for blank, word in filled.items():
            title, body = title.replace(blank, word), body.replace(blank, word)
        return title, body


def questions_of(letter: LetterFile) -> list[str]:
    """What its form asks, a line each as it is typed."""
    found = []
    for one in (letter.form or {}).get("fields", []):
        label, options, rows = (
            str(one.get("label", "")),
            one.get("options", []),
            one.get("rows", []),
        )
        label += f" ({', '.join(map(str, rows))})" if rows else ""
        found.append(" | ".join([label, *map(str, options)]))
    return found


def is_typed(letter: LetterFile) -> bool:
    """Whether its form is one that can be typed in lines: what a school's editor made stays as it is."""
    return letter.form is None or _form(questions_of(letter)) == letter.form


def _form(typed: Sequence[str]) -> dict[str, Any] | None:
    fields = []
    for at, line in enumerate(typed, 1):
        label, *options = (one for one in _ASKED.split(line.strip()) if one)
        kind = "choice" if options else "consent"
        fields.append({"id": f"q{at}", "kind": kind, "label": label, "options": options})
    return {"fields": fields} if fields else None


def _written(held: LetterFile | None, typed: TypedLetter) -> LetterFile:
    name, title = (
        one_line("name", typed.name, LONGEST_NAME),
        one_line("title", typed.title, LONGEST_TITLE),
    )
    body = whole("body", lines(typed.body), LONGEST_BODY)
    missing = {
        f: MISSING for f, said in (("name", name), ("title", title), ("body", body)) if not said
    }
    if missing:
        raise Invalid(missing)
    if typed.kind not in set(LetterKind) or typed.audience not in set(LetterAudience):
        raise Invalid({"kind": UNFIT})
    form = held.form if held is not None else None
    if typed.questions is not None:
        asked = [one for one in typed.questions.splitlines() if one.strip(" |\t")]
        if len(asked) > MOST_QUESTIONS:
            raise Invalid({"questions": _("질문은 30개까지 넣을 수 있습니다.")})
        form = _form(asked)
    return LetterFile(
        format=LETTER_FORMAT,
        id=held.id if held is not None else new_id(),
        kind=LetterKind(typed.kind),
        name=name,
        title=title,
        body=body,
        audience=LetterAudience(typed.audience),
        form=form,
    )


def _read(content: bytes) -> LetterFile | None:
    """The template in a file of a school; None where it is none."""
    try:
        found = read_letter(content)
    except MalformedMessage:
        return None
    name = " ".join(found.name.split())[:LONGEST_NAME]
    fields = (found.form or {}).get("fields", [])
    fits = (
        ID.fullmatch(found.id)
        and name
        and len(found.title) <= LONGEST_TITLE
        and len(found.body) <= LONGEST_BODY
        and isinstance(fields, list)
        and len(fields) <= MOST_QUESTIONS
        and all(
            isinstance(one, dict)
            and all(isinstance(one.get(part, []), list) for part in ("options", "rows"))
            for one in fields
        )
    )
    return msgspec.structs.replace(found, name=name) if fits else None


def _supply(letter: LetterFile) -> Supply:
    return Supply(
        kind=SupplyKind.LETTER,
        key=letter.id,
        name=letter.name,
        content=msgspec.json.encode(letter).decode(),
    )
