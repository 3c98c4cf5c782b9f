"""Files of letters that come in parts: who may attach which, while they come (`node.files.attaching`)."""

from kit.db import Tx
from node.files.model import File
from node.files.service import Files
from node.newsletters.desk import Desk, own, require_room
from node.newsletters.model import LetterVerb, State, next_state
from node.people.model import Asker


class LetterAttaching:
    """Letters, as what carries files that come in parts."""

    def __init__(self, desk: Desk, files: Files) -> None:
        self._desk = desk
        self._files = files

    def require_attachable(self, tx: Tx, asker: Asker, letter_id: str) -> None:
        """Raises NotFound, WrongState, TooManyFiles."""
        next_state(State(own(tx, asker, letter_id).state), LetterVerb.EDIT)
        require_room(tx, self._files, letter_id)

    def attach_to(self, tx: Tx, asker: Asker, letter_id: str, file: File) -> str:
        """Raises NotFound, WrongState, TooManyFiles."""
        return self._desk.attach_to(tx, asker, letter_id, file, file.words)
