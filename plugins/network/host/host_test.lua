local test, check = engine.test, engine.check

test("nothing is made", function(t)
  local facts = { daemon = "d1", root = "/data", subnets = {}, mtu = 1500, features = {} }
  local network = { id = "n1", name = "host", internal = false, ipv6 = false, labels = {}, options = {}, subnets = {}, facts = facts }
  check.equal(#t.plan("create", network).steps, 0)
  local plan = t.plan("attach", {
    id = "e1", interface = "eth0", default_route = true, network = network,
    ports = { { container_port = 80, protocol = "tcp", host_address = "", host_port = 80 } },
    container = { id = "c1", name = "c", labels = {} },
  })
  check.equal(#plan.steps, 0)
  check.equal(plan.result.warning ~= nil, true)
end)
