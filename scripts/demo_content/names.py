"""Korean names as they are met: surnames by their share, given names by generation."""

# ruff: noqa: SIM905 - lists of names read and grow better as text

import random

_SURNAMES = {
    "김": 215, "이": 147, "박": 84, "최": 47, "정": 43, "강": 24, "조": 21, "윤": 21, "장": 20,
    "임": 17, "한": 15, "오": 15, "서": 15, "신": 15, "권": 14, "황": 14, "안": 14, "송": 14,
    "전": 11, "홍": 11, "유": 11, "고": 9, "문": 9, "양": 9, "손": 9, "배": 8, "백": 8, "허": 7,
    "남": 5, "심": 5, "노": 5, "하": 5, "곽": 4, "성": 4, "차": 4, "주": 4, "우": 4, "구": 4,
    "민": 3, "류": 3, "나": 3, "진": 3, "지": 3, "엄": 3, "채": 2, "원": 2, "천": 2, "방": 2,
    "공": 2, "현": 2, "함": 1, "변": 1, "염": 1, "여": 1, "추": 1, "도": 1, "소": 1, "석": 1,
    "선우": 1, "제갈": 1, "남궁": 1,
}  # fmt: skip

CHILD_GIRLS = (
    "서연 서윤 지우 하은 하윤 민서 지유 채원 수아 지아 예은 다은 소율 예린 아린 윤서 채은 시은 유나 "
    "서아 나은 은서 가은 연우 수빈 예나 소윤 지안 하린 다인 유진 서현 아윤 이서 라온 세아 나윤 예서 "
    "봄 슬아 재이 혜원 주아 민아 태희 유주 서진 로아 다온 은채 한별 초아 시연 보민 규리 현서"
).split()
CHILD_BOYS = (
    "민준 서준 도윤 예준 시우 하준 주원 지호 지후 준우 준서 도현 건우 우진 현우 선우 연우 유준 은우 "
    "정우 승우 시윤 지환 승현 유찬 민재 이준 지원 수호 재윤 시현 한결 윤우 태윤 은찬 이안 민성 준혁 "
    "로운 동현 지한 서진 율 산 강민 재하 규민 태오 승준 찬영 현준 라율 우빈 성훈 무진 하람"
).split()
PARENT_WOMEN = (
    "지영 은정 미영 현정 은영 지현 선영 수진 미경 정은 은주 혜진 경희 지연 유진 혜영 소영 민정 영미 "
    "주희 희정 윤정 보라 아름 미정 정아 나영 은지 지혜 세미 연주 진아 현주 수정 혜경 선희 가영 다혜 "
    "유미 정화 진희 효정 해진 송이 윤희 신애 은혜 민경 서영 재희"
).split()
PARENT_MEN = (
    "성호 정훈 상훈 동현 준호 지훈 성민 영호 재현 현우 진우 승현 대현 민수 성진 영진 정민 상현 태훈 "
    "종혁 창민 경수 재훈 병철 동욱 기훈 형준 원석 성준 규식 용석 상민 재영 인호 광수 세훈 우성 철민 "
    "윤호 석진 정우 지환 영민 도형 현철 태영 건우 승민 홍식 기영"
).split()
GRANDMOTHERS = "순자 영숙 정순 옥희 명자 춘자 복순 말순 경자 금순 정희 인숙".split()
GRANDFATHERS = "영수 종식 병호 상철 갑수 만수 정남 용길 춘식 태수".split()

_FOREIGN = {
    "zh": ("왕리화", "장메이", "리나", "류팅", "천샤오윈", "자오옌", "쑨리", "저우민"),
    "vi": ("쩐티흐엉", "레티마이", "팜티투이", "호앙티응옥", "부티화", "당티하"),
    "ru": ("김 스베틀라나", "최 나탈리야", "유가이 옐레나"),
    "uz": ("유수포바 노디라", "라히모바 굴노라"),
    "mn": ("바트체첵", "오윤치멕"),
    "th": ("솜차이 피야폰", "수파완"),
    "ja": ("다나카 유키", "사토 아야코"),
    "tl": ("마리아 산토스", "제니퍼 크루즈", "로살린 레예스"),
}


def surname(rng: random.Random) -> str:
    """A surname by its share in the population."""
    return rng.choices(list(_SURNAMES), weights=list(_SURNAMES.values()))[0]


def child_given(rng: random.Random, *, avoid: set[str] | None = None) -> str:
    """A given name of those born in the 2010s; siblings avoid each other's."""
    while True:
        given = rng.choice(CHILD_GIRLS if rng.random() < 0.49 else CHILD_BOYS)
        if not avoid or given not in avoid:
            return given


def mother(rng: random.Random) -> str:
    return surname(rng) + rng.choice(PARENT_WOMEN)


def adult(rng: random.Random) -> str:
    """A grown-up's name; about three of four at a school are women."""
    return surname(rng) + rng.choice(PARENT_WOMEN if rng.random() < 0.73 else PARENT_MEN)


def foreign_mother(rng: random.Random) -> tuple[str, str]:
    """(name in Korean letters, language) of a mother who came from abroad."""
    language = rng.choices(list(_FOREIGN), weights=[30, 26, 12, 8, 6, 5, 7, 6])[0]
    return rng.choice(_FOREIGN[language]), language
