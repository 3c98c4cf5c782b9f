"""Who works at a school: posts, positions, departments and duties (업무분장) of both schools."""

import msgspec

from scripts.demo_content.cast import HANBIT, SAESOL


class Post(msgspec.Struct, frozen=True):
    """A post of a school; `homeroom` is the class id of a homeroom teacher."""

    post: str
    position: str
    department: str
    duty: str
    roles: tuple[str, ...] = ("teacher",)
    homeroom: str = ""


_HEAD, _TEACHER, _OFFICE = ("teacher", "head"), ("teacher",), ("office",)

# Elementary heads are homeroom or special teachers at once; (class → post, position, …).
_HANBIT_HEADS = {
    "1-1": ("학년부장(1학년)", "1학년부", "1학년 교육과정, 입학 적응기"),
    "2-1": ("학년부장(2학년)", "2학년부", "2학년 교육과정"),
    "3-1": ("학년부장(3학년)", "3학년부", "3학년 교육과정, 생존수영"),
    "4-1": ("학년부장(4학년)", "4학년부", "4학년 교육과정"),
    "5-1": ("학년부장(5학년)", "5학년부", "5학년 교육과정, 수련활동"),
    "6-1": ("학년부장(6학년)", "6학년부", "6학년 교육과정, 졸업"),
}
_HANBIT_DUTIES = (
    "학적", "도서관 협력", "교통안전", "학부모회", "학급 환경", "방송", "다문화 교육", "영재", "독서 교육",
    "수영장 협조", "학예회", "기초학력", "체험학습", "평가", "놀이 시간", "환경 동아리", "진로", "나이스",
)  # fmt: skip

_HANBIT_OTHERS = (
    Post("principal", "교장", "교장실", "학교 경영 총괄", ("principal",)),
    Post(
        "vice-principal", "교감", "교무실", "교무 총괄, 인사", ("vice_principal", "privacy_officer")
    ),
    Post("academic", "교무부장", "교무부", "교무 기획, 학사 일정, 학적", _HEAD),
    Post("research", "연구부장", "연구부", "교육과정, 평가, 연수", _HEAD),
    Post(
        "it",
        "정보부장",
        "과학정보부",
        "정보 보안, 누리집, 마당 관리",
        ("teacher", "head", "administrator"),
    ),
    Post("life", "생활안전부장", "생활안전부", "학교폭력 예방, 안전 교육", _HEAD),
    Post("after-school", "방과후늘봄부장", "방과후늘봄부", "방과후학교, 늘봄학교", _HEAD),
    Post("pe", "체육부장", "과학정보부", "체육, 스포츠클럽", _HEAD),
    Post("english", "교사(영어 전담)", "연구부", "영어 교육, 원어민 협력", _TEACHER),
    Post("science", "교사(과학 전담)", "과학정보부", "과학의 달, 발명", _TEACHER),
    Post("music", "교사(음악 전담)", "연구부", "합창단, 학예회", _TEACHER),
    Post("health", "보건교사", "보건실", "학생 건강, 감염병 예방", _TEACHER),
    Post("nutrition", "영양교사", "급식실", "학교급식, 식생활 교육", ("teacher", "nutrition")),
    Post("library", "사서교사", "도서관", "도서관 운영, 독서 교육", _TEACHER),
    Post("counsel", "전문상담교사", "위클래스", "상담, 위기 학생 지원", _TEACHER),
    Post("special-1", "특수교사", "특수학급", "개별화 교육, 통합 교육", _TEACHER),
    Post("special-2", "특수교사", "특수학급", "장애 이해 교육", _TEACHER),
    Post("care-chief", "늘봄지원실장", "늘봄지원실", "늘봄학교 운영", _OFFICE),
    Post("care-1", "돌봄전담사", "늘봄지원실", "늘봄교실 1실", _OFFICE),
    Post("care-2", "돌봄전담사", "늘봄지원실", "늘봄교실 2실", _OFFICE),
    Post("care-3", "늘봄실무사", "늘봄지원실", "늘봄 신청, 강사 관리", _OFFICE),
    Post("office-chief", "행정실장", "행정실", "예산, 시설 총괄", _OFFICE),
    Post("office-pay", "주무관", "행정실", "급여, 계약", _OFFICE),
    Post("office-money", "주무관", "행정실", "세입, 스쿨뱅킹, 교육비 지원", _OFFICE),
    Post("office-mail", "주무관", "행정실", "민원, 제증명", _OFFICE),
    Post("office-site", "시설관리주무관", "행정실", "시설 관리, 소방", _OFFICE),
    Post("desk-1", "교무실무사", "교무부", "공문, 학적 보조", _OFFICE),
    Post("desk-2", "교무실무사", "연구부", "에듀파인, 기자재", _OFFICE),
    Post("science-aide", "과학실무사", "과학정보부", "과학실, 실험 준비", _OFFICE),
    Post("special-aide-1", "특수교육지도사", "특수학급", "통합 학급 지원", _OFFICE),
    Post("special-aide-2", "특수교육지도사", "특수학급", "등하교 지원", _OFFICE),
    Post("dietitian", "조리사", "급식실", "조리 총괄", _OFFICE),
    *(Post(f"cook-{n}", "조리실무사", "급식실", "조리, 배식", _OFFICE) for n in range(1, 8)),
    Post("guard-1", "배움터지킴이", "생활안전부", "등하교 안전, 출입 관리", _OFFICE),
    Post("guard-2", "배움터지킴이", "생활안전부", "교내 순찰", _OFFICE),
    Post("native", "원어민보조교사", "연구부", "영어 협력 수업", _TEACHER),
    Post("sports-coach", "스포츠강사", "과학정보부", "체육 수업 지원", _TEACHER),
    Post("chief-teacher", "수석교사", "연구부", "수업 나눔, 신규 교사 지원", _TEACHER),
    Post("after-school-aide", "방과후행정실무사", "방과후늘봄부", "수강 신청, 강사료", _OFFICE),
    Post("site-aide", "환경실무사", "행정실", "환경 관리", _OFFICE),
)

