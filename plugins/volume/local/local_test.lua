local test, check = engine.test, engine.check
local facts = { daemon = "d1", root = "/data/volumes", subnets = {}, mtu = 1500, features = {} }

local function mount(change)
  local it = {
    volume = {
      name = "db", labels = {}, options = {}, root = "/data/volumes/db", result = { path = "/data/volumes/db/_data" },
      facts = facts,
    },
    container = { id = "c1", name = "c", labels = {} }, target = "/var/lib/db", readonly = false, copy = true,
  }
  for key, value in pairs(change or {}) do it[key] = value end
  return it
end

test("a volume is a directory", function(t)
  local plan = t.plan("create", { name = "db", labels = {}, options = {}, root = "/data/volumes/db", facts = facts })
  check.equal(plan.steps[1].dir, "/data/volumes/db/_data")
  check.equal(plan.result.path, "/data/volumes/db/_data")
end)

test("it takes over what the image has and is bound into the container", function(t)
  local plan = t.plan("mount", mount())
  check.equal(plan.steps[1].seed, "/data/volumes/db/_data")
  check.equal(plan.steps[1].from, "/var/lib/db")
  check.equal(plan.steps[2].mount, "/var/lib/db")
  check.equal(plan.steps[2].source, "/data/volumes/db/_data")
end)

test("nocopy and read-only", function(t)
  local plan = t.plan("mount", mount { copy = false, readonly = true })
  check.equal(#plan.steps, 1)
  check.equal(plan.steps[1].readonly, "recursive")
end)

test("options of mount(8)", function(t)
  local it = mount()
  it.volume.options = { type = "none", o = "bind,nosuid", device = "/srv/data" }
  local plan = t.plan("mount", it)
  check.equal(plan.steps[1].type, "bind")
  check.equal(plan.steps[1].source, "/srv/data")
  check.equal(plan.steps[1].options[1], "nosuid")
end)
