"""PostgreSQL 15 as an agency would set it up: two durable clusters, logical replication over mutual TLS
1.3, column lists and row filters. Started by hand in a folder of its own, as an unprivileged user."""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import psycopg

BIN = Path("/usr/lib/postgresql/15/bin")
FIELDS = [f"f{number}" for number in range(1, 9)]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Certificates:
    """A certificate authority, and one certificate with which each side shows itself."""

    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True)
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                      "-nodes", "-keyout", "ca.key", "-out", "ca.crt", "-days", "2", "-subj", "/CN=bench")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                      "-keyout", "node.key", "-out", "node.csr", "-subj", "/CN=bench")
        (folder / "names").write_text("subjectAltName=IP:127.0.0.1\n")
        self._openssl("x509", "-req", "-in", "node.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                      "-CAcreateserial", "-out", "node.crt", "-days", "2", "-extfile", "names")

    def _openssl(self, *words):
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)


class Cluster:
    """One PostgreSQL server, reached by us through a socket file and by the other one through TLS."""

    def __init__(self, folder, certificates, user):
        self.folder, self.certificates, self.user = folder, certificates.folder, user
        self.port = free_port()
        self._run(BIN / "initdb", "-D", folder, "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-locale")
        for name in ("ca.crt", "node.crt", "node.key"):
            shutil.copy(self.certificates / name, folder / name)
            os.chmod(folder / name, 0o600)
            if user:
                shutil.chown(folder / name, user, user)
        (folder / "postgresql.auto.conf").write_text(self._settings())
        (folder / "pg_hba.conf").write_text(
            "local all all trust\nhostssl all all 127.0.0.1/32 cert\n")

    def _settings(self):
        return f"""listen_addresses = '127.0.0.1'
port = {self.port}
unix_socket_directories = '{self.folder}'
wal_level = logical
fsync = on
synchronous_commit = on
wal_retrieve_retry_interval = 100ms
ssl = on
ssl_min_protocol_version = 'TLSv1.3'
ssl_ca_file = 'ca.crt'
ssl_cert_file = 'node.crt'
ssl_key_file = 'node.key'
"""

    def _run(self, *words):
        command = [str(word) for word in words]
        if self.user:
            command = ["runuser", "-u", self.user, "--"] + command
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd="/")

    def start(self):
        self._run(BIN / "pg_ctl", "-D", self.folder, "-w", "-l", self.folder / "log", "start")

    def stop(self):
        try:
            self._run(BIN / "pg_ctl", "-D", self.folder, "-m", "immediate", "stop")
        except subprocess.CalledProcessError:
            pass

    def connect(self):
        return psycopg.connect(
            host=str(self.folder), port=self.port, user="bench", dbname="postgres", autocommit=True)

    def address(self):
        """How the other server reaches this one."""
        files = self.folder
        return (f"host=127.0.0.1 port={self.port} user=bench dbname=postgres sslmode=verify-full "
                f"sslrootcert={files}/ca.crt sslcert={files}/node.crt sslkey={files}/node.key")


class Pair:
    """Publisher and subscriber."""

    def __init__(self, folder, user):
        self.folder = folder
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        if user:
            shutil.chown(folder, user, user)
        certificates = Certificates(folder / "tls")
        self.clusters = [Cluster(folder / name, certificates, user) for name in ("here", "there")]
        for cluster in self.clusters:
            cluster.start()
        self.here, self.there = [cluster.connect() for cluster in self.clusters]

    def stop(self):
        for connection in (self.here, self.there):
            connection.close()
        for cluster in self.clusters:
            cluster.stop()

    def tables(self, fields=FIELDS):
        """Makes both sides' tables anew; the other side has only the columns that it may see."""
        for connection, columns in ((self.here, FIELDS), (self.there, fields)):
            connection.execute("DROP TABLE IF EXISTS sheet")
            texts = ", ".join(f"{field} text" for field in columns)
            connection.execute(
                f"CREATE TABLE sheet (id uuid PRIMARY KEY, site text NOT NULL, {texts})")
            connection.execute("CREATE UNIQUE INDEX sheet_site ON sheet (id, site)")
            connection.execute("ALTER TABLE sheet REPLICA IDENTITY USING INDEX sheet_site")

    def publish(self, fields=FIELDS):
        """Shares these columns of the rows that concern the other side."""
        columns = ", ".join(["id", "site"] + fields)
        self.here.execute(
            f"CREATE PUBLICATION shared FOR TABLE sheet ({columns}) WHERE (site = 'care')")

    def subscribe(self, copy):
        self.there.execute(
            f"CREATE SUBSCRIPTION shared CONNECTION '{self.clusters[0].address()}' PUBLICATION shared "
            f"WITH (copy_data = {str(copy).lower()}, synchronous_commit = 'on')")

    def end(self):
        self.there.execute("DROP SUBSCRIPTION IF EXISTS shared")
        self.here.execute("DROP PUBLICATION IF EXISTS shared")

    def insert(self, rows, shared=lambda number: True):
        """Inserts all rows in one transaction."""
        with self.here.transaction():
            columns = ", ".join(["id", "site"] + FIELDS)
            with self.here.cursor().copy(f"COPY sheet ({columns}) FROM STDIN") as copy:
                for number, row in enumerate(rows):
                    copy.write_row([row[0], "care" if shared(number) else "police"] + row[1:])

    def wait(self, sql, goal, seconds=300, pause=0.002):
        """Looks at the other side until a number is as wished; gives the moment."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.there.execute(sql).fetchone()
            moment = time.monotonic()
            if found and found[0] == goal:
                return moment
            if moment > deadline:
                raise RuntimeError(f"PostgreSQL: waited in vain, {found} of {goal}: {sql}")
            if pause:
                time.sleep(pause)

    def synced(self):
        """Waits until the subscription is in its steady state: initial copies are over."""
        self.wait("SELECT count(*) FROM pg_subscription_rel WHERE srsubstate = 'r'", 1)
        self.wait("SELECT count(*) FROM pg_stat_subscription WHERE received_lsn IS NOT NULL", 1)

    def memory(self):
        """Peak KiB of the largest process of each side."""
        peaks = []
        for cluster in self.clusters:
            main = int((cluster.folder / "postmaster.pid").read_text().split()[0])
            peaks.append(max(peak(pid) for pid in [main] + children(main)))
        return peaks


def children(pid):
    try:
        return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def peak(pid):
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0
