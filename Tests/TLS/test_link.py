"""The node's listener against OpenSSL's own client: who is let in, with what, and what an outsider hears."""

import os
import re
import socket
import subprocess
import time
import unittest

from node import CARE, POLICE, STRANGER, Authority, close_shared_node, shared_node

SUITES = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
WORDS_OF_OPENSSL = re.compile(rb"depth=|verify |Can't use SSL_get_servername|[0-9A-F]{12,}:error:|Connecting to")


def tearDownModule():
    close_shared_node()


class Client:
    """`openssl s_client`, which says nothing, listens for a moment, and leaves."""

    def __init__(self, port, *options, identity=None, seconds=2.0, say=b""):
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *options]
        if identity:
            command += ["-cert", identity[0], "-key", identity[1]]
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        # With its input open it stays until the other side ends the connection.
        began = time.monotonic()
        if say:
            process.stdin.write(say)
            process.stdin.flush()
        try:
            process.wait(seconds)
            self.was_ended = True
        except subprocess.TimeoutExpired:
            self.was_ended = False
        self.seconds = time.monotonic() - began
        process.stdin.close()
        process.terminate()
        self.output = process.stdout.read()
        process.stdout.close()
        process.wait()
        self.text = self.output.decode(errors="replace")

    @property
    def version(self):
        found = re.search(r"New, (\S+), Cipher is (\S+)", self.text)
        return found[1].rstrip(",") if found else None

    @property
    def suite(self):
        found = re.search(r"New, (\S+), Cipher is (\S+)", self.text)
        return found[2] if found else None


class LinkTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = shared_node()
        cls.care = cls.node.identity("care-rightful", cls.node.authority("care").issue(CARE))

    def client(self, *options, **more):
        return Client(self.node.port, *options, **more)

    def hears(self, identity=None, *options):
        """What somebody hears within the encrypted connection: the bytes of a node's hello, or none."""
        read = Client(self.node.port, "-tls1_3", "-quiet", "-verify_quiet", *options, identity=identity, seconds=4)
        # s_client's own words are lines; a hello is a frame of the protocol, which begins with its length.
        heard = b"\n".join(line for line in read.output.split(b"\n") if not WORDS_OF_OPENSSL.match(line))
        return heard.strip(b"\n"), read

    def assertRefused(self, identity, *words):
        seen = len(self.node.said())
        heard, read = self.hears(identity)
        self.assertEqual(heard, b"", read.text)
        self.assertTrue(read.was_ended, "the node ends the connection by itself")
        self.assertLess(read.seconds, 3.5)
        # The log has a line for an address every ten seconds: what is said there is not lost in a flood.
        said = self.node.said()[seen:]
        if "connection refused" in said:
            self.assertTrue(any(word in said for word in words), said)

    def test_a_rightful_peer_is_let_in_and_hears_the_hello(self):
        """Without this the refusals below would prove nothing."""
        heard, read = self.hears(self.care)
        self.assertGreater(len(heard), 40, read.text)
        self.assertIn(POLICE.encode(), heard)

    def test_older_versions_are_refused(self):
        for version in ("-tls1", "-tls1_1", "-tls1_2"):
            # Weak suites and keys are permitted to the client, so that it is the node that refuses.
            found = self.client(version, "-cipher", "ALL:@SECLEVEL=0", identity=self.care)
            self.assertTrue("protocol version" in found.text, f"{version}: {found.text}")
            self.assertIn("Cipher is (NONE)", found.text)

    def test_the_suites_of_tls_1_3_are_offered_and_nothing_else(self):
        taken = set()
        for suite in (*SUITES, "TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"):
            found = self.client("-tls1_3", "-ciphersuites", suite, identity=self.care)
            if found.suite not in (None, "(NONE)"):
                self.assertEqual((found.version, found.suite), ("TLSv1.3", suite))
                taken.add(suite)
        self.assertEqual(taken, set(SUITES))

    def test_a_certificate_is_asked_for_without_a_word_on_whose_would_do(self):
        """Who the partners are is nobody else's business: the names of their CAs would tell it."""
        found = self.client("-tls1_3")
        self.assertIn("Requested Signature Algorithms", found.text)
        self.assertIn("No client certificate CA names sent", found.text)
        self.assertNotIn("care.E08000019", found.text)

    def test_no_certificate_no_message(self):
        self.assertRefused(None, "no certificate", "handshake")

    def test_a_certificate_of_an_unknown_authority_is_refused(self):
        for agency in (CARE, STRANGER):
            identity = self.node.identity("unknown", Authority().issue(agency))
            self.assertRefused(identity, "CA that is pinned", "handshake", "not from")

    def test_an_agency_that_is_no_party_is_refused(self):
        identity = self.node.identity("stranger", self.node.authority("stranger").issue(STRANGER))
        self.assertRefused(identity, "pinned", "no party")

    def test_another_agencys_authority_does_not_speak_for_social_care(self):
        """The police's own CA is good for the police's devices and for nobody else."""
        identity = self.node.identity("police-as-care", self.node.authority("police").issue(CARE))
        self.assertRefused(identity, "did not sign it", "pinned")

    def test_social_cares_authority_does_not_speak_for_others(self):
        for agency in (POLICE, STRANGER):
            identity = self.node.identity("care-as-other", self.node.authority("care").issue(agency))
            self.assertRefused(identity, "own agency", "no party", "devices", "device")

    def test_a_device_of_another_agency_is_refused(self):
        identity = self.node.identity("care-device", self.node.authority("care").issue(CARE, node="laptop"))
        self.assertRefused(identity, "a device syncs with the node of its own agency")

    def test_another_federation_is_refused(self):
        identity = self.node.identity("other-federation", self.node.authority("care").issue(CARE, federation="other"))
        self.assertRefused(identity, "another federation")

    def test_an_expired_certificate_is_refused(self):
        identity = self.node.identity("expired", self.node.authority("care").issue(CARE, since=-30, until=-1))
        self.assertRefused(identity, "expired")

    def test_a_certificate_that_is_not_valid_yet_is_refused(self):
        identity = self.node.identity("early", self.node.authority("care").issue(CARE, since=1, until=30))
        self.assertRefused(identity, "not valid before")

    def test_a_certificate_without_a_name_of_a_node_is_refused(self):
        identity = self.node.identity("nameless", self.node.authority("care").issue("nobody at all"))
        self.assertRefused(identity, "names no node")

    def test_no_compression_no_renegotiation_no_early_data(self):
        found = self.client("-tls1_3", identity=self.care)
        self.assertIn("Compression: NONE", found.text)
        self.assertNotRegex(found.text, r"Max Early Data: [1-9]")
        # `R` asks for a renegotiation, which TLS 1.3 does not have.
        asked = self.client("-tls1_3", identity=self.care, say=b"R\n").text.split("RENEGOTIATING")
        self.assertEqual(len(asked), 2)
        self.assertIn("wrong ssl version", asked[1])

    def test_who_comes_back_with_a_ticket_shows_who_it_is_all_the_same(self):
        """A ticket saves a handshake; `whoResumesAConnectionShowsThatItsCertificateStillHolds` shows the rest."""
        session = self.node.path("session")
        first = self.client("-tls1_3", "-sess_out", session, identity=self.care, seconds=3)
        self.assertIn("TLSv1.3", first.text)
        if not os.path.exists(session):
            return  # there are no tickets
        with open(session, encoding="utf-8") as file:
            self.assertIn("SESSION", file.read())
        # Early data on a ticket is refused, so that nothing can be played again.
        early = self.node.path("early")
        with open(early, "wb") as file:
            file.write(b"\0\0\0\4play")
        again = self.client("-tls1_3", "-sess_in", session, "-early_data", early, identity=self.care)
        self.assertNotIn("Early data was accepted", again.text)
        # On a ticket the node says hello as before, and to nobody whom it does not know.
        heard, read = self.hears(self.care, "-sess_in", session)
        self.assertIn(POLICE.encode(), heard, read.text)

    def test_what_is_no_tls_is_ended_without_a_word(self):
        for bytes_ in (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\0\0\0\4junk", b"\x16\x03\x01\xff\xff" + b"\0" * 100):
            with socket.create_connection(("127.0.0.1", self.node.port), 30) as plain:
                plain.sendall(bytes_)
                plain.settimeout(20)
                try:
                    said = plain.recv(1000)
                except ConnectionResetError:
                    said = b""
            # At most TLS's own alert, which says that this is not TLS.
            self.assertTrue(said == b"" or (said[0] == 21 and len(said) <= 7), said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
