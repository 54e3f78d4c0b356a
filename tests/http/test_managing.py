"""Orders as staff change them over HTTP: edits that lose nothing, shipping, the same to many, files of new ones."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from ordermill.domain.order_import import ROWS_MAX
from tests.e2e.server import FIRST_ORDER, HASTE, Json, Server, order_until, wait_for
from tests.e2e.wire import pointers, problem
from tests.scenarios.scene import PIPELINES

EDITORS, EDITS = 8, 6
HEADER = "customerName,email,product,quantity,unitPrice\r\n"


@pytest.fixture
def staff(running: Server) -> dict[str, str]:
    return running.staff


def place(api: httpx2.Client, **members: object) -> str:
    order_id: str = api.post("/orders", json={**FIRST_ORDER, **members}).json()["orderId"]
    return order_id


def processed(api: httpx2.Client, staff: dict[str, str]) -> str:
    order_id = place(api)
    order_until(api, order_id, staff, "PROCESSED")
    return order_id


def edit(
    api: httpx2.Client, order_id: str, staff: dict[str, str], if_match: str, patch: Json, **query: str
) -> httpx2.Response:
    headers = {**staff, "If-Match": if_match, "Content-Type": "application/merge-patch+json"}
    return api.patch(f"/orders/{order_id}", json=patch, headers=headers, params=query)


def act(api: httpx2.Client, order_id: str, staff: dict[str, str], **body: str) -> httpx2.Response:
    return api.post(f"/orders/{order_id}/actions", json=body, headers=staff)


def send_file(
    api: httpx2.Client, staff: dict[str, str], text: str, key: str | None = None, **query: str
) -> httpx2.Response:
    headers = {**staff, "Content-Type": "text/csv", **({} if key is None else {"Idempotency-Key": key})}
    return api.post("/orders/import", content=text.encode(), headers=headers, params=query)


def counted(api: httpx2.Client, staff: dict[str, str]) -> int:
    """How many orders there are."""
    return sum(api.get("/orders/counts", headers=staff).json()["counts"].values())


def events(api: httpx2.Client, server: Server, order_id: str) -> list[str]:
    wait_for(server.settled, "nothing is under way")
    rows = server.rows(f"SELECT type FROM events WHERE order_id = '{order_id}' ORDER BY seq")
    return [type_ for (type_,) in rows]


class TestEdits:
    def test_an_edit_is_in_the_history_with_who_and_why(self, api: httpx2.Client, running: Server) -> None:
        order_id = processed(api, running.staff)
        answer = edit(api, order_id, running.staff, '"4"', {"note": "Ring twice", "email": None}, reason="She called ☎")
        order = answer.json()
        assert (answer.status_code, answer.headers["etag"], answer.headers["cache-control"]) == (200, '"5"', "no-store")
        assert (order["note"], order["email"], order["status"], order["version"]) == (
            "Ring twice",
            None,
            "PROCESSED",
            5,
        )
        assert order["history"][-1] == {
            "seq": 5,
            "status": "PROCESSED",
            "at": order["updatedAt"],
            "by": "staff",
            "reason": "She called ☎",
            "changed": ["email", "note"],
        }
        assert events(api, running, order_id)[-1] == "OrderUpdated"

    def test_what_changes_nothing_leaves_nothing(self, api: httpx2.Client, staff: dict[str, str]) -> None:
        order_id = processed(api, staff)
        answer = edit(api, order_id, staff, '"4"', {"customerName": "John Doe", "note": None})
        assert (answer.status_code, answer.json()["version"], answer.headers["etag"]) == (200, 4, '"4"')

    def test_both_media_types_are_one(self, api: httpx2.Client, staff: dict[str, str]) -> None:
        order_id = processed(api, staff)
        for version, media in enumerate(("application/json", "application/merge-patch+json; charset=utf-8"), 4):
            headers = {**staff, "If-Match": f'"{version}"', "Content-Type": media}
            answer = api.patch(f"/orders/{order_id}", content=f'{{"note": "{version}"}}', headers=headers)
            assert (answer.status_code, answer.json()["note"]) == (200, str(version))

    def test_another_version_is_stale_and_changes_nothing(self, api: httpx2.Client, staff: dict[str, str]) -> None:
        order_id = processed(api, staff)
        for tag in ('"3"', '"5"', 'W/"4"', '"04"', '"3", "5"'):
            problem(api, edit(api, order_id, staff, tag, {"note": 1}), 412, "stale")
        assert edit(api, order_id, staff, '"3", "4"', {"note": "a"}).status_code == 200
        assert edit(api, order_id, staff, "*", {"note": "b"}).json()["version"] == 6
        headers = [("If-Match", '"1"'), ("If-Match", '"6"'), ("Content-Type", "application/json"), *staff.items()]
        assert api.patch(f"/orders/{order_id}", content='{"note": "c"}', headers=headers).json()["version"] == 7

    def test_without_if_match_it_is_428(self, api: httpx2.Client, staff: dict[str, str]) -> None:
        answer = api.patch(f"/orders/{processed(api, staff)}", json={}, headers=staff)
        problem(api, answer, 428, "if-match-required")

    def test_every_wrong_member_is_told(self, api: httpx2.Client, staff: dict[str, str]) -> None:
        patch = {"status": "PAID", "email": "x", "items": [{"product": "Laptop", "quantity": 0}]}
        refused = edit(api, processed(api, staff), staff, '"4"', patch)
        assert pointers(problem(api, refused, 422, "invalid-order")).keys() == {
            *("/status", "/email", "/items/0/quantity")
        }

    def test_what_has_moved_on_too_far_is_not_editable(self, api: httpx2.Client, staff: dict[str, str]) -> None:
        order_id = processed(api, staff)
        items = {"items": [{"product": "Mug", "quantity": 1}]}
        problem(api, edit(api, order_id, staff, '"4"', items), 409, "not-editable")
        for action in ("ship", "deliver"):
            act(api, order_id, staff, action=action)
        problem(api, edit(api, order_id, staff, '"6"', {"note": "x"}), 409, "not-editable")

    def test_parallel_edits_lose_nothing(self, api: httpx2.Client, running: Server) -> None:
        """Each editor adds its lines to the note, one at a time, and tries again when somebody else came before."""
        order_id = processed(api, running.staff)
        stale = Counter[int]()

        def work(editor: int) -> None:
            with running.client() as client:
                for number in range(EDITS):
                    while True:
                        read = client.get(f"/orders/{order_id}", headers=running.staff)
                        note = f"{read.json()['note'] or ''}{editor}.{number} "
                        answer = edit(
                            client,
                            order_id,
                            running.staff,
                            read.headers["etag"],
                            {"note": note},
                            reason=f"{editor}.{number}",
                        )
                        if answer.status_code == 200:
                            break
                        assert answer.status_code == 412, answer.text
                        stale[editor] += 1

        with ThreadPoolExecutor(EDITORS) as editors:
            list(editors.map(work, range(EDITORS)))
        order = api.get(f"/orders/{order_id}", headers=running.staff).json()
        expected = sorted(f"{editor}.{number}" for editor in range(EDITORS) for number in range(EDITS))
        assert sorted(order["note"].split()) == expected
        edits = [entry for entry in order["history"] if entry["changed"]]
        assert [entry["reason"] for entry in edits] == order["note"].split()
        assert [entry["seq"] for entry in order["history"]] == list(range(1, 5 + len(expected)))
        assert events(api, running, order_id)[4:] == ["OrderUpdated"] * len(expected)
        assert stale.total() > 0, "nobody ever came before somebody else: this proves nothing"


class TestShipping:
    def test_an_order_is_shipped_and_delivered_and_its_customer_told(self, api: httpx2.Client, running: Server) -> None:
        order_id = processed(api, running.staff)
        sent = act(api, order_id, running.staff, action="ship", carrier="UPS", trackingNumber="1Z", reason="Friday")
        shipment = {
            "carrier": "UPS",
            "trackingNumber": "1Z",
            "shippedAt": sent.json()["updatedAt"],
            "deliveredAt": None,
        }
        assert (sent.status_code, sent.headers["etag"], sent.json()["shipment"]) == (200, '"5"', shipment)
        assert (sent.json()["history"][-1]["by"], sent.json()["history"][-1]["reason"]) == ("staff", "Friday")
        again = act(api, order_id, running.staff, action="ship", carrier="DHL")
        assert (again.status_code, again.json()) == (200, sent.json())
        there = act(api, order_id, running.staff, action="deliver").json()
        assert (there["status"], there["shipment"]) == ("DELIVERED", {**shipment, "deliveredAt": there["updatedAt"]})
        assert events(api, running, order_id)[-2:] == ["OrderShipped", "OrderDelivered"]
        mails = api.get("/mails", params={"orderId": order_id}, headers=running.staff).json()["mails"]
        assert {mail["event"]: mail["status"] for mail in mails} == dict.fromkeys(
            ("OrderProcessed", "OrderShipped", "OrderDelivered"), "SENT"
        )
        said = api.get(f"/mails/{order_id}-OrderShipped", headers=running.staff).text
        assert "UPS" in said
        assert "1Z" in said

    def test_from_anywhere_else_it_is_409(self, api: httpx2.Client, staff: dict[str, str]) -> None:
        order_id = processed(api, staff)
        more = {"from", "to", "allowed"}
        body = problem(api, act(api, order_id, staff, action="deliver"), 409, "invalid-transition", more=more)
        assert (body["from"], body["to"], body["allowed"]) == ("PROCESSED", "DELIVERED", ["SHIPPED", "CANCELLED"])
        act(api, order_id, staff, action="ship")
        body = problem(api, act(api, order_id, staff, action="cancel"), 409, "invalid-transition", more=more)
        assert (body["from"], body["to"], body["allowed"]) == ("SHIPPED", "CANCELLED", ["DELIVERED"])

    def test_only_shipping_has_a_carrier(self, api: httpx2.Client, staff: dict[str, str]) -> None:
        refused = act(api, processed(api, staff), staff, action="deliver", carrier="UPS", trackingNumber="1Z")
        assert pointers(problem(api, refused, 422, "invalid-order")).keys() == {"/carrier", "/trackingNumber"}

    def test_each_step_is_in_its_execution(self, api: httpx2.Client, running: Server) -> None:
        order_id = processed(api, running.staff)
        edit(api, order_id, running.staff, '"4"', {"note": "x"})
        act(api, order_id, running.staff, action="ship")
        act(api, order_id, running.staff, action="deliver")
        wait_for(running.settled, "nothing is under way")
        execution = api.get(f"/orders/{order_id}/execution", headers=running.staff).json()
        deeds = [(s["name"], s["output"]) for s in execution["states"] if s["name"] in ("update_order", "act_on_order")]
        assert deeds == [
            ("update_order", {"status": "PROCESSED", "changed": ["note"]}),
            ("act_on_order", {"status": "SHIPPED"}),
            ("act_on_order", {"status": "DELIVERED"}),
        ]
        assert execution["status"] == "SUCCEEDED"


class TestMany:
    def test_what_comes_of_each_in_the_order_sent(self, api: httpx2.Client, staff: dict[str, str]) -> None:
        first, second, third = (processed(api, staff) for _ in range(3))
        act(api, second, staff, action="cancel")
        ids = [third, "nobody's", second, first, third]
        body = {"orderIds": ids, "action": "ship", "carrier": "UPS", "reason": "Friday"}
        answer = api.post("/orders/actions", json=body, headers=staff)
        results = answer.json()["results"]
        assert (answer.status_code, [result["orderId"] for result in results]) == (200, ids)
        assert [result["status"] for result in results] == [200, 404, 409, 200, 200]
        assert [(r["problem"] or {}).get("type") for r in results] == [
            *[None, "/problems/not-found", "/problems/invalid-transition", None, None]
        ]
        assert (results[2]["problem"]["from"], results[2]["problem"]["to"]) == ("CANCELLED", "SHIPPED")
        for order_id in (first, third):
            order = api.get(f"/orders/{order_id}", headers=staff).json()
            assert (order["status"], order["version"], order["shipment"]["carrier"]) == ("SHIPPED", 5, "UPS")
        again = api.post("/orders/actions", json=body, headers=staff).json()["results"]
        assert [result["status"] for result in again] == [200, 404, 409, 200, 200]
        assert api.get(f"/orders/{first}", headers=staff).json()["version"] == 5


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    """One of each pipeline, started when it is asked for."""
    made = {name: Server(tmp_path_factory.mktemp(name) / "data", env=HASTE) for name in PIPELINES}
    yield made
    for server in made.values():
        server.kill()


@pytest.fixture
def server(servers: dict[str, Server], request: pytest.FixtureRequest) -> Server:
    server = servers[request.param]
    if server.pipeline is None:
        server.pipeline = request.param
        server.start()
    return server


@pytest.mark.parametrize("server", PIPELINES, indirect=True)
class TestImport:
    def test_rows_become_orders_that_are_processed_once(self, server: Server) -> None:
        text = (
            HEADER + 'Ada,ada@example.org,Widget,2,9.99\r\n"Bob\r\n",x,Widget,0,9.99\r\n\r\n'
            'Eve,,Mug,1,\r\nMallory,m@example.org,Gift card,1\r\nTrent,,"Card, ""gift""",1,5\r\n'
        )
        with server.client() as api:
            answer = send_file(api, server.staff, text)
            report = answer.json()
            assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
            assert (report["imported"], report["refused"]) == (3, 2)
            assert [(row["row"], row["status"]) for row in report["rows"]] == [
                (2, 202),
                (3, 422),
                (5, 202),
                (6, 422),
                (7, 202),
            ]
            assert [error["pointer"] for error in report["rows"][1]["problem"]["errors"]] == [
                *["/customerName", "/email", "/quantity"]
            ]
            orders = [
                order_until(api, row["orderId"], server.staff, "PROCESSED") for row in report["rows"] if row["orderId"]
            ]
            wait_for(server.settled, "nothing is under way")
            for order in orders:
                assert [(entry["status"], entry["by"]) for entry in order["history"]] == [
                    ("PENDING", "import_orders"),
                    *[(status, "process_order") for status in ("CONFIRMED", "PAID", "PROCESSED")],
                ]
                payments = api.get("/payments", params={"orderId": order["orderId"]}, headers=server.staff).json()
                assert [(payment["kind"], payment["amount"]) for payment in payments["payments"]] == [
                    ("charge", order["total"])
                ]
                execution = api.get(f"/orders/{order['orderId']}/execution", headers=server.staff).json()
                assert (execution["states"][0]["name"], execution["status"]) == ("import_orders", "SUCCEEDED")
                processing = [state["name"] for state in execution["states"]].count("process_order")
                assert processing == 1
            assert (orders[0]["customerName"], orders[0]["total"]) == ("Ada", "19.98")
            assert orders[2]["items"][0]["product"] == 'Card, "gift"'

    def test_payments_that_fail_leave_one_letter_each(self, server: Server) -> None:
        text = "amount,paymentToken\n1,tok_decline\n2,tok_error\n3,tok_flaky\n"
        with server.client() as api:
            rows = send_file(api, server.staff, text).json()["rows"]
            ends = ("REJECTED", "FAILED", "PROCESSED")
            for row, status in zip(rows, ends, strict=True):
                order_until(api, row["orderId"], server.staff, status)
            wait_for(server.settled, "nothing is under way")
            letters = api.get("/dead-letters", headers=server.staff).json()["deadLetters"]
            assert [letter["orderId"] for letter in letters] == [rows[1]["orderId"]]

    def test_the_same_file_with_its_key_again_doubles_nothing(self, server: Server) -> None:
        with server.client() as api:
            text = "amount,idempotency_key\n" + "1,\n" * 20 + "2,mine\n"
            before = counted(api, server.staff)
            key = f"import-{server.pipeline}"
            first, again = (send_file(api, server.staff, text, key).json() for _ in range(2))
            assert first["imported"] == 21
            assert again == first
            moved = send_file(api, server.staff, "amount,idempotency_key\n2,mine\n", "another").json()
            assert moved["rows"][0]["orderId"] == first["rows"][-1]["orderId"]
            wait_for(server.settled, "nothing is under way")
            assert counted(api, server.staff) - before == 21

    def test_many_at_once_under_one_key_make_one_import(self, server: Server) -> None:
        text = "amount,note\n" + "".join(f"1,{number}\n" for number in range(30))

        def work(_: int) -> Json:
            with server.client() as api:
                report: Json = send_file(api, server.staff, text, "at-once").json()
                return report

        with ThreadPoolExecutor(6) as clients:
            reports = list(clients.map(work, range(6)))
        assert reports[0]["imported"] == 30
        assert all(report == reports[0] for report in reports)


