"""Which documents an asker may read, by the rights to their things as they are at this moment: what the
index says of a letter that was taken back, or of a file no longer shared, ends with the commit that
ended it."""

from collections.abc import Sequence

from kit.db import Value
from node.people.model import Asker
from node.ports.findable import Findable


class Readable:
    """The rule over a document `d`: of each kind of thing its slice's, of others nobody."""

    def __init__(self, findables: Sequence[Findable]) -> None:
        self._findables = tuple(findables)
        cases = (
            f" WHEN '{one.about}' THEN {one.readable.format(id=_id_of(one.about))}"
            for one in findables
        )
        self.sql = (
            "CASE substr(d.subject, 1, instr(d.subject, ':') - 1)" + "".join(cases) + " ELSE 0 END"
        )

    def params(self, asker: Asker) -> tuple[Value, ...]:
        """The parameters of `sql`."""
        return tuple(value for one in self._findables for value in one.params(asker))


def _id_of(about: str) -> str:
    return f"substr(d.subject, {len(about) + 2})"
