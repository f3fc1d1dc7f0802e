import Lua

/// `engine.test` and `engine.check`, in test states only.
let testPrelude = LuaChunk(
  label: "=engine",
  text: #"""
    local prim = ...
    local host, compile, entries, globals = prim.host, prim.compile, prim.entries, prim.globals
    local error, tostring, ipairs, pcall = error, tostring, ipairs, globals.pcall
    local type, pairs, string = globals.type, globals.pairs, globals.string
    local engine = globals.engine

    local tests = {}

    function engine.test(name, run)
      if type(name) ~= "string" or type(run) ~= "function" then error("engine.test needs a name and a function", 2) end
      tests[#tests + 1] = { name = name, run = run }
    end

    local function show(value)
      if type(value) == "string" then return string.format("%q", value) end
      if type(value) == "table" then
        local ok, text = pcall(engine.json.encode, value)
        if ok then return text end
      end
      return tostring(value)
    end

    local function same(a, b, depth)
      if a == b then return true end
      if type(a) ~= "table" or type(b) ~= "table" or depth > 50 then return false end
      for key, value in pairs(a) do
        if not same(value, b[key], depth + 1) then return false end
      end
      for key in pairs(b) do
        if a[key] == nil then return false end
      end
      return true
    end

    local function fail(message, note)
      error((note and tostring(note) .. ": " or "") .. message, 3)
    end

    engine.check = {
      equal = function(got, wanted, note)
        if not same(got, wanted, 0) then fail("expected " .. show(wanted) .. ", got " .. show(got), note) end
      end,
      different = function(got, other, note)
        if same(got, other, 0) then fail("expected anything but " .. show(other), note) end
      end,
      truthy = function(got, note)
        if not got then fail("expected a value, got " .. show(got), note) end
      end,
      falsy = function(got, note)
        if got then fail("expected nothing, got " .. show(got), note) end
      end,
      matches = function(got, pattern, note)
        if type(got) ~= "string" or not string.find(got, pattern) then
          fail("expected text like " .. show(pattern) .. ", got " .. show(got), note)
        end
      end,
      contains = function(list, wanted, note)
        if type(list) == "string" then
          if string.find(list, wanted, 1, true) then return end
        else
          for _, value in pairs(list) do
            if same(value, wanted, 0) then return end
          end
        end
        fail("expected " .. show(wanted) .. " in " .. show(list), note)
      end,
      raises = function(run, text, note)
        local ok, message = pcall(run)
        if ok then fail("expected an error", note) end
        if text and not string.find(tostring(message), text, 1, true) then
          fail("expected an error with " .. show(text) .. ", got " .. show(message), note)
        end
      end,
    }

    local t = {}
    function t.event(name, fields)
      local event = host("test.event", name, fields)
      return event
    end
    function t.docker(line)
      local event = host("test.docker", line)
      return event
    end
    function t.container(fields)
      local event = host("test.event", "create", { container = fields })
      return event.container
    end
    function t.image(fields)
      local event = host("test.event", "create", { image = fields })
      return event.image
    end
    function t.send(event)
      local decision = host("test.send", event)
      return decision
    end
    function t.config(settings) host("test.config", settings) end
    function t.clock(time) host("test.clock", time) end
    function t.advance(duration) host("test.advance", duration) end
    function t.restart() host("test.restart") end
    function t.store(key)
      local value = host("test.store", key)
      return value
    end
    function t.plan(name, request, more)
      local plan, problem = host("test.plan", name, request, more)
      return plan, problem
    end
    t = prim.seal(t)

    -- load_tests(file) → the names of its tests
    function entries.load_tests(file)
      local chunk, message = compile("test:" .. file)
      if not chunk then error(message, 0) end
      local first = #tests + 1
      chunk()
      local names = prim.array {}
      for i = first, #tests do names[#names + 1] = tests[i].name end
      return names
    end

    function entries.run_test(index) tests[index].run(t) end
    """#)
