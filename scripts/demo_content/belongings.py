"""What lies in the lost and found of the demo's schools."""

import msgspec

from node.belongings.model import LossWords


class FoundText(msgspec.Struct, frozen=True):
    """A thing. `found`, `noted`: wall-clock day and time; `colour`: of its picture, "" without one; `claim`: what a
    guardian writes who says that it is their child's."""

    words: str
    place: str
    kept_at: str
    found: str
    noted: str
    colour: str = ""
    claim: str = ""


LOSS = LossWords("파란색 필통, 지퍼에 별 모양 고리", "3학년 2반 교실이나 도서관", "2026-11-16")
"""What a family misses."""
BELONGINGS = {
    "hanbit": (
        FoundText(
            "손잡이가 나무인 남색 장우산",
            "1층 현관 우산꽂이",
            "교무실 앞 보관함",
            "2026-11-18",
            "2026-11-18 16:10",
            "#27406b",
            "손잡이 안쪽에 흰 실을 묶어 두었어요.",
        ),
        FoundText(
            "분홍색 보온 물통, 뚜껑에 토끼 그림",
            "급식실",
            "급식실 입구 선반",
            "2026-11-19",
            "2026-11-19 13:20",
            "#d98aa5",
        ),
        FoundText(
            "회색 털장갑 한 짝",
            "운동장 구령대 옆",
            "교무실 앞 보관함",
            "2026-11-20",
            "2026-11-20 15:40",
        ),
        FoundText(
            "검은색 안경집(안경 없음)",
            "도서관 창가 자리",
            "도서관 대출대",
            "2026-11-20",
            "2026-11-20 16:30",
            "#2b2b2e",
        ),
        FoundText(
            "초록색 실내화 주머니",
            "돌봄교실 복도",
            "돌봄교실",
            "2026-08-10",
            "2026-08-10 17:00",
        ),
    ),
    "saesol": (
        FoundText(
            "흰색 무선 이어폰 한쪽",
            "체육관 관람석",
            "학생부",
            "2026-11-19",
            "2026-11-19 17:10",
        ),
        FoundText(
            "남색 체육복 상의",
            "운동장 스탠드",
            "학생부",
            "2026-11-20",
            "2026-11-20 16:50",
            "#1f3864",
        ),
    ),
}
