"""What the product's own parts are called in an earlier build, so that its school can be made too.

The makers run inside the build whose school they make, back to the one before records of the second
version. Each function gives what that build has.
"""

import importlib
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import node
from kit.db import Tx
from kit.signin.service import SignIn
from node.drive import model as drive_model
from node.drive.model import DriveFileChanged
from node.forms import model, store
from node.forms.model import FormDraft
from node.forms.store import StoredForm
from node.search.service import Search
from protocol import records
from protocol.records import Answer, Record

if TYPE_CHECKING:
    from kit.signin.accounts import Accounts
    from node.access_log.model import LookEntry

ROOM = Path(node.__file__).parent
HAS_QUESTIONS = (ROOM / "questions").exists()
# Asked of the folder, not of the importer: an environment that is shared finds today's module.
QUESTIONS: Any = importlib.import_module("node.questions.model") if HAS_QUESTIONS else model
"""The words of questionnaires, where the build has them."""


def keyring(folder: Path) -> Any:
    """What signs: all keys of a school, or its only one."""
    keys = importlib.import_module("node.keys")
    return getattr(keys, "Keyring", keys.node_keys)(folder)


def answers_of(draft: FormDraft, values: Mapping[str, list[str]]) -> tuple[Answer, ...]:
    """The answers in words, as the build's records hold them."""
    found: Callable[..., tuple[Answer, ...]]
    if HAS_QUESTIONS:
        found = importlib.import_module("node.questions.filling").answers_of
        return found(draft.fields, values)
    if hasattr(model, "answers_of"):
        found = model.answers_of
    else:
        found = importlib.import_module("node.forms.filling").answers_of
    return found(draft, values)


def letter_of(form: StoredForm) -> Any:
    """The letter that a form goes out with."""
    return getattr(form, "newsletter_id" if HAS_QUESTIONS else "subject")


def consent(form: StoredForm, **said: object) -> Record:
    """A consent of the newest version, with everything of the form that such a record holds."""
    kind: Any = getattr(records, "ConsentV2", records.ConsentV1)
    said["privacy"] = getattr(form.draft, "recorded_privacy", None)
    said["attachments"] = getattr(form, "files", ())
    made: Record = kind(**{name: said[name] for name in kind.__struct_fields__ if name in said})
    return made


CALLED = {
    "asked_id": "student_id",
    "by_id": "guardian_id",
    "by_name": "guardian_name",
    "given_at": "signed_at",
}
"""What the parts of an answer were called before questions had a room of their own."""


def answer(**said: object) -> Any:
    """The answer that holds for a child, with the record that proves it."""
    if HAS_QUESTIONS:
        return model.SignedAnswer(**cast(Any, said))
    kind: Any = getattr(model, "Given")  # noqa: B009 - it stood there
    return kind(**{CALLED.get(name, name): value for name, value in said.items()})


def save_answer(tx: Tx, form_id: str, answer: Any, child_name: str) -> None:
    """Keep what holds for a child from now on."""
    if HAS_QUESTIONS:
        kept = importlib.import_module("node.questions.store").keep
        kept(tx, form_id, answer, QUESTIONS.Proof(answer.leaf, answer.record_hash))
        store.add_signature(tx, form_id, answer, child_name=child_name, drawing_hash=None)
        return
    save: Callable[..., None] = getattr(store, "save_answer")  # noqa: B009 - it stood there
    more = {"child_name": child_name} if "child_name" in inspect.signature(save).parameters else {}
    save(tx, form_id, "", answer, drawing_hash=None, **more)


def read_anew(search: Search) -> Callable[[Tx, str], None]:
    """What lets search read a subject anew; earlier builds had a verb for each kind."""
    if hasattr(search, "read_anew"):
        return search.read_anew
    earlier: Any = search

    def anew(tx: Tx, subject: str) -> None:
        kind, _, named = subject.partition(":")
        if kind == "drive":
            earlier.drive_changed(tx, DriveFileChanged(named))
        else:
            earlier.index_newsletter(tx, named)

    return anew


def accounts_of(signin: SignIn) -> "Accounts":
    """What starts sessions; earlier builds had one class for all of signing in."""
    found: Any = getattr(signin, "accounts", signin)
    return found  # type: ignore[no-any-return]


def look_entry() -> type["LookEntry"]:
    """An entry of the access log; it was called Entry before each name stood once."""
    model: Any = importlib.import_module("node.access_log.model")
    return getattr(model, "LookEntry", None) or model.Entry  # type: ignore[no-any-return]


def drive_stores() -> tuple[Any, Any]:
    """The SQL of the drive's tree and of its texts, which earlier builds have in one file."""
    if not (Path(node.__file__).parent / "drive" / "tree").exists():
        one = importlib.import_module("node.drive.store")
        return one, one
    tree, texts = "node.drive.tree.store", "node.drive.reading.store"
    return importlib.import_module(tree), importlib.import_module(texts)


def read_text(digest: str, media_type: str, text: str) -> Any:
    """What was read of a content, as the build's drive keeps it."""
    kind = getattr(drive_model, "Text", None)
    if kind is None:
        kind = importlib.import_module("node.files.model").Preview
    return kind(digest, media_type, "ready", (), 0, text, "")


def notes_looks() -> bool:
    """Whether the build keeps a log of who looked at whose data."""
    return (ROOM / "access_log").exists()
