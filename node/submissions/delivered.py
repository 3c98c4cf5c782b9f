"""The kinds of papers that a school has from the start. Every number is the common one and the school's to
change (결석: 학교생활기록 작성 및 관리지침; 교외체험학습: 초·중등교육법 시행령 제48조 제5항)."""

from collections.abc import Sequence

from node.approval.line import HOMEROOM, OF_DUTY, OF_ROLE, Step
from node.people.model import Role
from node.questions.model import Condition, Field, FieldKind, LegalBasis, Questionnaire
from node.submissions.kinds import (
    AnswerDays,
    AttendanceRule,
    AwayCause,
    AwayKind,
    EvidenceRule,
    FamilyRule,
    LineRule,
    PeriodRule,
    PrintRule,
    ReportRule,
    SealLine,
    Starter,
    SubmissionType,
)
from protocol.identity import SchoolKind

CLASS = Step(HOMEROOM, "담임교사")
GRADE = Step(f"{OF_DUTY}grade", "학년부장")
VICE = Step(OF_ROLE + Role.VICE_PRINCIPAL, "교감")
HEAD = Step(OF_ROLE + Role.PRINCIPAL, "교장")
HEALTH = Step(f"{OF_DUTY}health", "보건교사")
AFTER_SCHOOL = Step(f"{OF_DUTY}after-school", "방과후·늘봄 담당")
BANKING = Step(f"{OF_DUTY}school-banking", "스쿨뱅킹 담당")
CERTIFICATES = Step(f"{OF_DUTY}certificates", "제증명 담당")
ACADEMIC = Step(f"{OF_DUTY}academic", "교무부장")
OFFICE = Step(f"{OF_DUTY}office", "행정실장")
COUNSELLING = Step(f"{OF_DUTY}counselling", "상담교사")
MEALS = Step(f"{OF_DUTY}meals", "영양교사")
LIFE = Step(f"{OF_DUTY}life", "생활부장")
SEATS = (
    CLASS, GRADE, ACADEMIC, LIFE, HEALTH, COUNSELLING, MEALS, AFTER_SCHOOL, BANKING, CERTIFICATES, OFFICE, VICE, HEAD,
)  # fmt: skip
"""Whom the editor offers for a step."""
PERMITTED = AttendanceRule(presence=AwayKind.ABSENT, cause=AwayCause.APPROVED)
OCCASIONS = tuple(
    AnswerDays(Condition("event", answer), days)
    for answer, days in (
        ("결혼", 1),
        ("입양", 20),
        ("사망(부모·조부모·외조부모)", 5),
        ("사망(증조부모·형제자매)", 3),
        ("사망(부모의 형제자매)", 3),
    )
)
"""Of 경조사: the usual days, each school's to change."""
FAMILY = (Starter.GUARDIAN, Starter.STAFF)
UNREADABLE = "사진이 흐려서 읽을 수 없습니다. 글씨가 보이게 다시 찍어 올려 주세요."
NO_NAME = "첨부한 서류에 학생 이름과 날짜가 보이지 않습니다. 다른 쪽도 올려 주세요."
REASON = "사유를 조금 더 자세히 적어 주세요."


def delivered(school: SchoolKind) -> Sequence[tuple[str, bool, SubmissionType]]:
    """By id each kind, and whether it can be begun at once at a school of this kind."""
    is_primary = school in (SchoolKind.KINDERGARTEN, SchoolKind.ELEMENTARY)
    is_grown = not is_primary
    return (
        ("absence", True, ABSENCE),
        ("off-campus", True, OFF_CAMPUS),
        ("off-campus-report", True, OFF_CAMPUS_REPORT),
        ("partial", True, PARTIAL),
        ("family-event", True, FAMILY_EVENT),
        ("menstrual", is_grown, MENSTRUAL),
        ("medication", True, MEDICATION),
        ("way-home", is_primary, WAY_HOME),
        ("after-school", is_primary, AFTER_SCHOOL_TYPE),
        ("after-school-refund", is_primary, REFUND),
        ("account", True, ACCOUNT),
        ("education-cost", True, EDUCATION_COST),
        ("certificate", True, CERTIFICATE),
        ("transfer", True, TRANSFER),
    )


