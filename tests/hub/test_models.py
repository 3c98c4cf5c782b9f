"""Models on their way to the schools: taken in, opened by llama.cpp, made smaller, published."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from hub.doctor import examine_engine
from hub.releases.model import (
    EngineUnusable,
    ModelFileRefused,
    ModelUnusable,
    ModelWish,
    ModelWishWrong,
)
from kit.clock import ManualClock
from kit.finding import Level
from kit.problem import Forbidden, NotFound
from models.release import MODEL, check
from scripts.demo_assistant import make_model
from scripts.demo_province import publish_releases
from tests.hub.releasing import Workplace
from tests.hub.syncing import OFFICER, VIEWER

WISH = ModelWish(file="gemma.gguf", name="Gemma 3 270M", licence="Gemma Terms of Use", context=512)


@pytest.fixture(scope="session")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small real model, as a file."""
    folder = tmp_path_factory.mktemp("model") / "release"
    make_model(folder)
    return folder / MODEL


@pytest.fixture
async def place(clock: ManualClock, tmp_path: Path) -> AsyncIterator[Workplace]:
    made = Workplace("", clock, tmp_path / "hub")
    await made.start()
    yield made
    await made.stop()


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def lay(place: Workplace, content: bytes | Path, name: str = "gemma.gguf") -> None:
    """Put a file into the folder by hand, as an operator does."""
    target = place.making.incoming.folder / name
    if isinstance(content, Path):
        target.hardlink_to(content)
    else:
        target.write_bytes(content)


def left_behind(place: Workplace) -> Sequence[Path]:
    return [*place.making.folder.glob("*"), *place.making.incoming.folder.glob(".*")]


async def test_an_upload_is_written_piece_by_piece_under_a_plain_name(place: Workplace) -> None:
    body = pieces(b"GGUF\x03\0\0\0", b"x" * 1000, b"y" * 1000)
    name = await place.making.upload(OFFICER, "C:\\모델\\..\\작은 모델.gguf", body, 2008)
    assert name == "작은 모델.gguf"
    (file,) = place.making.incoming.files()
    assert (file.name, file.size) == ("작은 모델.gguf", 2008)
    assert await place.progress.works(VIEWER) == []


async def test_what_is_no_model_leaves_nothing_behind(place: Workplace) -> None:
    with pytest.raises(ModelFileRefused):
        await place.making.upload(OFFICER, "virus.exe", pieces(b"GGUF\x03\0\0\0"), 8)
    with pytest.raises(ModelFileRefused):
        await place.making.upload(OFFICER, "fake.gguf", pieces(b"MZ" + b"0" * 100), 102)
    with pytest.raises(ModelFileRefused):
        await place.making.upload(OFFICER, "vast.gguf", pieces(b"GGUF"), 10**15)
    assert place.making.incoming.files() == []
    assert left_behind(place) == []
    assert {work.step for work in await place.progress.works(VIEWER)} == {"failed"}


async def test_a_viewer_neither_uploads_nor_publishes(place: Workplace) -> None:
    lay(place, b"GGUF\x03\0\0\0")
    for act in (
        place.making.upload(VIEWER, "a.gguf", pieces(b"GGUF\x03\0\0\0"), 8),
        place.making.remove_file(VIEWER, "gemma.gguf"),
        place.making.begin_model(VIEWER, WISH),
    ):
        with pytest.raises(Forbidden):
            await act
    assert [file.name for file in place.making.incoming.files()] == ["gemma.gguf"]


@pytest.mark.parametrize(
    ("file", "name", "context", "error"),
    [
        ("../keys/tuf-root.pem", "이름", 2048, NotFound),
        ("absent.gguf", "이름", 2048, NotFound),
        ("gemma.gguf", "", 2048, ModelWishWrong),
        ("gemma.gguf", "이름", 10, ModelWishWrong),
    ],
)
async def test_a_wish_that_cannot_be_met_begins_nothing(
    place: Workplace, file: str, name: str, context: int, error: type[Exception]
) -> None:
    lay(place, b"GGUF\x03\0\0\0")
    wish = ModelWish(file=file, name=name, licence="Apache-2.0", context=context)
    with pytest.raises(error):
        await place.making.begin_model(OFFICER, wish)
    assert await place.progress.works(VIEWER) == []


async def test_a_damaged_model_is_refused_by_llama_cpp_itself(
    place: Workplace, gemma: Path
) -> None:
    with gemma.open("rb") as whole:
        lay(place, whole.read(20 * 1024 * 1024))
    with pytest.raises(ModelUnusable):
        await place.making.publish_model(OFFICER, WISH)
    assert place.repository.versions("model") == []
    assert list(place.repository.chunks.names()) == []
    assert left_behind(place) == []


@pytest.mark.usefixtures("broken_engine")
async def test_no_model_is_published_where_the_engine_does_not_work(
    place: Workplace, gemma: Path
) -> None:
    """It is no fault of the model, and the refusal says so."""
    lay(place, gemma)
    with pytest.raises(EngineUnusable, match="SIGILL"):
        await place.making.publish_model(OFFICER, WISH)
    assert place.repository.versions("model") == []
    assert left_behind(place) == []


@pytest.mark.usefixtures("broken_engine")
async def test_the_demo_comes_up_without_a_model_where_the_engine_does_not_work(
    place: Workplace,
) -> None:
    told: list[str] = []
    await publish_releases(place.making, place.intake, place.releases, OFFICER, told.append)
    assert place.repository.versions("model") == []
    assert len(place.repository.versions("knowledge")) == 1
    assert len(told) == 1
    assert "언어 모델 엔진이 동작하지 않아" in told[0]
    assert "SIGILL" in told[0]


@pytest.mark.usefixtures("broken_engine")
def test_the_doctor_says_that_no_model_can_be_published() -> None:
    found = examine_engine()
    assert found.level is Level.WARNING
    assert found.params == {"reason": "SIGILL"}


async def test_a_model_is_opened_and_published_as_it_is(place: Workplace, gemma: Path) -> None:
    lay(place, gemma)
    work = await place.making.begin_model(OFFICER, WISH)
    await place.releases.workshop.done(work)
    (done,) = await place.progress.works(VIEWER)
    assert (done.step, done.error) == ("done", "")
    assert done.version is not None
    folder = place.unpacked("model", done.version, "school")
    assert (folder / MODEL).stat().st_size == gemma.stat().st_size
    info = check(folder, "model")
    assert (info.name, info.licence, info.context) == (WISH.name, WISH.licence, 512)
    assert left_behind(place) == []
    await place.making.remove_file(OFFICER, "gemma.gguf")
    assert place.making.incoming.files() == []


async def test_a_model_is_made_smaller_on_request(place: Workplace, gemma: Path) -> None:
    lay(place, gemma)
    wish = ModelWish(file="gemma.gguf", name="작게", licence="Gemma", context=512, quantize="Q2_K")
    release = await place.making.publish_model(OFFICER, wish)
    folder = place.unpacked("model", release.version, "school")
    assert (folder / MODEL).stat().st_size < gemma.stat().st_size
    assert check(folder, "model").name == "작게"
