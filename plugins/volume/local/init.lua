-- A directory per volume; with Docker's options type, o and device, what is mounted in its place.
local driver = engine.driver {
  api = 1, kind = "volume", name = "local", version = "1.0.0",
  options = {
    type = { type = "string", help = "a file system type, as mount -t" },
    o = { type = "string", help = "mount options, as mount -o" },
    device = { type = "string", help = "what to mount" },
  },
}

local function split(text)
  local list = {}
  for part in (text or ""):gmatch("[^,]+") do list[#list + 1] = part end
  return list
end

function driver.create(volume)
  local o = volume.options
  if o.o and not o.device and o.type ~= "tmpfs" then return nil, "missing device in volume options" end
  local path = volume.root .. "/_data"
  return { steps = { { dir = path, mode = "0755" } }, result = { path = path } }
end

function driver.mount(request)
  local volume, o = request.volume, request.volume.options
  local step = { mount = request.target, site = "mntns" }
  if request.readonly then step.readonly = "recursive" end
  if not o.device and o.type ~= "tmpfs" then
    local path = volume.result.path
    step.type, step.source = "bind", request.subpath and path .. "/" .. request.subpath or path
    local steps = {}
    if request.copy and not request.subpath then steps[1] = { seed = path, from = request.target } end
    steps[#steps + 1] = step
    return { steps = steps, result = { path = path } }
  end
  local options, bind = {}, o.type == "bind"
  for _, option in ipairs(split(o.o)) do
    if option == "bind" or option == "rbind" then bind = true else options[#options + 1] = option end
  end
  step.type = bind and "bind" or o.type or "none"
  step.source = o.device
  step.options = options
  return { steps = { step }, result = { path = bind and o.device or volume.result.path } }
end

return driver
