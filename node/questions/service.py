"""The verbs of questionnaires that remember something: whoever watches results looks again and again."""

from collections.abc import Callable
from typing import TypeVar

from kit.db import Database, Tx
from node.questions.looks import Looks, Seen

R = TypeVar("R")


class Questions:
    """The slice's face. What remembers nothing stands in `editing`, `filling`, `looks`, `workbook`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._looks = Looks()

    async def look(
        self, questionnaire_id: str, read: Callable[[Tx, Seen | None], tuple[R, Seen | None]]
    ) -> R:
        """What an owner reads of the answers, after it asked who may: `read(tx, before)` begins with
        what the last look at all who are asked saw, and gives back what this one saw."""
        async with self._looks.at(questionnaire_id) as place:
            found, place.seen = await self._db.read(lambda tx: read(tx, place.seen))
        return found
