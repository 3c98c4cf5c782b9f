"""Words on a page: our sentences are markup, what comes from data never is."""

from pathlib import Path

import pytest
from jinja2 import Environment
from msgspec.structs import replace

from kit.card import Entry
from kit.i18n import Catalogue
from kit.web.markup import Words
from kit.web.page import Shell, Site
from scripts.check_templates import faults_of

ROOT = Path(__file__).parent.parent.parent
PLANTED = '<b hx-post="/admin/roles" hx-trigger="load">예</b>'
ESCAPED = "&lt;b hx-post=&#34;/admin/roles&#34; hx-trigger=&#34;load&#34;&gt;예&lt;/b&gt;"


@pytest.fixture(scope="module")
def environments() -> dict[str, Environment]:
    shell = Shell(Site("한빛초등학교", "school"), [ROOT / "node"])
    return {language: shell.environment(language) for language in ("ko", "en")}


def show(environment: Environment, source: str, **values: object) -> str:
    return environment.from_string(source).render(**values)


def say(environment: Environment, sentence: str) -> str:
    words = environment.globals["_"]
    assert isinstance(words, Words)
    return words(sentence)


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_label_that_somebody_wrote_is_shown_as_written(
    environments: dict[str, Environment], language: str
) -> None:
    assert show(environments[language], "{{ text|label }}", text=PLANTED) == ESCAPED
    assert show(environments[language], "{{ text|label(n=3) }}", text="100%<i>") == "100%&lt;i&gt;"


def test_a_label_of_ours_comes_in_the_readers_language(
    environments: dict[str, Environment],
) -> None:
    assert show(environments["ko"], "{{ text|label }}", text="담임교사") == "담임교사"
    english = Catalogue("en", [ROOT / "node/people/locale/en.po"]).gettext("담임교사")
    assert english != "담임교사"
    assert show(environments["en"], "{{ text|label }}", text="담임교사") == english


def test_a_label_said_in_english_is_escaped_once(environments: dict[str, Environment]) -> None:
    shown = show(environments["en"], "{{ title|label|spoken }}", title="<b>3학년 2반</b>")
    assert shown == "&lt;b&gt;Grade 3, Class 2&lt;/b&gt;"


def test_the_variables_of_a_label_are_escaped(environments: dict[str, Environment]) -> None:
    message = "기록 %(position)s번이 누락되었습니다."
    for environment in environments.values():
        shown = show(environment, "{{ text|label(position=who) }}", text=message, who="<i>")
        assert "&lt;i&gt;" in shown
        assert "%(" not in shown


@pytest.mark.parametrize(
    "source",
    [
        "{{ _(option) }}",
        "{{ ngettext(one, many, 3) }}",
        "{{ text|safe }}",
        "{% autoescape false %}{{ text }}{% endautoescape %}",
        '<form hx-get="/directory">',
        "{{ ui.button(_('더 보기'), hx_get=next) }}",
        '<ul data-live="broadcasts.sent">',
    ],
)
def test_a_template_that_breaks_a_rule_of_markup_is_found(source: str) -> None:
    assert list(faults_of(source))


def test_one_and_many_are_told_apart_where_a_language_does(
    environments: dict[str, Environment],
) -> None:
    source = (
        "{{ ui.stat('', 1, ngettext('명', '명', 1)) }}{{ ngettext('%(num)s명', '%(num)s명', 2) }}"
    )
    source = '{% import "kit/components.html" as ui %}' + source
    english = show(environments["en"], source)
    assert 'stat-unit">person<' in english
    assert "2 people" in english
    korean = show(environments["ko"], source)
    assert 'stat-unit">명<' in korean
    assert "2명" in korean


def test_our_own_ways_are_no_faults() -> None:
    source = (
        "{{ _('저장') }}{{ text|label }}{% trans n=3 %}{{ n }}명{% endtrans %}"
        '<form hx-mark="{{ hx_mark }}" hx-get="/directory">'
        '<ul id="notices" data-live="broadcasts.sent">'
    )
    assert list(faults_of(source)) == []


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_sentence_without_variables_is_settled_when_its_template_is_compiled(
    environments: dict[str, Environment], language: str
) -> None:
    environment = environments[language]
    code = environment.compile("<p>{{ _('저장') }}</p>", raw=True)
    assert f"<p>{say(environment, '저장')}</p>" in code
    assert "resolve_or_missing('_')" not in code


def test_sentences_are_the_same_wherever_they_stand(environments: dict[str, Environment]) -> None:
    source = (
        "{{ _('저장') ~ '<' }}|{{ _('저장')|length }}|{{ say(_('저장'), n=[_('저장')]) "
        "}}|{{ _('기록 %(position)s번이 누락되었습니다.', position=who) }}|{{ it._('저장') "
        "}}"
    )
    for environment in environments.values():
        said = {"say": lambda text, n: f"{text}{n[0]}", "it": {"_": lambda text: f"own {text}"}}
        shown = show(environment, source, who="<i>", **said).split("|")
        saved = say(environment, "저장")
        assert shown[:3] == [f"{saved}&lt;", str(len(saved)), f"{saved}{saved}"]
        assert "&lt;i&gt;" in shown[3]
        assert shown[4] == "own 저장"


def test_of_what_is_not_all_no_bar_says_hundred_percent(
    environments: dict[str, Environment],
) -> None:
    source = "{% import 'kit/components.html' as ui with context %}{{ ui.progress('접수한 학교', n, 4700) }}"
    assert "(99%)" in show(environments["ko"], source, n=4691)
    assert "(100%)" in show(environments["ko"], source, n=4700)


def test_a_line_on_a_card_is_drawn_anew_for_another_language_and_for_whatever_differs_in_it(
    environments: dict[str, Environment],
) -> None:
    source = "{% import 'kit/components.html' as ui %}{{ ui.entries(lines) }}"
    letter = Entry(title=PLANTED, href="/newsletters/1", note="교무기획부")
    lines = (letter, replace(letter, unread=True), replace(letter, title="급식 안내"), letter)
    for environment in environments.values():
        shown = show(environment, source, lines=lines).split("</li>")
        assert [ESCAPED in one for one in shown[:4]] == [True, True, False, True]
        assert ["visually-hidden" in one for one in shown[:4]] == [False, True, False, False]
        assert say(environment, "읽지 않음") in shown[1]
        assert shown[0].strip().endswith(shown[3].strip())
