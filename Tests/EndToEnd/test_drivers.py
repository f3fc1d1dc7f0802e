"""Drivers in Lua: a site's own network and volume driver, dropped into a directory."""

import json
import os
import time

import pytest

from conftest import IMAGE
from harness import leaks
from harness.processes import wait_until

pytestmark = pytest.mark.moonpool

NETWORK = '''
local driver = engine.driver { api = 1, kind = "network", name = "plain", version = "1.0.0",
  options = { mtu = { type = "integer", default = 1400, min = 68 } } }

function driver.create(network)
  local bridge, subnet = "mpp" .. network.id:sub(1, 8), network.subnets[1]
  return { steps = { { link = bridge, kind = "bridge" },
                     { address = subnet.gateway .. subnet.subnet:match("/%d+$"), link = bridge } },
           result = { bridge = bridge } }
end

function driver.attach(endpoint)
  return { steps = {
    { link = "mpe" .. endpoint.id:sub(1, 8), kind = "veth", peer = endpoint.interface, peer_site = "netns",
      peer_mac = endpoint.mac, mtu = endpoint.network.options.mtu, master = endpoint.network.result.bridge },
    { address = endpoint.address, link = endpoint.interface, site = "netns" },
    { route = "default", via = endpoint.gateway, site = "netns" } } }
end

return driver
'''


@pytest.fixture
def plugins(new_sandbox):
    sandbox = new_sandbox()
    directory = sandbox.path("plugins")
    os.makedirs(directory)
    return sandbox, directory


def write(directory: str, path: str, text: str):
    path = os.path.join(directory, path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".new", "w") as file:
        file.write(text)
    os.rename(path + ".new", path)


def test_a_network_driver_of_the_sites_own(plugins, new_engine):
    sandbox, directory = plugins
    engine = new_engine(sandbox=sandbox, plugins=directory)
    before = leaks.snapshot(engine)
    docker = engine.client()
    assert "plain" in docker("network", "create", "-d", "plain", "net", code=1).err
    write(directory, "network/plain/init.lua", NETWORK)
    wait_until(lambda: docker("network", "create", "-d", "plain", "-o", "mtu=1380", "--subnet", "10.81.0.0/24", "net",
                              code=None).code == 0, what="the driver's load")
    out = docker("run", "--rm", "--network", "net", IMAGE, "sh", "-c",
                 "ip -o link show eth0; ip -o address show eth0; ip route").out
    assert "mtu 1380" in out and "10.81.0." in out and "default via 10.81.0.1" in out
    docker("run", "--rm", "--network", "net", IMAGE, "ping", "-c", "1", "-W", "2", "10.81.0.1")
    # Reload: the next container is made by the new version.
    write(directory, "network/plain/init.lua", NETWORK.replace("mtu = endpoint.network.options.mtu", "mtu = 1234"))
    wait_until(lambda: "mtu 1234" in docker("run", "--rm", "--network", "net", IMAGE, "ip", "link", "show", "eth0").out,
               what="the driver's reload")
    result = docker("network", "create", "-d", "plain", "-o", "mtu=nonsense", "other", code=1)
    assert "mtu" in result.err
    result = docker("network", "create", "-d", "plain", "-o", "mut=1400", "other", code=1)
    assert "mut" in result.err
    docker("network", "rm", "net")
    leaks.check(engine, before)


def test_a_driver_whose_plan_is_wrong(plugins, new_engine):
    sandbox, directory = plugins
    write(directory, "network/wrong/init.lua", '''
local driver = engine.driver { api = 1, kind = "network", name = "wrong", version = "1.0.0" }
function driver.create(network) return { steps = {} } end
function driver.attach(endpoint)
  return { steps = { { link = "mpw" .. endpoint.id:sub(1, 8), kind = "veth", peer = endpoint.interface,
                       peer_site = "netns" },
                     { address = "10.82.0.300/24", link = endpoint.interface, site = "netns" } } }
end
return driver
''')
    engine = new_engine(sandbox=sandbox, plugins=directory)
    before = leaks.snapshot(engine)
    docker = engine.client()
    docker("network", "create", "-d", "wrong", "--subnet", "10.82.0.0/24", "net")
    result = docker("run", "--rm", "--name", "x1", "--network", "net", IMAGE, "true", code=125)
    assert "wrong" in result.err and "address" in result.err
    docker("rm", "-f", "x1", code=None)
    docker("network", "rm", "net")
    leaks.check(engine, before)


def test_a_driver_that_loops_delays_only_its_own(plugins, new_engine):
    sandbox, directory = plugins
    write(directory, "network/slow/init.lua", '''
local driver = engine.driver { api = 1, kind = "network", name = "slow", version = "1.0.0" }
function driver.create(network) return { steps = {} } end
function driver.attach(endpoint) while true do end end
return driver
''')
    engine = new_engine(sandbox=sandbox, plugins=directory)
    docker = engine.client()
    docker("network", "create", "-d", "slow", "--subnet", "10.83.0.0/24", "net")
    with docker.start("run", "--rm", "--network", "net", IMAGE, "true") as stuck:
        started = time.monotonic()
        docker("run", "--rm", IMAGE, "true")
        assert time.monotonic() - started < 1.5
        result = stuck.wait(20)
        assert result.code == 125 and "slow" in result.err


def test_a_volume_driver_of_the_sites_own(plugins, new_engine):
    sandbox, directory = plugins
    write(directory, "volume/dated/init.lua", '''
local driver = engine.driver { api = 1, kind = "volume", name = "dated", version = "1.0.0",
  options = { mode = { type = "string", default = "0750" } } }
function driver.create(volume)
  local path = volume.root .. "/content"
  return { steps = { { dir = path, mode = volume.options.mode } }, result = { path = path } }
end
function driver.mount(request)
  local path = request.volume.result.path
  return { steps = { { mount = request.target, type = "bind", source = path, site = "mntns" } }, result = { path = path } }
end
return driver
''')
    engine = new_engine(sandbox=sandbox, plugins=directory)
    before = leaks.snapshot(engine)
    docker = engine.client()
    docker("volume", "create", "-d", "dated", "-o", "mode=0711", "vol")
    assert json.loads(docker("volume", "inspect", "vol").out)[0]["Driver"] == "dated"
    docker("run", "--rm", "-v", "vol:/v", IMAGE, "sh", "-c", "echo kept > /v/f")
    assert docker.out("run", "--rm", "-v", "vol:/v", IMAGE, "sh", "-c", "cat /v/f; stat -c %a /v") == "kept\n711"
    docker("volume", "rm", "vol")
    leaks.check(engine, before)
