local test, check = engine.test, engine.check

local function network(change)
  local it = {
    id = ("ab12cd34ef56"):rep(6):sub(1, 64), name = "web", internal = false, ipv6 = false, labels = {}, options = {},
    subnets = { { subnet = "10.12.0.0/16", gateway = "10.12.0.1" } },
    facts = { daemon = "d1", root = "/data", subnets = {}, mtu = 1500, features = {} },
  }
  for key, value in pairs(change or {}) do it[key] = value end
  return it
end

local function endpoint(change)
  local it = {
    id = ("0123456789ab"):rep(6):sub(1, 64), interface = "eth0", address = "10.12.0.7/16", gateway = "10.12.0.1",
    mac = "02:42:0a:0c:00:07", default_route = true, ports = {},
    network = network { result = { bridge = "mp-ab12cd34ef56", table = "ip mp_ab12cd34ef56", mtu = 1500 } },
    container = { id = "c1", name = "web1", labels = {} },
  }
  for key, value in pairs(change or {}) do it[key] = value end
  return it
end

local function find(plan, verb, n)
  for _, step in ipairs(plan.steps) do
    if step[verb] ~= nil then
      n = (n or 1) - 1
      if n == 0 then return step end
    end
  end
end

test("a network is a bridge with the gateway's address", function(t)
  local plan = t.plan("create", network())
  check.equal(plan.steps[1].link, "mp-ab12cd34ef56")
  check.equal(plan.steps[1].mac, "02:42:0a:0c:00:01")
  check.equal(find(plan, "address").address, "10.12.0.1/16")
  check.equal(find(plan, "forward").forward, "mp-ab12cd34ef56")
  check.equal(plan.result.bridge, "mp-ab12cd34ef56")
  local rules = find(plan, "nft").text
  check.equal(rules:find('iifname != "lo" ip daddr 127.0.0.0/8 drop', 1, true) ~= nil, true)
  check.equal(rules:find("masquerade", 1, true) ~= nil, true)
end)

test("options are the bridge's name, its mtu and what containers may", function(t)
  local plan = t.plan("create", network { options = { bridge = "br7", mtu = 1400, masquerade = false, icc = false } })
  check.equal(plan.steps[1].link, "br7")
  check.equal(plan.steps[1].mtu, 1400)
  local rules = find(plan, "nft").text
  check.equal(rules:find('oifname != "br7" masquerade', 1, true), nil)
  check.equal(rules:find('iifname "br7" oifname "br7" drop', 1, true) ~= nil, true)
end)

test("an internal network has no way out", function(t)
  local rules = find(t.plan("create", network { internal = true }), "nft").text
  check.equal(rules:find('iifname "mp-ab12cd34ef56" drop', 1, true) ~= nil, true)
  check.equal(rules:find("oifname != ", 1, true), nil)
end)

test("an endpoint is a veth, an address and a route", function(t)
  local plan = t.plan("attach", endpoint())
  check.equal(#plan.steps, 3)
  check.equal(plan.steps[1].link, "mp0123456789ab")
  check.equal(plan.steps[1].master, "mp-ab12cd34ef56")
  check.equal(plan.steps[1].peer_site, "netns")
  check.equal(plan.steps[2].address, "10.12.0.7/16")
  check.equal(plan.steps[3].route, "default")
end)

test("published ports are reserved before anything is made", function(t)
  local plan = t.plan("attach", endpoint { ports = {
    { container_port = 80, protocol = "tcp", host_address = "", host_port = 8080 },
    { container_port = 53, protocol = "udp", host_address = "127.0.0.1", host_port = 0 },
  } })
  check.equal(plan.steps[1].port, 8080)
  check.equal(plan.steps[1].address, "0.0.0.0")
  check.equal(plan.steps[2].address, "127.0.0.1")
  local all, one = find(plan, "nft_element", 1), find(plan, "nft_element", 2)
  check.equal(all.nft_element, "ip mp_ab12cd34ef56 published")
  check.equal(all.data[1], "10.12.0.7")
  check.equal(all.data[2], 80)
  check.equal(one.nft_element, "ip mp_ab12cd34ef56 published_at")
  check.equal(one.value[1], "127.0.0.1")
  check.equal(#plan.result.ports, 2)
end)

test("a second network gives no default route", function(t)
  local plan = t.plan("attach", endpoint { default_route = false })
  check.equal(find(plan, "route"), nil)
end)
