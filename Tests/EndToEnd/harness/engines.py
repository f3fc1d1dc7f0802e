"""Engines under test: a daemon with its own data root, run root, socket and cgroup, in a sandbox."""

import json
import os
import signal
import socket
import subprocess
import http.client

import docker

from .client import BIN, PEERS, REPOSITORY, Client
from .processes import die_with_parent, run, unique, wait_until
from .sandbox import Sandbox


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float = 60):
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Engine:
    kind = ""

    def __init__(self, sandbox: Sandbox, name: str = None, data_root: str = None, arguments=(), environment=None):
        self.sandbox = sandbox
        self.name = name or unique(self.kind)
        self.directory = sandbox.path(self.name)
        os.makedirs(self.directory, exist_ok=True)
        self.data_root = data_root or self.path("data")
        self.exec_root = self.path("run")
        self.socket = self.path("api.sock")
        self.pidfile = self.path("daemon.pid")
        self.cgroup_parent = "/" + self.sandbox.name + "-" + self.name
        self.arguments = list(arguments)
        self.environment = environment or {}
        self.process = None
        self.preexec = None
        self.log_path = self.path("daemon.log")
        self._api = None

    def path(self, *parts) -> str:
        return os.path.join(self.directory, *parts)

    # Life

    def command(self) -> list:
        raise NotImplementedError

    def start(self, timeout: float = 30):
        assert self.process is None, "already started"

        def prepare():
            die_with_parent()
            if self.preexec:
                self.preexec()

        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd="/",
                env={**os.environ, **self.environment}, preexec_fn=prepare)

        def answers():
            if self.process.poll() is not None:
                raise AssertionError(f"{self.kind} ended with {self.process.returncode} at its start:\n{self.log()}")
            try:
                return self.request("GET", "/_ping", timeout=5)[0] == 200
            except (OSError, http.client.HTTPException):
                return False

        try:
            wait_until(answers, timeout, f"{self.kind} answering on {self.socket}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()}") from None
        return self

    def stop(self, timeout: float = 30):
        """The orderly end, by SIGTERM."""
        if self.process is None:
            return
        self.signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.kind} did not end within {timeout} s of SIGTERM:\n{self.log()}") from None
        self.process = None
        assert code == 0, f"{self.kind} ended with {code} after SIGTERM:\n{self.log()}"

    def signal(self, number: int):
        self.process.send_signal(number)

    def kill(self):
        """kill -9, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def restart(self):
        self.stop()
        return self.start()

    def close(self):
        self.kill()
        if self._api is not None:
            self._api.close()

    def begin_anew(self):
        """After a failure: ends everything of this engine, forgets its data and starts it empty."""
        self.kill()
        for pid, text in self.sandbox.processes().items():
            if "docker-registry" not in text:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        wait_until(lambda: all("docker-registry" in text for text in self.sandbox.processes().values()))
        for directory in (self.data_root, self.exec_root):
            run("rm", "-rf", *(os.path.join(directory, name) for name in os.listdir(directory)))
        self.start()

    def log(self, lines: int = 60) -> str:
        try:
            with open(self.log_path, errors="replace") as file:
                return "".join(file.readlines()[-lines:])
        except FileNotFoundError:
            return ""

    # Clients

    def client(self, kind: str = "docker") -> Client:
        return Client(kind, self.socket, self.path("config"))

    @property
    def api(self) -> docker.DockerClient:
        if self._api is None:
            self._api = docker.DockerClient(base_url=f"unix://{self.socket}", timeout=60)
        return self._api

    def request(self, method: str, path: str, body=None, headers=None, timeout: float = 30):
        """One API call without any client in between: status, headers, body (decoded when it is JSON)."""
        connection = UnixConnection(self.socket, timeout)
        try:
            headers = dict(headers or {})
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(body).encode()
            if body is not None:
                headers.setdefault("Content-Type", "application/json")
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            data = answer.read()
            if (answer.getheader("Content-Type") or "").startswith("application/json"):
                try:
                    data = json.loads(data)
                except ValueError:
                    pass
            return answer.status, dict(answer.getheaders()), data
        finally:
            connection.close()

    def remove_everything(self, images: bool = False):
        """Leaves no container, no network and no volume of a user's."""
        for container in self.request("GET", "/containers/json?all=1")[2]:
            status, _, answer = self.request("DELETE", f"/containers/{container['Id']}?force=1&v=1")
            assert status in (204, 404, 409), answer
        for network in self.request("GET", "/networks")[2]:
            if network["Name"] not in ("bridge", "host", "none"):
                status, _, answer = self.request("DELETE", f"/networks/{network['Id']}")
                assert status in (204, 404), answer
        for volume in self.request("GET", "/volumes")[2].get("Volumes") or []:
            status, _, answer = self.request("DELETE", f"/volumes/{volume['Name']}?force=1")
            assert status in (204, 404), answer


