#!/usr/bin/env python3
"""Runs a unit's command as systemd would, as far as that is possible where systemd is not running.

Usage: Tests/Package/sandbox.py UNIT INSTANCE [COMMAND...]

Reads the unit's file, takes from the process what the unit takes from it, and becomes the unit's ExecStart, or
COMMAND. As root, on Linux. What of the unit was not applied is written to standard error, one name to a line, after
`not applied:`. What is not understood in what was to be applied ends it.
"""

import ctypes
import os
import pwd
import re
import resource
import shlex
import socket
import subprocess
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_NAMESPACE_OF_MOUNTS, NEW_NAMESPACE_OF_IPC, NEW_NAMESPACE_OF_NETS = 0x20000, 0x08000000, 0x40000000
READ_ONLY, NO_SUID, NO_DEVICES, NO_EXEC, REMOUNT, BIND, RECURSIVE, PRIVATE = 1, 2, 4, 8, 32, 4096, 16384, 1 << 18
SET_NO_NEW_PRIVILEGES, DROP_CAPABILITY, SET_MDWE = 38, 24, 65
# What the kernel's interfaces are mounted on: systemd protects those by other settings.
KERNEL = ("/proc", "/sys", "/dev")


class Unit:
    """The [Service] section: each setting with all its values, in order."""

    def __init__(self, path, instance):
        self.settings = {}
        section = None
        with open(path, encoding="utf-8") as file:
            text = file.read().replace("\\\n", " ")
        for line in text.split("\n"):
            line = line.strip()
            if line.startswith("["):
                section = line
            elif section == "[Service]" and line and not line.startswith(("#", ";")):
                name, value = line.split("=", 1)
                self.settings.setdefault(name, []).append(value.replace("%i", instance))
        self.applied = set()

    def values(self, name):
        self.applied.add(name)
        return self.settings.get(name, [])

    def value(self, name, otherwise=""):
        return (self.values(name) or [otherwise])[-1]

    def says(self, name):
        return self.value(name, "no") in ("yes", "true", "1")

    def rest(self):
        """What systemd does and this does not, or does to no effect on the command."""
        return sorted(set(self.settings) - self.applied)


def must(result, what):
    if result != 0:
        error = ctypes.get_errno()
        sys.exit(f"sandbox: {what}: {os.strerror(error)}")


def mount(source, target, kind, flags, options=None):
    def encoded(text):
        return text.encode() if text else None
    must(LIBC.mount(encoded(source), encoded(target), encoded(kind), flags, encoded(options)), f"mount {target}")


def mount_points():
    with open("/proc/self/mountinfo", encoding="utf-8") as file:
        for line in file:
            parts = line.split()
            yield re.sub(r"\\(\d{3})", lambda code: chr(int(code[1], 8)), parts[4]), parts[5].split(",")


def remount_read_only(writable):
    """All that is mounted, but what may be written and the kernel's own."""
    kept = {"nosuid": NO_SUID, "nodev": NO_DEVICES, "noexec": NO_EXEC}
    for point, options in list(mount_points()):
        if point in writable or any(point == path or point.startswith(path + "/") for path in KERNEL):
            continue
        flags = sum(flag for name, flag in kept.items() if name in options)
        LIBC.mount(None, point.encode(), None, REMOUNT | BIND | READ_ONLY | flags, None)


def make_state_folders(unit, user):
    """What StateDirectory names, made for the unit's user; where they are."""
    folders = [f"/var/lib/{name}" for value in unit.values("StateDirectory") for name in value.split()]
    for folder in folders:
        os.makedirs(folder, exist_ok=True)
        os.chmod(folder, int(unit.value("StateDirectoryMode", "0755"), 8))
        os.chown(folder, user.pw_uid, user.pw_gid)
    return folders


def confine_files(unit, user):
    must(LIBC.unshare(NEW_NAMESPACE_OF_MOUNTS), "unshare mounts")
    mount("none", "/", None, RECURSIVE | PRIVATE)
    writable = make_state_folders(unit, user)
    writable += [path for value in unit.values("ReadWritePaths") for path in value.split()]
    for path in writable:
        mount(path, path, None, BIND)
    if unit.says("PrivateTmp"):
        for path in ("/tmp", "/var/tmp"):
            mount("tmpfs", path, "tmpfs", NO_SUID | NO_DEVICES, "mode=1777")
            writable.append(path)
    if unit.says("ProtectHome"):
        for path in filter(os.path.isdir, ("/home", "/root", "/run/user")):
            mount("tmpfs", path, "tmpfs", NO_SUID | NO_DEVICES | READ_ONLY, "mode=000")
    if unit.value("ProtectSystem") == "strict":
        remount_read_only(writable)
    options = []
    if unit.value("ProcSubset") == "pid":
        options.append("subset=pid")
    if unit.value("ProtectProc") == "invisible":
        options.append("hidepid=invisible")
    if options:
        mount("proc", "/proc", "proc", NO_SUID | NO_DEVICES | NO_EXEC, ",".join(options))


