"""`ordermill doctor`: what labels pictures."""

from __future__ import annotations

from pathlib import Path

from ordermill.entrypoints.cli.doctor_labels import labels_check
from tests.label_models import label_model


def test_none_is_fine_and_said() -> None:
    check = labels_check({})
    assert (check.state, check.found) == ("ok", "none: pictures stay UNCHECKED")


def test_a_model_is_loaded_and_tried(tmp_path: Path) -> None:
    model = label_model(tmp_path)
    env = {"ORDERMILL_LABEL_MODEL": model.model, "ORDERMILL_LABEL_FILE": model.labels}
    small = {**env, "ORDERMILL_LABEL_INPUT": "32"}
    assert labels_check(small).state == "ok"
    for wrong, said in (
        (env, "takes no input of (1, 3, 224, 224)"),
        ({**env, "ORDERMILL_LABEL_INPUT": "chw"}, "'chw' is none of"),
        ({**small, "ORDERMILL_LABEL_FILE": str(tmp_path / "none")}, "cannot be read"),
    ):
        check = labels_check(wrong)
        assert check.state == "fail"
        assert check.cause is not None
        assert said in check.cause
        assert check.cure is not None
