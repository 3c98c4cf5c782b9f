"""The assistant on real processes: worker, model, browser; killed in the middle, back by itself."""

import os
import signal
from pathlib import Path

from playwright.async_api import Browser

from tests.browsing import press
from tests.province.asking import ask
from tests.province.conftest import DESK, PHONE, Province, Visitor, visit

CARPOOL = "우리 학교 승용차 요일제 스티커는 본관 1층 행정실에서 배부합니다."


async def publish(teacher: Visitor, title: str, body: str, audience: str) -> None:
    """A class-wide notice, which needs nobody's approval."""
    page = teacher.page
    await teacher.go("/newsletters/desk")
    await teacher.press("알림장 쓰기")
    await page.fill("[name=title]", title)
    await page.fill("[name=body]", body)
    await page.locator("#audience summary", has_text="보호자에게").click()
    await page.get_by_label(audience, exact=True).check()
    await teacher.press("바로 보내기")
    if page.url.endswith("/check"):  # it is read over first, and goes out as it stands
        await teacher.press("바로 보내기")
    await teacher.see("발행했습니다")


def workers(province: Province, slug: str) -> list[int]:
    """The process of a school's worker."""
    index = str(province.root / slug / "assistant" / "index").encode()
    found = []
    for place in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = place.read_bytes().split(b"\0")
        except OSError:
            continue  # it ended meanwhile
        if b"models.worker" in words and index in words:
            found.append(int(place.parent.name))
    return found


async def test_a_guardian_asks_on_a_phone_and_opens_the_source(
    province: Province, browser: Browser
) -> None:
    guardian = await visit(browser, province.address("hanbit"), "haneul", PHONE)
    said = await ask(guardian, "교외체험학습 결과보고서는 마친 뒤 며칠 이내에 내나요?")
    assert "7일" in said
    await press(guardian.page.locator(".assistant-sources a").first)
    await guardian.see("체험학습")
    await guardian.close()


async def test_what_a_teacher_publishes_is_known_at_once_and_only_to_those_it_is_for(
    province: Province, browser: Browser
) -> None:
    teacher = await visit(browser, province.address("hanbit"), "hb-park", DESK)
    guardian = await visit(browser, province.address("hanbit"), "haneul", PHONE)
    elsewhere = await visit(browser, province.address("saesol"), "haneul", PHONE)
    question = "승용차 요일제 스티커는 어디에서 배부하나요?"
    await publish(teacher, "승용차 요일제 스티커", CARPOOL, "3학년 2반 보호자")
    await guardian.page.wait_for_timeout(5000)  # what is promised: within 5 s
    assert "행정실에서 배부" in await ask(guardian, question)
    assert "행정실에서 배부" not in await ask(elsewhere, question)
    for visitor in (teacher, guardian, elsewhere):
        await visitor.close()


async def test_a_rule_for_staff_answers_staff_and_no_guardian(
    province: Province, browser: Browser
) -> None:
    teacher = await visit(browser, province.address("hanbit"), "hb-park", DESK)
    guardian = await visit(browser, province.address("hanbit"), "haneul", PHONE)
    question = "출장 여비 정산은 언제까지 하나요?"
    assert "2주" in await ask(teacher, question)
    assert "여비" not in await ask(guardian, question)
    await teacher.close()
    await guardian.close()


async def test_the_assistant_comes_back_by_itself_after_a_kill(
    province: Province, browser: Browser
) -> None:
    guardian = await visit(browser, province.address("hanbit"), "haneul", PHONE)
    (before,) = workers(province, "hanbit")
    os.kill(before, signal.SIGKILL)
    said = await ask(guardian, "교외체험학습 결과보고서는 마친 뒤 며칠 이내에 내나요?")
    assert "7일" in said
    (after,) = workers(province, "hanbit")
    assert after != before
    await guardian.close()
