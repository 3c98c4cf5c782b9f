"""The provincial handbook and each school's own rules: short articles, one file each.

An article is a file `handbook/NNN-slug.md` or `<school>/rules/NN-slug.md`: a front matter of plain
`key: value` lines between two lines of `---`, then the body in Markdown.

    articles = load_articles()       # the province's, in the order of their numbers
    rules = load_rules("hanbit")     # the school's own

The words are the demo's. They follow what is usual at schools in Gyeonggi, but they are nobody's
official guide.
"""

from collections import Counter
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

from kit.clock import DAY, moment

HERE = Path(__file__).parent
ARTICLES = HERE / "handbook"
EVERYONE, STAFF = "everyone", "staff"


class Article(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An article. `valid_from` and `valid_until` are ISO days, the last one included; an empty
    `valid_until` is an article in force until it is replaced. `source` is what is cited."""

    slug: str
    title: str
    audience: Literal["everyone", "staff"]
    category: str
    valid_from: str
    valid_until: str
    source: str
    body: str

    @property
    def keys(self) -> tuple[str, ...]:
        """The audience keys (`node/people/access.py`) of whom it is for."""
        return ("staff",) if self.audience == STAFF else ("guardians", "students", "staff")

    @property
    def begins_at(self) -> int:
        """The first moment it holds, in ms."""
        return _midnight(self.valid_from)

    @property
    def ends_at(self) -> int | None:
        """The first moment it holds no more, in ms; None while nothing replaces it."""
        return _midnight(self.valid_until) + DAY if self.valid_until else None

    def in_force(self, day: str) -> bool:
        """Whether it holds on an ISO day."""
        return self.valid_from <= day and (not self.valid_until or day <= self.valid_until)


class BadArticle(ValueError):
    """An article's file cannot be read; the message names the file and what is wrong."""


@cache
def load_articles() -> tuple[Article, ...]:
    """The provincial handbook, in the order of the files' numbers. Raises BadArticle."""
    return _articles(ARTICLES)


@cache
def load_rules(school: str) -> tuple[Article, ...]:
    """The own rules of `hanbit` or `saesol`. Raises BadArticle."""
    return _articles(HERE / school / "rules")


def _midnight(day: str) -> int:
    when = date.fromisoformat(day)
    return moment(when.year, when.month, when.day)


def _articles(folder: Path) -> tuple[Article, ...]:
    found = tuple(_article(path) for path in sorted(folder.glob("*.md")))
    if not found:
        raise BadArticle(f"{folder}: no articles are here")
    for what, values in (
        ("title", [article.title for article in found]),
        ("source", [article.source for article in found]),
    ):
        doubled = [value for value, times in Counter(values).items() if times > 1]
        if doubled:
            raise BadArticle(f"{folder}: two articles have the {what} {doubled[0]}")
    return found


def _article(path: Path) -> Article:
    opening, fence, rest = path.read_text(encoding="utf-8").partition("---\n")
    front, second, body = rest.partition("\n---\n")
    if opening or not fence or not second:
        raise BadArticle(f"{path}: an article begins with its front matter between lines of ---")
    fields = {"slug": path.stem, "body": body.strip()}
    for line in front.split("\n"):
        key, colon, value = line.partition(":")
        if not colon or key in fields:
            raise BadArticle(f"{path}: this line is no key and value, or said twice: {line}")
        fields[key] = value.strip()
    try:
        article = msgspec.convert(fields, Article)
    except msgspec.ValidationError as error:
        raise BadArticle(f"{path}: {error}") from None
    _check(path, article)
    return article


def _check(path: Path, article: Article) -> None:
    """Raises BadArticle when a field is empty or the days are none or the wrong way round."""
    for name in ("title", "category", "valid_from", "source", "body"):
        if not getattr(article, name):
            raise BadArticle(f"{path}: {name} is empty")
    for day in filter(None, (article.valid_from, article.valid_until)):
        try:
            date.fromisoformat(day)
        except ValueError:
            raise BadArticle(f"{path}: {day} is no day such as 2026-03-01") from None
    if article.valid_until and article.valid_until < article.valid_from:
        raise BadArticle(f"{path}: it ends before it begins")
