"""`madang-node`: a school's server from the command line.

Each command is a function `run_…(arguments) -> int`; `_parser` names them all. A command that
cannot do its work raises `CommandError` (or an error that carries one line): that line goes to
standard error and the exit status is 2.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from kit import logs, runtime
from kit.config import ConfigError, explain
from kit.db import StorageFailed
from kit.durable import write_secret
from kit.folder import clear
from kit.i18n import LANGUAGES, Catalogue, _, catalogues
from kit.problem import Problem
from node.config import FILE, NodeConfig, check_config, read_config, toml_of
from protocol.errors import ProtocolError
from protocol.identity import SchoolKind, grouped

FIRST_LOGIN = "admin"


class CommandError(Exception):
    """A command cannot do its work; the message is the one line the administrator reads."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status."""
    words = _words()
    given = _parser(words).parse_args(arguments)
    try:
        return int(given.run(given, words))
    except StorageFailed as failed:
        line = f"{words.gettext(failed.text)} ({failed.reason})"
    except Problem as problem:
        line = words.translate(problem.text, problem.params)
    except UnicodeEncodeError:
        line = words.gettext(
            _("입력한 글자를 읽을 수 없습니다. UTF-8 터미널에서 다시 입력해 주세요.")
        )
    except (CommandError, ConfigError, ProtocolError) as error:
        line = str(error)
    except KeyboardInterrupt:
        return 130
    except OSError as error:
        line = f"{error.filename or ''}: {error.strerror or error}"
    print(f"madang-node: {line}", file=sys.stderr)
    return 2


def _words() -> Catalogue:
    """Korean unless the terminal is set to English."""
    wanted = os.environ.get("MADANG_LANG") or os.environ.get("LANG", "")
    language = "en" if wanted.startswith("en") else "ko"
    assert language in LANGUAGES
    here = Path(__file__).parent
    return catalogues(here.parent / "kit", here)[language]


def _parser(words: Catalogue) -> argparse.ArgumentParser:
    say = words.gettext
    parser = argparse.ArgumentParser(
        prog="madang-node",
        description=say(_("학교의 마당 서버를 만들고 운영합니다.")),
        epilog=say(_("처음이라면: madang-node init 폴더 --school 학교코드 --name 학교이름")),
    )
    commands = parser.add_subparsers(title=say(_("명령")), metavar="", required=True)

    def command(name: str, text: str, run: Any) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=say(text), description=say(text))
        added.set_defaults(run=run)
        return added

    one = command("init", _("새 학교 서버의 폴더를 만듭니다."), run_init)
    _folder(one, say)
    one.add_argument("--school", required=True, help=say(_("학교 코드 (예: J107530101)")))
    one.add_argument("--name", required=True, help=say(_("학교 이름")))
    kinds = [kind.value for kind in SchoolKind]
    one.add_argument("--kind", choices=kinds, default="elementary", help=say(_("학교급")))
    one.add_argument("--telephone", default="", help=say(_("학교 전화번호")))
    one.add_argument("--public-url", default="", help=say(_("학부모가 쓸 주소 (https://…)")))
    one.add_argument("--host", default="127.0.0.1", help=say(_("접속을 받을 주소")))
    one.add_argument("--port", type=int, default=8711, help=say(_("접속을 받을 포트")))
    one.add_argument("--administrator", default="", help=say(_("첫 관리자의 이름")))
    one.add_argument("--login", default=FIRST_LOGIN, help=say(_("첫 관리자의 아이디")))

    one = command("serve", _("서버를 켭니다."), run_serve)
    _folder(one, say)
    one = command("administrator", _("관리자를 한 사람 더 만듭니다."), run_administrator)
    _folder(one, say)
    one.add_argument("--name", required=True, help=say(_("이름")))
    one.add_argument("--login", required=True, help=say(_("아이디")))
    _add_care(command, say)
    one = command("import", _("학급·교직원·학생·보호자 명단(CSV)을 올립니다."), run_import)
    _folder(one, say)
    for kind, text in (
        ("classes", _("학급 명단")),
        ("staff", _("교직원 명단")),
        ("students", _("학생 명단")),
        ("guardians", _("보호자 명단")),
    ):
        one.add_argument(f"--{kind}", type=Path, metavar="CSV", help=say(text))
    one.add_argument("--year", type=int, default=None, help=say(_("학년도 (보통은 올해)")))
    one.add_argument(
        "--dry-run", action="store_true", help=say(_("변경하지 않고 잘못된 줄만 보여 줍니다."))
    )
    one = command("join", _("도교육청의 초대장으로 도교육청에 가입합니다."), run_join)
    _folder(one, say)
    one.add_argument(
        "invitation", help=say(_("초대장의 QR 내용(MADANG1:…) 또는 다섯 부분으로 된 코드"))
    )
    one.add_argument(
        "--hub",
        default=None,
        help=say(
            _("허브 주소. 코드만 있을 때 필요하며, auto로 입력하면 학교 네트워크에서 찾습니다.")
        ),
    )
    one = command("sync", _("도교육청과 한 번 동기화합니다."), run_sync)
    _folder(one, say)
    one = command(
        "keys",
        _("학교의 키를 보여 주거나, rotate로 새 키로 교체합니다."),
        run_keys,
    )
    one.add_argument(
        "verb",
        nargs="?",
        choices=["rotate"],
        help=say(_("새 키로 교체합니다. 적지 않으면 보여 주기만 합니다.")),
    )
    _folder(one, say)
    one = command("config", _("설정 항목을 설명합니다."), run_config)
    one.add_argument("--explain", action="store_true", help=say(_("모든 항목과 기본값")))
    one.add_argument("folder", type=Path, nargs="?", help=say(_("자료 폴더")))
    return parser