_SUBJECTS = (
    "국어", "수학", "영어", "과학", "사회", "역사", "도덕", "체육", "음악", "미술", "기술·가정", "정보",
)  # fmt: skip
_SAESOL_HEADS = {
    "1-1": ("학년부장(1학년)", "1학년부", "1학년 교육과정, 자유학기제"),
    "2-1": ("학년부장(2학년)", "2학년부", "2학년 교육과정, 수련활동"),
    "3-1": ("학년부장(3학년)", "3학년부", "3학년 교육과정, 고입"),
}
_SAESOL_OTHERS = (
    Post("principal", "교장", "교장실", "학교 경영 총괄", ("principal",)),
    Post(
        "vice-principal", "교감", "교무실", "교무 총괄, 인사", ("vice_principal", "privacy_officer")
    ),
    Post("academic", "교무기획부장", "교무기획부", "교무 기획, 학사 일정", _HEAD),
    Post("research", "교육연구부장", "교육연구부", "교육과정, 연수, 수업 나눔", _HEAD),
    Post("exam", "교육평가부장", "교육평가부", "지필평가, 수행평가, 성적", _HEAD),
    Post(
        "it",
        "교육정보부장",
        "교육정보부",
        "정보 보안, 누리집, 마당 관리",
        ("teacher", "head", "administrator"),
    ),
    Post("life", "학생생활부장", "학생생활부", "생활 교육, 학교폭력 예방, 교복", _HEAD),
    Post("career", "진로상담부장", "진로상담부", "진로 진학, 고입 상담", _HEAD),
    Post("club", "창의체험부장", "창의체험부", "동아리, 축제, 학생회", _HEAD),
    Post("pe", "체육부장", "창의체험부", "체육, 스포츠클럽, 체육대회", _HEAD),
    Post("free-term", "교사(도덕)", "1학년부", "자유학기 활동 기획", _TEACHER),
    Post("admission", "교사(사회)", "3학년부", "고입 원서, 내신 성적", _TEACHER),
    Post("student-council", "교사(역사)", "창의체험부", "학생자치회", _TEACHER),
    Post("science", "교사(과학)", "교육연구부", "과학실, 영재 학급", _TEACHER),
    Post("korean", "교사(국어)", "교육평가부", "수행평가, 기초학력", _TEACHER),
    Post("math", "교사(수학)", "교육평가부", "고사 시간표, 감독 배정", _TEACHER),
    Post("english", "교사(영어)", "교육연구부", "영어 듣기, 교과서", _TEACHER),
    Post("art", "교사(미술)", "창의체험부", "축제 전시", _TEACHER),
    Post("music", "교사(음악)", "창의체험부", "오케스트라", _TEACHER),
    Post("home-ec", "교사(기술·가정)", "교무기획부", "학적, 전출입", _TEACHER),
    Post("informatics", "교사(정보)", "교육정보부", "기자재, 디지털 튜터", _TEACHER),
    Post("chinese", "교사(중국어)", "교무기획부", "방과후학교", _TEACHER),
    Post("health", "보건교사", "보건실", "학생 건강, 감염병 예방", _TEACHER),
    Post("nutrition", "영양교사", "급식실", "학교급식, 식생활 교육", ("teacher", "nutrition")),
    Post("library", "사서교사", "도서관", "도서관 운영, 독서 교육", _TEACHER),
    Post("counsel", "전문상담교사", "위클래스", "상담, 정서·행동 검사", _TEACHER),
    Post("special", "특수교사", "특수학급", "개별화 교육, 통합 교육", _TEACHER),
    Post("welfare", "교육복지사", "위클래스", "교육 복지 우선 지원", _TEACHER),
    Post("office-chief", "행정실장", "행정실", "예산, 시설 총괄", _OFFICE),
    Post("office-pay", "주무관", "행정실", "급여, 계약", _OFFICE),
    Post("office-money", "주무관", "행정실", "세입, 스쿨뱅킹, 교육비 지원", _OFFICE),
    Post("office-mail", "주무관", "행정실", "민원, 제증명", _OFFICE),
    Post("office-site", "시설관리주무관", "행정실", "시설 관리, 소방", _OFFICE),
    Post("desk-1", "교무실무사", "교무기획부", "공문, 학적 보조", _OFFICE),
    Post("desk-2", "교무실무사", "교육평가부", "평가 보조, 에듀파인", _OFFICE),
    Post("science-aide", "과학실무사", "교육연구부", "과학실, 실험 준비", _OFFICE),
    Post("special-aide", "특수교육지도사", "특수학급", "통합 학급 지원", _OFFICE),
    Post("dietitian", "조리사", "급식실", "조리 총괄", _OFFICE),
    *(Post(f"cook-{n}", "조리실무사", "급식실", "조리, 배식", _OFFICE) for n in range(1, 7)),
    Post("guard", "배움터지킴이", "학생생활부", "등하교 안전, 출입 관리", _OFFICE),
    Post("sports-coach", "운동부지도자", "창의체험부", "육상부", _TEACHER),
)


