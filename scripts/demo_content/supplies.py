"""What the demo's province gives its schools to use: a kind of paper that none has, one that each has
otherwise, templates of letters, and a day off."""

import msgspec

from node.approval.line import HOMEROOM, OF_ROLE, Step
from node.people.model import Role
from node.questions.model import Field, FieldKind, LegalBasis, Questionnaire
from node.submissions.delivered import ABSENCE
from node.submissions.kinds import LineRule, SubmissionType
from protocol.supplies import LETTER_FORMAT, PAPER_FORMAT, LetterAudience, LetterFile, LetterKind

HOLIDAYS = "2027-05-04 임시공휴일"
UNIFORM = SubmissionType(
    name="교복 지원 신청서",
    lead="도교육청이 신입생과 전입생에게 교복 구입비를 지원합니다. 입학하거나 전입한 달의 말일까지 신청해 주세요.",
    declaration="위와 같이 교복 지원을 신청합니다.",
    asked=Questionnaire(
        fields=(
            Field("kind", FieldKind.CHOICE, "대상", options=("신입생", "다른 시도에서 전입")),
            Field("how", FieldKind.CHOICE, "받는 방법", options=("학교에서 현물로", "계좌로")),
            Field("telephone", FieldKind.TEXT, "연락받을 전화번호", required=False),
        ),
        legal_basis=LegalBasis.PUBLIC_TASK,
    ),
    lines=(LineRule(steps=(Step(HOMEROOM, "담임교사"), Step(OF_ROLE + Role.PRINCIPAL, "교장"))),),
    retention_years=5,
)
ABSENCE_OF_PROVINCE = msgspec.structs.replace(
    ABSENCE,
    lead="결석한 뒤 학교에 나온 날부터 수업일로 5일 안에 내 주세요. 사흘 이상 아파서 결석했다면 진료확인서도 받습니다.",
    retention_years=5,
)

TRIP = LetterFile(
    format=LETTER_FORMAT,
    id="field-trip",
    kind=LetterKind.NEWSLETTER,
    name="현장체험학습 안내와 참가 동의",
    title="○학년 현장체험학습 안내",
    body="""안녕하십니까? {학교명} 교육에 늘 관심을 가져 주셔서 감사합니다.

교육과정과 연계한 현장체험학습을 아래와 같이 운영합니다. 내용을 살펴보시고 참가 여부를 알려 주세요.

## 운영 계획

- 일시: ○월 ○일(○) 09:00~15:00
- 장소:
- 비용:
- 준비물: 물, 간편한 옷차림, 멀미약(필요한 학생)

## 안전

- 출발 전에 안전교육을 하고, 차량마다 교사가 탑승합니다.
- 알레르기나 지병이 있으면 담임교사에게 미리 알려 주세요.

{날짜}

{학교명}장""",
    audience=LetterAudience.GUARDIANS,
    form={
        "fields": [
            {
                "id": "q1",
                "kind": "consent",
                "label": "현장체험학습 참가에 동의하십니까?",
                "options": [],
            },
            {"id": "q2", "kind": "choice", "label": "멀미약", "options": ["필요 없음", "필요함"]},
        ]
    },
)
FLU = LetterFile(
    format=LETTER_FORMAT,
    id="influenza",
    kind=LetterKind.NEWSLETTER,
    name="감염병 예방과 등교 기준 안내",
    title="인플루엔자 예방과 등교 기준 안내",
    body="""최근 인플루엔자 환자가 늘고 있습니다. 가정에서도 아래 사항을 함께 지켜 주세요.

- 38도 이상의 열이나 기침이 있으면 등교하지 말고 진료를 받습니다.
- 의사가 격리를 권고한 기간은 출석으로 인정합니다. 진료확인서를 결석신고서에 첨부해 주세요.
- 손 씻기와 기침 예절을 지키고, 교실을 자주 환기합니다.

{날짜}

{학교명}장""",
    audience=LetterAudience.GUARDIANS,
)


def letters() -> list[tuple[str, bytes]]:
    """Files as a school exports them."""
    return [(f"{one.id}.json", msgspec.json.encode(one)) for one in (TRIP, FLU)]


def papers() -> list[tuple[str, bytes]]:
    """Files as a school exports them."""
    kinds = {"uniform": UNIFORM, "absence": ABSENCE_OF_PROVINCE}
    return [
        (f"{id}.json", msgspec.json.encode({"format": PAPER_FORMAT, "id": id, "type": kind}))
        for id, kind in kinds.items()
    ]
