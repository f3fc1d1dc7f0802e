"""docker-py, the client that most other tools are built on, used as its own documentation uses it."""

import docker.errors
import pytest

from harness.processes import unique, wait_until


def test_run(engine, image):
    assert engine.api.containers.run(image, ["echo", "hello"], remove=True) == b"hello\n"
    with pytest.raises(docker.errors.ContainerError) as failed:
        engine.api.containers.run(image, ["sh", "-c", "echo why >&2; exit 3"], remove=True)
    assert failed.value.exit_status == 3 and b"why" in failed.value.stderr
    with pytest.raises(docker.errors.ImageNotFound):
        engine.api.containers.create(unique("absent"), "true")
    with pytest.raises(docker.errors.NotFound):
        engine.api.containers.get("absent")


def test_life(engine, image, name):
    container = engine.api.containers.run(
        image, ["sh", "-c", "echo started; exec sleep 100"], name=name, detach=True, labels={"a": "b"},
        environment={"X": "y"}, mem_limit="64m", pids_limit=50, nano_cpus=500_000_000, cap_drop=["ALL"],
        read_only=True, tmpfs={"/tmp": "size=1m"}, hostname="moon", user="alice", working_dir="/srv")
    assert container.status == "created" or container.status == "running"
    container.reload()
    assert container.status == "running" and container.labels == {"a": "b"} and container.image.tags == [image]
    wait_until(lambda: container.logs() == b"started\n")
    assert [c.name for c in engine.api.containers.list(filters={"label": "a=b"})] == [name]
    container.stop(timeout=0)
    assert container.wait()["StatusCode"] == 137
    container.start()
    container.kill()
    assert container.wait() == {"StatusCode": 137}
    container.restart(timeout=0)
    container.remove(force=True)


def test_streams(engine, image):
    container = engine.api.containers.run(image, ["sh", "-c", "for i in 1 2 3; do echo $i; sleep 0.2; done"], detach=True)
    assert b"".join(container.logs(stream=True, follow=True)) == b"1\n2\n3\n"
    assert container.logs(stdout=True, stderr=False, tail=1) == b"3\n"
    container.remove()


def test_attach_stream(engine, image):
    container = engine.api.containers.create(image, ["cat"], stdin_open=True)
    socket = container.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
    container.start()
    socket._sock.sendall(b"hello\n")
    header = socket.read(8)
    assert header[0] == 1 and socket.read(int.from_bytes(header[4:8], "big")) == b"hello\n"
    socket.close()
    container.remove(force=True)


def test_wait_conditions(engine, image):
    container = engine.api.containers.create(image, ["sh", "-c", "exit 4"])
    import threading

    answers = []
    waiting = threading.Thread(target=lambda: answers.append(container.wait(condition="next-exit")))
    waiting.start()
    import time

    time.sleep(0.2)
    container.start()
    waiting.join(20)
    assert answers == [{"StatusCode": 4}]
    assert container.wait(condition="not-running") == {"StatusCode": 4}
    container.remove()


def test_networks_and_volumes(engine, image):
    network = engine.api.networks.create(unique("net"), driver="bridge", labels={"a": "b"})
    volume = engine.api.volumes.create(unique("vol"))
    out = engine.api.containers.run(image, ["sh", "-c", "ip -o addr show eth0 | wc -l; ls /v | wc -l"], remove=True,
                                    network=network.name, volumes={volume.name: {"bind": "/v", "mode": "rw"}})
    assert out.split()[1] == b"0" and int(out.split()[0]) >= 1
    assert network.id in [n.id for n in engine.api.networks.list()]
    network.remove()
    volume.remove()


def test_events(engine, image, name):
    import time

    since = int(time.time())
    engine.api.containers.run(image, "true", name=name, remove=True)
    wait_until(lambda: name not in [c.name for c in engine.api.containers.list(all=True)])
    events = engine.api.events(since=since, until=int(time.time()) + 1, decode=True, filters={"container": name})
    assert [e["Action"] for e in events if e["Action"] in ("create", "start", "die", "destroy")] == [
        "create", "start", "die", "destroy"]


def test_images(engine, image):
    found = engine.api.images.get(image)
    assert found.id.startswith("sha256:") and image in found.tags
    assert found.id in [one.id for one in engine.api.images.list()]
    repository = unique("tagged")
    found.tag(repository, "x")
    assert f"{repository}:x" in engine.api.images.get(f"{repository}:x").tags
    engine.api.images.remove(f"{repository}:x")


def test_system(engine):
    assert engine.api.ping()
    assert engine.api.version()["Os"] == "linux"
    assert engine.api.info()["OSType"] == "linux"
