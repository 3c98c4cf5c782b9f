"""From the console into a school's own lists: a kind of paper and a holiday, months of 나이스."""

import asyncio
import json
from pathlib import Path

from playwright.async_api import Browser

from kit import sheets
from scripts.demo_content.cast import HANBIT, SAESOL
from tests.browsing import press
from tests.province.conftest import DESK, PHONE, Province, visit, visit_hub

WITHIN_S = 120
NAME = "우유 급식 변경 신청서"
GUARDIAN = "haneul"  # of children at both schools


async def test_an_officer_publishes_a_paper_and_a_holiday_and_a_school_takes_both(
    province: Province, browser: Browser, tmp_path: Path
) -> None:
    administrator = await visit(browser, province.address("hanbit"), "hb-admin", PHONE)
    await administrator.go("/submissions/types")
    async with administrator.page.expect_download() as coming:
        await administrator.page.get_by_role("link", name="파일로 내보내기").first.click()
    file = json.loads(Path(await (await coming.value).path()).read_text("utf-8"))
    file["id"], file["type"]["name"] = "milk-change", NAME
    sent = tmp_path / "우유.json"
    sent.write_text(json.dumps(file, ensure_ascii=False), "utf-8")

    officer = await visit_hub(browser, province, DESK)
    officer.page.on("dialog", lambda dialog: dialog.accept())
    await officer.go("/supplies")
    await officer.page.set_input_files("[name=files]", sent)
    await officer.press("올리기")
    await officer.see(NAME)
    await officer.page.fill("[name=days]", "2027-05-04 개교 백 주년 휴일")
    await officer.press("공휴일 추가")
    await officer.see("개교 백 주년 휴일")
    await officer.press("시범 학교에 발행")

    page = administrator.page
    async with asyncio.timeout(WITHIN_S):
        await administrator.go("/admin/supplies")
        while not await page.get_by_text(NAME).count():
            await page.wait_for_timeout(500)
            await administrator.go("/admin/supplies")
    await administrator.go("/")
    await administrator.see("교육청에서 온 자료")
    await administrator.go("/admin/supplies")
    await page.get_by_role("link", name=NAME).click()
    await administrator.see("우리 학교에 없음")
    await administrator.press("우리 학교에서 사용")
    await administrator.see("서류 종류를 가져왔습니다")
    await page.get_by_role("link", name="개교 백 주년 휴일").click()
    await administrator.press("우리 학교에서 사용")
    await administrator.see("공휴일을 학사일정에 추가했습니다.")
    await administrator.go("/submissions/types")
    await administrator.see(NAME)
    await administrator.go("/calendar?month=2027-05")
    await administrator.see("개교 백 주년 휴일")
    for visitor in (administrator, officer):
        assert not visitor.complaints
        await visitor.close()


async def test_the_month_that_the_demo_publishes_is_at_both_schools(
    province: Province, browser: Browser
) -> None:
    menus = {"hanbit": "쇠고기미역국", "saesol": "잔치국수"}
    for slug, dish in menus.items():
        family = await visit(browser, province.address(slug), GUARDIAN, PHONE)
        async with asyncio.timeout(WITHIN_S):
            await family.go("/meals/week?day=2027-01-04")
            while not await family.page.get_by_text(dish).count():
                await family.page.wait_for_timeout(500)
                await family.go("/meals/week?day=2027-01-04")
        assert not family.complaints
        await family.close()


async def test_an_officer_explains_the_columns_of_a_workbook_and_a_school_eats_its_own_menu(
    province: Province, browser: Browser, tmp_path: Path
) -> None:
    rows = [["기관", "먹는 날", "차림", "담당"]]
    rows += [[HANBIT[3:], "2027-02-08", "한빛 떡만둣국(1.5.6)", "가"]]
    rows += [[SAESOL[3:], "2027-02-08", "새솔 김치볶음밥(9)", "나"]]
    sent = tmp_path / "2월 급식.xlsx"
    sent.write_bytes(sheets.xlsx("급식", rows))

    officer = await visit_hub(browser, province, PHONE)
    page = officer.page
    page.on("dialog", lambda dialog: dialog.accept())
    await officer.go("/supplies")
    form = page.locator("form[action='/supplies/neis/meals']")
    await form.locator("[name=files]").set_input_files(sent)
    await press(form.get_by_role("button", name="올리기"))
    await officer.see("한 번 선택하면 다음부터 기억합니다.")
    await page.get_by_label("기관").select_option(label="학교 코드(행정표준코드) *")
    await page.get_by_label("먹는 날").select_option(label="날짜 *")
    await page.get_by_label("차림").select_option(label="음식(알레르기 번호) *")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE
    await officer.press("이대로 읽기")
    await officer.see("학교 2곳의 자료 1개월분을 읽었습니다.")
    assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE
    await press(page.get_by_role("button", name="등록", exact=True))
    await officer.see("2027년 2월")
    await officer.press("시범 학교에 발행")

    family = await visit(browser, province.address("hanbit"), GUARDIAN, PHONE)
    async with asyncio.timeout(WITHIN_S):
        await family.go("/meals/week?day=2027-02-08")
        while not await family.page.get_by_text("한빛 떡만둣국").count():
            await family.page.wait_for_timeout(500)
            await family.go("/meals/week?day=2027-02-08")
    assert not await family.page.get_by_text("새솔 김치볶음밥").count()
    for visitor in (family, officer):
        assert not visitor.complaints
        await visitor.close()
