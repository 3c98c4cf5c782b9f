"""What somebody types is kept whole or refused with a word; it never becomes shorter unnoticed."""

from typing import Any

import msgspec
import pytest

from kit.clock import DAY, local
from node.forms.model import FormDraft
from node.newsletters.model import Sort
from node.newsletters.web import NEWSLETTERS
from tests.node.conftest import Answer, Client, School
from tests.node.test_forms import sent, sql

QUESTION = {
    "form_id": "f1",
    "form_kind": "consent",
    "form_label": "참가합니까?",
    "form_options": "",
    "form_required": "1",
    "form_help": "",
}
LETTER = {"title": "체험학습", "body": "갑니다."}


async def draft(school: School, kind: Sort = Sort.NEWSLETTER) -> str:
    author = await school.asker("박서연")
    return await school.app[NEWSLETTERS].desk.create(author, kind)


async def saved(school: School, letter: str, **fields: str) -> Answer:
    """The editor's page, sent."""
    writer = await school.client_as("박서연")
    keys = f"guardians/class:{school.class_id('3-2')}"
    body = {**LETTER, "audience": keys, "form_builder": "1", **fields}
    return await writer.post(f"/newsletters/{letter}/edit", body)


async def editor(school: School, letter: str) -> str:
    return (await (await school.client_as("박서연")).get(f"/newsletters/{letter}/edit")).text


async def stored(school: School, letter: str) -> FormDraft | None:
    ((form,),) = await sql(school, "SELECT form FROM newsletters_newsletter WHERE id = ?", letter)
    return msgspec.json.decode(form, type=FormDraft) if form else None


# Forms ---------------------------------------------------------------------------------------


async def test_questions_typed_without_the_tick_stay_in_the_editor(school: School) -> None:
    letter = await draft(school)
    assert (await saved(school, letter, **QUESTION)).status == 303
    shown = await editor(school, letter)
    assert "참가합니까?" in shown
    assert "표시하지 않으면 보낼 수 없습니다" in shown


async def test_questions_without_the_tick_are_not_sent_away_without_a_word(
    school: School,
) -> None:
    letter = await draft(school)
    refused = await saved(school, letter, act="send", **QUESTION)
    assert refused.status == 422
    assert "회신서를 첨부합니다" in refused.text
    assert await sql(school, "SELECT state FROM newsletters_newsletter") == [("draft",)]
    assert "참가합니까?" in await editor(school, letter)
    ticked = {"form_wanted": "1", "form_basis": "none", **QUESTION}
    assert (await saved(school, letter, act="send", **ticked)).status == 303
    assert len(await sql(school, "SELECT 1 FROM forms_form")) == 1


async def test_a_form_is_thrown_away_only_by_the_button_that_says_so(school: School) -> None:
    letter = await draft(school)
    await saved(school, letter, form_wanted="1", **QUESTION)
    await saved(school, letter, **QUESTION)  # the tick was taken away
    assert "참가합니까?" in await editor(school, letter)
    assert 'value="clear_form"' in await editor(school, letter)
    await saved(school, letter, act="clear_form", **QUESTION)
    assert await stored(school, letter) is None
    assert (await saved(school, letter, act="send")).status == 303
    assert await sql(school, "SELECT 1 FROM forms_form") == []


async def test_a_question_without_words_yet_keeps_its_options(school: School) -> None:
    letter = await draft(school)
    half = {**QUESTION, "form_label": "", "form_options": "버스\n걸어서", "form_kind": "choice"}
    await saved(school, letter, form_wanted="1", **half)
    assert "걸어서" in await editor(school, letter)


async def test_a_deadline_or_a_data_notice_alone_is_kept_too(school: School) -> None:
    letter = await draft(school)
    until = local(school.clock.now() + DAY).strftime("%Y-%m-%dT%H:%M")
    await saved(school, letter, form_deadline=until, form_purpose="안전")
    shown = await editor(school, letter)
    assert until in shown
    assert "안전" in shown


async def test_a_class_notice_keeps_the_form_it_came_with(school: School) -> None:
    form = await sent(school)
    ((first,),) = await sql(school, "SELECT subject FROM forms_form WHERE id = ?", form)
    await school.db.write(
        lambda tx: tx.execute("UPDATE newsletters_newsletter SET kind = 'class_notice'")
    )
    desk = school.app[NEWSLETTERS].desk
    copy = await desk.duplicate(await school.asker("박서연"), first)
    writer = await school.client_as("박서연")
    await writer.post(f"/newsletters/{copy}/edit", {**LETTER, "audience": "guardians"})
    kept = await stored(school, copy)
    assert kept is not None
    assert [field.id for field in kept.fields] == ["going", "allergy"]


