"""What a question looks for: its words, however they are typed.

    [term.expression for term in terms("체험학습을 11/25 ㅅㅈㅅㅇ")]

A word of syllables is looked for as it is, without the particle it carries and by what else it is called
(`said`). `parted` takes glued words apart where the index has their parts (학부모상담신청). Numbers, dates
and classes are found however they are written, consonants alone (ㅅㅈㅅㅇ) in titles.
"""

import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from models.folding import normal
from node.search import said
from node.search.cutting import (
    CJK,
    ROW,
    RUN,
    beginning_with,
    is_cjk,
    letters,
    pairs,
    plain,
)
from node.search.model import LONGEST_QUESTION
from protocol.directory import CLUSTERS

Exists = Callable[[str], bool]
"""Whether any document has what is looked for, in FTS5's language."""

LONGEST_PARTED = 14  # syllables of a glued word
MOST_PARTINGS = 6  # ways to part a word that are tried
_MONTH, _DAY = r"(?:1[0-2]|0?[1-9])", r"(?:3[01]|[12]\d|0?[1-9])"
_DATE = (
    r"(?<!\d)(?:(?P<year>20\d\d)년\s*)?(?P<month>\d{1,2})월\s*(?P<day>\d{1,2})일"
    r"(?:\s*\(\s*[월화수목금토일]\s*\))?"
)
# What may be meant as a date in a question, whatever it would be in a text.
_MAYBE_DATE = (
    rf"(?<![\d./-])(?P<month_>{_MONTH})\s?(?:[./]|(?P<hyphen>-))\s?(?P<day_>{_DAY})(?![\d./-])"
    rf"(?(hyphen)(?![{CJK}]))"  # 3-4학년
    r"|(?<!\d)(?P<year__>20\d\d)(?P<month__>1[0-2]|0[1-9])(?P<day__>3[01]|[12]\d|0[1-9])(?!\d)"
)
_COUNTED = rf"(?P<number>\d+)(?P<unit>[{CJK}]+)"  # 3학년, 2반, 35000원
_INITIALS = r"(?P<initials>[ㄱ-ㅎ]{2,}(?:\s[ㄱ-ㅎ]{2,})*)"
_WANTED = re.compile("|".join((_DATE, _MAYBE_DATE, _COUNTED, _INITIALS, RUN.pattern)))
_HYPHENED = re.compile(rf"(?<=[{CJK}])-(?=[{CJK}])")
_SINGLES = re.compile(r"(?<![^\s])[가-힣](?:\s[가-힣])+(?![^\s])")  # 고 입 원 서
_PARTICLES = frozenset(
    [
        "은",
        "는",
        "이",
        "가",
        "을",
        "를",
        "에",
        "의",
        "도",
        "로",
        "으로",
        "에서",
        "까지",
        "부터",
        "만",
        "와",
        "과",
        "인",
        "이나",
    ]
)


class Term(msgspec.Struct, frozen=True):
    """A word of a question: `wanted` in FTS5's language, `pattern` as it stands in a folded text.

    `word`: syllables or letters as they were typed; `others`: what is as good, in FTS5's language. `in_title`: texts
    are not marked, as any would have it somewhere.
    """

    wanted: str
    pattern: str
    word: str = ""
    others: tuple[str, ...] = ()
    in_title: bool = False

    @property
    def expression(self) -> str:
        return any_of([self.wanted, *self.others])


def terms(question: str) -> list[Term]:
    """The words of a question, each a run of one script, or a date. Every token is quoted, so nothing
    a user types is syntax."""
    asked = normal(question[: 4 * LONGEST_QUESTION])[:LONGEST_QUESTION]
    found = list(_terms(_HYPHENED.sub("", asked)))
    return [one for one in found if one.word not in said.EMPTY] or found


def _terms(asked: str) -> Iterator[Term]:
    joined = {found.start(): found.group() for found in _SINGLES.finditer(asked)}
    end = 0
    for found in _WANTED.finditer(asked):
        word, start = found.group(), found.start()
        if start < end:
            continue
        if start in joined:
            end = start + len(joined[start])
            yield _singles(joined[start].split())
        elif found["day"]:
            yield _date(found["month"], found["day"], found["year"])
        elif found["day_"]:
            yield _maybe_date(found["month_"], found["day_"], is_class=bool(found["hyphen"]))
        elif found["day__"]:
            yield _date(found["month__"].lstrip("0"), found["day__"].lstrip("0"), found["year__"])
        elif found["unit"]:
            yield _counted(found["number"], found["unit"])
        elif found["initials"]:
            yield _initials(word.split())
        elif not is_cjk(word):
            yield _latin(word)
        elif not (word in _PARTICLES and asked[start - 1 : start].strip()):
            yield _word(word)


def _word(word: str) -> Term:
    stems = list(said.stems(word))
    others = [phrase(stem) for stem in stems[1:]]
    spelled = [*stems]
    for stem in stems:
        others += [phrase(other) for other in said.otherwise(stem)]
        spelled += said.otherwise(stem)
        for other, rest in said.within(stem):
            others.append(all_of([phrase(other), phrase(rest)]) if len(rest) > 1 else phrase(other))
            spelled += [other, *([rest] if len(rest) > 1 else [])]
    return Term(phrase(word), pattern(spelled), word, tuple(dict.fromkeys(others)))


def _singles(syllables: list[str]) -> Term:
    """Syllables apart from one another are one word, or as many."""
    syllables = [one for one in syllables if one not in said.EMPTY] or syllables[:1]
    if len(syllables) == 1:
        return _word(syllables[0])
    word = "".join(syllables)
    apart = all_of([phrase(one) for one in syllables])
    return Term(phrase(word), pattern([word]), word, (apart,))


