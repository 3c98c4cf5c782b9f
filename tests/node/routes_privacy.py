"""Who gets what of the privacy officer's pages: nobody but the officer, whom no role here plays.

test_privacy.py tells what the officer sees.
"""

from tests.node.routes import Route, staff

ROUTES = (
    Route("GET", "/privacy", staff(403)),
    Route("POST", "/privacy/reviews", staff(403), data={"month": "2026-10", "note": "확인함"}),
)
