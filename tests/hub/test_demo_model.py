"""The demo's model, published over the console while its servers run."""

from pathlib import Path

import pytest

from hub.officers.model import Role
from hub.releases.web import PROGRESS
from kit.clock import MINUTE, ManualClock
from models.selftest import smallest_model
from scripts import demo_model
from scripts.demo_province import MODEL_PUBLISHED, OFFICER, _second_factor
from tests.hub.conftest import PASSWORD, Province


async def test_a_model_that_is_ready_later_is_published_to_all_as_an_officer_does_it(
    province: Province, clock: ManualClock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lay(place: Path) -> None:
        place.write_bytes(smallest_model())

    monkeypatch.setattr(demo_model, "lay_weights", lay)
    monkeypatch.setattr(demo_model, "PASSWORD", PASSWORD)
    monkeypatch.setattr(demo_model, "SystemClock", lambda: clock)
    monkeypatch.setattr(demo_model, "STEP_S", 0)
    await province.officer(Role.ADMINISTRATOR, OFFICER)
    officer = await _second_factor(province.hub, tmp_path)
    clock.advance(2 * MINUTE)
    await demo_model._publish(tmp_path)
    (line,) = (await province.hub.console[PROGRESS].lines(officer))["model"]
    assert line.release.to_all_at is not None
    assert list(province.hub.config.incoming.iterdir()) == []
    assert (tmp_path / MODEL_PUBLISHED).exists()
