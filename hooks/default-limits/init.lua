-- Gives every container limits that its creator did not set.
local hook = engine.hook {
  api = 1, name = "default-limits", version = "1.0.0",
  config = {
    pids = { type = "integer", default = 512, min = 1, help = "processes and threads" },
    memory = { type = "bytes", help = "no memory limit is set unless this is" },
    cpus = { type = "number", min = 0.01, help = "no limit is set unless this is; 1.5 is one and a half CPUs" },
    nofile = { type = "integer", min = 1, help = "open files (soft and hard) unless --ulimit nofile is given" },
    except = { type = "glob[]", default = {}, help = "images to leave alone, as patterns of their full name" },
  },
}

local function is_excepted(event, config)
  return event.image ~= nil and event.image.reference ~= nil
    and engine.std.glob.any(config.except, event.image.reference)
end

local function has_ulimit(host, name)
  for _, limit in ipairs(host.Ulimits) do
    if limit.Name == name then return true end
  end
  return false
end

hook:mutate("create", { id = "limits" }, function(event, config)
  if is_excepted(event, config) then return end
  local host = event.container.HostConfig
  -- What Docker writes as 0 or -1 for "not set" is nil here.
  host.PidsLimit = host.PidsLimit or config.pids
  if config.memory then host.Memory = host.Memory or config.memory end
  if config.cpus and not host.CpuQuota then
    host.NanoCpus = host.NanoCpus or math.floor(config.cpus * 1e9)
  end
  if config.nofile and not has_ulimit(host, "nofile") then
    table.insert(host.Ulimits, { Name = "nofile", Soft = config.nofile, Hard = config.nofile })
  end
end)

return hook
