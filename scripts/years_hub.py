"""The hub of a province in its third year, for measurements: the same schools on day one beside it.

Day one is a province that just joined and has one page of everything: 31 notices, days, two pages of
the handbook. So every page shows as much there as in the third year.

    python -m scripts.years_hub FOLDER              # 4,700 schools, 1,500 notices, 7.05 M deliveries
    python -m scripts.years_hub FOLDER --day-one    # 4,700 schools, 31 notices
    python -m scripts.years_hub FOLDER --scale 0.01

Officers, schools' keys, the address book and the audit log are made by the hub's own verbs; what
three years add (deliveries, days, events) are rows such as the verbs write, made by SQL. Every school
has the keys of `keys_of(number)`, so all of them can sync. `FACTS` in the folder says who signs in.

It writes the schema of the build that runs it. Data that is to be opened by an earlier build too is
made by that one (`scripts/against.py`).
"""

import argparse
import asyncio
import datetime
import hashlib
import json
import random
import sqlite3
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from hub.app import Hub, build, open_database
from hub.broadcasts import store as notices_store
from hub.broadcasts.model import NoticeContent, Target
from hub.config import FILE, HubConfig, toml_of
from hub.keys import make_keys
from hub.knowledge import store as knowledge_store
from hub.knowledge.model import (
    Audience,
    DocumentContent,
    HandbookEntry,
    OriginalFile,
    Version,
    state_of_content,
)
from hub.officers.model import CONSOLE, Role
from hub.releases import store as releases_store
from hub.releases.model import Release
from hub.schools import store as schools_store
from hub.schools.authority import make_authority
from hub.schools.model import CertificateLine, InvitationLine, Ring, SchoolAct
from hub.sync import store as sync_store
from hub.sync.model import Contact
from kit import audit
from kit.clock import DAY, HOUR, MINUTE, ManualClock, SystemClock, local_date
from kit.db import Tx
from kit.signin import store as signin_store
from protocol.chunks import KINDS
from protocol.enrolment import InvitationKey
from protocol.heads import TreeHead, sign_head, sign_witness
from protocol.identity import KeyPair, SchoolKind
from protocol.official import NoticeAudience, OfficialNotice
from protocol.sync import NodeState, ReleaseReport, ReleaseStep
from scripts.bench_hub import KINDS as SCHOOL_KINDS
from scripts.bench_hub import Node

CLOCK = SystemClock()
MESSENGER = "https://10.0.0.1:8448"
FACTS = "years.json"
NOBODY = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # of schools that only have rows
ADMIN, PASSWORD, TOTP = "admin", "느티나무-아래-마당-7", "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
SEARCHED = "늘봄구역"  # stands in seven documents of the handbook, whatever its size
WORDS = [
    word
    for line in (
        "학교 교육과정 안내 학부모 상담 주간 현장 체험 학습 안전 점검 급식 위생 방과후 돌봄 신청 기간 담당 ",
        "교사 연수 결과 보고 제출 기한 협조 요청 시설 개방 계획 독서 교육 행사 운영 지침 개정 사항 평가 기준",
    )
    for word in line.split()
]


class Shape(msgspec.Struct, frozen=True):
    """How much of everything the hub holds."""

    schools: int
    notices: int
    releases: int
    documents: int
    days: int
    acts: int
    staff: int = 28
    open_invitations: int = 30

    @property
    def deliveries(self) -> int:
        return self.schools * self.notices


THIRD_YEAR = Shape(schools=4700, notices=1500, releases=200, documents=1200, days=400, acts=25_000)
DAY_ONE = Shape(schools=4700, notices=31, releases=24, documents=100, days=31, acts=200)


def scaled(shape: Shape, scale: float) -> Shape:
    """A smaller province of the same age; what fills one page stays."""
    return msgspec.structs.replace(
        shape,
        schools=max(60, round(shape.schools * scale)),
        notices=max(31, round(shape.notices * scale)),
        releases=max(24, round(shape.releases * scale)),
        documents=max(100, round(shape.documents * scale)),
        acts=max(200, round(shape.acts * scale)),
    )


