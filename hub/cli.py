"""`madang-hub`: the province's hub from the command line.

Every command takes the hub's data directory. What goes wrong is said in one line on standard error,
with exit code 2.
"""

import argparse
import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import msgspec

from hub.backup import restore, write_archive
from hub.config import PREFIX, HubConfig, read_config, toml_of
from kit import logs, runtime
from kit.clock import SystemClock, local
from kit.config import ConfigError, explain, from_environment
from kit.db import StorageFailed
from kit.durable import write_secret
from kit.i18n import Catalogue, _, catalogues
from kit.problem import Problem
from protocol.enrolment import Invitation
from protocol.errors import ProtocolError
from protocol.identity import SchoolKind

if TYPE_CHECKING:
    from hub.app import Hub

ROOM = Path(__file__).parent


class Refused(Exception):
    """What was asked cannot be done; the message says why in one line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit code."""
    words = _catalogue()
    parser = _parser(words.gettext)
    given = parser.parse_args(argv)
    os.umask(0o077)  # whatever a command writes is the hub's alone
    try:
        code: int = given.run(given, words)
    except StorageFailed as failed:
        return _fail(f"{words.gettext(failed.text)} ({failed.reason})")
    except UnicodeEncodeError:
        text = _("입력한 글자를 읽을 수 없습니다. UTF-8 터미널에서 다시 입력해 주세요.")
        return _fail(words.gettext(text))
    except Problem as problem:
        return _fail(words.translate(problem.text, problem.params))
    except (ConfigError, Refused, ProtocolError, OSError, ValueError) as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        return 130
    return code


def _fail(text: str) -> int:
    print(f"madang-hub: {' '.join(text.split())}", file=sys.stderr)
    return 2


def _catalogue() -> Catalogue:
    """Korean unless the locale asks for English."""
    wanted = next(
        (os.environ[name] for name in ("MADANG_LANG", "LC_ALL", "LANG") if os.environ.get(name)), ""
    )
    language = "en" if wanted.startswith("en") else "ko"
    return catalogues(ROOM.parent / "kit", ROOM)[language]


# Commands ---------------------------------------------------------------------------------------


def _init(given: argparse.Namespace, words: Catalogue) -> int:
    from hub.setup import found_hub

    folder = Path(given.dir)
    config = from_environment(HubConfig, None, PREFIX)
    chosen = {
        name: value
        for name in ("name", "province", "telephone", "domain", "database_url", "console_url",
                     "console_host", "console_port", "api_host", "api_port")
        if (value := getattr(given, name)) is not None
    }  # fmt: skip
    if given.api_url:
        chosen["api_urls"] = tuple(given.api_url)
    if given.console_port is not None and given.console_url is None:
        chosen["console_url"] = f"http://127.0.0.1:{given.console_port}"
    config = msgspec.structs.replace(config, **chosen)
    password = None
    if given.password_file:
        password = Path(given.password_file).read_text("utf-8").strip()
        if not password:
            raise Refused(f"{given.password_file} is empty")
    made = asyncio.run(
        found_hub(folder, config, given.officer, given.officer_name, password, SystemClock())
    )
    say = words.gettext
    print(say(_("허브를 만들었습니다.")))
    print(f"  {say(_('자료 폴더'))}: {folder.resolve()}")
    print(f"  {say(_('허브 고유번호'))}: {made.fingerprint}")
    print(f"  {say(_('관리자 아이디'))}: {made.login}")
    if made.password is not None:
        print(f"  {say(_('임시 비밀번호'))}: {made.password}")
        print("  " + say(_("한 번만 보입니다. 첫 로그인 뒤 새 비밀번호와 인증 앱을 등록하세요.")))
    print()
    print(say(_("다음 할 일:")))
    print(f"  1. madang-hub serve {given.dir}")
    print(f"  2. {say(_('브라우저로 열기'))}: {made.config.console_url}")
    print(f"  3. madang-hub invite {given.dir} J107530101 --name 한빛초등학교 --kind elementary")
    print(f"  4. madang-hub doctor {given.dir}")
    return 0


def _serve(given: argparse.Namespace, words: Catalogue) -> int:
    from hub.app import build, serve

    config = read_config(Path(given.dir))
    logs.configure(config.log_level)

    async def run() -> None:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, stop.set)
        hub = build(config)
        await serve(hub, stop, lambda: _started(config, words))

    runtime.run(run())
    return 0


