"""A letter in several languages: Korean first and binding, another in one press, and each as it is meant."""

import pypdfium2 as pdfium

from node.assistant.store import documents
from node.newsletters.web import NEWSLETTERS
from node.search.web import SEARCH
from tests.node.conftest import School
from tests.node.test_letter_story import FORM
from tests.node.test_typed_text import published
from tests.reading import lines

LETTER = """12월 4일(금) 09:30에 정문에서 만납니다.

- 준비물: 물통

=== Tiếng Việt ===
## Buổi dã ngoại của lớp

Gặp nhau lúc 09:30 ngày 4 tháng 12 tại cổng chính.

- Mang theo: bình nước

=== English ===
## A day out

We meet at the main gate at 09:30 on December 4.

- Bring: a water bottle
"""
BINDING = "Bản tiếng Hàn là bản có giá trị chính thức."


async def test_a_family_reads_korean_first_and_vietnamese_in_one_press(school: School) -> None:
    here = await published(school, LETTER)
    family = await school.client_as("김하늘")
    first = (await family.get(here)).text
    assert (
        lines(first, "div", "letter-body")
        == "12월 4일(금) 09:30에 정문에서 만납니다.\n\n- 준비물: 물통"
    )
    assert f'<a href="{here}?lang=vi&amp;keep=1" lang="vi" dir="ltr">Tiếng Việt</a>' in first

    there = (await family.get(f"{here}?lang=vi&keep=1")).text
    assert 'lang="vi" dir="ltr">Buổi dã ngoại của lớp</h1>' in there
    assert '<p class="letter-meta" lang="ko">12월 일정</p>' in there
    assert "Gặp nhau lúc 09:30" in there
    assert BINDING in there
    assert "We meet" not in there
    assert f'<a href="{here}?lang=ko&amp;keep=1" lang="ko">한국어</a>' in there


async def test_what_was_pressed_is_kept_for_the_next_letter_and_its_title_in_the_list(
    school: School,
) -> None:
    here = await published(school, LETTER)
    plain = await published(school, "안녕하세요.")
    family = await school.client_as("김하늘")
    await family.get(f"{here}?lang=vi&keep=1")
    assert "Gặp nhau" in (await family.get(here)).text
    listed = (await family.get("/newsletters")).text
    assert '<span lang="vi" dir="ltr">Buổi dã ngoại của lớp</span>' in listed
    assert "안녕하세요." in (await family.get(plain)).text

    await family.get(f"{here}?lang=ko&keep=1")
    assert "Gặp nhau" not in (await family.get(here)).text
    assert "Buổi dã ngoại" not in (await family.get("/newsletters")).text


async def test_who_only_follows_an_address_keeps_the_language_they_had(school: School) -> None:
    here = await published(school, LETTER)
    family = await school.client_as("김하늘")
    assert "Gặp nhau" in (await family.get(f"{here}?lang=vi")).text
    assert "Gặp nhau" not in (await family.get(here)).text


async def test_who_reads_the_pages_in_english_reads_the_letter_in_english(school: School) -> None:
    here = await published(school, LETTER)
    family = await school.client_as("김하늘")
    family.session.cookie_jar.update_cookies({"lang": "en"})
    assert "We meet at the main gate" in (await family.get(here)).text


async def test_each_language_is_found_by_its_words_and_leads_to_its_part(school: School) -> None:
    here = await published(school, LETTER)
    family = await school.asker("김하늘")
    await school.settled()
    [hit] = (await school.app[SEARCH].find(family, "bình nước")).hits
    assert (hit.href, hit.note) == (f"{here}?lang=vi", "Tiếng Việt")
    assert "물통" not in "".join(part.text for part in hit.snippet)
    [hit] = (await school.app[SEARCH].find(family, "물통")).hits
    assert hit.href == here
    client = await school.client_as("김하늘")
    assert "Gặp nhau" in (await client.get(f"{here}?lang=vi")).text


async def test_the_assistant_reads_the_korean_text_alone(school: School) -> None:
    here = await published(school, LETTER)
    await school.settled()
    subject = f"newsletter:{here.split('/')[2]}"
    [known] = await school.db.read(lambda tx: documents(tx, subject))
    assert "물통" in known.text
    assert "bình nước" not in known.text


