"""One agency's host: its commands, as an administrator types them, and its node, as its unit runs it."""

import dataclasses
import datetime
import json
import os
import signal
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
SANDBOX = os.path.join(ROOT, "Tests", "Package", "sandbox.py")
UNIT = "/usr/lib/systemd/system/concord@.service"
#: What each host's data lies on: a disk that can be full.
DISK_BYTES = 96 << 20


@dataclasses.dataclass(frozen=True)
class Agency:
    """Who a host belongs to."""
    name: str
    id: str
    kind: str
    title: str


AGENCIES = (
    Agency("police", "police.south-yorkshire", "police", "South Yorkshire Police"),
    Agency("care", "care.E08000019", "care", "Sheffield children's social care"),
    Agency("refuge", "support.sheffield-idva", "support", "Sheffield domestic abuse service"),
    Agency("abbey", "school.106982", "school", "Abbey Lane Primary School"),
    Agency("carter", "school.106988", "school", "Carter Knowle Junior School"),
    Agency("intake", "school.106996", "school", "Intake Primary School"),
)
PRINCIPALS, SCHOOLS = ("police", "care", "refuge"), ("abbey", "carter", "intake")


class Clock:
    """The day that is played: it runs on from where it was set, for all hosts, each with an error of its own."""

    def __init__(self, start):
        self.set(start)

    def set(self, instant):
        self.start, self.since = instant, time.monotonic()

    def now(self, error=0.0):
        passed = time.monotonic() - self.since + error
        return (self.start + datetime.timedelta(seconds=passed)).isoformat(timespec="milliseconds") + "Z"


@dataclasses.dataclass(frozen=True)
class Done:
    """How a command ended."""
    status: int
    out: str
    error: str
    seconds: float

    @property
    def is_done(self):
        return self.status == 0


