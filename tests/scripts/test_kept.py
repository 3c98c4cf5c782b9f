"""The schools that are made once are kept by the schema of the build that made them."""

from pathlib import Path

import pytest

from kit.schema import schema_of as schema_of_packages
from kit.web.assembly import ASSEMBLY
from node.app import build
from scripts.against import Build, this_build
from scripts.years.kept import schema_of
from tests.node.conftest import school_config


def test_a_build_has_as_many_versions_as_migrations(tmp_path: Path) -> None:
    packages = build(school_config(tmp_path))[ASSEMBLY].packages
    assert schema_of(this_build()) == schema_of_packages(packages).version


@pytest.mark.parametrize("version", [3, 4])
def test_an_earlier_build_says_its_own(tmp_path: Path, version: int) -> None:
    app = tmp_path / "node" / "app.py"
    app.parent.mkdir()
    app.write_text(f"ROOM = 1\nSCHEMA_VERSION = {version}\n", encoding="utf-8")
    assert schema_of(Build("earlier", tmp_path)) == version
