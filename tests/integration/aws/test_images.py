"""Pictures through a whole deployment, in each pipeline; the mock's labeller always sees a telephone."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cloud.stack import Stack
from tests.integration.aws.conftest import MakeStack
from tests.integration.aws.orders_kit import PIPELINES, items, order, placed
from tests.pictures import base64_of, picture

pytestmark = pytest.mark.parametrize("pipeline", PIPELINES)


def upload(stack: Stack, **members: Any) -> Any:
    answer = stack.request("POST", "/images", {"image": base64_of(picture()), **members})
    assert answer.status == 201, answer.body
    return answer.json


def test_an_order_is_judged_by_what_was_seen(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    image = upload(deployed, description="a laptop")
    assert (image["verdict"], image["labels"][0]["name"]) == ("MISMATCH", "Mobile Phone")
    laptop = {"product": "Laptop", "quantity": 1, "price": "5", "imageId": image["imageId"]}
    refused = deployed.request("POST", "/orders", laptop)
    assert (refused.status, refused.json["type"]) == (422, "/problems/image-mismatch")
    assert "Mobile Phone" in refused.json["detail"]
    confirmed = deployed.request("POST", "/orders", {**laptop, "confirmMismatch": True})
    assert confirmed.status == 202, confirmed.body
    phone = placed(
        deployed, items=[{"product": "A smartphone", "quantity": 1, "unitPrice": "5"}], imageId=image["imageId"]
    )
    deployed.settle()
    for answer, verdict in ((confirmed, "MISMATCH"), (phone, "MATCH")):
        found = order(deployed, answer.json)
        assert found["status"] == "PROCESSED"
        assert (found["image"]["imageId"], found["image"]["verdict"]) == (image["imageId"], verdict)
    (row,) = items(deployed, "images")
    assert sorted(row["orderIds"]) == sorted(answer.json["orderId"] for answer in (confirmed, phone))
    shown = deployed.request("GET", f"/images/{image['imageId']}", staff=True).json
    assert (shown["orders"], shown["expiresAt"]) == (2, None)
    assert "X-Amz-Signature" in shown["url"]


def test_what_is_no_picture_is_refused_and_leaves_nothing(stack: MakeStack, pipeline: str) -> None:
    deployed = stack(pipeline)
    for sent, status in ((base64_of(b"<html>"), 422), (base64_of(picture()[:-30]), 422), ("A" * 5_700_000, 413)):
        assert deployed.request("POST", "/images", {"image": sent}).status == status
    unknown = {"product": "Car", "quantity": 1, "price": "5", "imageId": "img_0190b3a0-0000-7000-8000-000000000001"}
    refused = deployed.request("POST", "/orders", unknown)
    assert (refused.status, refused.json["errors"][0]["code"]) == (422, "unknown-image")
    bucket = deployed.deployment.bucket("image-files")
    assert "Contents" not in deployed.deployment.client("s3").list_objects_v2(Bucket=bucket)
    assert items(deployed, "images") == items(deployed, "orders") == []