def _add_care(command: Any, say: Any) -> None:
    one = command("doctor", _("문제를 찾아 해결 방법을 알려 줍니다."), run_doctor)
    _folder(one, say)
    one = command("backup", _("모든 자료를 백업합니다."), run_backup)
    _folder(one, say)
    to = say(_("모두 담을 파일의 경로(없으면 백업 폴더)"))
    one.add_argument("--to", type=Path, default=None, help=to)
    one = command("restore", _("백업 파일을 빈 폴더에 복원합니다."), run_restore)
    one.add_argument("archive", type=Path, help=say(_("백업 파일")))
    _folder(one, say)
    one.add_argument(
        "--incomplete",
        action="store_true",
        help=say(_("같은 위치의 files 폴더에 없거나 손상된 파일은 제외하고 복원합니다.")),
    )


def _folder(parser: argparse.ArgumentParser, say: Any) -> None:
    parser.add_argument("folder", type=Path, help=say(_("자료 폴더")))


# Making and running -------------------------------------------------------------------------------


def run_init(given: argparse.Namespace, words: Catalogue) -> int:
    """Folder, settings, keys, database, the first administrator with a one-time password."""
    from kit.ids import new_secret
    from node.keys import make_keys

    folder: Path = given.folder
    if (folder / FILE).exists():
        raise CommandError(words.gettext(_("이미 서버가 있는 폴더입니다.")) + f" ({folder})")
    if folder.exists() and any(folder.iterdir()):
        raise CommandError(words.gettext(_("빈 폴더가 아닙니다.")) + f" ({folder})")
    config = check_config(
        NodeConfig(
            school_id=given.school.strip().upper(),
            school_name=given.name.strip(),
            school_kind=SchoolKind(given.kind),
            telephone=given.telephone,
            public_url=given.public_url or f"http://127.0.0.1:{given.port}",
            host=given.host,
            port=given.port,
        )
    )
    password = new_secret(9)
    name = given.administrator.strip() or words.gettext(_("관리자"))
    existed = folder.exists()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        folder.chmod(0o700)
        for part in ("blobs", "backups"):
            (folder / part).mkdir()
        make_keys(folder / "keys")
        write_secret(folder / FILE, toml_of(config).encode())
        asyncio.run(_make_administrator(read_config(folder), name, given.login, password))
    except BaseException:
        clear(
            folder, keep=existed
        )  # it was empty: leave it as it was, so that init can be repeated
        raise
    say = words.translate
    print(say(_("%(school)s 서버의 폴더를 만들었습니다: %(folder)s"), {"school": config.school_name, "folder": folder}))  # fmt: skip
    _tell_password(words, given.login, password)
    print(say(_("이제 켜세요: madang-node serve %(folder)s"), {"folder": folder}))
    return 0


