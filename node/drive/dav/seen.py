"""Which version of a file each program of a person last had, as far as is known: whoever then saves over
a later one of a colleague's overwrites what they never saw.

In memory: after a restart nobody is told of a conflict that began before it; the versions are all there.
"""

from collections import OrderedDict

MOST = 20_000


class SeenVersions:
    """Remembers."""

    def __init__(self) -> None:
        self._known: OrderedDict[tuple[str, str, str], int] = OrderedDict()

    def had(self, person_id: str, client: str, item_id: str, number: int) -> None:
        key = (person_id, client, item_id)
        self._known[key] = number
        self._known.move_to_end(key)
        if len(self._known) > MOST:
            self._known.popitem(last=False)

    def last(self, person_id: str, client: str, item_id: str) -> int | None:
        return self._known.get((person_id, client, item_id))
