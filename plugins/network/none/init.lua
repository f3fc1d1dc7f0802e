local driver = engine.driver { api = 1, kind = "network", name = "none", version = "1.0.0" }

function driver.create(network) return { steps = {}, result = {} } end

function driver.attach(endpoint)
  if #endpoint.ports > 0 then
    return { steps = {}, result = { ports = {}, warning = "published ports are discarded without a network" } }
  end
  return { steps = {}, result = {} }
end

return driver
