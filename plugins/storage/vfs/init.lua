-- A full copy of the image per container: for file systems on which overlayfs does not work.
local driver = engine.driver { api = 1, kind = "storage", name = "vfs", version = "1.0.0" }

local function copied(snapshot, mount_options)
  local fs = snapshot.root .. "/fs"
  local steps = { { dir = fs, mode = "0755" } }
  if #snapshot.parents > 0 then steps[2] = { seed = fs, from = "/" } end
  local mounts = { { type = "bind", source = fs, options = mount_options } }
  return { steps = steps, result = { path = fs, whiteouts = "apply", mounts = mounts } }
end

function driver.prepare(snapshot) return copied(snapshot) end

function driver.view(snapshot) return copied(snapshot, { ro = true }) end

function driver.commit(snapshot)
  return { steps = {}, result = { path = snapshot.root .. "/fs", whiteouts = "apply", mounts = {} } }
end

return driver