def run_administrator(given: argparse.Namespace, words: Catalogue) -> int:
    from kit.ids import new_secret

    password = new_secret(9)
    asyncio.run(_make_administrator(read_config(given.folder), given.name, given.login, password))
    _tell_password(words, given.login, password)
    return 0


async def _make_administrator(config: NodeConfig, name: str, login: str, password: str) -> None:
    from node.people.web import PEOPLE

    async with opened(config) as app:
        await app[PEOPLE].make_administrator(name, login, password)


def _tell_password(words: Catalogue, login: str, password: str) -> None:
    say = words.translate
    print(say(_("관리자 아이디: %(login)s"), {"login": login}))
    print(say(_("한 번만 보이는 임시 비밀번호: %(password)s"), {"password": password}))


@contextlib.asynccontextmanager
async def opened(config: NodeConfig) -> AsyncIterator[web.Application]:
    """The node's services over its database, without serving or running jobs; safe beside a
    running server."""
    from node.app import build, open_database

    app = build(config)
    async with open_database(app):
        yield app


def run_serve(given: argparse.Namespace, words: Catalogue) -> int:
    """Serve until SIGINT or SIGTERM."""
    config = read_config(given.folder)
    logs.configure(config.log_level)
    return asyncio.run(_serve(config, words))


async def _serve(config: NodeConfig, words: Catalogue) -> int:
    from kit.web import page
    from node.app import build

    runtime.prepare()
    app = build(config)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=5)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    try:
        await runner.setup()
        site = web.TCPSite(runner, config.host, config.port, backlog=512)
        try:
            await site.start()
        except OSError as error:
            text = words.translate(
                _("%(host)s:%(port)s 에서 접속을 받을 수 없습니다 (%(reason)s)."),
                {"host": config.host, "port": config.port, "reason": error.strerror},
            )
            raise CommandError(text) from None
        address = ", ".join(f"http://{name[0]}:{name[1]}" for name in runner.addresses)
        text = words.translate(
            _("%(school)s: %(address)s 에서 켜졌습니다. 끄려면 Ctrl-C를 누르세요."),
            {"school": config.school_name, "address": address},
        )
        runtime.settled()
        print(text, flush=True)
        async with page.preparing(app[page.SHELL], config):
            await stop.wait()
    finally:
        await runner.cleanup()
    return 0


# The province -------------------------------------------------------------------------------------


def run_join(given: argparse.Namespace, words: Catalogue) -> int:
    """Join the province that sent the invitation. Safe to repeat; works beside a running server."""
    from kit.lan import HUB_SERVICE, find
    from node.federation.web import FEDERATION

    config = read_config(given.folder)

    async def work() -> str:
        address = given.hub
        if address == "auto":
            urls = [hub.facts["url"] for hub in await find(HUB_SERVICE) if "url" in hub.facts]
            if not urls:
                text = words.gettext(
                    _("이 네트워크에서 허브를 찾지 못했습니다. --hub 에 주소를 입력해 주세요.")
                )
                raise CommandError(text)
            if len(urls) > 1:
                text = words.translate(
                    _(
                        "이 네트워크에 허브가 여러 개 있습니다. --hub 에 하나를 입력해 주세요: "
                        "%(urls)s"
                    ),
                    {"urls": ", ".join(sorted(urls))},
                )
                raise CommandError(text)
            address = urls[0]
        async with opened(config) as app:
            membership = await app[FEDERATION].join(given.invitation, address)
            await app[FEDERATION].close()
            return membership.grant.hub.name

    text = words.translate(_("%(hub)s에 가입했습니다."), {"hub": asyncio.run(work())})
    print(text)
    return 0


