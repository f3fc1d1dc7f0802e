-- Overlayfs: the image's layers below, a directory of the container's own above. Mounted in its namespace only.
local driver = engine.driver { api = 1, kind = "storage", name = "overlay", version = "1.0.0" }

local function lower(snapshot)
  local list = {}
  for i, parent in ipairs(snapshot.parents) do list[i] = parent.path end
  return list
end

function driver.prepare(snapshot)
  local fs, work = snapshot.root .. "/fs", snapshot.root .. "/work"
  local steps = { { dir = fs, mode = "0755" } }
  local mount = { type = "bind", source = fs }
  if #snapshot.parents > 0 then                       -- an image of no layers needs no overlay
    steps[2] = { dir = work, mode = "0700" }
    mount = { type = "overlay", options = { lowerdir = lower(snapshot), upperdir = fs, workdir = work } }
  end
  return { steps = steps, result = { path = fs, whiteouts = "overlay", mounts = { mount } } }
end

function driver.view(snapshot)
  local layers = lower(snapshot)
  if #layers == 0 then
    local fs = snapshot.root .. "/fs"
    return { steps = { { dir = fs, mode = "0755" } }, result = { path = fs, mounts = { { type = "bind", source = fs } } } }
  end
  -- Overlayfs without an upper directory wants two layers at least.
  local mount = { type = "bind", source = layers[1], options = { ro = true } }
  if #layers > 1 then mount = { type = "overlay", options = { lowerdir = layers } } end
  return { steps = {}, result = { path = layers[1], mounts = { mount } } }
end

function driver.commit(snapshot)
  return { steps = {}, result = { path = snapshot.root .. "/fs", whiteouts = "overlay", mounts = {} } }
end

return driver
