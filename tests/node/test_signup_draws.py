"""Stories about draws: promised before anybody signs up, held at closing, recomputed by whoever likes."""

import hashlib
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kit.clock import HOUR, MINUTE
from kit.web.keys import JOBS
from node.signups.drawing import Draws
from node.signups.web import SIGNUPS
from protocol.draw import draw, read_draw_file, read_list, verify_draw
from protocol.receipts import from_file, verify
from protocol.records import DrawSeedV1, read_record
from scripts.madang import main
from tests.node.conftest import Answer, Client, School
from tests.node.offering import children, enter, entries, offer, states


async def offered(school: School, places: int = 2, **how: Any) -> str:
    """A sign-up that is drawn in an hour."""
    return await offer(school, how="draw", places=places, closes=HOUR, **how)


async def drawn(school: School) -> None:
    """An hour later the job draws."""
    school.clock.advance(HOUR)
    assert await school.app[JOBS].run("signups.draw")
    await school.settled()


async def one_place_for_two(school: School) -> str:
    signup = await offered(school, places=1)
    await enter(await school.client_as("김하늘"), signup, school.id("이지우"))
    await enter(await school.client_as("이도윤"), signup, school.id("최하린"))
    return signup


async def test_all_who_sign_up_in_time_are_in_the_draw_and_see_no_result_before(
    school: School,
) -> None:
    signup = await one_place_for_two(school)
    haneul = await school.client_as("김하늘")
    page = (await haneul.get(f"/signups/{signup}")).text
    assert "추첨 대기" in page
    assert "정원 1명 · 신청 2명" in page
    assert "신청 결과" not in (await haneul.get("/")).text


async def test_at_closing_it_is_drawn_and_each_family_is_told_and_sees_its_own(
    school: School,
) -> None:
    signup = await one_place_for_two(school)
    await drawn(school)
    found = await states(school, signup)
    assert sorted(found.values()) == ["placed", "waiting"]
    words = {"placed": "선정", "waiting": "대기 1번"}
    for name, child, other in (("김하늘", "이지우", "최하린"), ("이도윤", "최하린", "이지우")):
        guardian = await school.client_as(name)
        page = (await guardian.get(f"/signups/{signup}")).text
        assert words[found[child]] in page
        assert other not in page
        assert "추첨 결과가 나왔습니다" in (await guardian.get("/notifications")).text
        assert "신청 결과" in (await guardian.get("/")).text


async def test_the_seed_is_promised_in_the_log_before_anybody_can_sign_up(school: School) -> None:
    signup = await offered(school)
    guardian = await school.client_as("김하늘")
    receipt = from_file((await guardian.get(f"/signups/{signup}/promise.json")).body)
    assert verify(receipt).valid
    promise = read_record(receipt.record)
    assert isinstance(promise, DrawSeedV1)
    assert promise.seed_hash in (await guardian.get(f"/signups/{signup}")).text
    assert (await guardian.get(f"/signups/{signup}/draw.json")).status == 409
    seed = str(await school.db.read(lambda tx: tx.value("SELECT seed FROM signups_draw")))
    for path in ("", "/draw", "/promise.json"):
        for name in ("김하늘", "오정숙", "정민호"):
            client = await school.client_as(name)
            assert seed not in (await client.get(f"/signups/{signup}{path}")).text


