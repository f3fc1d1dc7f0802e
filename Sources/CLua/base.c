#include <string.h>

#include "internal.h"

// The base functions a script may have. What is not here does not exist for scripts: load, dofile, require of
// files, collectgarbage, debug, io, os, package, string.dump.

// MARK: Tables

bool mp_is_table_like(lua_State *L, int index) {
  return lua_type(L, index) == LUA_TTABLE || mp_to_node(L, index) != NULL;
}

void mp_check_table(lua_State *L, int index) {
  if (!mp_is_table_like(L, index)) luaL_typeerror(L, index, "table");
}

// The keys of our own in a table are never shown.
static bool is_hidden(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TLIGHTUSERDATA) return false;
  void *key = lua_touserdata(L, index);
  return key == &mp_key_shadow || key == &mp_key_original || key == &mp_key_array;
}

int mp_next(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 2);
  do {
    mp_charge(L, 1 << 14);  // one step can pass over a whole table of removed keys
    if (!lua_next(L, 1)) {
      lua_pushnil(L);
      return 1;
    }
  } while (is_hidden(L, -2) && (lua_pop(L, 1), true));
  return 2;
}

static int finish_pairs(lua_State *L, int status, lua_KContext context) {
  (void)L, (void)status, (void)context;
  return 3;
}

static int base_pairs(lua_State *L) {
  luaL_checkany(L, 1);
  if (luaL_getmetafield(L, 1, "__pairs") == LUA_TNIL) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_pushcfunction(L, mp_next);
    lua_pushvalue(L, 1);
    lua_pushnil(L);
  } else {
    lua_pushvalue(L, 1);
    lua_callk(L, 1, 3, 0, finish_pairs);
  }
  return 3;
}

static int base_type(lua_State *L) {
  luaL_checkany(L, 1);
  if (mp_to_node(L, 1)) lua_pushliteral(L, "table");
  else lua_pushstring(L, luaL_typename(L, 1));
  return 1;
}

static int sealed_assign(lua_State *L) {
  return luaL_error(
      L, "cannot change '%s': this table is read-only",
      lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2));
}

static int sealed_pairs(lua_State *L) {
  lua_pushcfunction(L, mp_next);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushnil(L);
  return 3;
}

static int sealed_length(lua_State *L) {
  lua_pushinteger(L, (lua_Integer)lua_rawlen(L, lua_upvalueindex(1)));
  return 1;
}

// seal(table) → a read-only view of it; tables inside it are sealed as well.
int mp_seal(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  luaL_checkstack(L, 8, NULL);
  lua_pushnil(L);
  while (lua_next(L, 1)) {
    if (lua_type(L, -1) == LUA_TTABLE && !lua_getmetatable(L, -1)) {
      lua_pushcfunction(L, mp_seal);
      lua_insert(L, -2);
      lua_call(L, 1, 1);
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, 1);
    } else {
      lua_settop(L, 2);
    }
  }
  lua_newtable(L);
  lua_newtable(L);
  lua_pushvalue(L, 1);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, sealed_assign);
  lua_setfield(L, -2, "__newindex");
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, sealed_pairs, 1);
  lua_setfield(L, -2, "__pairs");
  lua_pushvalue(L, 1);
  lua_pushcclosure(L, sealed_length, 1);
  lua_setfield(L, -2, "__len");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  return 1;
}

// MARK: Metatables

// A script's metatable is never put on an object itself: a shadow with the metamethods named here is. So __gc (a
// finalizer runs outside every hook) and __mode (collecting ephemerons can take quadratic time) have no effect
// however late they are written, and no metatable of ours can be reached.
static const char *const metamethods[] = {
    "__index", "__newindex", "__call", "__tostring", "__name", "__len",  "__eq",   "__lt",   "__le",  "__concat",
    "__unm",   "__add",      "__sub",  "__mul",      "__div",  "__idiv", "__mod",  "__pow",  "__band", "__bor",
    "__bxor",  "__bnot",     "__shl",  "__shr",      "__close", "__pairs", "__metatable", NULL,
};

static int base_setmetatable(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_argexpected(L, lua_isnil(L, 2) || lua_type(L, 2) == LUA_TTABLE, 2, "nil or table");
  lua_settop(L, 2);
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) return luaL_error(L, "cannot change a protected metatable");
  if (lua_isnil(L, 2)) {
    lua_setmetatable(L, 1);
    return 1;
  }
  lua_pushliteral(L, "__gc");
  if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "__gc is not available: a finalizer could not be stopped");
  lua_pop(L, 1);
  lua_pushliteral(L, "__mode");
  if (lua_rawget(L, 2) != LUA_TNIL) return luaL_error(L, "__mode is not available: there are no weak tables");
  lua_pop(L, 1);

  if (lua_rawgetp(L, 2, &mp_key_shadow) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, 2);
    lua_rawsetp(L, -2, &mp_key_original);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, 2, &mp_key_shadow);
  }
  for (const char *const *name = metamethods; *name; name++) {
    lua_pushstring(L, *name);
    lua_pushvalue(L, -1);
    lua_rawget(L, 2);
    lua_rawset(L, 3);
  }
  lua_setmetatable(L, 1);
  lua_settop(L, 1);
  return 1;
}

