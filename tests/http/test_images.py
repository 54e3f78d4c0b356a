"""Pictures, as customers and staff meet them: with a model that looks, with none, and under load."""

from __future__ import annotations

import io
import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from PIL import Image

from tests.e2e.conftest import MakeServer
from tests.e2e.server import Server, order_until
from tests.label_models import label_model
from tests.pictures import bare_png, base64_of, picture

PIPELINES = ("workflow", "queue", "stream")
MIB = 1024 * 1024


def labelled(folder: Path) -> dict[str, str]:
    """The settings of a model that tells red from blue."""
    model = label_model(folder)
    return {
        "ORDERMILL_LABEL_MODEL": model.model,
        "ORDERMILL_LABEL_FILE": model.labels,
        "ORDERMILL_LABEL_INPUT": "nchw 32 rgb mean=0 std=1",
    }


@pytest.fixture(params=PIPELINES)
def looking(request: pytest.FixtureRequest, make_server: MakeServer, tmp_path: Path) -> Server:
    """A server of each pipeline with that model."""
    server = make_server(env=labelled(tmp_path))
    server.pipeline = request.param
    started: Server = server.start()
    return started


def upload(api: httpx2.Client, color: str = "red", **members: Any) -> Any:
    answer = api.post("/images", json={"image": base64_of(picture(color)), **members})
    assert answer.status_code == 201, answer.text
    return answer.json()


def test_an_order_with_a_wrong_picture_is_refused_until_it_is_confirmed(looking: Server) -> None:
    with looking.client() as api:
        image = upload(api, "red", description="a laptop")
        assert (image["verdict"], image["labels"][0]["name"]) == ("MISMATCH", "tomato")
        assert image["confidence"] == image["labels"][0]["confidence"] > 0.9
        assert "tomato" in image["warning"]
        wrong = {"product": "Laptop", "quantity": 1, "imageId": image["imageId"]}
        refused = api.post("/orders", json=wrong)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/image-mismatch")
        assert "tomato" in refused.json()["detail"]
        values: list[object] = ["true", 1, {}]
        for sent in values:
            answer = api.post("/orders", json={**wrong, "confirmMismatch": sent})
            assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "/confirmMismatch")
        confirmed = api.post("/orders", json={**wrong, "confirmMismatch": True})
        assert confirmed.status_code == 202, confirmed.text
        order = order_until(api, confirmed.json()["orderId"], looking.staff, "PROCESSED")
        assert (order["image"]["imageId"], order["image"]["verdict"]) == (image["imageId"], "MISMATCH")
        # The same picture, and words that are right.
        right = {"description": "fresh tomatoes", "price": "3.00", "imageId": image["imageId"]}
        placed = api.post("/orders", json=right)
        assert placed.status_code == 202, placed.text
        order = order_until(api, placed.json()["orderId"], looking.staff, "PROCESSED")
        assert order["image"] == {**image, "verdict": "MATCH", "warning": None}
        shown = api.get(f"/images/{image['imageId']}", headers=looking.staff).json()
        assert (shown["orders"], shown["expiresAt"], shown["description"]) == (2, None, "a laptop")
        unknown = api.post("/orders", json={**right, "imageId": image["imageId"][:-1] + "x"})
        assert unknown.json()["errors"][0]["pointer"] == "/imageId"


def test_without_a_model_it_is_unchecked_and_says_how_to_change_that(api: httpx2.Client, running: Server) -> None:
    image = upload(api, description="a laptop")
    assert (image["verdict"], image["confidence"], image["labels"]) == ("UNCHECKED", None, [])
    assert "ORDERMILL_LABEL_MODEL" in image["warning"]
    placed = api.post("/orders", json={"product": "Laptop", "quantity": 1, "imageId": image["imageId"]})
    assert placed.status_code == 202, placed.text
    order = order_until(api, placed.json()["orderId"], running.staff, "PROCESSED")
    assert order["image"] == image


def test_staff_see_the_picture_by_a_link_and_others_nothing(api: httpx2.Client, running: Server) -> None:
    image = upload(api, "blue", description="what is blue")
    path = f"/images/{image['imageId']}"
    assert api.get(path).status_code == 401
    shown = api.get(path, headers=running.staff)
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    seen = httpx2.get(shown.json()["url"])
    assert (seen.status_code, seen.headers["content-type"]) == (200, "image/jpeg")
    assert seen.headers["x-content-type-options"] == "nosniff"
    with Image.open(io.BytesIO(seen.content)) as opened:
        assert opened.size == (shown.json()["width"], shown.json()["height"]) == (64, 48)
    assert len(seen.content) == shown.json()["size"]


def test_a_model_that_cannot_be_used_keeps_the_server_from_starting(make_server: MakeServer, tmp_path: Path) -> None:
    env = labelled(tmp_path)
    (tmp_path / "labels.txt").write_text("one\ntwo\n", encoding="utf-8")
    server = make_server(env=env).spawn()
    assert server.process.wait(20) == 2
    assert "tells 3 things apart, and" in server.log_text()
    assert "Traceback" not in server.log_text()


def test_sizes_are_refused_at_their_limits(api: httpx2.Client) -> None:
    largest = {"image": base64_of(b"x" * 4 * MIB)}
    assert api.post("/images", json=largest).status_code == 422
    for body, status in (
        (json.dumps({"image": base64_of(b"x" * (4 * MIB + 1))}).encode(), 413),
        (b'{"image": "", "description": "' + b"x" * 5_999_967 + b'"}', 422),
        (b'{"image": "", "description": "' + b"x" * 5_999_969 + b'"}', 413),
    ):
        answer = api.post("/images", content=body, headers={"content-type": "application/json"})
        assert answer.status_code == status, (len(body), answer.text)
    # Everywhere else a body has its limit of before.
    answer = api.post("/orders", content=b"{" + b" " * 256 * 1024, headers={"content-type": "application/json"})
    assert answer.status_code == 413


def test_a_burst_of_large_pictures_is_taken_or_refused_and_holds_up_no_order(running: Server) -> None:
    large = json.dumps({"image": base64_of(bare_png(5000, 4000, bits=8, kind=2))}).encode()
    answers: list[int] = []

    def send() -> None:
        with running.client() as client:
            client.timeout = 60
            sent = client.post("/images", content=large.ljust(5_900_000), headers={"content-type": "application/json"})
            answers.append(sent.status_code)

    with ThreadPoolExecutor(12) as threads, running.client() as api:
        for _ in range(12):
            threads.submit(send)
        slowest = 0.0
        while len(answers) < 12:
            since = time.monotonic()
            assert api.post("/orders", json={"amount": "1.00"}).status_code in (202, 503)
            slowest = max(slowest, time.monotonic() - since)
    assert set(answers) <= {201, 503}
    assert 201 in answers
    assert slowest < 5
