"""Somebody who holds a school's whole machine and every day's backup, and wants to know who answered what.

They are given more than a machine tells: in which order, and on which day, each of a survey's voters took part,
as a camera at the school's door might have seen it. What they look for is anything that puts the answers into an
order, or beside a person:

- where answers stand in each file, byte by byte: journal, free pages, log, copies of the nights;
- in which order each table of each database gives them, and in that of each number beside them;
- on which day each could first be read;
- sealed ballots that a key opens which lies anywhere, or lay there on a night;
- the person whose id or name stands nearest.

Each way is a guess at which voter wrote which answer; where a way says nothing, chance guesses.
"""

import hashlib
import random
import re
import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import msgspec
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox

MARK = re.compile(rb"mark[0-9a-f]{14}")
"""What each voter writes, once in all surveys."""


class Secret(msgspec.Struct, frozen=True):
    """A survey as it happened: voters in the order in which they took part, with the answer of each, and the
    day of each. The attacker is told all but which answer is whose."""

    voters: tuple[str, ...]
    days: tuple[int, ...]
    answers: tuple[str, ...]


class Evidence(msgspec.Struct, frozen=True):
    """What lay on the machine, and in the backup of each day: folders, the last one as it is at the end.
    `names`: of each voter what they are called."""

    folders: tuple[Path, ...]
    names: Mapping[str, str]


Places = dict[str, tuple[float, ...]]
"""By answer where it stands: whatever can be compared."""


class Attacker:
    """Guesses of one who has all the evidence."""

    def __init__(
        self, evidence: Evidence, surveys: Sequence[Secret], chance: random.Random
    ) -> None:
        self._evidence = evidence
        self._surveys = surveys
        self._chance = chance

    def right(self) -> dict[str, int]:
        """By way of guessing, how many answers of all surveys were given to the right voter."""
        found: dict[str, int] = {"chance alone": sum(map(self._by_chance, self._surveys))}
        for way, places in self._orders().items():
            for name, sign in (("", 1), (", backwards", -1)):
                found[way + name] = sum(self._by_order(one, places, sign) for one in self._surveys)
        for way, nearest in self._neighbours().items():
            found[way] = sum(self._by_person(one, nearest) for one in self._surveys)
        first = self._first_days()
        found["the day of each"] = sum(self._by_day(one, first) for one in self._surveys)
        return found

    # Guesses --------------------------------------------------------------------------------------

    def _by_chance(self, one: Secret) -> int:
        guessed = list(one.answers)
        self._chance.shuffle(guessed)
        return _same(guessed, one.answers)

    def _by_order(self, one: Secret, places: Places, sign: int) -> int:
        """Who took part first wrote what stands first."""
        if not all(answer in places for answer in one.answers):
            return self._by_chance(one)
        return _same(sorted(one.answers, key=lambda answer: places[answer])[::sign], one.answers)

    def _by_day(self, one: Secret, first: Mapping[str, int]) -> int:
        """Of those who took part on a day, one wrote what could be read from that day on."""
        guessed: list[str] = []
        by_day: dict[int, list[str]] = defaultdict(list)
        for answer in one.answers:
            by_day[first.get(answer, -1)].append(answer)
        for some in by_day.values():
            self._chance.shuffle(some)
        left = [answer for day in sorted(by_day) for answer in by_day[day]]
        for day in one.days:
            wanted = by_day[day] or left
            answer = next(taken for taken in wanted if taken in left)
            left.remove(answer)
            if answer in by_day[day]:
                by_day[day].remove(answer)
            guessed.append(answer)
        return _same(guessed, one.answers)

    def _by_person(self, one: Secret, nearest: Mapping[str, Mapping[str, int]]) -> int:
        """Each answer to the voter who stands nearest to it and has none yet."""
        if not all(answer in nearest for answer in one.answers):
            return self._by_chance(one)
        pairs = sorted(
            (nearest[answer].get(voter, 1 << 60), at, place)
            for at, voter in enumerate(one.voters)
            for place, answer in enumerate(sorted(one.answers))
        )
        written, guessed = sorted(one.answers), dict[int, str]()
        for _distance, at, place in pairs:
            if at not in guessed and written[place] not in guessed.values():
                guessed[at] = written[place]
        return _same([guessed[at] for at in range(len(one.voters))], one.answers)

    # What there is to find ------------------------------------------------------------------------

    def _orders(self) -> dict[str, Places]:
        """Ways in which answers stand one behind the other."""
        found: dict[str, Places] = defaultdict(dict)
        for stage, folder in enumerate(self._evidence.folders):
            for path, content in _files(folder):
                for match in MARK.finditer(content):
                    place = found[f"{stage} {path.name}: bytes"]
                    place.setdefault(match[0].decode(), (match.start(),))
                    found[f"{stage} {path.name}: last bytes"][match[0].decode()] = (match.start(),)
            for path in _databases(folder):
                for table, row, texts, numbers in _rows(path):
                    for answer in {mark for text in texts for mark in _marks(text)}:
                        found[f"{stage} {table}: rows"].setdefault(answer, (row,))
                        for column, number in numbers.items():
                            way = f"{stage} {table}: {column}"
                            found[way].setdefault(answer, (number, row))
        found |= {"sealed ballots": self._opened()}
        return found

    def _first_days(self) -> dict[str, int]:
        """By answer the first day on which it could be read, or a key of its ballot lay there."""
        first: dict[str, int] = {}
        for stage, folder in enumerate(self._evidence.folders):
            for _path, content in _files(folder):
                for match in MARK.finditer(content):
                    first.setdefault(match[0].decode(), stage)
        for answer, (day, *_rest) in self._opened().items():
            first[answer] = min(int(day), first.get(answer, 1 << 20))
        return first

    def _opened(self) -> Places:
        """What is in sealed ballots, by any key that lies anywhere: the day of each, and where it lay then."""
        keys = _keys(self._evidence.folders)
        found: Places = {}
        seen: set[bytes] = set()
        for stage, folder in enumerate(self._evidence.folders):
            for path in _databases(folder):
                content = path.read_bytes()
                with closing(sqlite3.connect(path)) as db:
                    boxes = dict(db.execute("SELECT id, box FROM surveys_survey WHERE box != ''"))
                    sealed = db.execute("SELECT survey_id, ballot FROM surveys_sealed").fetchall()
                for survey, ballot in sealed:
                    key = keys.get(boxes.get(survey, ""))
                    if key is None or ballot in seen:
                        continue
                    seen.add(ballot)
                    place = content.find(ballot[:200])
                    for mark in MARK.findall(_unsealed(key, ballot)):
                        found.setdefault(mark.decode(), (stage, place))
        return found

    def _neighbours(self) -> dict[str, dict[str, dict[str, int]]]:
        """By way, answer and voter how near they stand in a file."""
        voters = {voter for one in self._surveys for voter in one.voters}
        words = {voter.encode(): voter for voter in voters}
        words |= {self._evidence.names[voter].encode(): voter for voter in voters}
        pattern = re.compile(b"|".join(map(re.escape, words)))
        found: dict[str, dict[str, dict[str, int]]] = {}
        for stage, folder in enumerate(self._evidence.folders):
            for path, content in _files(folder):
                marks = list(MARK.finditer(content))
                if marks:
                    stand: dict[str, list[int]] = defaultdict(list)
                    for match in pattern.finditer(content):
                        stand[words[match[0]]].append(match.start())
                    way = found.setdefault(f"{stage} {path.name}: who stands nearest", {})
                    for match in marks:
                        near = way.setdefault(match[0].decode(), {})
                        for voter, places in stand.items():
                            distance = _distance(places, match.start())
                            near[voter] = min(distance, near.get(voter, distance))
        return found


