"""Makes the demo's province: a hub, two filled schools that joined it, official notices on their way.

Everything goes through the servers' own services, the schools join over TLS as real ones do. Each server
has a name of its own, `hanbit.localhost`: cookies know no ports, so that under one name who signs in at one
school would be signed out of the other. Browsers find such names by themselves (RFC 6761); programs are
given the `loopback` address, for the resolver below Python need not know them.
"""

import asyncio
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pyotp

from hub.app import Hub, Serving, build
from hub.broadcasts.model import NoticeContent, Target
from hub.config import read_config as read_hub_config
from hub.knowledge.intake import Intake
from hub.officers.access import known
from hub.officers.model import Officer
from hub.releases.making import Making
from hub.releases.model import EngineUnusable, ModelWish
from hub.releases.service import Releases
from hub.releases.web import MAKING
from hub.schools.model import NewInvitation, Ring
from hub.supplies.letters_web import LETTERS
from hub.supplies.uploads_web import UPLOADS
from kit.clock import SystemClock, monotonic
from node.app import build as build_node
from node.app import open_database
from node.config import FILE as SETTINGS
from node.config import read_config as read_node_config
from node.config import toml_of
from node.federation.web import FEDERATION
from protocol.enrolment import to_qr_text
from protocol.identity import SchoolKind
from protocol.official import NoticeAudience
from protocol.supplies import SupplyKind
from scripts.demo_assistant import (
    MODEL_LICENCE,
    MODEL_NAME,
    VECTORS,
    has_weights,
    lay_weights,
)
from scripts.demo_content import supplies
from scripts.demo_content.attachments import make
from scripts.demo_content.cast import HANBIT, PASSWORD, SAESOL
from scripts.demo_content.everyday import meals_of_all
from scripts.demo_content.handbook import ARTICLES
from scripts.demo_content.loader import load, official_notices

SCHOOLS = (("hanbit", HANBIT), ("saesol", SAESOL))
OFFICER = "officer"
TOTP_FILE = "officer-totp"
DONE = "complete"
MODEL_PUBLISHED = "model-published"
MODEL_FILE = "gemma-3-270m-q4_k_m.gguf"
MODEL_CONTEXT = 2048

Tell = Callable[[str], None]


class SetupFailed(Exception):
    """A step did not work; the message says which and where to look."""


async def run(*command: str) -> None:
    """A command of the product, as a person would type it. Raises SetupFailed."""
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _nothing = await process.communicate()
    if process.returncode:
        raise SetupFailed(f"{' '.join(command)}\n{said.decode()}")


def tool(name: str) -> tuple[str, str, str]:
    """A console command of this environment, run by this Python."""
    return (sys.executable, "-m", {"madang-hub": "hub.cli", "madang-node": "node.cli"}[name])


async def make_province(root: Path, base_port: int, tell: Tell) -> None:
    """Build everything below `root`, which must not be there yet. Raises SetupFailed."""
    begun = monotonic()
    root.mkdir(parents=True)
    secret = root / "password"
    secret.write_text(PASSWORD)
    hub_folder = root / "hub"
    await run(
        *tool("madang-hub"), "init", str(hub_folder),
        "--name", "마당 도교육청 허브", "--province", "경기도교육청",
        "--telephone", "031-000-1000",
        "--officer", OFFICER, "--officer-name", "유하진 장학사",
        "--password-file", str(secret),
        "--console-port", str(base_port),
        "--console-url", f"http://hub.localhost:{base_port}",
        "--api-port", str(base_port + 1),
        "--api-url", f"https://127.0.0.1:{base_port + 1}",
    )  # fmt: skip
    for number, (slug, school_id) in enumerate(SCHOOLS, start=1):
        content = load(slug)
        port = base_port + 10 + number
        await run(
            *tool("madang-node"), "init", str(root / slug),
            "--school", school_id, "--name", content.name, "--kind", content.kind,
            "--telephone", content.phone, "--port", str(port),
            "--public-url", f"http://{slug}.localhost:{port}",
        )  # fmt: skip
    tell("두 학교를 채웁니다 (약 20초) …")
    await asyncio.gather(*(_fill(root, slug, tell) for slug, _school_id in SCHOOLS))
    for number, (slug, _school_id) in enumerate(SCHOOLS, start=1):
        _turn_on(root, slug, base_port + 20 + number)
    tell("학교들이 허브에 가입합니다 …")
    await _federate(root, tell)
    secret.unlink()
    (root / DONE).write_text(f"{monotonic() - begun:.1f}\n")


def _turn_on(root: Path, slug: str, messenger_port: int) -> None:
    """Assistant and messenger."""
    config = msgspec.structs.replace(
        read_node_config(root / slug),
        data_dir="",
        messenger=True,
        messenger_host="127.0.0.1",
        messenger_port=messenger_port,
        assistant=True,
    )
    (root / slug / SETTINGS).write_text(toml_of(config), encoding="utf-8")


async def _fill(root: Path, slug: str, tell: Tell) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "scripts.demo_school", slug, str(root / slug),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        limit=2**20,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    async for line in process.stdout:
        what, done, total = line.decode().split()
        if what == "letters" and int(done) % 11 == 0:
            tell(f"  {load(slug).name}: 안내문 {done}/{total}")
    said = await process.stderr.read()
    if await process.wait():
        raise SetupFailed(f"filling {slug} failed:\n{said.decode()[-2000:]}")


