"""Writes `python/uhub/_sync.py`, the face without `await`, from `_aio.py`: `python sync.py`, or `--check`."""

import pathlib
import re
import sys

HERE = pathlib.Path(__file__).parent / "python" / "uhub"

WORDS = [
    ("AsyncIterator", "Iterator"),
    ("AsyncHub", "Hub"),
    ("AsyncSession", "Session"),
    ("__aenter__", "__enter__"),
    ("__aexit__", "__exit__"),
    ("async def ", "def "),
    ("async for ", "for "),
    ("await ", ""),
]

TAIL = '''def _request(
    core: _uhub.Core,
    user: str,
    method: str,
    where: str,
    sent: bytes | None,
    tag: str | None,
    key: str | None,
) -> tuple[int, str | None, bytes]:
    return core.request(user, method, where, sent, tag, key)


def _next(pieces: _uhub.Body) -> bytes | None:
    return pieces.next()


def _thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    return call(*args, **kwargs)


def serve(url: str = "memory", **options: Any) -> Hub:
    """Opens a hub, starts a worker and the bundled HTTP server, and returns the hub; `close` stops all of it."""
    hub = Hub.open(url, **options)
    hub.start_worker()
    hub.start_server()
    return hub
'''


def sync(text: str) -> str:
    text = text[: text.index("async def _request(")]
    for word, other in WORDS:
        text = text.replace(word, other)
    text = re.sub(r"\((self\._ask\([^()]*(?:\([^()]*\)[^()]*)*\))\)\[1\]", r"\1[1]", text)
    text = text.replace("import asyncio\n", "")
    first, rest = text.split("\n", 1)
    assert first.startswith('"""'), first
    return '"""A hub in this process. Written from `_aio.py` by `sync.py`: change that."""\n' + rest + TAIL


if __name__ == "__main__":
    target = HERE / "_sync.py"
    made = sync((HERE / "_aio.py").read_text())
    if "--check" in sys.argv:
        sys.exit(0 if target.read_text() == made else "python/uhub/_sync.py is out of date: python uhub-py/sync.py")
    target.write_text(made)