class Host:
    """A host of an agency; where it lies and how it is entered is left to who inherits."""

    #: A command that takes longer waits for something that does not come.
    PATIENCE = 90

    def __init__(self, agency, roads, clock, folder, log):
        self.agency, self.name, self.id = agency, agency.name, agency.id
        self.roads, self.clock, self.folder, self.log_path = roads, clock, folder, log
        self.clock_error = 0.0
        self.process = None
        #: Ends that nobody asked for, and those that were asked for and went wrong: status, and what was said.
        self.ended_by_itself, self.stopped_badly = [], []
        self.hung = []
        #: How often it did not start, since the disk was full: systemd tries again.
        self.starts_refused = 0
        self.began_at = 0
        #: Held while the process is started or ended: a fault and a watcher may both want to.
        self.lock = threading.RLock()

    def environment(self):
        return {**os.environ, "CONCORD_NOW": self.clock.now(self.clock_error)}

    def concord(self, *arguments, may_fail=False, kill_after=None, text=None):
        """Runs a command on the host's node."""
        began = time.monotonic()
        process = subprocess.Popen(
            [*self.as_administrator(), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=self.environment(), cwd=self.desk(), start_new_session=True)
        try:
            out, error = process.communicate(text, kill_after or self.PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, error = process.communicate()
            if kill_after is None:
                self.hung.append(" ".join(arguments[:1]))
        done = Done(process.returncode, out, error, time.monotonic() - began)
        if not may_fail and not done.is_done:
            raise AssertionError(f"{self.name}: concord {' '.join(arguments)}: exit {done.status}\n{out}{error}")
        return done

    def json(self, *arguments):
        return json.loads(self.concord(*arguments, "--json").out)

    def launch(self):
        """Starts the node, and does not wait for it."""
        with self.lock:
            with open(self.log_path, "ab") as log:
                self.began_at = log.tell()
                self.process = subprocess.Popen(
                    self.as_unit(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.environment(),
                    start_new_session=True)

    @property
    def is_listening(self):
        return "is listening on" in self.said(self.began_at)

    def start(self):
        """Starts the node, and waits until it listens."""
        with self.lock:
            self.launch()
            end = time.monotonic() + 90
            while time.monotonic() < end:
                if self.is_listening:
                    return True
                if self.process.poll() is not None:
                    return False
                time.sleep(0.05)
            return False

    def said(self, since=0):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            log.seek(since)
            return log.read()

    def kill(self):
        """As a power cut for the process, though not for the disk."""
        with self.lock:
            if self.process:
                self.process.kill()
                self.process.wait()
                self.process = None

    def stop(self):
        """As systemd does; whether it ended in order, in time."""
        with self.lock:
            if self.process is None or self.count_end():
                return True
            was_listening = self.is_listening
            self.process.send_signal(signal.SIGCONT)
            self.process.send_signal(signal.SIGTERM)
            try:
                status = self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.kill()
                status = None
            self.process = None
            # One that has only begun may end by the signal itself.
            is_in_order = status == 0 or (status == -signal.SIGTERM and not was_listening)
            if not is_in_order:
                self.stopped_badly.append((status, self.said(self.began_at)[-2000:]))
            return is_in_order

    def count_end(self):
        """Whether the node has ended by itself; if so it is counted, and runs no more."""
        if self.process.poll() is None:
            return False
        said = self.said(self.began_at)
        if not self.is_listening and "the disk is full" in said:
            self.starts_refused += 1
        else:
            self.ended_by_itself.append((self.process.returncode, said[-2000:]))
        self.process = None
        return True

    def look_after(self):
        """As systemd does where a node ends by itself: it is started again, and here also counted."""
        with self.lock:
            if self.process is not None and self.count_end():
                time.sleep(1)
                self.start()

    def freeze(self):
        with self.lock:
            if self.process:
                self.process.send_signal(signal.SIGSTOP)

    def thaw(self):
        with self.lock:
            if self.process:
                self.process.send_signal(signal.SIGCONT)

    def files(self):
        """All that the host's disk holds of Concord, and what its node has said."""
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path) and name != "ballast":
                    yield path
        yield self.log_path


class InstalledHost(Host):
    """A namespace of the network, a disk of its own, the installed package, and its unit's restrictions."""

    EXCHANGE = "/var/lib/concord/exchange"

    def __init__(self, agency, roads, clock, scratch):
        super().__init__(
            agency, roads, clock, f"/var/lib/concord/{agency.name}", os.path.join(scratch, f"{agency.name}.log"))
        os.makedirs(self.folder, mode=0o700, exist_ok=True)
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=700,uid=concord,gid=concord",
             f"concord-{self.name}", self.folder], check=True)
        self.listen, self.endpoint = "0.0.0.0:7400", f"{self.name}.concord.example:7400"

    def as_administrator(self):
        return [*self.roads.inside(self.name), "runuser", "-u", "concord", "--", "concord"]

    def as_unit(self):
        # The unit gives its process an environment of its own; the clock of the day is handed on.
        return [*self.roads.inside(self.name), sys.executable, SANDBOX, UNIT, self.name, "/usr/bin/env",
                f"CONCORD_NOW={self.clock.now(self.clock_error)}", "/usr/bin/concord", "run", self.folder]

    def desk(self):
        return self.EXCHANGE

    def fill_disk(self):
        """Leaves not a byte."""
        with open(os.path.join(self.folder, "ballast"), "wb", buffering=0) as ballast:
            for size in (1 << 20, 4096):
                try:
                    while True:
                        ballast.write(bytes(size))
                except OSError:
                    continue

    def free_disk(self):
        os.remove(os.path.join(self.folder, "ballast"))

    def close(self):
        self.kill()
        subprocess.run(["umount", "--lazy", self.folder], check=False, capture_output=True)


class PlainHost(Host):
    """The executable alone, on an address of loopback."""

    def __init__(self, agency, roads, clock, scratch, concord, port):
        super().__init__(
            agency, roads, clock, os.path.join(scratch, agency.name), os.path.join(scratch, f"{agency.name}.log"))
        self.program, self.scratch = concord, scratch
        self.listen = self.endpoint = f"{roads.address(agency.name)}:{port}"

    def as_administrator(self):
        return [self.program]

    def as_unit(self):
        return [self.program, "run", self.folder]

    def desk(self):
        return self.scratch

    def close(self):
        self.kill()
