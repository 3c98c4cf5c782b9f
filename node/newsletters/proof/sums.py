"""What is doubted of numbers: sums, products and counted days that do not come out."""

import itertools
import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby

from kit.i18n import _
from node.newsletters.proof.lines import TextLine
from node.newsletters.proof.reading import ProofPart
from node.newsletters.proof.sheet import Doubt, ProofRule

_UNITS = "원|명|개|권|대|회|시간|점|%|분|쪽|학급|팀|가정|그루|포기"
_NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,3}|\d{1,9})"
_MONEY = rf"(?<![\d,.])(?:{_NUMBER}만(?:\s?{_NUMBER}천)?|{_NUMBER}천|{_NUMBER})\s?"
_AMOUNT = re.compile(rf"(?P<value>{_MONEY})(?P<unit>{_UNITS})(?![가-힣]?씩)")
_TOTAL = re.compile(r"(?:모두|총|합계|합쳐서?|합하여|합해|총액|전부|전체)\s?:?\s?(?:합계\s?)?$")
_OPENS = re.compile(r"[가-힣]{0,5}\s?[(（]")
_CLOSES = re.compile(r"[)）\n]")
GAP = 16  # characters between two amounts that are added up
MOST_PARTS = 12
_PRODUCT = re.compile(
    rf"(?P<each>{_MONEY})원\s?(?:씩|[×xX*✕]|에)\s?(?P<times>\d{{1,3}})\s?"
    r"(?:회|명|번|개월|개|권|인분|인|주|일|달|차례|장|팀)?[^\d\n(（]{0,14}?(?:=|총|모두|합계|합쳐)\s?"
    rf"(?P<total>{_MONEY})원"
)
_TIMES_FIRST = re.compile(
    rf"(?<!\d)(?P<times>\d{{1,3}})\s?(?:회|번|차례)[^\d\n(（]{{0,12}}?(?P<each>{_MONEY})원(?:씩)?[^\d\n(（]{{0,8}}?"
    rf"(?:총|모두|합계|합쳐)\s?(?P<total>{_MONEY})원"
)
_SUM_NAMES = re.compile(r"^(?:합\s?계|계|총\s?계|총\s?액|총|소계|합산)$")
_PRICE, _COUNT = re.compile(r"단가|값|가격"), re.compile(r"수량|인원|횟수|개수|권수|갯수")
_RESULT = re.compile(r"금액|합계|총액|소계|계$")
_COUNTED = re.compile(
    r"(?:까지)?\s?[,(（]?\s?(?:(?P<nights>\d{1,2})박\s?(?P<of>\d{1,2})일|(?:총\s?)?(?P<days>\d{1,3})일(?:간|\s?동안|[)）]|\s|$|,)"
    r"|(?P<word>이틀|사흘|나흘|닷새|엿새|이레)(?:간|\s?동안|\s|$|,|[)）]))"
)
_NIGHTS_BEFORE = re.compile(r"(?P<nights>\d{1,2})박\s?(?P<of>\d{1,2})일\s?[(（:：]\s?$")
_WORDS = {"이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "엿새": 6, "이레": 7}


_CELL = re.compile(rf"({_MONEY})(?:{_UNITS})?")
_VALUE = re.compile(
    rf"(?:(?P<man>{_NUMBER})만)?\s?(?:(?P<cheon>{_NUMBER})천)?\s?(?P<rest>{_NUMBER})?"
)


def value(written: str) -> int:
    """`5만 2천` is 52000."""
    found = _VALUE.match(written.strip())
    assert found is not None, "every part may be missing"
    man, cheon, rest = (
        int((found[name] or "0").replace(",", "")) for name in ("man", "cheon", "rest")
    )
    return man * 10_000 + cheon * 1000 + rest


def products(part: ProofPart) -> Iterator[Doubt]:
    """Prices times how many."""
    for found in (*_PRODUCT.finditer(part.text), *_TIMES_FIRST.finditer(part.text)):
        expected = value(found["each"]) * int(found["times"])
        if expected != value(found["total"]):
            at, end = found.span("total")
            yield _wrong(part, at, end + 1, expected, "원")


def amounts(part: ProofPart) -> Iterator[Doubt]:
    """Totals beside their parts."""
    for line in part.lines:
        found = list(_AMOUNT.finditer(part.text, line.start, line.end))
        for at, total in enumerate(found):
            parts = _parts(part.text, found, at)
            of = [value(one["value"]) for one in parts if one["unit"] == total["unit"]]
            if len(of) > 1 and sum(of) != value(total["value"]):
                yield _wrong(part, total.start(), total.end(), sum(of), total["unit"])


def _parts(text: str, found: Sequence[re.Match[str]], at: int) -> Sequence[re.Match[str]]:
    """The amounts that a total is said to be of: in parentheses behind it, on the other side of an equals
    sign, or before a word that adds up."""
    total = found[at]
    opens = _OPENS.match(text, total.end())
    if opens is not None:
        closes = _CLOSES.search(text, opens.end())
        until = closes.start() if closes else opens.end()
        return [one for one in found[at + 1 :][:MOST_PARTS] if one.end() <= until]
    after = text[total.end() :][:3]
    if after.lstrip().startswith("="):
        behind = found[at + 1 :][:MOST_PARTS]
        return behind if _are_added(text, behind) else ()
    before = text[max(0, total.start() - GAP) : total.start()]
    if before.rstrip(" 모두총합계").endswith("=") or _TOTAL.search(before):
        return _run(text, found, at)
    return ()


def _are_added(text: str, found: Sequence[re.Match[str]]) -> bool:
    pairs = itertools.pairwise(found)
    return all("+" in text[one.end() : other.start()] for one, other in pairs)


def _run(text: str, found: Sequence[re.Match[str]], at: int) -> Sequence[re.Match[str]]:
    """The amounts of one unit that lead up to a total, one close behind the other."""
    run: list[re.Match[str]] = []
    later = found[at]
    for one in reversed(found[max(0, at - MOST_PARTS) : at]):
        between = text[one.end() : later.start()]
        if one["unit"] != later["unit"] or len(between) > GAP or re.search(r"[.|(]", between):
            break
        run.append(one)
        later = one
    return run


def _wrong(part: ProofPart, start: int, end: int, real: int, unit: str) -> Doubt:
    return part.doubt(
        ProofRule.AMOUNTS,
        start,
        end,
        _("합계는 %(sum)s입니다."),
        sum=f"{real:,}{unit}",
    )


def tables(part: ProofPart) -> Iterator[Doubt]:
    """Rows and columns of tables whose total is another."""
    for header, rows in groupby(part.lines, key=lambda line: line.header):
        if header:
            table = list(rows)
            yield from _columns(part, table)
            for row in table:
                yield from _row(part, header, row)


def _row(part: ProofPart, header: Sequence[str], row: TextLine) -> Iterator[Doubt]:
    cells = [cell for _at, cell in row.cells]
    if len(cells) != len(header):
        return
    by_name = dict(zip(header, cells, strict=True))
    price = next((n for n in header if _PRICE.search(n)), None)
    count = next((n for n in header if _COUNT.search(n)), None)
    result = next((n for n in header[1:] if _RESULT.search(n) and n not in (price, count)), None)
    if price and count and result:
        numbers = [_plain(by_name[name]) for name in (price, count, result)]
        if None not in numbers and numbers[0] * numbers[1] != numbers[2]:  # type: ignore[operator]
            yield _cell(part, row, header.index(result), numbers[0] * numbers[1])  # type: ignore[operator]
        return
    total = next((at for at, name in enumerate(header) if at and _SUM_NAMES.match(name)), None)
    if total is None:
        return
    others = [_plain(cell) for at, cell in enumerate(cells) if at and at != total and cell]
    whole = _plain(cells[total])
    if whole is None or None in others or len(others) < 2:
        return
    real = sum(number for number in others if number is not None)
    if real != whole:
        yield part.doubt(
            ProofRule.AMOUNTS, row.cells[1][0], row.end, _("합계는 %(sum)s입니다."), sum=f"{real:,}"
        )


def _columns(part: ProofPart, table: Sequence[TextLine]) -> Iterator[Doubt]:
    """A last row that says what the others come to."""
    last = table[-1]
    if len(table) < 3 or not last.cells or not _SUM_NAMES.match(last.cells[0][1]):
        return
    for column in range(1, len(last.cells)):
        whole = _plain(last.cells[column][1])
        above = [_plain(row.cells[column][1]) for row in table[:-1] if column < len(row.cells)]
        if whole is None or None in above or len(above) < 2:
            continue
        real = sum(number for number in above if number is not None)
        if real != whole:
            yield _cell(part, last, column, real)


def _cell(part: ProofPart, row: TextLine, column: int, real: int) -> Doubt:
    at, cell = row.cells[column]
    return part.doubt(
        ProofRule.AMOUNTS, at, at + len(cell), _("합계는 %(sum)s입니다."), sum=f"{real:,}"
    )


def _plain(cell: str) -> int | None:
    """The number of a cell that is one."""
    found = _CELL.fullmatch(cell)
    return value(found[1]) if found else None


def counted_days(part: ProofPart) -> Iterator[Doubt]:
    """Periods whose days are counted otherwise."""
    for span in part.spans:
        days = span.days
        if not span.is_period or days is None or days[1] < days[0]:
            continue
        before = _NIGHTS_BEFORE.search(part.text[max(0, span.start - 12) : span.start])
        after = _COUNTED.match(part.text, span.end)
        real = (days[1] - days[0]).days + 1
        if before is not None and not _is_so(before, real):
            at = span.start - len(before.group())
            yield _miscounted(part, at, at + len(before.group().rstrip(" (（:：")), real)
        elif after is not None:
            if after["nights"]:
                right = _is_so(after, real)
            else:
                counted = int(after["days"] or _WORDS[after["word"]])
                right = counted in _lengths(part, *days)
            if not right:
                yield _miscounted(part, span.start, after.end(), real)


def _is_so(found: re.Match[str], real: int) -> bool:
    return int(found["nights"]) == real - 1 and int(found["of"]) == real


def _lengths(part: ProofPart, first: date, last: date) -> set[int]:
    """How many days it is: all, without weekends, without those that have no school."""
    every = [first + timedelta(at) for at in range((last - first).days + 1)]
    closed = part.sheet.closed
    weekdays = [day for day in every if day.weekday() < 5]
    return {len(every), len(weekdays), len([day for day in weekdays if day not in closed])}


def _miscounted(part: ProofPart, start: int, end: int, real: int) -> Doubt:
    return part.doubt(
        ProofRule.AMOUNTS, start, end, _("실제로는 %(days)s일입니다."), days=str(real)
    )
