"""What files tell the gatekeepers: their pages are those of whoever attaches them."""

from tests.node.routes import Route

ROUTES: tuple[Route, ...] = ()

HOLDS_NOBODY = "whose a file is, those know that attach it"

UNTYPED = {
    "files_preview.pages": "an id, or the ids and keys of several",
    "files_preview.unread": "an id, or the ids and keys of several",
    "files_preview.problem": "a word or a sentence of ours",
}

WAITING = {
    "files_preview_waiting": "what waits to be done",
}
