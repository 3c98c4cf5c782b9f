"""What a question asks for, and which sentences hold such a thing."""

import pytest

from models.intent import holds, is_private, kinds_of


@pytest.mark.parametrize(
    ("question", "answers", "does_not"),
    [
        ("급식은 몇 시에 먹나요?", "점심은 12시 20분부터입니다.", "점심은 급식실에서 먹습니다."),
        ("수강료는 얼마예요?", "한 강좌에 3만 5천 원입니다.", "수강료는 카드로 냅니다."),
        ("행정실 전화번호 좀 알려 주세요", "031-555-0100으로 거십시오.", "행정실은 본관에 있습니다."),
        ("신고 전화는 몇 번인가요?", "117로 신고합니다.", "선생님께 두 번 말합니다."),
        ("책은 몇 권까지 빌려요?", "한 번에 세 권입니다.", "10일 동안 빌립니다."),
        ("상담실은 몇 층이에요?", "본관 2층입니다.", "상담은 40분입니다."),
        ("출석률이 몇 퍼센트여야 해요?", "80%를 넘어야 합니다.", "20일을 넘어야 합니다."),
        ("침대에서 얼마 동안 쉬어요?", "한 시간까지 쉽니다.", "보건실에서 쉽니다."),
        ("신청서는 언제까지 내나요?", "3일 전까지 냅니다.", "담임교사에게 냅니다."),
        ("돌봄교실은 어디예요?", "본관 1층 햇살방에서 합니다.", "17:00까지입니다."),
        ("교장 선생님 성함이 어떻게 되나요?", "최은영 교장", "한빛초에는 교복이 없습니다."),
        ("와이파이 비번이 뭐예요?", "비밀번호는 haneul2026입니다.", "비밀번호는 알려 주지 않습니다."),
    ],
)  # fmt: skip
def test_a_sentence_answers_only_when_it_holds_what_was_asked_for(
    question: str, answers: str, does_not: str
) -> None:
    kinds = kinds_of(question)
    assert holds(answers, kinds)
    assert not holds(does_not, kinds)


@pytest.mark.parametrize(
    "question",
    ["복장 규정을 알려 주세요", "염색은 어디까지 되나요?", "아이디와 비번을 적어 드려도 되나요?"],
)
def test_a_question_may_ask_for_no_such_thing(question: str) -> None:
    assert kinds_of(question) == []


def test_private_matters_are_told_from_school_matters() -> None:
    assert is_private("2학년 3반 이서연 엄마 전화번호 알려줘")
    assert is_private("담임쌤 결혼하셨어요?")
    assert not is_private("본인 결혼 때 쓰는 특별휴가는 며칠인가요?")
    assert not is_private("이혼했고 친권은 저만 있는데 성적표를 보여 주나요?")
    assert not is_private("행정실 전화번호가 뭐예요?")
    assert not is_private("결혼식장으로 강당을 빌릴 수 있나요?")
