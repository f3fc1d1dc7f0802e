"""Moonpool and a real dockerd in one network namespace, Docker's FORWARD policy `drop` in force."""

import json

import pytest

from conftest import IMAGE, prepare
from harness import leaks
from harness.engines import DockerEngine, MoonpoolEngine
from harness.processes import run, unique, wait_until
from harness.sandbox import ADDRESS, OUTSIDE_ADDRESS
from harness.traffic import fetch, listen

pytestmark = pytest.mark.moonpool
SERVE = ["httpd", "-f", "-p", "80", "-h", "/srv"]


def forward_policy(sandbox) -> str:
    ruleset = json.loads(run(*sandbox.command("nft", "-j", "list", "ruleset")).out)["nftables"]
    return {item["chain"]["policy"] for item in ruleset if item.get("chain", {}).get("hook") == "forward"
            and item["chain"]["table"] == "filter" and item["chain"]["family"] == "ip"}


def page(sandbox, where, port, outside=False):
    try:
        place = sandbox.from_outside if outside else sandbox.inside
        return place(lambda: fetch(where, port, timeout=1))
    except OSError:
        return None


@pytest.mark.parametrize("first", ["docker", "moonpool"])
def test_beside_docker(new_sandbox, first):
    sandbox = new_sandbox()
    docker_engine = DockerEngine(sandbox, arguments=["--bip", "172.30.0.1/24"])
    moonpool_engine = MoonpoolEngine(sandbox, arguments=["--bip", "172.31.0.1/24"])
    engines = [docker_engine, moonpool_engine] if first == "docker" else [moonpool_engine, docker_engine]
    try:
        for engine in engines:
            engine.start()
            prepare(engine)
        if first == "moonpool":
            # Docker leaves the policy alone where it finds forwarding switched on; a site may still have it so.
            run(*sandbox.command("nft", "chain", "ip", "filter", "FORWARD", "{ policy drop ; }"))
        assert forward_policy(sandbox) == {"drop"}
        docker, moonpool = docker_engine.client(), moonpool_engine.client()
        for client, port in ((docker, 18001), (moonpool, 18002)):
            client("run", "-d", "--name", "web", "-p", f"{port}:80", IMAGE, *SERVE)
        for port in (18001, 18002):
            for where, outside in (("127.0.0.1", False), (ADDRESS, False), (ADDRESS, True)):
                wait_until(lambda: page(sandbox, where, port, outside), what=f"{where}:{port} outside={outside}")
        # From a container to another one, and out of the machine.
        address = moonpool.out("inspect", "-f", "{{.NetworkSettings.Networks.bridge.IPAddress}}", "web")
        assert moonpool("run", "--rm", IMAGE, "wget", "-qO-", f"http://{address}/").out.startswith("a page")
        server = sandbox.from_outside(lambda: listen())
        with server, moonpool.start("run", "--rm", IMAGE, "sh", "-c",
                                    f"echo out | nc -w 2 {OUTSIDE_ADDRESS} {server.getsockname()[1]}") as client:
            server.settimeout(15)
            connection, _ = server.accept()
            assert connection.recv(10) == b"out\n"
            connection.close()
            client.wait()
        # Docker writes its chains anew when it starts; ours still work then.
        docker_engine.restart()
        assert forward_policy(sandbox) == {"drop"}
        wait_until(lambda: page(sandbox, ADDRESS, 18002, True), what="our port after a restart of Docker")
        # Neither removes the other's.
        moonpool("rm", "-f", "web")
        docker("start", "web")
        wait_until(lambda: page(sandbox, ADDRESS, 18001, True), what="Docker's port after ours is gone")
    finally:
        for engine in engines:
            if engine.process is not None:
                engine.remove_everything()
                engine.stop()
            engine.close()
