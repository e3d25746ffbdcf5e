"""Pages for other machines come over TLS 1.3 and over nothing else."""

import http.client
import os
import re
import socket
import ssl
import unittest

from partnership import PASSWORD, Partnership


class TLSTests(unittest.TestCase):
    def setUp(self):
        self.partnership = partnership = Partnership([("school", "key", "key-adult")])
        self.addCleanup(partnership.close)
        # Every address of the machine: others can reach it.
        path = partnership.path("school/concord.yaml")
        with open(path) as file:
            text = file.read()
        with open(path, "w") as file:
            file.write(text.replace("web: 127.0.0.1:", "web: 0.0.0.0:"))

    def context(self, **versions):
        """Trusts the agency's own CA, as its browsers would."""
        context = ssl.create_default_context()
        with open(self.partnership.path("school/keys/authority.der"), "rb") as file:
            context.load_verify_locations(cadata=file.read())
        for name, version in versions.items():
            setattr(context, name, version)
        return context

    def connect(self, context):
        return http.client.HTTPSConnection(
            "127.0.0.1", self.partnership.ports["school"], context=context, timeout=30)

    def test_pages_for_others_come_over_tls_alone(self):
        self.partnership.start("school")
        connection = self.connect(self.context())
        connection.request("GET", "/")
        answer = connection.getresponse()
        page = answer.read().decode()
        self.assertEqual(answer.status, 401)
        self.assertIn("max-age", answer.headers["Strict-Transport-Security"])
        self.assertIn("Sign in", page)
        connection.request(
            "POST", "/", f"sign-in-name=key&sign-in-password={PASSWORD.replace(' ', '+')}",
            {"Content-Type": "application/x-www-form-urlencoded"})
        answer = connection.getresponse()
        answer.read()
        cookie = answer.headers["Set-Cookie"]
        self.assertEqual(answer.status, 303)
        for part in ("__Host-concord=", "Secure", "HttpOnly", "SameSite=Strict", "Path=/"):
            self.assertIn(part, cookie)
        connection.request("GET", "/", headers={"Cookie": cookie.split(";")[0]})
        self.assertEqual(connection.getresponse().status, 200)
        connection.close()
        # Older TLS, another name, and no TLS are refused.
        with self.assertRaises(ssl.SSLError):
            self.connect(self.context(
                maximum_version=ssl.TLSVersion.TLSv1_2)).request("GET", "/")
        with self.assertRaises(ssl.SSLCertVerificationError):
            other = http.client.HTTPSConnection(
                "localhost", self.partnership.ports["school"], context=self.context(), timeout=30)
            other.request("GET", "/")
        with socket.create_connection(("127.0.0.1", self.partnership.ports["school"]), 30) as plain:
            plain.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            said = plain.recv(1000)
        self.assertNotIn(b"HTTP/1.1", said)

    def test_a_certificate_of_the_agencys_own_is_used(self):
        """As from a CA that the agency's browsers know; what cannot be read is said."""
        folder = self.partnership.path("school")
        with open(os.path.join(folder, "concord.yaml"), "a") as file:
            file.write("web_certificate: /nowhere/chain.pem\nweb_key: /nowhere/key.pem\n")
        said = self.partnership.run("run", folder, may_fail=True)
        self.assertTrue(re.search(r"/nowhere/(chain|key)\.pem", said), said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