def keys_of(number: int) -> KeyPair:
    """The keys of a school's server; the same in every run."""
    seed = f"madang years {number}".encode()
    return KeyPair(hashlib.sha256(b"a" + seed).digest(), hashlib.sha256(b"b" + seed).digest())


def school(
    number: int, staff: int, tls: ssl.SSLContext = NOBODY, origin: str = "", port: int = 0
) -> Node:
    """A school as it speaks with a hub."""
    return Node(number, keys_of(number), port, staff, tls, origin)


def text(rng: random.Random, letters: int) -> str:
    """Words, in paragraphs, about so many letters."""
    words: list[str] = []
    length = 0
    while length < letters:
        word = rng.choice(WORDS)
        words.append(word if len(words) % 40 else f"\n\n{word}")
        length += len(word) + 1
    return " ".join(words).strip()


async def make(folder: Path, shape: Shape) -> None:
    """The hub in a new folder; minutes for three years of 4,700 schools."""
    folder.mkdir(parents=True)
    config = msgspec.structs.replace(
        HubConfig(), province="예시 도교육청", log_level="WARNING", lan_announce=False
    )
    (folder / FILE).write_text(toml_of(config), encoding="utf-8")
    config = msgspec.structs.replace(config, data_dir=str(folder.resolve()))
    keys = make_keys(config.keys)
    make_authority(config.keys, config.province, config.api_names, CLOCK)
    hub = build(config, CLOCK)
    now = CLOCK.now()
    async with open_database(hub):
        small = Small(hub, keys, shape, now)
        for step in small.steps():
            begun = time.monotonic()
            await step()
            print(f"  {step.__name__:12} {time.monotonic() - begun:6.1f} s", flush=True)
    raw = sqlite3.connect(folder / "hub.sqlite3", isolation_level=None)
    for script in ("journal_mode = WAL", "synchronous = OFF", "cache_size = -2000000"):
        raw.execute(f"PRAGMA {script}")
    for work in (deliveries, days, events):
        begun = time.monotonic()
        raw.execute("BEGIN")
        work(raw, shape, now)
        raw.execute("COMMIT")
        print(f"  {work.__name__:12} {time.monotonic() - begun:6.1f} s", flush=True)
    raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    raw.execute("PRAGMA synchronous = FULL")
    raw.close()
    facts = {
        **msgspec.to_builtins(shape),
        "made_at": now,
        "login": ADMIN,
        "password": PASSWORD,
        "totp": TOTP,
        "searched": SEARCHED,
    }
    (folder / FACTS).write_text(json.dumps(facts, ensure_ascii=False, indent=1), encoding="utf-8")