def posts(school: str) -> tuple[Post, ...]:
    """The 70 posts of a school, heads of the house first."""
    if school == HANBIT:
        return (*_HANBIT_OTHERS, *_hanbit_homerooms())
    assert school == SAESOL
    return (*_SAESOL_OTHERS, *_saesol_homerooms())


def _hanbit_homerooms() -> list[Post]:
    duties = iter(_HANBIT_DUTIES)
    made = []
    for grade in range(1, 7):
        for number in range(1, 5):
            room = f"{grade}-{number}"
            if room in _HANBIT_HEADS:
                position, department, duty = _HANBIT_HEADS[room]
                made.append(Post(f"homeroom-{room}", position, department, duty, _HEAD, room))
            else:
                made.append(
                    Post(
                        f"homeroom-{room}",
                        "담임교사",
                        f"{grade}학년부",
                        next(duties),
                        _TEACHER,
                        room,
                    )
                )
    return made


def _saesol_homerooms() -> list[Post]:
    made = []
    for grade in range(1, 4):
        for number in range(1, 9):
            room = f"{grade}-{number}"
            subject = _SUBJECTS[(grade * 5 + number) % len(_SUBJECTS)]
            if room in _SAESOL_HEADS:
                position, department, duty = _SAESOL_HEADS[room]
                made.append(Post(f"homeroom-{room}", position, department, duty, _HEAD, room))
            else:
                made.append(
                    Post(
                        f"homeroom-{room}",
                        f"담임교사({subject})",
                        f"{grade}학년부",
                        f"{subject} 수업, 학급 운영",
                        _TEACHER,
                        room,
                    )
                )
    return made
