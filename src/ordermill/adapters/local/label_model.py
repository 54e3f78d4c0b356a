"""Which model labels pictures, which labels it has, and how it wants its input: as an operator says it."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, get_args

import msgspec

Layout = Literal["nchw", "nhwc"]
Order = Literal["rgb", "bgr"]
Fit = Literal["crop", "stretch"]

DEFAULT_INPUT: Final = "nchw 224 rgb range=1 mean=0.485,0.456,0.406 std=0.229,0.224,0.225 softmax=on fit=crop"
"""What classifiers that were trained on ImageNet with PyTorch want."""

_SIDES: Final = range(16, 1025)
_LABELS_MAX: Final = 100_000
_SYNSET: Final = re.compile(r"n\d{8}\s+")


class ModelInput(msgspec.Struct, frozen=True):
    """How a picture becomes the model's input, and its output confidences.

    Channels have values from 0 to `range_`, of which `mean` is taken away before they are divided by `std`.
    """

    layout: Layout = "nchw"
    size: int = 224
    order: Order = "rgb"
    range_: float = 1.0
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    softmax: bool = True
    fit: Fit = "crop"


class LabelModel(msgspec.Struct, frozen=True):
    """What an operator configured; `sha256` of the model's file, if given."""

    model: str
    labels: str
    input: ModelInput
    sha256: str | None = None


class LabelName(msgspec.Struct, frozen=True):
    """What an output of the model means."""

    name: str
    aliases: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()


class UnusableModel(Exception):
    """Pictures cannot be labelled with it: the message says why and what to do."""


def read_input(text: str) -> ModelInput:
    """The input that `text` describes: words in any order, what is left out as in `DEFAULT_INPUT`.

    Raises ValueError, which says which word is wrong and what is expected.
    """
    found: dict[str, object] = {}
    for words in (DEFAULT_INPUT.split(), text.split()):
        seen: set[str] = set()
        for word in words:
            name, value = _read_word(word)
            if name in seen:
                raise ValueError(f"{word!r} says twice what the {name.strip('_')} is")
            seen.add(name)
            found[name] = value
    return msgspec.convert(found, ModelInput)


def _read_word(word: str) -> tuple[str, object]:
    name, equals, value = word.lower().partition("=")
    if not equals:
        for member, choices in (("layout", get_args(Layout)), ("order", get_args(Order))):
            if name in choices:
                return member, name
        if name.isdecimal() and len(name) < 6 and int(name) in _SIDES:
            return "size", int(name)
        raise ValueError(f"{word!r} is none of nchw, nhwc, rgb, bgr, a size from 16 to 1024, or name=value")
    if name in ("mean", "std"):
        return name, _three(name, value)
    if name == "range":
        if value in ("1", "255"):
            return "range_", float(value)
        raise ValueError(f"range is {value!r}; it takes 1 or 255")
    if name == "softmax":
        if value in ("on", "off"):
            return "softmax", value == "on"
        raise ValueError(f"softmax is {value!r}; it takes on, or off where the model has it built in")
    if name == "fit":
        if value in get_args(Fit):
            return "fit", value
        raise ValueError(f"fit is {value!r}; it takes crop or stretch")
    raise ValueError(f"{word!r} sets none of mean, std, range, softmax and fit")


def _three(name: str, value: str) -> list[float]:
    try:
        numbers = [float(part) for part in value.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 1:
        numbers *= 3
    if len(numbers) != 3 or not all(map(math.isfinite, numbers)) or (name == "std" and 0 in numbers):
        raise ValueError(f"{name} is {value!r}; it takes one number or three with commas between, such as 0.5,0.5,0.5")
    return numbers


def read_labels(path: Path) -> Sequence[LabelName]:
    """The labels of a file: one a line, or a JSON array, or a JSON object by number.

    Each is `name, other name, …`, after a WordNet id or not; in JSON also `{"name", "aliases", "parents"}`. Raises
    UnusableModel.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UnusableModel(f"the labels {str(path)!r} cannot be read: {why}") from error
    try:
        entries = _entries(text)
        labels = [_label(entry) for entry in entries]
    except ValueError as error:
        raise UnusableModel(f"the labels {str(path)!r} cannot be used: {error}") from error
    if not 1 <= len(labels) <= _LABELS_MAX:
        raise UnusableModel(f"the labels {str(path)!r} cannot be used: it has {len(labels)} of them")
    return labels


def _entries(text: str) -> list[object]:
    if not text.lstrip().startswith(("[", "{")):
        return [line.strip() for line in text.strip().splitlines()]
    found = json.loads(text)
    if isinstance(found, list):
        return found
    if sorted(found, key=lambda key: int(key) if key.isdecimal() else -1) != [str(n) for n in range(len(found))]:
        raise ValueError("the object's names are not the numbers from 0 on")
    # Keras writes ["n02123045", "tabby"].
    return [each[-1] if isinstance(each, list) and each else each for _, each in sorted(found.items(), key=_number)]


def _number(entry: tuple[str, object]) -> int:
    return int(entry[0])


def _label(entry: object) -> LabelName:
    if isinstance(entry, dict):
        return msgspec.convert(entry, LabelName)
    if not isinstance(entry, str):
        raise ValueError(f"{entry!r} is no label")
    names = [part.strip().replace("_", " ") for part in _SYNSET.sub("", entry).split(",")]
    name, *aliases = (each for each in names if each) if any(names) else ("",)
    return LabelName(name, tuple(aliases))


def check_file(model: LabelModel) -> Path:
    """The model's file. Raises UnusableModel where it is not there, or is another."""
    path = Path(model.model)
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest() if model.sha256 else None
    except OSError as error:
        raise UnusableModel(f"the model {model.model!r} cannot be read: {error.strerror}") from error
    if digest is not None and digest != model.sha256:
        raise UnusableModel(f"the model {model.model!r} is another than was meant: its SHA-256 is {digest}")
    return path
