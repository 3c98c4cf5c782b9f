"""The papers that the demo's families handed in this autumn: absences, trips with their reports, what
waits on a Monday morning for a homeroom teacher between two lessons."""

import msgspec


class PaperText(msgspec.Struct, frozen=True, kw_only=True):
    """A paper. `child`: a name of the cast, else the next child of the room who has nothing yet. `days`:
    first and last day; `sent`: wall-clock time; `decided`: what each who holds it decided, one after
    the other, "approve" or the words with which it was sent back; `refused`: what another guardian
    said."""

    kind: str
    room: str
    values: dict[str, str]
    sent: str
    child: str = ""
    days: tuple[str, str] = ("", "")
    half: str = ""
    decided: tuple[str, ...] = ()
    refused: str = ""
    report: dict[str, str] = {}
    unmatched: str = ""


APPROVED = ("approve", "approve", "approve")


def _absence(reason: str, kind: str = "질병") -> dict[str, str]:
    return {"kind": kind, "reason": reason, "telephone": ""}


def _trip(form: str, place: str, leader: str, plan: str, stay: str = "") -> dict[str, str]:
    return {
        "form": form,
        "place": place,
        "stay": stay,
        "leader": leader,
        "telephone": "010-0000-0000",
        "plan": plan,
    }


def _report(title: str, learnt: str, felt: str) -> dict[str, str]:
    return {"title": title, "learnt": learnt, "felt": felt}


_GANGNEUNG = _trip(
    "가족여행",
    "강원특별자치도 강릉시",
    "김하늘(어머니)",
    "12월 7일: 오죽헌에서 율곡 이이와 신사임당의 삶을 알아봅니다.\n12월 8일: 참소리박물관에서 소리를 기록한 "
    "기계를 봅니다.\n12월 9일: 정동진에서 해돋이를 보고 돌아옵니다.",
    "강릉 경포 숙소",
)
_GYEONGJU = _trip(
    "가족여행",
    "경상북도 경주시",
    "아버지",
    "첫날 국립경주박물관에서 신라 금관을 보고, 둘째 날 불국사와 석굴암에 갑니다.",
    "경주 보문 숙소",
)
_JEJU = _trip(
    "친인척 방문",
    "제주특별자치도 서귀포시",
    "할머니",
    "할머니 댁에서 감귤 따기를 돕고 4·3평화공원에 갑니다.",
    "할머니 댁",
)
_MONDAY = (
    ("감기 몸살로 열이 38.5도까지 올라 집에서 쉬었습니다.", ("2026-11-20", "2026-11-20")),
    ("장염으로 병원에 다녀왔습니다. 처방전을 받았습니다.", ("2026-11-19", "2026-11-20")),
    ("독감 검사를 받았고 음성이었습니다.", ("2026-11-20", "2026-11-20")),
    ("이가 아파 치과에서 치료를 받았습니다.", ("2026-11-18", "2026-11-18")),
    ("눈병이 나서 안과에서 하루 쉬라고 했습니다.", ("2026-11-19", "2026-11-19")),
    ("배가 아파 아침에 등교하지 못했습니다.", ("2026-11-20", "2026-11-20")),
    ("중이염으로 열이 났습니다.", ("2026-11-18", "2026-11-19")),
    ("기침이 심해 병원에서 쉬라고 했습니다.", ("2026-11-20", "2026-11-20")),
)

