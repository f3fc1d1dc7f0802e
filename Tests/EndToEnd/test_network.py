"""Networks and published ports: real packets, inside the sandbox and from another machine's place."""

import json

import pytest

from harness.processes import run, unique, wait_until
from harness.sandbox import ADDRESS, OUTSIDE_ADDRESS
from harness.traffic import ask_udp, connects, fetch, listen

SERVE = ["httpd", "-f", "-p", "80", "-h", "/srv"]
PAGE = "a page from the moon pool\n"


def address_of(cli, name, network="bridge") -> str:
    return cli.out("inspect", "-f", f'{{{{(index .NetworkSettings.Networks "{network}").IPAddress}}}}', name)


def get(sandbox, address, port):
    return wait_until(lambda: _try(lambda: sandbox.inside(lambda: fetch(address, port))), what=f"{address}:{port}")


def _try(function):
    try:
        return function()
    except OSError:
        return None


def test_addresses(cli, image, name):
    cli("run", "-d", "--name", name, image, "sleep", "100")
    address = address_of(cli, name)
    assert f"inet {address}/" in cli.out("exec", name, "ip", "address", "show", "eth0")
    gateway = cli.out("inspect", "-f", "{{.NetworkSettings.Networks.bridge.Gateway}}", name)
    assert f"default via {gateway} dev eth0" in cli.out("exec", name, "ip", "route")
    assert "127.0.0.1" in cli.out("exec", name, "ip", "address", "show", "lo")
    hosts = cli.out("exec", name, "cat", "/etc/hosts")
    hostname = cli.out("exec", name, "hostname")
    assert f"{address}\t{hostname}" in hosts and "127.0.0.1\tlocalhost" in hosts
    assert "nameserver" in cli.out("exec", name, "cat", "/etc/resolv.conf")
    cli("exec", name, "ping", "-c", "1", "-W", "2", gateway)
    cli("rm", "-f", name)


def test_network_none(cli, image):
    out = cli.out("run", "--rm", "--network", "none", image, "ip", "-o", "link", "show", "up")
    assert [line.split()[1] for line in out.splitlines()] == ["lo:"]


def test_network_host(cli, image, sandbox):
    out = cli.out("run", "--rm", "--network", "host", image, "ip", "-o", "address", "show", "eth0")
    assert ADDRESS in out


def test_network_of_another_container(cli, image, name):
    cli("run", "-d", "--name", name, image, *SERVE)
    wait_until(lambda: cli("run", "--rm", "--network", f"container:{name}", image, "wget", "-qO-",
                           "http://127.0.0.1/", code=None).out == PAGE)
    cli("rm", "-f", name)


def test_containers_reach_each_other(cli, image, name):
    cli("run", "-d", "--name", name, image, *SERVE)
    address = address_of(cli, name)
    assert cli("run", "--rm", image, "sh", "-c",
               f"for i in 1 2 3 4 5; do wget -qO- http://{address}/ && exit; sleep 0.2; done; exit 1").out == PAGE
    cli("rm", "-f", name)


def test_a_container_reaches_outside_through_nat(cli, image, sandbox):
    server = sandbox.from_outside(lambda: listen())
    port = server.getsockname()[1]
    with server, cli.start("run", "--rm", image, "sh", "-c", f"echo hello | nc -w 2 {OUTSIDE_ADDRESS} {port}") as client:
        server.settimeout(15)
        connection, peer = server.accept()
        with connection:
            assert connection.recv(100) == b"hello\n"
            assert peer[0] == ADDRESS, "the container's own address left the machine"
            connection.shutdown(2)
        assert client.wait().code == 0


@pytest.mark.parametrize("where", ["127.0.0.1", ADDRESS])
def test_published_tcp(cli, image, name, sandbox, where):
    cli("run", "-d", "--name", name, "-p", "18080:80", image, *SERVE)
    assert get(sandbox, where, 18080) == PAGE
    assert "0.0.0.0:18080->80/tcp" in cli("ps", "--filter", f"name={name}").out
    cli("rm", "-f", name)
    wait_until(lambda: not sandbox.inside(lambda: connects(where, 18080, 0.5)), what="the port closing")


def test_published_from_outside(cli, image, name, sandbox):
    cli("run", "-d", "--name", name, "-p", "18081:80", image, *SERVE)
    get(sandbox, ADDRESS, 18081)
    assert sandbox.from_outside(lambda: fetch(ADDRESS, 18081)) == PAGE
    cli("rm", "-f", name)