static int base_getmetatable(lua_State *L) {
  luaL_checkany(L, 1);
  if (!lua_getmetatable(L, 1)) {
    lua_pushnil(L);
    return 1;
  }
  lua_pushliteral(L, "__metatable");
  if (lua_rawget(L, -2) != LUA_TNIL) return 1;
  lua_pop(L, 1);
  if (lua_rawgetp(L, -1, &mp_key_original) != LUA_TTABLE) {
    lua_pushboolean(L, 0);
  }
  return 1;
}

static void check_plain(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL) luaL_error(L, "this table is protected");
}

static int base_rawget(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkany(L, 2);
  lua_settop(L, 2);
  lua_rawget(L, 1);
  return 1;
}

static int base_rawset(lua_State *L) {
  luaL_checkany(L, 2);
  luaL_checkany(L, 3);
  lua_settop(L, 3);
  check_plain(L);
  lua_settop(L, 3);
  lua_rawset(L, 1);
  return 1;
}

// MARK: Protected calls

// A kill passes through every protected call; running out of memory is a kill.
static int finish_pcall(lua_State *L, int status, lua_KContext extra) {
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - (int)extra;
  mp_call *call = mp_of(L)->call;
  if (call && status == LUA_ERRMEM && !call->killed) call->killed = MP_KILLED_MEMORY;
  if (mp_is_killed(L)) mp_raise_kill(L);
  lua_pushboolean(L, 0);
  lua_pushvalue(L, -2);
  return 2;
}

static int base_pcall(lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, 1);
  lua_insert(L, 1);
  return finish_pcall(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, 0, finish_pcall), 0);
}

// The script's handler is not called for a kill: it would run while the hook that killed is still active.
static int guarded_handler(lua_State *L) {
  if (mp_is_killed(L)) return 1;
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

static int base_xpcall(lua_State *L) {
  int count = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, guarded_handler, 1);
  lua_replace(L, 2);
  lua_pushboolean(L, 1);
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2);
  return finish_pcall(L, lua_pcallk(L, count - 2, LUA_MULTRET, 2, 2, finish_pcall), 2);
}

void mp_open_base(lua_State *L) {
  static const char *const kept[] = {"assert", "error", "ipairs", "rawequal", "rawlen", "select",
                                     "tonumber", "tostring", NULL};
  static const luaL_Reg own[] = {
      {"getmetatable", base_getmetatable}, {"setmetatable", base_setmetatable}, {"next", mp_next},
      {"pairs", base_pairs},               {"pcall", base_pcall},               {"xpcall", base_xpcall},
      {"rawget", base_rawget},             {"rawset", base_rawset},             {"type", base_type},
      {NULL, NULL},
  };
  int globals = lua_gettop(L);
  // luaopen_base fills the registry's globals table, which scripts never see.
  lua_pushcfunction(L, luaopen_base);
  lua_call(L, 0, 1);
  for (const char *const *name = kept; *name; name++) {
    lua_getfield(L, -1, *name);
    lua_setfield(L, globals, *name);
  }
  lua_pop(L, 1);
  luaL_setfuncs(L, own, 0);
  lua_pushliteral(L, LUA_VERSION);
  lua_setfield(L, globals, "_VERSION");
}

// MARK: Coroutines

// A coroutine of the script's passes on what is not meant for the script: a slice that ended, a call that waits
// for the host, a kill.
static int continue_coroutine(lua_State *L, int status, lua_KContext context);

static int resume(lua_State *L, lua_State *co, int arguments, bool wrapped) {
  mp_state *state = mp_of(L);
  int results = 0;
  int blocked = lua_isyieldable(L) ? 0 : 1;
  state->blocked += blocked;
  int status = lua_resume(co, L, arguments, &results);
  state->blocked -= blocked;
  if (status == LUA_YIELD && state->yield_kind != MP_YIELD_SCRIPT) {
    // Until the call goes on, nobody else may resume it: another call of the same script could hold it too.
    lua_pushboolean(L, 1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, co);
    return lua_yieldk(L, 0, wrapped, continue_coroutine);
  }
  if (status == LUA_OK || status == LUA_YIELD) {
    if (!lua_checkstack(L, results + 1)) {
      lua_pop(co, results);
      return luaL_error(L, "too many results to resume");
    }
    if (!wrapped) lua_pushboolean(L, 1);
    lua_xmove(co, L, results);
    return results + (wrapped ? 0 : 1);
  }
  mp_call *call = state->call;
  if (call && status == LUA_ERRMEM && !call->killed) call->killed = MP_KILLED_MEMORY;
  if (mp_is_killed(L)) mp_raise_kill(L);
  if (wrapped) {
    lua_xmove(co, L, 1);
    if (lua_type(L, -1) == LUA_TSTRING) {
      luaL_where(L, 1);
      lua_insert(L, -2);
      lua_concat(L, 2);
    }
    return lua_error(L);
  }
  lua_pushboolean(L, 0);
  lua_xmove(co, L, 1);
  return 2;
}

