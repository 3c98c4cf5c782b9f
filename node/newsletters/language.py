"""In which language somebody reads letters that are written in several: what they pressed last on this device,
else the language of their pages, else Korean."""

from aiohttp import web

from kit.languages import BY_CODE, KOREAN
from kit.web import page

COOKIE = "letter_language"
KEPT = 400 * 86_400  # seconds, the longest that browsers keep one
_KNOWN = {KOREAN, *BY_CODE}


def chosen(request: web.Request) -> str:
    """The code of the language: of the address (`?lang=vi`), the device or the pages."""
    asked = request.query.get("lang", "")
    kept = request.cookies.get(COOKIE, "")
    return next((one for one in (asked, kept) if one in _KNOWN), page.language(request))


def keeping(request: web.Request, answer: web.Response) -> web.Response:
    """The answer, by which the device keeps what was pressed for the next letter (`&keep=1`)."""
    asked = request.query.get("lang", "")
    if asked in _KNOWN and request.query.get("keep"):
        answer.set_cookie(
            COOKIE, asked, max_age=KEPT, httponly=True, samesite="Lax", secure=request.secure
        )
    return answer
