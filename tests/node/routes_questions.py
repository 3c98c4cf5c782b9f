"""What questions tell the gatekeepers: their owners' pages show them."""

from tests.node.routes import Route

ROUTES: tuple[Route, ...] = ()

HOLDS_NOBODY = "answers are told by whoever asked for them"
