#pragma once
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>
#include <time.h>

#include "CLua.h"

struct mp_call {
  lua_State *thread;
  int reference;
  bool started;
  int killed;
  uint64_t cpu_limit, wall_limit, slice_limit;
  uint64_t deadline;     // monotonic
  uint64_t slice_start;  // monotonic
  uint64_t cpu_used;     // by finished slices, or an upper bound of it
  uint64_t cpu_before;   // of this slice, before cpu_base was read
  uint64_t cpu_base;     // the thread's CPU clock, read only when a slice turns out to be long; 0 before
  uint64_t last_look;    // monotonic, by the count hook
  size_t work;
};

enum { MP_YIELD_SCRIPT, MP_YIELD_SLICE, MP_YIELD_WAIT };

struct mp_state {
  lua_State *L;
  mp_host host;
  mp_call *call;
  size_t used, limit, string_limit, churn;
  int yield_kind;
  int blocked;  // resumers on the C stack that cannot yield themselves
  bool frozen;
  mp_buffer reply, arguments, key;
};

static inline mp_state *mp_of(lua_State *L) { return *(mp_state **)lua_getextraspace(L); }

// Keys of our own in the registry and, hidden from scripts, in tables: light userdata, which no script can make.
extern char mp_key_killed, mp_key_shadow, mp_key_original, mp_key_array, mp_key_null, mp_key_node, mp_key_entries,
    mp_key_globals, mp_key_environment;

typedef struct {
  uint64_t document;
  int64_t node;
} mp_node;

void mp_clear(mp_buffer *buffer);
_Noreturn void mp_raise_kill(lua_State *L);
_Noreturn void mp_raise_reply(lua_State *L);
bool mp_is_killed(lua_State *L);
void mp_charge(lua_State *L, size_t work);
bool mp_over_budget(mp_call *call);
bool mp_can_wait(lua_State *L);

void mp_encode(lua_State *L, int index, mp_buffer *buffer);
// Pushes one value; returns the position after it.
size_t mp_decode(lua_State *L, const uint8_t *bytes, size_t count, size_t position);
int mp_decode_all(lua_State *L, const uint8_t *bytes, size_t count);

mp_node *mp_to_node(lua_State *L, int index);
void mp_push_node(lua_State *L, uint64_t document, int64_t node);
void mp_open_node(lua_State *L);

void mp_open_base(lua_State *L);       // pushes nothing; fills the globals table at the top
void mp_open_coroutine(lua_State *L);  // likewise
void mp_open_strings(lua_State *L);
void mp_open_tables(lua_State *L);
int mp_seal(lua_State *L);
int mp_next(lua_State *L);
bool mp_is_table_like(lua_State *L, int index);
void mp_check_table(lua_State *L, int index);
