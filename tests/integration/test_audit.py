"""The auditor itself: a sound directory passes, and each kind of violation, planted in a copy of it, is reported."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest

from ordermill.domain.commands import CancelOrder
from ordermill.domain.errors import InvalidOrder
from tests.audit.attempts import Attempt, unanswered
from tests.audit.auditor import audit, shipped_stock, violations
from tests.audit.snapshot import Snapshot, take
from tests.integration.planted import BODIES, PLANTED, REFUSED, UNDONE, Case, Sound
from tests.integration.system_kit import Mill, open_mill


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Sound:
    """One order of each kind, a replay, a refusal; stopped."""
    data = tmp_path_factory.mktemp("sound")
    mill = open_mill(data / "ordermill.db", pipeline="stream")
    mill.system.start()
    try:
        attempts = _placed(mill)
        mill.settle(mill.quiet)
        _cancel(mill, attempts)
        mill.settle(mill.quiet)
    finally:
        mill.close()
    return Sound(data, attempts)


def _placed(mill: Mill) -> list[Attempt]:
    attempts: list[Attempt] = []
    for marker, members in BODIES.items():
        key = "the-key" if marker == "keyed" else None
        for _ in range(2 if key else 1):
            body = members | {"customerName": marker}
            placed = mill.place(body, key)
            attempts.append(Attempt(body, key, "ok", placed.order.order_id, placed.token))
    with pytest.raises(InvalidOrder):
        mill.place(REFUSED)
    return [*attempts, Attempt(REFUSED, None, "refused")]


def _cancel(mill: Mill, attempts: Sequence[Attempt]) -> None:
    order_id = next(attempt.order_id for attempt in attempts if attempt.marker == "cancelled")
    mill.send(CancelOrder(str(order_id), "staff"), "cancel_order").result(10)


@pytest.fixture
def case(sound: Sound, tmp_path: Path) -> Case:
    """A copy of the sound directory."""
    return Case(Path(shutil.copytree(sound.data, tmp_path / "copy")), list(sound.attempts))


def _reported(case: Case, before: Snapshot | None = None) -> list[str]:
    return violations(take(case.data), case.attempts, before=before)


def test_a_sound_directory_has_no_violation(sound: Sound) -> None:
    snapshot = audit(sound.data, sound.attempts, before=take(sound.data))
    assert {order["status"] for order in snapshot.orders.values()} == {
        "PROCESSED",
        "REJECTED",
        "FAILED",
        "CANCELLED",
    }
    assert len(snapshot.dead) == 1
    assert len(snapshot.files) == 5
    assert shipped_stock()["CHAIR-ERGO"] == 25


@pytest.mark.parametrize("planted", PLANTED)
def test_a_violation_is_reported(case: Case, planted: str) -> None:
    plant, reported = PLANTED[planted]
    plant(case)
    assert [text for text in _reported(case) if reported in text] != []


@pytest.mark.parametrize("planted", UNDONE)
def test_what_was_committed_and_is_undone_is_reported(case: Case, planted: str) -> None:
    before = take(case.data)
    plant, reported = UNDONE[planted]
    plant(case)
    assert [text for text in _reported(case, before) if reported in text] != []


def test_all_violations_are_told_at_once(case: Case) -> None:
    for planted in ("altered text", "half a mail", "stock that went"):
        PLANTED[planted][0](case)
    with pytest.raises(AssertionError, match=re.compile("3 violations.*what was sent.*stock of.*left in", re.DOTALL)):
        audit(case.data, case.attempts)


def test_a_file_that_is_not_whole_is_reported(case: Case) -> None:
    database = case.data / "ordermill.db"
    raw = bytearray(database.read_bytes())
    order_id = case.id_of("plain").encode()
    # The index's copy of the id comes without the body after it.
    places = [match.start() for match in re.finditer(re.escape(order_id), raw)]
    for place in places:
        if b"PROCESSED" not in raw[place : place + 80]:
            raw[place + 10] ^= 1
    database.write_bytes(raw)
    assert [text for text in _reported(case) if text.startswith("ordermill.db: ")] != []


def _attempts(*outcomes: str) -> Sequence[Attempt]:
    return [Attempt({"customerName": "a"}, "k", outcome) for outcome in outcomes]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcomes", "again"),
    [(["unknown"], 1), (["unknown", "unknown"], 1), (["unknown", "ok"], 0), (["ok", "unknown"], 0), (["refused"], 0)],
)
def test_what_nobody_knows_is_tried_again_once(outcomes: list[str], again: int) -> None:
    assert len(unanswered(_attempts(*outcomes))) == again
