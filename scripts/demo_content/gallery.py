"""The class albums of the demo's schools: what homeroom teachers showed of their autumn."""

import msgspec


class PhotoText(msgspec.Struct, frozen=True):
    """A photo. `words`: what is to be seen; `children`: how many of the class stand in it;
    `ground` and `sky`: the colours of the place."""

    words: str
    ground: str
    sky: str
    children: int = 0


class AlbumText(msgspec.Struct, frozen=True, kw_only=True):
    """An album of the class `room`, whose homeroom teacher holds the post of that name. `shown`: wall-clock
    time; "" for a draft."""

    title: str
    room: str
    photos: tuple[PhotoText, ...]
    made: str
    shown: str = ""


ALBUMS = {
    "hanbit": (
        AlbumText(
            title="가을 운동회",
            room="3-2",
            made="2026-11-09 15:30",
            shown="2026-11-09 16:10",
            photos=(
                PhotoText("운동장에 한 줄로 서서 응원하는 학생들", "#d9b382", "#bfe3f7", 5),
                PhotoText("줄다리기가 끝난 뒤의 빈 운동장", "#c99b66", "#f4d9b0"),
            ),
        ),
        AlbumText(
            title="학예회 무대 준비",
            room="3-2",
            made="2026-11-20 15:40",
            photos=(PhotoText("강당 무대에 나란히 선 학생들", "#8a5a3b", "#5b4a78", 3),),
        ),
    ),
    "saesol": (
        AlbumText(
            title="학급 체육 시간",
            room="1-4",
            made="2026-11-12 15:50",
            shown="2026-11-12 16:20",
            photos=(
                PhotoText("잔디 운동장에 모여 선 학생들", "#7fae6b", "#cfe8f5", 4),
                PhotoText("수업이 끝난 뒤의 잔디 운동장", "#6d9c5a", "#f0e2c0"),
            ),
        ),
    ),
}
PORTRAITS: dict[str, tuple[str, ...]] = {
    "hanbit": ("학급 구성원에게만 사진과 영상 나누기",),
    "saesol": (),
}
"""The questions whose answers a school reads as portrait consent; without one every child is covered."""
