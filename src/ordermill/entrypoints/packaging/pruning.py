"""What is taken out of others' packages: what changes from build to build, and what no function uses."""

from __future__ import annotations

import gzip
import json
import shutil
from pathlib import Path
from typing import Final

SERVICES: Final = frozenset(
    {
        "cognito-idp",
        "dynamodb",
        "rekognition",
        "s3",
        "sesv2",
        "sns",
        "sqs",
        "ssm",
        "stepfunctions",
        "sts",
    }
)
"""The services whose descriptions botocore keeps; it brings those of over 400."""

UNUSED: Final = ("dns", "dnspython-*.dist-info")
"""What others require and nothing imports: email-validator looks a domain up only where it is asked to."""

FONTS: Final = frozenset({"__init__", "FiraGO_Regular", "NotoSans_Bold", "NotoSans_Regular"})
"""The modules of pymupdf-fonts that reports use; it brings thirty."""

_RECORDS: Final = frozenset({"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"})
"""What pip notes about an installation."""


def prune(packages: Path) -> None:
    """Take it all out of a folder that `wheels.install` filled; licences stay."""
    # Scripts begin with the path of the Python that installed them.
    shutil.rmtree(packages / "bin", ignore_errors=True)
    for found in (found for pattern in UNUSED for found in packages.glob(pattern)):
        shutil.rmtree(found)
    for found in packages.glob("*.dist-info/*"):
        if found.name in _RECORDS:
            found.unlink()
    for font in (packages / "pymupdf_fonts").glob("*.py"):
        if font.stem not in FONTS:
            font.unlink()
    _prune_botocore(packages / "botocore" / "data")


def _prune_botocore(data: Path) -> None:
    if not data.is_dir():
        return
    for service in data.iterdir():
        if service.is_dir() and service.name not in SERVICES:
            shutil.rmtree(service)
    # Only the documentation shows them.
    for examples in data.glob("*/*/examples-1.json*"):
        examples.unlink()
    _prune_endpoints(data)


def _prune_endpoints(data: Path) -> None:
    """Of all services' hosts in all regions, which are read for the first client: it would take as long as all else."""
    prefixes = {
        json.loads(gzip.decompress(path.read_bytes()))["metadata"]["endpointPrefix"]
        for path in data.glob("*/*/service-2.json.gz")
    }
    file = data / "endpoints.json"
    endpoints = json.loads(file.read_bytes())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: each for name, each in partition["services"].items() if name in prefixes}
    file.write_text(json.dumps(endpoints, separators=(",", ":")), encoding="utf-8")
