local test, check = engine.test, engine.check

local function snapshot(...)
  local parents = {}
  for i, path in ipairs { ... } do parents[i] = { key = "k" .. i, path = path } end
  return {
    key = "c1", root = "/data/snapshots/c1", parents = parents, labels = {},
    facts = { daemon = "d1", root = "/data", subnets = {}, mtu = 1500, features = {} },
  }
end

test("a container's own directory over the layers", function(t)
  local plan = t.plan("prepare", snapshot("/l/2", "/l/1"))
  check.equal(plan.steps[1].dir, "/data/snapshots/c1/fs")
  check.equal(plan.steps[2].dir, "/data/snapshots/c1/work")
  local mount = plan.result.mounts[1]
  check.equal(mount.type, "overlay")
  check.equal(mount.options.lowerdir[1], "/l/2")
  check.equal(mount.options.upperdir, "/data/snapshots/c1/fs")
end)

test("no layers, no overlay", function(t)
  local plan = t.plan("prepare", snapshot())
  check.equal(#plan.steps, 1)
  check.equal(plan.result.mounts[1].type, "bind")
end)

test("a view of one layer is that layer", function(t)
  check.equal(t.plan("view", snapshot("/l/1")).result.mounts[1].source, "/l/1")
  check.equal(t.plan("view", snapshot("/l/2", "/l/1")).result.mounts[1].type, "overlay")
end)
