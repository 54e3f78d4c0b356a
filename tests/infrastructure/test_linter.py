"""A security linter looks at the plan; what it finds is listed here, each with the reason why it stays."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.infrastructure.plans import EVERYTHING
from tests.infrastructure.workspace import ROOT, plan

CHECKOV = ROOT / ".oracles/checkov/bin/checkov"

KEY_OF_ONES_OWN = "a customer's key is billed by the month; AWS's keys encrypt all the same"
STAYS = {
    "CKV2_AWS_42": "a domain and its certificate are variables: the deployer's to have",
    "CKV2_AWS_47": "a web ACL is billed by the month; nothing here runs Log4j",
    "CKV2_AWS_62": "a bucket that nobody waits for tells nobody",
    "CKV_AWS_18": "logs of access would be a further bucket; CloudTrail's data events are the deployer's to have",
    "CKV_AWS_21": "code, pages, mails and failures can be made again or expire: there is nothing to wind back",
    "CKV_AWS_26": "operators: alarms cannot publish under the account's key, and say nothing but names",
    "CKV_AWS_68": "a web ACL is billed by the month; the gateway throttles, and functions check what they are given",
    "CKV_AWS_86": "the API logs requests; addresses of people who look at pages are kept nowhere",
    "CKV_AWS_116": "only what a clock starts is asynchronous, and that has a destination for failures instead",
    "CKV_AWS_117": "nothing private is reached, and a network's gateway to the rest is billed by the hour",
    "CKV_AWS_119": KEY_OF_ONES_OWN,
    "CKV_AWS_144": "one region; tables can be wound back, and other buckets hold nothing that has to last",
    "CKV_AWS_145": KEY_OF_ONES_OWN,
    "CKV_AWS_158": KEY_OF_ONES_OWN,
    "CKV_AWS_174": "CloudFront's own certificate knows no minimum; with a domain it is TLS 1.2",
    "CKV_AWS_259": "it asks for preloading, which is for whoever owns the whole domain to decide",
    "CKV_AWS_272": "code comes from a bucket that the deployer alone writes to; a signing profile is theirs to have",
    "CKV_AWS_284": "X-Ray bills each trace: a variable, off by default",
    "CKV_AWS_285": "it asks for the data of executions in the log, which are what customers sent",
    "CKV_AWS_297": KEY_OF_ONES_OWN,
    "CKV_AWS_309": "routes that anyone may call, and those that the holder's token opens, which the function checks",
    "CKV_AWS_310": "there is one API; another region's would have no orders",
    "CKV_AWS_337": KEY_OF_ONES_OWN,
    "CKV_AWS_338": "how long logs are kept is a variable: they hold what is needed while an order is about",
    "CKV_AWS_374": "orders are taken from everywhere",
}
"""What the linter finds and we keep, and why."""

WHERE = {
    "CKV_AWS_26": r"aws_sns_topic\.operators",
    "CKV_AWS_309": r".*\[\"(GET /orders/\{orderId\}(/history)?|GET /products|POST /orders|POST .*/cancel|POST /images|"
    r"(GET|POST) /subscriptions/(confirm|unsubscribe)|POST /subscriptions)\"\]",
}
"""Of those, what is kept of some resources alone."""


def test_the_linter_finds_nothing_but_what_is_kept_on_purpose(root: Path, tmp_path: Path) -> None:
    if not CHECKOV.is_file():
        pytest.skip("checkov is not installed: make oracles")
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(plan(root, pipeline="workflow", **EVERYTHING)), encoding="utf-8")
    options = ["--framework", "terraform_plan", "--skip-download", "--compact", "--quiet", "--soft-fail", "-o", "json"]
    done = subprocess.run([CHECKOV, "-f", file, *options], capture_output=True, text=True, check=True)
    report = json.loads(done.stdout)
    assert report["summary"]["passed"] > 500
    assert report["summary"]["parsing_errors"] == 0
    elsewhere = [
        each["resource"]
        for each in report["results"]["failed_checks"]
        if not re.fullmatch(WHERE.get(each["check_id"], ".*"), each["resource"])
    ]
    assert elsewhere == []
    found = {
        each["check_id"]: f"{each['check_name']}: {each['resource']}" for each in report["results"]["failed_checks"]
    }
    assert {id_: told for id_, told in found.items() if id_ not in STAYS} == {}
    assert STAYS.keys() - found.keys() == set(), "these are not found any more"
