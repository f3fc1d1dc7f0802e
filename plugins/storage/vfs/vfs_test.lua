local test, check = engine.test, engine.check

test("a container gets a copy of its image", function(t)
  local plan = t.plan("prepare", {
    key = "c1", root = "/data/snapshots/c1", parents = { { key = "k", path = "/l/1" } }, labels = {},
    facts = { daemon = "d1", root = "/data", subnets = {}, mtu = 1500, features = {} },
  })
  check.equal(plan.steps[2].seed, "/data/snapshots/c1/fs")
  check.equal(plan.steps[2].from, "/")
  check.equal(plan.result.mounts[1].source, "/data/snapshots/c1/fs")
end)
