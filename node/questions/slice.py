"""Questions join the server: words, templates and no page; their owners have those."""

from node.slice import Slice


def join() -> tuple[None, Slice]:
    return None, Slice(package="node.questions")
