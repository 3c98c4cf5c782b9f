"""What events of rooms say on the portal's page, from Matrix's JSON."""

from node.messenger.model import BotLink, RoomLine
from node.messenger.portal.events import message, take_over

OWN = "@hana:school.example"
BOT = "@madang:school.example"
LETTER = "[가정통신문] 겨울 방학 안내\nhttps://school.example/newsletters/0123"
ANSWER = (
    "겨울 방학은 12월 31일부터입니다. [1]\n\n출처\n"
    "[1] 겨울 방학 안내 https://school.example/newsletters/0123\n"
    "[2] 학사일정 https://school.example/calendar?month=2026-12"
)


def said(text: str, sender: str = BOT) -> dict[str, object]:
    return {
        "type": "m.room.message",
        "event_id": "$1",
        "sender": sender,
        "origin_server_ts": 1,
        "content": {"msgtype": "m.text", "body": text},
    }


def test_what_the_bot_tells_of_is_named_by_its_title_and_leads_to_its_page() -> None:
    shown = message(said(LETTER), {}, OWN)
    assert shown.text == ""
    assert shown.links == (BotLink("[가정통신문] 겨울 방학 안내", "/newsletters/0123"),)
    shown = message(said(ANSWER), {}, OWN)
    assert shown.text == "겨울 방학은 12월 31일부터입니다. [1]\n\n출처"
    assert shown.links == (
        BotLink("[1] 겨울 방학 안내", "/newsletters/0123"),
        BotLink("[2] 학사일정", "/calendar?month=2026-12"),
    )


def test_what_others_write_stays_as_they_wrote_it() -> None:
    for sender in (OWN, "@madang:elsewhere.example"):
        shown = message(said(LETTER, sender), {}, OWN)
        assert shown.text == LETTER
        assert shown.links == ()
    address = "https://school.example/newsletters/0123"
    assert message(said(address), {}, OWN).text == address


def test_the_list_of_rooms_has_titles_without_addresses() -> None:
    rooms: dict[str, RoomLine] = {}
    for text, short in (
        (LETTER, "[가정통신문] 겨울 방학 안내"),
        (ANSWER, "겨울 방학은 12월 31일부터입니다. [1]\n\n출처"),
    ):
        joined = {"timeline": {"events": [said(text)]}}
        take_over(rooms, {"rooms": {"join": {"!a": joined}}}, {}, {})
        assert rooms["!a"].last_text == short
