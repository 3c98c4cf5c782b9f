"""Stories about the front page."""

import re

from tests.node.conftest import School


async def test_whoever_is_not_signed_in_is_led_to_the_sign_in_page(school: School) -> None:
    visitor = await school.anonymous()
    answer = await visitor.get("/")
    assert (answer.status, answer.location) == (303, "/sign-in?next=/")


async def test_a_guardian_is_greeted_and_may_pick_one_of_her_children(school: School) -> None:
    haneul = await school.client_as("김하늘")
    answer = await haneul.get("/")
    assert answer.status == 200, answer.text
    assert "김하늘" in answer.text
    assert f"/?child={school.id('이지우')}" in answer.text
    assert f"/?child={school.id('이지호')}" in answer.text


async def test_a_guardian_of_one_child_has_nothing_to_pick(school: School) -> None:
    doyun = await school.client_as("이도윤")
    answer = await doyun.get("/")
    assert answer.status == 200
    assert "/?child=" not in answer.text


async def test_each_finds_their_own_name_and_place_above_pages_that_are_alike(
    school: School,
) -> None:
    names = ("김하늘", "이도윤")
    for path in ("/newsletters", "/receipts", "/newsletters"):
        for name in names:
            reader = await school.client_as(name)
            text = (await reader.get(path)).text
            (other,) = set(names) - {name}
            assert f'<span class="who-name">{name}</span>' in text
            assert other not in text
            assert f'name="next" value="{path}"' in text
            here = re.findall(r'<a href="([^"]*)" aria-current="page">', text)
            assert set(here) == {path}


async def test_a_guardian_never_sees_another_familys_child_by_asking_for_it(
    school: School,
) -> None:
    haneul = await school.client_as("김하늘")
    answer = await haneul.get(f"/?child={school.id('최하린')}")
    assert answer.status == 200
    assert "최하린" not in answer.text


async def test_cards_for_one_child_leave_out_what_is_for_the_other(school: School) -> None:
    from node.people.access import keys_through

    keys = await school.db.read(
        lambda tx: keys_through(tx, school.id("김하늘"), school.id("이지호"))
    )
    assert f"guardians/class:{school.class_id('5-1')}" in keys
    assert f"guardians/class:{school.class_id('3-2')}" not in keys


async def test_the_cards_alone_are_a_part_without_a_frame(school: School) -> None:
    haneul = await school.client_as("김하늘")
    answer = await haneul.get("/home/cards")
    assert answer.status == 200
    assert "<html" not in answer.text


async def test_families_hear_only_what_may_concern_them(school: School) -> None:
    from aiohttp.test_utils import make_mocked_request

    from kit.event import Event
    from node.home.web import listener
    from node.people.model import FamiliesChanged, PersonClosed

    async def hears(name: str, event: Event) -> str | None:
        token = await school.token_of(name)
        cookie = {"Cookie": f"session={token}"}
        request = make_mocked_request("GET", "/live", headers=cookie, app=school.app)
        _account, hear = await listener(request)
        return hear(event)

    closed = PersonClosed(school.id("김하늘"))
    assert await hears("김하늘", closed) == "people.person_closed"
    assert await hears("이도윤", closed) is None
    assert await hears("이도윤", FamiliesChanged("import")) is None
    assert await hears("박서연", FamiliesChanged("import")) == "people.families_changed"
