"""A full disk that is one: a 64 MiB ext4 file system as data root, filled during pull, create, log and record write."""

import json
import os

import pytest

from conftest import IMAGE
from harness.images import Layer, busybox_layer, push_image
from harness.processes import run, unique, wait_until
from harness.registry import Registry

pytestmark = pytest.mark.moonpool


class Disk:
    """A loop file system inside the sandbox's mount namespace."""

    def __init__(self, sandbox, mebibytes: int = 64):
        self.sandbox = sandbox
        self.path = sandbox.path("disk")
        os.makedirs(self.path)
        image = sandbox.path("disk.img")
        run("truncate", "-s", f"{mebibytes}M", image)
        run("mkfs.ext4", "-q", "-m", "0", image)
        run(*sandbox.command("mount", "-o", "loop", image, self.path))

    def close(self):
        run(*self.sandbox.command("umount", "-l", self.path), code=None)

    def command(self, *argv):
        return run(*self.sandbox.command(*argv), code=None)

    def free(self) -> int:
        return int(self.command("stat", "-f", "-c", "%a", self.path).out) * int(
            self.command("stat", "-f", "-c", "%S", self.path).out)

    def fill(self):
        self.command("sh", "-c", f"for i in 1 2 3 4 5 6; do cat /dev/zero >> {self.path}/ballast; sync; done; "
                     f"for i in 1 2 3; do dd if=/dev/zero of={self.path}/ballast2 bs=1k oflag=append conv=notrunc; sync; done")
        assert self.free() < 64 << 10

    def empty(self):
        self.command("sh", "-c", f"rm -f {self.path}/ballast {self.path}/ballast2; sync")


@pytest.fixture
def disk_engine(new_sandbox, new_engine):
    sandbox = new_sandbox()
    disk = Disk(sandbox)
    engine = new_engine(sandbox=sandbox, data_root=os.path.join(disk.path, "data"))
    yield disk, engine
    disk.empty()
    if engine.process is not None:
        engine.remove_everything()
        engine.stop()
    disk.close()


def full(text: str) -> bool:
    return "no space left on device" in text.lower()


def test_pull(disk_engine):
    disk, engine = disk_engine
    docker = engine.client()
    registry = Registry(engine.sandbox).start()
    try:
        ballast = Layer()
        for number in range(80):
            ballast.file(f"big/{number}", os.urandom(1 << 20))
        push_image(registry, "big", "1", [busybox_layer().bytes(), ballast.bytes()])
        push_image(registry, "small", "1", [busybox_layer().bytes()])
        before = disk.free()
        result = docker("pull", registry.reference("big:1"), code=1, timeout=120)
        assert full(result.err), result
        # What was half unpacked is gone again, and the engine goes on.
        wait_until(lambda: disk.free() > before - (6 << 20), what=f"the space back ({disk.free()} of {before})")
        docker("pull", registry.reference("small:1"))
        assert docker("run", "--rm", registry.reference("small:1"), "echo", "fine").out == "fine\n"
    finally:
        registry.stop()


def test_create_and_record(disk_engine):
    disk, engine = disk_engine
    docker = engine.client()
    docker("run", "-d", "--name", "before", IMAGE, "sleep", "1000")
    disk.fill()
    result = docker("create", "--name", "new", IMAGE, "true", code=1)
    assert full(result.err), result
    result = docker("volume", "create", "vol", code=1)
    assert full(result.err), result
    # What runs goes on and can be stopped although nothing can be written.
    assert docker.out("exec", "before", "echo", "still here") == "still here"
    docker("stop", "-t", "0", "before")
    disk.empty()
    names = docker.out("ps", "-a", "--format", "{{.Names}}").split()
    assert names == ["before"], "a create that failed left a container"
    assert docker("run", "--rm", "--name", "new", IMAGE, "echo", "works").out == "works\n"


def test_log(disk_engine):
    """A container that logs onto a full disk is not wedged; what could not be written is missing, nothing else."""
    disk, engine = disk_engine
    docker = engine.client()
    docker("run", "-d", "--name", "talker", IMAGE, "sh", "-c",
           "echo first; while [ ! -e /go ]; do usleep 50000; done; seq 1 100000; echo last words; sleep 1; exit 6")
    wait_until(lambda: "first" in docker.out("logs", "talker"))
    docker("exec", "talker", "true")
    disk.fill()
    # The signal is a file in the container's root; that file system is full, so it has no content.
    result = docker("exec", "talker", "touch", "/go", code=None)
    if result.code != 0:
        disk.command("sh", "-c", f"rm -f {disk.path}/ballast2")
        docker("exec", "talker", "touch", "/go")
    assert docker.out("wait", "talker", timeout=60) == "6"
    assert docker("logs", "talker").out.startswith("first\n")
    disk.empty()
    docker("start", "talker")
    docker("rm", "-f", "talker")


def test_a_restart_on_a_full_disk(disk_engine):
    disk, engine = disk_engine
    docker = engine.client()
    docker("run", "-d", "--name", "before", IMAGE, "sleep", "1000")
    disk.fill()
    engine.kill()
    try:
        engine.start()
        assert docker.out("ps", "-q", "--filter", "name=before")
    except AssertionError as refused:
        # Docker itself does not start on a full disk; to say so and to lose nothing is enough.
        assert full(str(refused)), refused
        engine.close()
    disk.empty()
    if engine.process is None:
        engine.start()
    assert docker.out("exec", "before", "echo", "still here") == "still here"


def test_the_error_has_dockers_status(disk_engine):
    disk, engine = disk_engine
    disk.fill()
    status, _, answer = engine.request("POST", "/containers/create", {"Image": IMAGE, "Cmd": ["true"]})
    assert status == 500 and full(answer["message"]), (status, answer)
