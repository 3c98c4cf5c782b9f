"""The handbook's and the schools' own articles: enough, valid, each its own, written naturally."""

import re
from collections import Counter
from difflib import SequenceMatcher
from itertools import combinations
from pathlib import Path

import pytest

from kit.clock import moment
from scripts.demo_content import handbook
from scripts.demo_content.handbook import Article, BadArticle, load_articles, load_rules

ARTICLES = load_articles()
RULES = {school: load_rules(school) for school in ("hanbit", "saesol")}
ALL = [pytest.param(article, id=article.slug) for article in ARTICLES] + [
    pytest.param(rule, id=f"{school}-{rule.slug}") for school in RULES for rule in RULES[school]
]
FILLER = re.compile(r"lorem|ipsum|TODO|TBD|○○|홍길동|여기에 내용|예시입니다", re.IGNORECASE)
PRIVATE_PHONE = re.compile(r"01[016789][- ]?\d{3,4}[- ]?\d{4}|\b0\d{1,2}-\d{3,4}-\d{4}")


def test_the_handbook_has_more_than_eighty_articles_for_staff_and_for_everyone() -> None:
    audiences = Counter(article.audience for article in ARTICLES)
    assert len(ARTICLES) >= 84
    assert audiences["staff"] >= 40
    assert audiences["everyone"] >= 40
    assert len({article.category for article in ARTICLES}) >= 12


@pytest.mark.parametrize("article", ALL)
def test_an_article_is_short_concrete_and_korean(article: Article) -> None:
    assert 250 <= len(article.body) <= 600
    assert len(re.findall(r"\d", article.body)) >= 4
    letters = re.findall(r"[가-힣A-Za-z]", article.body)
    assert sum("가" <= letter <= "힣" for letter in letters) / len(letters) > 0.85
    assert not FILLER.search(article.body)
    assert not PRIVATE_PHONE.search(article.body)


@pytest.mark.parametrize("article", ALL)
def test_an_article_says_reason_as_offices_and_the_pages_do(article: Article) -> None:
    assert "까닭" not in article.body


@pytest.mark.parametrize("article", ALL)
def test_an_article_for_everyone_speaks_politely_and_one_for_staff_plainly(
    article: Article,
) -> None:
    polite = len(re.findall(r"(?:(?<!아)니다|십시오|세요)\.", article.body))
    plain = len(re.findall(r"(?:[가-힣](?<!니)|아니)다\.", article.body))
    if article.audience == "everyone":
        assert polite > 0
        assert plain == 0
    else:
        assert plain > 0
        assert polite == 0


def test_no_two_articles_say_the_same() -> None:
    for one, other in combinations([*ARTICLES, *RULES["hanbit"], *RULES["saesol"]], 2):
        matcher = SequenceMatcher(None, one.body, other.body, autojunk=False)
        if one.slug[4:-4] == other.slug[4:-4] and one.slug.endswith("-2025"):
            continue  # the same rule of two years
        assert matcher.quick_ratio() < 0.7 or matcher.ratio() < 0.55, (one.slug, other.slug)


@pytest.mark.parametrize("school", RULES)
def test_a_school_has_its_own_rules_for_families_and_some_for_staff(school: str) -> None:
    audiences = Counter(rule.audience for rule in RULES[school])
    assert audiences["everyone"] >= 12
    assert audiences["staff"] >= 2


def test_the_schools_differ_in_what_a_school_decides() -> None:
    off_campus = {
        school: next(rule.body for rule in RULES[school] if rule.slug.endswith("off-campus"))
        for school in RULES
    }
    assert "한 해 20일" in off_campus["hanbit"]
    assert "한 해 15일" in off_campus["saesol"]


def test_last_years_rule_has_ended_where_this_years_begins() -> None:
    vouchers = {a.slug[-4:]: a for a in ARTICLES if "free-voucher" in a.slug}
    assert not vouchers["2025"].in_force("2026-11-23")
    assert vouchers["2026"].in_force("2026-11-23")
    assert vouchers["2025"].in_force("2026-02-28")
    assert not vouchers["2026"].in_force("2026-02-28")
    assert vouchers["2025"].ends_at == vouchers["2026"].begins_at == moment(2026, 3, 1)


def test_most_articles_are_in_force_today_and_have_no_end_one_comes_later() -> None:
    open_ended = [article for article in ARTICLES if not article.valid_until]
    assert len(open_ended) / len(ARTICLES) > 0.9
    later = [article for article in open_ended if not article.in_force("2026-11-23")]
    assert [article.slug for article in later] == ["131-phone-guideline-2027"]


def test_what_staff_alone_may_read_carries_no_key_of_families() -> None:
    for article in ARTICLES:
        families = {"guardians", "students"} & set(article.keys)
        assert bool(families) == (article.audience == "everyone")
        assert "staff" in article.keys


FRONT = "title: 연가\naudience: staff\ncategory: 복무\nvalid_from: 2026-03-01\nvalid_until:\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("연가는 21일이다.", "between lines of ---"),
        (f"---\n{FRONT}---\n연가는 21일이다.", "source"),
        (f"---\n{FRONT}source:\n---\n연가는 21일이다.", "source is empty"),
        (f"---\n{FRONT}source: 1\nsource: 2\n---\n연가는 21일이다.", "said twice"),
        (f"---\n{FRONT.replace('staff', 'all')}source: 1\n---\n연가는 21일이다.", "audience"),
        (f"---\n{FRONT.replace('03-01', '13-01')}source: 1\n---\n21일이다.", "no day"),
        (f"---\n{FRONT.replace('until:', 'until: 2025-01-01')}source: 1\n---\n다.", "ends before"),
        (f"---\n{FRONT}source: 1\ncolour: red\n---\n연가는 21일이다.", "colour"),
        (f"---\n{FRONT}source: 1\n---\n", "body is empty"),
    ],
)
def test_a_faulty_article_is_refused_with_its_file_and_fault(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "001-leave.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(handbook, "ARTICLES", tmp_path)
    with pytest.raises(BadArticle, match=r"001-leave\.md") as refused:
        load_articles.__wrapped__()
    assert said in str(refused.value)


def test_two_articles_of_one_title_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in ("001", "002"):
        text = f"---\n{FRONT}source: {number}\n---\n연가는 21일이다."
        (tmp_path / f"{number}-leave.md").write_text(text, encoding="utf-8")
    monkeypatch.setattr(handbook, "ARTICLES", tmp_path)
    with pytest.raises(BadArticle, match="two articles have the title 연가"):
        load_articles.__wrapped__()
