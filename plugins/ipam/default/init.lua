-- The lowest free address of the range. IPv4.
local driver = engine.driver { api = 1, kind = "ipam", name = "default", version = "1.0.0" }

local function number(text)
  local a, b, c, d = text:match("^(%d+)%.(%d+)%.(%d+)%.(%d+)$")
  if not a then return nil end
  return (tonumber(a) << 24) | (tonumber(b) << 16) | (tonumber(c) << 8) | tonumber(d)
end

local function text(n)
  return ("%d.%d.%d.%d"):format(n >> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255)
end

-- First and last address of a CIDR.
local function bounds(cidr)
  local base, length = cidr:match("^([%d.]+)/(%d+)$")
  local first = base and number(base)
  if not first then return nil end
  length = tonumber(length)
  local mask = length == 0 and 0 or (0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF
  return first & mask, (first & mask) | (~mask & 0xFFFFFFFF), length
end

function driver.address(request)
  local low, high, length = bounds(request.subnet)
  if not low then return nil, "the subnet " .. request.subnet .. " is not IPv4" end
  local taken = {}
  for _, address in ipairs(request.taken) do taken[address] = true end

  if request.wanted then
    local wanted = number(request.wanted)
    if not wanted or wanted < low or wanted > high then
      return nil, "no configured subnet contains IP address " .. request.wanted
    end
    if taken[request.wanted] then return nil, "Address already in use" end
    return request.wanted .. "/" .. length
  end

  local from, to = low, high
  if request.range then
    from, to = bounds(request.range)
    if not from then return nil, "the range " .. request.range .. " is not IPv4" end
  end
  -- Network and broadcast address are nobody's, except in a /31 (RFC 3021) or /32.
  if length < 31 then from, to = math.max(from, low + 1), math.min(to, high - 1) end
  for candidate = from, to do
    local address = text(candidate)
    if not taken[address] then return address .. "/" .. length end
  end
  return nil, "no available IPv4 addresses on this network's address pools: " .. request.subnet
end

return driver
