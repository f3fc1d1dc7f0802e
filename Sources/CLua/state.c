#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "internal.h"

char mp_key_killed, mp_key_shadow, mp_key_original, mp_key_array, mp_key_null, mp_key_node, mp_key_entries,
    mp_key_globals, mp_key_environment;

enum {
  HOOK_COUNT = 1000,      // instructions between two looks: about 2 µs
  SLOW_HOOK_COUNT = 20,   // where single instructions turn out to take long (comparing or copying megabytes)
  SLOW_NANOSECONDS = 2000000,
  WORK_PER_CHECK = 1 << 16,
  CHURN_PER_CHECK = 1 << 20,
};

// MARK: Memory

// Counts every byte against the state's limit. A call that is over its time gets no more memory either: one
// instruction that copies megabytes would otherwise run a thousand times before the count hook looks.
static void *allocate(void *context, void *pointer, size_t old_size, size_t new_size) {
  mp_state *state = context;
  size_t old = pointer ? old_size : 0;
  if (new_size == 0) {
    free(pointer);
    state->used -= old;
    return NULL;
  }
  if (new_size > old) {
    mp_call *call = state->call;
    if (call) {
      if (call->killed) return NULL;
      if (!pointer && old_size == LUA_TSTRING && new_size > state->string_limit + 64) {
        call->killed = MP_KILLED_STRING;
        return NULL;
      }
      state->churn += new_size;
      if (state->churn > CHURN_PER_CHECK) {
        state->churn = 0;
        if (mp_over_budget(call)) return NULL;
      }
    }
    if (state->used + (new_size - old) > state->limit) {
      if (call) mp_over_budget(call);
      return NULL;
    }
  }
  void *result = realloc(pointer, new_size);
  if (result) state->used += new_size - old;
  return result;
}

bool mp_buffer_append(mp_buffer *buffer, const void *bytes, size_t count) {
  if (buffer->count + count > buffer->capacity) {
    size_t capacity = buffer->capacity ? buffer->capacity : 256;
    while (capacity < buffer->count + count) capacity *= 2;
    uint8_t *grown = realloc(buffer->bytes, capacity);
    if (!grown) return false;
    buffer->bytes = grown;
    buffer->capacity = capacity;
  }
  if (count) memcpy(buffer->bytes + buffer->count, bytes, count);
  buffer->count += count;
  return true;
}

// Empties the buffer and gives back what an unusually large value made it grow to.
void mp_clear(mp_buffer *buffer) {
  buffer->count = 0;
  if (buffer->capacity > 1 << 16) {
    free(buffer->bytes);
    buffer->bytes = NULL;
    buffer->capacity = 0;
  }
}

static void set_reply(mp_state *state, const char *text, size_t length) {
  mp_clear(&state->reply);
  mp_buffer_append(&state->reply, text, length);
}

// MARK: Budget

static uint64_t nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

uint64_t mp_monotonic(void) { return nanoseconds(CLOCK_MONOTONIC); }

// Wall time bounds CPU time from above and costs 25 ns to read; the thread's CPU clock is a system call and is
// read only when a call has been running for so long that it matters.
static bool over_budget_at(mp_call *call, uint64_t wall) {
  if (call->killed) return true;
  if (wall > call->deadline) {
    call->killed = MP_KILLED_WALL;
    return true;
  }
  if (call->cpu_base == 0) {
    call->cpu_before = wall - call->slice_start;
    call->cpu_base = nanoseconds(CLOCK_THREAD_CPUTIME_ID);
    return false;
  }
  if (call->cpu_used + (wall - call->slice_start) > call->cpu_limit) {
    uint64_t cpu = call->cpu_before + nanoseconds(CLOCK_THREAD_CPUTIME_ID) - call->cpu_base;
    if (call->cpu_used + cpu > call->cpu_limit) {
      call->killed = MP_KILLED_CPU;
      return true;
    }
  }
  return false;
}

bool mp_over_budget(mp_call *call) { return over_budget_at(call, mp_monotonic()); }

void mp_name_thread(const char *name) { prctl(PR_SET_NAME, name, 0, 0, 0); }

static void begin_slice(mp_call *call) {
  call->slice_start = mp_monotonic();
  call->last_look = call->slice_start;
  call->cpu_base = call->started ? nanoseconds(CLOCK_THREAD_CPUTIME_ID) : 0;
  call->cpu_before = 0;
  if (!call->started) call->deadline = call->slice_start + call->wall_limit;
  if (call->slice_start > call->deadline && !call->killed) call->killed = MP_KILLED_WALL;
}

static void end_slice(mp_call *call) {
  call->cpu_used += call->cpu_base ? call->cpu_before + nanoseconds(CLOCK_THREAD_CPUTIME_ID) - call->cpu_base
                                   : mp_monotonic() - call->slice_start;
}