class DockerEngine(Engine):
    """Stock dockerd from the peers' root, in a pid namespace of its own so that nothing of it can stay."""

    kind = "docker"

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.root = self.path("root")
        for directory in ("root", "upper", "work", "data", "run"):
            os.makedirs(self.path(directory), exist_ok=True)
        self.prepare_root()

    def prepare_root(self):
        layers = f"lowerdir={PEERS},upperdir={self.path('upper')},workdir={self.path('work')}"
        root, shared = self.root, self.sandbox.directory
        # /sys is the namespace's own (dockerd looks at bridges there), with the machine's cgroup hierarchies.
        run(*self.sandbox.command("sh", "-ec", f"""
            mount -t overlay overlay -o {layers} {root}
            mount --rbind --make-rslave /dev {root}/dev
            mount -t sysfs sysfs {root}/sys
            mount --rbind --make-rslave /sys/fs/cgroup {root}/sys/fs/cgroup
            mount -t tmpfs tmpfs {root}/run
            mount -t tmpfs tmpfs {root}/tmp
            mkdir -p {root}{shared} {root}/etc/docker {self.data_root}
            mount --bind {shared} {root}{shared}
            mkdir -p {root}{self.data_root}
            mount --bind {self.data_root} {root}{self.data_root}
            mount --bind {self.sandbox.etc_docker} {root}/etc/docker
            echo 'nameserver 192.0.2.53' > {root}/etc/resolv.conf
            """))

    def command(self) -> list:
        # A real new root, not chroot alone: `docker exec` enters a mount namespace and lands at its root.
        inner = (
            f"mount -t proc proc {self.root}/proc && {self.hide()} cd {self.root} && mkdir -p .old && "
            f"pivot_root . .old && exec chroot . sh -ec 'umount -l /.old; exec catatonit -- {self.daemon()}'")
        return self.sandbox.command(
            "unshare", "--pid", "--mount", "--fork", "--kill-child", "--propagation", "private", "--",
            "sh", "-ec", inner)

    def hide(self) -> str:
        """A shell command that takes away what the daemon must not see."""
        return ""

    def daemon(self) -> str:
        return " ".join(["dockerd", *self.flags()])

    def flags(self) -> list:
        return [
            "--data-root", self.data_root, "--exec-root", self.exec_root, "--host", f"unix://{self.socket}",
            "--pidfile", self.pidfile, "--cgroup-parent", self.cgroup_parent, "--log-level", "warn", *self.arguments]

    def inner_pid(self) -> int:
        """catatonit, the first process of the pid namespace, which hands signals on; `unshare` waits for it."""
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            return int(file.read().split()[0])

    def signal(self, number: int):
        os.kill(self.inner_pid(), number)


class MoonpoolEngine(Engine):
    kind = "moonpool"

    def __init__(self, *args, hooks: str = None, plugins: str = None, **options):
        super().__init__(*args, **options)
        self.hooks = hooks
        self.plugins = plugins

    def command(self) -> list:
        flags = [
            "--data-root", self.data_root, "--exec-root", self.exec_root, "--host", f"unix://{self.socket}",
            "--pidfile", self.pidfile, "--cgroup-parent", self.cgroup_parent]
        flags += ["--hooks", self.hooks] if self.hooks else ["--hooks", self.path("no-hooks")]
        flags += ["--plugins", self.plugins] if self.plugins else []
        return self.sandbox.command(os.path.join(BIN, "moonpoold"), *flags, *self.arguments)


ENGINES = {engine.kind: engine for engine in (DockerEngine, MoonpoolEngine)}
SHIPPED_HOOKS = os.path.join(REPOSITORY, "hooks")
