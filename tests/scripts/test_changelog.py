"""What changes is told in a file a change, and joined at a release."""

from pathlib import Path

import pytest

from scripts import changelog

PAGE = "# Changelog\n\nWhat changes.\n\n## Unreleased\n\n- **Drive**: older.\n"


def written(root: Path, files: dict[str, str]) -> dict[str, str]:
    folder = root / changelog.FOLDER
    folder.mkdir()
    (folder / "README.md").write_text("how\n", encoding="utf-8")
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return changelog.fragments(root)


def test_what_waits_in_this_tree_can_be_joined() -> None:
    assert changelog.faults_in(changelog.fragments(changelog.ROOT)) == []


def test_a_release_tells_users_first_and_keeps_what_stood_there(tmp_path: Path) -> None:
    found = written(
        tmp_path,
        {
            "a-setting.operators.md": "Set `x`.\n",
            "tools.developers.md": "A new\ntool.\n",
            "meals.users.md": "**Meals** are shown.\n",
        },
    )
    assert changelog.joined(PAGE, found, "1.0.0", "2027-03-02") == (
        "# Changelog\n\nWhat changes.\n\n## Unreleased\n\n## 1.0.0 (2027-03-02)\n\n"
        "- **Meals** are shown.\n- **Operators**: Set `x`.\n- **Developers**: A new tool.\n"
        "- **Drive**: older.\n"
    )


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("meals.md", "Meals.", "its name is not NAME.KIND.md (users, operators, developers)"),
        ("Meals.users.md", "Meals.", "its name is not NAME.KIND.md (users, operators, developers)"),
        ("meals.everybody.md", "M.", "its name is not NAME.KIND.md (users, operators, developers)"),
        ("meals.users.md", " \n", "says nothing"),
        ("meals.users.md", "One.\n\nTwo.", "is more than a paragraph"),
        ("meals.users.md", "a" * 601, "has 601 characters, more than 600"),
    ],
)
def test_a_file_that_cannot_be_joined_is_named(
    tmp_path: Path, name: str, text: str, fault: str
) -> None:
    assert changelog.faults_in(written(tmp_path, {name: text})) == [f"{name}: {fault}"]


def test_a_version_is_released_once(tmp_path: Path) -> None:
    once = changelog.joined(PAGE, {}, "1.0.0", "2027-03-02")
    with pytest.raises(ValueError, match=r"1\.0\.0"):
        changelog.joined(once, {}, "1.0.0", "2027-03-03")
    with pytest.raises(ValueError, match=r"1\.0\.0"):
        changelog.joined("# Changelog\n", {}, "1.0.0", "2027-03-02")


def test_the_files_are_gone_after_a_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, {"meals.users.md": "Meals."})
    page = tmp_path / "CHANGELOG.md"
    page.write_text(PAGE, encoding="utf-8")
    monkeypatch.setattr(changelog, "ROOT", tmp_path)
    assert changelog.main(["1.0.0", "2027-03-02"]) == 0
    assert "- Meals.\n- **Drive**" in page.read_text(encoding="utf-8")
    assert changelog.fragments(tmp_path) == {}
    assert changelog.main([]) == 0
