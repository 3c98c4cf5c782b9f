"""What the demo's province gives its schools to use: a kind of paper that none has, one that each has
otherwise, and a day off."""

import msgspec

from node.approval.line import HOMEROOM, OF_ROLE, Step
from node.people.model import Role
from node.questions.model import Field, FieldKind, LegalBasis, Questionnaire
from node.submissions.delivered import ABSENCE
from node.submissions.kinds import LineRule, SubmissionType
from protocol.supplies import PAPER_FORMAT

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


def papers() -> list[tuple[str, bytes]]:
    """Files as a school exports them."""
    kinds = {"uniform": UNIFORM, "absence": ABSENCE_OF_PROVINCE}
    return [
        (f"{id}.json", msgspec.json.encode({"format": PAPER_FORMAT, "id": id, "type": kind}))
        for id, kind in kinds.items()
    ]
