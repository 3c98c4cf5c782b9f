"""Sentences of the sources or nothing: what is said, what is kept silent, what a model may add."""

from pathlib import Path

import pytest

from models.answer import supported
from models.library import Library
from models.messages import Cited
from models.passages import Document, Passage, Rights
from models.vectors import Embedder
from models.worker import standing

NOW = 1_795_392_000_000
GUARDIAN = Rights(frozenset({"guardians"}))
TEXTS = {
    "교외체험학습 안내": "학부모님, 안녕하십니까? 신청서는 시작일 3일 전까지 담임교사에게 냅니다."
    " 연간 20일까지 쓸 수 있습니다. 기타 궁금한 사항은 담임교사에게 문의하여 주시기 바랍니다.",
    "급식비 안내": "급식비는 한 끼 3,500원이며 매월 10일에 출금합니다.",
    "도서관 이용": "도서관은 평일 오전 9시부터 오후 5시까지 엽니다. 3권까지 7일 동안 빌립니다.",
    "돌봄교실": "돌봄교실은 2층 햇살방에서 오후 7시까지 운영합니다.",
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    one = Library(tmp_path_factory.mktemp("library") / "own", Embedder())
    documents = {
        title: (
            Document(
                subject=title,
                title=title,
                text=text,
                href="/",
                kind="",
                keys=("guardians",),
                at=NOW,
            ),
        )
        for title, text in TEXTS.items()
    }
    one.change(dict(documents), [])
    bare = one.without_vector(len(TEXTS))
    one.keep_vectors(bare, one.vectors_of([passage.text for passage in bare]))
    assert not one.unvectored
    return one


@pytest.mark.parametrize(
    ("question", "fact"),
    [
        ("체험학습 신청서는 며칠 전까지 내나요?", "3일 전까지"),
        ("급식비는 한 끼에 얼마예요?", "3,500원"),
        ("도서관은 몇 시까지 열어요?", "오후 5시"),
        ("돌봄교실은 어디에서 하나요?", "햇살방"),
    ],
)
def test_a_question_is_answered_in_the_words_of_its_source(
    library: Library, question: str, fact: str
) -> None:
    passages, extracted = library.answer(question, GUARDIAN, NOW)
    assert extracted.sentences
    said = [one.text for one in extracted.sentences]
    assert fact in said[0]
    for one in extracted.sentences:
        assert one.text in passages[one.source].text
        assert "안녕하십니까" not in one.text
        assert "문의하여" not in one.text


@pytest.mark.parametrize(
    "question",
    [
        "교장 선생님 휴대전화 번호가 어떻게 되나요?",
        "담임쌤 결혼하셨어요?",
        "와이파이 비밀번호가 뭐예요?",
        "로켓은 어떻게 발사하나요?",
    ],
)
def test_where_nothing_answers_nothing_is_said(library: Library, question: str) -> None:
    assert library.answer(question, GUARDIAN, NOW)[1].sentences == ()


def test_neither_a_question_nor_the_head_of_a_table_answers(tmp_path: Path) -> None:
    one = Library(tmp_path, Embedder())
    text = (
        "단계   언제까지   누가\n결과보고서   마친 뒤 7일 이내   보호자\n보고서는 언제까지 내나요?"
    )
    letter = Document(
        subject="s", title="체험학습 결과보고서", text=text, href="/", kind="", keys=("guardians",)
    )
    one.change({"s": [letter]}, [])
    _passages, extracted = one.answer("체험학습 보고서는 언제까지 내나요?", GUARDIAN, NOW)
    assert [cited.text for cited in extracted.sentences] == [
        "단계: 결과보고서 · 언제까지: 마친 뒤 7일 이내 · 누가: 보호자"
    ]


@pytest.mark.parametrize(
    "sentence",
    [
        "12. 24.(목) 09:00~13:00에 강당에서 겨울 축제를 엽니다.",
        "1. 겨울 축제는 4~6학년이 12. 24.(목)에 엽니다.",
        "- 겨울 축제는 12월 24일 목요일에 엽니다.",
    ],
)
def test_a_quote_is_the_sentence_as_it_stands_with_its_date_and_label(
    tmp_path: Path, sentence: str
) -> None:
    one = Library(tmp_path, Embedder())
    text = f"학교 소식을 전합니다.\n{sentence}\n급식은 12시에 먹습니다."
    letter = Document(
        subject="s", title="겨울 축제 안내", text=text, href="/", kind="", keys=("guardians",)
    )
    one.change({"s": [letter]}, [])
    _passages, extracted = one.answer("겨울 축제는 언제 여나요?", GUARDIAN, NOW)
    assert sentence in [cited.text for cited in extracted.sentences]


def _told(folder: Path, letters: list[tuple[str, str, str, str]], question: str) -> list[str]:
    """What guardians are told who ask in a school with these letters: title, text, kind, origin."""
    one = Library(folder, Embedder())
    for title, text, kind, origin in letters:
        letter = Document(
            subject=title, title=title, text=text, href="/", kind=kind, keys=("guardians",),
            origin="province" if origin == "province" else "school",
        )  # fmt: skip
        one.change({title: [letter]}, [])
    bare = one.without_vector(len(letters))
    one.keep_vectors(bare, one.vectors_of([passage.text for passage in bare]))
    return [cited.text for cited in one.answer(question, GUARDIAN, NOW)[1].sentences]


TEXTBOOKS = (
    "교과서 분실 길잡이",
    "교과서를 잃어버리면 한국검인정교과서협회 누리집에서 구입합니다. 배송은 4일 안에 됩니다.",
    "길잡이",
    "province",
)
LOST = (
    "잃어버린 물건",
    "잃어버린 물건은 1층 현관 보관함에 두 달 동안 둡니다.",
    "학교 규칙",
    "school",
)


def test_what_the_school_says_of_something_else_does_not_stand_before_the_provinces_answer(
    tmp_path: Path,
) -> None:
    question = "책 잃어버렸는데 새로 사면 배송 얼마나 걸려요? 교과서요"
    assert "4일" in _told(tmp_path, [TEXTBOOKS, LOST], question)[0]


def test_what_the_school_says_of_the_same_stands_before_the_provinces_answer(
    tmp_path: Path,
) -> None:
    own = (
        "교과서 분실 규칙",
        "교과서를 잃어버리면 행정실에서 구입 신청서를 씁니다. 배송은 2일 안에 됩니다.",
        "학교 규칙",
        "school",
    )
    question = "책 잃어버렸는데 새로 사면 배송 얼마나 걸려요? 교과서요"
    assert "2일" in _told(tmp_path, [TEXTBOOKS, LOST, own], question)[0]


MENUS = [
    (
        f"2026년 12월 {day}일 급식 식단",
        f"12월 {day}일 중식: {dishes}. 열량 {630 + day}kcal. 괄호 안 숫자는 알레르기 번호입니다.",
        "급식",
        "school",
    )
    for day, dishes in (
        (2, "보리밥, 미역국, 두부조림, 배추김치, 요구르트"),
        (3, "카레라이스, 계란국, 단무지, 깍두기, 감귤"),
        (4, "비빔밥, 된장국, 떡갈비, 나박김치, 호두과자"),
    )
]


@pytest.mark.parametrize("day", ["12/3", "12.3", "12월3일", "12월 3일"])
def test_the_day_alone_finds_the_menu_that_is_asked_about_in_a_pupils_words(
    tmp_path: Path, day: str
) -> None:
    assert "감귤" in _told(tmp_path, MENUS, f"{day} 밥 후식 머에요?")[0]


def test_of_a_day_that_no_text_is_about_nothing_is_said(tmp_path: Path) -> None:
    assert _told(tmp_path, MENUS, "12/20 급식 후식 뭐예요?") == []


def test_who_may_read_nothing_is_told_nothing(library: Library) -> None:
    passages, extracted = library.answer("급식비는 얼마예요?", Rights(frozenset()), NOW)
    assert (passages, extracted.sentences) == ((), ())


def _passage(text: str) -> Passage:
    return Passage(
        subject="s", title="급식비 안내", text=text, href="/", kind="", note="", at=0,
        origin="school", part=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sentence", "stands"),
    [
        ("급식비는 한 끼 3,500원입니다.", True),
        ("급식비는 한 끼 3500원입니다.", True),
        ("급식비는 한 끼 4,500원입니다.", False),
        ("급식비는 매월 15일에 출금합니다.", False),
        ("급식비는 PAYCO로 냅니다.", False),
        ("우주선은 은하수를 건너 날아갑니다.", False),
        ("", False),
    ],
)
def test_a_written_sentence_stands_only_on_its_source(sentence: str, stands: bool) -> None:
    assert supported(sentence, _passage(TEXTS["급식비 안내"])) is stands


@pytest.mark.parametrize(
    ("sentence", "stands"),
    [
        ("신청서는 3월 5일까지 박서연 선생님에게 냅니다.", True),
        ("신청서는 박서연 선생님에게 내야 합니다.", True),
        ("신청서는 5월 3일까지 박서연 선생님에게 냅니다.", False),  # the date turned round
        ("상담은 40분 동안 합니다.", True),
        ("상담은 40일 동안 합니다.", False),  # the unit
        ("신청서는 3월 5일까지 최은영 선생님에게 냅니다.", False),  # the name
        ("신청서는 교육청에 내지 않습니다.", True),
        ("신청서는 교육청에 냅니다.", False),  # what is denied
        ("신청서를 받는 사람은 최은영입니다.", False),
    ],
)
def test_numbers_dates_and_names_never_differ_from_the_source(sentence: str, stands: bool) -> None:
    text = (
        "상담 신청서는 3월 5일까지 박서연 선생님에게 내야 합니다. 신청서는 교육청에 내지 않습니다."
        " 받는 사람이 상담을 40분 동안 합니다."
    )
    assert supported(sentence, _passage(text)) is stands


def test_one_sentence_without_support_takes_all_of_the_models_with_it() -> None:
    passages = (_passage(TEXTS["급식비 안내"]),)
    extracted = (Cited(TEXTS["급식비 안내"], 0),)
    question = "급식비는 얼마예요?"
    good = "급식비는 한 끼 3,500원입니다."
    assert standing(question, good, passages, extracted) == (Cited(good, 0),)
    assert standing(question, f"{good} 우유는 900원입니다.", passages, extracted) == ()
    assert standing(question, "급식비는 매월 출금합니다.", passages, extracted) == ()
    assert standing(question, "급식비는 한 끼 얼마입니다.", passages, extracted) == ()
    assert standing(question, "", passages, extracted) == ()


def test_an_index_is_kept_when_a_release_is_no_good(library: Library, tmp_path: Path) -> None:
    from models.release import BadRelease

    with pytest.raises(BadRelease):
        library.open_knowledge(tmp_path)
    assert library.answer("급식비는 한 끼에 얼마예요?", GUARDIAN, NOW)[1].sentences
