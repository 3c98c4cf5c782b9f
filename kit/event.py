"""Event: the root of what has happened, recorded in the transaction that made it happen.

Subclasses are frozen msgspec structs with a tag of the form "slice.what":

    class NewsletterPublished(Event, frozen=True, tag="newsletter.published"):
        newsletter_id: str
"""

import msgspec


class Event(msgspec.Struct, frozen=True, tag_field="event"):
    """A fact that subscribers react to, at least once and in order."""


def event_tag(kind: type[Event]) -> str:
    """The stable name under which events of this class are stored."""
    tag = kind.__struct_config__.tag
    if not isinstance(tag, str):
        raise TypeError(f"{kind.__name__} has no tag")
    return tag