async def _federate(root: Path, tell: Tell) -> None:
    hub = build(read_hub_config(root / "hub"), SystemClock())
    serving = Serving(hub)
    await serving.start()
    try:
        officer = await _second_factor(hub, root)
        await hub.supplies.add_papers(officer, supplies.papers())
        await hub.supplies.add_holidays(officer, supplies.HOLIDAYS)
        await hub.console[LETTERS].add(officer, supplies.letters())
        menus = meals_of_all([load(slug) for slug, _school_id in SCHOOLS])
        await hub.console[UPLOADS].bring(officer, SupplyKind.MEALS, [("1월 급식.json", menus)])
        if await publish_releases(hub.console[MAKING], hub.intake, hub.releases, officer, tell):
            (root / MODEL_PUBLISHED).touch()
        for slug, school_id in SCHOOLS:
            content = load(slug)
            invited = await hub.invitations.invite(
                officer,
                NewInvitation(
                    school_id=school_id,
                    name=content.name,
                    kind=SchoolKind(content.kind),
                    district="마루교육지원청",
                    ring=Ring.PILOT if slug == "hanbit" else Ring.ALL,
                ),
            )
            await _join(root / slug, to_qr_text(invited.invitation))
        await _send_notices(hub, officer)
        for slug, _school_id in SCHOOLS:
            await _sync(root / slug)
    finally:
        await serving.stop()


async def publish_releases(
    making: Making, intake: Intake, releases: Releases, officer: Officer, tell: Tell
) -> bool:
    """Handbook and model go out as the province would send them: signed, to all schools; whether the
    model did. Where its engine does not work, assistants answer in the sources' words; where its
    weights are not installed yet, it follows: scripts/demo_model.py."""
    await intake.import_folder(officer, ARTICLES)
    handbook = await making.publish_handbook(officer, vectors=VECTORS)
    await releases.to_all(officer, "knowledge", handbook.version)
    if not has_weights():
        return False
    place = making.incoming.folder / MODEL_FILE
    await asyncio.to_thread(lay_weights, place)
    wish = ModelWish(file=place.name, name=MODEL_NAME, licence=MODEL_LICENCE, context=MODEL_CONTEXT)
    try:
        model = await making.publish_model(officer, wish)
        await releases.to_all(officer, "model", model.version)
    except EngineUnusable as problem:
        tell(f"{problem} 도우미는 모델 없이 원문 그대로 답합니다.")
        return False
    finally:
        place.unlink(missing_ok=True)
    return True


async def _second_factor(hub: Hub, root: Path) -> Officer:
    """Enrol the officer's authenticator, as their first sign-in would; its secret is the demo's."""
    officer_id = await hub.db.read(
        lambda tx: tx.value("SELECT account_id FROM signin_v_account WHERE login = ?", (OFFICER,))
    )
    started = await hub.db.write(
        lambda tx: hub.signin.accounts.start_session(
            tx, officer_id, device="demo", address="127.0.0.1"
        )
    )
    address = await hub.signin.own.begin_totp(started.session)
    secret = pyotp.parse_uri(address).secret
    code = pyotp.TOTP(secret).at(hub.clock.now() // 1000)
    await hub.signin.own.confirm_totp(started.session, code)
    await hub.signin.sessions.sign_out(started.session)
    place = root / TOTP_FILE
    place.write_text(secret)
    place.chmod(0o600)
    return await hub.db.read(lambda tx: known(tx, officer_id))


async def _join(folder: Path, invitation: str) -> None:
    app = build_node(read_node_config(folder))
    async with open_database(app):
        federation = app[FEDERATION]
        await federation.join(invitation, None)
        await federation.close()


async def _sync(folder: Path) -> None:
    """Twice: what came down is acknowledged by the second."""
    app = build_node(read_node_config(folder))
    async with open_database(app):
        federation = app[FEDERATION]
        await federation.sync_once()
        await federation.sync_once()
        await federation.close()


async def _send_notices(hub: Hub, officer: Officer) -> None:
    for notice in official_notices():
        content = NoticeContent(
            title=notice.title,
            reference=notice.reference,
            body=notice.body,
            audience=NoticeAudience(notice.audience),
            department=notice.department,
            contact=notice.contact,
            deadline_at=notice.deadline_at,
            must_acknowledge=notice.must_acknowledge,
        )
        notice_id = await hub.drafts.save(officer, None, content, Target())
        for spec in notice.attachments:
            body = await asyncio.to_thread(make, spec, notice, hub.config.province)
            await hub.drafts.attach(officer, notice_id, spec.name, body)
        saved = await hub.drafts.notice(officer, notice_id)
        await hub.broadcasts.send(officer, notice_id, saved.updated_at)


def loopback(root: Path, name: str) -> str:
    """Where programs of this machine find the hub or a school."""
    if name == "hub":
        return f"http://127.0.0.1:{read_hub_config(root / name).console_port}"
    return f"http://127.0.0.1:{read_node_config(root / name).port}"


def is_complete(root: Path) -> bool:
    return (root / DONE).exists()


def clear(root: Path) -> None:
    """Throw the demo's data away."""
    if root.exists():
        shutil.rmtree(root)
