"""Service `labels`: a model of the operator's, which really looks, and Rekognition, whose answers are read rightly."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import ANY, Stubber
from moto import mock_aws
from msgspec.structs import replace
from PIL import Image

from ordermill.adapters.aws.deployment import Deployment
from ordermill.adapters.aws.labels_rekognition import LABELS_MAX, LEAST_PERCENT, RekognitionLabels
from ordermill.adapters.local.label_model import UnusableModel
from ordermill.adapters.local.labels_onnx import OnnxLabels
from ordermill.adapters.no_labels import NoLabels
from ordermill.domain.images import Label, Verdict
from ordermill.domain.matching import judge
from ordermill.ports.images import CleanPicture, Labels, LabelsUnavailable
from tests.contract.dynamo_kit import ACCOUNT, REGION, aws_session
from tests.label_models import label_model, save_model
from tests.pictures import Color, picture


def clean(color: Color = "red", size: tuple[int, int] = (64, 48)) -> CleanPicture:
    return CleanPicture(picture(color, size, "JPEG", quality=95), *size)


@pytest.fixture(params=["onnx", "rekognition"])
def labeller(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Labels]:
    if request.param == "onnx":
        yield OnnxLabels(label_model(tmp_path))
        return
    with mock_aws():
        yield RekognitionLabels(Deployment("om", REGION, ACCOUNT, session=aws_session()))


def test_labels_are_shares_most_certain_first(labeller: Labels) -> None:
    found = labeller.detect(clean())
    assert found
    assert all(0 < label.confidence <= 1 and label.name for label in found)
    assert [label.confidence for label in found] == sorted((each.confidence for each in found), reverse=True)


def test_without_a_labeller_nothing_was_looked_at() -> None:
    assert NoLabels().detect(clean()) is None


@pytest.mark.parametrize(
    "input_",
    [
        "nchw 32 rgb mean=0 std=1",
        "nhwc 48 rgb mean=0 std=1",
        "nchw 32 rgb mean=0 std=1 softmax=off",
        "nchw 32 rgb mean=0 std=1 fit=stretch",
        "32 mean=0 std=255 range=255",
        "nchw 32 rgb",
    ],
)
@pytest.mark.parametrize(
    ("color", "name", "text"), [("red", "tomato", "two tomatoes"), ("blue", "blueberry", "fresh blueberries")]
)
def test_the_model_sees_what_is_there(tmp_path: Path, input_: str, color: str, name: str, text: str) -> None:
    found = OnnxLabels(label_model(tmp_path, input_)).detect(clean(color, (90, 40)))
    assert found is not None
    assert found[0].name == name
    assert found[0].confidence > 0.9
    assert judge([text], found, 0.7).verdict is Verdict.MATCH
    assert judge(["a laptop"], found, 0.7).verdict is Verdict.MISMATCH


def test_channels_come_in_the_order_that_was_said(tmp_path: Path) -> None:
    found = OnnxLabels(label_model(tmp_path, "nchw 32 bgr mean=0 std=1")).detect(clean("red"))
    assert found is not None
    assert found[0].name == "blueberry"


def test_only_the_middle_counts_where_it_is_cropped(tmp_path: Path) -> None:
    out = io.BytesIO()
    wide = Image.new("RGB", (300, 60), "blue")
    wide.paste("red", (110, 0, 190, 60))
    wide.save(out, "JPEG", quality=95)
    picture = CleanPicture(out.getvalue(), 300, 60)
    for fit, name in (("crop", "tomato"), ("stretch", "blueberry")):
        found = OnnxLabels(label_model(tmp_path, f"32 mean=0 std=1 fit={fit}")).detect(picture)
        assert found is not None
        assert found[0].name == name


def test_names_of_a_line_are_one_thing_and_kinds_are_known(tmp_path: Path) -> None:
    model = label_model(tmp_path, labels="n02123045 tabby, tabby cat\nn02123394 Persian cat\nn02124075 Egyptian cat\n")
    found = OnnxLabels(model).detect(clean((128, 128, 128)))
    assert found is not None
    by_name = {label.name: label for label in found}
    assert by_name["tabby"].aliases == ("tabby cat",)
    assert by_name["tabby"].parents[0] == "cat"
    # None of the three is certain, but that it is a cat.
    assert by_name["tabby"].confidence < 0.5
    assert by_name["cat"].confidence > 0.99
    assert judge(["my cat"], found, 0.7).verdict is Verdict.MATCH
    assert judge(["my dog"], found, 0.7).verdict is Verdict.MISMATCH


def test_what_is_wrong_with_a_model_is_said_exactly(tmp_path: Path) -> None:
    good = label_model(tmp_path)
    (tmp_path / "no.onnx").write_bytes(b"no model")
    (tmp_path / "two.txt").write_text("a\nb\n", encoding="utf-8")
    save_model(tmp_path / "large.onnx", size=64)
    for model, said in (
        (replace(good, model=str(tmp_path / "none.onnx")), r"none\.onnx' cannot be read: No such file"),
        (replace(good, model=str(tmp_path / "no.onnx")), r"no\.onnx' cannot be loaded"),
        (replace(good, labels=str(tmp_path / "none.txt")), r"none\.txt' cannot be read: No such file"),
        (replace(good, labels=str(tmp_path / "two.txt")), "tells 3 things apart, and .* has 2 labels"),
        (
            replace(good, model=str(tmp_path / "large.onnx")),
            r"takes no input of \(1, 3, 32, 32\).*ORDERMILL_LABEL_INPUT",
        ),
        (replace(good, sha256="0" * 64), "is another than was meant: its SHA-256 is [0-9a-f]{64}"),
    ):
        with pytest.raises(UnusableModel, match=said):
            OnnxLabels(model).load()
    with pytest.raises(UnusableModel) as caught:
        OnnxLabels(replace(good, sha256="0" * 64)).load()
    digest = str(caught.value).rpartition(" ")[2]
    OnnxLabels(replace(good, sha256=digest)).load()


def rekognition() -> tuple[RekognitionLabels, Stubber]:
    deployment = Deployment("om", REGION, ACCOUNT, session=aws_session())
    return RekognitionLabels(deployment), Stubber(deployment.client("rekognition"))


ASKED = {"Image": {"Bytes": ANY}, "MaxLabels": LABELS_MAX, "MinConfidence": LEAST_PERCENT}
ANSWER = {
    "Labels": [
        {"Name": "Wheel", "Confidence": 88.123456, "Instances": [], "Parents": [{"Name": "Machine"}]},
        {
            "Name": "Car",
            "Confidence": 98.7654321,
            "Parents": [{"Name": "Vehicle"}, {"Name": "Transportation"}],
            "Aliases": [{"Name": "Automobile"}],
            "Categories": [{"Name": "Vehicles and Automotive"}],
        },
        {"Name": "Nobody", "Confidence": 31.0},
    ],
    "LabelModelVersion": "3.0",
}


def test_an_answer_of_rekognition_is_read_whole() -> None:
    labels, stubber = rekognition()
    stubber.add_response("detect_labels", ANSWER, {**ASKED, "Image": {"Bytes": clean().body}})
    with stubber:
        assert labels.detect(clean()) == (
            Label("Car", 0.9877, ("Vehicle", "Transportation"), ("Automobile",)),
            Label("Wheel", 0.8812, ("Machine",)),
            Label("Nobody", 0.31),
        )


@pytest.mark.parametrize("code", ["InvalidImageFormatException", "ImageTooLargeException", "InvalidParameterException"])
def test_a_picture_that_it_does_not_take_has_no_labels(code: str) -> None:
    labels, stubber = rekognition()
    stubber.add_client_error("detect_labels", code, "no", 400)
    with stubber:
        assert labels.detect(clean()) == ()
    assert judge(["a car"], (), 0.7).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize(
    ("code", "status"),
    [("InternalServerError", 500), ("AccessDeniedException", 400), ("ProvisionedThroughputExceededException", 400)],
)
def test_all_else_is_told_as_the_service_being_away(code: str, status: int) -> None:
    labels, stubber = rekognition()
    for _ in range(5):
        stubber.add_client_error("detect_labels", code, "no", status)
    with stubber, pytest.raises(LabelsUnavailable, match=code):
        labels.detect(clean())


def test_no_answer_is_told_as_the_service_being_away() -> None:
    class Unreachable:
        def detect_labels(self, **_: Any) -> Any:
            raise EndpointConnectionError(endpoint_url="https://rekognition")

    class Away(Deployment):
        def client(self, service: str) -> Any:
            return Unreachable()

    with pytest.raises(LabelsUnavailable, match="EndpointConnectionError"):
        RekognitionLabels(Away("om", REGION, ACCOUNT)).detect(clean())