@pytest.mark.parametrize(
    ("name", "longest"),
    [("form_label", 300), ("form_help", 300), ("form_purpose", 1000), ("form_refusal", 1000)],
)
async def test_a_text_of_the_form_is_kept_whole_or_refused(
    school: School, name: str, longest: int
) -> None:
    letter = await draft(school)
    form = {"form_wanted": "1", **QUESTION}
    assert (await saved(school, letter, **{**form, name: "가" * longest})).status == 303
    assert "가" * longest in await editor(school, letter)
    refused = await saved(school, letter, **{**form, name: "나" * (longest + 1)})
    assert refused.status == 422
    assert f"{longest}자까지" in refused.text
    assert "가" * longest in await editor(school, letter)


async def test_more_options_than_a_question_may_have_are_refused(school: School) -> None:
    letter = await draft(school)
    form = {"form_wanted": "1", **QUESTION, "form_kind": "choice"}
    many = "\n".join(str(number) for number in range(31))
    refused = await saved(school, letter, **{**form, "form_options": many})
    assert refused.status == 422
    assert "30개까지" in refused.text


# Letters -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "longest"), [("title", 200), ("body", 50_000), ("telephone", 40)])
async def test_a_letter_is_kept_whole_or_refused_and_what_was_saved_before_stays(
    school: School, name: str, longest: int
) -> None:
    letter = await draft(school)
    assert (await saved(school, letter, **{name: "가" * longest})).status == 303
    refused = await saved(school, letter, **{name: "나" * (longest + 1)})
    assert refused.status == 422
    assert f"{longest}자까지" in refused.text
    assert f"{longest + 1}자" in refused.text
    for way in ("autosave", "edit"):
        writer = await school.client_as("박서연")
        body = {**LETTER, name: "나" * (longest + 1)}
        assert (await writer.post(f"/newsletters/{letter}/{way}", body)).status == 422
    assert "가" * longest in await editor(school, letter)


async def test_what_does_not_fit_comes_back_into_the_editor(school: School) -> None:
    letter = await draft(school)
    writer = await school.client_as("박서연")
    here = f"/newsletters/{letter}/edit"
    typed = {**LETTER, "body": "끝까지 쓴 글" + "가" * 50_000, "form_builder": "1", **QUESTION}
    refused = await writer.post(here, typed, headers={"Referer": school.url + here})
    again = (await writer.get(refused.location)).text
    for words in ("끝까지 쓴 글", "50000자까지", "참가합니까?"):
        assert words in again


async def test_a_correction_is_published_whole_or_refused(school: School) -> None:
    form = await sent(school)
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form WHERE id = ?", form)
    writer = await school.client_as("박서연")
    good = {**LETTER, "reason": "날짜", "question": "stands"}
    for name, longest in (("title", 200), ("body", 50_000), ("reason", 500)):
        long = {**good, name: "가" * (longest + 1)}
        refused = await writer.post(f"/newsletters/{letter}/correct", long)
        assert refused.status == 422
        assert f"{longest}자까지" in refused.text
    assert await sql(school, "SELECT version FROM newsletters_newsletter") == [(1,)]


@pytest.mark.parametrize("way", ["withdraw", "correct"])
async def test_a_reason_is_told_whole_or_refused(school: School, way: str) -> None:
    form = await sent(school)
    ((letter,),) = await sql(school, "SELECT subject FROM forms_form WHERE id = ?", form)
    writer = await school.client_as("박서연")
    body = {**LETTER, "question": "stands", "reason": "가" * 501}
    refused = await writer.post(f"/newsletters/{letter}/{way}", body)
    assert refused.status == 422
    assert "500자까지" in refused.text


async def test_a_preview_never_shows_less_than_was_typed(school: School) -> None:
    writer = await school.client_as("박서연")
    whole = await writer.post("/newsletters/preview", {"body": "가" * 50_001})
    assert "가" * 50_001 in whole.text


# Files ---------------------------------------------------------------------------------------


async def attached(client: Client, letter: str, name: str, content: bytes) -> Answer:
    from aiohttp import FormData

    form = FormData(quote_fields=False)
    form.add_field("files", content, filename=name)
    return await client.post(f"/newsletters/{letter}/attachments", form)


async def test_a_file_keeps_the_whole_of_its_name(school: School) -> None:
    letter = await draft(school)
    name = "가" * 250 + ".txt"
    writer: Any = await school.client_as("박서연")
    assert (await attached(writer, letter, name, "내용".encode())).status == 303
    assert await sql(school, "SELECT name FROM files_attachment") == [(name,)]
