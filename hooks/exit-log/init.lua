-- Writes a line about every container that ends.
local hook = engine.hook {
  api = 1, name = "exit-log", version = "1.0.0",
  config = {
    only_failures = { type = "boolean", default = false, help = "leave out exit code 0 and requested stops" },
    labels = { type = "string[]", default = {}, help = "labels of the container to put into the line" },
  },
}

hook:observe("exit", { id = "exit" }, function(event, config)
  local container, exit = event.container, event.exit
  if config.only_failures and (exit.code == 0 or exit.requested) then
    return engine.drop("it ended as it should")
  end
  local line = {
    event = event.id, id = container.Id, name = container.Name, image = container.Config.Image, code = exit.code,
    signal = exit.signal, oom = exit.oom or nil, error = exit.error, requested = exit.requested,
  }
  if exit.started and exit.finished then line.seconds = exit.finished - exit.started end
  for _, name in ipairs(config.labels) do
    local value = (container.Config.Labels or {})[name]
    if value then
      line.labels = line.labels or {}
      line.labels[name] = value
    end
  end
  local failed = exit.code ~= 0 and not exit.requested
  engine.log[failed and "warn" or "info"]("container exited " .. engine.json.encode(line), line)
end)

return hook
