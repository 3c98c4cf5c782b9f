"""The material of the demo's assistants: a real model, a handbook with its vectors."""

from pathlib import Path

import pytest

from models.ahead import prepared, to_prepare
from models.index import Reader
from models.passages import Rights, digest
from models.passages import cut as passages_of
from models.release import check
from models.retrieve import Retriever
from models.vectors import Embedder, VectorFile
from scripts.demo_assistant import SCHOOLS, VECTORS, documents, make_handbooks, make_model
from scripts.demo_content.answers import NOW

GUARDIAN = Rights(frozenset({"guardians"}))
STAFF = Rights(frozenset({"staff"}), reads_families=True)


@pytest.fixture(scope="module")
def handbooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("handbooks")
    make_handbooks(folder)
    return folder


def test_the_vectors_of_every_article_are_kept_beside_them() -> None:
    held = VectorFile(VECTORS).row_of
    wanted = {
        digest(one.title, text)
        for slug in ("", *SCHOOLS)
        for one in documents(slug)
        for text in passages_of(one.text)
    }
    assert wanted <= set(held), "run: python -m scripts.demo_assistant --refresh"


def test_those_of_their_sentences_as_well() -> None:
    rows = (
        {"title": one.title, "text": text}
        for slug in ("", *SCHOOLS)
        for one in documents(slug)
        for text in passages_of(one.text)
    )
    held = prepared(VECTORS).row_of.keys()
    assert to_prepare(rows).keys() <= held, "run: python -m scripts.demo_assistant --refresh"


def test_each_school_has_the_handbook_and_its_own_rules_only(handbooks: Path) -> None:
    for slug in SCHOOLS:
        info = check(handbooks / slug, "knowledge")
        assert info.version == "demo-1"
        reader = Reader(handbooks / slug)
        assert set(reader.subjects) == {one.subject for one in [*documents(), *documents(slug)]}
        assert reader.unvectored == 0


def test_articles_for_staff_are_found_by_staff_alone(handbooks: Path) -> None:
    retriever = Retriever([Reader(handbooks / "hanbit")], Embedder())
    staff_only = {one.subject for one in documents() if one.keys == ("staff",)}
    for question in ("연가는 며칠 전에 신청하나요?", "출장 여비는 어떻게 정산하나요?"):
        found = retriever.search(question, STAFF, NOW, 10)
        assert found[0].passage.subject in staff_only
        others = retriever.search(question, GUARDIAN, NOW, 50)
        assert not {one.passage.subject for one in others} & staff_only


def test_an_article_that_ended_is_not_found_and_its_successor_is(handbooks: Path) -> None:
    retriever = Retriever([Reader(handbooks / "hanbit")], Embedder())
    found = retriever.search("자유수강권 지원 금액은 얼마인가요?", GUARDIAN, NOW, 50)
    subjects = [one.passage.subject for one in found]
    assert "handbook:088-free-voucher-2026" in subjects[:3]
    assert "handbook:087-free-voucher-2025" not in subjects


def test_the_model_is_whole(tmp_path: Path) -> None:
    make_model(tmp_path / "model")
    assert check(tmp_path / "model", "model").licence == "Gemma Terms of Use"
