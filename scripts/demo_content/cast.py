"""The people of the demo's stories: fixed names, logins and places, all in one file.

Everybody who has an account in the demo signs in with PASSWORD. Staff log in as `t001` …, other
guardians as `fam0001` …; the cast has names one can remember.
"""

import msgspec

PASSWORD = "madang-demo-2026"  # noqa: S105 - the demo's, printed on its screen

HANBIT, SAESOL = "J107530101", "J107530202"
SLUGS = {HANBIT: "hanbit", SAESOL: "saesol"}


class Member(msgspec.Struct, frozen=True):
    """A fixed member of staff: who holds which post, with which login."""

    post: str
    name: str
    login: str


class FamilyChild(msgspec.Struct, frozen=True):
    """A child of a fixed family: school, class id and name; a login when the story needs one."""

    school: str
    room: str
    name: str
    login: str = ""


class FamilyGuardian(msgspec.Struct, frozen=True):
    """A guardian of a fixed family. `hidden` children may not be read, `unsigned` not signed for."""

    name: str
    relation: str
    login: str = ""
    language: str = "ko"
    has_phone: bool = True
    hidden: tuple[str, ...] = ()
    unsigned: tuple[str, ...] = ()


class Family(msgspec.Struct, frozen=True):
    """A fixed family. `story` says why it is here."""

    story: str
    guardians: tuple[FamilyGuardian, ...]
    children: tuple[FamilyChild, ...]


STAFF: dict[str, tuple[Member, ...]] = {
    HANBIT: (
        Member("principal", "최은영", "hb-principal"),
        Member("vice-principal", "한상우", "hb-vice"),
        Member("it", "정민호", "hb-admin"),
        Member("homeroom-3-2", "박서연", "hb-park"),
        Member("office-chief", "조영란", "hb-office"),
        Member("health", "윤지혜", "hb-health"),
        Member("nutrition", "송미경", "hb-nutrition"),
    ),
    SAESOL: (
        Member("principal", "오정환", "ss-principal"),
        Member("vice-principal", "임선희", "ss-vice"),
        Member("it", "강태준", "ss-admin"),
        Member("homeroom-1-4", "서유진", "ss-seo"),
        Member("office-chief", "남궁현", "ss-office"),
        Member("health", "권나래", "ss-health"),
        Member("nutrition", "황보람", "ss-nutrition"),
    ),
}

FAMILIES: tuple[Family, ...] = (
    Family(
        "one guardian, two children at the elementary and one at the middle school",
        (
            FamilyGuardian("김하늘", "모", "haneul"),
            FamilyGuardian("박준호", "부", "junho"),
        ),
        (
            FamilyChild(HANBIT, "3-2", "박지우"),
            FamilyChild(HANBIT, "5-1", "박서준"),
            FamilyChild(SAESOL, "1-4", "박민재", "minjae"),
        ),
    ),
    Family(
        "a guardian of other classes, who must not see what 3-2 gets",
        (FamilyGuardian("이도윤", "부", "doyun"),),
        (FamilyChild(HANBIT, "6-1", "이서하"), FamilyChild(SAESOL, "2-3", "이시우")),
    ),
    Family(
        "parents live apart: the father may read of the elder child only and sign for none",
        (
            FamilyGuardian("정수진", "모", "sujin"),
            FamilyGuardian(
                "문태식", "부", "taesik", hidden=("문소율",), unsigned=("문소율", "문가온")
            ),
        ),
        (FamilyChild(HANBIT, "2-3", "문소율"), FamilyChild(HANBIT, "4-1", "문가온")),
    ),
    Family(
        "the grandmother has the care, the mother reads but does not sign",
        (
            FamilyGuardian("유정애", "조모", "jeongae"),
            FamilyGuardian("백승희", "모", "seunghee", unsigned=("백다온",)),
        ),
        (FamilyChild(SAESOL, "3-5", "백다온"),),
    ),
    Family(
        "a family without a phone: paper slips with a QR code",
        (FamilyGuardian("고순자", "조모", has_phone=False),),
        (FamilyChild(HANBIT, "3-2", "고은별"),),
    ),
    Family(
        "a family from Viet Nam, one child at each school",
        (
            FamilyGuardian("응우옌티란", "모", "lan", language="vi"),
            FamilyGuardian("최종필", "부"),
        ),
        (FamilyChild(HANBIT, "1-2", "최하린"), FamilyChild(SAESOL, "2-6", "최지안")),
    ),
    Family(
        "a family from Uzbekistan, new since September",
        (FamilyGuardian("카리모바 딜노자", "모", "dilnoza", language="ru"),),
        (FamilyChild(HANBIT, "3-2", "카리모프 아지즈"),),
    ),
)
