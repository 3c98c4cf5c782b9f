"""What files tell the gatekeepers: their pages are those of whoever attaches them."""

from tests.node.routes import Route

ROUTES: tuple[Route, ...] = ()

HOLDS_NOBODY = "whose a file is, those know that attach it"

UNTYPED = {
    "files_upload.became": "an id, or the ids and keys of several",
    "files_preview.pages": "an id, or the ids and keys of several",
    "files_preview.unread": "an id, or the ids and keys of several",
    "files_preview.problem": "a word or a sentence of ours",
}

STAYS = {
    "files_upload": "what is on its way, for a week at most",
}

AT_NIGHT = {
    "node.files.store.to_erase": "what is to go from the disk, in portions",
    "node.files.store.shown_elsewhere": "whether another preview has a picture that is to go",
}

WAITING = {
    "files_preview_waiting": "what waits to be done",
}
