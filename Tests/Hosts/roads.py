"""What joins the hosts: namespaces of the network on a bridge, on wires of this program, or addresses of loopback.

A road can be closed (a partition) and can be bad (latency, loss, frames out of order), for one host at a time.
All that goes by is looked at: a value that can be read there went out without TLS.
"""

import ctypes
import fcntl
import heapq
import os
import random
import select
import socket
import struct
import subprocess
import threading
import time

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_NAMESPACE_OF_NETS = 0x40000000
SET_INTERFACE, TAP, NO_PACKET_INFORMATION = 0x400454CA, 0x0002, 0x1000
ALL_PROTOCOLS = 3


def run(*command, may_fail=False):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and not may_fail:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
    return done


class Watch:
    """Counts what goes by, and what of it can be read."""

    def __init__(self, marker):
        self.marker, self.frames, self.bytes, self.readable = marker, 0, 0, 0

    def look(self, frame):
        self.frames += 1
        self.bytes += len(frame)
        if self.marker in frame:
            self.readable += 1


class Namespaces:
    """One namespace for each host; how they are joined is left to who inherits."""

    loopback = False

    def __init__(self, names, watch):
        self.watch = watch
        self.names = list(names)
        self.made = []
        self.prefix = f"concord-{os.getpid()}-"
        self.is_over = False
        try:
            for number, name in enumerate(self.names):
                self.add_namespace(name)
                self.join(name)
                for command in (("addr", "add", f"{self.address(name)}/24", "dev", "eth0"),
                                ("link", "set", "eth0", "up")):
                    run("ip", "-n", self.namespace(name), *command)
        except BaseException:
            self.close()
            raise

    def namespace(self, name):
        return self.prefix + name

    def add_namespace(self, name):
        run("ip", "netns", "add", self.namespace(name))
        self.made.append(name)
        run("ip", "-n", self.namespace(name), "link", "set", "lo", "up")

    def address(self, name):
        return f"10.77.0.{10 + self.names.index(name)}"

    def inside(self, name):
        """What a command begins with to be run at a host."""
        return ["ip", "netns", "exec", self.namespace(name)]

    def cut(self, name, is_silent):
        """Nothing goes in or out any more. The host notices at once; where it is silent, only that nobody answers."""
        if is_silent:
            self.unplug(name)
        else:
            run("ip", "-n", self.namespace(name), "link", "set", "eth0", "down")

    def mend(self, name):
        self.plug(name)
        run("ip", "-n", self.namespace(name), "link", "set", "eth0", "up")

    def close(self):
        self.is_over = True
        for name in self.made:
            run("ip", "netns", "del", self.namespace(name), may_fail=True)
        self.made = []


class Bridge(Namespaces):
    """A bridge of the kernel, a veth pair to each host; bad roads by netem, where the kernel has it."""

    HUB = "hub"

    def __init__(self, names, watch):
        self.has_weather = False
        super().__init__(names, watch)

    def join(self, name):
        if self.HUB not in self.made:
            self.add_namespace(self.HUB)
            hub = self.namespace(self.HUB)
            run("ip", "-n", hub, "link", "add", "bridge", "type", "bridge")
            run("ip", "-n", hub, "link", "set", "bridge", "up")
            tried = run("tc", "-n", hub, "qdisc", "add", "dev", "lo", "root", "netem", "delay", "1ms", may_fail=True)
            self.has_weather = tried.returncode == 0
            threading.Thread(target=self.watch_hub, args=(self.socket_in(hub),), daemon=True).start()
        hub = self.namespace(self.HUB)
        run("ip", "link", "add", "eth0", "netns", self.namespace(name), "type", "veth",
            "peer", "name", name, "netns", hub)
        self.plug(name)
        run("ip", "-n", hub, "link", "set", "dev", name, "up")

    def plug(self, name):
        run("ip", "-n", self.namespace(self.HUB), "link", "set", "dev", name, "master", "bridge")

    def unplug(self, name):
        run("ip", "-n", self.namespace(self.HUB), "link", "set", "dev", name, "nomaster")

    def socket_in(self, namespace):
        """A socket that sees every frame in a namespace; this thread looks into it and comes back."""
        with open("/proc/thread-self/ns/net", "rb") as own, open(f"/run/netns/{namespace}", "rb") as other:
            if LIBC.setns(other.fileno(), NEW_NAMESPACE_OF_NETS) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                return socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL_PROTOCOLS))
            finally:
                LIBC.setns(own.fileno(), NEW_NAMESPACE_OF_NETS)

    def watch_hub(self, found):
        found.settimeout(1)
        while not self.is_over:
            try:
                self.watch.look(found.recv(1 << 16))
            except (TimeoutError, OSError):
                continue
        found.close()

    def spoil(self, name, delay, loss, reorder):
        """Both ways of one host: seconds of delay, give or take half of it; shares of loss and reordering."""
        for place, device in ((self.namespace(self.HUB), name), (self.namespace(name), "eth0")):
            run("tc", "-n", place, "qdisc", "replace", "dev", device, "root", "netem",
                "delay", f"{delay * 1000:.0f}ms", f"{delay * 500:.0f}ms", "loss", f"{loss:.1%}",
                "reorder", f"{reorder:.0%}")

    def clear(self, name):
        for place, device in ((self.namespace(self.HUB), name), (self.namespace(name), "eth0")):
            run("tc", "-n", place, "qdisc", "del", "dev", device, "root", may_fail=True)

    def __str__(self):
        weather = "bad roads by tc netem" if self.has_weather else "no netem in this kernel, so no bad roads"
        return f"namespaces of the network, joined by a bridge and veth pairs; {weather}"


