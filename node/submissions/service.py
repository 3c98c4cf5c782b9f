"""The face of papers: its parts by subject, and what the front page shows.

paper_id = await submissions.writing.begin(asker, "absence", child.student_id)
paper = await submissions.writing.send(asker, paper_id, typed)     # with its number, on disk
await submissions.deciding.decide(asker, paper_id, Verdict.APPROVE)
"""

from kit.card import Card
from kit.db import Tx
from node.approval.lines import Lines
from node.people.model import Asker
from node.submissions.cards import cards_of
from node.submissions.deciding import Deciding
from node.submissions.papers import Papers
from node.submissions.receiving import Receiving
from node.submissions.reminding import Reminding
from node.submissions.types import SubmissionTypes
from node.submissions.writing import Writing


class Submissions:
    """The slice's face: what is read, what who hands in does, what the school does."""

    def __init__(
        self,
        types: SubmissionTypes,
        papers: Papers,
        writing: Writing,
        receiving: Receiving,
        deciding: Deciding,
        reminding: Reminding,
        lines: Lines,
    ) -> None:
        self.types = types
        self.papers = papers
        self.writing = writing
        self.receiving = receiving
        self.deciding = deciding
        self.reminding = reminding
        self._lines = lines

    def cards(self, tx: Tx, asker: Asker, now: int) -> list[Card]:
        """What waits for the asker."""
        return cards_of(tx, self._lines, asker, now)
