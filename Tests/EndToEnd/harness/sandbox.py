"""A network and a mount namespace of the test's own, in which daemons and registries run.

`eth0` in it (192.0.2.1/24) leads to a second namespace, "outside" (192.0.2.2), from where published ports are
reached as from another machine. Both namespaces live as long as two sleeping holders, which die with the tests."""

import concurrent.futures
import ctypes
import os
import shutil
import subprocess
import tempfile
import threading

from .processes import die_with_parent, run, unique, wait_until

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000

ADDRESS = "192.0.2.1"
OUTSIDE_ADDRESS = "192.0.2.2"


def _in_namespace(path: str, function):
    """Calls `function` on a thread that has entered the network namespace: its sockets belong there for good."""
    outcome = concurrent.futures.Future()

    def body():
        try:
            with open(path) as namespace:
                if _libc.setns(namespace.fileno(), _CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), f"setns {path}")
            outcome.set_result(function())
        except BaseException as error:  # handed to the caller's thread
            outcome.set_exception(error)

    thread = threading.Thread(target=body, daemon=True)
    thread.start()
    thread.join()
    return outcome.result()


def _holder(*namespaces) -> subprocess.Popen:
    process = subprocess.Popen(
        ["unshare", *namespaces, "--", "sh", "-c", "ip link set lo up && echo ready && exec sleep infinity"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, preexec_fn=die_with_parent)
    line = process.stdout.readline()
    assert line == b"ready\n", f"no sandbox: {line!r}"
    return process


class Sandbox:
    def __init__(self):
        self.name = unique("mpt")
        self.directory = tempfile.mkdtemp(prefix=self.name + "-", dir="/tmp")
        os.chmod(self.directory, 0o755)
        self.holder = _holder("--net", "--mount", "--propagation", "private")
        self.outside = _holder("--net")
        # What daemons look for in the machine's /etc (registry certificates) is the test's own.
        self.etc_docker = self.path("etc-docker")
        os.makedirs(self.etc_docker)
        os.makedirs("/etc/docker", exist_ok=True)
        run(*self.command("mount", "--bind", self.etc_docker, "/etc/docker"))
        run(*self.command(
            "ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", str(self.outside.pid)))
        run(*self.command("ip", "address", "add", f"{ADDRESS}/24", "dev", "eth0"))
        run(*self.command("ip", "link", "set", "eth0", "up"))
        run(*self.outside_command("ip", "address", "add", f"{OUTSIDE_ADDRESS}/24", "dev", "eth0"))
        run(*self.outside_command("ip", "link", "set", "eth0", "up"))
        run(*self.command("ip", "route", "add", "default", "via", OUTSIDE_ADDRESS))

    def path(self, *parts) -> str:
        return os.path.join(self.directory, *parts)

    def command(self, *argv) -> list:
        """The command line that runs `argv` inside; `nsenter` becomes the program, so its pid is the program's."""
        return ["nsenter", f"--target={self.holder.pid}", "--net", "--mount", "--", *map(str, argv)]

    def outside_command(self, *argv) -> list:
        return ["nsenter", f"--target={self.outside.pid}", "--net", "--", *map(str, argv)]

    def inside(self, function):
        """Runs a Python function with the sandbox's network."""
        return _in_namespace(f"/proc/{self.holder.pid}/ns/net", function)

    def from_outside(self, function):
        return _in_namespace(f"/proc/{self.outside.pid}/ns/net", function)

    def namespaces(self) -> set:
        """Identities (`mnt:[…]`, `net:[…]`) by which processes are recognised as the sandbox's."""
        return {os.readlink(f"/proc/{self.holder.pid}/ns/{kind}") for kind in ("net", "mnt")}

    def processes(self) -> dict:
        """Every process that runs in these namespaces or in a cgroup named after the sandbox, except the holder."""
        namespaces, found = self.namespaces(), {}
        for entry in os.listdir("/proc"):
            if not entry.isdigit() or int(entry) in (self.holder.pid, self.outside.pid):
                continue
            try:
                links = {os.readlink(f"/proc/{entry}/ns/{kind}") for kind in ("net", "mnt")}
                with open(f"/proc/{entry}/cgroup") as file:
                    grouped = self.name in file.read()
                if (links & namespaces) or grouped:
                    with open(f"/proc/{entry}/cmdline", "rb") as file:
                        text = file.read().replace(b"\0", b" ").decode(errors="replace").strip()
                    with open(f"/proc/{entry}/stat") as file:
                        state = file.read().rpartition(")")[2].split()[0]
                    if state not in "ZX":
                        found[int(entry)] = text
            except OSError:
                continue
        return found

    def close(self):
        for pid in self.processes():
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass
        wait_until(lambda: not self.processes(), what=f"the end of {self.processes()}")
        for holder in (self.holder, self.outside):
            holder.kill()
            holder.wait()
            holder.stdout.close()
        remove_cgroups(self.name)
        shutil.rmtree(self.directory, ignore_errors=True)


def cgroup_roots() -> list:
    """The mount points of every cgroup hierarchy, v1 or v2."""
    with open("/proc/self/mountinfo") as file:
        lines = [line.split(" - ") for line in file]
    return [left.split()[4] for left, right in lines if right.split()[0] in ("cgroup", "cgroup2")]


def cgroups(name: str) -> set:
    """Every cgroup directory whose top-level name holds `name`."""
    found = set()
    for root in cgroup_roots():
        for top in os.listdir(root):
            if name in top:
                for directory, _, _ in os.walk(os.path.join(root, top)):
                    found.add(directory)
    return found


def remove_cgroups(name: str):
    """Removes them all; one whose last process is still being reaped is busy for a moment."""

    def removed():
        for directory in sorted(cgroups(name), key=len, reverse=True):
            try:
                os.rmdir(directory)
            except OSError:
                pass
        return not cgroups(name)

    wait_until(removed, 5, f"the removal of the cgroups {name}")
