"""sslyze, which looks for all that is known to be weak, against the link's listener and the pages."""

import pathlib
import unittest

import sslyze
from node import CARE, close_shared_node, shared_node
from sslyze import ClientAuthRequirementEnum, ScanCommand, ScanCommandAttemptStatusEnum, TlsVersionEnum

OLD = (ScanCommand.SSL_2_0_CIPHER_SUITES, ScanCommand.SSL_3_0_CIPHER_SUITES, ScanCommand.TLS_1_0_CIPHER_SUITES,
       ScanCommand.TLS_1_1_CIPHER_SUITES, ScanCommand.TLS_1_2_CIPHER_SUITES)
#: What is asked of both; the rest needs a page behind it, or a version that neither has.
LOOKED_FOR = {*OLD, ScanCommand.TLS_1_3_CIPHER_SUITES, ScanCommand.TLS_COMPRESSION, ScanCommand.HEARTBLEED,
              ScanCommand.OPENSSL_CCS_INJECTION, ScanCommand.ROBOT, ScanCommand.SESSION_RENEGOTIATION,
              ScanCommand.ELLIPTIC_CURVES, ScanCommand.CERTIFICATE_INFO, ScanCommand.TLS_FALLBACK_SCSV}
AEAD = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"}
WEAK_CURVES = {"secp160", "secp192", "prime192", "secp224", "sect"}


def tearDownModule():
    close_shared_node()


class Scan:
    """One scan, and its results by name."""

    def __init__(self, port, commands, credentials=None):
        self.request = sslyze.ServerScanRequest(
            server_location=sslyze.ServerNetworkLocation("localhost", port, ip_address="127.0.0.1"),
            network_configuration=sslyze.ServerNetworkConfiguration(
                "localhost", tls_client_auth_credentials=credentials, network_timeout=20),
            scan_commands=commands)
        # A node has but so many handshakes from one address under way.
        scanner = sslyze.Scanner(per_server_concurrent_connections_limit=2)
        scanner.queue_scans([self.request])
        self.found = next(iter(scanner.get_results()))
        if self.found.scan_status is not sslyze.ServerScanStatusEnum.COMPLETED:
            raise AssertionError(f"sslyze cannot reach it: {self.found.connectivity_error_trace}")
        self.probing = self.found.connectivity_result

    def __getitem__(self, command):
        attempt = getattr(self.found.scan_result, command.value)
        if attempt.status is not ScanCommandAttemptStatusEnum.COMPLETED:
            raise AssertionError(f"{command.value}: {attempt.error_reason}: {attempt.error_trace}")
        return attempt.result


class Strong:
    """What holds for both; `scan` and `demand` are set by who inherits."""

    def test_tls_1_3_alone_with_suites_that_authenticate(self):
        self.assertIs(self.scan.probing.highest_tls_version_supported, TlsVersionEnum.TLS_1_3)
        for version in OLD:
            self.assertEqual(
                [suite.cipher_suite.name for suite in self.scan[version].accepted_cipher_suites], [], version.value)
        accepted = {suite.cipher_suite.name
                    for suite in self.scan[ScanCommand.TLS_1_3_CIPHER_SUITES].accepted_cipher_suites}
        self.assertEqual(accepted, AEAD)

    def test_nothing_that_is_known_to_be_weak(self):
        self.assertFalse(self.scan[ScanCommand.TLS_COMPRESSION].supports_compression)
        self.assertFalse(self.scan[ScanCommand.HEARTBLEED].is_vulnerable_to_heartbleed)
        self.assertFalse(self.scan[ScanCommand.OPENSSL_CCS_INJECTION].is_vulnerable_to_ccs_injection)
        self.assertTrue(self.scan[ScanCommand.ROBOT].robot_result.name.startswith("NOT_VULNERABLE"))
        self.assertFalse(self.scan[ScanCommand.SESSION_RENEGOTIATION].is_vulnerable_to_client_renegotiation_dos)

    def test_no_weak_curve(self):
        curves = self.scan[ScanCommand.ELLIPTIC_CURVES].supported_curves or []
        names = {curve.name for curve in curves}
        self.assertTrue(names)
        self.assertIn("X25519", names)
        self.assertEqual({name for name in names if name.startswith(tuple(WEAK_CURVES))}, set())

    def test_the_certificate_has_a_strong_key_and_signature(self):
        for deployment in self.scan[ScanCommand.CERTIFICATE_INFO].certificate_deployments:
            for certificate in deployment.received_certificate_chain:
                self.assertEqual(certificate.signature_hash_algorithm.name, "sha256")
                self.assertGreaterEqual(certificate.public_key().key_size, 256)
                lasts = certificate.not_valid_after_utc - certificate.not_valid_before_utc
                self.assertLess(lasts.days, 3700)

    def test_summary(self):
        """What was found, in few lines."""
        accepted = self.scan[ScanCommand.TLS_1_3_CIPHER_SUITES].accepted_cipher_suites
        curves = self.scan[ScanCommand.ELLIPTIC_CURVES].supported_curves or []
        print(f"\n{self.name}: {self.scan.probing.highest_tls_version_supported.name} only; "
              f"{', '.join(sorted(suite.cipher_suite.name for suite in accepted))}; curves "
              f"{', '.join(sorted(curve.name for curve in curves))}; client certificate "
              f"{self.demand.name}", flush=True)


class LinkScan(Strong, unittest.TestCase):
    name = "link"

    @classmethod
    def setUpClass(cls):
        node = shared_node()
        certificate, key = node.identity("care-scanner", node.authority("care").issue(CARE))
        cls.demand = Scan(node.port, set()).probing.client_auth_requirement
        cls.scan = Scan(node.port, LOOKED_FOR, sslyze.ClientAuthenticationCredentials(
            pathlib.Path(certificate), pathlib.Path(key)))

    def test_a_client_certificate_is_demanded(self):
        self.assertIs(self.demand, ClientAuthRequirementEnum.REQUIRED)


class PagesScan(Strong, unittest.TestCase):
    name = "pages"

    @classmethod
    def setUpClass(cls):
        more = {ScanCommand.HTTP_HEADERS, ScanCommand.TLS_1_3_EARLY_DATA}
        cls.scan = Scan(shared_node().web, LOOKED_FOR | more)
        cls.demand = cls.scan.probing.client_auth_requirement

    def test_early_data_is_not_taken(self):
        self.assertFalse(self.scan[ScanCommand.TLS_1_3_EARLY_DATA].supports_early_data)

    def test_browsers_stay_with_tls_for_a_year(self):
        found = self.scan[ScanCommand.HTTP_HEADERS].strict_transport_security_header
        self.assertGreaterEqual(found.max_age, 31_536_000)

    def test_nobody_asks_people_for_a_certificate(self):
        self.assertIs(self.demand, ClientAuthRequirementEnum.DISABLED)


if __name__ == "__main__":
    unittest.main(verbosity=2)