class TestFiles:
    def test_as_many_rows_as_one_request_takes(self, api: httpx2.Client, staff: dict[str, str]) -> None:
        report = send_file(api, staff, "amount\n" + "1\n" * ROWS_MAX, firstRow="1002").json()
        assert (report["imported"], report["rows"][0]["row"], report["rows"][-1]["row"]) == (
            ROWS_MAX,
            1002,
            ROWS_MAX + 1001,
        )

    def test_where_a_file_breaks_is_told_and_nothing_placed(self, api: httpx2.Client, staff: dict[str, str]) -> None:
        before = counted(api, staff)
        refused = send_file(api, staff, 'amount\n1\n"2"x\n')
        body = problem(api, refused, 422, "invalid-import")
        assert [(error["pointer"], error["code"]) for error in body["errors"]] == [("/3", "malformed")]
        headers = {**staff, "Content-Type": "text/csv"}
        latin = api.post("/orders/import", content="product\nMüg\n".encode("latin-1"), headers=headers)
        assert "byte 10, in line 2" in problem(api, latin, 422, "invalid-import")["errors"][0]["detail"]
        assert counted(api, staff) == before

    def test_an_exports_text_comes_back(self, api: httpx2.Client, staff: dict[str, str]) -> None:
        names = ["=1+1", "'=1", "''@x", "'", "+", 'say "hello", Ada', "Ελένη"]
        placed = {place(api, customerName=name): name for name in names}
        export = csv.DictReader(io.StringIO(api.get("/orders.csv", headers=staff).text, newline=""))
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(["customerName", "product", "quantity"])
        exported = [row for row in export if row["orderId"] in placed]
        writer.writerows([row["customerName"], row["product"], row["quantity"]] for row in exported)
        report = send_file(api, staff, out.getvalue()).json()
        came_back = [order_until(api, row["orderId"], staff, "PROCESSED")["customerName"] for row in report["rows"]]
        assert came_back == [placed[row["orderId"]] for row in exported]
        assert len(came_back) == len(names)


def test_orders_are_counted_by_status(api: httpx2.Client, staff: dict[str, str]) -> None:
    before = api.get("/orders/counts", headers=staff).json()["counts"]
    assert list(before) == [
        *["PENDING", "CONFIRMED", "PAID", "PROCESSED", "SHIPPED", "DELIVERED", "REJECTED", "FAILED", "CANCELLED"]
    ]
    act(api, processed(api, staff), staff, action="ship")
    after = api.get("/orders/counts", headers=staff).json()["counts"]
    assert after["SHIPPED"] - before["SHIPPED"] == 1