def confine_rights(unit, user):
    for name, limit in (("LimitCORE", resource.RLIMIT_CORE), ("LimitNOFILE", resource.RLIMIT_NOFILE)):
        if unit.values(name):
            number, most = int(unit.value(name)), resource.getrlimit(limit)[1]
            # Who may not raise limits, as root in some containers, stays below the one that there is.
            number = number if most == resource.RLIM_INFINITY else min(number, most)
            resource.setrlimit(limit, (number, number))
    os.umask(int(unit.value("UMask", "0022"), 8))
    if unit.values("CapabilityBoundingSet") == [""]:
        for capability in range(64):
            if LIBC.prctl(DROP_CAPABILITY, capability, 0, 0, 0) != 0:
                break  # beyond the last that this kernel has
    os.initgroups(user.pw_name, user.pw_gid)
    os.setresgid(user.pw_gid, user.pw_gid, user.pw_gid)
    os.setresuid(user.pw_uid, user.pw_uid, user.pw_uid)
    if unit.says("NoNewPrivileges"):
        must(LIBC.prctl(SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "no new privileges")
    if unit.says("MemoryDenyWriteExecute") and LIBC.prctl(SET_MDWE, 1, 0, 0, 0) != 0:
        unit.applied.discard("MemoryDenyWriteExecute")  # a kernel before 6.3


def calls_of(group):
    """The system calls of a group, as this machine's systemd has it."""
    done = subprocess.run(["systemd-analyze", "syscall-filter", group], capture_output=True, text=True, check=True)
    for line in done.stdout.split("\n")[1:]:
        name = line.strip()
        if name.startswith("@"):
            yield from calls_of(name)
        elif name and not name.startswith("#"):
            yield name


def allowed_calls(unit):
    """What SystemCallFilter leaves: what it lists, without what it then takes away with `~`."""
    allowed = set()
    for value in unit.values("SystemCallFilter"):
        groups = value.lstrip("~").split()
        names = {call for group in groups for call in (calls_of(group) if group.startswith("@") else [group])}
        allowed = allowed - names if value.startswith("~") else allowed | names
    return allowed


class Argument(ctypes.Structure):
    """libseccomp's scmp_arg_cmp."""
    _fields_ = [("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64)]


def filter_of_calls(unit):
    """A filter that fails what is not allowed with EPERM, ready to be loaded; nothing where there is none."""
    allowed = allowed_calls(unit)
    if not allowed:
        return None
    library = ctypes.CDLL("libseccomp.so.2")
    library.seccomp_init.restype = ctypes.c_void_p
    allow, refuse, equal = 0x7FFF0000, 0x00050001, 4
    made = ctypes.c_void_p(library.seccomp_init(refuse))
    families = [getattr(socket, name) for value in unit.values("RestrictAddressFamilies") for name in value.split()]
    for name in sorted(allowed):
        number = library.seccomp_syscall_resolve_name(name.encode())
        if number < 0:
            continue  # not one of this machine's kind
        if name == "socket" and families:
            for family in families:
                argument = Argument(0, equal, family, 0)
                must(library.seccomp_rule_add_array(made, allow, number, 1, ctypes.byref(argument)), name)
        else:
            must(library.seccomp_rule_add_array(made, allow, number, 0, None), name)
    unit.values("SystemCallErrorNumber")
    return lambda: must(library.seccomp_load(made), "load the filter of system calls")


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    unit = Unit(sys.argv[1], sys.argv[2])
    command = sys.argv[3:] or shlex.split(unit.value("ExecStart"))
    unit.applied.add("ExecStart")
    user = pwd.getpwnam(unit.value("User"))
    unit.values("Group")
    if unit.says("PrivateIPC"):
        must(LIBC.unshare(NEW_NAMESPACE_OF_IPC), "unshare IPC")
    if unit.says("PrivateNetwork"):
        must(LIBC.unshare(NEW_NAMESPACE_OF_NETS), "unshare the network")
    load = filter_of_calls(unit)
    confine_files(unit, user)
    confine_rights(unit, user)
    if load:
        load()
    sys.stderr.write("not applied:\n" + "".join(f"{name}\n" for name in unit.rest()) + "---\n")
    sys.stderr.flush()
    environment = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8",
                   "USER": user.pw_name, "HOME": user.pw_dir}
    os.chdir("/")
    os.execve(command[0], command, environment)


if __name__ == "__main__":
    main()
