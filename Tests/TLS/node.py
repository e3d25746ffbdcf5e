"""A node of the police that runs, and certificates with which others knock: rightful ones and others."""

import datetime
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CONCORD = os.environ["CONCORD"]
POLICE, CARE, STRANGER = "police.south-yorkshire", "care.E08000019", "school.106982"
DAY = datetime.timedelta(days=1)


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM)


def key_pem(key):
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


class Authority:
    """An agency's CA: that of a node's folder, or one of our own that nobody knows."""

    def __init__(self, folder=None):
        if folder:
            with open(os.path.join(folder, "keys", "authority.pem"), "rb") as file:
                self.key = serialization.load_pem_private_key(file.read(), None)
            with open(os.path.join(folder, "keys", "authority.der"), "rb") as file:
                self.certificate = x509.load_der_x509_certificate(file.read())
            return
        self.key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Some other CA")])
        now = datetime.datetime.now(datetime.timezone.utc)
        self.certificate = (
            x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(self.key.public_key())
            .serial_number(x509.random_serial_number()).not_valid_before(now - DAY).not_valid_after(now + 365 * DAY)
            .add_extension(x509.BasicConstraints(True, 0), critical=True).sign(self.key, hashes.SHA256()))

    def issue(self, agency, node="agency", federation="concord", since=-1, until=30):
        """A node's certificate as Concord makes them, and its key, PEM; `since` and `until` in days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.timezone.utc)
        name = agency if node == "agency" else f"{agency}/{node}"
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self.certificate.subject).public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + since * DAY).not_valid_after(now + until * DAY)
            .add_extension(x509.BasicConstraints(False, None), critical=True)
            .add_extension(
                x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]),
                critical=False)
            .add_extension(
                x509.SubjectAlternativeName(
                    [x509.UniformResourceIdentifier(f"concord://{federation}/{agency}/{node}")]), critical=False)
            .sign(self.key, hashes.SHA256()))
        return pem(certificate), key_pem(key)


class Node:
    """Police and social care have an agreement; the police's node runs, and serves pages to other machines."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="concord-tls-")
        self.port, self.web = free_port(), free_port()
        self.process = None
        for name, agency in (("police", POLICE), ("care", CARE), ("stranger", STRANGER)):
            self.concord(
                "init", self.path(name), "--agency", agency, "--kind", agency.split(".")[0], "--name", name,
                "--listen", f"127.0.0.1:{self.port if name == 'police' else free_port()}",
                *(("--web", f"0.0.0.0:{self.web}") if name == "police" else ()))
            self.write(f"{name}.card", self.concord("card", self.path(name)))
        self.write("agreement.yaml", self.template())
        self.concord(
            "agreement", "draft", self.path("agreement.yaml"), "--card", self.path("police.card"),
            "--card", self.path("care.card"), "-o", self.path("agreement"))
        for step in ("sign", "adopt"):
            for name in ("police", "care"):
                self.concord("agreement", step, self.path(name), self.path("agreement"))
        self.log = self.path("police.log")
        self.start()

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)

    @staticmethod
    def template():
        """The template, in force today: certificates know no other clock than the machine's."""
        with open(os.path.join(ROOT, "Protocol", "agreements", "sheffield-encompass.yaml"), encoding="utf-8") as file:
            text = file.read()
        for key, days in (("starts", -1), ("review", 365), ("ends", 700)):
            text = re.sub(rf"(?m)^{key}: .*$", f"{key}: {datetime.date.today() + days * DAY}", text)
        return text

    @staticmethod
    def concord(*arguments):
        done = subprocess.run([CONCORD, *arguments], capture_output=True, text=True, check=False)
        if done.returncode:
            raise AssertionError(f"concord {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([CONCORD, "run", self.path("police")], stdout=log, stderr=log)
        end = time.monotonic() + 60
        while not (self.listens(self.port) and self.listens(self.web)):
            if self.process.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"the node does not listen: {self.said()}")
            time.sleep(0.1)

    @staticmethod
    def listens(port):
        with socket.socket() as found:
            return found.connect_ex(("127.0.0.1", port)) == 0

    def said(self):
        with open(self.log, encoding="utf-8", errors="replace") as file:
            return file.read()

    def authority(self, name):
        return Authority(self.path(name))

    def identity(self, name, certificate_and_key):
        """Puts a certificate and its key into files, for a client to show: their paths."""
        paths = self.path(f"{name}.pem"), self.path(f"{name}.key")
        for path, text in zip(paths, certificate_and_key):
            with open(path, "wb") as file:
                file.write(text)
        return paths

    def close(self):
        if self.process:
            self.process.terminate()
            self.process.wait(30)
        shutil.rmtree(self.folder, ignore_errors=True)


_shared = []


def shared_node():
    """One node for all tests of a run: nothing that they do changes it."""
    if not _shared:
        _shared.append(Node())
    return _shared[0]


def close_shared_node():
    while _shared:
        _shared.pop().close()
