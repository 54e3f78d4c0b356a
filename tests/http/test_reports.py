"""Reports as their readers meet them: made over HTTP, fetched by their link, and by nothing that is like it."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from pypdf import PdfReader

from tests.e2e.conftest import MakeServer
from tests.e2e.server import Json, Server, environment, order_until, wait_for
from tests.e2e.wire import problem

NAMES = ["Ada <b>", "王小明", "שלום עולם", "محمد", "😀", '<img src="/etc/hostname"/>']


def today() -> Json:
    """A period that today lies in."""
    now = datetime.now(UTC)
    return {"from": f"{now - timedelta(days=1):%Y-%m-%d}", "to": f"{now + timedelta(days=1):%Y-%m-%d}"}


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def is_archived(api: httpx2.Client, staff: dict[str, str], order_id: str) -> bool:
    return api.get(f"/archive/{order_id}", headers=staff).status_code == 200


def delete(api: httpx2.Client, staff: dict[str, str], *bodies: Json) -> None:
    """Place these orders, let them be processed, delete them, and wait until they are archived."""
    for body in bodies:
        order_id = api.post("/orders", json=body).json()["orderId"]
        order_until(api, order_id, staff, "PROCESSED")
        assert api.delete(f"/orders/{order_id}", headers=staff).status_code == 202
        wait_for(partial(is_archived, api, staff, order_id), "the order is archived")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("reports") / "data")
    try:
        server.start()
        with server.client() as api:
            delete(api, server.staff, *(order_of(name, number) for number, name in enumerate(NAMES, 1)))
        yield server
    finally:
        server.kill()


def order_of(name: str, quantity: int) -> Json:
    """Of so many at 9.99."""
    return {"items": [{"product": "Widget", "unitPrice": "9.99", "quantity": quantity}], "customerName": name}


@pytest.fixture(scope="module")
def api(server: Server) -> Iterator[httpx2.Client]:
    with server.client() as client:
        yield client


@pytest.fixture(scope="module")
def report(api: httpx2.Client, server: Server) -> Json:
    answer = api.post("/reports", json=today() | {"expiresIn": 600}, headers=server.staff)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    made: Json = answer.json()
    assert answer.headers["location"] == made["url"]
    return made


def test_the_answer_adds_up(report: Json) -> None:
    total = f"{sum(range(1, len(NAMES) + 1)) * 999 / 100:.2f}"
    assert (report["orders"], report["total"]) == (len(NAMES), total)
    (only,) = report["totals"]
    assert (only["currency"], only["orders"], only["total"]) == ("USD", len(NAMES), total)
    expires = datetime.fromisoformat(report["expiresAt"])
    assert timedelta(seconds=500) < expires - datetime.now(UTC) <= timedelta(seconds=600)


def test_whoever_has_the_link_gets_the_pdf(api: httpx2.Client, report: Json) -> None:
    answer = httpx2.get(report["url"], verify=False)
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-")
    assert answer.headers["content-type"] == "application/pdf"
    assert re.fullmatch(r'attachment; filename="deleted-orders-[0-9-]+\.pdf"', answer.headers["content-disposition"])
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["cache-control"] == "no-store"
    assert int(answer.headers["content-length"]) == len(answer.content)
    text = text_of(answer.content)
    cents = [int(found.replace(".", "")) for found in re.findall(r"([\d.]+) USD (?=[\d.]+)", text)]
    assert sum(cents) == 999 * sum(range(1, len(NAMES) + 1))
    assert "Ada <b>" in text
    assert '<img src="/etc/hostname"/>' in text
    assert "王小明" in text


def test_head_says_what_get_would(report: Json) -> None:
    got, head = httpx2.get(report["url"], verify=False), httpx2.head(report["url"], verify=False)
    assert (head.status_code, head.content) == (200, b"")
    wanted = ("content-type", "content-length", "content-disposition", "cache-control")
    assert {name: head.headers[name] for name in wanted} == {name: got.headers[name] for name in wanted}


def altered(url: str) -> Iterator[str]:
    """Links that are not quite it."""
    path, _, query = url.partition("?")
    pairs = query.split("&")
    yield path
    yield f"{path}?"
    yield url + "&x=1"
    yield f"{path}?x=1&{query}"
    yield f"{path}?{'&'.join(reversed(pairs))}"
    yield from (f"{path}?{'&'.join(pair for pair in pairs if pair is not gone)}" for gone in pairs)
    yield from (f"{url}&{pair}" for pair in pairs)
    yield url[:-1]
    yield url[:-1] + ("A" if url[-1] != "A" else "B")
    yield f"{path}?{query.rpartition('=')[0]}={query.rpartition('=')[2].swapcase()}"
    yield url.replace("expires=", "expires=1")
    yield re.sub(r"expires=(\d+)", lambda found: f"expires={int(found[1]) + 1}", url)
    yield url.replace("application%2Fpdf", "text%2Fhtml")
    yield url.replace("application%2Fpdf", "application/pdf")
    yield url.replace("application%2Fpdf", "application%252Fpdf")
    yield url.replace("name=", "name=x")
    yield url.replace("/objects/reports/", "/objects/archive/")
    yield url.replace("/objects/reports/", "/objects/reports/x")
    yield url.replace("/reports/deleted", "/reports/Deleted")
    yield url.replace("/reports/deleted", "/reports/%64eleted")
    yield url.replace("/reports/", "/Reports/")
    yield url.replace(".pdf?", ".pdf%00?")


def test_a_link_that_is_not_as_it_was_given_is_refused(api: httpx2.Client, report: Json) -> None:
    urls = list(altered(report["url"]))
    assert len(set(urls)) == len(urls) > 20
    for url in urls:
        with closing(httpx2.Client(verify=False)) as plain:
            answer = plain.send(raw_request(url))
        problem(api, answer, 403, "forbidden")


def raw_request(url: str) -> httpx2.Request:
    """A GET of exactly this text: clients tidy what they are given."""
    request = httpx2.Request("GET", url)
    parts = urlsplit(url)
    target = parts.path + ("?" + parts.query if parts.query or url.endswith("?") else "")
    request.extensions["target"] = target.encode()
    return request


@pytest.mark.parametrize(
    "path", ["/objects/reports/../archive/x", "/objects/reports/%2e%2e%2fx", "/objects/reports/a%2Fb"]
)
def test_no_path_leads_out(api: httpx2.Client, server: Server, path: str) -> None:
    answer = api.send(raw_request(f"{server.url}{path}?expires=9&signature={'A' * 43}"))
    assert answer.status_code in (403, 404)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
def test_no_other_method_is_signed(api: httpx2.Client, report: Json, method: str) -> None:
    target = report["url"].partition("/objects")[1:]
    problem(api, api.request(method, "".join(target)), 403, "forbidden")


def test_a_token_that_does_not_verify_is_refused_here_too(api: httpx2.Client, report: Json) -> None:
    answer = httpx2.get(report["url"], headers={"Authorization": "Bearer guess"}, verify=False)
    problem(api, answer, 401, "unauthorized")


def test_an_object_that_is_gone_is_not_there(api: httpx2.Client, server: Server) -> None:
    body = {"from": "2001-01-01", "to": "2001-02-01"}
    made = api.post("/reports", json=body, headers=server.staff).json()
    assert (made["orders"], made["total"], made["totals"]) == (0, "0.00", [])
    assert "No orders were deleted" in text_of(httpx2.get(made["url"], verify=False).content)
    key = urlsplit(made["url"]).path.rpartition("/")[2]
    (server.data / "objects" / "reports" / key).unlink()
    problem(api, httpx2.get(made["url"], verify=False), 404, "not-found")


def test_an_object_that_was_spoilt_is_no_answer(api: httpx2.Client, server: Server) -> None:
    made = api.post("/reports", json={"from": "2002-01-01", "to": "2002-02-01"}, headers=server.staff).json()
    path = server.data / "objects" / "reports" / urlsplit(made["url"]).path.rpartition("/")[2]
    raw = bytearray(path.read_bytes())
    raw[100] ^= 1
    path.write_bytes(raw)
    problem(api, httpx2.get(made["url"], verify=False), 500, "internal-error")
    wait_for(lambda: "is not what was put" in server.log.read_text(), "the log says which object")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({}, {"/from", "/to"}),
        ({"from": "2026-02-30", "to": 1, "expiresIn": 1, "x": 2}, {"/from", "/to", "/expiresIn", "/x"}),
        ({"from": "2026-12-01", "to": "2026-11-01"}, {"/to"}),
    ],
)
def test_what_is_wrong_is_named(api: httpx2.Client, server: Server, body: Json, pointers: set[str]) -> None:
    answer = problem(api, api.post("/reports", json=body, headers=server.staff), 422, "invalid-report")
    assert {error["pointer"] for error in answer["errors"]} == pointers


def command(server: Server, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    """`ordermill report`, ended."""
    called = [sys.executable, "-m", "ordermill.entrypoints.cli", "report", "--url", server.url]
    called += ["--data", str(server.data), *arguments]
    return subprocess.run(called, capture_output=True, cwd=cwd, env=environment(), check=False)


def test_the_command_line_saves_it(server: Server, tmp_path: Path) -> None:
    first, end = today()["from"], today()["to"]
    done = command(server, "--from", first, "--to", end, cwd=tmp_path)
    total = f"{sum(range(1, len(NAMES) + 1)) * 999 / 100:.2f}"
    said = f"deleted-orders-{first}-{end}.pdf: {len(NAMES)} orders, {total} USD\n"
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, said, b"")
    assert "Ada <b>" in text_of((tmp_path / f"deleted-orders-{first}-{end}.pdf").read_bytes())
    piped = command(server, "--month", "2001-12", "-o", "-", cwd=tmp_path)
    assert "1 December 2001 to 31 December 2001" in text_of(piped.stdout)
    told = command(server, "--from", first, "--to", end, "--json", cwd=tmp_path)
    assert json.loads(told.stdout)["orders"] == len(NAMES)
    assert [path.name for path in tmp_path.iterdir()] == [f"deleted-orders-{first}-{end}.pdf"]


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((), 2, "Say which period"),
        (("--month", "2026-13"), 2, "is not a month such as 2026-11"),
        (("--month", "2026-11", "--from", "2026-11-01"), 2, "--month stands for --from and --to"),
        (("--month", "2026-11", "--json", "-o", "-"), 2, "cannot both go to stdout"),
        (("--from", "today", "--to", "2026-11-01"), 4, "/from: a date such as 2026-11-01"),
        (("--month", "2026-11", "-o", "no/such/folder.pdf"), 1, "no/such/folder.pdf cannot be written"),
    ],
)
def test_the_command_line_says_what_is_wrong(
    server: Server, tmp_path: Path, arguments: tuple[str, ...], status: int, said: str
) -> None:
    done = command(server, *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (status, b"")
    assert said in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_link_ends_when_it_was_told_to(make_server: MakeServer) -> None:
    first = make_server().start()
    with first.client() as api:
        made: Any = api.post("/reports", json=today() | {"expiresIn": 60}, headers=first.staff).json()
        assert httpx2.get(made["url"], verify=False).status_code == 200
    target = made["url"].removeprefix(first.url)
    first.kill()
    # On the same data, a minute later.
    second = make_server(env={"ORDERMILL_FAULTS": "on", "ORDERMILL_CLOCK_OFFSET_S": "61"}).start()
    with second.client() as api:
        answer = problem(api, api.get(target), 403, "forbidden")
        assert "expired" in answer["detail"]


def test_reports_are_made_while_nothing_can_be_stored(make_server: MakeServer) -> None:
    """Another process holds the database's write lock: orders wait, the archive is read all the same."""
    server = make_server().start()
    with server.client() as api:
        delete(api, server.staff, {"product": "Mug", "quantity": 1})
        with closing(sqlite3.connect(server.data / "ordermill.db", isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            made = api.post("/reports", json=today(), headers=server.staff)
            assert made.status_code == 201, made.text
            assert httpx2.get(made.json()["url"], verify=False).status_code == 200
            other.execute("ROLLBACK")
