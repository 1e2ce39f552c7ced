# SPDX-License-Identifier: MIT
"""Servers that mean harm, or are broken: each costs one visit, and the portal's other pages come through."""

import ctypes
import ctypes.util
import gzip
import itertools
import os
import socket
import ssl
import subprocess
import threading
import time

import pytest

from suoyin import wait_until
from suoyin.manners import arrives, becomes, crawler, name_server, state  # noqa: F401
from suoyin.portal import Answer, Portal, redirect
from suoyin.proc import peak_bytes

PAGE_MAX = 7864320


def most_resident_kb(daemon):
    return peak_bytes(daemon.process.pid) // 1024


def brotli(data):
    library = ctypes.CDLL("libbrotlienc.so.1")
    size = ctypes.c_size_t(len(data) // 2 + 1024)
    out = ctypes.create_string_buffer(size.value)
    assert library.BrotliEncoderCompress(5, 22, 0, ctypes.c_size_t(len(data)), data, ctypes.byref(size), out) == 1
    return out.raw[:size.value]


def zstd(data):
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_compress.restype = ctypes.c_size_t
    out = ctypes.create_string_buffer(len(data) // 2 + 1024)
    size = library.ZSTD_compress(out, ctypes.c_size_t(len(out)), data, ctypes.c_size_t(len(data)), 3)
    return out.raw[:size]


@pytest.mark.short
@pytest.mark.parametrize("encoding, pack", [("gzip", gzip.compress), ("br", brotli), ("zstd", zstd)])
def test_a_bomb_is_refused_and_fills_no_memory(pipeline, crawler, portal, published, database, encoding, pack):
    bomb = pack(bytes(256 << 20))
    assert len(bomb) < 1 << 20
    text = "某县科学技术局关于法治政府建设的报告。" * 2000
    portal.publish("/fine", Answer(pack(text.encode()), Content_Encoding=encoding))
    portal.publish("/bomb", Answer(bomb, Content_Encoding=encoding))
    portal.publish("/chunked", lambda handler: chunked(handler, bomb, encoding))
    portal.settings["revisit"] = "1h"
    pipeline.sync(portal.file)
    daemon = crawler().start()
    for path in ("/bomb", "/chunked"):
        becomes(database, portal.url(path), (None, "too_large"))
        assert state(database, portal.url(path), "refused_bytes")[0] <= PAGE_MAX + (1 << 20)
    arrives(published, portal.url("/fine"))
    assert [m.value for m in published.all()] == [text.encode()]
    assert most_resident_kb(daemon) < 100_000


def chunked(handler, data, encoding):
    handler.send_response_only(200)
    handler.send_header("Content-Encoding", encoding)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    for at in range(0, len(data), 1000):
        piece = data[at:at + 1000]
        handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    handler.wfile.write(b"0\r\n\r\n")


def endless_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    for n in itertools.count():
        handler.wfile.write(b"X-%d: %s\r\n" % (n, b"x" * 1000))


def one_endless_header(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    while True:
        handler.wfile.write(b"x" * 10000)


def endless_interim(handler):
    while True:
        handler.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")


def drip(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    while True:
        handler.wfile.write(b"x" * 20)
        handler.wfile.flush()
        time.sleep(0.3)


def drip_headers(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
    while True:
        handler.wfile.write(b"X: y\r\n")
        handler.wfile.flush()
        time.sleep(0.3)


def silent(handler):
    time.sleep(60)


def too_short(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
    handler.close_connection = True


def cut_chunks(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nshort")
    handler.close_connection = True


def two_lengths(handler):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello")
    handler.close_connection = True


def no_http(handler):
    handler.wfile.write(b"220 mail.example ESMTP ready\r\n")
    handler.close_connection = True


def nothing(handler):
    handler.close_connection = True


@pytest.mark.short
def test_answers_that_never_end_or_are_broken_fail_and_nothing_of_them_is_published(
        pipeline, crawler, portal, published, database):
    reasons = {endless_headers: "broken", one_endless_header: "broken", drip: "timeout", drip_headers: "timeout",
               silent: "timeout", too_short: "broken", cut_chunks: "broken", two_lengths: "broken", no_http: "broken",
               nothing: "broken"}
    for answer in reasons:
        portal.publish(f"/{answer.__name__}", answer)
    portal.publish("/endless_interim", endless_interim)
    portal.publish("/fine", "fine")
    portal.settings["delay"] = "50ms"
    pipeline.sync(portal.file)
    daemon = crawler(fetch__timeout="2s", fetch__connect="1s").start()
    for answer, reason in reasons.items():
        becomes(database, portal.url(f"/{answer.__name__}"), (reason, None), timeout=60)
    wait_until(lambda: state(database, portal.url("/endless_interim"))[0] in ("broken", "timeout"), 30, "it fails")
    arrives(published, portal.url("/fine"))
    assert {m.subject for m in published.all()} == {portal.url("/fine")}
    assert most_resident_kb(daemon) < 100_000 and daemon.is_ready()


@pytest.mark.short
def test_a_chain_of_300_redirects_costs_eleven_requests_and_a_loop_no_more(
        pipeline, crawler, portal, published, database):
    for hop in range(300):
        portal.pages[f"/hop{hop}"] = redirect(f"/hop{hop + 1}")
    portal.publish("/hop0", redirect("/hop1"))
    portal.publish("/loop", redirect("/loop"))
    portal.publish("/ping", redirect("/pong"))
    portal.pages["/pong"] = redirect("/ping")
    portal.publish("/fine", "fine")
    pipeline.sync(portal.file)
    crawler(retry__first="1h", retry__most="1h").start()
    for path in ("/hop0", "/loop", "/ping"):
        becomes(database, portal.url(path), ("too_many_redirects", None))
    arrives(published, portal.url("/fine"))
    assert len([r for r in portal.requests if r.path.startswith("/hop")]) == 11
    assert len(portal.asked("/loop")) == 11


# -- addresses ---------------------------------------------------------------------------------------

CLOSED = {"private.test": "10.1.2.3", "loop.test": "127.0.0.1", "link.test": "169.254.169.254", "mapped.test": "::ffff:10.1.2.3",
          "nat64.test": "64:ff9b::a01:203", "sixtofour.test": "2002:a01:203::1", "unique.test": "fd00::1", "zero.test": "0.0.0.0",
          "many.test": "10.0.0.1,192.168.1.1,::1"}


@pytest.mark.short
def test_names_that_lead_inside_are_asked_nothing(pipeline, crawler, portal, published, database, directory):
    zone = "".join(f"{name} 1 {addresses}\n" for name, addresses in CLOSED.items())
    (directory / "zone").write_text(zone + f"mixed.test 60 10.0.0.1,{portal.address}\n"
                                    f"rebind.test 0 {portal.address} | {portal.address} | 127.0.0.1\nmute.test 1 !\n")
    sim = pipeline.portalsim(portals=1, reports=1, scenario="quiet", dns=directory / "zone").start()
    heard = []
    inside = socket.create_server(("127.0.0.1", portal.port))
    threading.Thread(target=lambda: heard.append(inside.accept()), daemon=True).start()
    portal.settings["hosts"] = "[" + ", ".join([*CLOSED, "mixed.test", "rebind.test", "none.test"]) + "]"
    for name in [*CLOSED, "mixed.test", "rebind.test", "none.test"]:
        portal.rows.append(f"http://{name}:{portal.port}/a")
    portal.pages["/a"] = Answer("a")
    pipeline.sync(portal.file)
    daemon = crawler(allow_networks=[f"{portal.address}/32"], dns__servers=[name_server(sim)],
                     dns__ttl_least="500ms").start()
    for name in CLOSED:
        becomes(database, f"http://{name}:{portal.port}/a", ("address", None))
    becomes(database, f"http://none.test:{portal.port}/a", ("dns", None))
    arrives(published, f"http://mixed.test:{portal.port}/a", f"http://rebind.test:{portal.port}/a")
    # bound anew to the inside: the next visit sees it, before anything is connected
    becomes(database, f"http://rebind.test:{portal.port}/a", ("address", None), timeout=60)
    assert heard == [] and daemon.is_ready()
    inside.close()


def test_a_redirect_to_the_inside_is_asked_nothing(pipeline, crawler, portal, published, database):
    portal.settings["hosts"] = "[169.254.169.254, 127.0.0.1]"
    inside = socket.create_server(("127.0.0.1", 0))
    portal.publish("/metadata", redirect("http://169.254.169.254/latest/"))
    portal.publish("/loop", redirect(f"http://127.0.0.1:{inside.getsockname()[1]}/"))
    portal.pages["/robots.txt"] = redirect(f"http://127.0.0.1:{inside.getsockname()[1]}/robots.txt")
    pipeline.sync(portal.file)
    crawler(allow_networks=[f"{portal.address}/32"]).start()
    becomes(database, portal.url("/list"), ("address", None))
    portal.pages["/robots.txt"] = Answer("")
    becomes(database, portal.url("/metadata"), ("address", None))
    becomes(database, portal.url("/loop"), ("address", None))
    inside.settimeout(0.1)
    with pytest.raises(TimeoutError):
        inside.accept()
    inside.close()


def test_hosts_that_the_portal_does_not_name_are_asked_nothing(pipeline, crawler, portal, portals, published, database):
    spoof = portals()
    portal.rows = [spoof.url("/a"), f"http://{portal.address}.evil.test/", f"http://{portal.address}@{spoof.address}:{spoof.port}/a"]
    portal.publish("/fine", "fine")
    pipeline.sync(portal.file)
    daemon = crawler().start()
    arrives(published, portal.url("/fine"))
    daemon.wait_for_log("list_rows_skipped")
    assert spoof.requests == [] and database.value("SELECT count(*) FROM crawl.url") == 2


# -- TLS -------------------------------------------------------------------------------------------------

class Tls:
    """A portal behind TLS: its certificate signed by an authority of its own."""

    def __init__(self, portals, directory, least=None, most=None):
        self.portal = portals()
        name = self.portal.id
        self.ca = directory / f"{name}.ca"
        run = lambda *words: subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True)  # noqa: E731
        run("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=authority",
            "-keyout", directory / f"{name}.cakey", "-out", self.ca)
        run("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={self.portal.address}",
            "-keyout", directory / f"{name}.key", "-out", directory / f"{name}.csr")
        (directory / f"{name}.ext").write_text(f"subjectAltName=IP:{self.portal.address}\n")
        run("x509", "-req", "-in", directory / f"{name}.csr", "-CA", self.ca, "-CAkey", directory / f"{name}.cakey",
            "-CAcreateserial", "-days", "2", "-extfile", directory / f"{name}.ext", "-out", directory / f"{name}.crt")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if least is not None:
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.minimum_version, context.maximum_version = least, most
        context.load_cert_chain(directory / f"{name}.crt", directory / f"{name}.key")
        self.portal.server.socket = context.wrap_socket(self.portal.server.socket, server_side=True)
        self.portal.home = self.portal.home.replace("http:", "https:")
        self.portal.publish("/a", "a")


@pytest.mark.short
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_is_verified_and_less_only_where_the_portals_file_says_so(
        pipeline, crawler, portals, published, database, directory):
    plain, old, trusted, allowed = (Tls(portals, directory, *limits) for limits in (
        (), (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1), (), (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1)))
    old.portal.settings["tls"] = f"{{ca_file: {old.ca}}}"
    trusted.portal.settings["tls"] = f"{{ca_file: {trusted.ca}}}"
    allowed.portal.settings["tls"] = f"{{ca_file: {allowed.ca}, min_version: 1.0, legacy_renegotiation: true}}"
    pipeline.sync(*[t.portal.file for t in (plain, old, trusted, allowed)])
    daemon = crawler().start()
    becomes(database, plain.portal.url("/list"), ("tls", None))
    becomes(database, old.portal.url("/list"), ("tls", None))
    arrives(published, trusted.portal.url("/a"), allowed.portal.url("/a"))
    assert {m.portal for m in published.all()} == {trusted.portal.id, allowed.portal.id}
    assert plain.portal.requests == old.portal.requests == []
    for exception in ("min_version", "legacy_renegotiation", "ca_file"):
        assert daemon.metric("suoyin_tls_exceptions_total", exception=exception) >= 2
