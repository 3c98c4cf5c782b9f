"""Files as 나이스 gives them: workbooks and CSV (`kit.columns`), and the JSON in which its open API answers:
`{"mealServiceDietInfo": [{"head": [{"list_total_count": 1}, …]}, {"row": [{"MLSV_YMD": …}]}]}`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from kit import columns
from kit.columns import FileTable, WantedColumn
from kit.i18n import _
from kit.tables import LARGEST, NoTable, block

_NOTHING_FOUND = "INFO-200"
_NOTHING = _("나이스 파일에 자료가 없습니다. 기간과 학교를 확인해 주세요.")


def read(
    services: Collection[str],
    wanted: Sequence[WantedColumn],
    content: bytes,
    remembered: Collection[str],
) -> FileTable:
    """A file as a table. `services`: how the open API names what is wanted. Raises NoTable."""
    text = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text.startswith(b"{"):
        return _answer(services, text)
    return columns.read(content, wanted, remembered)


def _answer(services: Collection[str], text: bytes) -> FileTable:
    if len(text) > LARGEST:
        raise NoTable(_("파일이 너무 큽니다(8 MB까지). 나누어 올려 주세요."))
    try:
        answer = msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NoTable(_("JSON 파일이 끝까지 저장되지 않았습니다. 다시 내려받아 주세요.")) from error
    service = next((one for one in services if one in answer), None)
    if service is None:
        raise _refused(answer)
    total, rows = _parts(answer[service])
    if not rows:
        raise NoTable(_NOTHING)
    headings = tuple(dict.fromkeys(str(name) for row in rows for name in row))
    lines = tuple(
        (at, [block(_written(row.get(name))) for name in headings])
        for at, row in enumerate(rows, 1)
    )
    return FileTable(headings, lines, total)


def _written(value: object) -> str:
    return "" if value is None else str(value)


def _refused(answer: Mapping[str, Any]) -> NoTable:
    """Why an answer has nothing of what is wanted."""
    result = answer.get("RESULT")
    if isinstance(result, dict):
        if result.get("CODE") == _NOTHING_FOUND:
            return NoTable(_NOTHING)
        said = str(result.get("MESSAGE", result.get("CODE", "")))[:200]
        return NoTable(
            _("나이스 오류 메시지가 저장된 파일입니다. 다시 내려받아 주세요: %(said)s"), said=said
        )
    names = ", ".join(list(answer)[:3])[:100]
    return NoTable(_("다른 자료가 든 파일입니다(%(names)s). 종류를 확인해 주세요."), names=names)


def _parts(parts: object) -> tuple[int, list[dict[str, Any]]]:
    """(how many rows there are altogether, those that are here) of a service's answer."""
    total, rows = 0, []
    for part in _dicts(parts):
        for head in _dicts(part.get("head")):
            count = head.get("list_total_count")
            total = count if isinstance(count, int) else total
        rows += _dicts(part.get("row"))
    return total, rows


def _dicts(sent: object) -> list[dict[str, Any]]:
    return [one for one in sent if isinstance(one, dict)] if isinstance(sent, list) else []
