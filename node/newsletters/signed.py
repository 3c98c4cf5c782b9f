"""Letters held against what was signed of them: the text of each wording, the files.

What is signed is known to forms (`forms_v_wording`), which hold it against the log themselves.
"""

import asyncio
import hashlib
from collections.abc import Iterable
from functools import partial

import msgspec

from kit.db import Database
from node.forms.model import Mismatch
from node.newsletters import signed_store
from node.newsletters.publishing import document
from node.newsletters.signed_store import SignedLetter
from protocol.records import Attachment

BATCH = 100
MOST = 100


class LettersDiffer(Exception):
    """The daily check found letters that are not as they were signed; the message counts them."""


async def check(db: Database) -> list[Mismatch]:
    """Letters whose text or files are not what was signed; the first hundred."""
    found: list[Mismatch] = []
    after = ("", 0)
    while letters := await db.read(partial(signed_store.behind, after=after, limit=BATCH)):
        found += await asyncio.to_thread(_compare, letters)
        after = (letters[-1].form_id, letters[-1].version)
    return found[:MOST]


async def check_now(db: Database) -> None:
    """The daily job. Raises LettersDiffer."""
    found = await check(db)
    if found:
        raise LettersDiffer(f"{len(found)} letters differ, first: {found[0].params['title']}")


def _compare(letters: Iterable[SignedLetter]) -> list[Mismatch]:
    return [
        Mismatch("letter", (("title", one.newest_title or one.title or one.newsletter_id),))
        for one in letters
        if not _is_as_signed(one)
    ]


def _is_as_signed(one: SignedLetter) -> bool:
    if one.title is None or one.body is None:
        return False
    text = document(one.title, one.body)
    if hashlib.sha256(text.encode()).hexdigest() != one.document_hash:
        return False
    if one.version == one.newest and (one.newest_title, one.newest_body) != (one.title, one.body):
        return False
    return msgspec.json.decode(one.signed_files, type=tuple[Attachment, ...]) == one.files