def run_sync(given: argparse.Namespace, words: Catalogue) -> int:
    """One exchange with the hub, for whoever wants to see that it works."""
    from node.federation.model import NotJoined, SyncFailed
    from node.federation.web import FEDERATION

    config = read_config(given.folder)

    async def work() -> None:
        async with opened(config) as app:
            try:
                await app[FEDERATION].sync_once()
            except NotJoined as error:
                raise CommandError(words.gettext(error.text)) from None
            except SyncFailed as error:
                raise CommandError(error.reason) from None
            finally:
                await app[FEDERATION].close()

    asyncio.run(work())
    print(words.gettext(_("동기화했습니다.")))
    return 0


def run_keys(given: argparse.Namespace, words: Catalogue) -> int:
    """Show the school's keys, or exchange them. Works beside a running server, which follows by
    itself; where the hub is out of reach the server finishes it later."""
    from node.federation.web import FEDERATION

    async def work() -> Any:
        async with opened(read_config(given.folder)) as app:
            federation = app[FEDERATION]
            try:
                return await (federation.rotate_keys() if given.verb else federation.keys())
            finally:
                await federation.close()

    state = asyncio.run(work())
    say = words.translate
    for key in state.keys:
        params: dict[str, object] = {"key": grouped(key.key_id), "since": _day(key.since_at)}
        if key.until_at is None:
            vouched = key.attestation is not None
            print(say(_("사용 중: %(key)s (%(since)s부터)"), params), end="")
            print(", " + say(_("도교육청이 보증함") if vouched else _("학교 자체 서명"), {}))
        else:
            params["until"] = _day(key.until_at)
            print(say(_("종료됨: %(key)s (%(since)s ~ %(until)s)"), params))
    if state.pending is not None:
        key_id = state.pending.statement.rotation.keys.key_id
        print(say(_("준비된 새 키: %(key)s"), {"key": grouped(key_id)}))
        reason = state.pending.last_error or "-"
        text = _("도교육청 허브가 승인하면 교체됩니다. 그때까지 현재 키를 사용합니다. (%(reason)s)")
        print(say(text, {"reason": reason}))
    elif given.verb:
        text = _("키를 교체했습니다. 백업을 새로 만들어 두세요: madang-node backup %(folder)s")
        print(say(text, {"folder": given.folder}))
    return 0


def _day(at: int) -> str:
    from kit.clock import local_date

    return local_date(at).isoformat()


# Care ---------------------------------------------------------------------------------------------


def run_doctor(given: argparse.Namespace, words: Catalogue) -> int:
    """Print findings; 1 when something is wrong, 0 otherwise. What it is at goes to stderr."""
    from kit import damage
    from kit.clock import SystemClock
    from kit.finding import Finding, Level, ordered
    from kit.saying import Saying
    from kit.web.keys import DB
    from node.doctor import DOCTOR, damaged
    from node.keys import KeysDoNotFit
    from node.surroundings import examine_files, examine_port

    config = read_config(given.folder)
    findings: list[Finding] = examine_port(config)

    async def examine() -> list[Finding]:
        async with opened(config) as app:
            return await app[DOCTOR].examine(app[DB], Saying(words))

    files = examine_files(config, SystemClock().now())
    harm = damage.look(config.database)
    if harm is not None:  # nothing is opened: that alone would change what is there
        findings += [*files, damaged(harm)]
    elif any(one.fatal for one in files):
        findings += files
    else:
        try:
            findings += asyncio.run(examine())
        except (StorageFailed, sqlite3.Error) as failed:
            findings += [*files, damaged(damage.words(failed, config.database))]
        except KeysDoNotFit as problem:
            findings += [*files, Finding(Level.DANGER, problem.text)]
    marks = {Level.OK: "  ok ", Level.WARNING: "  !  ", Level.DANGER: " !!! "}
    for finding in ordered(findings):
        print(marks[finding.level] + words.translate(finding.text, finding.params))
        if finding.detail:
            print("       " + finding.detail)
        if finding.advice:
            print("       → " + words.translate(finding.advice, finding.params))
    return 1 if any(one.level is Level.DANGER for one in findings) else 0