class Wires(Namespaces):
    """Each host on a tap device whose frames this program carries: where the kernel has no netem."""

    has_weather = True
    #: How many frames may wait on their way to a host: a road that holds more drops what comes last, as routers do.
    LONGEST_QUEUE = 1000

    def __init__(self, names, watch):
        self.taps, self.places, self.bad, self.unplugged = {}, {}, {}, set()
        self.waiting, self.count = [], 0
        self.chance = random.Random(0)
        super().__init__(names, watch)
        threading.Thread(target=self.carry, daemon=True).start()

    def join(self, name):
        tap = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        device = f"concord-{self.names.index(name)}"
        fcntl.ioctl(tap, SET_INTERFACE, struct.pack("16sH22x", device.encode(), TAP | NO_PACKET_INFORMATION))
        run("ip", "link", "set", device, "netns", self.namespace(name), "name", "eth0")
        self.taps[tap] = name

    def carry(self):
        while not self.is_over:
            wait = 1.0 if not self.waiting else max(0.0, self.waiting[0][0] - time.monotonic())
            for tap in select.select(list(self.taps), [], [], min(wait, 1.0))[0]:
                try:
                    self.take(tap, os.read(tap, 1 << 16))
                except OSError:
                    pass  # the host's end is down
            while self.waiting and self.waiting[0][0] <= time.monotonic():
                _, _, tap, frame = heapq.heappop(self.waiting)
                try:
                    os.write(tap, frame)
                except OSError:
                    pass
        for tap in self.taps:
            os.close(tap)

    def take(self, tap, frame):
        """Sends a frame on its way, to whom it is for or to all: as a switch does."""
        self.watch.look(frame)
        self.places[frame[6:12]] = tap
        known = self.places.get(frame[:6])
        for other in [known] if known else self.taps:
            if other != tap and len(self.waiting) < self.LONGEST_QUEUE:
                self.send(tap, other, frame)

    def send(self, tap, other, frame):
        due = time.monotonic()
        if self.unplugged & {self.taps[tap], self.taps[other]}:
            return
        for delay, loss, reorder in filter(None, (self.bad.get(self.taps[tap]), self.bad.get(self.taps[other]))):
            if self.chance.random() < loss:
                return
            # What is reordered overtakes what waits, as with netem.
            if self.chance.random() >= reorder:
                due += delay * self.chance.uniform(0.5, 1.5)
        self.count += 1
        heapq.heappush(self.waiting, (due, self.count, other, frame))

    def plug(self, name):
        self.unplugged.discard(name)

    def unplug(self, name):
        self.unplugged.add(name)

    def spoil(self, name, delay, loss, reorder):
        self.bad[name] = (delay, loss, reorder)

    def clear(self, name):
        self.bad.pop(name, None)

    def __str__(self):
        return ("namespaces of the network; this kernel has no netem, so that this program carries their frames "
                "between tap devices, and delays, loses and reorders them itself")


class Loopback:
    """Addresses of loopback, where namespaces are not permitted: nothing can be cut there."""

    loopback, has_weather = True, False

    def __init__(self, names, watch):
        self.names, self.watch = list(names), watch

    def address(self, name):
        return f"127.0.0.{2 + self.names.index(name)}"

    def inside(self, name):
        return []

    def close(self):
        pass

    def __str__(self):
        return ("addresses of loopback, without namespaces: partitions are processes that stand still, disks and roads "
                "do not fail, nothing is looked at on the wire")


def built(kind, names, watch):
    """The roads that were asked for, or the best that this machine permits."""
    if kind:
        return {"bridge": Bridge, "wires": Wires, "loopback": Loopback}[kind](names, watch)
    if os.geteuid() != 0:
        return Loopback(names, watch)
    try:
        roads = Bridge(names, watch)
        if roads.has_weather or not os.path.exists("/dev/net/tun"):
            return roads
        roads.close()
        return Wires(names, watch)
    except OSError:
        return Loopback(names, watch)