def test_published_on_loopback_only(cli, image, name, sandbox):
    cli("run", "-d", "--name", name, "-p", "127.0.0.1:18082:80", image, *SERVE)
    assert get(sandbox, "127.0.0.1", 18082) == PAGE
    assert not sandbox.from_outside(lambda: connects(ADDRESS, 18082))
    assert not sandbox.inside(lambda: connects(ADDRESS, 18082, 1))
    cli("rm", "-f", name)


def received(sandbox) -> int:
    """Packets that have come in on the sandbox's eth0."""

    def read():
        with open("/proc/thread-self/net/dev") as file:
            return next(int(line.split()[2]) for line in file if line.strip().startswith("eth0:"))

    return sandbox.inside(read)


def test_loopback_is_not_reached_from_outside(cli, image, name, sandbox):
    """CVE-2020-8558: a neighbour that routes 127.0.0.1 at us finds no published port there."""
    cli("run", "-d", "--name", name, "-p", "127.0.0.1:18083:80", image, *SERVE)
    get(sandbox, "127.0.0.1", 18083)
    run(*sandbox.outside_command("sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet"), code=None)
    run(*sandbox.outside_command("ip", "route", "add", "127.0.0.1/32", "via", ADDRESS, "table", "100"))
    run(*sandbox.outside_command("ip", "rule", "add", "to", "127.0.0.1/32", "dport", "18083", "lookup", "100", "prio", "0"))
    run(*sandbox.outside_command("ip", "rule", "add", "lookup", "local", "prio", "10"))
    run(*sandbox.outside_command("ip", "rule", "del", "lookup", "local", "prio", "0"))
    try:
        before = received(sandbox)
        assert not sandbox.from_outside(lambda: connects("127.0.0.1", 18083))
        assert received(sandbox) > before, "no packet came: the test itself is wrong"
    finally:
        run(*sandbox.outside_command("ip", "rule", "add", "lookup", "local", "prio", "0"))
        run(*sandbox.outside_command("ip", "rule", "del", "lookup", "local", "prio", "10"))
        run(*sandbox.outside_command("ip", "rule", "del", "lookup", "100"))
        run(*sandbox.outside_command("ip", "route", "flush", "table", "100"))
    cli("rm", "-f", name)


def test_published_udp(cli, image, name, sandbox):
    cli("run", "-d", "--name", name, "-p", "18084:7/udp", image, "udp-echo", "7")
    for where in ("127.0.0.1", ADDRESS):
        answer = wait_until(lambda: _try(lambda: sandbox.inside(lambda: ask_udp(where, 18084, b"echo", 1))), what=where)
        assert answer == b"echo"
    assert "18084->7/udp" in cli("ps").out
    cli("rm", "-f", name)


def test_a_port_chosen_by_the_engine(cli, image, name, sandbox):
    cli("run", "-d", "--name", name, "-p", "80", image, *SERVE)
    port = int(cli.out("inspect", "-f", '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}', name))
    assert port >= 1024 and get(sandbox, "127.0.0.1", port) == PAGE
    cli("rm", "-f", name)


def test_publish_all(cli, image, name, sandbox):
    cli("run", "-d", "--name", name, "-P", "--expose", "80", image, *SERVE)
    port = int(cli.out("inspect", "-f", '{{(index (index .NetworkSettings.Ports "80/tcp") 0).HostPort}}', name))
    assert get(sandbox, "127.0.0.1", port) == PAGE
    cli("rm", "-f", name)


def test_a_range_of_ports(cli, image, name, sandbox):
    cli("run", "-d", "--name", name, "-p", "18090-18092:80-82", image, *SERVE)
    assert get(sandbox, "127.0.0.1", 18090) == PAGE
    ports = json.loads(cli.out("inspect", "-f", "{{json .NetworkSettings.Ports}}", name))
    assert {p: b[0]["HostPort"] for p, b in ports.items()} == {"80/tcp": "18090", "81/tcp": "18091", "82/tcp": "18092"}
    cli("rm", "-f", name)