def _started(config: HubConfig, words: Catalogue) -> None:
    print(
        f"{words.gettext(_('담당자 화면'))}: {config.console_url}\n"
        f"{words.gettext(_('학교 서버 주소'))}: {config.origins[0]}",
        flush=True,
    )


# Schools ----------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def opened(folder: str) -> AsyncIterator["Hub"]:
    """The hub's services over its database, without serving; safe beside a running server."""
    from hub.app import build, open_database

    hub = build(read_config(Path(folder)))
    async with open_database(hub):
        yield hub


def _invite(given: argparse.Namespace, words: Catalogue) -> int:
    from hub.officers.model import CONSOLE
    from hub.schools.letters import letter_words
    from hub.schools.model import NewInvitation
    from protocol.enrolment import to_qr_text

    wanted = NewInvitation(
        school_id=given.school,
        name=given.name,
        kind=SchoolKind(given.kind),
        district=given.district,
        days=given.days,
    )
    letter = Path(given.letter) if given.letter else None
    if letter is not None and letter.exists():
        raise Refused(f"{letter} exists already")

    async def work() -> None:
        async with opened(given.dir) as hub:
            made = await hub.invitations.invite(CONSOLE, wanted)
            text = to_qr_text(made.invitation)
            # Told first: the code is kept nowhere, and the letter's folder may refuse the file.
            _tell_invitation(words, made.school_name, made.invitation, text)
            if letter is not None:
                context = letter_words(hub.schools.province, made.school_name, text)
                page = hub.ground.shell.environment(words.language).get_template(
                    "schools/letter_file.html"
                )
                write_secret(letter, page.render(**context).encode())

    asyncio.run(work())
    if letter is not None:
        print(f"{words.gettext(_('안내장'))}: {letter}")
    return 0


def _tell_invitation(words: Catalogue, name: str, invitation: Invitation, text: str) -> None:
    say = words.gettext
    until = local(invitation.expires_at).strftime("%Y-%m-%d %H:%M")
    print(f"{say(_('학교'))}: {name} ({invitation.school_id})")
    print(f"{say(_('가입 코드'))}: {invitation.code}")
    print(f"{say(_('허브 주소'))}: {invitation.hub_urls[0]}")
    print(f"{say(_('QR 내용'))}: {text}")
    print(f"{say(_('사용 기한'))}: {until}")
    print(say(_("코드는 저장하지 않으니 지금 적어 두세요.")))


def _schools(given: argparse.Namespace, words: Catalogue) -> int:
    from hub.officers.model import CONSOLE
    from hub.schools.model import STATE_LABELS, SchoolFilter, SchoolLine

    async def work() -> list[SchoolLine]:
        found: list[SchoolLine] = []
        async with opened(given.dir) as hub:
            more, number = True, 1
            while more:
                lines, more = await hub.schools.lines(CONSOLE, SchoolFilter(page=number))
                found += lines
                number += 1
        return found

    for line in asyncio.run(work()):
        heard = local(line.heard_at).strftime("%Y-%m-%d %H:%M") if line.heard_at else "-"
        state = words.gettext(STATE_LABELS[line.state])
        print(f"{line.school_id}\t{line.name}\t{state}\t{line.version or '-'}\t{heard}")
    return 0


def _stand(given: argparse.Namespace, words: Catalogue, verb: str) -> int:
    from hub.officers.model import CONSOLE

    async def work() -> None:
        async with opened(given.dir) as hub:
            moves = {
                "suspend": hub.standings.suspend,
                "resume": hub.standings.resume,
                "revoke": hub.standings.revoke,
            }
            await moves[verb](CONSOLE, given.school.strip().upper(), given.reason)

    asyncio.run(work())
    print(words.gettext(_("학교의 다음 통신부터 적용됩니다.")))
    return 0


def _suspend(given: argparse.Namespace, words: Catalogue) -> int:
    return _stand(given, words, "suspend")


def _resume(given: argparse.Namespace, words: Catalogue) -> int:
    return _stand(given, words, "resume")


def _revoke(given: argparse.Namespace, words: Catalogue) -> int:
    return _stand(given, words, "revoke")


# Care -------------------------------------------------------------------------------------------


def _backup(given: argparse.Namespace, words: Catalogue) -> int:
    config = read_config(Path(given.dir))
    made = write_archive(config, SystemClock().now(), given.to)
    print(words.translate(_("백업을 만들고 확인했습니다: %(file)s"), {"file": made}))
    return 0


