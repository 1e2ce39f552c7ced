# SPDX-License-Identifier: MIT
"""A portal that does what its test tells it, where portalsim has no such manner."""

import http.server
import itertools
import socket
import threading
import time
from typing import NamedTuple

_count = itertools.count(1)


class Request(NamedTuple):
    at: float  # time.monotonic()
    path: str
    headers: object


class Answer:
    """What a path gives. `validators`: sent, and answered by 304 where the client repeats one."""

    def __init__(self, body=b"", status=200, validators=None, **headers):
        self.body = body.encode() if isinstance(body, str) else body
        self.status = status
        self.validators = validators or {}
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def is_known_to(self, asked):
        """By the tag alone where one is sent (RFC 9110 13.2.2)."""
        name, header = ("ETag", "If-None-Match") if "If-None-Match" in asked else ("Last-Modified", "If-Modified-Since")
        return header in asked and asked[header] == self.validators.get(name)

    def __call__(self, handler):
        known = self.is_known_to(handler.headers)
        handler.send_response_only(304 if known else self.status)
        given = {"Content-Type": "text/html; charset=utf-8", "Date": handler.date_time_string(),
                 **self.validators, **self.headers}
        if not known:
            given.setdefault("Content-Length", str(len(self.body)))
        for name, value in given.items():
            handler.send_header(name, value)
        handler.end_headers()
        if not known:
            handler.wfile.write(self.body)


def redirect(to, status=302):
    return Answer(status=status, Location=to)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        portal = self.server.portal
        portal.requests.append(Request(time.monotonic(), self.path, self.headers))
        portal.answer(self.path)(self)

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        pass  # the client hung up


class _SixServer(_Server):
    address_family = socket.AF_INET6


class Portal:
    """A list at /list and what `pages` says: path → Answer, or a function that is given the handler."""

    def __init__(self, directory, id=None, address=None, **settings):
        number = next(_count)
        self.id = id or f"p{number}"
        self.address = address or f"127.30.{number}.1"
        self.requests = []
        self.pages = {}
        self.rows = []          # paths or addresses that /list names
        self.settings = {"delay": "50ms", "revisit": "1s", **settings}
        self.every = "1s"
        self.directory = directory
        self.server = (_SixServer if ":" in self.address else _Server)((self.address, 0), _Handler)
        self.server.portal = self
        self.port = self.server.server_address[1]
        self.home = f"http://{self.address}:{self.port}/"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def url(self, path):
        return self.home + path.lstrip("/")

    def publish(self, path, answer):
        """A page under its path, named by /list; `answer` may be its text."""
        self.pages[path] = answer if callable(answer) else Answer(answer)
        if path not in self.rows:
            self.rows.insert(0, path)

    def answer(self, path):
        if path == "/list" and path not in self.pages:
            return Answer(list_page(self.rows))
        return self.pages.get(path, Answer("not here", status=404))

    def asked(self, path):
        return [r for r in list(self.requests) if r.path == path]

    @property
    def file(self):
        """Its portal file, as its settings are now."""
        more = "".join(f"    {key}: {value}\n" for key, value in self.settings.items())
        path = self.directory / f"{self.id}.yaml"
        path.write_text(
            f"portals:\n  - id: {self.id}\n    name: 某县{self.id}\n    home: \"{self.home}\"\n{more}"
            f"    lists:\n      - url: \"{self.url('/list')}\"\n        rows: //li\n        date: .//span\n"
            f"        next: //a[@class='next']/@href\n        every: {self.every}\n")
        return path


def list_page(rows, next=None):
    """A list page: one <li> a row, and a link to the next page."""
    items = "".join(f"<li><a href=\"{row}\">标题 {row}</a><span>2026-01-02</span></li>" for row in rows)
    link = f"<a class=\"next\" href=\"{next}\">下一页</a>" if next else ""
    return f"<!DOCTYPE html><html><body><ul>{items}</ul>{link}</body></html>"