def _same(guessed: Sequence[str], truth: Sequence[str]) -> int:
    return sum(one == other for one, other in zip(guessed, truth, strict=True))


def _marks(text: str | bytes) -> Iterator[str]:
    content = text.encode() if isinstance(text, str) else text
    return (mark.decode() for mark in MARK.findall(content))


def _distance(places: Sequence[int], at: int) -> int:
    after = bisect_left(places, at)
    return min(abs(one - at) for one in places[max(0, after - 1) : after + 1])


def _files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path, path.read_bytes()


def _databases(folder: Path) -> list[Path]:
    return sorted(folder.rglob("madang.sqlite3"))


def _rows(
    database: Path,
) -> Iterator[tuple[str, int, list[str | bytes], dict[str, float]]]:
    """Of each table its rows, in the order in which it gives them: texts, and numbers by their column."""
    with closing(sqlite3.connect(database)) as db:
        names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        for (table,) in db.execute(names).fetchall():
            read = db.execute(f'SELECT * FROM "{table}"')
            columns = [one[0] for one in read.description]
            for number, row in enumerate(read):
                cells = dict(zip(columns, row, strict=True))
                texts = [cell for cell in row if isinstance(cell, str | bytes)]
                numbers = {
                    name: float(cell) for name, cell in cells.items() if isinstance(cell, int)
                }
                yield table, number, texts, numbers


def _keys(folders: Iterable[Path]) -> dict[str, PrivateKey]:
    """By its public half (hex) each private key that a file might hold: the file itself, its hash, each of its
    pieces of 32 bytes where it is small."""
    found = {}
    for folder in folders:
        for path, content in _files(folder):
            if path.suffix in (".box", ".key") or len(content) <= 4096:
                pieces = [
                    content[at : at + 32] for at in range(0, min(len(content), 4096) - 31, 32)
                ]
                for secret in (hashlib.sha256(content).digest(), *pieces):
                    key = PrivateKey(secret)
                    found[bytes(key.public_key).hex()] = key
    return found


def _unsealed(key: PrivateKey, ballot: bytes) -> bytes:
    try:
        opened: bytes = SealedBox(key).decrypt(ballot)
    except CryptoError:
        return b""
    return opened
