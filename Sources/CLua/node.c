#include "internal.h"

// Event tables: a userdata that names a value of the host's. Members are fetched when they are read, assignments
// are checked by the host, and a table kept beyond its call is refused there.

mp_node *mp_to_node(lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index)) return NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &mp_key_node);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same ? lua_touserdata(L, index) : NULL;
}

void mp_push_node(lua_State *L, uint64_t document, int64_t number) {
  mp_node *node = lua_newuserdatauv(L, sizeof *node, 0);
  node->document = document;
  node->node = number;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &mp_key_node);
  lua_setmetatable(L, -2);
}

static mp_node *self(lua_State *L) {
  mp_node *node = mp_to_node(L, 1);
  if (!node) luaL_error(L, "not an event table");
  return node;
}

static bool to_key(lua_State *L, int index, mp_key *key) {
  if (lua_type(L, index) == LUA_TSTRING) {
    key->text = lua_tolstring(L, index, &key->length);
    return true;
  }
  int exact = 0;
  key->text = NULL;
  key->integer = lua_type(L, index) == LUA_TNUMBER ? lua_tointegerx(L, index, &exact) : 0;
  return exact;
}

static void push_out(lua_State *L, const mp_out *out, uint64_t document, const mp_buffer *text) {
  switch (out->kind) {
    case MP_OUT_BOOLEAN: lua_pushboolean(L, out->integer != 0); break;
    case MP_OUT_INTEGER: lua_pushinteger(L, out->integer); break;
    case MP_OUT_NUMBER: lua_pushnumber(L, out->number); break;
    case MP_OUT_STRING: lua_pushlstring(L, (const char *)text->bytes, text->count); break;
    case MP_OUT_NODE: mp_push_node(L, document, out->integer); break;
    default: lua_pushnil(L);
  }
}

static int node_index(lua_State *L) {
  mp_state *state = mp_of(L);
  mp_node *node = self(L);
  mp_key key;
  if (!to_key(L, 2, &key)) return luaL_error(L, "an event table has no field of type %s", luaL_typename(L, 2));
  mp_charge(L, 64);
  mp_out out = {0};
  mp_clear(&state->reply);
  if (state->host.node_get(state->host.context, node->document, node->node, key, &out) != MP_REPLY_VALUES) {
    mp_raise_reply(L);
  }
  push_out(L, &out, node->document, &state->reply);
  return 1;
}

static int node_newindex(lua_State *L) {
  mp_state *state = mp_of(L);
  mp_node *node = self(L);
  mp_key key;
  if (!to_key(L, 2, &key)) return luaL_error(L, "an event table has no field of type %s", luaL_typename(L, 2));
  mp_charge(L, 64);
  mp_clear(&state->arguments);
  mp_encode(L, 3, &state->arguments);
  mp_clear(&state->reply);
  if (state->host.node_set(
          state->host.context, node->document, node->node, key, state->arguments.bytes, state->arguments.count) !=
      MP_REPLY_VALUES) {
    mp_raise_reply(L);
  }
  return 0;
}

static int node_length(lua_State *L) {
  mp_state *state = mp_of(L);
  mp_node *node = self(L);
  mp_charge(L, 16);
  lua_pushinteger(L, state->host.node_length(state->host.context, node->document, node->node));
  return 1;
}

// The iterator of pairs: its position is an upvalue.
static int node_step(lua_State *L) {
  mp_state *state = mp_of(L);
  mp_node *node = mp_to_node(L, lua_upvalueindex(1));
  if (!node) return luaL_error(L, "not an event table");
  int64_t position = lua_tointeger(L, lua_upvalueindex(2));
  lua_pushinteger(L, position + 1);
  lua_replace(L, lua_upvalueindex(2));
  mp_charge(L, 64);
  mp_out key = {0}, value = {0};
  mp_clear(&state->reply);
  mp_clear(&state->key);
  if (state->host.node_member(
          state->host.context, node->document, node->node, position, &key, &state->key, &value) != MP_REPLY_VALUES) {
    mp_raise_reply(L);
  }
  if (key.kind == MP_OUT_NIL) {
    lua_pushnil(L);
    return 1;
  }
  push_out(L, &key, node->document, &state->key);
  push_out(L, &value, node->document, &state->reply);
  return 2;
}

static int node_pairs(lua_State *L) {
  self(L);
  lua_settop(L, 1);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, node_step, 2);
  return 1;
}

static int node_equal(lua_State *L) {
  mp_node *a = mp_to_node(L, 1), *b = mp_to_node(L, 2);
  lua_pushboolean(L, a && b && a->document == b->document && a->node == b->node);
  return 1;
}

static int node_tostring(lua_State *L) {
  mp_state *state = mp_of(L);
  mp_node *node = self(L);
  mp_clear(&state->reply);
  if (state->host.node_text(state->host.context, node->document, node->node) != MP_REPLY_VALUES) mp_raise_reply(L);
  mp_charge(L, state->reply.count);
  lua_pushlstring(L, (const char *)state->reply.bytes, state->reply.count);
  return 1;
}

void mp_open_node(lua_State *L) {
  static const luaL_Reg methods[] = {
      {"__index", node_index}, {"__newindex", node_newindex}, {"__len", node_length},
      {"__pairs", node_pairs}, {"__eq", node_equal},          {"__tostring", node_tostring},
      {NULL, NULL},
  };
  lua_newtable(L);
  luaL_setfuncs(L, methods, 0);
  lua_pushliteral(L, "table");
  lua_setfield(L, -2, "__name");
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_rawsetp(L, LUA_REGISTRYINDEX, &mp_key_node);
}