static lua_State *check_coroutine(lua_State *L, int index) {
  lua_State *co = lua_tothread(L, index);
  if (!co) luaL_typeerror(L, index, "coroutine");
  return co;
}

static int continue_coroutine(lua_State *L, int status, lua_KContext wrapped) {
  (void)status;
  lua_State *co = wrapped ? lua_tothread(L, lua_upvalueindex(1)) : lua_tothread(L, 1);
  lua_pushnil(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, co);
  return resume(L, co, 0, wrapped != 0);
}

// True when `co` can be resumed by a script; otherwise why not is pushed.
static bool is_resumable(lua_State *L, lua_State *co) {
  if (lua_status(co) == LUA_YIELD) {
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, co) == LUA_TNIL) {
      lua_pop(L, 1);
      return true;
    }
    lua_pop(L, 1);
    lua_pushliteral(L, "cannot resume a coroutine that waits for the engine");
    return false;
  }
  lua_Debug record;
  bool fresh = lua_status(co) == LUA_OK && co != L && !lua_getstack(co, 0, &record) && lua_gettop(co) > 0;
  if (fresh) return true;
  if (co == L || (lua_status(co) == LUA_OK && lua_getstack(co, 0, &record)))
    lua_pushliteral(L, "cannot resume non-suspended coroutine");
  else
    lua_pushliteral(L, "cannot resume dead coroutine");
  return false;
}

static int coroutine_resume(lua_State *L) {
  lua_State *co = check_coroutine(L, 1);
  int arguments = lua_gettop(L) - 1;
  if (!is_resumable(L, co)) {
    lua_pushboolean(L, 0);
    lua_insert(L, -2);
    return 2;
  }
  if (!lua_checkstack(co, arguments)) return luaL_error(L, "too many arguments to resume");
  lua_xmove(L, co, arguments);
  return resume(L, co, arguments, false);
}

static int wrapped_resume(lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  int arguments = lua_gettop(L);
  if (!is_resumable(L, co)) return luaL_error(L, "%s", lua_tostring(L, -1));
  if (!lua_checkstack(co, arguments)) return luaL_error(L, "too many arguments to resume");
  lua_xmove(L, co, arguments);
  return resume(L, co, arguments, true);
}

static int coroutine_create(lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  mp_charge(L, 1024);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  lua_xmove(L, co, 1);
  return 1;
}

static int coroutine_wrap(lua_State *L) {
  coroutine_create(L);
  lua_pushcclosure(L, wrapped_resume, 1);
  return 1;
}

static int coroutine_yield(lua_State *L) {
  mp_state *state = mp_of(L);
  if (state->call && L == state->call->thread) {
    return luaL_error(L, "attempt to yield from outside a coroutine");
  }
  state->yield_kind = MP_YIELD_SCRIPT;
  return lua_yield(L, lua_gettop(L));
}

static const char *status_of(lua_State *L, lua_State *co) {
  if (co == L) return "running";
  lua_Debug record;
  switch (lua_status(co)) {
    case LUA_YIELD: return "suspended";
    case LUA_OK:
      if (lua_getstack(co, 0, &record)) return "normal";
      return lua_gettop(co) == 0 ? "dead" : "suspended";
    default: return "dead";
  }
}

static int coroutine_status(lua_State *L) {
  lua_pushstring(L, status_of(L, check_coroutine(L, 1)));
  return 1;
}

static int coroutine_running(lua_State *L) {
  mp_state *state = mp_of(L);
  lua_pushthread(L);
  lua_pushboolean(L, state->call && L == state->call->thread);
  return 2;
}

static int coroutine_isyieldable(lua_State *L) {
  mp_state *state = mp_of(L);
  lua_State *co = lua_isnone(L, 1) ? L : check_coroutine(L, 1);
  lua_pushboolean(L, !(state->call && co == state->call->thread) && lua_isyieldable(co));
  return 1;
}

static int coroutine_close(lua_State *L) {
  lua_State *co = check_coroutine(L, 1);
  if (mp_is_killed(L)) mp_raise_kill(L);
  const char *status = status_of(L, co);
  if (strcmp(status, "dead") != 0 && strcmp(status, "suspended") != 0) {
    return luaL_error(L, "cannot close a %s coroutine", status);
  }
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, co) != LUA_TNIL) {
    return luaL_error(L, "cannot close a coroutine that waits for the engine");
  }
  lua_pop(L, 1);
  int result = lua_resetthread(co);
  if (mp_is_killed(L)) mp_raise_kill(L);
  if (result == LUA_OK) {
    lua_pushboolean(L, 1);
    return 1;
  }
  lua_pushboolean(L, 0);
  lua_xmove(co, L, 1);
  return 2;
}

void mp_open_coroutine(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"create", coroutine_create}, {"resume", coroutine_resume},   {"yield", coroutine_yield},
      {"wrap", coroutine_wrap},     {"status", coroutine_status},   {"running", coroutine_running},
      {"close", coroutine_close},   {"isyieldable", coroutine_isyieldable}, {NULL, NULL},
  };
  luaL_newlib(L, functions);
  lua_setfield(L, -2, LUA_COLIBNAME);
}
