"""`madang-hub`: the province's hub from the command line.

Every command takes the hub's data directory. What goes wrong is said in one line on standard error,
with exit code 2.
"""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from hub.backup import BackupError
from hub.config import PREFIX, HubConfig, read_config
from kit import logs
from kit.clock import SystemClock
from kit.config import ConfigError, from_environment
from kit.i18n import Catalogue, _, catalogues
from kit.problem import Problem

ROOM = Path(__file__).parent
DEFAULT_FOLDER = "madang-hub"


class Refused(Exception):
    """What was asked cannot be done; the message says why in one line."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit code."""
    words = _catalogue()
    parser = _parser(words.gettext)
    given = parser.parse_args(argv)
    try:
        code: int = given.run(given, words)
    except Problem as problem:
        return _fail(words.translate(problem.text, problem.params))
    except (ConfigError, BackupError, Refused, FileExistsError, FileNotFoundError) as error:
        return _fail(str(error))
    except OSError as error:
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
        (os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), ""
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
    print(f"  {say(_('허브 키 지문'))}: {made.fingerprint}")
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

    asyncio.run(run())
    return 0


def _started(config: HubConfig, words: Catalogue) -> None:
    print(
        f"{words.gettext(_('담당자 화면'))}: {config.console_url}\n"
        f"{words.gettext(_('학교 서버 주소'))}: {config.origins[0]}",
        flush=True,
    )


Say = Callable[[str], str]


def _parser(say: Say) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="madang-hub",
        description=say(_("도교육청의 마당 허브를 만들고 운영합니다.")),
        epilog=say(_("처음이라면: madang-hub init 폴더, 그다음 madang-hub serve 폴더")),
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title=say(_("명령")))
    _add_init(commands, say)
    _command(commands, "serve", _serve, say(_("허브를 실행합니다 (멈춤: Ctrl+C).")), say)
    return parser


Subparsers = "argparse._SubParsersAction[argparse.ArgumentParser]"


def _command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    run: Callable[[argparse.Namespace, Catalogue], int],
    text: str,
    say: Say,
) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text)
    parser.add_argument("dir", metavar="DIR", help=say(_("허브의 자료 폴더")))
    parser.set_defaults(run=run)
    return parser


def _add_init(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", say: Say) -> None:
    parser = _command(
        commands,
        "init",
        _init,
        say(_("새 허브: 키, 도 인증기관, 설정, 첫 관리자를 만듭니다.")),
        say,
    )
    add = parser.add_argument
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


if __name__ == "__main__":
    sys.exit(main())
