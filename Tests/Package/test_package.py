"""The Debian package: what is in it, and what becomes of a node when it is installed, upgraded and removed.

Scripts/test-package runs this: as root in a view of the machine of its own, so that nothing is left behind; else the
package is only unpacked. It names two packages in the environment, PACKAGE and, of a higher version, UPGRADE.
"""

import datetime
import gzip
import hashlib
import json
import os
import pwd
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PACKAGE, UPGRADE = os.environ["PACKAGE"], os.environ["UPGRADE"]
IS_INSTALLED = os.environ.get("INSTALLED") == "yes"
UNITS = "usr/lib/systemd/system"


def run(*command, may_fail=False, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if done.returncode and not may_fail:
        raise AssertionError(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done


def field(package, name):
    return run("dpkg-deb", "--field", package, name).stdout.strip()


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def eventually(what, check, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = check()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"not within {seconds} s: {what}")


def described(concord):
    return json.loads(run(concord, "--experimental-dump-help").stdout)["command"]


class Content(unittest.TestCase):
    """What is in the package, unpacked."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="concord-package-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        run("dpkg-deb", "--raw-extract", PACKAGE, cls.folder)

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def files(self):
        for folder, _, names in os.walk(self.folder):
            for name in names:
                yield os.path.relpath(os.path.join(folder, name), self.folder)

    def read(self, *parts):
        with open(self.path(*parts), encoding="utf-8") as file:
            return file.read()

    def executable(self):
        return os.path.realpath(self.path("usr/bin/concord"))

    def test_it_runs_and_says_the_packages_version(self):
        release = run(self.path("usr/bin/concord"), "--version").stdout.strip()
        self.assertTrue(field(PACKAGE, "Version").startswith(release), release)

    def test_everything_belongs_to_root_and_only_root_may_write_it(self):
        for line in run("dpkg-deb", "--contents", PACKAGE).stdout.splitlines():
            mode, owner = line.split()[:2]
            self.assertEqual(owner, "root/root", line)
            self.assertTrue(mode[0] == "l" or mode[5] == mode[8] == "-", line)
            self.assertNotIn("s", mode[1:], line)

    def test_nothing_lies_where_it_does_not_belong(self):
        allowed = ("DEBIAN/", "usr/bin/concord", "usr/lib/concord/", f"{UNITS}/", "usr/share/")
        strays = [name for name in self.files() if not name.startswith(allowed)]
        self.assertEqual(strays, [])

    def test_the_files_are_those_that_it_says(self):
        listed = dict(reversed(line.split("  ", 1)) for line in self.read("DEBIAN/md5sums").splitlines())
        found = {name for name in self.files() if not name.startswith("DEBIAN/")
                 and not os.path.islink(self.path(name))}
        self.assertEqual(set(listed), found)
        for name, digest in listed.items():
            with open(self.path(name), "rb") as file:
                self.assertEqual(hashlib.md5(file.read()).hexdigest(), digest, name)

    def test_its_libraries_come_with_it_or_with_debian(self):
        own = os.path.realpath(self.path("usr/lib/concord"))
        for line in run("ldd", self.executable()).stdout.splitlines():
            self.assertNotIn("not found", line)
            place = re.search(r"=> (\S+)", line)
            if place:
                self.assertTrue(place[1].startswith((own, "/lib/", "/usr/lib/")), line)
        names = {part.split()[0] for part in field(PACKAGE, "Depends").split(",")}
        self.assertLessEqual({"adduser", "libc6", "libsqlite3-0"}, names)
        self.assertFalse([name for name in names if "swift" in name], names)

    def test_no_place_of_the_build_machine_is_searched_for_libraries(self):
        programs = [self.executable()]
        if os.path.isdir(self.path("usr/lib/concord")):
            programs += [self.path("usr/lib/concord", name) for name in os.listdir(self.path("usr/lib/concord"))]
        for program in programs:
            for place in re.findall(r"\((?:RUNPATH|RPATH)\).*\[(.*)\]", run("readelf", "-d", program).stdout):
                self.assertEqual(place, "$ORIGIN", program)

    def test_each_command_has_a_manual_page_without_a_mistake(self):
        pages = set(os.listdir(self.path("usr/share/man/man1")))
        commands = described(self.executable())["subcommands"]
        shown = {f"concord-{found['commandName']}.1.gz" for found in commands if found["commandName"] != "help"}
        self.assertGreater(len(shown), 40)
        self.assertEqual(pages, shown | {"concord.1.gz"})
        for page in sorted(pages):
            with gzip.open(self.path("usr/share/man/man1", page), "rt", encoding="utf-8") as file:
                text = file.read()
            self.assertIn(".SH NAME", text)
            if shutil.which("mandoc"):
                said = run("mandoc", "-T", "lint", "-W", "warning", input=text, may_fail=True).stdout
                self.assertEqual(said, "", page)
            elif shutil.which("groff"):
                said = run("groff", "-man", "-ww", "-z", "-T", "utf8", input=text).stderr
                self.assertEqual(said, "", page)

    def test_a_manual_page_says_what_help_says(self):
        with gzip.open(self.path("usr/share/man/man1/concord-backup.1.gz"), "rt", encoding="utf-8") as file:
            page = file.read().replace("\\-", "-")
        for words in ("--keep", "How many generations to keep in it.", "--key-file", "64"):
            self.assertIn(words, page)

    def test_completions_are_those_of_the_executable(self):
        places = {
            "bash": "usr/share/bash-completion/completions/concord",
            "zsh": "usr/share/zsh/vendor-completions/_concord",
            "fish": "usr/share/fish/vendor_completions.d/concord.fish"}
        for shell, place in places.items():
            made = run(self.executable(), "--generate-completion-script", shell).stdout
            self.assertEqual(self.read(place), made)
            self.assertIn("quarantine", made)
            if shutil.which(shell):
                run(shell, "-n", self.path(place))

    def test_the_units_are_understood_and_leave_a_node_little(self):
        if not shutil.which("systemd-analyze"):
            self.skipTest("there is no systemd-analyze")
        folder = tempfile.mkdtemp(prefix="concord-units-")
        self.addCleanup(shutil.rmtree, folder)
        for name in os.listdir(self.path(UNITS)):
            text = self.read(UNITS, name).replace("/usr/bin/concord", self.executable())
            with open(os.path.join(folder, name.replace("@", "@police")), "w", encoding="utf-8") as file:
                file.write(text)
        self.assertEqual(
            sorted(os.listdir(self.path(UNITS))),
            ["concord-backup@.service", "concord-backup@.timer", "concord@.service"])
        for name in sorted(os.listdir(folder)):
            verified = run("systemd-analyze", "verify", "--man=no", os.path.join(folder, name), may_fail=True)
            self.assertEqual((verified.returncode, verified.stderr), (0, ""), name)
            if name.endswith(".service"):
                said = run("systemd-analyze", "security", "--offline=yes", "--no-pager", os.path.join(folder, name))
                exposure = float(re.search(r"exposure level for \S+: ([\d.]+)", said.stdout)[1])
                self.assertLessEqual(exposure, 1.5, name)

    def test_what_is_built_in_is_named_with_its_licence(self):
        bill = json.loads(self.read("usr/share/doc/concord/bill-of-materials.json"))
        named = {found["name"] for found in bill["components"]}
        with open(os.path.join(ROOT, "Package.swift"), encoding="utf-8") as file:
            asked = {name.lower() for name in re.findall(r'url: "[^"]*/([^/"]+)"', file.read())}
        self.assertGreater(len(asked), 10)
        self.assertLessEqual(asked, named)
        self.assertIn("libsqlite3-0", named)
        licences = {name.lower() for name in os.listdir(self.path("usr/share/doc/concord/licences"))}
        self.assertLessEqual({"swift-nio", "grdb.swift", "hummingbird", "yams"}, licences)
        self.assertTrue(os.path.isfile(self.path("usr/share/doc/concord/copyright")))

    def test_what_pages_send_administrators_to_is_there(self):
        guides = self.path("usr/share/doc/concord/Nodes")
        for folder in sorted(os.listdir(guides)):
            place = os.path.join(guides, folder, "README.md")
            for text in [self.read(place)] if os.path.isfile(place) else []:
                for named in re.findall(r"/usr/share/concord/[\w./-]*\w", text):
                    self.assertTrue(os.path.exists(self.path(named[1:])), f"{folder}: {named}")

    def test_a_partnership_can_be_drafted_from_what_it_brings(self):
        folder = tempfile.mkdtemp(prefix="concord-draft-")
        self.addCleanup(shutil.rmtree, folder)
        concord = self.executable()
        for node, agency, kind in (("police", "police.south-yorkshire", "police"), ("care", "care.E08000019", "care")):
            run(concord, "init", f"{folder}/{node}", "--agency", agency, "--kind", kind, "--name", node)
            with open(f"{folder}/{node}.card", "w", encoding="utf-8") as card:
                card.write(run(concord, "card", f"{folder}/{node}").stdout)
        run(concord, "agreement", "draft", self.path("usr/share/concord/agreements/force-and-council.yaml"),
            "--card", f"{folder}/police.card", f"{folder}/care.card",
            "--profile", self.path("usr/share/concord/profiles/several-councils.yaml"), "-o", f"{folder}/agreement")
        self.assertTrue(os.path.getsize(f"{folder}/agreement"))

    def test_the_same_sources_give_the_same_package(self):
        again = os.environ.get("AGAIN")
        if not again:
            self.skipTest("Scripts/test-package makes it twice")
        with open(PACKAGE, "rb") as one, open(again, "rb") as other:
            self.assertEqual(one.read(), other.read())

    def test_the_maintainer_scripts_refuse_what_they_do_not_know(self):
        for name in ("postinst", "postrm"):
            done = run(self.path("DEBIAN", name), "nonsense", may_fail=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn("unknown argument 'nonsense'", done.stderr)


class Node:
    """A node that runs by a unit of the package, as far as that is possible without systemd."""

    def __init__(self, instance, unit="concord@.service", command=()):
        self.log = tempfile.NamedTemporaryFile(mode="w+", prefix="concord-unit-")
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "sandbox.py"), f"/{UNITS}/{unit}", instance, *command],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)

    def said(self):
        with open(self.log.name, encoding="utf-8") as file:
            return file.read()

    def wait_until_ready(self):
        def check():
            if self.process.poll() is not None:
                raise AssertionError(f"ended with {self.process.returncode}: {self.said()}")
            return "is listening on" in self.said()
        eventually("it listens", check)
        return self

    def finish(self, seconds=120):
        """Waits for what ends by itself: its status, and what it said."""
        status = self.process.wait(seconds)
        self.process = None
        said = self.said()
        self.log.close()
        return status, said

    def stop(self):
        """As systemd does: SIGTERM, and within TimeoutStopSec it is gone."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self.process = None
        return status

    def close(self):
        self.stop()
        self.log.close()


@unittest.skipUnless(IS_INSTALLED, "not root: the package was unpacked and not installed")
class Lifecycle(unittest.TestCase):
    """Installed, used, upgraded, removed, purged; each test begins and ends on a machine without Concord."""

    DIR = "/var/lib/concord/police"

    def setUp(self):
        self.nodes = []
        self.addCleanup(self.clean)
        self.install(PACKAGE)

    def clean(self):
        for node in self.nodes:
            node.close()
        run("dpkg", "--purge", "concord", may_fail=True)
        for folder in ("/var/lib/concord", "/var/backups/concord", "/etc/concord"):
            shutil.rmtree(folder, ignore_errors=True)

    def install(self, package):
        # What it depends on is there, or the executable could not have been built here; adduser may not be.
        return run("dpkg", "--install", package)

    def concord(self, *arguments, may_fail=False, user="concord", **options):
        return run("runuser", "-u", user, "--", "concord", *arguments, may_fail=may_fail, cwd="/", **options)

    def start(self, instance="police"):
        node = Node(instance)
        self.nodes.append(node)
        return node.wait_until_ready()

    def init(self, *options):
        port = free_port()
        self.concord(
            "init", self.DIR, "--agency", "police.south-yorkshire", "--kind", "police", "--name", "Police",
            "--listen", f"127.0.0.1:{port}", *options)
        return port

    def found(self):
        """All that has to outlive an upgrade: keys, configuration, and what people see."""
        facts = {"status": json.loads(self.concord("status", self.DIR, "--json").stdout)["agency"]}
        for name in ("concord.yaml", *(f"keys/{key}" for key in sorted(os.listdir(f"{self.DIR}/keys")))):
            with open(f"{self.DIR}/{name}", "rb") as file:
                facts[name] = hashlib.sha256(file.read()).hexdigest()
        facts["audit"] = self.concord("audit", "verify", self.DIR, may_fail=True).returncode
        facts["accounts"] = json.loads(self.concord("account", "list", self.DIR, "--json").stdout)
        return facts

    def add_account(self):
        self.concord(
            "account", "add", self.DIR, "officer-1", "--role", "officer", input="three words together\n")

    def test_installing_makes_a_user_and_private_folders_and_starts_nothing(self):
        user = pwd.getpwnam("concord")
        self.assertEqual(user.pw_shell, "/usr/sbin/nologin")
        self.assertLess(user.pw_uid, 1000)
        for folder in ("/var/lib/concord", "/var/backups/concord"):
            facts = os.stat(folder)
            self.assertEqual((facts.st_uid, stat.S_IMODE(facts.st_mode)), (user.pw_uid, 0o700), folder)
            self.assertEqual(os.listdir(folder), [])

    def test_the_unit_runs_a_node_within_what_it_leaves_to_it(self):
        port = self.init()
        node = self.start()
        not_applied = node.said().split("---")[0].split("\n")[1:-1]
        # What systemd alone can do. What the node could stumble over is applied.
        for setting in ("SystemCallFilter", "ProtectSystem", "NoNewPrivileges", "CapabilityBoundingSet",
                        "RestrictAddressFamilies", "ProcSubset", "PrivateTmp", "StateDirectory", "UMask"):
            self.assertNotIn(setting, not_applied)
        with open(f"/proc/{node.process.pid}/status", encoding="utf-8") as file:
            facts = dict(line.split(":\t", 1) for line in file.read().splitlines() if ":\t" in line)
        self.assertEqual((facts["NoNewPrivs"], facts["Seccomp"], facts["CapBnd"].strip("0")), ("1", "2", ""))
        self.assertNotEqual(facts["Uid"].split()[0], "0")
        with socket.create_connection(("127.0.0.1", port), 10):
            pass
        self.add_account()
        self.assertEqual(json.loads(self.concord("status", self.DIR, "--json").stdout)["agency"],
                         "police.south-yorkshire")
        for folder, _, names in os.walk(self.DIR):
            for path in [folder] + [os.path.join(folder, name) for name in names]:
                if not stat.S_ISSOCK(os.stat(path).st_mode):
                    self.assertEqual(os.stat(path).st_mode & 0o077, 0, path)
        self.assertEqual(node.stop(), 0, node.said())

    def test_the_unit_keeps_a_node_from_the_rest_of_the_machine(self):
        """The restrictions are there: a command under the same unit fails at what they forbid."""
        self.init()
        os.makedirs("/var/lib/concord/other", mode=0o700)
        shutil.chown("/var/lib/concord/other", "concord", "concord")
        tries = {
            "write to another node's folder": "touch /var/lib/concord/other/x",
            "write to the system": "touch /etc/concord/x /usr/lib/x",
            "list other processes": "test -n \"$(ls /proc | grep -x 1)\"",
            "become somebody else": "setpriv --reuid 0 true",
            "mount": "mount -t tmpfs x /tmp",
            "trace": "/usr/bin/python3 -c 'import ctypes; exit(ctypes.CDLL(None).ptrace(0, 0, 0, 0) != 0)'",
            "a raw socket": "/usr/bin/python3 -c 'import socket; socket.socket(socket.AF_PACKET)'",
            "memory to write and execute":
                "/usr/bin/python3 -c 'import mmap; mmap.mmap(-1, 4096, prot=mmap.PROT_WRITE | mmap.PROT_EXEC)'",
        }
        for what, command in tries.items():
            status, said = Node("police", command=("/bin/sh", "-c", command)).finish()
            if what.startswith("memory") and "MemoryDenyWriteExecute" in said:
                continue  # this kernel cannot
            self.assertNotEqual(status, 0, f"{what}: {said}")
        status, said = Node("police", command=("/bin/sh", "-c", "touch /var/lib/concord/police/x")).finish()
        self.assertEqual(status, 0, said)

    def test_a_credential_opens_sealed_keys(self):
        self.init()
        folder = tempfile.mkdtemp(prefix="concord-credentials-", dir="/run")
        self.addCleanup(shutil.rmtree, folder)
        with open(f"{folder}/concord-keys", "wb") as file:
            file.write(os.urandom(32))
        for path in (folder, f"{folder}/concord-keys"):
            shutil.chown(path, "concord", "concord")
        self.concord("keys", "seal", self.DIR, "--credential", "concord-keys",
                     "--new-passphrase-file", f"{folder}/concord-keys")
        self.assertIn("systemd credential", self.concord("status", self.DIR, may_fail=True).stderr)
        opened = self.concord("keys", "show", self.DIR,
                              env={**os.environ, "CREDENTIALS_DIRECTORY": folder})
        self.assertIn("credential: concord-keys", opened.stdout)

    def test_the_backup_unit_makes_generations_that_restore(self):
        self.init()
        node = self.start()
        unit = "concord-backup@.service"
        status, said = Node("police", unit).finish()
        self.assertNotEqual(status, 0, "there is no key")
        self.assertIn("/etc/concord/backup.key", said)
        key = "/etc/concord/backup.key"
        os.makedirs("/etc/concord", exist_ok=True)
        with open(key, "wb") as file:
            file.write(os.urandom(32))
        os.chmod(key, 0o600)
        shutil.chown(key, "concord", "concord")
        self.add_account()
        before = Node("police", unit, ("/usr/bin/install", "-d", "-m", "700", "/var/backups/concord/police"))
        self.assertEqual(before.finish()[0], 0)
        status, said = Node("police", unit).finish()
        self.assertEqual(status, 0, said)
        names = [name for name in os.listdir("/var/backups/concord/police") if name.endswith(".backup")]
        self.assertEqual(len(names), 1)
        node.stop()
        before = self.found()
        self.concord("restore", f"/var/backups/concord/police/{names[0]}", "/var/lib/concord/restored",
                     "--passphrase-file", key)
        shutil.rmtree(self.DIR)
        os.rename("/var/lib/concord/restored", self.DIR)
        self.assertEqual(self.found(), before)

    def test_an_upgrade_keeps_the_data_and_the_node_starts_again(self):
        self.init()
        node = self.start()
        self.add_account()
        before = self.found()
        self.assertEqual(before["accounts"][0]["name"], "officer-1")
        self.install(UPGRADE)
        self.assertEqual(run("dpkg-query", "-W", "-f", "${Version}", "concord").stdout, field(UPGRADE, "Version"))
        # What ran goes on until it is started again, which is systemd's to do.
        self.assertIsNone(node.process.poll())
        self.assertEqual(node.stop(), 0)
        self.start()
        self.assertEqual(self.found(), before)

    def test_removing_leaves_the_data_and_says_so(self):
        self.init()
        self.add_account()
        before = self.found()
        said = run("dpkg", "--remove", "concord").stdout
        self.assertFalse(os.path.exists("/usr/bin/concord"))
        self.assertIn("/var/lib/concord", said)
        self.assertTrue(os.path.exists(f"{self.DIR}/replica.sqlite"))
        self.install(PACKAGE)
        self.assertEqual(self.found(), before)
        self.start()

    def test_purging_leaves_the_data_too_and_says_where(self):
        self.init()
        said = run("dpkg", "--purge", "concord").stdout
        self.assertIn("its nodes' data is not", said)
        self.assertIn("/var/lib/concord", said)
        self.assertTrue(os.path.exists(f"{self.DIR}/keys"))
        self.assertEqual(run("getent", "passwd", "concord").returncode, 0)

    def test_purging_leaves_no_empty_folder(self):
        run("dpkg", "--purge", "concord")
        for folder in ("/var/lib/concord", "/var/backups/concord", "/etc/concord", "/usr/share/concord"):
            self.assertFalse(os.path.exists(folder), folder)

    def test_from_the_package_to_the_first_notification(self):
        """What the pages in Nodes/ have administrators type, for three agencies on one machine, by their names."""
        began = time.monotonic()
        exchange = "/var/lib/concord/exchange"
        run("install", "-d", "-m", "700", "-o", "concord", "-g", "concord", exchange)

        def concord(*arguments):
            return run("runuser", "-u", "concord", "--", "concord", *arguments, cwd=exchange).stdout

        agencies = {"police": "police.south-yorkshire", "care": "care.E08000019", "school": "school.106982"}
        folder = "/var/lib/concord/{}".format
        for kind, agency in agencies.items():
            port = free_port()
            concord("init", folder(kind), "--agency", agency, "--kind", kind, "--name", kind,
                    "--listen", f"127.0.0.1:{port}", "--endpoint", f"localhost:{port}")
            with open(f"{exchange}/{kind}.card", "w", encoding="utf-8") as card:
                card.write(concord("card", folder(kind)))
        self.write_agreement(f"{exchange}/agreement.yaml")
        concord("agreement", "draft", "agreement.yaml", "--card", "police.card", "care.card", "-o", "agreement")
        for step in ("sign", "adopt"):
            for kind in ("police", "care"):
                concord("agreement", step, folder(kind), "agreement")
        concord("admit", folder("care"), "school.card", "-o", "school.deed")
        concord("join", folder("school"), "school.deed")
        concord("calendar", "import", folder("police"), "/usr/share/concord/data/sheffield-term-dates.json")
        for kind in agencies:
            self.start(kind)
        child = concord("put", folder("police"), "child", "name=Example Child", "school=school.106982").strip()
        happened = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=1)
        incident = concord(
            "put", folder("police"), "incident", "reference=1", f"children+={child}",
            f"occurred_at={happened:%Y-%m-%dT%H:%M:%SZ}").strip()
        notification = concord(
            "notify", folder("police"), child, "--incident", incident, "--context", "Was present.").split()[0]

        def arrived():
            found = json.loads(concord("list", folder("school"), "notification", "--json"))
            return [record for record in found if record["id"] == notification]
        self.assertEqual(eventually("the school has it", arrived)[0]["fields"]["context"]["value"], "Was present.")
        print(f"{time.monotonic() - began:.0f} s from the installed package to the first notification", file=sys.stderr)

    def test_the_demo_partnership_is_set_up_from_the_package(self):
        folder = tempfile.mkdtemp(prefix="concord-demo-")
        self.addCleanup(shutil.rmtree, folder)
        script = "/usr/share/doc/concord/Nodes/demo-partnership/set-up"
        self.assertIn("Three nodes are ready", run(script, f"{folder}/partnership").stdout)
        self.assertEqual(run(script, f"{folder}/partnership", may_fail=True).returncode, 1)

    @staticmethod
    def write_agreement(path):
        """The template that the package brings, in force today."""
        days = {"starts": -1, "review": 365, "ends": 700}
        with open("/usr/share/concord/agreements/sheffield-encompass.yaml", encoding="utf-8") as file:
            text = file.read()
        for key, number in days.items():
            day = datetime.date.today() + datetime.timedelta(days=number)
            text = re.sub(rf"(?m)^{key}: .*$", f"{key}: {day}", text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)

    def test_what_is_wrong_is_said(self):
        status, said = Node("nobody").finish()
        self.assertEqual(status, 1)
        self.assertIn("no node in /var/lib/concord/nobody (concord init makes one)", said)
        self.init()
        other = self.concord("status", self.DIR, may_fail=True, user="nobody")
        self.assertEqual(other.returncode, 1)
        self.assertIn("Permission denied", other.stderr.replace("permission", "Permission"))
        self.start()
        status, said = Node("police").finish()
        self.assertEqual(status, 1)
        self.assertIn("another concord run works on", said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
