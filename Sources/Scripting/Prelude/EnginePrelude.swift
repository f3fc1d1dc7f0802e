import Lua

/// What scripts find as `engine`: thin functions over the host's, and the declarations of hooks and drivers.
///
/// The functions call `host(…)` by name; an error there carries the line of the script that called.
let enginePrelude = LuaChunk(
  label: "=engine",
  text: #"""
    local prim = ...
    local host, seal, compile, entries, globals = prim.host, prim.seal, prim.compile, prim.entries, prim.globals
    local error, type, pairs, ipairs, tostring, select = error, type, globals.pairs, ipairs, tostring, select
    type = globals.type
    local setmetatable, rawget, pcall = globals.setmetatable, globals.rawget, globals.pcall
    local concat, sort, unpack, pack = globals.table.concat, globals.table.sort, globals.table.unpack, globals.table.pack

    local function nearest(name, known) return host("nearest", tostring(name), known) end

    local function names_of(map)
      local names = {}
      for name in pairs(map) do names[#names + 1] = name end
      sort(names)
      return names
    end

    local function check_options(options, known, what, level)
      for key in pairs(options) do
        if not known[key] then
          error(what .. " has no option '" .. tostring(key) .. "'" .. nearest(key, names_of(known)), level + 1)
        end
      end
    end

    local function check_text(value, what, level)
      if type(value) ~= "string" or value == "" then
        error(what .. " has to be a string, not " .. (value == "" and "empty" or type(value)), level + 1)
      end
    end

    -- require reaches the script's own lib/ and engine.std.

    local engine = {}
    local modules, loading = {}, {}

    function globals.require(name)
      check_text(name, "the module's name", 2)
      if modules[name] ~= nil then return modules[name] end
      local std = name:match("^engine%.std%.([%w_]+)$")
      if name == "engine.std" then return engine.std end
      if std then
        if not engine.std[std] then error("there is no module '" .. name .. "'" .. nearest(std, names_of(engine.std)), 2) end
        return engine.std[std]
      end
      if loading[name] then error("module '" .. name .. "' requires itself", 2) end
      local chunk, message = compile(name)
      if not chunk then error(message, 2) end
      loading[name] = true
      local result = chunk(name)
      loading[name] = nil
      if result == nil then result = true end
      modules[name] = result
      return result
    end

    function globals.print(...)
      local parts = pack(...)
      for i = 1, parts.n do parts[i] = tostring(parts[i]) end
      return host("log", "info", concat(parts, "\t", 1, parts.n))
    end

    -- What hosts know: logging, the own store, time, JSON.

    engine.log = {}
    for _, level in ipairs { "debug", "info", "warn", "error" } do
      engine.log[level] = function(message, fields)
        if message == nil then error("engine.log." .. level .. " needs a message", 2) end
        return host("log", level, tostring(message), fields)
      end
    end

    engine.store = {
      get = function(key) return host("store.get", key) end,
      set = function(key, value, options)
        if options ~= nil then
          if type(options) ~= "table" then error("the options of store.set have to be a table", 2) end
          check_options(options, { ttl = true }, "store.set", 2)
        end
        return host("store.set", key, value, options and options.ttl)
      end,
      delete = function(key) return host("store.delete", key) end,
      update = function(key, change)
        if type(change) ~= "function" then error("store.update needs a function of the old value", 2) end
        for _ = 1, 64 do
          local old, problem = host("store.get", key)
          if problem then return nil, problem end
          local new = change(old)
          local done, failed = host("store.exchange", key, old, new)
          if failed then return nil, failed end
          if done then return new end
        end
        return nil, { code = "conflict", message = "the value of '" .. key .. "' keeps changing" }
      end,
    }

    engine.time = {
      now = function() return host("time.now") end,
      parse = function(text) return host("time.parse", text) end,
      format = function(seconds, pattern) return host("time.format", seconds, pattern) end,
    }

    engine.json = {
      null = prim.null,
      array = prim.array,
      encode = function(value, options) return host("json.encode", value, options and options.pretty) end,
      decode = function(text) return host("json.decode", text) end,
    }

    local function forward(prefix, ...)
      local library = {}
      for _, name in ipairs { ... } do
        local full = prefix .. "." .. name
        library[name] = function(...) return host(full, ...) end
      end
      return library
    end

    engine.std = {
      glob = forward("glob", "match", "any"),
      cidr = forward("cidr", "parse", "contains", "overlaps", "nth", "free"),
      semver = forward("semver", "parse", "compare", "satisfies"),
      reference = forward("reference", "parse"),
      duration = forward("duration", "parse", "format"),
      bytes = forward("bytes", "parse", "format"),
      base64 = forward("base64", "encode", "decode"),
      sha256 = function(text) return host("sha256", text) end,
      redact = function(value) return host("redact", value) end,
    }

    engine.host = host("facts")

    -- Opinions: what a gate returns.

    local Result = {}
    Result.__index = Result
    Result.__name = "result"
    local opinion_options = { code = true, field = true, help = true }

    local function add(result, verdict, message, options, level)
      if type(message) ~= "string" then message = tostring(message) end
      local item = { verdict = verdict, message = message }
      if options ~= nil then
        if type(options) ~= "table" then error("the options of a " .. verdict .. " have to be a table", level + 1) end
        check_options(options, opinion_options, verdict, level + 1)
        for key in pairs(opinion_options) do
          if options[key] ~= nil then item[key] = tostring(options[key]) end
        end
      end
      result[#result + 1] = item
      return result
    end

    -- No tail calls here: the levels of error count frames.
    function Result:deny(message, options)
      add(self, "deny", message, options, 2)
      return self
    end
    function Result:warn(message, options)
      add(self, "warn", message, options, 2)
      return self
    end

    function engine.result() return setmetatable({}, Result) end
    function engine.deny(message, options)
      local result = add(setmetatable({}, Result), "deny", message, options, 2)
      return result
    end
    function engine.warn(message, options)
      local result = add(setmetatable({}, Result), "warn", message, options, 2)
      return result
    end

    local Drop = { __name = "drop" }
    function engine.drop(why) return setmetatable({ why = tostring(why or "dropped") }, Drop) end

    function engine.ref(text)
      if type(text) ~= "string" or not text:match("^[^.]+%..+$") then
        error("engine.ref needs 'id.field' of an earlier step, such as engine.ref('uplink.name')", 2)
      end
      return { ref = text }
    end

    -- Declarations.

    local getmetatable = globals.getmetatable
    local declared, rules, is_loaded = nil, {}, false

    local function declare(what, options, known)
      if is_loaded then error("engine." .. what .. " is called when the file is loaded, not later", 3) end
      if declared then error("a file declares one " .. declared.what .. ", not several", 3) end
      if type(options) ~= "table" then error("engine." .. what .. " needs a table", 3) end
      check_options(options, known, "engine." .. what, 3)
      if options.api ~= 1 then
        error("api = " .. tostring(options.api) .. ": this engine has the script API 1; write api = 1", 3)
      end
      check_text(options.name, "the " .. what .. "'s name", 3)
      if options.version ~= nil then check_text(options.version, "the " .. what .. "'s version", 3) end
      declared = {
        what = what, name = options.name, version = options.version, kind = options.kind,
        config = options.config, options = options.options,
      }
    end

    local Hook = {}
    Hook.__index = Hook
    Hook.__name = "hook"

    local events = host("events")
    local rule_options = { id = true, before = true, after = true }

    local function names(value, what, level)
      if value == nil then return nil end
      if type(value) == "string" then value = { value } end
      if type(value) ~= "table" then error(what .. " has to be a name or a list of names", level + 1) end
      for _, name in ipairs(value) do check_text(name, "a name in " .. what, level + 1) end
      return value
    end

    local function rule(verb, event, options, run)
      if is_loaded then error("rules are declared when the file is loaded, not later", 3) end
      if run == nil and type(options) == "function" then options, run = {}, options end
      if options == nil then options = {} end
      if type(event) ~= "string" or not events[event] then
        error("there is no event '" .. tostring(event) .. "'" .. nearest(event, names_of(events)), 3)
      end
      if not events[event][verb] then
        error("the event '" .. event .. "' has no " .. verb .. " (it has " .. concat(names_of(events[event]), ", ") .. ")", 3)
      end
      if type(options) ~= "table" then error("the options of a rule have to be a table", 3) end
      check_options(options, rule_options, "a rule", 3)
      if type(run) ~= "function" then error("a rule needs a function", 3) end
      if options.id ~= nil then check_text(options.id, "the rule's id", 3) end
      rules[#rules + 1] = {
        verb = verb, event = event, id = options.id or (verb .. "-" .. event),
        before = names(options.before, "before", 3), after = names(options.after, "after", 3), run = run,
      }
    end

    function Hook:mutate(event, options, run) rule("mutate", event, options, run) end
    function Hook:gate(event, options, run) rule("gate", event, options, run) end
    function Hook:observe(event, options, run) rule("observe", event, options, run) end

    local the_hook
    local hook_options = { api = true, name = true, version = true, config = true, description = true }
    function engine.hook(options)
      declare("hook", options, hook_options)
      the_hook = setmetatable({ name = options.name }, Hook)
      return the_hook
    end

    local functions = host("driver_functions")
    local the_driver
    local driver_options = { api = true, kind = true, name = true, version = true, options = true, description = true }
    function engine.driver(options)
      declare("driver", options, driver_options)
      if not functions[options.kind] then
        error("there is no kind of driver '" .. tostring(options.kind) .. "'" .. nearest(options.kind, names_of(functions)), 2)
      end
      the_driver = {}
      return the_driver
    end

    -- Entries.

    local function main()
      local chunk, message = compile("init")
      if not chunk then error(message, 0) end
      return chunk()
    end

    local function describe_rules()
      local described = {}
      for i, rule in ipairs(rules) do
        described[i] = { verb = rule.verb, event = rule.event, id = rule.id, before = rule.before, after = rule.after }
      end
      return prim.array(described)
    end

    local function check_driver()
      local known = functions[declared.kind]
      for name, value in pairs(the_driver) do
        if not known[name] then
          error("a " .. declared.kind .. " driver has no function '" .. tostring(name) .. "'" .. nearest(name, names_of(known)), 0)
        end
        if type(value) ~= "function" then error("driver." .. name .. " is a " .. type(value) .. ", not a function", 0) end
      end
      for _, name in ipairs(names_of(known)) do
        if not the_driver[name] then error("a " .. declared.kind .. " driver needs driver." .. name .. "(request)", 0) end
      end
    end

    function entries.load()
      local result = main()
      local made = the_hook or the_driver
      if not made then
        error("init.lua declares nothing: local hook = engine.hook { api = 1, name = … }, or engine.driver { … }", 0)
      end
      if result ~= made then error("init.lua has to end with 'return " .. declared.what .. "'", 0) end
      is_loaded = true
      if the_driver then check_driver() end
      return {
        what = declared.what, name = declared.name, version = declared.version, kind = declared.kind,
        config = declared.config, options = declared.options, rules = describe_rules(),
      }
    end

    function entries.mutate(index, event, config)
      if rules[index].run(event, config) ~= nil then
        error("a mutate returns nothing: it assigns to the event (rule " .. rules[index].id .. ")", 0)
      end
    end

    function entries.gate(index, event, config)
      local result = rules[index].run(event, config)
      if result == nil then return nil end
      if getmetatable(result) ~= Result then
        error("a gate returns nil, engine.deny(…), engine.warn(…) or an engine.result(), not a " .. type(result)
          .. " (rule " .. rules[index].id .. ")", 0)
      end
      local items = prim.array {}
      for i = 1, #result do items[i] = result[i] end
      return items
    end

    function entries.observe(index, event, config)
      local result = rules[index].run(event, config)
      if type(result) == "table" and getmetatable(result) == Drop then return result.why end
    end

    function entries.driver(name, ...)
      local result, problem = the_driver[name](...)
      if result ~= nil then return result end
      if problem == nil then return nil end
      if type(problem) == "table" then
        return nil, { code = tostring(problem.code or "invalid"), message = tostring(problem.message or problem.code) }
      end
      return nil, { code = "invalid", message = tostring(problem) }
    end

    globals.engine = engine
    """#)

/// The last prelude: what was declared as `engine` becomes read-only.
let sealingPrelude = LuaChunk(
  label: "=engine", text: "local prim = ... prim.globals.engine = prim.seal(prim.globals.engine)")