HANBIT = (
    PaperText(
        kind="absence",
        room="3-2",
        child="박지우",
        sent="2026-11-09 08:21",
        days=("2026-11-05", "2026-11-06"),
        values=_absence("독감으로 이틀 동안 집에서 쉬었습니다. 처방전이 있습니다."),
        decided=APPROVED,
    ),
    PaperText(
        kind="off-campus",
        room="3-2",
        child="박지우",
        sent="2026-11-20 21:12",
        days=("2026-12-07", "2026-12-09"),
        values=_GANGNEUNG,
    ),
    PaperText(
        kind="off-campus",
        room="5-1",
        child="박서준",
        sent="2026-11-19 20:40",
        days=("2026-12-10", "2026-12-11"),
        values=_trip(
            "체험활동·견학",
            "대전 국립중앙과학관",
            "김하늘(어머니)",
            "과학관의 우주 전시를 보고 로봇 만들기에 참여합니다.",
        ),
        refused="그 주에 단원 평가가 있다고 들었습니다. 날짜를 다시 의논하고 싶습니다.",
    ),
    PaperText(
        kind="off-campus",
        room="3-2",
        sent="2026-10-15 19:05",
        days=("2026-10-22", "2026-10-23"),
        values=_GYEONGJU,
        decided=APPROVED,
        report=_report(
            "신라의 서울 경주",
            "국립경주박물관에서 금관과 성덕대왕신종을 보았습니다. 종에는 아이를 구한 이야기가 전해 온다고 합니다.",
            "돌로 만든 탑이 천 년을 넘게 서 있다는 것이 놀라웠습니다.",
        ),
    ),
    PaperText(
        kind="off-campus",
        room="3-2",
        sent="2026-11-05 20:30",
        days=("2026-11-17", "2026-11-18"),
        values=_JEJU,
        decided=APPROVED,
    ),
    PaperText(
        kind="off-campus",
        room="3-2",
        sent="2026-11-18 22:02",
        days=("2026-12-14", "2026-12-18"),
        values=_trip("가족여행", "부산", "어머니", "부산 여행"),
        decided=("학습 계획을 날짜별로 적어 주세요.",),
    ),
    PaperText(
        kind="off-campus",
        room="3-2",
        sent="2026-11-20 07:50",
        days=("2026-12-04", "2026-12-04"),
        half="pm",
        values=_trip("기타", "서울 예술의전당", "이모", "어린이 음악회를 듣고 악기 전시를 봅니다."),
    ),
    *(
        PaperText(
            kind="absence", room="3-2", sent=f"2026-11-23 0{7 + at // 5}:{10 + 5 * at % 50:02}",
            days=days, values=_absence(reason),
        )
        for at, (reason, days) in enumerate(_MONDAY)
    ),
    PaperText(
        kind="partial",
        room="3-2",
        sent="2026-11-20 16:40",
        days=("2026-11-20", "2026-11-20"),
        values={"what": "조퇴", "kind": "질병", "time": "5교시부터", "reason": "열이 나서 병원에 갔습니다."},
    ),
    PaperText(
        kind="medication",
        room="2-3",
        child="문소율",
        sent="2026-11-23 08:05",
        days=("2026-11-23", "2026-11-25"),
        values={
            "illness": "중이염",
            "medicine": "항생제 시럽 6mL",
            "when": "점심 먹고 바로",
            "keep": "냉장",
            "care": "흔들어서 먹입니다.",
            "agree": "확인했습니다",
        },
    ),
    PaperText(
        kind="way-home",
        room="1-2",
        child="최하린",
        sent="2026-11-23 08:31",
        days=("2026-11-24", "2026-11-24"),
        values={"how": "대리인과 귀가", "who": "고모, 010-0000-0000", "reason": "부모가 늦게 퇴근합니다."},
    ),
    PaperText(
        kind="after-school",
        room="6-1",
        child="이서하",
        sent="2026-11-20 12:15",
        values={
            "what": "방과후 강좌",
            "course": "코딩과 로봇(목)",
            "from": "12월 3일",
            "free": "대상이 아님",
            "care": "",
        },
    ),
    PaperText(
        kind="certificate",
        room="4-1",
        sent="2026-11-20 10:02",
        values={"what": "재학증명서", "count": "2", "purpose": "비자 신청", "how": "행정실에서 받음"},
    ),
    PaperText(
        kind="absence",
        room="3-2",
        child="카리모프 아지즈",
        unmatched="카리모바 아미나",
        sent="2026-11-20 09:30",
        days=("2026-11-19", "2026-11-19"),
        values=_absence("동생이 전학 온 첫 주에 감기에 걸렸습니다."),
    ),
)  # fmt: skip
SAESOL = (
    PaperText(
        kind="absence",
        room="1-4",
        child="박민재",
        sent="2026-11-20 18:10",
        days=("2026-11-18", "2026-11-20"),
        values=_absence("축구를 하다 발목을 다쳐 깁스를 했습니다."),
    ),
    PaperText(
        kind="off-campus",
        room="2-3",
        child="이시우",
        sent="2026-11-16 20:00",
        days=("2026-12-21", "2026-12-23"),
        values=_trip(
            "가족여행",
            "일본 후쿠오카",
            "이도윤(아버지)",
            "12월 21일 규슈국립박물관, 22일 다자이후, 23일 기타큐슈 환경박물관을 견학합니다.",
            "하카타역 근처 숙소",
        ),
        decided=("approve",),
    ),
    PaperText(
        kind="off-campus",
        room="1-4",
        sent="2026-10-12 21:00",
        days=("2026-10-21", "2026-10-23"),
        values=_GYEONGJU,
        decided=APPROVED,
        report=_report(
            "경주에서 만난 신라",
            "불국사의 다보탑과 석가탑이 왜 서로 다른 모양인지 알아보았습니다.",
            "책에서 본 것보다 훨씬 컸습니다.",
        ),
    ),
    *(
        PaperText(kind="absence", room="1-4", sent=f"2026-11-23 08:{10 + 4 * at:02}",
                  days=days, values=_absence(reason))
        for at, (reason, days) in enumerate(_MONDAY[:5])
    ),
    PaperText(
        kind="partial",
        room="3-5",
        sent="2026-11-20 17:30",
        days=("2026-11-20", "2026-11-20"),
        values={"what": "지각", "kind": "기타", "time": "09:40 등교", "reason": "버스가 고장 나 늦었습니다."},
    ),
    PaperText(
        kind="certificate",
        room="3-5",
        sent="2026-11-19 13:00",
        values={
            "what": "학교생활기록부",
            "count": "1",
            "purpose": "고등학교 원서",
            "how": "학생 편에 받음",
        },
    ),
)  # fmt: skip
PAPERS = {"hanbit": HANBIT, "saesol": SAESOL}
LIMITS = {
    "hanbit": {},
    "saesol": {"half_days": False, "notice_days": 5, "yearly_days": 15, "longest_days": 7},
}
"""What the schools' own rules of off-campus learning say otherwise than what is delivered."""