def _restore(given: argparse.Namespace, words: Catalogue) -> int:
    listing = restore(
        given.archive, Path(given.dir), given.database_url, incomplete=given.incomplete
    )
    made = local(listing.made_at).strftime("%Y-%m-%d %H:%M")
    params = {"name": listing.name, "made": made, "folder": given.dir}
    print(words.translate(_("%(name)s의 %(made)s 백업을 %(folder)s에 복원했습니다."), params))
    for name in listing.lost:
        print(words.translate(_("복원하지 못한 파일: %(name)s"), {"name": name}))
    print(
        words.gettext(
            _("이전 허브는 다시 켜지 마세요. 학교 서버가 다음 통신에서 빠진 자료를 다시 보냅니다.")
        )
    )
    return 0


def _doctor(given: argparse.Namespace, words: Catalogue) -> int:
    """Print findings; 1 when something is wrong, 0 otherwise. What it is at goes to stderr."""
    from hub.doctor import examine
    from kit.finding import Level
    from kit.saying import Saying

    config = read_config(Path(given.dir))
    findings = asyncio.run(examine(config, SystemClock(), Saying(words)))
    marks = {Level.OK: "  ok ", Level.WARNING: "  !  ", Level.DANGER: " !!! "}
    for finding in findings:
        print(marks[finding.level] + words.translate(finding.text, finding.params))
        if finding.advice:
            print("       → " + words.translate(finding.advice, finding.params))
    return 1 if any(one.level is Level.DANGER for one in findings) else 0


def _renew(given: argparse.Namespace, words: Catalogue) -> int:
    from hub.schools.authority import Authority

    config = read_config(Path(given.dir))
    Authority(config.keys, SystemClock()).renew_tls(config.api_names)
    print(words.gettext(_("인증서를 새로 만들었습니다. 켜져 있는 허브는 다시 켜 주세요.")))
    return 0


def _config(given: argparse.Namespace, words: Catalogue) -> int:
    if given.dir is None or given.explain:
        print(explain(HubConfig))
    else:
        print(toml_of(read_config(Path(given.dir))), end="")
    return 0


# Handbook ---------------------------------------------------------------------------------------


def _import_handbook(given: argparse.Namespace, words: Catalogue) -> int:
    from hub.knowledge.model import Imported
    from hub.officers.model import CONSOLE

    async def work() -> Imported:
        async with opened(given.dir) as hub:
            return await hub.intake.import_folder(CONSOLE, Path(given.folder))

    done = asyncio.run(work())
    text = _("새 글 %(added)s건, 수정 %(changed)s건, 변경 없음 %(unchanged)s건입니다.")
    print(words.translate(text, msgspec.to_builtins(done)))
    print(words.gettext(_("담당자 화면의 안내서에서 발행하면 학교에 갑니다.")))
    return 0


Say = Callable[[str], str]
Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001


def _parser(say: Say) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="madang-hub",
        description=say(_("도교육청의 마당 허브를 만들고 운영합니다.")),
        epilog=say(_("처음이라면: madang-hub init 폴더, 그다음 madang-hub serve 폴더")),
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title=say(_("명령")))
    _add_init(commands, say)
    _command(commands, "serve", _serve, say(_("허브를 실행합니다 (멈춤: Ctrl+C).")), say)
    _add_schools(commands, say)
    _add_handbook(commands, say)
    _add_care(commands, say)
    return parser


