"""`madang`: what belongs to no one server: the demo, and verifying receipts and draws."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 when it went well, 1 when a receipt does not hold, 2 for unusable input."""
    parser = argparse.ArgumentParser(
        prog="madang", description="마당: 시범 운영과 제출 확인서 확인 (demo and receipts)"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", title="명령")

    demo = commands.add_parser("demo", help="한 컴퓨터에서 허브와 두 학교를 켭니다.")
    demo.add_argument("--dir", type=Path, default=None, help="자료 폴더 (기본: .demo)")
    demo.add_argument("--base-port", type=int, default=8700, help="첫 포트 (기본: 8700)")
    demo.add_argument("--reset", action="store_true", help="자료를 지우고 처음부터")
    demo.add_argument("--once", action="store_true", help="준비되면 바로 끕니다 (점검용)")
    demo.set_defaults(run=run_demo)

    code = commands.add_parser("code", help="시범 허브 담당자의 인증 번호를 보여 줍니다.")
    code.add_argument("--dir", type=Path, default=None, help="자료 폴더 (기본: .demo)")
    code.set_defaults(run=run_code)

    verify = commands.add_parser(
        "verify", help="제출 확인서가 바뀌지 않았는지, 추첨이 맞는지 확인합니다."
    )
    verify.add_argument(
        "receipt",
        type=Path,
        help="제출 확인서(.madang-receipt.json)나 추첨(.madang-draw.json) 파일, - 는 표준 입력",
    )
    verify.add_argument("--hub", default=None, help="믿는 도교육청 허브의 고유번호")
    verify.add_argument("--school", default=None, help="믿는 학교의 고유번호")
    verify.add_argument("--entry", default=None, help="추첨에서 이 신청 번호만 봅니다")
    verify.add_argument("--json", action="store_true", help="결과를 JSON으로")
    verify.set_defaults(run=run_verify)

    given = parser.parse_args(arguments)
    return int(given.run(given))


def run_demo(given: argparse.Namespace) -> int:
    from scripts import demo

    root = given.dir or demo.ROOT
    return demo.main(root, given.base_port, reset=given.reset, once=given.once)


def run_code(given: argparse.Namespace) -> int:
    from scripts import demo

    try:
        print(demo.officer_code(given.dir or demo.ROOT))
    except FileNotFoundError:
        print("시범 자료가 없습니다. 먼저 make demo 를 실행하세요.", file=sys.stderr)
        return 2
    return 0


def run_verify(given: argparse.Namespace) -> int:
    from scripts.verify import verify_file

    return verify_file(
        given.receipt,
        hub=given.hub,
        school=given.school,
        as_json=given.json,
        entry=given.entry,
    )


if __name__ == "__main__":
    sys.exit(main())
