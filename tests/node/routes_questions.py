"""What questions tell the gatekeepers: their owners' pages show them."""

from tests.node.routes import Route

ROUTES: tuple[Route, ...] = ()

UNTYPED = {
    "questions_answer.slot": "an id, or the ids and keys of several",
}

HOLDS_NOBODY = "answers are told by whoever asked for them"