def test_a_port_in_use(cli, image, name, sandbox):
    with sandbox.inside(lambda: listen("0.0.0.0", 18085)):
        result = cli("run", "-d", "--name", name, "-p", "18085:80", image, *SERVE, code=125)
        assert "18085" in result.err and ("address already in use" in result.err or "already allocated" in result.err)
        assert cli.out("inspect", "-f", "{{.State.Status}}", name) == "created"
    cli("start", name)
    assert get(sandbox, "127.0.0.1", 18085) == PAGE
    other = cli("run", "--rm", "-p", "18085:80", image, *SERVE, code=125)
    assert "port is already allocated" in other.err or "already in use" in other.err
    cli("rm", "-f", name)


def test_a_port_survives_stop_and_start(cli, image, name, sandbox):
    cli("run", "-d", "--name", name, "-p", "18086:80", image, *SERVE)
    get(sandbox, "127.0.0.1", 18086)
    cli("stop", "-t", "0", name)
    assert not sandbox.inside(lambda: connects("127.0.0.1", 18086, 0.5))
    cli("start", name)
    assert get(sandbox, "127.0.0.1", 18086) == PAGE
    cli("rm", "-f", name)


def test_a_network_of_ones_own(cli, image, name, identifier):
    network = unique("net")
    identifier(cli("network", "create", "--subnet", "10.77.0.0/24", "--label", "a=b", network).out)
    assert network in cli("network", "ls").out
    (found,) = json.loads(cli("network", "inspect", network).out)
    assert found["Driver"] == "bridge" and found["Labels"] == {"a": "b"}
    assert found["IPAM"]["Config"][0]["Subnet"] == "10.77.0.0/24"
    cli("run", "-d", "--name", name, "--network", network, image, *SERVE)
    address = address_of(cli, name, network)
    assert address.startswith("10.77.0.")
    (found,) = json.loads(cli("network", "inspect", network).out)
    (endpoint,) = found["Containers"].values()
    assert endpoint["Name"] == name and endpoint["IPv4Address"] == address + "/24"
    assert cli("run", "--rm", "--network", network, image, "wget", "-qO-", f"http://{address}/").out == PAGE
    assert "active endpoints" in cli("network", "rm", network, code=1).err
    cli("rm", "-f", name)
    assert cli.out("network", "rm", network) == network
    assert "not found" in cli("network", "inspect", network, code=1).err


def test_networks_are_isolated(cli, image, name):
    network = unique("net")
    cli("network", "create", network)
    cli("run", "-d", "--name", name, "--network", network, image, *SERVE)
    address = address_of(cli, name, network)
    result = cli("run", "--rm", image, "sh", "-c",
                 f"timeout -s KILL 2 wget -qO- http://{address}/; exit $?", code=None)
    assert result.code != 0 and result.out == ""
    cli("rm", "-f", name)
    cli("network", "rm", network)


def test_network_errors(cli):
    network = unique("net")
    cli("network", "create", network)
    assert "already exists" in cli("network", "create", network, code=1).err
    assert "not found" in cli("network", "rm", unique("absent"), code=1).err
    assert "no-such-driver" in cli("network", "create", "-d", "no-such-driver", unique("net"), code=1).err
    assert "pre-defined" in cli("network", "rm", "bridge", code=1).err
    cli("network", "rm", network)


def test_predefined_networks(cli):
    names = {tuple(line.split()[1:3]) for line in cli("network", "ls").out.splitlines()[1:]}
    assert {("bridge", "bridge"), ("host", "host"), ("none", "null")} <= names


def test_a_fixed_address(cli, image):
    network = unique("net")
    cli("network", "create", "--subnet", "10.78.0.0/24", network)
    out = cli.out("run", "--rm", "--network", network, "--ip", "10.78.0.77", image, "ip", "-o", "address", "show", "eth0")
    assert "10.78.0.77/24" in out
    cli("network", "rm", network)


def test_add_host_and_dns(cli, image):
    out = cli.out("run", "--rm", "--add-host", "moon.test:10.1.2.3", "--dns", "10.9.8.7", "--dns-search", "x.test", image,
                  "sh", "-c", "cat /etc/hosts /etc/resolv.conf")
    assert "10.1.2.3\tmoon.test" in out and "nameserver 10.9.8.7" in out and "search x.test" in out


def test_twenty_containers_have_twenty_addresses(cli, image):
    names = [unique("many") for _ in range(20)]
    running = [cli.start("run", "-d", "--name", one, image, "sleep", "100") for one in names]
    for one in running:
        with one:
            assert one.wait(60).code == 0, one.err
    addresses = {address_of(cli, one) for one in names}
    assert len(addresses) == 20
    cli("rm", "-f", *names)
