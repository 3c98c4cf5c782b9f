"""What is held of one person, by slice: the parts of a copy of everything about them."""

from kit.signin import about as signin
from node.access_log import about as access_log
from node.assistant import about as assistant
from node.drive import about as drive
from node.forms import about as forms
from node.messenger import about as messenger
from node.newsletters import about as newsletters
from node.notify import about as notify
from node.official import about as official
from node.people import about as people
from node.privacy import about as privacy

HELD = (
    people.about,
    signin.about,
    access_log.about,
    forms.about,
    newsletters.about,
    official.about,
    drive.about,
    notify.about,
    messenger.about,
    assistant.about,
    privacy.about,
)
