"""Files of letters that come in parts: who may attach which, while they come (`node.files.attaching`)."""

from kit.db import Tx
from node.files.model import File
from node.newsletters.desk import Desk, own
from node.newsletters.model import LetterVerb, State, next_state
from node.people.model import Asker


class LetterAttaching:
    """Letters, as what carries files that come in parts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def require_attachable(self, tx: Tx, asker: Asker, letter_id: str) -> None:
        """Raises NotFound, WrongState. How many files a letter takes is asked where one is attached."""
        next_state(State(own(tx, asker, letter_id).state), LetterVerb.EDIT)

    def attach_to(self, tx: Tx, asker: Asker, letter_id: str, file: File) -> str:
        """Raises NotFound, WrongState, TooManyFiles."""
        return self._desk.attach_to(tx, asker, letter_id, file)