// The error of a kill is a light userdata: raising it needs no memory.
_Noreturn void mp_raise_kill(lua_State *L) {
  lua_pushlightuserdata(L, &mp_key_killed);
  lua_error(L);
  abort();
}

bool mp_is_killed(lua_State *L) {
  mp_call *call = mp_of(L)->call;
  return call && call->killed;
}

// Work done inside one instruction, in steps of a few nanoseconds.
void mp_charge(lua_State *L, size_t work) {
  mp_call *call = mp_of(L)->call;
  if (!call) return;
  call->work += work;
  if (call->work < WORK_PER_CHECK) return;
  call->work = 0;
  if (mp_over_budget(call)) mp_raise_kill(L);
}

bool mp_can_wait(lua_State *L) {
  mp_state *state = mp_of(L);
  return state->call && state->blocked == 0 && lua_isyieldable(L);
}

static void count_hook(lua_State *L, lua_Debug *record) {
  (void)record;
  mp_state *state = mp_of(L);
  mp_call *call = state->call;
  if (!call) return;
  uint64_t now = mp_monotonic();
  if (now - call->last_look > SLOW_NANOSECONDS) lua_sethook(L, count_hook, LUA_MASKCOUNT, SLOW_HOOK_COUNT);
  call->last_look = now;
  if (over_budget_at(call, now)) {
    lua_pushlightuserdata(L, &mp_key_killed);
    lua_error(L);
  }
  if (now - call->slice_start > call->slice_limit && mp_can_wait(L)) {
    state->yield_kind = MP_YIELD_SLICE;
    lua_yield(L, 0);
  }
}

// MARK: Host calls

_Noreturn void mp_raise_reply(lua_State *L) {
  mp_state *state = mp_of(L);
  luaL_where(L, 1);
  lua_pushlstring(L, (const char *)state->reply.bytes, state->reply.count);
  lua_concat(L, 2);
  lua_error(L);
  abort();
}

static int finish_host_call(lua_State *L, int status, lua_KContext context);

static int host_reply(lua_State *L, int status) {
  mp_state *state = mp_of(L);
  switch (status) {
    case MP_REPLY_VALUES:
      return mp_decode_all(L, state->reply.bytes, state->reply.count);
    case MP_REPLY_WAIT:
      state->yield_kind = MP_YIELD_WAIT;
      return lua_yieldk(L, 0, 0, finish_host_call);
    default:
      // The functions of our prelude stand between the script and the host: level 2 is the script's line.
      luaL_where(L, 2);
      lua_pushlstring(L, (const char *)state->reply.bytes, state->reply.count);
      lua_concat(L, 2);
      return lua_error(L);
  }
}

static int finish_host_call(lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  mp_state *state = mp_of(L);
  mp_clear(&state->reply);
  return host_reply(L, state->host.resume(state->host.context));
}

static int host_call(lua_State *L) {
  mp_state *state = mp_of(L);
  int count = lua_gettop(L);
  mp_clear(&state->arguments);
  for (int index = 1; index <= count; index++) mp_encode(L, index, &state->arguments);
  mp_clear(&state->reply);
  return host_reply(
      L, state->host.call(state->host.context, state->arguments.bytes, state->arguments.count, mp_can_wait(L)));
}

// compile(name) → function, or nil and why not. Text only: a precompiled chunk can crash the interpreter.
static int compile(lua_State *L) {
  mp_state *state = mp_of(L);
  size_t length;
  const char *name = luaL_checklstring(L, 1, &length);
  mp_clear(&state->reply);
  if (state->host.source(state->host.context, name, length) != MP_REPLY_VALUES) {
    lua_pushnil(L);
    lua_pushlstring(L, (const char *)state->reply.bytes, state->reply.count);
    return 2;
  }
  if (mp_decode_all(L, state->reply.bytes, state->reply.count) != 2) return luaL_error(L, "no text for %s", name);
  size_t size;
  const char *label = lua_tostring(L, -2), *text = lua_tolstring(L, -1, &size);
  if (luaL_loadbufferx(L, text, size, label, "t") != LUA_OK) {
    lua_pushnil(L);
    lua_insert(L, -2);
    return 2;
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, &mp_key_environment);
  lua_setupvalue(L, -2, 1);
  return 1;
}

static int mark_array(lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_pushboolean(L, 1);
  lua_rawsetp(L, 1, &mp_key_array);
  lua_settop(L, 1);
  return 1;
}

// MARK: A state's life

