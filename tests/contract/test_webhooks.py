"""The port `webhooks` over real sockets: where it posts, where it does not, and what becomes of each answer."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from email.utils import formatdate

import pytest

from ordermill.adapters.webhooks import AT_ONCE, HttpWebhooks
from ordermill.ports.services import WebhookBusy, WebhookError, WebhookRefused
from tests.webhook_target import Reply, Target, certificate, serving, unused_port

NAME = "hooks.example"
NOW_S = 1_763_640_000
HEADERS = {"content-type": "application/json", "webhook-id": "alr_1-1"}


class Clock:
    def now_ms(self) -> int:
        return NOW_S * 1000


class Resolver:
    """Answers in turn; the last answer stays."""

    def __init__(self, *answers: list[str]) -> None:
        self.asked: list[str] = []
        self._answers = list(answers)

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


@pytest.fixture
def target() -> Iterator[Target]:
    with serving(Target()) as running:
        yield running


@pytest.fixture
def sentinel() -> Iterator[socket.socket]:
    """A port of this machine that nobody may connect to."""
    with unused_port() as listener:
        listener.setblocking(False)
        yield listener
        with pytest.raises(BlockingIOError):
            listener.accept()


@pytest.fixture(scope="module")
def contexts(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    return certificate(tmp_path_factory.mktemp("tls"), NAME)


def local(**options: object) -> HttpWebhooks:
    return HttpWebhooks(Clock(), allow_local=True, **options)  # type: ignore[arg-type]


def test_a_post_arrives_as_it_was_given(target: Target) -> None:
    local().post(f"{target.url}?a=b%20c", HEADERS, b'{"text":"x"}')
    (got,) = target.got
    assert (got.path, got.body) == ("/hook?a=b%20c", b'{"text":"x"}')
    assert got.headers["host"] == f"127.0.0.1:{target.port}"
    assert got.headers["webhook-id"] == "alr_1-1"
    assert got.headers["user-agent"].startswith("ordermill/")


# What each answer means: None where the post was taken, else whether to try again.
ANSWERS = [
    *((status, None) for status in (200, 201, 202, 204, 299)),
    *((status, False) for status in (300, 301, 302, 303, 307, 308, 400, 401, 403, 404, 405, 410, 413, 415, 422, 451)),
    *((status, True) for status in (408, 425, 429, 500, 501, 502, 503, 504, 599)),
]


@pytest.mark.parametrize(("status", "again"), ANSWERS, ids=str)
def test_what_an_answer_means(target: Target, status: int, again: bool | None) -> None:
    target.replies = [Reply(status, body=b"" if status == 204 else b"the target's own words")]
    if again is None:
        local().post(target.url, HEADERS, b"{}")
        return
    with pytest.raises(WebhookError if again else WebhookRefused) as raised:
        local().post(target.url, HEADERS, b"{}")
    assert str(status) in str(raised.value)
    assert "words" not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "text", "wait_ms"),
    [
        (429, "7", 7000),
        (503, "0", 0),
        (503, formatdate(NOW_S + 90, usegmt=True), 90_000),
        (429, formatdate(NOW_S - 90, usegmt=True), 0),
        (429, "86400", 900_000),
        (429, "9" * 40, 900_000),
        (503, formatdate(NOW_S + 86_400, usegmt=True), 900_000),
        (429, "soon", None),
        (429, "-5", None),
        (503, "1.5", None),
        (503, "٣", None),
        (500, "7", None),
        (408, "7", None),
    ],
)
def test_a_target_may_ask_for_time(target: Target, status: int, text: str, wait_ms: int | None) -> None:
    target.replies = [Reply(status, {"retry-after": text.encode().decode("latin-1")})]
    with pytest.raises(WebhookError) as raised:
        local().post(target.url, HEADERS, b"{}")
    assert raised.value.retry_after_ms == wait_ms


@pytest.mark.parametrize("pause_s", [0.05, 60])
def test_an_answer_whose_body_dawdles_is_an_answer(target: Target, pause_s: float) -> None:
    target.replies = [Reply(200, {"content-length": "10000"}, b"x", more=[b"x"] * 9999, pause_s=pause_s)]
    post = threading.Thread(target=_quietly(local(within_s=60), target.url), daemon=True)
    post.start()
    post.join(20)
    assert not post.is_alive()


def test_a_redirect_is_not_followed(target: Target, sentinel: socket.socket) -> None:
    target.replies = [Reply(307, {"location": f"http://127.0.0.1:{sentinel.getsockname()[1]}/"})]
    with pytest.raises(WebhookRefused, match="redirects"):
        local().post(target.url, HEADERS, b"{}")
    assert len(target.got) == 1


def test_no_cookie_is_kept(target: Target) -> None:
    target.replies = [Reply(200, {"set-cookie": "a=b; Path=/"})]
    webhooks = local()
    for _ in range(2):
        webhooks.post(target.url, HEADERS, b"{}")
    assert all("cookie" not in got.headers for got in target.got)


def test_no_proxy_is_asked(target: Target, sentinel: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{sentinel.getsockname()[1]}")
    local(resolve=Resolver(["127.0.0.1"])).post(f"http://{NAME}:{target.port}/", HEADERS, b"{}")
    assert len(target.got) == 1


def test_of_a_long_answer_only_the_beginning_is_read(target: Target) -> None:
    size, pieces = 64 * 1024, 1024
    target.replies = [Reply(200, {"content-length": str(size * pieces)}, b"", more=[b"x" * size] * pieces)]
    local().post(target.url, HEADERS, b"{}")
    # What the machine itself holds ready is more than what is read, but far from all of it.
    assert target.written < size * pieces


# Row 54 and its kin; {port} is the sentinel's.
FORBIDDEN = [
    "http://hooks.example/",
    "file:///etc/passwd",
    "gopher://hooks.example/",
    "//hooks.example/",
    "https:///path",
    "https://user:pass@hooks.example/",
    "https://@hooks.example/",
    "https://hooks.example/#fragment",
    "https://hooks.example:22/",
    "https://hooks.example:0/",
    "https://hooks.example:99999/",
    "https://127.0.0.1:{port}/",
    "https://[::1]:{port}/",
    "https://0x7f.1:{port}/",
    "https://0x7f000001:{port}/",
    "https://2130706433:{port}/",
    "https://127.1:{port}/",
    "https://0177.0.0.1:{port}/",
    "https://127.0.0.1.:{port}/",
    "https://0.0.0.0:{port}/",
    "https://[::]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://[::ffff:169.254.169.254]/",
    "https://[64:ff9b::7f00:1]:{port}/",
    "https://[2002:7f00:1::]:{port}/",
    "https://[2001:0:7f00:1::]:{port}/",
    "https://[::7f00:1]:{port}/",
    "https://[fe80::1%25lo]:{port}/",
    "https://[fec0::1]/",
    "https://[fd00::1]/",
    "https://[ff02::1]/",
    "https://10.0.0.1/",
    "https://100.64.0.1/",
    "https://169.254.169.254/latest/meta-data/",
    "https://172.16.0.1/",
    "https://192.168.0.1/",
    "https://192.88.99.1/",
    "https://198.18.0.1/",
    "https://224.0.0.1/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://good.example\\@127.0.0.1:{port}/",
    "https://127。0。0。1:{port}/",
    "https://①②⑦.0.0.1:{port}/",
    "https://localhost:{port}/",
    "https://localhost.:{port}/",
    "https://LOCALHOST:{port}/",
    "https://a.localhost:{port}/",
    "https://hooks.example/a b",
    "https://hooks.example/\r\nX: y",
    "https://-.example/",
    "https://" + "a" * 300 + ".example/",
    "",
]


@pytest.mark.parametrize("url", FORBIDDEN)
def test_where_it_does_not_post(sentinel: socket.socket, url: str) -> None:
    """Names resolve to this machine, so that whatever passed would be met at the sentinel."""
    webhooks = HttpWebhooks(Clock(), resolve=Resolver(["127.0.0.1"]))
    with pytest.raises(WebhookRefused) as raised:
        webhooks.post(url.replace("{port}", str(sentinel.getsockname()[1])), HEADERS, b"{}")
    assert "example" not in str(raised.value)


@pytest.mark.parametrize("url", FORBIDDEN)
def test_such_a_url_is_refused_before_any_name_is_resolved(url: str) -> None:
    resolver = Resolver(["93.184.215.14"])
    with pytest.raises(WebhookRefused):
        HttpWebhooks(Clock(), resolve=resolver).post(url.replace("{port}", "8443"), HEADERS, b"{}")
    assert resolver.asked == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["::1"],
        ["10.1.2.3"],
        ["::ffff:127.0.0.1"],
        ["fe80::1%lo"],
        ["93.184.215.14", "127.0.0.1"],
        ["127.0.0.1", "93.184.215.14"],
        ["2606:2800:21f::1", "64:ff9b::7f00:1"],
    ],
    ids=str,
)
def test_a_name_that_leads_into_our_network_is_refused(sentinel: socket.socket, addresses: list[str]) -> None:
    """Also where only one of its addresses does."""
    webhooks = HttpWebhooks(Clock(), resolve=Resolver(addresses))
    with pytest.raises(WebhookRefused, match="public"):
        webhooks.post(f"https://{NAME}:{sentinel.getsockname()[1]}/", HEADERS, b"{}")


def test_a_name_is_resolved_once_for_each_post_and_checked_each_time(
    contexts: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    """A resolver that changes its mind: within a post nobody asks it again, and at the next it is found out."""
    server, client = contexts
    resolver = Resolver(["127.0.0.1"], ["169.254.169.254"])
    with serving(Target(), server) as target:
        webhooks = local(resolve=resolver, tls=client)
        webhooks.post(f"https://{NAME}:{target.port}/", HEADERS, b"{}")
        assert resolver.asked == [NAME]
        with pytest.raises(WebhookRefused):
            webhooks.post(f"https://{NAME}:{target.port}/", HEADERS, b"{}")
        assert (len(target.got), resolver.asked) == (1, [NAME, NAME])


@pytest.mark.parametrize("url", ["http://169.254.169.254/", "http://0.0.0.0/", "http://224.0.0.1/", "ftp://127.0.0.1/"])
def test_even_where_local_targets_are_allowed(url: str) -> None:
    with pytest.raises(WebhookRefused):
        local().post(url, HEADERS, b"{}")


class TestTls:
    """The certificate and the name that is asked for are the URL's, whatever the address."""

    @pytest.fixture
    def secure(self, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> Iterator[Target]:
        with serving(Target(), contexts[0]) as running:
            yield running

    def test_the_name_is_the_urls(self, secure: Target, contexts: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
        webhooks = local(resolve=Resolver(["127.0.0.1"]), tls=contexts[1])
        webhooks.post(f"https://{NAME}:{secure.port}/x", HEADERS, b"{}")
        assert secure.names == [NAME]
        assert secure.got[0].headers["host"] == f"{NAME}:{secure.port}"

    def test_another_names_certificate_is_refused(
        self, secure: Target, contexts: tuple[ssl.SSLContext, ssl.SSLContext]
    ) -> None:
        webhooks = local(resolve=Resolver(["127.0.0.1"]), tls=contexts[1])
        with pytest.raises(WebhookError, match="certificate is not valid: Hostname mismatch"):
            webhooks.post(f"https://other.example:{secure.port}/", HEADERS, b"{}")
        assert secure.got == []

    def test_a_certificate_that_nobody_vouches_for_is_refused(self, secure: Target) -> None:
        webhooks = local(resolve=Resolver(["127.0.0.1"]))
        with pytest.raises(WebhookError, match="certificate is not valid"):
            webhooks.post(f"https://{NAME}:{secure.port}/", HEADERS, b"{}")
        assert secure.got == []

    def test_a_server_without_tls_is_no_target(self, target: Target) -> None:
        webhooks = local(resolve=Resolver(["127.0.0.1"]))
        with pytest.raises(WebhookError):
            webhooks.post(f"https://{NAME}:{target.port}/", HEADERS, b"{}")
        assert target.got == []


class TestUnreachable:
    """What cannot be reached now is tried again later."""

    def test_a_name_without_an_address(self) -> None:
        def unknown(host: str, port: int) -> list[str]:
            raise socket.gaierror(-2, "Name or service not known")

        for resolve in (unknown, Resolver([])):
            with pytest.raises(WebhookError, match="its name"):
                local(resolve=resolve).post(f"https://{NAME}/", HEADERS, b"{}")

    def test_nobody_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        with pytest.raises(WebhookError, match="refused"):
            local().post(f"http://127.0.0.1:{port}/", HEADERS, b"{}")

    def test_the_next_address_is_tried(self, target: Target) -> None:
        local(resolve=Resolver(["127.0.0.9", "127.0.0.1"])).post(f"http://{NAME}:{target.port}/", HEADERS, b"{}")
        assert len(target.got) == 1

    def test_it_hangs_up(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            threading.Thread(target=lambda: listener.accept()[0].close(), daemon=True).start()
            with pytest.raises(WebhookError, match="broke"):
                local().post(f"http://127.0.0.1:{listener.getsockname()[1]}/", HEADERS, b"{}")

    def test_it_never_answers(self, target: Target) -> None:
        target.replies = [Reply(until=threading.Event())]
        with pytest.raises(WebhookError, match=r"no answer within 0\.2 s"):
            local(within_s=0.2).post(target.url, HEADERS, b"{}")

    def test_it_answers_drop_by_drop(self) -> None:
        """Each byte comes in good time, the answer never."""
        ended = threading.Event()

        def drip(listener: socket.socket) -> None:
            connection, _ = listener.accept()
            with connection:
                while not ended.wait(0.02):
                    try:
                        connection.sendall(b"x")
                    except OSError:
                        return

        with socket.create_server(("127.0.0.1", 0)) as listener:
            listener_thread = threading.Thread(target=drip, args=(listener,))
            listener_thread.start()
            try:
                with pytest.raises(WebhookError, match="no answer"):
                    local(within_s=0.3).post(f"http://127.0.0.1:{listener.getsockname()[1]}/", HEADERS, b"{}")
            finally:
                ended.set()
                listener_thread.join()


def test_a_target_that_hangs_leaves_room_for_the_others(target: Target) -> None:
    released = threading.Event()
    webhooks = local(within_s=20)
    with serving(Target(Reply(until=released))) as hanging:
        threads = [threading.Thread(target=_quietly(webhooks, hanging.url)) for _ in range(AT_ONCE)]
        for thread in threads:
            thread.start()
        for _ in threads:
            assert hanging.arrived.acquire(timeout=10)
        with pytest.raises(WebhookBusy):
            webhooks.post(hanging.url, HEADERS, b"{}")
        webhooks.post(target.url, HEADERS, b"{}")
        released.set()
        for thread in threads:
            thread.join(10)
        webhooks.post(hanging.url, HEADERS, b"{}")
    assert (len(hanging.got), len(target.got)) == (AT_ONCE + 1, 1)


def _quietly(webhooks: HttpWebhooks, url: str) -> Callable[[], None]:
    return lambda: webhooks.post(url, HEADERS, b"{}")


def test_a_shipped_trust_store_is_there() -> None:
    """Without one every target's certificate would be refused."""
    webhooks = HttpWebhooks(Clock())
    context = webhooks._tls
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_paths_are_sent_as_written(target: Target) -> None:
    for path in ("/a//b", "/%2e%2e/x", "/T0/B0/x?y=1&z", "/a;b=c"):
        local().post(f"http://127.0.0.1:{target.port}{path}", HEADERS, b"{}")
    assert [got.path for got in target.got] == ["/a//b", "/%2e%2e/x", "/T0/B0/x?y=1&z", "/a;b=c"]
