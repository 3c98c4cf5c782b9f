"""Settings: a file and the environment, and a misspelt key that is never silently ignored."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec
import pytest

from kit.config import ConfigError, ServerConfig, explain, load


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    school_name: Annotated[str, msgspec.Meta(description="The school's name.")]
    smtp_host: Annotated[str, msgspec.Meta(description="Mail server.")] = ""
    port: Annotated[int, msgspec.Meta(description="Port.")] = 8711
    language: Literal["ko", "en"] = "ko"
    announce: bool = False
    addresses: tuple[str, ...] = ()


def written(folder: Path, text: str) -> Path:
    path = folder / "madang.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_read_and_what_it_does_not_say_has_its_default(tmp_path: Path) -> None:
    path = written(tmp_path, 'school_name = "한빛초"\nport = 80\naddresses = ["a", "b"]\n')
    found = load(Settings, path, "MADANG_TEST", {})
    assert (found.school_name, found.port, found.addresses) == ("한빛초", 80, ("a", "b"))
    assert (found.language, found.announce) == ("ko", False)


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, 'school_name = "한빛초"\nport = 80\n')
    given = {"MADANG_TEST_PORT": "443", "MADANG_TEST_ANNOUNCE": "true", "PORT": "1"}
    found = load(Settings, path, "MADANG_TEST", given)
    assert (found.port, found.announce) == (443, True)


@pytest.mark.parametrize(
    ("typed", "meant"), [("smtp_hots", "smtp_host"), ("prot", "port"), ("langauge", "language")]
)
def test_an_unknown_key_names_the_nearest(tmp_path: Path, typed: str, meant: str) -> None:
    path = written(tmp_path, f'school_name = "x"\n{typed} = "y"\n')
    with pytest.raises(ConfigError, match=f"unknown setting '{typed}'; did you mean '{meant}'"):
        load(Settings, path, "MADANG_TEST", {})


def test_an_unknown_key_that_is_near_nothing_is_refused_too(tmp_path: Path) -> None:
    path = written(tmp_path, 'school_name = "x"\nqqqq = 1\n')
    with pytest.raises(ConfigError, match=r"unknown setting 'qqqq'$"):
        load(Settings, path, "MADANG_TEST", {})


def test_an_unknown_variable_of_ours_names_the_nearest(tmp_path: Path) -> None:
    path = written(tmp_path, 'school_name = "x"\n')
    with pytest.raises(ConfigError, match=r"MADANG_TEST_SMTP_HOTS.*MADANG_TEST_SMTP_HOST"):
        load(Settings, path, "MADANG_TEST", {"MADANG_TEST_SMTP_HOTS": "y"})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('school_name = "x"\nport = "achtzig"\n', "port"),
        ('school_name = "x"\nlanguage = "fr"\n', "language"),
        ("port = 80\n", "school_name"),
        ("school_name = \n", "line 1"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_its_file(
    tmp_path: Path, text: str, words: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=words) as caught:
        load(Settings, path, "MADANG_TEST", {})
    assert str(path) in str(caught.value)


def test_a_file_that_is_missing_or_not_text_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such configuration file"):
        load(Settings, tmp_path / "none.toml", "MADANG_TEST", {})
    path = tmp_path / "madang.toml"
    path.write_bytes("school_name = '한빛'".encode("cp949"))
    with pytest.raises(ConfigError, match="decode"):
        load(Settings, path, "MADANG_TEST", {})


def test_every_setting_is_explained_with_its_default() -> None:
    text = explain(Settings)
    assert "# The school's name.\nschool_name = (required)" in text
    assert "# Port.\nport = 8711" in text
    assert "announce = false" in text
    assert "addresses = []" in text


def test_what_can_be_made_again_lies_beside_the_data_or_where_the_system_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = ServerConfig(data_dir=str(tmp_path / "data"))
    monkeypatch.delenv("CACHE_DIRECTORY")
    assert {config.compiled.parent, config.compressed.parent} == {tmp_path / "data"}
    monkeypatch.setenv("CACHE_DIRECTORY", f"{tmp_path}/cache:{tmp_path}/other")
    assert {config.compiled.parent, config.compressed.parent} == {tmp_path / "cache" / "kit"}