// Globals of scripts live behind a proxy: reading goes to the globals table, assigning is refused once the
// script is loaded, because nothing may be carried from one call to the next by accident.
static int assign_global(lua_State *L) {
  if (mp_of(L)->frozen) {
    return luaL_error(
        L, "cannot assign the global '%s' during a call; declare it with 'local'",
        lua_type(L, 2) == LUA_TSTRING ? lua_tostring(L, 2) : luaL_typename(L, 2));
  }
  lua_rawgetp(L, LUA_REGISTRYINDEX, &mp_key_globals);
  lua_replace(L, 1);
  lua_rawset(L, 1);
  return 0;
}

static int open_state(lua_State *L) {
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &mp_key_globals);
  int globals = lua_gettop(L);
  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &mp_key_entries);

  mp_open_base(L);
  mp_open_coroutine(L);
  mp_open_strings(L);
  mp_open_tables(L);
  mp_open_node(L);

  luaL_requiref(L, LUA_MATHLIBNAME, luaopen_math, 0);
  lua_setfield(L, globals, LUA_MATHLIBNAME);

  lua_newtable(L);  // the environment of every script
  lua_newtable(L);
  lua_pushvalue(L, globals);
  lua_setfield(L, -2, "__index");
  lua_pushcfunction(L, assign_global);
  lua_setfield(L, -2, "__newindex");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_setfield(L, globals, "_G");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &mp_key_environment);

  // The registry's own globals table is not used by anybody.
  lua_pushvalue(L, globals);
  lua_rawseti(L, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
  lua_sethook(L, count_hook, LUA_MASKCOUNT, HOOK_COUNT);
  return 0;
}

// What an error object says, without calling anything of the script: a __tostring could run forever.
static void error_text(lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TTABLE) {
    lua_pushliteral(L, "message");
    lua_rawget(L, index < 0 ? index - 1 : index);
    if (lua_type(L, -1) == LUA_TSTRING) return;
    lua_pop(L, 1);
  }
  switch (lua_type(L, index)) {
    case LUA_TSTRING: lua_pushvalue(L, index); break;
    case LUA_TNUMBER: lua_pushfstring(L, "%f", (LUAI_UACNUMBER)lua_tonumber(L, index)); break;
    default: lua_pushfstring(L, "error object is a %s value", luaL_typename(L, index));
  }
}

static int take_error(lua_State *L) {
  mp_state *state = mp_of(L);
  error_text(L, 1);
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  set_reply(state, text, length > 4096 ? 4096 : length);
  return 0;
}

// Leaves the text of the error at the top of `L` in the reply buffer.
static void report_error(mp_state *state) {
  lua_State *L = state->L;
  if (lua_type(L, -1) == LUA_TLIGHTUSERDATA && lua_touserdata(L, -1) == &mp_key_killed) {
    set_reply(state, "stopped", 7);
  } else {
    lua_pushcfunction(L, take_error);
    lua_pushvalue(L, -2);
    if (lua_pcall(L, 1, 0, 0) != LUA_OK) set_reply(state, "not enough memory", 17);
  }
  lua_settop(L, 0);
}

mp_state *mp_state_new(mp_host host, size_t memory, size_t string) {
  mp_state *state = calloc(1, sizeof *state);
  if (!state) return NULL;
  state->host = host;
  state->limit = memory;
  state->string_limit = string;
  state->L = lua_newstate(allocate, state);
  if (!state->L) {
    free(state);
    return NULL;
  }
  *(mp_state **)lua_getextraspace(state->L) = state;
  lua_pushcfunction(state->L, open_state);
  if (lua_pcall(state->L, 0, 0, 0) != LUA_OK) {
    mp_state_free(state);
    return NULL;
  }
  return state;
}

void mp_state_free(mp_state *state) {
  lua_close(state->L);
  free(state->reply.bytes);
  free(state->arguments.bytes);
  free(state->key.bytes);
  free(state);
}

size_t mp_state_used(const mp_state *state) { return state->used; }
mp_buffer *mp_state_reply(mp_state *state) { return &state->reply; }
void mp_state_freeze(mp_state *state) { state->frozen = true; }

typedef struct {
  const char *name, *text;
  size_t length;
} prelude_source;

static const luaL_Reg primitives[] = {
    {"host", host_call}, {"compile", compile}, {"seal", mp_seal}, {"array", mark_array}, {NULL, NULL},
};

static int run_prelude(lua_State *L) {
  prelude_source *source = lua_touserdata(L, 1);
  if (luaL_loadbufferx(L, source->text, source->length, source->name, "t") != LUA_OK) return lua_error(L);
  lua_newtable(L);
  luaL_setfuncs(L, primitives, 0);
  lua_pushlightuserdata(L, &mp_key_null);
  lua_setfield(L, -2, "null");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &mp_key_globals);
  lua_setfield(L, -2, "globals");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &mp_key_entries);
  lua_setfield(L, -2, "entries");
  lua_call(L, 1, 0);
  return 0;
}

