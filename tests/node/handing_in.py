"""Papers as people hand them in, by the pages: for the stories of papers.

2026-11-23 is a Monday.
"""

import re

from aiohttp import FormData

from tests.models import documents
from tests.node.conftest import Answer, Client, School

ABSENCE = {"answer_kind": "질병", "answer_reason": "감기로 열이 나서 쉬었습니다."}
TRIP = {
    "answer_form": "가족여행",
    "answer_place": "강원특별자치도 강릉시",
    "answer_leader": "김하늘(어머니)",
    "answer_telephone": "010-0000-0000",
    "answer_plan": "첫날 바다를 보고 오죽헌에 갑니다.",
}
REPORT = {
    "answer_title": "강릉에 다녀와서",
    "answer_learnt": "오죽헌에서 율곡 이이를 배웠습니다.",
    "answer_felt": "바다가 넓었습니다.",
}
TRANSFER = {
    "answer_to": "새봄초등학교",
    "answer_last": "2026-12-18",
    "answer_reason": "이사",
    "answer_books": "가지고 감",
}


class Paper:
    """A paper in the hands of who began it."""

    def __init__(self, client: Client, address: str) -> None:
        self.client = client
        self.address = address

    async def send(self, **sent: str) -> Answer:
        """Press 학교에 제출."""
        return await self.client.post(f"{self.address}/edit", {"act": "send", **sent})

    async def attach(self, *names: str) -> Answer:
        """Pictures of these names, chosen in one go."""
        form = FormData(quote_fields=False)
        for name in names:
            form.add_field("files", documents.png(), filename=name)
        return await self.client.post(f"{self.address}/attachments", form)

    async def page(self, reader: Client | None = None) -> str:
        return (await (reader or self.client).get(self.address)).text


async def begin(school: School, client: Client, kind: str, child: str) -> Paper:
    """Begin a paper of a kind for a child."""
    answer = await client.post("/submissions", {"type": kind, "student": school.id(child)})
    assert answer.status == 303, answer.text
    return Paper(client, answer.location.removesuffix("/edit"))


async def absent(school: School, day: str = "2026-11-20", until: str = "") -> Paper:
    """김하늘 hands in that 이지우 was absent."""
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "absence", "이지우")
    answer = await paper.send(first_on=day, last_on=until or day, **ABSENCE)
    assert answer.location == paper.address, answer.text
    await school.settled()
    return paper


async def trip(school: School, first: str = "2026-12-07", last: str = "2026-12-09") -> Paper:
    """김하늘 applies for off-campus learning of 이지우."""
    haneul = await school.client_as("김하늘")
    paper = await begin(school, haneul, "off-campus", "이지우")
    answer = await paper.send(first_on=first, last_on=last, **TRIP)
    assert answer.location == paper.address, answer.text
    await school.settled()
    return paper


async def decide(
    school: School, name: str, paper: Paper, verdict: str = "approve", word: str = ""
) -> Answer:
    """Somebody of the staff decides on a paper by the form of its page."""
    client = await school.client_as(name)
    answer = await client.post(f"{paper.address}/decide", {"verdict": verdict, "word": word})
    await school.settled()
    return answer


async def may_sign(school: School, name: str, child: str = "이지우") -> None:
    """Somebody may sign for a child from now on, too."""
    await school.db.write(
        lambda tx: school.people.roster.add_guardianship(
            tx, school.id(name), school.id(child), "부", may_sign=True
        )
    )


async def both_may_sign(school: School) -> None:
    """이준혁, the father, may sign for 이지우 from now on, too."""
    await may_sign(school, "이준혁")


def states(text: str) -> list[str]:
    """The chips of a page."""
    return re.findall(r'<span class="chip[^"]*">(?:<svg.*?</svg>)?([^<]+)', text)
