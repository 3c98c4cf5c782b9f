"""No statement of a school costs what lies stored: none walks a table that grows with the years.

Production gives SQLite no statistics, so a statement is planned as it is here, with no rows at all.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator

import pytest

from kit.db import SQLite, Tx, encode
from kit.schema import create
from kit.web.assembly import ASSEMBLY
from node.app import build
from node.newsletters import lists
from node.newsletters.model import Sort
from node.newsletters.titles import COUNTED
from node.people.audience import holders
from node.people.model import Asker, Kind
from tests.node.conftest import school_config
from tests.plans import Known, Statement, statements, walks

STAYS = {
    "jobs, subscribers, settings, migrations, moves": (
        *("kit_job", "kit_meta", "kit_migration", "kit_move", "kit_subscription"),
    ),
    "one row": (
        *("access_log_state", "ledger_frontier", "messenger_own", "releases_clock"),
        *("federation_conversation", "federation_counter", "federation_enrolment"),
        *("federation_membership", "federation_rotation"),
    ),
    "lists that were brought, for a month": ("people_import",),
    "a few in the school's life": (
        *("ledger_key", "ledger_lost", "people_year", "releases_release", "releases_wanted"),
    ),
    "as many as classes (sixty a year), groups, staff and their rights": (
        *("people_class", "people_group", "people_group_member", "people_staff", "people_role"),
        *("people_waiting_change", "federation_share", "messenger_account", "messenger_met"),
        *("messenger_app_device", "messenger_push_gateway", "messenger_room", "messenger_server"),
    ),
    "what waits and goes": (
        *("assistant_stale", "messenger_post", "search_unread", "signin_attempt"),
        *("signin_challenge", "newsletters_proposal", "drive_upload"),
    ),
}
"""Why it stays as long as it is → tables. All others grow: with each letter, answer, file or child."""

WAITING = {
    *("drive_text_waiting", "newsletters_preview_waiting", "notify_mail_waiting"),
    *("messenger_question_open", "official_landing", "privacy_case_open", "privacy_copy_waiting"),
    *("ledger_key_in_force", "drive_item_trash", "access_log_entry_odd"),
}
"""Partial indexes of what waits to be done, or is rare: they stay short."""

FROM_AN_END = {
    "kit.audit.head": "the newest entry",
    "kit.audit.latest": "a page, the newest first",
    "kit.audit._rows_behind": "a batch of the nightly check",
    "kit.audit._is_begun": "the newest entry; further only in a log that has no chain yet",
    "kit.outbox.Outbox._remove": "a batch of what everybody has heard, and goes",
    "kit.outbox.Outbox._advance": "a batch behind the subscriber",
    "node.access_log.store.entries": "a page, the newest first",
    "node.access_log.store.following": "a batch of the nightly check",
    "node.federation.store.changes_after": "a batch behind the hub",
    "node.federation.store.find_staff": "names that begin so, a page",
    "node.forms.store.answers_in": "a batch of the nightly check",
    "node.forms.store.documents_behind": "a batch of the nightly check",
    "node.forms.store.forget_submissions": "a portion of the night's",
    "node.forms.store.last_leaf_before": "back over the last days",
    "node.forms.store.forms_behind": "a batch of the nightly check",
    "node.forms.store.records_behind": "a batch of the nightly check",
    "node.forms.store.signatures_in": "a batch of the nightly check",
    "node.ledger.store.leaves": "a batch of the check",
    "node.ledger.store.witness_from": "the first from there on",
    "node.doctor.Doctor._database": "the newest event",
    "node.drive.store.shared": "of some days",
    "node.forms.store.unanswered": "forms that are open",
    "node.newsletters.lists._page": "a page, the newest first",
    "node.newsletters.titles._count": "some hundreds of titles at most",
    "node.newsletters.titles.move": "a portion of what moves",
    "node.newsletters.store.class_notices": "of one day",
    "node.newsletters.store.due": "whose hour has come",
    "node.newsletters.store.in_state": "what waits for an approver",
    "node.newsletters.store.next_number": "the year's last",
    "node.newsletters.signed_store.behind": "a batch of the nightly check",
    "node.notify.store.forms_due": "whose last day has begun",
    "node.notify.earlier.bring_next": "a portion of a move",
    "node.notify.earlier.some_wait": "whether there is a row",
    "node.notify.ledger_store.add_to_letters_since": "the letters of two months to one key",
    "node.notify.ledger_store.ledger_after": "the next one",
    "node.notify.store.people_after": "a portion of those whom a step tells",
    "node.official.store.lines": "a page, the newest first",
    "node.official.store.guardian_readers_since": "of some days",
    "node.official.store.received_since": "of some days",
    "node.official.store.staff_readers_since": "of some days",
    "node.official.store.undone": "of some days",
    "node.people.store.import_keys": "a batch of what the lists name",
    "node.people.store.people": "names that begin so, a page",
    "node.privacy.case_store.closed_cases": "a page, the newest first",
    "node.privacy.case_store.outdated_copies": "what is over, and goes",
    "node.privacy.store.known_by_name": "names that begin so, a page",
    "node.privacy.store.reviews": "one a month, a page",
    "node.search.ranking._few": "a kind of which there is little",
    "node.search.store.outdated": "a batch of what waits for the present form",
    "node.assistant.store.expire": "what is over, and goes",
}
"""Function → why what it reads from an end of an index, or between two values, is what it shows."""

AT_NIGHT = {
    "node.drive.store.forget_texts": "what nobody refers to",
    "node.drive.store.kept_contents": "which contents nobody refers to",
    "kit.signin.store.forget_expired": "sessions that are over",
    "node.notify.mail_store.forget_closed": "a batch of what came first",
    "node.people.invited.forget_before": "invitations of a year ago",
    "node.ledger.store.witnessed_roots": "every head the hub has seen, against the log",
    "node.messenger.store.forget_answered": "questions that were answered",
}
"""Function → what it goes through at night, beside which nobody waits."""

ON_REQUEST = {
    "node.forms.about.about": "everything of one person (제35조), in a thread of its own",
    "node.notify.about.about": "everything of one person (제35조), in a thread of its own",
    "node.official.about.about": "everything of one person (제35조), in a thread of its own",
    "node.messenger.about.about": "everything of one person (제35조), in a thread of its own",
    "node.drive.about.about": "everything of one person (제35조), in a thread of its own",
    "node.assistant.store.subjects": "at the worker's start, which knows of each what it has",
    "node.assistant.store.fail_open_turns": "at the start: turns are kept for some days",
    "node.assistant.store.handovers": "what was handed to the office in the time it is kept",
    "node.federation.store.whole_share": "to a hub that lost its directory",
    "node.federation.store.counts": "once a day: how many the school has",
    "node.access_log.store.count": "the entries of a month, for its review",
}
"""Function → why somebody asks for all of it."""

KEYS = (
    *("guardians", "guardians/grade:1", "guardians/class:1", "guardians/group:1"),
    *("students", "students/grade:1", "students/class:1", "students/group:1"),
    *("staff", "staff/person:1", "staff/department:1", "staff/role:1", "staff/group:1"),
)
HOLDERS = [
    sql
    for key in KEYS
    for sql in (
        holders([key])[0],
        holders([key], classes=["1"])[0],
        holders([key], people=["1"])[0],
    )
]


def letter_places() -> list[str]:
    """Where the letters of a page are found: for families and staff, of a child, a kind, a title."""
    readers = [
        Asker("1", "", "", frozenset({kind}), frozenset(), encode(KEYS))
        for kind in (Kind.GUARDIAN, Kind.STAFF)
    ]
    titles: list[list[tuple[str, int]]] = [
        *([], [("가", 1)], [("가", COUNTED)]),
        *([("가나", 1), ("나다", 2)], [("가나", COUNTED), ("나다", COUNTED)]),
    ]
    found = {
        lists.place(lists.Wanted(reader, kind=kind, child_keys=child), pairs, unread)[0]
        for reader in readers
        for kind in ("", *Sort)
        for child in (None, ["guardians/class:1"])
        for pairs in titles
        for unread in (True, False)
    }
    return sorted(found)


KNOWN: Known = {
    "node.notify.ledger_store.holder": (
        *HOLDERS,
        *(holders([key], people=["p"])[0] for key in KEYS),
        holders(KEYS)[0],
    ),
    "node.newsletters.lists.page": letter_places(),
    "node.newsletters.store.holder": HOLDERS,
    "node.forms.store.holder": HOLDERS,
    "node.official.store.holder": HOLDERS,
}
"""`module.name` → what a name may be from which a statement is put together."""

WITHOUT = frozenset({"kit.schema", "node.people.trial"})
"""Run what stands in the migrations, and copies the people for a look at a list."""


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    folder = tmp_path_factory.mktemp("plans")
    path = folder / "school.sqlite3"
    with_schema = SQLite(path).connect(writer=True)
    create(Tx(with_schema), build(school_config(folder))[ASSEMBLY].packages)
    with_schema.close()
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


def all_statements() -> list[Statement]:
    found, unreadable = statements(("node", "kit"), KNOWN, WITHOUT)
    assert unreadable == [], "put the statement together of constants, or tell KNOWN what it may be"
    return found


def of_what_grows(found: list[Statement], school: sqlite3.Connection) -> dict[str, set[str]]:
    """Function → what it walks of tables that grow."""
    stays = {table for tables in STAYS.values() for table in tables}
    walked: dict[str, set[str]] = defaultdict(set)
    for one in found:
        for walk in walks(school, one.sql):
            if walk.table not in stays and walk.index not in WAITING:
                walked[one.function].add(f"{walk.table} {walk.index} {walk.bound}".rstrip())
    return walked


def test_no_statement_walks_a_table_that_grows_with_the_years(school: sqlite3.Connection) -> None:
    found = all_statements()
    assert len(found) > 500
    excused = FROM_AN_END | AT_NIGHT | ON_REQUEST
    walked = of_what_grows(found, school)
    faults = [
        f"{one} walks {sorted(walked[one])}" for one in sorted(walked.keys() - excused.keys())
    ]
    assert not faults, "\n".join(("", *faults))
    assert sorted(excused.keys() - walked.keys()) == [], "these need no excuse any more"
