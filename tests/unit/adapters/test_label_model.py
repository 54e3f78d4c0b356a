"""How an operator says which model labels pictures: one syntax for its input, several for its labels."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ordermill.adapters.local.label_model import (
    DEFAULT_INPUT,
    LabelName,
    ModelInput,
    UnusableModel,
    read_input,
    read_labels,
)
from ordermill.entrypoints.config import InvalidSetting, label_model_of

IMAGENET = ModelInput(mean=(0.485, 0.456, 0.406), std=(0.229, 0.224, 0.225))


def test_words_come_in_any_order_and_what_is_left_out_has_its_default() -> None:
    assert read_input("") == read_input(DEFAULT_INPUT) == IMAGENET
    assert read_input("BGR 299 nhwc range=255 mean=104,117,123 std=1 softmax=off fit=stretch") == ModelInput(
        "nhwc", 299, "bgr", 255, (104, 117, 123), (1, 1, 1), softmax=False, fit="stretch"
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chw", "'chw' is none of nchw, nhwc, rgb, bgr, a size"),
        ("15", "a size from 16 to 1024"),
        ("1025", "a size from 16 to 1024"),
        ("224 256", "'256' says twice what the size is"),
        ("rgb bgr", "'bgr' says twice what the order is"),
        ("mean=1,2", "mean is '1,2'; it takes one number or three"),
        ("mean=nan", "mean is 'nan'"),
        ("std=0,1,1", "std is '0,1,1'"),
        ("range=2", "range is '2'; it takes 1 or 255"),
        ("softmax=yes", "softmax is 'yes'"),
        ("fit=pad", "fit is 'pad'"),
        ("scale=2", "'scale=2' sets none of"),
    ],
)
def test_what_is_wrong_is_said_of_the_word(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read_input(text)


TABBY = LabelName("tabby", ("tabby cat",))


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("tench\ngoldfish\n", [LabelName("tench"), LabelName("goldfish")]),
        ("\ufefftench\r\ngoldfish", [LabelName("tench"), LabelName("goldfish")]),
        ("n02123045 tabby, tabby cat\n", [TABBY]),
        ('["tabby, tabby cat", "great_white_shark"]', [TABBY, LabelName("great white shark")]),
        ('{"0": "tabby, tabby cat", "1": "b"}', [TABBY, LabelName("b")]),
        (json.dumps({"1": ["n1", "b"], "0": ["n02123045", "tabby, tabby cat"]}), [TABBY, LabelName("b")]),
        (json.dumps({str(n): f"l{n}" for n in range(12)}), [LabelName(f"l{n}") for n in range(12)]),
        (
            '[{"name": "Car", "aliases": ["Automobile"], "parents": ["Vehicle"]}]',
            [LabelName("Car", ("Automobile",), ("Vehicle",))],
        ),
    ],
)
def test_labels_are_read_in_the_forms_they_come_in(tmp_path: Path, text: str, labels: list[LabelName]) -> None:
    path = tmp_path / "labels"
    path.write_text(text, encoding="utf-8", newline="")
    assert list(read_labels(path)) == labels


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"\xff\xfe", "it is not UTF-8"),
        (b"", "0 of them"),
        (b"[1]", "1 is no label"),
        (b'{"a": "b"}', "not the numbers from 0 on"),
        (b'{"0": "b", "2": "c"}', "not the numbers from 0 on"),
        (b"[", "cannot be used"),
        (b'[{"nam": "b"}]', "cannot be used"),
    ],
)
def test_labels_that_cannot_be_used_say_why(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "labels"
    path.write_bytes(data)
    with pytest.raises(UnusableModel, match=said):
        read_labels(path)


def test_the_environment_names_a_model_with_its_labels_or_none() -> None:
    assert label_model_of({}) is None
    model = label_model_of({"ORDERMILL_LABEL_MODEL": "/m.onnx", "ORDERMILL_LABEL_FILE": "/l.txt"})
    assert model is not None
    assert (model.model, model.labels, model.input, model.sha256) == ("/m.onnx", "/l.txt", IMAGENET, None)
    both = {"ORDERMILL_LABEL_MODEL": "m", "ORDERMILL_LABEL_FILE": "l"}
    for env, said in (
        ({"ORDERMILL_LABEL_FILE": "l"}, "ORDERMILL_LABEL_FILE is set, and ORDERMILL_LABEL_MODEL is not"),
        ({"ORDERMILL_LABEL_INPUT": "224"}, "ORDERMILL_LABEL_INPUT is set"),
        ({"ORDERMILL_LABEL_MODEL": "m"}, "ORDERMILL_LABEL_FILE is not"),
        ({**both, "ORDERMILL_LABEL_SHA256": "abc"}, "64 hexadecimal digits"),
        ({**both, "ORDERMILL_LABEL_INPUT": "chw"}, "ORDERMILL_LABEL_INPUT: 'chw' is none of"),
    ):
        with pytest.raises(InvalidSetting, match=said):
            label_model_of(env)
