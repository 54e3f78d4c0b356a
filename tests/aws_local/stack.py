"""The whole system in the emulator: packaged, applied, and taken down again."""

from __future__ import annotations

import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx2

from tests.aws_local.emulator import REGION, Emulator, Unusable
from tests.aws_local.terraform import Progress, Terraform, unwatched
from tests.infrastructure.workspace import workspace

STAFF: Final = "staff@example.org"
PASSWORD: Final = "Correct-Horse-1-Battery"
_ARCHITECTURES: Final = {"aarch64": "arm64"}


class Stack:
    """One system. Everything that is made for it lies in `directory`, which is to be empty."""

    def __init__(self, directory: Path) -> None:
        """Raises Unusable if Terraform is missing."""
        self.emulator = Emulator(directory)
        self._directory, self._package = directory, directory / "dist"
        self._terraform = Terraform(workspace(directory), self.emulator.access, directory / "terraform.log")
        self.outputs: dict[str, Any] = {}

    def package(self) -> int:
        """Package the functions for the emulator; how many there are. Raises Unusable."""
        program = Path(sys.executable).with_name("ordermill")
        command = [str(program), "package", "--runtime", "provided", "--output", str(self._package)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Unusable(f"packaging failed:\n{done.stderr or done.stdout}")
        return len(list(self._package.glob("lambda/provided/*.zip")))

    def start(self) -> None:
        """Start the emulator, and have Terraform find the provider. Raises Unusable."""
        self.emulator.start()
        self._terraform.init()

    def apply(self, pipeline: str, progress: Progress = unwatched) -> None:
        """Deploy it, or change what is deployed. Raises Unusable."""
        self.outputs = self._terraform.apply(self._variables(pipeline), progress)

    def destroy(self, progress: Progress = unwatched) -> None:
        """Take down what was deployed. Raises Unusable."""
        self._terraform.destroy(progress)

    def planned(self) -> dict[str, str]:
        """What Terraform would still change: address to type. Raises Unusable."""
        return self._terraform.planned()

    def stop(self) -> None:
        """End the emulator, and with it everything in it."""
        self.emulator.stop()

    @property
    def resources(self) -> int:
        """How many resources Terraform manages."""
        return len(self._terraform.state())

    def client(self) -> httpx2.Client:
        """A client of the deployed API."""
        return self.emulator.http(self.outputs["api_url"])

    def staff(self) -> Mapping[str, str]:
        """The headers of one of staff, signed in as scripts do it: with keys to AWS."""
        users, sign_in = self.emulator.client("cognito-idp"), self.outputs["sign_in"]
        pool = sign_in["user_pool_id"]
        users.admin_set_user_password(UserPoolId=pool, Username=STAFF, Password=PASSWORD, Permanent=True)
        signed_in = users.admin_initiate_auth(
            UserPoolId=pool,
            ClientId=sign_in["client_id"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": STAFF, "PASSWORD": PASSWORD},
        )
        return {"Authorization": f"Bearer {signed_in['AuthenticationResult']['AccessToken']}"}

    def _variables(self, pipeline: str) -> dict[str, object]:
        """What a deployment to take down again differs in, and what makes all of the configuration be applied."""
        machine = platform.machine()
        return {
            "region": REGION,
            "pipeline": pipeline,
            "package_dir": str(self._package),
            "lambda_runtime": "provided.al2023",
            "lambda_architecture": _ARCHITECTURES.get(machine, machine),
            "protection": False,
            "force_destroy": True,
            "staff_emails": [STAFF],
            "operator_emails": ["operator@example.org"],
            "budget_usd": 10,
            "tracing": True,
            "labels": "none",
        }
