local driver = engine.driver { api = 1, kind = "network", name = "host", version = "1.0.0" }

function driver.create(network) return { steps = {}, result = {} } end

function driver.attach(endpoint)
  if #endpoint.ports > 0 then
    return { steps = {}, result = { ports = {}, warning = "published ports are discarded when using host network mode" } }
  end
  return { steps = {}, result = {} }
end

return driver
