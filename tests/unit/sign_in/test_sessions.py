"""Sessions: found by their id alone, ended by time, by people and by another token, kept without what opens them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from ordermill.adapters.local.session_file import SessionFile
from ordermill.domain.errors import StorageUnavailable
from ordermill.entrypoints.sign_in.links import LIFE_MS, LINKS_MAX, Links
from ordermill.entrypoints.sign_in.sessions import SESSIONS_MAX, Kept, Session, SessionLimits, Sessions
from ordermill.ports.journal import StorageFull
from tests.unit.sign_in.kit import DAY, HOUR, MINUTE, Memory, Time

T = TypeVar("T")
TOKEN = "s3cret-of-staff"


def run(do: Callable[[], Awaitable[T]]) -> T:
    async def main() -> T:
        result = await do()
        # What was begun in the background is part of it.
        rest = asyncio.all_tasks() - {asyncio.current_task()}
        if rest:
            await asyncio.wait(rest)
        return result

    return asyncio.run(main())


def sessions(kept: Kept | None, now: Time, token: str = TOKEN, limits: SessionLimits | None = None) -> Sessions:
    return Sessions(token, kept, now, limits)


def use(made: Sessions, session_id: str) -> Session | None:
    async def touch() -> Session | None:
        session = made.find(session_id)
        if session is not None:
            made.touch(session)
        return session

    return run(touch)


def test_an_id_opens_its_session_and_no_other_text_does() -> None:
    made = sessions(Memory(), Time())
    one, other = run(made.begin), run(made.begin)
    found = made.find(one)
    assert found is not None
    assert found is not made.find(other)
    for wrong in ("", one[:-1], one + "x", one.swapcase(), found.key, found.name, "\udcff", "x" * 10_000):
        assert made.find(wrong) is None
    assert len(one) == 43


def test_they_outlive_a_restart_and_the_file_opens_nothing() -> None:
    kept, now = Memory(), Time()
    session_id = run(sessions(kept, now).begin)
    assert kept.data is not None
    assert session_id.encode() not in kept.data
    assert TOKEN.encode() not in kept.data
    again = sessions(kept, now)
    found = again.find(session_id)
    assert found is not None
    assert again.find(found.key) is None


def test_another_staff_token_ends_them_all_and_its_return_brings_none_back() -> None:
    kept, now = Memory(), Time()
    session_id = run(sessions(kept, now).begin)
    assert sessions(kept, now, "another").find(session_id) is None
    assert sessions(kept, now).find(session_id) is None


@pytest.mark.parametrize(
    "data", [b"", b"{", b"null", b'{"salt": "zz", "proof": "", "sessions": []}', b'{"salt": 1}', b"\xff\xfe"]
)
def test_a_file_that_cannot_be_read_signs_everybody_out_and_is_replaced(data: bytes) -> None:
    kept, now = Memory(data), Time()
    made = sessions(kept, now)
    assert made.all() == []
    session_id = run(made.begin)
    assert sessions(kept, now).find(session_id) is not None


def test_it_ends_when_idle_and_each_use_puts_that_off_without_a_write() -> None:
    kept, now = Memory(), Time()
    made = sessions(kept, now)
    session_id = run(made.begin)
    writes = kept.writes
    for _ in range(50):
        now.ms += MINUTE
        assert use(made, session_id) is not None
    assert kept.writes == writes
    now.ms += 12 * HOUR - 1
    assert use(made, session_id) is not None
    now.ms += 12 * HOUR
    assert made.find(session_id) is None
    assert made.all() == []


def test_its_use_is_noted_now_and_then_so_that_a_restart_knows_of_it() -> None:
    kept, now = Memory(), Time()
    made = sessions(kept, now)
    session_id = run(made.begin)
    for _ in range(20):
        now.ms += HOUR
        assert use(made, session_id) is not None
    assert 15 <= kept.writes <= 21
    now.ms += 10 * HOUR
    assert sessions(kept, now).find(session_id) is not None


def test_it_ends_after_seven_days_however_much_it_is_used() -> None:
    now = Time()
    made = sessions(Memory(), now)
    session_id = run(made.begin)
    for _ in range(7 * 24 - 1):
        now.ms += HOUR
        assert use(made, session_id) is not None
    now.ms += HOUR
    assert made.find(session_id) is None


def test_the_limits_are_settings_and_count_at_once_also_for_sessions_of_before() -> None:
    kept, now = Memory(), Time()
    session_id = run(sessions(kept, now).begin)
    now.ms += 2 * HOUR
    assert sessions(kept, now, limits=SessionLimits(idle_s=3600)).find(session_id) is None
    assert sessions(kept, now, limits=SessionLimits(most_s=3600)).find(session_id) is None
    assert sessions(kept, now).find(session_id) is not None


def test_signing_out_ends_one_and_everywhere_all_also_after_a_restart() -> None:
    kept, now = Memory(), Time()
    made = sessions(kept, now)
    ids = [run(made.begin) for _ in range(3)]
    first = made.find(ids[0])
    assert first is not None
    run(lambda: made.end(first))
    assert [made.find(each) is not None for each in ids] == [False, True, True]
    assert [sessions(kept, now).find(each) is not None for each in ids] == [False, True, True]
    assert run(made.end_all) == 2
    assert [sessions(kept, now).find(each) for each in ids] == [None] * 3
    assert made.alive(first) is False


def test_without_room_nobody_is_signed_in_but_whoever_signs_out_stays_out() -> None:
    kept, now = Memory(), Time()
    made = sessions(kept, now)
    one, other = run(made.begin), run(made.begin)
    kept.room = False
    with pytest.raises(StorageUnavailable):
        run(made.begin)
    assert len(made.all()) == 2
    session = made.find(one)
    assert session is not None
    run(lambda: made.end(session))
    assert (made.find(one), kept.data) == (None, None)
    assert made.find(other) is not None
    assert sessions(kept, now).all() == []


def test_where_even_removing_fails_the_caller_is_told_and_the_session_is_over_all_the_same() -> None:
    kept, now = Memory(), Time()
    made = sessions(kept, now)
    session_id = run(made.begin)
    kept.room = kept.removable = False
    with pytest.raises(StorageUnavailable):
        run(made.end_all)
    assert made.find(session_id) is None


def test_there_are_only_so_many_and_the_one_unused_for_longest_goes() -> None:
    now = Time()
    made = sessions(None, now)
    ids = []
    for _ in range(SESSIONS_MAX):
        now.ms += 1
        ids.append(run(made.begin))
    now.ms += 1
    assert use(made, ids[0]) is not None
    ids.append(run(made.begin))
    assert len(made.all()) == SESSIONS_MAX
    assert made.find(ids[0]) is not None
    assert made.find(ids[1]) is None


def test_the_file_is_private_whole_and_says_when_there_is_no_room(tmp_path: Path) -> None:
    file = SessionFile(tmp_path / "sessions")
    assert file.read() is None
    file.write(b"one")
    file.write(b"two")
    assert file.read() == b"two"
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["sessions"]
    file.remove()
    file.remove()
    assert file.read() is None
    with pytest.raises(StorageFull):
        SessionFile(tmp_path / "gone" / "sessions").write(b"x")


def test_a_link_works_once_for_fifteen_minutes() -> None:
    now = Time()
    links = Links(now)
    (token, expires_at), (late, _) = links.make(), links.make()
    assert expires_at == now.ms + LIFE_MS
    assert links.take(token + "x") is None
    assert links.take(token[:-1]) is None
    now.ms += LIFE_MS - 1
    assert links.take(token) == expires_at
    assert links.take(token) is None
    now.ms += 1
    assert links.take(late) is None


def test_a_link_whose_use_failed_works_again_and_a_forgotten_one_never() -> None:
    links = Links(Time())
    token, expires_at = links.make()
    assert links.take(token) == expires_at
    links.give_back(token, expires_at)
    assert links.take(token) == expires_at
    other, _ = links.make()
    links.forget()
    assert (links.take(other), len(links)) == (None, 0)


def test_links_are_bounded_and_random() -> None:
    links = Links(Time())
    tokens = [links.make()[0] for _ in range(LINKS_MAX + 1)]
    assert len(set(tokens)) == len(tokens)
    assert {len(token) for token in tokens} == {32}
    assert len(links) == LINKS_MAX
    assert links.take(tokens[0]) is None
    assert links.take(tokens[1]) is not None


def test_days_are_what_they_are_said_to_be() -> None:
    assert (SessionLimits().idle_s, SessionLimits().most_s) == (12 * HOUR // 1000, 7 * DAY // 1000)
