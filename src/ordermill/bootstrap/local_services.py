"""What is outside, as the local runtime has it: money, mail, tokens, webhooks, buckets; and how each is called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ordermill.adapters.local.label_model import LabelModel
from ordermill.adapters.local.links import HmacLinks
from ordermill.adapters.local.mail import FileMailer
from ordermill.adapters.local.mail_files import FolderMailFiles
from ordermill.adapters.local.objects import LocalBucket
from ordermill.adapters.local.payments import Gateway
from ordermill.adapters.local.smtp_server import SmtpServer
from ordermill.adapters.local.store import LocalStore
from ordermill.adapters.no_labels import NoLabels
from ordermill.adapters.pictures import ConfinedPictures
from ordermill.adapters.reports.renderer import PdfRenderer
from ordermill.adapters.tokens import HmacTokens
from ordermill.adapters.webhooks import HttpWebhooks
from ordermill.bootstrap.binding import Batch, Calling
from ordermill.bootstrap.local_ports import secret
from ordermill.bootstrap.mailing import mail_calling, mailer_of, rest_ms_of
from ordermill.ports.ambient import Clock, Settings
from ordermill.ports.images import Labels
from ordermill.topology.model import Topology

if TYPE_CHECKING:
    from ordermill.adapters.local.smtp import SmtpMailer

WEBHOOKS = Calling(6, 1)
"""Others' servers are waited for one by one."""
PICTURES = Calling(2, 1)
"""Each is a process that takes a processor."""
OBJECTS = Calling(2, 16)
"""An object waits for the disk twice."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where the services keep what is theirs: the gateway's file, folders of mails and of buckets, the mail server."""

    payments: Path
    mail: Path
    objects: Path
    smtp: SmtpServer | None = None

    @classmethod
    def of(cls, data: Path, payments: Path | None, mail: Path | None, smtp: SmtpServer | None) -> Places:
        """Beside the database, where nothing else is said."""
        beside = data.parent
        payments = payments or data.with_name(data.name + ".payments")
        return cls(payments, mail or beside / "mail", beside / "objects", smtp)


@dataclass(frozen=True, slots=True)
class LocalServices:
    """All of them; `close` the gateway at the end."""

    tokens: HmacTokens
    gateway: Gateway
    mailer: FileMailer | SmtpMailer
    webhooks: HttpWebhooks
    pictures: ConfinedPictures
    labels: Labels
    mail_files: FolderMailFiles
    buckets: Mapping[str, LocalBucket]
    links: HmacLinks
    pdf: PdfRenderer
    calling: Mapping[str, Calling]

    @property
    def ports(self) -> dict[str, object]:
        """Service or bucket to port."""
        return {
            "tokens": self.tokens,
            "payments": self.gateway,
            "mail": self.mailer,
            "webhooks": self.webhooks,
            "pictures": self.pictures,
            "labels": self.labels,
            "mail-files": self.mail_files,
            "pdf": self.pdf,
            **self.buckets,
        }

    def batches(self, replaced: Mapping[str, object]) -> dict[str, Batch]:
        """By service, what goes around a chunk of calls; one in the place of ours has nothing of ours around it."""
        gateway, mailer = self.gateway, self.mailer
        batches: dict[str, Batch] = {
            "payments": lambda calls: gateway.batch([key for call in calls for key in call.keys]),
            "mail": lambda calls: mailer.batch([mail.key for mail in calls]),
        }
        return {service: batch for service, batch in batches.items() if service not in replaced}


def services_of(
    store: LocalStore,
    places: Places,
    settings: Settings,
    clock: Clock,
    topology: Topology,
    labels: LabelModel | None = None,
) -> LocalServices:
    """The services, and the buckets of the topology; their secrets are the store's. Raises UnusableModel."""
    links = HmacLinks(secret(store.connection, "object-link-key"), settings.public_url, clock)
    rest_ms = rest_ms_of(settings)
    buckets = {name: LocalBucket(places.objects, name, clock, links.url, rest_ms=rest_ms) for name in topology.buckets}
    return LocalServices(
        tokens=HmacTokens(secret(store.connection, "order-token-key")),
        gateway=Gateway(places.payments, clock, settings.payment_timeout_ms),
        mailer=mailer_of(places.mail, places.smtp, settings, clock),
        webhooks=HttpWebhooks(clock, allow_local=settings.allow_local_webhooks),
        pictures=ConfinedPictures(),
        labels=labels_of(labels),
        mail_files=FolderMailFiles(places.mail),
        buckets=buckets,
        links=links,
        pdf=PdfRenderer(),
        calling={
            "mail": mail_calling(places.smtp),
            "webhooks": WEBHOOKS,
            "pictures": PICTURES,
            **dict.fromkeys(buckets, OBJECTS),
        },
    )


def labels_of(model: LabelModel | None) -> Labels:
    """What labels pictures, ready to. Raises UnusableModel."""
    if model is None:
        return NoLabels()
    from ordermill.adapters.local.labels_onnx import OnnxLabels  # its packages are an extra

    labels = OnnxLabels(model)
    labels.load()
    return labels
