"""Service `labels` on a classifier that the operator names, run by ONNX Runtime in the thread that asks."""

from __future__ import annotations

import io
import threading
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from ordermill.adapters.local.label_model import LabelModel, LabelName, UnusableModel, check_file, read_labels
from ordermill.domain.images import Label
from ordermill.domain.lexicon import lexicon
from ordermill.domain.matching import names_of
from ordermill.ports.images import CleanPicture

LABELS_MAX: Final = 10
LEAST: Final = 0.01
_THREADS: Final = 2
_RESIZED: Final = 256 / 224
"""How much larger than what is cropped out of it: as classifiers are trained."""


class OnnxLabels:
    """Port `labels`. The model is loaded once: by `load`, which says what is wrong with it, or when it is needed."""

    def __init__(self, model: LabelModel) -> None:
        self._model = model
        self._lock = threading.Lock()
        self._session: Any = None
        self._labels: Sequence[LabelName] = ()

    def load(self) -> None:
        """Load it, and try it on a grey picture. Raises UnusableModel."""
        with self._lock:
            if self._session is None:
                self._open()

    def detect(self, picture: CleanPicture) -> tuple[Label, ...] | None:
        """See `Labels.detect`."""
        if self._session is None:
            self.load()
        return tuple(_labels(self._run(_pixels(picture.body, self._model)), self._labels))

    def _open(self) -> None:
        try:
            import numpy as np
            import onnxruntime as ort
        except ImportError as error:
            raise UnusableModel(
                f"ORDERMILL_LABEL_MODEL needs what is not installed ({error.name}): pip install 'ordermill[vision]'"
            ) from error
        path, labels = check_file(self._model), read_labels(Path(self._model.labels))
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = _THREADS, 1
        options.log_severity_level = 4
        try:
            session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:
            raise UnusableModel(f"the model {self._model.model!r} cannot be loaded: {_first_line(error)}") from error
        size = self._model.input.size
        shape = (1, 3, size, size) if self._model.input.layout == "nchw" else (1, size, size, 3)
        try:
            outputs = _outputs(session, np.full(shape, 0.5, np.float32))
        except Exception as error:
            raise UnusableModel(
                f"the model {self._model.model!r} takes no input of {shape}: {_first_line(error)}; "
                "ORDERMILL_LABEL_INPUT says what it wants"
            ) from error
        if outputs.size != len(labels):
            raise UnusableModel(
                f"the model {self._model.model!r} tells {outputs.size} things apart, and {self._model.labels!r} has "
                f"{len(labels)} labels"
            )
        self._labels, self._session = labels, session

    def _run(self, pixels: Any) -> Any:
        import numpy as np

        outputs: Any = _outputs(self._session, pixels).astype(np.float64)
        if not self._model.input.softmax:
            return outputs
        powers: Any = np.exp(outputs - outputs.max())
        return powers / powers.sum()


def _outputs(session: Any, pixels: Any) -> Any:
    """Its first output, as one row."""
    (taken, *_), (given, *_) = session.get_inputs(), session.get_outputs()
    return session.run([given.name], {taken.name: pixels})[0].reshape(-1)


def _pixels(body: bytes, model: LabelModel) -> Any:
    """The picture, which we encoded ourselves, as the model wants it."""
    import numpy as np
    from PIL import Image

    want = model.input
    with Image.open(io.BytesIO(body), formats=("JPEG",)) as opened:
        picture = opened.convert("RGB")
    if want.fit == "crop":
        scale = want.size * _RESIZED / min(picture.size)
        wide, high = (max(want.size, round(side * scale)) for side in picture.size)
        left, top = (wide - want.size) // 2, (high - want.size) // 2
        picture = picture.resize((wide, high), Image.Resampling.BILINEAR)
        picture = picture.crop((left, top, left + want.size, top + want.size))
    else:
        picture = picture.resize((want.size, want.size), Image.Resampling.BILINEAR)
    pixels: Any = np.asarray(picture, np.float32) * np.float32(want.range_ / 255)
    if want.order == "bgr":
        pixels = pixels[:, :, ::-1]
    pixels = (pixels - np.asarray(want.mean, np.float32)) / np.asarray(want.std, np.float32)
    if want.layout == "nchw":
        pixels = pixels.transpose(2, 0, 1)
    return np.ascontiguousarray(pixels[np.newaxis], np.float32)


def _labels(confidences: Any, names: Sequence[LabelName]) -> list[Label]:
    """The most certain ones, and kinds that several of them are of: three breeds at 0.3 are a dog at 0.9.

    Only where the confidences are shares of one whole may they be added.
    """
    found = []
    for number in confidences.argsort()[::-1][:LABELS_MAX]:
        confidence = round(float(confidences[number]), 4)
        if LEAST <= confidence <= 1:
            name = names[number]
            found.append(Label(name.name, confidence, name.parents or _kinds(name), name.aliases))
    if 0.98 <= float(confidences.sum()) <= 1.02:
        found += _kinds_of_several(found)
    return sorted(found, key=lambda label: -label.confidence)[:LABELS_MAX]


def _kinds_of_several(labels: Sequence[Label]) -> list[Label]:
    shares: dict[str, list[float]] = defaultdict(list)
    for label in labels:
        for kind in label.parents:
            shares[kind].append(label.confidence)
    known = {label.name for label in labels}
    return [
        Label(kind, round(min(1.0, sum(parts)), 4), tuple(list(lexicon().above(kind))[1:]))
        for kind, parts in shares.items()
        if len(parts) > 1 and kind not in known
    ]


def _kinds(name: LabelName) -> tuple[str, ...]:
    """What it is a kind of, the nearest first: of a tabby cat, what a tabby is, and a cat."""
    words, kinds, names = lexicon(), dict[str, int](), (name.name, *name.aliases)
    same = {words.same.get(each.casefold()) for each in names}
    for each in names:
        for known in names_of(each):
            for kind, far in words.above(known).items():
                if words.known(kind) and kind not in same:
                    kinds[kind] = min(far, kinds.get(kind, far))
    return tuple(sorted(kinds, key=kinds.__getitem__))


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
