/// The part of the standard library that is written in Lua, so that a comparison or a replacement of the script's may
/// yield and be stopped (Lua's own `table.sort` and `string.gsub` call back through C, where neither is possible).
/// At its end the library tables become read-only.
let corePrelude = #"""
  local prim = ...
  local globals = prim.globals
  local error, type, select, rawequal, tostring = error, type, select, rawequal, tostring
  local string, table, math = globals.string, globals.table, globals.math
  local sub, next_match, plain_gsub, concat = string.sub, string.next_match, string.gsub, table.concat
  local unpack, mathtype = table.unpack, math.type
  local byte = string.byte
  string.next_match = nil

  local function bad(number, name, wanted, got)
    error("bad argument #" .. number .. " to '" .. name .. "' (" .. wanted .. " expected, got " .. type(got) .. ")", 3)
  end

  local limit <const> = 1 << 20

  -- Merge sort: stable, n log n whatever the comparison answers.
  function table.sort(list, less)
    if type(list) ~= "table" then bad(1, "sort", "table", list) end
    if less ~= nil and type(less) ~= "function" then bad(2, "sort", "function", less) end
    local count = #list
    if mathtype(count) ~= "integer" or count > limit then error("table is too long to sort", 2) end
    if count < 2 then return end
    local from, to = {}, {}
    for i = 1, count do
      local value = list[i]
      if value == nil then error("attempt to sort a list with a hole (nil) at " .. i, 2) end
      from[i] = value
    end
    local width = 1
    while width < count do
      for low = 1, count, width * 2 do
        local middle = low + width
        local left, right, last = low, middle, low + width * 2 - 1
        if last > count then last = count end
        if middle > count then middle = count + 1 end
        for place = low, last do
          local take_right
          if left >= middle then take_right = true
          elseif right > last then take_right = false
          elseif less then take_right = less(from[right], from[left])
          else take_right = from[right] < from[left] end
          if take_right then to[place] = from[right]; right = right + 1
          else to[place] = from[left]; left = left + 1 end
        end
      end
      from, to = to, from
      width = width * 2
    end
    for i = 1, count do list[i] = from[i] end
  end

  -- The captures of a match, or the whole match when the pattern has none.
  local function replaced(replacement, kind, whole, ...)
    local key = ...
    local result
    if kind == "function" then result = replacement(...) else result = replacement[key] end
    if not result then return whole end
    local t = type(result)
    if t ~= "string" and t ~= "number" then error("invalid replacement value (a " .. t .. ")", 0) end
    return tostring(result)
  end

  function string.gsub(text, pattern, replacement, count)
    local kind = type(replacement)
    if kind == "string" or kind == "number" then return plain_gsub(text, pattern, tostring(replacement), count) end
    if kind ~= "function" and kind ~= "table" then bad(3, "gsub", "string/function/table", replacement) end
    if type(text) == "number" then text = tostring(text) end
    if type(text) ~= "string" then bad(1, "gsub", "string", text) end
    if type(pattern) ~= "string" then bad(2, "gsub", "string", pattern) end
    local anchor = byte(pattern, 1) == 94
    local out, parts, done = {}, 0, 0
    local position, last = 0, -1
    local function put(start, finish, ...)
      if start == nil then return false end
      out[parts + 1] = sub(text, position + 1, start)
      out[parts + 2] = replaced(replacement, kind, sub(text, start + 1, finish), ...)
      parts, done = parts + 2, done + 1
      position, last = finish, finish
      return true
    end
    while (count == nil or done < count) and put(next_match(text, pattern, position, last, anchor)) do
      if anchor then break end
    end
    out[parts + 1] = sub(text, position + 1)
    return concat(out), done
  end

  for _, name in ipairs { "string", "table", "math", "utf8", "coroutine" } do
    globals[name] = prim.seal(globals[name])
  end
  """#
