"""What erasure asks of each adapter: letters, events and orders of a person, files of mails, what the runtime keeps."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest
from msgspec.structs import replace

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.erasure import BucketMailFiles, NoMailFiles
from ordermill.adapters.aws.mail_store import BucketMailer
from ordermill.adapters.local.mail import FileMailer
from ordermill.adapters.local.mail_files import FolderMailFiles
from ordermill.adapters.local.remains import LocalRemains, is_about
from ordermill.domain.deletion import deleted
from ordermill.domain.erasure import erased_letter
from ordermill.domain.errors import InvalidCursor
from ordermill.domain.events import OrderChange, events_of
from ordermill.domain.order import Status, Step, advance
from ordermill.ports.erasure import MailFiles, Swept
from ordermill.ports.journal import ExecutionRow, FailedAttempt
from ordermill.ports.services import Mailer, MailUnavailable
from tests.contract import aws_services_kit as aws
from tests.contract.lists_kit import Shelf, ids, order, order_id
from tests.contract.mailer_kit import SENDER, StillClock, mail_of
from tests.contract.stores_kit import MakeOrder, Ports, Stores, letter, open_ids


def test_the_letters_of_an_order_are_found_open_or_not(stores: Stores) -> None:
    for number, about in enumerate(["o1", "o2", "o1", None, "o1", None]):
        stores.time.ms += 1
        with stores.write():
            stores.letters.append(letter(f"l{number}", order_id=about))
    with stores.write():
        stores.letters.close("l2")
    found, after = list[str](), None
    while True:
        page = stores.letters.of_order("o1", 2, after)
        found += [each.id for each in page.letters]
        after = page.after
        if after is None:
            break
    assert found == ["l4", "l2", "l0"]
    assert [each.id for each in stores.letters.of_order(None, 9).letters] == ["l5", "l3"]
    assert stores.letters.of_order("none", 9).letters == ()
    with pytest.raises(InvalidCursor):
        stores.letters.of_order("o1", 9, "x")


@pytest.mark.parametrize("closed", [False, True])
def test_of_an_erased_letter_its_kind_is_left(stores: Stores, closed: bool) -> None:
    with stores.write():
        stores.letters.append(letter("l", function="process_order", order_id="o1"))
    if closed:
        with stores.write():
            stores.letters.close("l")
    stores.fresh()
    left = erased_letter(letter("l", function="process_order", order_id="o1"))
    for _ in range(2):
        with stores.write():
            stores.letters.erase(left)
            stores.letters.erase(erased_letter(letter("none")))
        stores.fresh()
        assert stores.letters.of_order("o1", 9).letters == (left,)
    assert (left.error, bytes(left.payload)) == ("OSError", b"null")
    assert (open_ids(stores), stores.letters.read("l"), stores.letters.known("l")) == ([], None, True)
    # A letter that comes again is one that was known.
    with stores.write():
        stores.letters.append(letter("l", order_id="o1"))
    assert stores.letters.of_order("o1", 9).letters == (left,)
    assert stores.letters.count() == 0


def test_what_was_typed_is_left_out_of_an_orders_events(stores: Stores, make_order: MakeOrder) -> None:
    steps = [Step(Status.CANCELLED, note="she asked")]
    typed = events_of(OrderChange("MODIFY", 0, None, advance(make_order("o1"), steps, at=1, by="staff")))
    rejected = [replace(typed[0], data=replace(typed[0].data, seq=9, reason="OUT_OF_STOCK"), id="o1/9")]
    others = events_of(OrderChange("MODIFY", 0, None, advance(make_order("o2"), steps, at=1, by="staff")))
    with stores.write():
        for event in (*typed, *rejected, *others):
            stores.events.append(event)
    for _ in range(2):
        with stores.write():
            stores.events.redact("o1")
            stores.events.redact("none")
        assert [event.data.reason for event in stores.logged("o1")] == [None, None, "OUT_OF_STOCK"]
    assert stores.logged("o1")[0] == typed[0]
    assert stores.logged("o2") == others


def test_a_customers_orders_are_found_until_they_are_stubs(stores: Stores) -> None:
    shelf = Shelf(stores)
    mine = [order(number, at=number, customer="c1", email="Ada@example.org") for number in range(1, 5)]
    shelf.add(*mine, order(9, customer="c12", email="eve@example.org"))
    gone = deleted(mine[0], at=7, by="staff")
    for tombstone in (gone, deleted(mine[1], at=7, by="staff")):
        shelf.change(tombstone)
    with stores.write():
        stores.orders.forget(gone.order_id, expect=gone.version)
    for customer in ("c1", "ADA@example.org"):
        first = stores.orders.of_customer(customer, 2)
        assert ids(first.orders) == [order_id(4), order_id(3)]
        rest = stores.orders.of_customer(customer, 2, first.next)
        assert (ids(rest.orders), rest.next) == ([order_id(2)], None)
    with stores.write():
        stores.orders.update(replace(mine[2], customer_id=None, email=None, version=2), expect=1)
    assert ids(stores.orders.of_customer("c1", 9).orders) == [order_id(4), order_id(2)]
    assert ids(stores.orders.of_customer("ada@example.org", 9).orders) == [order_id(4), order_id(2)]


class Post(NamedTuple):
    """Where mails are written, and what erases them."""

    mailer: Mailer
    files: MailFiles


@pytest.fixture(params=["folder", "bucket"])
def post(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Post]:
    if request.param == "folder":
        mailer = FileMailer(tmp_path / "mail", SENDER, StillClock())
        yield Post(mailer, FolderMailFiles(tmp_path / "mail"))
        return
    with _deployed() as deployment:
        yield Post(BucketMailer(deployment, SENDER, StillClock()), BucketMailFiles(deployment))


@contextmanager
def _deployed() -> Iterator[Deployment]:
    with aws.deployed() as deployment:
        region = {"LocationConstraint": aws.REGION}
        deployment.client("s3").create_bucket(Bucket=deployment.bucket("mail"), CreateBucketConfiguration=region)
        yield deployment


def left(post: Post) -> int:
    """How many mails there are, found out by erasing them: all go to one of these."""
    return sum(
        post.files.erase_to(to, None).erased for to in ("ada@example.org", "eve@example.org", "jörg@müller.example")
    )


def test_the_files_of_mails_are_deleted_by_key(post: Post) -> None:
    for number in range(3):
        post.mailer.send(mail_of(mail_id=f"m{number}", to="ada@example.org"))
    for _ in range(2):
        post.files.erase(["m0", "m2", "none"])
    assert left(post) == 1


@pytest.mark.parametrize("address", ["ada@example.org", "jörg@müller.example"])
def test_the_files_of_mails_are_found_by_whom_they_go_to(post: Post, address: str) -> None:
    post.mailer.send(mail_of(mail_id="m0", to=address, subject="to eve@example.org", text=f"To: {address}"))
    post.mailer.send(mail_of(mail_id="m1", to="eve@example.org", subject=address, text=f"\r\nTo: {address}\r\n"))
    post.mailer.send(mail_of(mail_id="m2", to=address))
    assert post.files.erase_to(address.upper(), None) == Swept(2, None)
    assert post.files.erase_to(address, None) == Swept(0, None)
    assert left(post) == 1


def test_a_folder_that_is_away_is_told(tmp_path: Path) -> None:
    files = FolderMailFiles(tmp_path / "none")
    with pytest.raises(MailUnavailable):
        files.erase_to("a@b.c", None)
    assert NoMailFiles().erase(["m"]) == 0
    assert NoMailFiles().erase_to("a@b.c", None) == Swept(0, None)


def test_a_bucket_that_is_away_is_told() -> None:
    with aws.deployed() as deployment, pytest.raises(MailUnavailable):
        BucketMailFiles(deployment).erase_to("a@b.c", None)


def test_many_files_are_looked_at_stretch_by_stretch(tmp_path: Path) -> None:
    files, mailer = FolderMailFiles(tmp_path / "mail", stretch=4), FileMailer(tmp_path / "mail", SENDER, StillClock())
    for number in range(10):
        mailer.send(mail_of(mail_id=f"m{number}", to="ada@example.org" if number % 2 else "eve@example.org"))
    swept = [files.erase_to("ada@example.org", None)]
    while swept[-1].after is not None:
        swept.append(files.erase_to("ada@example.org", swept[-1].after))
    assert [each.erased for each in swept] == [2, 2, 1]
    assert len(list((tmp_path / "mail").iterdir())) == 5


def execution(number: int, text: str, order_: str | None = None, status: str = "FAILED") -> ExecutionRow:
    body = json.dumps({"states": [{"input": {"orderId": order_, "body": text}}]}).encode()
    return ExecutionRow(f"exec_{number}", order_, status, number, number if status == "RUNNING" else None, body)


def test_what_the_runtime_keeps_of_orders_is_forgotten(ports: Ports, make_order: MakeOrder) -> None:
    store, remains = ports.store, LocalRemains(ports.store)
    with ports.write():
        for number, about in enumerate(["o1", "o2", None]):
            store.executions.put(execution(number, "{}", about))
            store.attempts.append(FailedAttempt(about or "o3", "e", "f", 1, 5, 1.0, {}, "E", "why"))
        store.executions.put(execution(7, "{}", "o1", "RUNNING"))
        store.tables.claimed_orders.insert("o1", make_order("o1"))
        store.tables.claimed_orders.insert("o2", make_order("o2"))
        for about in ("o1", "o2"):
            kept = msgspec.json.encode(letter("l", order_id=about))
            store.connection.execute("INSERT INTO dead_messages (queue, body) VALUES ('q', ?)", (kept,))
        store.connection.execute("INSERT INTO dead_messages (queue, body) VALUES ('q', 'no JSON')")
    ports.fresh()
    store, remains = ports.store, LocalRemains(ports.store)
    for _ in range(2):
        with ports.write():
            remains.erase(["o1", "o9"])
    assert ports.rows("SELECT execution_id FROM executions ORDER BY 1") == [("exec_1",), ("exec_2",), ("exec_7",)]
    assert ports.rows("SELECT order_id FROM failed_attempts ORDER BY 1") == [("o2",), ("o3",)]
    assert ports.rows("SELECT order_id FROM claimed_orders") == [("o2",)]
    assert ports.rows("SELECT count(*) FROM dead_messages") == [(2,)]


def test_what_waits_about_an_order_is_known(ports: Ports, make_order: MakeOrder) -> None:
    remains = LocalRemains(ports.store)
    with ports.write():
        ports.orders.create(make_order("changed"))
        ports.store.messages.send("mail-queue", "mailed", b"{}", None, 1)
        ports.store.executions.put(execution(1, "{}", "running", "RUNNING"))
        ports.store.executions.put(execution(2, "{}", "ended"))
    asked = ["changed", "mailed", "running", "ended", "none"]
    assert remains.under_way(asked) == {"changed", "mailed", "running"}
    assert remains.under_way([]) == frozenset()


@pytest.mark.parametrize(
    ("text", "customer", "about"),
    [
        ('{"email": "Ada@example.org"}', "ada@EXAMPLE.org", True),
        ('{"email": "ada@example.org.uk"}', "ada@example.org", True),
        (r'{"email": "j\u00f6rg@example.org"}', "jörg@example.org", True),
        ('{"email": "eve@example.org"}', "ada@example.org", False),
        ('{"customerId": "c1"}', "c1", True),
        ('{"customerId": "c12"}', "c1", False),
        ('{"note": "c1 and more"}', "c1", False),
        ('{"note": "' + "x" * 1024 + "…", "ada@example.org", True),
        ("(more than 4,096 bytes of JSON)", "ada@example.org", True),
    ],
)
def test_which_requests_are_about_a_customer(text: str, customer: str, about: bool) -> None:
    assert is_about({"states": [{"input": {"orderId": "o1", "body": text}}]}, customer) is about


def test_a_customer_that_stands_by_itself_is_found_whole(ports: Ports) -> None:
    assert is_about({"input": {"customerId": "c1"}}, "c1")
    assert not is_about({"input": {"customerId": "c12"}}, "c1")
    with ports.write():
        for number in range(7):
            ports.store.executions.put(execution(number, f'{{"customerId": "c{number % 2}"}}'))
    remains, erased, after = LocalRemains(ports.store, stretch=3), 0, None
    for _ in range(9):
        with ports.write():
            swept = remains.erase_of("c1", after)
        erased, after = erased + swept.erased, swept.after
        if after is None:
            break
    assert (erased, ports.rows("SELECT count(*) FROM executions")) == (3, [(4,)])
