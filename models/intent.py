"""What a question asks for (a time, an amount, a place, so many of something), read off its words.

Where the best sentences of the best passage hold no such thing, they do not answer: an article on a
scholarship says when to apply, and was asked how much it is. Judged against a set of questions of
our own (tests/models/handbook_questions.jsonl), this tells most of what a likeness of meaning cannot.
"""

import re
from collections.abc import Iterable

from models.folding import normal

# How a kind of thing is asked for, and how it looks in a text.
_KINDS = tuple(
    (re.compile(asked), re.compile(held))
    for asked, held in (
        (  # a telephone number, an address
            r"전화 ?번호|연락처|이메일|메일 ?주소|번호[가는은]? ?(뭐|무엇|어떻게|좀|알)|전화[는가]? ?몇 ?번",
            r"\d{2,4}-\d{3,4}|(?<![\d,.])1\d{2,3}(?![\d,.년월일명회원])|@|내선",
        ),
        (  # a password
            r"(비밀번호|비번|패스워드|암호)[가는은이]? ?(뭐|무엇|무슨|어떻게|알려|좀)",
            r"(비밀번호|비번|암호)(는|은|:)\s*\S*[0-9a-z]",
        ),
        (  # a time of day
            r"몇 ?시(?!간)",
            r"\d+\s*시|\d+:\d\d|[한두세네열]\s*시|정오|자정",
        ),
        (  # a deadline
            r"언제까지|(며칠|몇 ?일|몇 ?주|몇 ?달) ?(안에|이내|전)|기한|마감",
            r"까지|이내|안에|(\d ?[일주]|달|개월) ?전|당일|즉시|바로|지체",
        ),
        (  # a day, a period
            r"언제|며칠|몇 ?일|날짜|몇 ?월|무슨 ?요일|기한|기간|얼마 ?동안|얼마간",
            r"\d+\s*[월일주]|요일|\d+\s*개월|매[일주월년달]|당일|그날|[가-힣]*학기|이내|즉시|바로|지체|\d+\s*[분시]|끝나|(?:[가-힣] |하교|방과|퇴근)[전후뒤](?![가-힣]{2})|한 ?(시간|달|해|주|번)|하루|이틀|사흘|나흘|닷새|이레|열흘|보름",
        ),
        (  # money, a share of it
            r"얼마(?! ?동안|간|마다|나 ?(자주|걸|오래|있|기다))|비용|요금|가격|금액|몇 ?원|단가",
            r"[\d만천백]\s*원|무상|무료|\d\s*%|퍼센트|분의|실비|전액|없(습니다|다|음)",
        ),
        (  # a place, an address on the web
            r"어디(?!까지|든|서나)",
            r"에서|으로|[가-힣]+(실|관|층|센터|누리집|홈페이지|운동장|학교|사이트|게시판|교문|도서관|에|함)",
        ),
        (  # a person by their part
            r"누구|누가|담당자|어느 ?부서",
            r"[가-힣]+(교사|선생님|부장|교장|교감|담임|대표|전담사|행정실|부|위원회|보호자|학부모|실|센터|사람|자)|개인|본인|학생",
        ),
        (  # a person by their name
            r"성함|이름[이은]? ?(뭐|무엇|어떻게|알)",
            r"[가-힣]{2,4} ?(교장|교감|교사|선생님|부장|실장|주무관|장학사)|(이름|성함)[은:]",
        ),
    )
)  # fmt: skip

# After "몇": the unit as it is asked, and the units a text may answer in.
_NUMBER = r"(?:\d[\d,.]*|[한두세네열]|다섯|여섯|일곱|여덟|아홉)"
_UNITS = tuple(
    (re.compile(asked), re.compile(rf"{_NUMBER}\s*(?:{held})"))
    for asked, held in (
        ("시간", "시간|분|교시"),
        ("학년", "학년"),
        ("개월|달", "개월|달|월"),
        ("호봉", "호봉"),
        ("교시", "교시"),
        ("과목", "과목"),
        ("학급|반", "학급|반|개"),
        ("퍼센트|프로|퍼|%", "%|퍼센트|프로|분의|배"),
        ("센티|cm", "cm|센티"),
        ("미터", "m|미터|km"),
        ("킬로|키로|kg", "kg|km|킬로"),
        ("명|분(?!까지|안|이내| ?동안)", "명|인|분"),
        ("분", "분|시간"),
        ("가지|종류", "가지|종|개"),
        ("개", "개|가지|종"),
        ("번|회|차례", "번|회|차례|차"),
        ("살", "살|세"),
        ("쪽|페이지|자", "쪽|페이지|자|장"),
        ("권", "권"),
        ("점", "점|등급|%"),
        ("층", "층"),
        ("장", "장|매|부|쪽"),
        ("대", "대"),
        ("주", "주|일"),
        ("도", "도|℃"),
        ("년", "년|해|학년도"),
    )
)  # fmt: skip
_SO_MANY = re.compile(r"몇 ?([가-힣a-z%]+)")
_OF_A_TELEPHONE = re.compile(r"번호|전화[는가]? ?몇 ?번")

# What concerns one person's private life no school document answers for others.
_PRIVATE = re.compile(
    r"[결이]혼 ?(은|을)? ?(하셨|했(나|대|어|는지|을까))|(월급|연봉|급여)[은는이가]? ?(얼마|몇)|나이가|몇 ?살|사는 ?(곳|집|데)|집 ?주소|남자 ?친구|여자 ?친구|애인|종교|주민 ?번호|"
    r"휴대전화 번호|핸드폰 번호|폰 ?번호|성적이? ?(몇|어)|(엄마|아빠|어머니|아버지|선생님|쌤).{0,6}(전화|번호|연락처)"
)


def kinds_of(question: str) -> list[re.Pattern[str]]:
    """How the things the question asks for look in a text; empty where it asks for no such thing."""
    flat = normal(question)
    found = [held for asked, held in _KINDS if asked.search(flat)]
    if not _OF_A_TELEPHONE.search(flat):
        for word in _SO_MANY.findall(flat):
            found += [held for asked, held in _UNITS if asked.match(word)][:1]
    return found


def holds(text: str, kinds: Iterable[re.Pattern[str]]) -> bool:
    """Whether a text holds a thing of one of these kinds."""
    flat = normal(text)
    return any(kind.search(flat) for kind in kinds)


def is_private(question: str) -> bool:
    """Whether somebody's private matters are asked for."""
    return bool(_PRIVATE.search(normal(question)))