class Small:
    """What the hub's own verbs and stores make."""

    def __init__(self, hub: Hub, keys: KeyPair, shape: Shape, now: int) -> None:
        self._hub = hub
        self._keys = keys
        self._shape = shape
        self._now = now
        self._old = shape.days > 100
        self._began = now - 3 * shape.days * DAY if self._old else now - 31 * DAY
        self._schools = [school(number, shape.staff) for number in range(shape.schools)]

    def steps(self) -> list[Callable[[], Awaitable[None]]]:
        return [
            self.officers,
            self.schools,
            self.directory,
            self.notices,
            self.releases,
            self.handbook,
            self.audit,
        ]

    async def _portions(self, rows: Iterable[object], write: Callable[[Tx, object], None]) -> None:
        """Write row by row, some hundred rows a unit."""
        remaining = iter(rows)

        def unit(tx: Tx) -> bool:
            for _count in range(500):
                row = next(remaining, None)
                if row is None:
                    return False
                write(tx, row)
            return True

        while await self._hub.db.write(unit):
            pass

    async def officers(self) -> None:
        """An administrator with a second factor, and twelve officers."""
        made, _password = await self._hub.officers.add(
            CONSOLE, ADMIN, "이팀장", Role.ADMINISTRATOR, PASSWORD
        )
        await self._hub.db.write(lambda tx: signin_store.set_totp(tx, made, TOTP))
        self.officer = (made, "이팀장")
        for number in range(12):
            await self._hub.officers.add(CONSOLE, f"officer{number}", "김주무관", Role.OFFICER)

    async def schools(self) -> None:
        """Schools that joined by an invitation, with keys, certificates, a state and a head."""
        await self._portions(self._schools, self._join)
        rows = range(self._shape.open_invitations)
        await self._portions(
            rows, lambda tx, row: self._invite(tx, f"J10{8_000_000 + int(str(row))}")
        )

    def _join(self, tx: Tx, one: object) -> None:
        assert isinstance(one, Node)
        number, at = one.number, self._began + one.number % 100 * MINUTE
        kind = SCHOOL_KINDS[number % 3][0]
        ring = Ring.PILOT if number % 50 == 7 else Ring.ALL
        district = f"제{number % 25 + 1}교육지원청"
        schools_store.save_invited(tx, one.school_id, one.name, kind, district, ring, at)
        invitation = self._invitation(tx, one.school_id, one.name, at)
        tx.execute(
            "UPDATE schools_invitation SET used_at = ?, subject_digest = ?, grant_text = ?"
            " WHERE invitation_id = ?",
            (at, "0" * 64, json.dumps({"granted": "x" * 1800}), invitation),
        )
        schools_store.set_enrolled(tx, one.school_id, at)
        schools_store.save_key(tx, one.school_id, one.keys.public, at)
        for year in range(3 if self._old else 1):
            line = CertificateLine(
                hashlib.sha256(f"{number}/{year}".encode()).hexdigest()[:40],
                f"{one.school_id.lower()}.madang.internal",
                at + year * 365 * DAY,
                at + (year + 1) * 365 * DAY,
            )
            schools_store.save_certificate(tx, one.school_id, line)
        heard = self._now - number % 200 * 1000
        schools_store.save_state(
            tx, one.school_id, self._state(number), heard, local_date(heard).isoformat()
        )
        contact = Contact(
            counter=heard,
            last_sync_at=heard,
            node_epoch="bench",
            state_at=heard,
            key_id=one.keys.key_id,
            address="127.0.0.1",
        )
        sync_store.save_contact(tx, one.school_id, contact)
        sync_store.add_epoch(tx, one.school_id, "bench", at)
        head = TreeHead(
            school_id=one.school_id,
            size=1000 + number,
            root=hashlib.sha256(str(number).encode()).hexdigest(),
            at=heard,
        )
        witness = sign_witness(self._keys, head, seen_at=heard)
        sync_store.accept(tx, one.school_id, sign_head(one.keys, head), witness, heard)

    def _state(self, number: int) -> NodeState:
        troubled = number % 1000 == 17  # a handful of schools need attention
        return NodeState(
            version="1.0",
            started_at=self._now - 5 * DAY,
            disk_free=10**10 if troubled else 200 * 10**9,
            disk_total=500 * 10**9,
            last_backup_at=self._now - 8 * HOUR,
            counts={"students": 600, "staff": self._shape.staff, "classes": 24},
        )

    def _invite(self, tx: Tx, school_id: str) -> None:
        at = self._now - HOUR
        name = "아직초등학교"
        kind = SchoolKind.ELEMENTARY
        schools_store.save_invited(tx, school_id, name, kind, "", Ring.ALL, at)
        self._invitation(tx, school_id, name, at)

    def _invitation(self, tx: Tx, school_id: str, name: str, at: int) -> str:
        digest = hashlib.sha256(school_id.encode()).digest()
        key = InvitationKey(id=digest.hex()[:20], key=digest)
        line = InvitationLine(key.id, school_id, name, at, "이팀장", at + 14 * DAY, None, None)
        schools_store.add_invitation(tx, key, line, "0" * 64, "officer")
        return key.id

    async def directory(self) -> None:
        """Every school's whole share, as its node sends it."""
        shares = ((one.school_id, one.whole_share()) for one in self._schools)

        def take(tx: Tx, row: object) -> None:
            assert isinstance(row, tuple)
            self._hub.directory.take_over(tx, *row)

        await self._portions(shares, take)
        rows = [
            (one.school_id, f"{one.school_id.lower()}.madang.internal", MESSENGER)
            for one in self._schools
        ]
        await self._hub.db.write(
            lambda tx: tx.many(
                "INSERT INTO messenger_server (school_id, server_name, address) VALUES (?, ?, ?)",
                rows,
            )
        )

    async def notices(self) -> None:
        """Notices as they were sent, five a week day; every third asks for the schools' word."""
        await self._portions(range(self._shape.notices), self._send)

    def sent_at(self, number: int) -> int:
        return sent_at(number, self._shape, self._now)

    def _send(self, tx: Tx, row: object) -> None:
        number = int(str(row))
        rng = random.Random(number)
        at = self.sent_at(number)
        content = NoticeContent(
            title=f"{text(rng, 24)} ({number})",
            reference=f"교육과정과-{10_000 + number}",
            body=text(rng, 1500),
            audience=NoticeAudience.GUARDIANS if number % 10 == 1 else NoticeAudience.STAFF,
            department="교육과정과",
            deadline_at=at + 7 * DAY if number % 3 == 0 else None,
            must_acknowledge=number % 3 == 0,
        )
        notice_id = notice_id_of(number)
        officer, name = self.officer
        notices_store.save_draft(tx, notice_id, content, Target(), officer, name, at)
        sent = OfficialNotice(
            id=notice_id,
            revision=1,
            reference=content.reference,
            title=content.title,
            body_markdown=content.body,
            audience=content.audience,
            issued_at=at,
            department=content.department,
            contact="",
            deadline_at=content.deadline_at,
            must_acknowledge=content.must_acknowledge,
        )
        notices_store.add_revision(tx, sent, officer, name, at)
        tx.execute("UPDATE broadcasts_stream SET seq = seq + 1 WHERE id = 1")
        tx.execute(
            "UPDATE broadcasts_notice SET schools = ? WHERE notice_id = ?",
            (self._shape.schools, notice_id),
        )

    async def releases(self) -> None:
        """Releases of both kinds, all offered to everybody; what each school said of the last."""
        each = self._shape.releases // len(KINDS)

        def unit(tx: Tx) -> None:
            for kind in KINDS:
                for version in range(1, each + 1):
                    at = self._now - (each - version + 1) * 5 * DAY
                    found = Release(
                        kind, version, f"{kind} {version}", "고침", 40_000_000, 900_000, None, at,
                        "이팀장", at + DAY, "이팀장", None, "", "", None,
                    )  # fmt: skip
                    releases_store.add(tx, found, self.officer[0])
            releases_store.advance(tx, ("pilot", "all"))

        await self._hub.db.write(unit)
        await self._portions(self._schools, lambda tx, one: self._adopt(tx, one, each))

    def _adopt(self, tx: Tx, one: object, newest: int) -> None:
        assert isinstance(one, Node)
        for kind in KINDS:
            behind = one.number % 20 == 3
            refused = one.number % 1000 == 29
            step = ReleaseStep.FETCHING if behind else ReleaseStep.ACTIVE
            said = ReleaseReport(
                kind=kind,
                active=newest - 1 if behind or refused else newest,
                version=newest,
                step=ReleaseStep.REFUSED if refused else step,
                error="disk_full" if refused else "",
            )
            releases_store.save_report(tx, one.school_id, said, self._now - HOUR)

    async def handbook(self) -> None:
        """Documents of some pages; three versions of each in three years."""
        entries = list(self._documents())

        def keep(tx: Tx, row: object) -> None:
            assert isinstance(row, HandbookEntry)
            knowledge_store.save(tx, row)
            for number in range(1, row.version + 1):
                kept = Version(number, "knowledge:document:edit", row.content, self._now, "이팀장")
                knowledge_store.add_version(tx, row.id, kept)

        await self._portions(entries, keep)
        states = [(entry.id, entry.state) for entry in entries]
        each = self._shape.releases // len(KINDS)

        def published(tx: Tx) -> None:
            knowledge_store.mark_published(tx, states)
            for version in range(1, each + 1):
                knowledge_store.keep_release(tx, version, states)

        await self._hub.db.write(published)

    def _documents(self) -> Iterator[HandbookEntry]:
        step = self._shape.documents // 7
        for number in range(self._shape.documents):
            rng = random.Random(number)
            body = text(rng, 4000)
            if number % step == 0 and number < 7 * step:
                body = f"{body} {SEARCHED}"
            content = DocumentContent(
                title=f"{text(rng, 12)} {number}",
                body=body,
                audience=Audience.STAFF,
                category=f"{number % 12 + 1}. 업무",
                source="예시 도교육청",
            )
            slug = f"document-{number}"
            at = self._now - DAY
            yield HandbookEntry(
                id=hashlib.sha256(slug.encode()).hexdigest()[:20],
                slug=slug,
                content=content,
                file=OriginalFile(),
                version=3 if self._old else 1,
                state=state_of_content(slug, content),
                published_state="",
                created_at=at,
                updated_at=at,
                updated_by_name="이팀장",
                withdrawn_at=None,
            )

    async def audit(self) -> None:
        """What officers did, chained."""
        step = max(1, (self._now - self._began) // self._shape.acts)

        def act(tx: Tx, row: object) -> None:
            number = int(str(row))
            audit.record(
                tx,
                ManualClock(self._began + number * step),
                audit.Actor(*self.officer),
                SchoolAct.PLACE,
                self._schools[number % len(self._schools)].school_id,
                district=f"제{number % 25 + 1}교육지원청",
                ring="all",
            )

        await self._portions(range(self._shape.acts), act)


def notice_id_of(number: int) -> str:
    """The id of the notice of this number, counted from the oldest."""
    return hashlib.sha256(f"notice {number}".encode()).hexdigest()[:20]


def sent_at(number: int, shape: Shape, now: int) -> int:
    """Five notices in three days: 1,500 in three years less some weeks of holidays. The last is three
    hours old."""
    return now - 3 * HOUR - (shape.notices - 1 - number) * (3 * DAY // 5)


# What the years add -------------------------------------------------------------------------------


def deliveries(raw: sqlite3.Connection, shape: Shape, now: int) -> None:
    """A row for each notice and school: nearly all arrived, two in a hundred owe their word."""
    raw.execute("CREATE TEMP TABLE n (number INTEGER PRIMARY KEY, id TEXT, at INTEGER)")
    raw.executemany(
        "INSERT INTO n VALUES (?, ?, ?)",
        [(n, notice_id_of(n), sent_at(n, shape, now)) for n in range(shape.notices)],
    )
    raw.execute("CREATE TEMP TABLE s (number INTEGER PRIMARY KEY, id TEXT)")
    raw.execute(
        "INSERT INTO s SELECT row_number() OVER (ORDER BY school_id) - 1, school_id"
        " FROM schools_school WHERE standing = 'active'"
    )
    with _without_indexes(raw, "broadcasts_delivery"):
        raw.execute(
            "INSERT INTO broadcasts_delivery (notice_id, school_id, seq, reminded_at, revision,"
            " received_at, addressees, read_count, acknowledged_at, published_at, delayed_until,"
            " vetoed_at, reason)"
            " SELECT id, school, number + 1,"
            " CASE WHEN asks AND p < 60 AND old THEN at + 604800000 END, came,"
            " CASE WHEN came THEN at + p * 9000 END, came * 28, came * (p * 28 / 1000),"
            " CASE WHEN came AND asks AND p >= 20 THEN at + 3600000 + p * 60000 END,"
            " CASE WHEN came AND families AND p >= 30 THEN at + 7200000 END,"
            " CASE WHEN came AND families AND p = 25 THEN at + 86400000 END,"
            " CASE WHEN came AND families AND p = 24 THEN at + 3600000 END,"
            " CASE WHEN came AND families AND p = 24 THEN '우리 학교에는 해당하지 않습니다' ELSE '' END"
            " FROM (SELECT n.id, s.id AS school, n.number, n.at, n.number % 3 = 0 AS asks,"
            " n.number % 10 = 1 AS families, n.at < ? - 604800000 AS old,"
            " (n.number * 7919 + s.number * 613) % 1000 AS p,"
            " (n.number * 7919 + s.number * 613) % 1000 >= 2 AS came"
            " FROM n CROSS JOIN s ORDER BY n.id, s.id)",
            (now,),
        )


def days(raw: sqlite3.Connection, shape: Shape, now: int) -> None:
    """What each school said of itself on each day that is kept."""
    raw.execute("CREATE TEMP TABLE d (number INTEGER PRIMARY KEY, day TEXT)")
    today = local_date(now)
    raw.executemany(
        "INSERT INTO d VALUES (?, ?)",
        [(n, (today - datetime.timedelta(days=n)).isoformat()) for n in range(1, shape.days)],
    )
    raw.execute(
        "INSERT INTO schools_day (school_id, day_on, disk_free, disk_total, failing, reports)"
        " SELECT s.id, d.day, 200000000000 + d.number * 50000000, 500000000000, 0, 240"
        " FROM s CROSS JOIN d ORDER BY s.number, d.number DESC"
    )


def events(raw: sqlite3.Connection, shape: Shape, now: int) -> None:
    """An event for each answer of a school; every subscriber has heard them."""
    raw.execute(
        "INSERT INTO kit_event (seq, tag, body, at)"
        " SELECT (SELECT coalesce(max(seq), 0) FROM kit_event) + row_number() OVER (),"
        " 'broadcasts.answered',"
        ' \'{"event":"broadcasts.answered","school_id":"\' || s.id || \'"}\', n.at + s.number'
        " FROM n CROSS JOIN s ORDER BY n.number, s.number"
    )
    for name in ("directory", "messenger", "releases"):
        raw.execute(
            "INSERT OR REPLACE INTO kit_subscription (name, seq, moved_at)"
            " VALUES (?, (SELECT max(seq) FROM kit_event), ?)",
            (name, now),
        )


class _without_indexes:
    """Indexes of a table that are made once all rows are there: a minute instead of ten."""

    def __init__(self, raw: sqlite3.Connection, table: str) -> None:
        self._raw = raw
        self._indexes: list[tuple[str, str]] = raw.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?"
            " AND sql IS NOT NULL",
            (table,),
        ).fetchall()

    def __enter__(self) -> None:
        for name, _sql in self._indexes:
            self._raw.execute(f"DROP INDEX {name}")

    def __exit__(self, *error: object) -> None:
        for _name, sql in self._indexes:
            self._raw.execute(sql)


def main() -> None:
    """Make the hub in a folder that does not exist yet."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--day-one", action="store_true")
    parser.add_argument("--scale", type=float, default=1.0)
    options = parser.parse_args()
    shape = scaled(DAY_ONE if options.day_one else THIRD_YEAR, options.scale)
    asyncio.run(make(options.folder, shape))
    size = sum(path.stat().st_size for path in options.folder.glob("hub.sqlite3*")) / 1e6
    print(f"{shape.schools} schools, {shape.deliveries} deliveries, {size:.0f} MB")


if __name__ == "__main__":
    main()
