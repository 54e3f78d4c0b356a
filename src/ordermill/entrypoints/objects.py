"""`GET /objects/{bucket}/{key}`: an object, to whoever has the link to it; what `Bucket.link` gives locally."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack
from typing import Final

from ordermill.adapters.disposition import disposition
from ordermill.adapters.local.links import HmacLinks
from ordermill.adapters.local.object_trailer import Trailer
from ordermill.adapters.local.objects import LocalBucket, OpenObject
from ordermill.domain.errors import Forbidden, NotFound
from ordermill.entrypoints.web import Request, Response

OBJECT_ROUTE: Final = "GET /objects/{bucket}/{key}"
_FOLDER: Final = "/objects/"
# Whatever it is, it was made of what strangers sent: as a page of ours it may do nothing.
_HEADERS: Final = (("cache-control", "no-store"), ("content-security-policy", "sandbox; default-src 'none'"))


class ObjectRoute:
    """The route, for the links of these buckets."""

    def __init__(self, links: HmacLinks, buckets: Mapping[str, LocalBucket]) -> None:
        self._links, self._buckets = links, buckets

    async def answer(self, request: Request) -> Response:
        """The object, piece by piece. Raises Forbidden, NotFound, ObjectCorrupt, BucketUnavailable."""
        link = self._links.open(request.target)
        bucket = self._buckets.get(link.bucket)
        trailer = None if bucket is None else await asyncio.to_thread(_checked, bucket, link.key)
        if bucket is None or trailer is None:
            raise NotFound("the object is not there any more")
        headers = (
            *_HEADERS,
            ("content-disposition", disposition(link.filename)),
            ("content-length", str(trailer.size)),
        )
        chunks = None if request.method == "HEAD" else _sent(bucket, link.key, trailer)
        return Response(200, b"", link.content_type, headers, chunks)


def only_get(path: str) -> None:
    """Raises Forbidden for the path of an object: a link is signed for GET, and no other method is."""
    if path.startswith(_FOLDER):
        raise Forbidden("a link to an object is for GET alone")


def _checked(bucket: LocalBucket, key: str) -> Trailer | None:
    with bucket.opened(key) as found:
        if found is None:
            return None
        found.check()
        return found.trailer


async def _sent(bucket: LocalBucket, key: str, promised: Trailer) -> AsyncGenerator[bytes]:
    """What was promised; the connection ends early where it is another object by now."""
    with ExitStack() as stack:
        found = await asyncio.to_thread(_opened, stack, bucket, key)
        if found is None or found.trailer != promised:
            raise ConnectionAbortedError(f"object {key} was replaced while it was sent")
        chunks = found.chunks()
        while chunk := await asyncio.to_thread(next, chunks, b""):
            yield chunk


def _opened(stack: ExitStack, bucket: LocalBucket, key: str) -> OpenObject | None:
    return stack.enter_context(bucket.opened(key))
