"""A client looks for somebody (Client-Server API, POST /user_directory/search): answered by the node, out
of the people data and the province's directory, by the rules of the page *대화 시작*.

Synapse's own directory matches whole words of names it has met: it finds neither 하늘 in 김하늘, nor ㄱㅎㄴ,
nor anybody of a school that nobody has talked with yet.
"""

import re

import msgspec

from node.messenger.model import Colleague

PATH = re.compile(r"^/_matrix/client/(?:api/)?[^/]+/user_directory/search/*$")
USUAL, MOST = 10, 50
LONGEST = 100


class Searching(msgspec.Struct, frozen=True):
    """What a client asks for."""

    search_term: str
    limit: int = USUAL

    @property
    def text(self) -> str:
        return self.search_term.strip()[:LONGEST]

    @property
    def most(self) -> int:
        return max(0, min(self.limit, MOST))


def answer(found: list[Colleague], most: int) -> dict[str, object]:
    """In Matrix's words; of other schools with their school, since names are not one person's."""
    shown = [
        {"user_id": one.user_id, "display_name": f"{one.display_name} ({one.school})"}
        if one.school
        else {"user_id": one.user_id, "display_name": one.display_name}
        for one in found[:most]
    ]
    return {"results": shown, "limited": len(found) > most}
