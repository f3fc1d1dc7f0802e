-- Denies privileged containers and privileged execs.
local hook = engine.hook {
  api = 1, name = "no-privileged", version = "1.0.0",
  config = {
    users = { type = "string[]", default = {}, help = "users who may run privileged containers all the same" },
  },
}

local help = "run it without --privileged and add the single capability or device that it needs, "
  .. "with --cap-add or --device"

-- The actor is known from the socket's peer credentials or the TLS certificate.
local function is_exempt(event, config)
  for _, user in ipairs(config.users) do
    if user == event.actor.user or user == event.actor.tls then return true end
  end
  return false
end

hook:gate("create", { id = "create" }, function(event, config)
  if event.container.HostConfig.Privileged and not is_exempt(event, config) then
    return engine.deny("privileged containers are not allowed on this machine",
      { code = "PRIVILEGED", field = "HostConfig.Privileged", help = help })
  end
end)

hook:gate("exec", { id = "exec" }, function(event, config)
  if event.exec.Privileged and not is_exempt(event, config) then
    return engine.deny("privileged execs are not allowed on this machine",
      { code = "PRIVILEGED", field = "exec.Privileged", help = "run it without --privileged" })
  end
end)

return hook
