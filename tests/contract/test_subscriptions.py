"""What every adapter of the port `subscriptions` must do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from ordermill.adapters.local.upkeep import ExpiredSubscriptions
from ordermill.domain.errors import Conflict, InvalidCursor
from ordermill.domain.subscriptions import CONFIRM_WITHIN_MS, Subscription, SubscriptionStatus, confirmed
from ordermill.ports.journal import Swept
from tests.contract.dynamo_faults import Faults
from tests.contract.dynamo_kit import DynamoPorts
from tests.contract.stores_kit import Ports, Stores

ADA = Subscription("sub_1", "Ada@Example.org", "PENDING", 1000, 1000)
NEXT = replace(ADA, version=2, mails=2)


def put(stores: Stores, *records: Subscription) -> None:
    """As new ones, one after the other."""
    for record in records:
        stores.time.ms += 1
        with stores.write():
            stores.subscriptions.put(record, expect=0)


def listed(stores: Stores, limit: int, status: SubscriptionStatus | None = None) -> list[str]:
    """All ids, page by page."""
    page = stores.subscriptions.list(limit, status=status)
    found = list(page.subscriptions)
    while page.after is not None:
        assert len(page.subscriptions) == limit
        page = stores.subscriptions.list(limit, page.after, status=status)
        assert page.subscriptions, "a next page has something on it"
        found += page.subscriptions
    assert status is None or {each.status for each in found} <= {status}
    return [each.subscription_id for each in found]


def test_a_record_is_read_by_its_address_in_any_case_and_found_by_its_id(
    stores: Stores, settle: Callable[[], None]
) -> None:
    put(stores, ADA)
    settle()
    assert stores.subscriptions.read("ada@EXAMPLE.org") == ADA == stores.subscriptions.find("sub_1")
    assert stores.subscriptions.read("ada@example.com") is stores.subscriptions.find("sub_2") is None
    assert stores.subscriptions.find("") is stores.subscriptions.find("x" * 3000) is None


def test_a_record_is_written_over_the_version_that_was_read_and_no_other(
    stores: Stores, settle: Callable[[], None]
) -> None:
    put(stores, ADA)
    settle()
    for expect in (0, 2):
        with pytest.raises(Conflict) as refused, stores.write():
            stores.subscriptions.put(replace(NEXT, email="ADA@example.ORG"), expect=expect)
        assert "ada" not in str(refused.value).lower(), "an error names nobody"
    with stores.write():
        stores.subscriptions.put(NEXT, expect=1)
    settle()
    assert stores.subscriptions.read(ADA.email) == NEXT == stores.subscriptions.find("sub_1")


def test_what_is_not_there_has_no_version(stores: Stores) -> None:
    with pytest.raises(Conflict), stores.write():
        stores.subscriptions.put(NEXT, expect=1)
    stores.fresh()
    assert stores.subscriptions.read(ADA.email) is None


def test_what_is_deleted_is_gone_and_may_be_put_anew(stores: Stores, settle: Callable[[], None]) -> None:
    put(stores, ADA)
    settle()
    for _ in range(2):
        with stores.write():
            stores.subscriptions.delete(NEXT)
        settle()
        assert stores.subscriptions.read(ADA.email) is stores.subscriptions.find("sub_1") is None
        assert listed(stores, 9) == []
    again = replace(ADA, subscription_id="sub_2")
    put(stores, again)
    settle()
    assert stores.subscriptions.read(ADA.email) == again == stores.subscriptions.find("sub_2")
    assert stores.subscriptions.find("sub_1") is None


def test_deleting_one_of_before_leaves_the_one_that_is_there(stores: Stores, settle: Callable[[], None]) -> None:
    put(stores, replace(ADA, subscription_id="sub_2"))
    settle()
    with stores.write():
        stores.subscriptions.delete(ADA)
    settle()
    assert listed(stores, 9) == ["sub_2"]


def test_in_one_turn_each_sees_what_was_done_before(stores: Stores) -> None:
    with stores.write():
        stores.subscriptions.put(ADA, expect=0)
        assert stores.subscriptions.find("sub_1") == ADA
        stores.subscriptions.delete(ADA)
        assert stores.subscriptions.find("sub_1") is None
        stores.subscriptions.put(replace(ADA, subscription_id="sub_2"), expect=0)
    stores.fresh()
    assert listed(stores, 9) == ["sub_2"]


def test_they_are_listed_newest_first_page_by_page_all_or_of_a_status(stores: Stores) -> None:
    records = [replace(ADA, subscription_id=f"sub_{n}", email=f"{n}@example.org") for n in range(7)]
    put(stores, *records)
    for record in records[::2]:
        stores.time.ms += 1
        with stores.write():
            stores.subscriptions.put(confirmed(record, 2000), expect=1)
    with stores.write():
        stores.subscriptions.delete(records[3])
    stores.fresh()
    for limit in (1, 2, 6, 9):
        assert listed(stores, limit) == [f"sub_{n}" for n in (6, 5, 4, 2, 1, 0)]
        assert listed(stores, limit, "CONFIRMED") == [f"sub_{n}" for n in (6, 4, 2, 0)]
        assert listed(stores, limit, "PENDING") == ["sub_5", "sub_1"]


def test_a_place_in_the_list_that_is_none_is_refused(stores: Stores) -> None:
    for after in ("", "x", "0", "-1"):
        with pytest.raises(InvalidCursor):
            stores.subscriptions.list(1, after)


class TestLocal:
    def test_a_function_that_fails_leaves_nothing_of_what_it_put_or_deleted(self, ports: Ports) -> None:
        put(ports, ADA)
        ports.store.begin()
        mark = ports.store.mark()
        ports.subscriptions.delete(ADA)
        ports.subscriptions.put(replace(ADA, subscription_id="sub_2"), expect=0)
        ports.store.rollback_to(mark)
        ports.store.commit()
        assert ports.subscriptions.find("sub_2") is None
        ports.fresh()
        assert ports.subscriptions.read(ADA.email) == ADA

    def test_what_nobody_confirmed_in_time_is_removed(self, ports: Ports) -> None:
        put(ports, ADA, replace(ADA, subscription_id="sub_2", email="b@example.org", mailed_at=1001))
        put(ports, confirmed(replace(ADA, subscription_id="sub_3", email="c@example.org"), 1000))
        job = ExpiredSubscriptions(ports.store, ports.time.now_ms, rows=1)
        steps = []
        for ms in (999 + CONFIRM_WITHIN_MS, 1000 + CONFIRM_WITHIN_MS, 1001 + CONFIRM_WITHIN_MS, 10**13):
            ports.time.ms = ms
            with ports.write():
                steps.append(job.step())
        assert steps == [Swept(0, more=False), Swept(1, more=True), Swept(1, more=True), Swept(0, more=False)]
        ports.fresh()
        assert listed(ports, 9) == ["sub_3"]


class TestDynamo:
    def test_what_expires_says_so_until_it_is_confirmed(self, dynamo: DynamoPorts) -> None:
        put(dynamo, ADA)
        item = dynamo.item("subscriptions", "emailKey", "ada@example.org")
        assert item["expiresAt"] == {"N": str((1000 + CONFIRM_WITHIN_MS) // 1000)}
        dynamo.subscriptions.put(confirmed(ADA, 2000), expect=1)
        item = dynamo.item("subscriptions", "emailKey", "ada@example.org")
        assert "expiresAt" not in item
        assert item["creationKey"] == {"S": "0000000001001#sub_1"}, "no place in a list names an address"

    def test_a_write_whose_answer_was_lost_is_done(self, dynamo: DynamoPorts) -> None:
        faults = Faults(dynamo.client)
        faults.lose_answer("UpdateItem")
        dynamo.subscriptions.put(ADA, expect=0)
        assert dynamo.subscriptions.read(ADA.email) == ADA