async def test_a_print_holds_every_language_and_a_pdf_those_that_its_letters_can_write(
    school: School,
) -> None:
    here = await published(school, LETTER)
    family = await school.client_as("김하늘")
    printed = (await family.get(f"{here}/print")).text
    assert "Gặp nhau" in printed
    assert "We meet" in printed
    content = (await family.get(f"{here}/pdf")).body
    with pdfium.PdfDocument(content) as opened:
        words = " ".join(page.get_textpage().get_text_range() for page in opened)
    assert "We meet at the main gate" in words
    assert "베트남어 번역은 화면과 인쇄용 보기에서" in words
    assert "〔U+" not in words


async def test_what_is_signed_is_the_whole_text(school: School) -> None:
    here = await published(school, LETTER, **FORM)
    family = await school.client_as("김하늘")
    form = next(
        part for part in (await family.get(here)).text.split('"') if part.startswith("/forms/")
    )
    signed = (await family.get(form)).text
    for words in ("정문에서 만납니다", "Gặp nhau", "We meet"):
        assert words in signed


async def test_a_class_notice_has_its_languages_and_asks_for_the_korean_things_alone(
    school: School,
) -> None:
    teacher = await school.client_as("박서연")
    made = await teacher.post("/newsletters/new", {"kind": "class_notice"})
    here = made.location.removesuffix("/edit")
    body = "준비물: 물통\n\n=== Tiếng Việt ===\nMang theo 준비물: bình nước"
    audience = f"guardians/class:{school.class_id('3-2')}"
    await teacher.post(f"{here}/edit", {"title": "알림장", "body": body, "audience": audience})
    await teacher.post(f"{here}/send")
    family = await school.client_as("김하늘")
    day = f"/class-notices/{school.class_id('3-2')}/2026-11-23"
    shown = (await family.get(day)).text
    assert 'value="물통"' in shown
    assert "bình nước" not in shown
    there = (await family.get(f"{day}?lang=vi&keep=1")).text
    assert "bình nước" in there
    assert 'value="bình nước"' not in there


async def test_the_writer_sees_every_part_and_is_asked_for_what_one_lacks(school: School) -> None:
    teacher = await school.client_as("박서연")
    preview = (await teacher.post("/newsletters/preview", {"body": LETTER})).text
    assert '<h2 class="part-name">Tiếng Việt</h2>' in preview
    made = await teacher.post("/newsletters/new", {"kind": "newsletter"})
    here = made.location.removesuffix("/edit")
    assert 'data-part="=== Tiếng Việt ==="' in (await teacher.get(made.location)).text
    wrong = LETTER.replace("09:30 ngày 4 tháng 12", "09:30 ngày 5 tháng 12")
    audience = f"guardians/class:{school.class_id('3-2')}"
    content = {"title": "나들이", "body": wrong, "audience": audience, "act": "send"}
    assert (await teacher.post(f"{here}/edit", content)).location == f"{here}/check"
    asked = (await teacher.get(f"{here}/check")).text
    assert "Tiếng Việt 글에는 이 숫자가 없습니다." in asked
    assert "English 글에는" not in asked
    assert (await teacher.post(f"{here}/edit", {**content, "body": LETTER})).location == here


async def test_a_letter_needs_its_korean_text(school: School) -> None:
    teacher = await school.client_as("박서연")
    made = await teacher.post("/newsletters/new", {"kind": "newsletter"})
    here = made.location.removesuffix("/edit")
    audience = f"guardians/class:{school.class_id('3-2')}"
    body = "=== English ===\nHello"
    await teacher.post(f"{here}/edit", {"title": "글", "body": body, "audience": audience})
    assert "내용을 입력해 주세요." in (await teacher.get(f"{here}/check")).text


async def test_who_corrects_the_korean_text_alone_is_asked_about_the_others(school: School) -> None:
    here = await published(school, LETTER)
    teacher = await school.client_as("박서연")
    letter = here.split("/")[2]
    body = LETTER.replace("정문에서", "후문에서")
    correction = {"title": "12월 일정", "body": body, "reason": "장소"}
    refused = await teacher.post(
        f"{here}/correct", correction, headers={"Referer": f"{teacher.base}{here}/correct"}
    )
    shown = (await teacher.get(refused.location)).text
    assert "한국어 글만 바뀌고 Tiếng Việt, English 글은 그대로입니다." in shown
    assert "후문에서" in shown  # nothing typed is lost
    author = await school.asker("박서연")
    assert "정문에서" in (await school.app[NEWSLETTERS].read(author, letter)).version.body

    done = await teacher.post(f"{here}/correct", {**correction, "korean_only": "1"})
    assert done.location == here
    changed = (await (await school.client_as("김하늘")).get(f"{here}/history")).text
    assert "<ins>12월 4일(금) 09:30에 후문에서 만납니다.</ins>" in changed