def _command(
    commands: Commands,
    name: str,
    run: Callable[[argparse.Namespace, Catalogue], int],
    text: str,
    say: Say,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("dir", metavar="DIR", help=say(_("허브의 자료 폴더")))
    parser.set_defaults(run=run)
    return parser


def _add_init(commands: Commands, say: Say) -> None:
    text = say(_("새 허브: 키, 도 인증기관, 설정, 첫 관리자를 만듭니다."))
    add = _command(commands, "init", _init, text, say).add_argument
    add("--name", help=say(_("허브의 이름")))
    add("--province", help=say(_("교육청의 이름")))
    add("--telephone", help=say(_("화면과 초대장에 적을 전화번호")))
    add("--domain", help=say(_("학교 인증서에 쓸 도메인 (j107530101.도메인)")))
    add("--database-url", help=say(_("PostgreSQL 주소; 없으면 SQLite")))
    add(
        "--api-url", action="append", help=say(_("학교 서버가 접속할 주소 https://…; 여러 번 가능"))
    )
    add("--api-host", help=say(_("학교 서버용으로 여는 주소")))
    add("--api-port", type=int, help=say(_("학교 서버용 포트")))
    add("--console-url", help=say(_("담당자가 접속할 주소")))
    add("--console-host", help=say(_("담당자 화면을 여는 주소")))
    add("--console-port", type=int, help=say(_("담당자 화면 포트")))
    add("--officer", default="admin", help=say(_("첫 관리자의 아이디 (기본: admin)")))
    add("--officer-name", default="허브 관리자", help=say(_("첫 관리자의 이름")))
    add("--password-file", help=say(_("첫 관리자의 비밀번호가 든 파일; 없으면 임시 비밀번호")))


def _add_schools(commands: Commands, say: Say) -> None:
    school = say(_("학교 코드 (예: J107530101, 유치원은 K와 숫자)"))
    text = say(_("학교를 초대합니다: 한 번만 쓰는 가입 코드를 만듭니다."))
    add = _command(commands, "invite", _invite, text, say).add_argument
    add("school", metavar="SCHOOL_CODE", help=school)
    add("--name", required=True, help=say(_("학교 이름; 학교 서버의 이름과 같아야 합니다")))
    kinds = [kind.value for kind in SchoolKind]
    add("--kind", required=True, choices=kinds, help=say(_("학교급")))
    add("--district", default="", help=say(_("교육지원청")))
    add("--days", type=int, help=say(_("기한 (1~60일, 기본 14일)")))
    add("--letter", metavar="FILE.html", help=say(_("인쇄할 안내장을 이 파일로 저장합니다")))

    text = say(_("학교와 그 상태를 보여 줍니다."))
    _command(commands, "schools", _schools, text, say)
    for name, run, text in (
        ("suspend", _suspend, say(_("학교의 이용을 일시 중지합니다."))),
        ("resume", _resume, say(_("중지한 학교를 다시 시작합니다."))),
        ("revoke", _revoke, say(_("학교의 가입을 해지합니다. 되돌릴 수 없습니다."))),
    ):
        add = _command(commands, name, run, text, say).add_argument
        add("school", metavar="SCHOOL_CODE", help=school)
        add("--reason", required=True, help=say(_("사유; 학교 관리자에게 보입니다")))


def _add_handbook(commands: Commands, say: Say) -> None:
    text = say(_("폴더의 Markdown 글을 안내서에 한꺼번에 등록합니다. 같은 이름의 글은 수정합니다."))
    add = _command(commands, "import-handbook", _import_handbook, text, say).add_argument
    add("folder", metavar="FOLDER", help=say(_("Markdown 파일이 든 폴더")))


def _add_care(commands: Commands, say: Say) -> None:
    text = say(_("데이터베이스, 키, 파일을 백업합니다. 켜진 채로도 됩니다."))
    add = _command(commands, "backup", _backup, text, say).add_argument
    add(
        "--to",
        type=Path,
        metavar="FILE",
        help=say(_("모두 담을 파일의 경로(없으면 백업 폴더)")),
    )

    text = say(_("백업 파일을 빈 폴더에 복원합니다."))
    parser = commands.add_parser("restore", help=text, description=text)
    parser.add_argument("archive", type=Path, metavar="FILE", help=say(_("백업 파일")))
    parser.add_argument("dir", metavar="DIR", help=say(_("허브의 자료 폴더")))
    parser.add_argument(
        "--database-url", default="", help=say(_("PostgreSQL 백업을 복원할 빈 데이터베이스"))
    )
    parser.add_argument(
        "--incomplete",
        action="store_true",
        help=say(_("같은 위치의 files 폴더에 없거나 손상된 파일은 제외하고 복원합니다.")),
    )
    parser.set_defaults(run=_restore)

    text = say(_("문제를 찾아 해결 방법을 알려 줍니다."))
    _command(commands, "doctor", _doctor, text, say)
    text = say(_("허브의 TLS 인증서를 지금 새로 만듭니다. 쓰지 않은 초대장의 QR은 못 쓰게 됩니다."))
    _command(commands, "renew-certificate", _renew, text, say)

    text = say(_("설정 항목을 설명하거나, 지금 설정을 보여 줍니다."))
    parser = commands.add_parser("config", help=text, description=text)
    parser.add_argument("dir", metavar="DIR", nargs="?", help=say(_("허브의 자료 폴더")))
    parser.add_argument("--explain", action="store_true", help=say(_("모든 항목과 기본값")))
    parser.set_defaults(run=_config)


if __name__ == "__main__":
    sys.exit(main())
