"""Thousands of nodes that wait for news: a few are answered at a time, the next as soon as one is done."""

import asyncio

from hub.sync.waiting import AT_ONCE, CROWD, Waiting


def held(waiting: Waiting, count: int) -> dict[str, asyncio.Future[bool]]:
    return {f"school {number}": waiting.begin(f"school {number}") for number in range(count)}


def woken(requests: dict[str, asyncio.Future[bool]]) -> list[str]:
    return [school for school, one in requests.items() if one.done() and one.result()]


async def test_a_few_are_answered_at_a_time_and_each_that_is_done_lets_the_next_one_in() -> None:
    waiting = Waiting()
    requests = held(waiting, 100)
    waiting.wake(requests)
    for done in range(100 - AT_ONCE):
        assert len(woken(requests)) == AT_ONCE + done
        school = f"school {done}"
        waiting.end(school, requests[school])
    assert len(woken(requests)) == 100


async def test_whoever_went_away_before_its_turn_holds_up_nobody() -> None:
    waiting = Waiting()
    requests = held(waiting, AT_ONCE + 2)
    waiting.wake(requests)
    last, before = f"school {AT_ONCE + 1}", f"school {AT_ONCE}"
    waiting.end(before, requests[before])
    assert not requests[last].done()
    waiting.end("school 0", requests["school 0"])
    assert requests[last].result() is True
    assert before not in woken(requests)


async def test_whoever_is_woken_again_and_again_is_answered_once_and_keeps_nobody_waiting() -> None:
    """As when the messengers of all schools change while they wait."""
    waiting = Waiting()
    requests = held(waiting, 3 * AT_ONCE)
    for _change in range(1000):
        waiting.wake_all()
    for school in list(requests)[: 2 * AT_ONCE]:
        waiting.end(school, requests[school])
    assert len(woken(requests)) == 3 * AT_ONCE
    assert waiting.rest_ms() == 0, "no crowd: each counts once"


async def test_whoever_has_waited_long_enough_while_in_line_takes_the_news_with_it() -> None:
    """It would only come back at once, and ask for what was ready for it."""
    waiting = Waiting()
    requests = held(waiting, AT_ONCE + 2)
    waiting.wake(requests)
    last = f"school {AT_ONCE + 1}"
    assert waiting.take(last)
    assert not waiting.take(last), "once"
    waiting.end(last, requests[last])
    waiting.end("school 0", requests["school 0"])
    assert requests[f"school {AT_ONCE}"].result() is True, "and the line goes on"


async def test_a_crowd_comes_back_one_after_the_other_and_a_few_whenever_they_like() -> None:
    waiting = Waiting()
    waiting.wake(held(waiting, AT_ONCE))
    assert waiting.rest_ms() == 0
    crowd = held(waiting, 4 * CROWD)
    waiting.wake(crowd)
    rests = [waiting.rest_ms() for _node in range(200)]
    assert max(rests) > 2 * min(rests) > 0
    for school, request in crowd.items():
        waiting.end(school, request)
    waiting.wake(held(waiting, 2))
    assert waiting.rest_ms() == 0
