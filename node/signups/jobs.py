"""What sign-ups do by themselves: tell of what has opened, draw at closing, move up to new places, tell of what was called off."""

from collections.abc import Mapping

from kit.event import Event
from kit.i18n import _
from kit.jobs import Daily, Every
from kit.outbox import Handler, Steps
from node.signups.model import PlacesAdded, SignupOpened, SignupWithdrawn
from node.signups.service import Signups

ANNOUNCED_EVERY_S = 60.0


def works(signups: Signups) -> list[Every | Daily]:
    """The periodic work."""
    return [
        Every("signups.draw", _("마감된 모집 추첨"), 20, signups.draws.hold_due),
        Every("signups.announce", _("시작된 모집 알림"), ANNOUNCED_EVERY_S, signups.desk.announce),
        Daily("signups.pages", _("오래된 신청 화면 기록 정리"), 4, 44, signups.forget_pages),
    ]


def hears(signups: Signups) -> Mapping[type[Event], Handler]:
    """What it does about its own events, in steps."""
    return {
        SignupOpened: Steps(signups.desk.tell_opened),
        PlacesAdded: Steps(signups.turns.places_added),
        SignupWithdrawn: Steps(signups.desk.tell_withdrawn),
    }
