"""Questions join the server: words, templates and no page; their owners have those."""

from node.ground import Ground
from node.questions.service import Questions
from node.slice import Slice


def join(ground: Ground) -> tuple[Questions, Slice]:
    return Questions(ground.db), Slice(package="node.questions")
