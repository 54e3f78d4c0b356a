"""Which adapter is which resource's port on AWS. Each is imported when it is asked for: most functions need few."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec

from ordermill.domain.dead_letters import PROCESSING
from ordermill.topology.model import FunctionSpec, Topology
from ordermill.topology.names import consumers, retry_queues
from ordermill.topology.views import is_streamed

if TYPE_CHECKING:
    from ordermill.bootstrap.aws import LambdaFunction


class Choices(msgspec.Struct, frozen=True):
    """What an operator chose: where mails and charges go, what labels pictures; `stripe_url` None is Stripe's own."""

    mail: Literal["store", "ses"] = "store"
    payments: Literal["sandbox", "stripe"] = "sandbox"
    labels: Literal["rekognition", "none"] = "none"
    stripe_url: str | None = None


def services_of(spec: FunctionSpec, topology: Topology) -> set[str]:
    """The services of AWS that a function talks to at nearly every message, named as the SDK names them."""
    found = {"sqs"} if spec.trigger.kind in ("queue", "stream", "dead_letters") else set()
    for resource in spec.grants:
        if resource in topology.tables or resource == "payments":
            found.add("dynamodb")
        elif resource in topology.queues or resource == "messages":
            found.add("sqs")
        elif resource in topology.topics:
            found.add("sns")
        elif resource in topology.buckets:
            found.add("s3")
        elif resource in topology.workflows:
            found.add("stepfunctions")
    return found


def port_of(resource: str, function: LambdaFunction, choices: Choices) -> object:
    """The port. Raises KeyError for a resource that there is no adapter for."""
    topology, deployment = function.topology, function.deployment
    if resource in topology.tables:
        return _TABLES[resource](function)
    if resource in topology.queues:
        from ordermill.adapters.aws.queues import SqsQueue

        return SqsQueue(deployment, resource)
    if resource in topology.topics:
        from ordermill.adapters.aws.topics import SnsTopic

        return SnsTopic(deployment, resource)
    if resource in topology.buckets:
        from ordermill.adapters.aws.objects import S3Bucket

        return S3Bucket(deployment, resource, function.ambient.clock)
    if resource in topology.workflows:
        from ordermill.adapters.aws.workflows import StepFunctionsIntake

        return StepFunctionsIntake(deployment, resource)
    return _SERVICES[resource](function, choices)


def _orders(function: LambdaFunction) -> object:
    from ordermill.adapters.aws.orders import DynamoOrders

    return DynamoOrders(function.deployment, function.ambient.clock)


def _claims(function: LambdaFunction) -> object:
    from ordermill.adapters.aws.claims import DynamoClaims

    return DynamoClaims(function.deployment, function.ambient.clock)


def _products(function: LambdaFunction) -> object:
    from ordermill.adapters.aws.products import DynamoProducts

    return DynamoProducts(function.deployment)


def _events(function: LambdaFunction) -> object:
    from ordermill.adapters.aws.events import DynamoEvents

    return DynamoEvents(function.deployment)


def _mails(function: LambdaFunction) -> object:
    from ordermill.adapters.aws.mails import DynamoMails

    return DynamoMails(function.deployment, function.ambient.clock)


def _letters(function: LambdaFunction) -> object:
    from ordermill.adapters.aws.letters import DynamoLetters

    return DynamoLetters(function.deployment, function.ambient.clock)


def _alerts(function: LambdaFunction) -> object:
    from ordermill.adapters.aws.alerts import DynamoAlerts

    return DynamoAlerts(function.deployment, function.ambient.clock)


def _archive(function: LambdaFunction) -> object:
    from ordermill.adapters.aws.archive import DynamoArchive

    return DynamoArchive(function.deployment)


def _images(function: LambdaFunction) -> object:
    from ordermill.adapters.aws.images import DynamoImages

    return DynamoImages(function.deployment, function.ambient.clock)


def _subscriptions(function: LambdaFunction) -> object:
    from ordermill.adapters.aws.subscriptions import DynamoSubscriptions

    return DynamoSubscriptions(function.deployment, function.ambient.clock)


_TABLES: Final[Mapping[str, Callable[[LambdaFunction], object]]] = {
    "orders": _orders,
    "idempotency": _claims,
    "products": _products,
    "events": _events,
    "mails": _mails,
    "dead-letters": _letters,
    "alert-log": _alerts,
    "images": _images,
    "archived-orders": _archive,
    "subscriptions": _subscriptions,
}


def _tokens(function: LambdaFunction, _: Choices) -> object:
    from ordermill.adapters.aws.signing import DerivedTokens

    return DerivedTokens(function.secrets.read)


def _mail(function: LambdaFunction, choices: Choices) -> object:
    settings, clock = function.settings, function.ambient.clock
    if choices.mail == "ses":
        from ordermill.adapters.aws.mail_ses import SesMailer

        return SesMailer(function.deployment, settings.mail_from, clock)
    from ordermill.adapters.aws.mail_store import BucketMailer

    return BucketMailer(function.deployment, settings.mail_from, clock)


def _payments(function: LambdaFunction, choices: Choices) -> object:
    clock, timeout_ms = function.ambient.clock, function.settings.payment_timeout_ms
    if choices.payments == "stripe":
        from ordermill.adapters.aws.payments_stripe import StripePayments

        url: dict[str, Any] = {} if choices.stripe_url is None else {"url": choices.stripe_url}
        return StripePayments(function.deployment, clock, function.secrets, timeout_ms, **url)
    from ordermill.adapters.aws.payments_sandbox import SandboxPayments

    return SandboxPayments(function.deployment, clock, timeout_ms)


def _messages(function: LambdaFunction, _: Choices) -> object:
    from ordermill.adapters.aws.messages import SqsMessages

    topology, pipeline = function.topology, function.pipeline
    retries, streamed = retry_queues(topology, pipeline), is_streamed(topology, pipeline, PROCESSING)
    return SqsMessages(function.deployment, consumers(topology, pipeline), retries, streamed=streamed)


def _webhooks(function: LambdaFunction, _: Choices) -> object:
    from ordermill.adapters.webhooks import HttpWebhooks

    return HttpWebhooks(function.ambient.clock, allow_local=function.settings.allow_local_webhooks)


def _pictures(_: LambdaFunction, __: Choices) -> object:
    from ordermill.adapters.pictures import ConfinedPictures

    return ConfinedPictures()


def _labels(function: LambdaFunction, choices: Choices) -> object:
    if choices.labels == "rekognition":
        from ordermill.adapters.aws.labels_rekognition import RekognitionLabels

        return RekognitionLabels(function.deployment)
    from ordermill.adapters.no_labels import NoLabels

    return NoLabels()


def _remains(_: LambdaFunction, __: Choices) -> object:
    from ordermill.adapters.aws.erasure import CloudRemains

    return CloudRemains()


def _mail_files(function: LambdaFunction, choices: Choices) -> object:
    from ordermill.adapters.aws.erasure import BucketMailFiles, NoMailFiles

    return BucketMailFiles(function.deployment) if choices.mail == "store" else NoMailFiles()


def _pdf(_: LambdaFunction, __: Choices) -> object:
    from ordermill.adapters.reports.renderer import PdfRenderer

    return PdfRenderer()


_SERVICES: Final[Mapping[str, Callable[[LambdaFunction, Choices], object]]] = {
    "tokens": _tokens,
    "mail": _mail,
    "payments": _payments,
    "messages": _messages,
    "webhooks": _webhooks,
    "pictures": _pictures,
    "labels": _labels,
    "remains": _remains,
    "mail-files": _mail_files,
    "pdf": _pdf,
}