async def test_a_family_recomputes_the_draw_from_the_file_and_madang_verify_does(
    school: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    signup = await one_place_for_two(school)
    await drawn(school)
    guardian = await school.client_as("김하늘")
    raw = (await guardian.get(f"/signups/{signup}/draw.json")).body
    found = verify_draw(read_draw_file(raw))
    assert found.valid
    ((_id, number, _children, _state),) = [
        one for one in await entries(school, signup) if one[3] == "placed"
    ]
    assert {one.number: one.waits for one in found.outcome}[str(number)] == 0
    assert found.outcome[0].number == number
    for name in ("이지우", "최하린", "김하늘", school.id("이지우"), school.id("김하늘")):
        assert name not in raw.decode()
    place = tmp_path / "draw.madang-draw.json"
    place.write_bytes(raw)
    assert main(["verify", str(place), "--entry", str(number)]) == 0
    said = capsys.readouterr().out
    assert "규칙대로 진행된 추첨입니다." in said
    assert f"{number}  코딩 기초  선정" in said
    place.write_bytes(raw.replace(str(number).encode(), b"000000"))
    assert main(["verify", str(place)]) == 1
    assert "✗ 마감 때 확정한 신청 목록으로 추첨했는가" in capsys.readouterr().out


async def test_strangers_to_a_signup_get_nothing_of_its_draw(school: School) -> None:
    signup = await offered(school, keys=("guardians/class:3-2",), by="박서연")
    await drawn(school)
    for name in ("이도윤", "이지우"):
        client = await school.client_as(name)
        for what in ("draw", "draw.json", "promise.json"):
            assert (await client.get(f"/signups/{signup}/{what}")).status == 404


async def test_what_is_not_drawn_has_no_draw(school: School) -> None:
    signup = await offer(school)
    guardian = await school.client_as("김하늘")
    assert (await guardian.get(f"/signups/{signup}/draw")).status == 404
    assert "다시 계산" not in (await guardian.get(f"/signups/{signup}")).text


async def test_siblings_who_stay_together_are_one_entry_of_the_draw(school: School) -> None:
    signup = await offered(school, places=2)
    haneul = await school.client_as("김하늘")
    both = (school.id("이지우"), school.id("이지호"))
    await enter(haneul, signup, *both, together=True)
    await enter(await school.client_as("이도윤"), signup, school.id("최하린"))
    await drawn(school)
    file = read_draw_file((await haneul.get(f"/signups/{signup}/draw.json")).body)
    assert sorted(one.children for one in read_list(file.entries).entries) == [1, 2]
    found = await states(school, signup)
    assert found["이지우"] == found["이지호"] != found["최하린"]


async def test_who_cancels_before_the_closing_is_not_in_the_draw(school: School) -> None:
    signup = await one_place_for_two(school)
    haneul = await school.client_as("김하늘")
    page = (await haneul.get(f"/signups/{signup}")).text
    (own,) = [one for one in await entries(school, signup) if str(one[1]) in page]
    await haneul.post(f"/signups/{signup}/entries/{own[0]}/cancel")
    await drawn(school)
    assert await states(school, signup) == {"이지우": "cancelled", "최하린": "placed"}
    file = read_draw_file((await haneul.get(f"/signups/{signup}/draw.json")).body)
    assert str(own[1]) not in file.entries


async def test_between_closing_and_outcome_nothing_can_be_changed(school: School) -> None:
    signup = await one_place_for_two(school)
    school.clock.advance(HOUR)
    haneul, office = await school.client_as("김하늘"), await school.client_as("오정숙")
    first = (await entries(school, signup))[0][0]
    assert "추첨하고 있습니다" in (await haneul.get(f"/signups/{signup}")).text
    refused: list[Answer] = [
        await office.post(f"/signups/{signup}/entries/{first}/strike"),
        await office.post(f"/signups/{signup}/courses/{signup}-0/places", {"places": "9"}),
        await office.post(f"/signups/{signup}/withdraw"),
        await enter(haneul, signup, school.id("이지호")),
    ]
    assert [one.status for one in refused] == [409] * 4


async def test_a_place_that_is_given_back_after_the_draw_goes_to_who_was_drawn_next(
    school: School,
) -> None:
    signup = await offered(school, places=3)
    for guardian, child in await children(school, 9):
        await enter(guardian, signup, child)
    await drawn(school)

    def by_turn(state: str) -> str:
        return (
            "SELECT e.number FROM signups_entry e"
            f" WHERE e.state = '{state}' ORDER BY e.rank LIMIT 1"
        )

    next_one = await school.db.read(lambda tx: tx.value(by_turn("waiting")))
    office = await school.client_as("오정숙")
    placed = [one for one in await entries(school, signup) if one[3] == "placed"]
    assert len(placed) == 3
    await office.post(f"/signups/{signup}/entries/{placed[0][0]}/strike")
    now = {one[1]: one[3] for one in await entries(school, signup)}
    assert now[next_one] == "placed"
    assert list(now.values()).count("placed") == 3


@pytest.mark.parametrize("broken", ["_record", "_settle_some", "_settle"])
async def test_a_draw_that_breaks_off_goes_on_to_the_same_outcome(
    school: School, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """As when the machine stops: what was committed stays, the rest is done by the next run."""
    signup = await offered(school, places=20)
    for guardian, child in await children(school, 70):
        await enter(guardian, signup, child)
    school.clock.advance(HOUR)
    real, calls = getattr(Draws, broken), [0]

    def breaks(self: Draws, *given: object, **named: object) -> object:
        calls[0] += 1
        if calls[0] == (2 if broken == "_settle_some" else 1):
            raise OSError("the machine stops")
        return real(self, *given, **named)

    monkeypatch.setattr(Draws, broken, breaks)
    assert not await school.app[JOBS].run("signups.draw")
    haneul = await school.client_as("김하늘")
    assert "추첨하고 있습니다" in (await haneul.get(f"/signups/{signup}")).text
    school.clock.advance(MINUTE)
    assert await school.app[JOBS].run("signups.draw")
    file = read_draw_file((await haneul.get(f"/signups/{signup}/draw.json")).body)
    found = verify_draw(file)
    assert found.valid
    assert found.record is not None
    assert found.outcome == draw(found.record.seed, file.entries)
    now = {one[1]: one[3] for one in await entries(school, signup)}
    told = {one.number: "waiting" if one.waits else "placed" for one in found.outcome}
    assert now == told
    records = "SELECT count(*) FROM ledger_v_leaf WHERE text LIKE '%draw.v1%'"
    assert await school.db.read(lambda tx: tx.value(records)) == 1
    sums = "SELECT taken, waiting FROM signups_course"
    assert await school.db.read(lambda tx: tx.row(sums)) == (20, 50)


async def test_an_entry_changed_in_the_database_after_the_draw_is_found_out(school: School) -> None:
    """Whoever holds the machine puts another number into the stored list."""
    signup = await one_place_for_two(school)
    await drawn(school)
    number = str((await entries(school, signup))[0][1])
    change = "UPDATE signups_draw SET list = replace(list, ?, '000000')"
    await school.db.write(lambda tx: tx.execute(change, (number,)))
    guardian = await school.client_as("김하늘")
    found = verify_draw(read_draw_file((await guardian.get(f"/signups/{signup}/draw.json")).body))
    assert not found.valid
    assert [one.code for one in found.checks if not one.holds] == ["entries", "outcome"]


async def test_the_closing_of_a_draw_is_moved_while_it_is_open_and_never_after(
    school: School,
) -> None:
    signup = await one_place_for_two(school)
    office = await school.client_as("오정숙")
    later = {"closes": "2099-01-01T09:00"}
    assert (await office.post(f"/signups/{signup}/closing", later)).status == 422
    await drawn(school)
    assert (await office.post(f"/signups/{signup}/closing", later)).status == 409


async def test_a_draw_without_entries_is_held_too(school: School) -> None:
    signup = await offered(school)
    await drawn(school)
    guardian: Client = await school.client_as("김하늘")
    raw = (await guardian.get(f"/signups/{signup}/draw.json")).body
    assert verify_draw(read_draw_file(raw)).outcome == ()
    asker = await school.asker("오정숙")
    assert (await school.app[SIGNUPS].view(asker, signup)).phase == "closed"
    digest = hashlib.sha256(msgspec.json.decode(raw)["entries"].encode()).hexdigest()
    assert digest in raw.decode()