bool mp_state_prelude(mp_state *state, const char *name, const char *text, size_t length) {
  prelude_source source = {name, text, length};
  lua_State *L = state->L;
  lua_pushcfunction(L, run_prelude);
  lua_pushlightuserdata(L, &source);
  if (lua_pcall(L, 1, 0, 0) == LUA_OK) return true;
  report_error(state);
  return false;
}

// MARK: Calls

mp_call *mp_call_new(uint64_t cpu, uint64_t wall, uint64_t slice) {
  mp_call *call = calloc(1, sizeof *call);
  if (!call) return NULL;
  call->cpu_limit = cpu;
  call->wall_limit = wall;
  call->slice_limit = slice;
  call->reference = LUA_NOREF;
  return call;
}

// A killed or abandoned coroutine is dropped, never closed: its __close would run without a hook.
void mp_call_free(mp_state *state, mp_call *call) {
  if (state && call->reference != LUA_NOREF) luaL_unref(state->L, LUA_REGISTRYINDEX, call->reference);
  free(call);
}

int mp_call_killed(const mp_call *call) { return call->killed; }
uint64_t mp_call_cpu(const mp_call *call) { return call->cpu_used; }
uint64_t mp_call_deadline(const mp_call *call) { return call->deadline; }
void mp_call_kill(mp_call *call, int reason) {
  if (!call->killed) call->killed = reason;
}

typedef struct {
  mp_call *call;
  const char *entry;
  const uint8_t *arguments;
  size_t count;
  int pushed;
} call_setup;

static int prepare_call(lua_State *L) {
  call_setup *setup = lua_touserdata(L, 1);
  lua_State *thread = lua_newthread(L);
  setup->call->reference = luaL_ref(L, LUA_REGISTRYINDEX);
  setup->call->thread = thread;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &mp_key_entries);
  lua_getfield(L, -1, setup->entry);
  if (!lua_isfunction(L, -1)) return luaL_error(L, "no entry '%s'", setup->entry);
  int bottom = lua_gettop(L);
  mp_decode_all(L, setup->arguments, setup->count);
  setup->pushed = lua_gettop(L) - bottom;
  if (!lua_checkstack(thread, setup->pushed + 1)) return luaL_error(L, "too many arguments");
  lua_xmove(L, thread, setup->pushed + 1);
  return 0;
}

static int encode_results(lua_State *L) {
  mp_state *state = mp_of(L);
  mp_clear(&state->reply);
  int count = lua_gettop(L);
  for (int index = 1; index <= count; index++) mp_encode(L, index, &state->reply);
  return 0;
}

int mp_call_run(mp_state *state, mp_call *call, const char *entry, const uint8_t *arguments, size_t count) {
  lua_State *L = state->L;
  call_setup setup = {call, entry, arguments, count, 0};
  begin_slice(call);
  state->blocked = 0;
  if (!call->started) {
    call->started = true;
    lua_pushcfunction(L, prepare_call);
    lua_pushlightuserdata(L, &setup);
    int status = lua_pcall(L, 1, 0, 0);
    if (status != LUA_OK) {
      if (status == LUA_ERRMEM) call->killed = MP_KILLED_MEMORY;
      report_error(state);
      end_slice(call);
      return call->killed ? MP_RUN_KILLED : MP_RUN_ERROR;
    }
  }
  if (call->killed) return MP_RUN_KILLED;

  int results = 0;
  state->call = call;
  int status = lua_resume(call->thread, L, setup.pushed, &results);
  if (status == LUA_ERRMEM && !call->killed) call->killed = MP_KILLED_MEMORY;
  if (!call->killed && status == LUA_OK) {
    // Under the call's budget too: a result can be as large as the heap.
    if (lua_checkstack(L, results + 2)) {
      lua_pushcfunction(L, encode_results);
      lua_xmove(call->thread, L, results);
      if (lua_pcall(L, results, 0, 0) != LUA_OK) status = LUA_ERRRUN;
    } else {
      call->killed = MP_KILLED_MEMORY;
    }
  } else if (!call->killed && status != LUA_YIELD) {
    lua_xmove(call->thread, L, 1);
  }
  state->call = NULL;
  end_slice(call);
  if (call->killed) {
    lua_settop(L, 0);
    return MP_RUN_KILLED;
  }
  switch (status) {
    case LUA_OK: return MP_RUN_DONE;
    case LUA_YIELD:
      if (results > 0) lua_pop(call->thread, results);
      return state->yield_kind == MP_YIELD_WAIT ? MP_RUN_WAIT : MP_RUN_SLICE;
    default: report_error(state); return MP_RUN_ERROR;
  }
}