def _asked(*fields: Field) -> Questionnaire:
    return Questionnaire(fields=fields, legal_basis=LegalBasis.PUBLIC_TASK)


def _choice(id: str, label: str, *options: str, help: str = "") -> Field:
    return Field(id, FieldKind.CHOICE, label, options=options, help=help)


def _text(id: str, label: str, *, help: str = "", required: bool = True) -> Field:
    return Field(id, FieldKind.TEXT, label, required=required, help=help)


def _long(id: str, label: str, *, help: str = "", required: bool = True) -> Field:
    return Field(id, FieldKind.LONG_TEXT, label, required=required, help=help)


ABSENCE = SubmissionType(
    name="결석신고서",
    lead="결석 후 등교한 날부터 5일 안(수업일 기준)에 제출해 주세요. 질병 결석은 2일까지는 보호자 의견서나 "
    "처방전, 3일부터는 진단서·소견서·진료확인서가 필요합니다. 서류는 나중에 올려도 됩니다.",
    declaration="위와 같은 사유로 결석하였기에 신고합니다.",
    printed=PrintRule(without=("telephone",)),
    starters=FAMILY,
    asked=_asked(
        _choice("kind", "결석 종류", "질병", "출석인정", "기타", "미인정"),
        _long("reason", "사유", help="예: 감기로 열이 나서 집에서 쉬었습니다."),
        _text("telephone", "연락받을 전화번호", required=False),
    ),
    period=PeriodRule(within_days=5),
    attendance=AttendanceRule(presence=AwayKind.ABSENT),
    evidence=EvidenceRule(label="처방전·진료확인서·진단서", within_days=7, from_days=3),
    lines=(
        LineRule(steps=(CLASS, VICE), when=Condition("kind", "출석인정")),
        LineRule(steps=(CLASS,), up_to_days=2),
        LineRule(steps=(CLASS, VICE)),
    ),
    retention_years=5,
    stock=(
        "사흘 이상 결석하여 진단서나 소견서가 필요합니다. 병원에서 받아 올려 주세요.",
        UNREADABLE,
        NO_NAME,
        REASON,
    ),
)
OFF_CAMPUS = SubmissionType(
    name="교외체험학습 신청서",
    lead="출발일 3일 전(수업일 기준)까지 제출해 주세요. 허가 통보를 받기 전에 출발하면 미인정 결석이 됩니다. 다녀온 뒤 7일 "
    "안에 결과보고서를 제출합니다.",
    declaration="위와 같이 교외체험학습을 신청합니다.",
    printed=PrintRule(seal=SealLine.OMITTED),
    starters=FAMILY,
    asked=_asked(
        _choice(
            "form", "학습 형태", "가족여행", "친인척 방문", "체험활동·견학", "가정학습", "기타"
        ),
        _text("place", "목적지", help="예: 강원특별자치도 강릉시"),
        _text("stay", "숙박 장소", required=False),
        _text("leader", "인솔자와 관계", help="예: 김하늘(어머니)"),
        _text("telephone", "인솔자 연락처"),
        _long("plan", "학습 계획", help="날마다 무엇을 보고 배우는지 적어 주세요."),
    ),
    period=PeriodRule(
        half_days=True, notice_days=3, yearly_days=20, longest_days=10, keeps_blocked=True
    ),
    attendance=PERMITTED,
    lines=(LineRule(steps=(CLASS, VICE), up_to_days=5), LineRule(steps=(CLASS, VICE, HEAD))),
    family=FamilyRule.ANY_REFUSAL,
    report=ReportRule(type_id="off-campus-report", within_days=7),
    is_permission=True,
    retention_years=3,
    stock=(
        "학습 계획을 날짜별로 적어 주세요.",
        "인솔자의 연락처를 다시 확인해 주세요.",
        "숙박 장소를 적어 주세요.",
    ),
)
OFF_CAMPUS_REPORT = SubmissionType(
    name="교외체험학습 결과보고서",
    lead="다녀온 곳에서 보고 배운 것을 학생이 직접 쓰고 사진을 두 장 이상 올려 주세요. 1·2학년은 그림이어도 됩니다.",
    declaration="위와 같이 교외체험학습을 다녀왔기에 보고합니다.",
    starters=FAMILY,
    asked=_asked(
        _text("title", "제목"),
        _long("learnt", "보고 배운 것", help="날짜별로 적으면 좋습니다."),
        _long("felt", "느낀 점"),
    ),
    evidence=EvidenceRule(label="체험 사진이나 그림"),
    lines=(LineRule(steps=(CLASS,)),),
    is_report=True,
    retention_years=3,
    stock=("사진을 두 장 이상 올려 주세요.", "학생이 직접 쓴 글을 넣어 주세요.", UNREADABLE),
)
PARTIAL = SubmissionType(
    name="지각·조퇴·결과 확인서",
    lead="지각, 조퇴, 결과(수업 중 빠짐)를 한 날마다 한 장씩 냅니다.",
    declaration="위와 같이 확인합니다.",
    starters=FAMILY,
    asked=_asked(
        _choice("what", "구분", "지각", "조퇴", "결과"),
        _choice("kind", "종류", "질병", "출석인정", "기타", "미인정"),
        _text("time", "시각이나 교시", help="예: 10:20 등교, 5교시부터 조퇴"),
        _long("reason", "사유"),
    ),
    period=PeriodRule(within_days=5, is_single=True),
    attendance=AttendanceRule(),
    lines=(LineRule(steps=(CLASS,)),),
    retention_years=5,
    stock=(REASON, "몇 교시인지 적어 주세요."),
)
FAMILY_EVENT = SubmissionType(
    name="경조사 결석신고서",
    lead="경조사로 결석하면 출석으로 인정됩니다. 결혼(형제자매·삼촌·이모·고모) 1일, 입양(본인) 20일, 사망(부모·조부모·외"
    "조부모) 5일, 사망(증조부모·외증조부모·형제자매) 3일, 사망(부모의 형제자매) 3일이 보통입니다.",
    declaration="위와 같은 경조사로 결석하였기에 신고합니다.",
    starters=FAMILY,
    asked=_asked(
        _choice(
            "event",
            "경조사",
            "결혼",
            "입양",
            "사망(부모·조부모·외조부모)",
            "사망(증조부모·형제자매)",
            "사망(부모의 형제자매)",
        ),
        _text("whose", "대상자와 관계", help="예: 홍길동(할아버지)"),
        _text("place", "장소", required=False),
    ),
    period=PeriodRule(within_days=5, longest_days=20, by_answer=OCCASIONS),
    attendance=PERMITTED,
    evidence=EvidenceRule(label="청첩장·부고장·가족관계증명서", within_days=7),
    lines=(LineRule(steps=(CLASS, VICE)),),
    retention_years=5,
    stock=("관계를 알 수 있는 서류를 올려 주세요.", UNREADABLE),
)
MENSTRUAL = SubmissionType(
    name="생리인정결석 신고서",
    lead="생리통이 심해 결석하면 한 달에 하루 출석으로 인정됩니다. 병원 서류는 필요 없습니다.",
    declaration="위와 같이 신고합니다.",
    starters=(Starter.GUARDIAN, Starter.STUDENT),
    student_from_grade=1,
    asked=_asked(
        _choice("what", "구분", "결석", "조퇴", "결과", "지각"),
        Field("known", FieldKind.AGREE, "보호자가 알고 있습니다."),
    ),
    period=PeriodRule(within_days=5, is_single=True, yearly_days=12, monthly_days=1),
    attendance=AttendanceRule(cause=AwayCause.APPROVED),
    lines=(LineRule(steps=(CLASS,)),),
    is_sensitive=True,
    is_shared=False,
    retention_years=5,
)
MEDICATION = SubmissionType(
    name="투약 의뢰서",
    lead="학교에서 약을 먹어야 할 때 제출합니다. 약은 하루치만 봉투에 이름을 적어 보내 주세요. 주사나 처음 먹는 약은 "
    "학교에서 투약하지 않습니다.",
    declaration="위와 같이 투약을 의뢰하며, 보호자 책임으로 투약함을 확인합니다.",
    starters=(Starter.GUARDIAN,),
    asked=_asked(
        _text("illness", "병명이나 증상"),
        _text("medicine", "약 이름과 양", help="예: 해열제 시럽 8mL"),
        _text("when", "먹는 때", help="예: 점심 먹고 바로"),
        _choice("keep", "보관 방법", "실온", "냉장"),
        _long("care", "주의할 점", required=False),
        Field("agree", FieldKind.AGREE, "약 때문에 생길 수 있는 일을 알고 있으며 의뢰합니다."),
    ),
    period=PeriodRule(longest_days=5),
    evidence=EvidenceRule(label="처방전이나 약 봉투 사진", from_days=0),
    lines=(LineRule(steps=(HEALTH,)),),
    is_sensitive=True,
    retention_years=3,
    stock=("약 봉투 사진을 올려 주세요.", "먹는 양을 정확히 적어 주세요."),
)
WAY_HOME = SubmissionType(
    name="귀가 방법 변경 신청서",
    lead="오늘부터 또는 정한 날부터 집에 가는 방법이 바뀌면 알려 주세요. 12시까지 내면 그날 바로 전합니다.",
    declaration="위와 같이 귀가 방법 변경을 신청합니다.",
    starters=FAMILY,
    asked=_asked(
        _choice(
            "how",
            "바뀐 귀가 방법",
            "혼자 귀가",
            "보호자와 귀가",
            "대리인과 귀가",
            "학원 차량",
            "늘봄교실",
        ),
        _text("who", "데리러 오는 사람", required=False, help="이름, 관계, 전화번호"),
        _text("reason", "사유", required=False),
    ),
    period=PeriodRule(),
    lines=(LineRule(steps=(CLASS,)),),
    family=FamilyRule.ANY_REFUSAL,
    retention_years=1,
    stock=("데리러 오는 사람의 이름과 전화번호를 적어 주세요.",),
)
AFTER_SCHOOL_TYPE = SubmissionType(
    name="방과후학교·늘봄 신청서",
    lead="강좌마다 한 장씩 냅니다. 자리가 찼으면 담당 선생님이 연락드립니다.",
    declaration="위와 같이 신청합니다.",
    starters=FAMILY,
    asked=_asked(
        _choice("what", "구분", "방과후 강좌", "늘봄교실(오후)", "아침늘봄", "저녁늘봄"),
        _text("course", "강좌나 교실 이름"),
        _text("from", "시작하려는 날", help="예: 12월 14일"),
        _choice("free", "자유수강권", "대상이 아님", "대상임"),
        Field("care", FieldKind.LONG_TEXT, "알레르기 등 알아야 할 점", required=False),
    ),
    lines=(LineRule(steps=(AFTER_SCHOOL,)),),
    retention_years=3,
)
REFUND = SubmissionType(
    name="방과후학교 환불 신청서",
    lead="전체 수업의 3분의 1이 지나기 전이면 3분의 2, 절반이 지나기 전이면 절반을 돌려드립니다. 그 뒤에는 환불되지 "
    "않습니다. 재료비는 쓰지 않은 것만 돌려드립니다.",
    declaration="위와 같이 환불을 신청합니다.",
    asked=_asked(
        _text("course", "강좌 이름"),
        Field("last", FieldKind.DATE, "마지막으로 참여한 날"),
        _choice("reason", "사유", "개인 사정", "질병", "전학", "강좌 폐강"),
        _choice("account", "환불 계좌", "스쿨뱅킹 계좌로 받음", "다른 계좌(행정실에 문의)"),
    ),
    lines=(LineRule(steps=(AFTER_SCHOOL, BANKING)),),
    is_shared=False,
    retention_years=5,
)
ACCOUNT = SubmissionType(
    name="스쿨뱅킹 계좌 변경 신청서",
    lead="통장 사본의 계좌번호로 바꿉니다. 주민등록번호는 적거나 찍지 마세요.",
    declaration="위와 같이 스쿨뱅킹 계좌를 변경합니다.",
    asked=_asked(
        _choice("bank", "은행", "농협은행", "국민은행", "신한은행", "우리은행", "하나은행", "기타"),
        _text("holder", "예금주"),
        Field(
            "agree", FieldKind.AGREE, "교육활동비를 이 계좌에서 자동으로 이체하는 데 동의합니다."
        ),
    ),
    evidence=EvidenceRule(label="통장 사본"),
    lines=(LineRule(steps=(BANKING,)),),
    is_shared=False,
    retention_years=5,
    stock=("예금주와 계좌번호가 보이게 통장 사본을 다시 올려 주세요.",),
)
EDUCATION_COST = SubmissionType(
    name="교육비 지원 안내 확인서",
    lead="교육비·교육급여는 복지로나 행정복지센터에서 신청합니다. 안내를 받았는지 확인하는 서류이며 신청서가 아닙니다.",
    declaration="교육비 지원 안내를 확인하였습니다.",
    asked=_asked(
        _choice(
            "plan",
            "신청 계획",
            "이미 받고 있음",
            "새로 신청하겠음",
            "신청하지 않겠음",
            "상담을 원함",
        ),
        Field("read", FieldKind.AGREE, "안내를 읽었습니다."),
    ),
    lines=(LineRule(steps=(BANKING,)),),
    is_sensitive=True,
    is_shared=False,
    retention_years=1,
)
CERTIFICATE = SubmissionType(
    name="제증명 신청서",
    lead="재학증명서와 생활기록부는 정부24와 나이스에서도 바로 발급받을 수 있습니다. 학교에서는 근무일 기준 1일 안에 발급합니다.",
    declaration="위와 같이 증명서 발급을 신청합니다.",
    starters=(Starter.GUARDIAN, Starter.STUDENT),
    student_from_grade=1,
    asked=_asked(
        _choice("what", "증명서", "재학증명서", "학교생활기록부", "성적증명서", "졸업예정증명서"),
        Field("count", FieldKind.NUMBER, "몇 부"),
        _text("purpose", "용도"),
        _choice("how", "받는 방법", "행정실에서 받음", "학생 편에 받음"),
    ),
    lines=(LineRule(steps=(CERTIFICATES,)),),
    retention_years=1,
)
TRANSFER = SubmissionType(
    name="전출 신청서",
    lead="전학하기 전에 알려 주세요. 중학교는 전입할 지역의 교육지원청에서 학교를 배정받습니다.",
    declaration="위와 같이 전출을 신청합니다.",
    asked=_asked(
        _text("to", "옮겨 갈 학교나 지역"),
        Field("last", FieldKind.DATE, "마지막으로 등교하는 날"),
        _choice("reason", "사유", "이사", "전 가족 이주", "기타"),
        _choice("books", "교과서", "가지고 감", "학교에 돌려줌"),
    ),
    lines=(LineRule(steps=(CLASS, ACADEMIC, HEAD)),),
    is_shared=False,
    is_sensitive=True,
    retention_years=3,
)
