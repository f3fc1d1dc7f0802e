local test, check = engine.test, engine.check

local function request(change)
  local it = { subnet = "10.12.0.0/24", taken = { "10.12.0.1" }, labels = {} }
  for key, value in pairs(change or {}) do it[key] = value end
  return it
end

test("the lowest free address, with the subnet's length", function(t)
  check.equal(t.plan("address", request()), "10.12.0.2/24")
  check.equal(t.plan("address", request { taken = { "10.12.0.1", "10.12.0.2", "10.12.0.3" } }), "10.12.0.4/24")
end)

test("only from the range", function(t)
  check.equal(t.plan("address", request { range = "10.12.0.128/25" }), "10.12.0.128/24")
end)

test("the wanted one, if it is free and in the subnet", function(t)
  check.equal(t.plan("address", request { wanted = "10.12.0.9" }), "10.12.0.9/24")
  check.equal(select(2, pcall(t.plan, "address", request { wanted = "10.12.0.1" })) ~= "10.12.0.1/24", true)
end)