def run_backup(given: argparse.Namespace, words: Catalogue) -> int:
    from kit.clock import SystemClock
    from node.backup import write_archive

    config = read_config(given.folder)
    made = write_archive(config, SystemClock().now(), given.to)
    print(words.translate(_("백업을 만들고 확인했습니다: %(file)s"), {"file": made}))
    return 0


def run_restore(given: argparse.Namespace, words: Catalogue) -> int:
    from node.backup import restore

    listing = restore(given.archive, given.folder, incomplete=given.incomplete)
    params = {"school": listing.name, "folder": given.folder}
    print(words.translate(_("%(school)s의 자료를 %(folder)s에 복원했습니다."), params))
    for name in listing.lost:
        print(words.translate(_("복원하지 못한 파일: %(name)s"), {"name": name}))
    print(words.gettext(_("같은 학교의 이전 서버는 다시 켜지 마세요.")))
    return 0


def run_import(given: argparse.Namespace, words: Catalogue) -> int:
    """Bring lists in, all or nothing; each faulty line is named. 2 when there are faults."""
    from node.people.lists.columns import LABELS, Kind
    from node.people.web import PEOPLE

    files = {
        kind: getattr(given, kind.value).read_bytes()
        for kind in Kind
        if getattr(given, kind.value) is not None
    }
    if not files:
        raise CommandError(
            words.gettext(_("명단을 하나 이상 주세요. 도움말: madang-node import --help"))
        )

    async def work() -> Any:
        async with opened(read_config(given.folder)) as app:
            return await app[PEOPLE].imports.run(files, dry_run=given.dry_run, year=given.year)

    report = asyncio.run(work())
    for fault in report.faults:
        params = {"list": words.gettext(LABELS[fault.list]), "line": fault.line}
        where = words.translate(_("%(list)s 명단 %(line)s번째 줄"), params)
        column = f" [{fault.column}]" if fault.column else ""
        print(f"{where}{column}: {words.translate(fault.reason, fault.params)}")
    for tally in report.tallies:
        params = {
            "list": words.gettext(LABELS[tally.list]),
            "added": tally.added,
            "changed": tally.changed,
            "unchanged": tally.unchanged,
        }
        print(
            words.translate(
                _("%(list)s: 추가 %(added)s, 변경 %(changed)s, 그대로 %(unchanged)s"), params
            )
        )
    for kind, headings in report.unread.items():
        params = {"list": words.gettext(LABELS[kind]), "columns": ", ".join(headings)}
        print(words.translate(_("%(list)s 명단에서 읽지 않는 열: %(columns)s"), params))
    if report.stopped:
        print(words.gettext(report.stopped))
        return 2
    if report.faults:
        nothing = _("잘못된 줄이 있어 아무것도 바꾸지 않았습니다.")
        rest = _("위의 줄은 명단을 올린 뒤 다른 곳에서 변경되어 제외하고 나머지를 반영했습니다.")
        print(words.gettext(rest if report.applied else nothing))
        return 2
    print(
        words.gettext(
            _("반영했습니다.") if report.applied else _("확인만 했으며 변경한 내용은 없습니다.")
        )
    )
    return 0


def run_config(given: argparse.Namespace, words: Catalogue) -> int:
    """Explain every setting, or print those of a folder."""
    if given.folder is None or given.explain:
        print(explain(NodeConfig))
        return 0
    print(toml_of(read_config(given.folder)), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
