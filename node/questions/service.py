"""The verbs of questionnaires: keep an answer, look at the results."""

from collections.abc import Callable
from typing import TypeVar

from kit.db import Database, Tx
from node.questions import store
from node.questions.looks import Looks, Seen
from node.questions.model import Given, Proof

R = TypeVar("R")


class Questions:
    """The slice's face. What remembers nothing stands in `editing`, `filling`, `looks`, `workbook`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._looks = Looks()

    def keep(
        self, tx: Tx, questionnaire_id: str, answer: Given, proof: Proof | None = None
    ) -> None:
        """Keep the answer that holds from now on, in its owner's unit, after the owner asked who may
        and held it against the questions (`filling.answers_of`). `proof`: where it is signed."""
        store.keep(tx, questionnaire_id, answer, proof)

    def forget(self, tx: Tx, questionnaire_id: str) -> None:
        """Forget every answer to it, in its owner's unit: nothing is asked by it any more."""
        store.forget(tx, questionnaire_id)

    def forget_of(self, tx: Tx, questionnaire_id: str, asked_id: str) -> None:
        """Forget what was answered for one who is asked, in its owner's unit."""
        store.forget_of(tx, questionnaire_id, asked_id)

    async def look(
        self, questionnaire_id: str, read: Callable[[Tx, Seen | None], tuple[R, Seen | None]]
    ) -> R:
        """What an owner reads of the answers, after it asked who may: `read(tx, before)` begins with
        what the last look at all who are asked saw, and gives back what this one saw."""
        async with self._looks.at(questionnaire_id) as place:
            found, place.seen = await self._db.read(lambda tx: read(tx, place.seen))
        return found
