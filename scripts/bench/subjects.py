"""The engines that are measured, each in a sandbox, on a journalled file system and in a cgroup of its own."""

import json
import os
import subprocess
import sys
import time

from harness import engines
from harness.client import PEERS
from harness.engines import DockerEngine, Engine, MoonpoolEngine
from harness.processes import run, wait_until
from harness.registry import Registry
from harness.sandbox import Sandbox, cgroup_roots


class Accounting:
    """CPU time of everything in one cgroup: `cpuacct` on v1, `cpu.stat` on v2."""

    def __init__(self, name: str):
        v1 = [root for root in cgroup_roots() if os.path.exists(os.path.join(root, "cpuacct.usage"))]
        self.v1 = bool(v1)
        root = v1[0] if v1 else next(r for r in cgroup_roots() if os.path.exists(os.path.join(r, "cgroup.controllers")))
        self.path = os.path.join(root, name)
        os.makedirs(self.path, exist_ok=True)
        # On v2 a group with children holds no processes of its own.
        self.own = self.path if self.v1 else os.path.join(self.path, "programs")
        os.makedirs(self.own, exist_ok=True)

    def enter(self):
        """For `preexec_fn`: the child and all it starts are counted."""
        with open(os.path.join(self.own, "cgroup.procs"), "w") as file:
            file.write("0")

    def seconds(self) -> float:
        if self.v1:
            with open(os.path.join(self.path, "cpuacct.usage")) as file:
                return int(file.read()) / 1e9
        with open(os.path.join(self.path, "cpu.stat")) as file:
            return int(next(line.split()[1] for line in file if line.startswith("usage_usec"))) / 1e6


class Disk:
    """A sparse ext4 file system with a journal, mounted in the sandbox only."""

    def __init__(self, sandbox, gibibytes: int = 8):
        self.sandbox, self.path = sandbox, sandbox.path("disk")
        os.makedirs(self.path)
        image = sandbox.path("disk.img")
        run("truncate", "-s", f"{gibibytes}G", image)
        run("mkfs.ext4", "-q", "-m", "0", "-O", "has_journal", "-E", "lazy_itable_init=1", image)
        run(*sandbox.command("mount", "-o", "loop", image, self.path))

    def close(self):
        run(*self.sandbox.command("umount", "-l", self.path), code=None)


class PodmanEngine(DockerEngine):
    """Podman's Docker API service from the peers' root. crun refuses a hybrid hierarchy, so the unified one is hidden."""

    kind = "podman"

    def hide(self) -> str:
        return f"umount -l {self.root}/sys/fs/cgroup/unified 2>/dev/null || true; "

    def podman(self) -> list:
        return ["podman", "--root", self.data_root, "--runroot", self.exec_root, "--cgroup-manager", "cgroupfs",
                "--runtime", "/usr/bin/crun", "--storage-driver", "overlay", "--events-backend", "file",
                "--log-level", "error"]

    def daemon(self) -> str:
        os.makedirs(os.path.join(self.sandbox.etc_docker, "..", "podman"), exist_ok=True)
        return " ".join([*self.podman(), "system", "service", "--time", "0", f"unix://{self.socket}"])

    def prepare_root(self):
        policy = os.path.join(self.path("upper"), "etc", "containers")
        os.makedirs(policy, exist_ok=True)
        with open(os.path.join(policy, "policy.json"), "w") as file:
            file.write('{"default":[{"type":"insecureAcceptAnything"}]}')
        with open(os.path.join(policy, "registries.conf"), "w") as file:
            file.write('unqualified-search-registries = []\n[[registry]]\nlocation = "127.0.0.1:5000"\ninsecure = true\n')
        with open(os.path.join(policy, "containers.conf"), "w") as file:
            file.write('[containers]\npids_limit = 0\n[engine]\nimage_copy_tmp_dir = "/tmp"\n')
        super().prepare_root()


class Subject:
    """An engine with its sandbox, its disk, its accounting and its registry."""

    def __init__(self, kind: str, storage: str):
        self.kind = kind
        self.sandbox = Sandbox()
        self.disk = Disk(self.sandbox)
        self.registry = Registry(self.sandbox, storage=storage)
        types = {"docker": DockerEngine, "podman": PodmanEngine, "moonpool": MoonpoolEngine}
        self.engine = types[kind](self.sandbox, data_root=os.path.join(self.disk.path, "data"))
        self.accounting = Accounting(self.engine.cgroup_parent[1:])
        self.engine.preexec = self.accounting.enter
        self.launcher = subprocess.Popen(
            [sys.executable, os.path.join(os.path.dirname(__file__), "launcher.py")], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, preexec_fn=self.accounting.enter)

    def start(self):
        self.registry.start()
        begun = time.perf_counter()
        self.engine.start(timeout=60)
        self.seconds_to_start = time.perf_counter() - begun

    def command_line(self, *args) -> tuple:
        """The client's command line and its environment."""
        if self.kind == "podman":
            pid = self.engine.inner_pid()
            enter = ["nsenter", f"--target={pid}", "--net", "--mount", "--pid", "--root", "--wd", "--"]
            return [*enter, *self.engine.podman(), *args], dict(os.environ, HOME="/root")
        client = self.engine.client(self.kind)
        return [*client.program, *map(str, args)], client.environment

    def launch(self, command: list, environment: dict) -> tuple:
        """Exit status, seconds and error output of a program started inside the subject's cgroup."""
        self.launcher.stdin.write(json.dumps([command, environment]) + "\n")
        self.launcher.stdin.flush()
        return tuple(json.loads(self.launcher.stdout.readline()))

    def processes(self) -> dict:
        """Pids of the engine's own processes: daemon, shims, helpers; not what runs in containers."""
        import re

        wanted = re.compile(r"dockerd|containerd|docker-proxy|podman|conmon|netavark|aardvark|catatonit|moonpool")
        return {pid: text for pid, text in self.sandbox.processes().items()
                if wanted.search(text.split(" ")[0]) and "nsenter" not in text and "unshare" not in text}

    def memory(self) -> int:
        """Proportional set size of the engine's own processes, in bytes."""
        total = 0
        for pid in self.processes():
            try:
                with open(f"/proc/{pid}/smaps_rollup") as file:
                    total += next(int(line.split()[1]) for line in file if line.startswith("Pss:")) << 10
            except OSError:
                continue
        return total

    def close(self):
        try:
            if self.engine.process is not None:
                self.engine.remove_everything()
                self.engine.stop()
        finally:
            self.engine.close()
            self.launcher.stdin.close()
            self.launcher.wait()
            self.registry.stop()
            self.disk.close()
            self.sandbox.close()
