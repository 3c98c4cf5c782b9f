"""How Korean text is cut for the index and for a question, and what a finding looks like.

Korean glues particles to words (`체험학습을`) and spaces are a matter of taste (`현장 체험학습`), so
runs of Hangul are cut into pairs of syllables across spaces: `현장 장체 체험 험학 학습 습`. A word of a
question must appear as a phrase of its pairs. On school documents such pairs found 0.84 of the
answers among the first five, whole words 0.56, FTS5's trigrams (which miss words of two
syllables) 0.60.
"""

import re
import unicodedata

import msgspec

from kit.event import Event
from kit.i18n import _

_CJK = "\u3040-\u30ff\u3131-\u318e\u3400-\u9fff\uac00-\ud7a3"
_SPACED = re.compile(rf"(?<=[{_CJK}])[ \t]+(?=[{_CJK}])")
_RUN = re.compile(rf"[{_CJK}]+|[^\W{_CJK}_]+")
_MARKS = re.compile(r"[#*_`>|~]+|^\s*[-:| ]+$|\]\([^)]*\)|[\[\]]", re.MULTILINE)
WINDOW = 140  # characters of a snippet
LONGEST_QUESTION = 100

KINDS = {
    "newsletter": _("가정통신문"),
    "class_notice": _("알림장"),
    "official": _("교육청 안내"),
    "attachment": _("첨부 파일"),
    "file": _("드라이브 파일"),
}


class Part(msgspec.Struct, frozen=True):
    """A piece of text; `hit` when it is what was asked for."""

    text: str
    hit: bool


class Hit(msgspec.Struct, frozen=True):
    """A finding. `title` and `snippet` in parts to be highlighted; `note` names a file."""

    kind: str
    href: str
    title: list[Part]
    snippet: list[Part]
    note: str
    at: int


class Found(msgspec.Struct, frozen=True):
    """A page of findings. `is_loose`: no text has all the words, so these have some of them."""

    hits: list[Hit]
    is_loose: bool
    next_page: int | None


class Document(msgspec.Struct, frozen=True):
    """Something to be found by those who hold one of `keys`; `valid_from` and `valid_until` bound
    when its text holds (ms, None: no limit)."""

    subject: str
    kind: str
    title: str
    note: str
    href: str
    text: str
    at: int
    keys: frozenset[str]
    valid_from: int | None = None
    valid_until: int | None = None


class SearchChanged(Event, frozen=True, tag="search.changed"):
    """The documents of a thing came, changed or went: `search_v_document` tells what holds now."""

    subject: str


def normal(text: str) -> str:
    """Composed, in lower case: how text is compared."""
    return unicodedata.normalize("NFC", text).lower()


def grams(text: str) -> str:
    """The tokens of a text for the index."""
    tokens: list[str] = []
    for run in _RUN.findall(_SPACED.sub("", normal(text))):
        if _is_cjk(run):
            tokens += [run[i : i + 2] for i in range(len(run) - 1)]
            tokens.append(run[-1])
        else:
            tokens.append(run)
    return " ".join(tokens)


def words(question: str) -> list[str]:
    """The words of a question, each a run of one script."""
    return _RUN.findall(normal(question[:LONGEST_QUESTION]))


def match(question: str, *, any_word: bool = False) -> str:
    """The question in FTS5's language, or "" when it has no word. Every token is quoted, so
    nothing a user types is syntax."""
    terms = []
    for word in words(question):
        if not _is_cjk(word):
            terms.append(f'"{word}"' if word.isdigit() else f'"{word}"*')
        elif len(word) == 1:
            terms.append(f'"{word}"*')
        else:
            pairs = " ".join(word[i : i + 2] for i in range(len(word) - 1))
            terms.append(f'"{pairs}"')
    return (" OR " if any_word else " AND ").join(terms)


def plain(markdown: str) -> str:
    """Markdown without its marks, good enough to read in a snippet."""
    return _MARKS.sub(" ", markdown)


def highlight(text: str, question: str) -> list[Part]:
    """The text in parts, with the question's words marked, whatever the spaces within them."""
    pattern = _pattern(question)
    if pattern is None:
        return [Part(text, False)]
    parts: list[Part] = []
    end = 0
    for found in pattern.finditer(text):
        if found.start() > end:
            parts.append(Part(text[end : found.start()], False))
        parts.append(Part(found.group(), True))
        end = found.end()
    if end < len(text):
        parts.append(Part(text[end:], False))
    return parts


def snippet(text: str, question: str) -> list[Part]:
    """A window of the text around the first of the question's words."""
    flat = " ".join(text.split())
    pattern = _pattern(question)
    first = pattern.search(flat) if pattern is not None else None
    start = max(0, first.start() - WINDOW // 3) if first else 0
    window = flat[start : start + WINDOW]
    before = "… " if start else ""
    after = " …" if start + WINDOW < len(flat) else ""
    return highlight(before + window + after, question)


def _pattern(question: str) -> re.Pattern[str] | None:
    wanted = [r"\s?".join(map(re.escape, word)) for word in words(question)]
    return re.compile("|".join(wanted), re.IGNORECASE) if wanted else None


def _is_cjk(run: str) -> bool:
    return re.match(f"[{_CJK}]", run) is not None
