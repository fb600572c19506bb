"""Log lines, and reports of errors to a stand-in for Sentry on loopback."""

import gzip
import io
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from bot.logs import configure_logs, error_reports
from core.errors import MatineeError

# Put together, so that no line of source shows it.
WISH = " and ".join(("zebrafinches", "rain"))

log = logging.getLogger("matinee.test")


def test_an_event_is_one_json_object_with_its_fields() -> None:
    stream = io.StringIO()
    configure_logs("INFO", as_json=True, stream=stream)
    log.info("stage finished", extra={"stage": "search", "milliseconds": 3.2})
    log.debug("below the level")
    line = json.loads(stream.getvalue())
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "stage finished",
        "level": "info",
        "logger": "matinee.test",
        "stage": "search",
        "milliseconds": 3.2,
    }


def test_a_terminal_gets_plain_words() -> None:
    stream = io.StringIO()
    configure_logs("INFO", as_json=False, stream=stream)
    log.warning("model failed", extra={"code": "model_busy"})
    assert "model failed" in stream.getvalue()
    assert "code=model_busy" in stream.getvalue()
    assert "\x1b" not in stream.getvalue()


def test_other_packages_are_not_heard_below_warnings() -> None:
    stream = io.StringIO()
    configure_logs("DEBUG", as_json=True, stream=stream)
    logging.getLogger("openai._base_client").debug("Request options: the text of a message")
    logging.getLogger("openai").warning("slow")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["slow"]


class Sentry(HTTPServer):
    """Keeps what it is sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.envelopes: list[str] = []


class _Handler(BaseHTTPRequestHandler):
    server: Sentry

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        packed = self.headers.get("Content-Encoding") == "gzip"
        self.server.envelopes.append((gzip.decompress(body) if packed else body).decode())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture
def sentry() -> Iterator[Sentry]:
    with Sentry() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_an_error_is_reported_without_the_request(sentry: Sentry) -> None:
    def answer(text: str) -> None:
        try:
            raise MatineeError("the index broke")
        except MatineeError as error:
            log.error("turn failed", extra={"incident": "AB12"}, exc_info=error)

    with error_reports(f"http://key@127.0.0.1:{sentry.server_port}/1"):
        log.info("a turn began")
        answer(WISH)
    [event] = [envelope for envelope in sentry.envelopes if '"type":"event"' in envelope]
    assert "the index broke" in event
    assert "AB12" in event
    assert WISH not in event
