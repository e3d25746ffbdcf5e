"""What befalls the hosts while people work: by the seed, one after the other, some at once."""

import collections
import random
import threading
import time

#: How far a clock goes wrong, in seconds: beyond what peers put up with (five minutes), and less.
CLOCK_ERRORS = (600, -600, 120, -120)


class Faults(threading.Thread):
    """Plans and plays faults until the day is over; then nothing is left of them."""

    def __init__(self, hosts, roads, seed, over, say, disagree):
        """`disagree` has two agencies write the same, once each has lost sight of the other; false where it cannot."""
        super().__init__(name="faults", daemon=True)
        self.hosts, self.roads, self.over, self.say, self.disagree = hosts, roads, over, say, disagree
        self.chance = random.Random(f"{seed}/faults")
        self.counts = collections.Counter()
        #: Until when a host is left alone by further faults of a kind, so that each is lifted by who began it.
        self.busy = {}
        self.lifting = []
        self.failure = None
        self.kinds = {"partition": 3, "disagreement": 3, "kill": 4, "clock": 2, "frozen process": 2}
        if roads.has_weather:
            self.kinds["bad road"] = 4
        if hasattr(next(iter(hosts.values())), "fill_disk"):
            self.kinds["full disk"] = 2

    def run(self):
        try:
            while not self.over.wait(self.chance.uniform(0.5, 3)):
                self.lift(time.monotonic())
                self.begin()
                for host in self.hosts.values():
                    host.look_after()
        except Exception as problem:  # pylint: disable=broad-except
            self.failure = problem
        finally:
            self.lift(float("inf"))

    def begin(self):
        kind = self.chance.choices(list(self.kinds), list(self.kinds.values()))[0]
        # Where most is written most goes wrong.
        host = self.hosts[self.chance.choice([*self.hosts, "police", "care", "care"])]
        if kind == "disagreement":
            host = self.hosts["care"]
        seconds = self.chance.uniform(4, 20)
        if (host.name, kind) in self.busy or len(self.lifting) >= 4:
            return
        # Who was cut off for longer is not to be reached again before its time; who stands still writes slowly.
        still = {("care", "partition"), ("care", "frozen process"), ("police", "frozen process")}
        if kind == "disagreement" and still & self.busy.keys():
            return
        lifts = getattr(self, kind.replace(" ", "_"))(host)
        self.counts[kind] += 1
        self.say(f"{kind} at {host.name}")
        if lifts:
            self.busy[host.name, kind] = True
            self.lifting.append((time.monotonic() + seconds, host, kind, lifts))

    def lift(self, now):
        for found in [found for found in self.lifting if found[0] <= now]:
            self.lifting.remove(found)
            _, host, kind, lifts = found
            lifts()
            del self.busy[host.name, kind]

    # Each begins, and returns what lifts it, or nothing where it is over.

    def partition(self, host):
        if self.roads.loopback:
            return self.frozen_process(host)
        self.roads.cut(host.name, is_silent=self.chance.random() < 0.6)
        return lambda: self.roads.mend(host.name)

    def disagreement(self, host):
        """Social care is cut off, and it and the police write the same fields meanwhile."""
        if self.roads.loopback:
            # What stands still would have its own commands wait; what does not run has not.
            host.kill()
            lifts = host.start
        else:
            lifts = self.partition(host)
        time.sleep(0.5)
        if not self.disagree():
            self.counts["disagreement"] -= 1
        lifts()

    def bad_road(self, host):
        self.roads.spoil(
            host.name, delay=self.chance.uniform(0.05, 0.4), loss=self.chance.uniform(0.01, 0.1),
            reorder=self.chance.choice((0, 0.25)))
        return lambda: self.roads.clear(host.name)

    def kill(self, host):
        """kill -9 in a loop: the node is started again and ended again, also while it starts."""
        for _ in range(self.chance.randint(2, 4)):
            host.kill()
            self.counts["kill -9"] += 1
            time.sleep(self.chance.uniform(0, 0.5))
            host.launch()
            time.sleep(self.chance.uniform(0.1, 2.5))
        host.kill()
        host.start()

    def frozen_process(self, host):
        host.freeze()
        return host.thaw

    def full_disk(self, host):
        host.fill_disk()
        return host.free_disk

    def clock(self, host):
        """A clock goes wrong while the host is off for a moment, as clocks do, and is set right in the same way."""
        if host.clock_error:
            return None
        self.turn_clock(host, self.chance.choice(CLOCK_ERRORS))
        return lambda: self.turn_clock(host, 0)

    def turn_clock(self, host, error):
        with host.lock:
            host.stop()
            host.clock_error = error
            host.start()
