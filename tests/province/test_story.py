"""The story of the first paragraph, on real processes: publish, sign, prove, tell the province."""

import asyncio
import json
import sys
from pathlib import Path

from playwright.async_api import Browser

from tests.browsing import press
from tests.province.conftest import DESK, PHONE, Province, Visitor, visit, visit_hub

TITLE = "3학년 2반 겨울 숲 체험 참가 동의"


async def write_letter(teacher: Visitor, title: str, body: str) -> str:
    """A teacher writes a newsletter with a consent form to the own class; its path once out."""
    page = teacher.page
    await teacher.go("/newsletters/desk")
    await teacher.press("가정통신문 쓰기")
    await page.fill("[name=title]", title)
    await page.fill("[name=body]", body)
    await page.locator("#audience summary", has_text="보호자에게").click()
    await page.get_by_label("3학년 2반 보호자", exact=True).check()
    await page.get_by_text("회신서(동의서) 첨부").click()
    await page.get_by_text("이 글에 회신서를 첨부합니다").click()
    await page.locator("[name=form_label]").nth(0).fill("겨울 숲 체험에 참가합니까?")
    await page.locator("[name=form_deadline]").fill("2030-12-01T17:00")
    await page.fill("[name=form_purpose]", "현장체험 참가 확인")
    await page.fill("[name=form_items]", "학생 이름, 참가 여부")
    await page.fill("[name=form_retention]", "체험 종료 후 1년")
    await page.fill("[name=form_refusal]", "동의하지 않을 수 있으며 그때는 학교에 남아 활동합니다.")
    await teacher.press("바로 보내기")
    if page.url.endswith("/check"):  # it is read over first, and goes out as it stands
        await teacher.press("바로 보내기")
    await teacher.see("발행했습니다")
    return page.url.removeprefix(teacher.base)


async def answer(guardian: Visitor, letter: str, name: str) -> str:
    """A guardian answers a letter's form for the first child; the path of the receipt."""
    page = guardian.page
    await guardian.go(letter)
    await press(page.get_by_role("link", name="답하고 서명하기").first)
    await page.get_by_text("동의합니다", exact=True).first.click()
    other_way = page.locator("details:has([name=signature_typed]) > summary")
    if await other_way.count():  # who has a passkey finds the name below it
        await page.get_by_role("button", name="패스키로 서명하고 제출").wait_for()
        await other_way.click()
    await page.fill("[name=signature_typed]", name)
    await guardian.press("제출하기")
    await guardian.see("전자동의서 제출 확인서")
    return page.url.removeprefix(guardian.base)


async def verify_offline(receipt: Path, *options: str) -> tuple[int, dict[str, object]]:
    """`madang verify`, as anybody would run it years later."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scripts.madang", "verify", str(receipt), "--json", *options,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    said, _nothing = await process.communicate()
    assert process.returncode is not None
    return process.returncode, json.loads(said)


async def test_a_consent_is_asked_given_kept_and_proven(
    province: Province, browser: Browser, tmp_path: Path
) -> None:
    """Teacher at a desk, guardian at a phone of 360 px, receipt verified offline."""
    hanbit = province.address("hanbit")
    teacher = await visit(browser, hanbit, "hb-park", DESK)
    letter = await write_letter(teacher, TITLE, "1. 일시: 12월 11일(금)\n2. 장소: 마루숲")
    await press(teacher.page.get_by_role("link", name="회신 현황 보기"))
    await teacher.see("미회신")

    guardian = await visit(browser, hanbit, "haneul", PHONE)
    await guardian.see(TITLE)
    receipt = await answer(guardian, letter, "김하늘")

    await teacher.see("김하늘")  # the table grows by itself

    async with guardian.page.expect_download() as download:
        await guardian.page.get_by_role("link", name="제출 확인서 파일 내려받기").click()
    kept = tmp_path / "receipt.madang-receipt.json"
    await (await download.value).save_as(kept)
    code, outcome = await verify_offline(kept)
    assert (code, outcome["valid"]) == (0, True)
    checks = outcome["checks"]
    assert isinstance(checks, dict)
    assert checks["record"] == checks["inclusion"] == checks["attestation"] == "passed"

    altered = tmp_path / "altered.json"
    altered.write_bytes(kept.read_bytes().replace("동의합니다".encode(), "동의안합니다".encode()))
    code, outcome = await verify_offline(altered)
    assert (code, outcome["valid"]) == (1, False)

    assert await guardian.go(receipt) == 200
    width = await guardian.page.evaluate("document.documentElement.scrollWidth")
    assert width <= PHONE
    assert guardian.complaints == []
    assert teacher.complaints == []
    await guardian.close()
    await teacher.close()


async def test_an_officer_sees_both_schools_and_tells_them_something(
    province: Province, browser: Browser
) -> None:
    officer = await visit_hub(browser, province, DESK)
    await officer.go("/schools")
    await officer.see("한빛초등학교")
    await officer.see("새솔중학교")

    await officer.go("/directory?q=" + "ㅂㅅㅇ")
    await officer.see("박서연")

    page = officer.page
    await officer.go("/notices/new")
    title = "겨울철 학교 시설 안전 점검 협조"
    await page.fill("[name=title]", title)
    await page.fill("[name=reference]", "시설안전과-1123")
    await page.fill("[name=body]", "1. 점검 결과를 확인해 주시기 바랍니다.")
    await page.get_by_text("학교가 확인을 눌러야 합니다").click()
    await officer.press("저장하고 미리보기")
    await officer.press("보내기")
    await officer.see("공문을 보냈습니다")
    notice = page.url

    for slug, login in (("hanbit", "hb-principal"), ("saesol", "ss-principal")):
        principal = await visit(browser, province.address(slug), login, DESK)
        for _attempt in range(30):
            await principal.go("/official")
            if await principal.page.get_by_text(title).count():
                break
            await principal.page.wait_for_timeout(500)
        await press(principal.page.get_by_role("link", name=title).first)
        await principal.press("확인했습니다")
        await principal.close()

    acknowledged = page.locator(".progress", has_text="확인한 학교")
    for _attempt in range(60):
        await page.goto(notice)
        if "2 / 2" in await acknowledged.inner_text():
            break
        await page.wait_for_timeout(500)
    assert "2 / 2" in await acknowledged.inner_text()
    await officer.close()


async def test_the_school_goes_on_while_the_hub_is_away(
    province: Province, browser: Browser
) -> None:
    hanbit = province.address("hanbit")
    hub = province.supervisor.child("hub")
    await hub.stop()
    teacher = await visit(browser, hanbit, "hb-park", DESK)
    letter = await write_letter(teacher, "허브가 없는 날의 동의서", "인터넷이 끊겨도 받습니다.")
    guardian = await visit(browser, hanbit, "haneul", PHONE)
    receipt = await answer(guardian, letter, "김하늘")
    await hub.start()

    for _attempt in range(60):  # the hub witnesses what was signed without it
        await guardian.go(receipt)
        if not await guardian.page.get_by_text("도교육청 확인 대기 중입니다").count():
            break
        await guardian.page.wait_for_timeout(1000)
    assert not await guardian.page.get_by_text("도교육청 확인 대기 중입니다").count()
    await guardian.close()
    await teacher.close()
