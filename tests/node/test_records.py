"""What a signed record says: all that stood on the form; and records of earlier releases beside it."""

from pathlib import Path

import msgspec
import pytest

from node.files.access import FILES
from node.forms.model import BadForm, FormDraft
from node.newsletters.model import Content, Sort
from node.newsletters.web import NEWSLETTERS
from node.questions.model import Field, FieldKind, LegalBasis, PrivacyBox
from protocol.receipts import from_file, verify
from protocol.records import ConsentV1, ConsentV2, ConsentV4
from scripts.madang import main
from tests.models import documents
from tests.node.conftest import School
from tests.node.earlier_release import signed_by_the_release_before, tell_forms_of_files
from tests.node.test_forms import ALLERGY, GOING, answer, records, sent, sql

BOX = PrivacyBox(
    "체험학습 운영", "알레르기", "체험학습이 끝날 때까지", "거부하면 급식을 맞추지 못합니다"
)
BUS = Field(
    "bus", FieldKind.CHOICE, "어떻게 옵니까?", options=("버스", "걸어서"), help="하나만 선택"
)


async def with_a_file(school: School) -> str:
    """A letter with a file, the box on personal data and a choice; the form's id."""
    newsletters = school.app[NEWSLETTERS]
    author = await school.asker("박서연")
    form = FormDraft(fields=(GOING, BUS, ALLERGY), legal_basis=LegalBasis.CONSENT, privacy=BOX)
    keys = (f"guardians/class:{school.class_id('3-2')}",)
    text = msgspec.json.encode(form).decode()
    draft = await newsletters.desk.create(
        author, Sort.NEWSLETTER, Content("체험학습", "갑니다.", keys, text)
    )
    await newsletters.desk.attach(
        author, draft, school.app[FILES].keep("일정.png", documents.png())
    )
    (picture,) = await newsletters.desk.files(author, draft)
    await newsletters.desk.describe(author, draft, picture.attachment.id, "하루 일정을 그린 그림")
    letter = await newsletters.desk.send(author, draft)
    return letter.form_id


async def test_a_consent_records_all_that_stood_on_the_form(school: School) -> None:
    form = await with_a_file(school)
    await answer(school, await school.client_as("김하늘"), form, answer_bus="버스")
    (record,) = await records(school)
    assert isinstance(record, ConsentV2)
    assert record.privacy is not None
    assert (record.privacy.purpose, record.privacy.items) == (BOX.purpose, BOX.items)
    assert (record.privacy.retention, record.privacy.refusal) == (BOX.retention, BOX.refusal)
    going, bus, allergy = record.answers
    assert going.options == ("동의합니다", "동의하지 않습니다")
    assert (bus.options, bus.hint, bus.answer) == (("버스", "걸어서"), "하나만 선택", "버스")
    assert allergy.options == ()
    ((sha256,),) = await sql(school, "SELECT sha256 FROM files_attachment")
    assert [(one.name, one.sha256) for one in record.attachments] == [("일정.png", sha256)]


async def test_receipt_and_verification_show_what_was_said_of_personal_data_and_the_files(
    school: School, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    form = await with_a_file(school)
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form, answer_bus="버스")
    file = (await guardian.get("/receipts/0/file")).body
    place = tmp_path / "receipt.madang-receipt.json"
    place.write_bytes(file)
    assert main(["verify", str(place)]) == 0
    shown = [
        (await guardian.get("/receipts/0")).text,
        (await (await school.anonymous()).post("/verify", {"receipt": file.decode()})).text,
        capsys.readouterr().out,
    ]
    for text in shown:
        for words in ("체험학습이 끝날 때까지", BOX.refusal, "버스 / 걸어서", "일정.png"):
            assert words in text


async def test_files_belong_to_the_forms_that_an_earlier_release_opened(school: School) -> None:
    form = await with_a_file(school)
    await school.db.write(tell_forms_of_files)
    await answer(school, await school.client_as("김하늘"), form, answer_bus="버스")
    (record,) = await records(school)
    assert isinstance(record, ConsentV2)
    assert [one.name for one in record.attachments] == ["일정.png"]


def test_a_form_that_no_record_could_hold_is_not_sent() -> None:
    long = Field("x", FieldKind.CHOICE, "질문", options=tuple(f"{n}" * 300 for n in range(10, 40)))
    fields = tuple(msgspec.structs.replace(long, id=f"f{n}") for n in range(4))
    with pytest.raises(BadForm):
        FormDraft(fields=fields, legal_basis=LegalBasis.NONE).check()


async def test_a_record_of_the_release_before_is_shown_and_verified_beside_todays(
    school: School,
) -> None:
    form = await sent(school)
    guardian = await school.client_as("김하늘")
    await answer(school, guardian, form, answer_allergy="땅콩")
    await signed_by_the_release_before(school)
    await answer(school, guardian, form, answer_allergy="우유")
    first, second = await records(school)
    assert (type(first), type(second)) == (ConsentV1, ConsentV4)
    for leaf, said in ((0, "땅콩"), (1, "우유")):
        assert said in (await guardian.get(f"/receipts/{leaf}")).text
        file = (await guardian.get(f"/receipts/{leaf}/file")).body
        assert verify(from_file(file)).valid
        checked = await (await school.anonymous()).post("/verify", {"receipt": file.decode()})
        assert "변경되지 않은 제출 확인서입니다." in checked.text
        assert said in checked.text
