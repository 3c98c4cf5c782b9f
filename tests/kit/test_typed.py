"""What people type is kept as they typed it."""

from kit.typed import lines


def test_a_text_is_kept_without_blank_lines_around_it_and_with_its_first_indent() -> None:
    assert lines("\r\n \n   학부모님께\r\n\r\n  드림 \n\n") == "   학부모님께\n\n  드림"
    assert lines(" \n\t") == ""