def _date(month: str, day: str, year: str | None = None) -> Term:
    """A day; letters seldom say the year: those that say the right one only come first."""
    wanted = f'"{month} 월 {day} 일"*'
    if year:
        wanted = f'("{year} 년 {month} 월 {day} 일"* OR {wanted})'
    return Term(wanted, rf"(?<!\d){month}월\s*{day}일")


def _maybe_date(month: str, day: str, *, is_class: bool) -> Term:
    """`12.3`: the day or the numbers; `3-2`: the class, too."""
    date = _date(month.lstrip("0"), day.lstrip("0"))
    numbers = rf"(?<!\d){month}\s?[./-]\s?{day}(?!\d)"
    wanted, spelled = [date.wanted, f'"{month} {day}"'], [date.pattern, numbers]
    if is_class:
        wanted.append(f'"{month} 학년 년 {day} 반"*')
        spelled.append(rf"(?<!\d){month}학년\s*{day}반")
    return Term(any_of(wanted), "|".join(spelled))


def _counted(number: str, unit: str) -> Term:
    """`3학년`: the number and what it counts belong together."""
    units = [unit]
    units += [unit[: -len(one)] for one in _PARTICLES if unit.endswith(one) and unit != one]
    wanted = [f'"{number} {phrase(one)[1:]}' for one in units]
    spelled = "|".join(_spaced(one) for one in units)
    return Term(wanted[0], rf"(?<!\d){number}{ROW}*\s*(?:{spelled})", "", tuple(wanted[1:]))


def _initials(typed: list[str]) -> Term:
    """초성, of one word or of words in a row; these may stand apart."""
    words = [plain("".join(CLUSTERS.get(one, one) for one in word)) for word in typed]
    joined = "".join(words)
    spelled = [r"\s*".join(f"[{beginning_with(one)}]" for one in word) for word in (joined, *words)]
    others = (all_of(map(phrase, words)),) if len(words) > 1 else ()
    return Term(phrase(joined), "|".join(spelled), "", others, in_title=True)


def _latin(run: str) -> Term:
    joined, parts = letters(run)
    others = (_letters(parts),) if joined != parts else ()
    return Term(any_of([_letters(joined), *others]), _spelled(joined), run)


# Glued words -------------------------------------------------------------------------------------


def parted(term: Term, exists: Exists, *, clipped: bool = False) -> Term:
    """The same with the ways to part a glued word into parts that documents have, the fewest parts
    first; `clipped`: without its last syllable."""
    stem = list(said.stems(term.word))[-1]
    if clipped:
        stem = stem[:-1]
    whole = [stem] if clipped and len(stem) > 1 and exists(_word(stem).expression) else []
    ways = [*([part] for part in whole), *_partings(stem, exists)][:MOST_PARTINGS]
    if not ways:
        return term
    others = [all_of([_word(part).expression for part in way]) for way in ways]
    patterns = dict.fromkeys(_word(part).pattern for way in ways for part in way)
    return Term(
        term.wanted,
        "|".join([term.pattern, *patterns]),
        term.word,
        tuple(dict.fromkeys([*term.others, *others])),
    )


def _partings(word: str, exists: Exists) -> list[list[str]]:
    """Ways to part a word, of two syllables and more a part: those of the fewest parts, or of one more."""
    if not 4 <= len(word) <= LONGEST_PARTED or not is_cjk(word):
        return []
    known: dict[str, bool] = {}

    def has(part: str) -> bool:
        if part not in known:
            known[part] = exists(_word(part).expression)
        return known[part]

    ways: dict[int, list[list[str]]] = {0: [[]]}  # up to a syllable
    for end in range(2, len(word) + 1):
        found = [
            [*way, word[start:end]]
            for start in range(end - 1)
            if start in ways and (start, end) != (0, len(word)) and has(word[start:end])
            for way in ways[start]
        ]
        if found:
            most = min(map(len, found)) + 1
            fewest_first = sorted((way for way in found if len(way) <= most), key=len)
            ways[end] = fewest_first[:MOST_PARTINGS]
    return ways.get(len(word), [])


# In FTS5's language, and as it is marked -----------------------------------------------------------


def phrase(word: str) -> str:
    """A run of syllables as a phrase of its pairs; one alone begins a pair."""
    if len(word) == 1:
        return f'"{word}"*'
    number = re.match(r"\d+", word)
    if number:
        return f'"{number.group()} {phrase(word[number.end() :])[1:]}'
    return f'"{" ".join(pairs(word))}"'


def any_of(expressions: Iterable[str]) -> str:
    found = list(expressions)
    return found[0] if len(found) == 1 else f"({' OR '.join(found)})"


def all_of(expressions: Iterable[str]) -> str:
    found = list(expressions)
    return found[0] if len(found) == 1 else f"({' AND '.join(found)})"


def pattern(words: Iterable[str]) -> str:
    """The words as they stand in a folded text, the longest first."""
    return "|".join(_spaced(one) for one in sorted(set(words), key=len, reverse=True))


def _spaced(word: str) -> str:
    return r"[\s·-]?\s*".join(word)


def _letters(parts: list[str]) -> str:
    """Letters and numbers in a row; a word may go on, a number may not."""
    return f'"{" ".join(parts)}"' + ("" if parts[-1].isdigit() else "*")


def _spelled(parts: list[str]) -> str:
    """A pattern of letters and numbers from where they begin, parted or not by hyphens and spaces."""
    spelled = "[- ]?".join("-?".join(part) if part.isalpha() else part for part in parts)
    before = r"\d" if parts[0].isdigit() else rf"[^\W\d_{CJK}]"
    return f"(?<!{before}){spelled}" + (r"(?!\d)" if parts[-1].isdigit() else "")
