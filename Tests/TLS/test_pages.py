"""Pages for other machines: TLS 1.3 alone, and what goes with it."""

import http.client
import socket
import ssl
import unittest

from node import close_shared_node, shared_node
from test_link import SUITES, Client


def tearDownModule():
    close_shared_node()


class PagesTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.node = shared_node()

    def client(self, *options, **more):
        return Client(self.node.web, *options, **more)

    def test_older_versions_are_refused(self):
        for version in ("-tls1", "-tls1_1", "-tls1_2"):
            found = self.client(version, "-cipher", "ALL:@SECLEVEL=0")
            self.assertTrue("protocol version" in found.text, f"{version}: {found.text}")

    def test_the_suites_of_tls_1_3_and_nothing_else(self):
        for suite in SUITES:
            found = self.client("-tls1_3", "-ciphersuites", suite)
            self.assertEqual((found.version, found.suite), ("TLSv1.3", suite), found.text)
        for suite in ("TLS_AES_128_CCM_SHA256", "TLS_AES_128_CCM_8_SHA256"):
            self.assertIn("Cipher is (NONE)", self.client("-tls1_3", "-ciphersuites", suite).text)

    def test_the_agencys_own_authority_vouches_and_no_early_data_is_taken(self):
        found = self.client("-tls1_3")
        self.assertIn("Compression: NONE", found.text)
        self.assertNotRegex(found.text, r"Max Early Data: [1-9]")
        self.assertIn("Concord CA of police.south-yorkshire", found.text)

    def test_browsers_are_told_to_come_over_tls_alone(self):
        with open(self.node.path("police/keys/authority.der"), "rb") as file:
            context = ssl.create_default_context(cadata=file.read())
        # Their certificate names the address that the node was told; which that is is looked at elsewhere.
        context.check_hostname = False
        connection = http.client.HTTPSConnection("127.0.0.1", self.node.web, context=context, timeout=30)
        self.addCleanup(connection.close)
        for path, status in (("/", 401), ("/nothing-here", None)):
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            if status:
                self.assertEqual(answer.status, status)
            self.assertRegex(answer.headers["Strict-Transport-Security"], r"^max-age=(\d{8,})")

    def test_plain_http_gets_no_answer(self):
        with socket.create_connection(("127.0.0.1", self.node.web), 30) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            plain.settimeout(20)
            try:
                said = plain.recv(1000)
            except ConnectionResetError:
                said = b""
        self.assertNotIn(b"HTTP/", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
