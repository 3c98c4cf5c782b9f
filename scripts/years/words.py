"""What letters, notices, forms and files of a school year say: from lists, by a seeded generator."""

import random
from typing import Any

from kit.clock import DAY, local
from kit.db import encode
from node.forms.model import FormDraft
from scripts.years import earlier

_SUBJECTS = (
    "현장체험학습", "학부모 상담 주간", "급식 식단", "방과후학교 수강", "독서 행사", "안전 교육", "운동회", "건강 검진",
    "예방 접종", "등하굣길 안전", "학부모회 총회", "공개 수업", "생존수영", "과학의 달 행사", "진로 체험", "돌봄교실 운영",
    "학교 폭력 예방", "개인정보 보호", "도서관 이용", "재난 대피 훈련", "학예 발표회", "졸업 앨범", "방학 생활", "정보 통신 윤리",
    "환경 보호 활동", "우유 급식", "학교생활기록부 확인", "교육 과정 설명회", "수련 활동", "학급 임원 선거",
)  # fmt: skip
_CLASS_SUBJECTS = (
    "준비물", "알림장", "숙제", "받아쓰기", "학급 행사", "모둠 활동", "체육복", "미술 준비물", "수학 단원 평가", "우산과 겉옷",
    "급식 당번", "주말 과제", "사진 올림", "생일 잔치", "독서 기록장", "청소 당번", "악기 연습", "관찰 일기", "자리 바꾸기", "안전 수칙",
)  # fmt: skip
_SENTENCES = (
    "가정에서도 아이와 함께 이야기 나누어 주시기 바랍니다.",
    "궁금한 점은 담임 교사에게 문의하여 주십시오.",
    "아침에는 여유 있게 집을 나서고 횡단보도에서는 좌우를 살피도록 지도해 주세요.",
    "준비물에는 반드시 이름을 써 주시기 바랍니다.",
    "날씨에 따라 일정이 바뀔 수 있으며, 바뀌면 다시 알려 드리겠습니다.",
    "학교에서는 모든 학생이 안전하게 활동할 수 있도록 사전 점검을 마쳤습니다.",
    "건강 상태가 좋지 않으면 무리하지 않도록 미리 알려 주세요.",
    "참가를 원하지 않는 학생은 학교에서 대체 활동을 합니다.",
    "활동하기 편한 옷차림과 운동화를 준비해 주세요.",
    "개인 물통과 손수건을 챙겨 보내 주시면 좋겠습니다.",
    "제출하신 내용은 정해진 기간이 지나면 지체 없이 파기합니다.",
    "비용은 학교에서 부담하므로 따로 내실 것은 없습니다.",
    "결석하거나 늦을 때에는 아침 여덟 시 오십 분까지 연락 바랍니다.",
    "학생들이 스스로 계획을 세우고 실천하는 기회가 되기를 바랍니다.",
    "지난번에 보내 주신 의견을 모아 프로그램을 새로 짰습니다.",
    "교실에서는 실내화를 신고, 젖은 우산은 복도 우산꽂이에 둡니다.",
    "친구의 마음을 헤아리는 말을 쓰도록 함께 지도해 주십시오.",
    "학교 누리집에서도 같은 내용을 보실 수 있습니다.",
    "안내해 드린 기한을 지켜 주시면 준비에 큰 도움이 됩니다.",
    "자세한 시간표와 장소는 아래 표를 참고하여 주세요.",
)
_OPTIONS = ("참가합니다", "참가하지 않습니다")


class Words:
    """A school's writing."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def letter(self, at: int) -> tuple[str, str]:
        """(title, body) of a letter to many."""
        day = local(at)
        subject = self._rng.choice(_SUBJECTS)
        title = f"{day.year}년 {day.month}월 {subject} 안내"
        return title, self._body(f"{subject} 일정을 알려 드립니다.", 7, at)

    def notice(self, at: int, room: str) -> tuple[str, str]:
        """(title, body) of a class's notice. `room`: 3-2."""
        day = local(at)
        subject = self._rng.choice(_CLASS_SUBJECTS)
        title = f"{day.month}월 {day.day}일 {room} {subject}"
        return title, self._body(f"{day.month}월 {day.day}일 {subject} 알림입니다.", 3, at)

    def _body(self, first: str, sentences: int, at: int) -> str:
        on = local(at + self._rng.randrange(3, 15) * DAY)
        chosen = self._rng.sample(_SENTENCES, sentences)
        middle = len(chosen) // 2
        when = f"- 일시: {on.year}. {on.month}. {on.day}. {self._rng.choice((9, 10, 14))}시"
        return "\n\n".join((first, " ".join(chosen[:middle]), when, " ".join(chosen[middle:])))

    def form(self, deadline_at: int) -> str:
        """The JSON of a form with one question."""
        draft = FormDraft(
            fields=(_question(),),
            legal_basis=earlier.QUESTIONS.LegalBasis.CONSENT,
            privacy=earlier.QUESTIONS.PrivacyBox(
                "행사 참가자 확인과 안전 관리",
                "학생 학년·반·번호·이름, 참가 여부",
                "행사가 끝난 뒤 1개월 이내 파기",
                "동의하지 않을 수 있으며, 이 경우 참가할 수 없습니다.",
            ),
            deadline_at=deadline_at,
            both_guardians=False,
        )
        return encode(draft)

    def short_form(self, deadline_at: int) -> str:
        """The JSON of a form that asks the same and collects nothing else."""
        draft = FormDraft(
            fields=(_question(),),
            legal_basis=earlier.QUESTIONS.LegalBasis.NONE,
            privacy=None,
            deadline_at=deadline_at,
            both_guardians=False,
        )
        return encode(draft)

    def answer(self) -> dict[str, list[str]]:
        return {"f1": [_OPTIONS[self._rng.random() < 0.1]]}

    def file(self, number: int, at: int) -> tuple[str, str]:
        """(name, text) of a file of the drive."""
        subject = self._rng.choice(_SUBJECTS)
        text = " ".join(self._rng.choices(_SENTENCES, k=self._rng.randrange(10, 45)))
        name = f"{local(at).year} {subject} {number:05}.txt"
        return name, f"{subject} {number}\n\n{text}\n"


def _question() -> Any:
    return earlier.QUESTIONS.Field(
        id="f1",
        kind=earlier.QUESTIONS.FieldKind.CHOICE,
        label="참가",
        required=True,
        options=_OPTIONS,
    )
