#include <math.h>
#include <string.h>

#include "internal.h"

// Values between Lua and the host, in the machine's own byte order:
//   n · t · f · i int64 · d double · s length32 bytes · a count32 value… · o count32 (length32 bytes value)…
//   e (an empty table, list or map) · N document64 node64 (a value the host has already)
// A sequence of values simply follows one another.

enum { MAX_DEPTH = 64, MAX_VALUES = 1 << 18, MAX_BYTES = 8 << 20 };

typedef struct {
  lua_State *L;
  mp_buffer *buffer;
  size_t values;
  const void *open[MAX_DEPTH];  // the tables around the current one
} encoder;

static void put(encoder *e, const void *bytes, size_t count) {
  if (e->buffer->count + count > MAX_BYTES) luaL_error(e->L, "value is larger than %d MiB", MAX_BYTES >> 20);
  if (!mp_buffer_append(e->buffer, bytes, count)) luaL_error(e->L, "not enough memory");
}

static void put_tag(encoder *e, char tag) { put(e, &tag, 1); }
static void put_count(encoder *e, uint32_t count) { put(e, &count, sizeof count); }

static void put_text(encoder *e, const char *text, size_t length) {
  put_count(e, (uint32_t)length);
  put(e, text, length);
}

static void encode_value(encoder *e, int index, int depth);

// Which shape a table has: the number of its list elements, or -1 for a map; an error for anything else.
static lua_Integer table_shape(encoder *e, int index, uint32_t *count, bool *list_mark) {
  lua_State *L = e->L;
  uint32_t names = 0, numbers = 0;
  lua_Integer highest = 0;
  *list_mark = false;
  mp_charge(L, 1 << 14);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    mp_charge(L, 16);
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TLIGHTUSERDATA) {
      if (lua_touserdata(L, -1) == &mp_key_array) *list_mark = true;
      continue;
    }
    if (lua_type(L, -1) == LUA_TSTRING) {
      names++;
    } else if (lua_isinteger(L, -1)) {
      lua_Integer key = lua_tointeger(L, -1);
      if (key < 1) luaL_error(L, "a list has no element %d", (int)key);
      if (key > highest) highest = key;
      numbers++;
    } else {
      luaL_error(L, "a table key is a %s; only strings and list positions can be passed on", luaL_typename(L, -1));
    }
  }
  if (names && numbers) luaL_error(L, "a table has both list elements and named fields");
  if (numbers && highest != (lua_Integer)numbers) luaL_error(L, "a list has a hole (nil) before element %d", (int)highest);
  *count = names ? names : numbers;
  return names ? -1 : (lua_Integer)numbers;
}

static void encode_table(encoder *e, int index, int depth) {
  lua_State *L = e->L;
  if (depth >= MAX_DEPTH) luaL_error(L, "a value is nested deeper than %d levels", MAX_DEPTH);
  const void *self = lua_topointer(L, index);
  for (int level = 0; level < depth; level++) {
    if (e->open[level] == self) luaL_error(L, "a table contains itself");
  }
  e->open[depth] = self;
  if (!lua_checkstack(L, 8)) luaL_error(L, "not enough memory");

  uint32_t count;
  bool list_mark;
  lua_Integer length = table_shape(e, index, &count, &list_mark);
  if (count == 0) {
    if (list_mark) {
      put_tag(e, 'a');
      put_count(e, 0);
    } else {
      put_tag(e, 'e');
    }
    return;
  }
  if (length >= 0) {
    put_tag(e, 'a');
    put_count(e, count);
    for (lua_Integer position = 1; position <= length; position++) {
      lua_rawgeti(L, index, position);
      encode_value(e, lua_gettop(L), depth + 1);
      lua_pop(L, 1);
    }
    return;
  }
  put_tag(e, 'o');
  put_count(e, count);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    if (lua_type(L, -2) == LUA_TSTRING) {
      size_t size;
      const char *key = lua_tolstring(L, -2, &size);
      put_text(e, key, size);
      encode_value(e, lua_gettop(L), depth + 1);
    }
    lua_pop(L, 1);
  }
}

static void encode_value(encoder *e, int index, int depth) {
  lua_State *L = e->L;
  if (++e->values > MAX_VALUES) luaL_error(L, "a value has more than %d parts", MAX_VALUES);
  mp_charge(L, 16);
  switch (lua_type(L, index)) {
    case LUA_TNIL: put_tag(e, 'n'); break;
    case LUA_TBOOLEAN: put_tag(e, lua_toboolean(L, index) ? 't' : 'f'); break;
    case LUA_TNUMBER:
      if (lua_isinteger(L, index)) {
        int64_t integer = lua_tointeger(L, index);
        put_tag(e, 'i');
        put(e, &integer, sizeof integer);
      } else {
        double number = lua_tonumber(L, index);
        if (!isfinite(number)) luaL_error(L, "%f is not a number that can be passed on", number);
        put_tag(e, 'd');
        put(e, &number, sizeof number);
      }
      break;
    case LUA_TSTRING: {
      size_t length;
      const char *text = lua_tolstring(L, index, &length);
      mp_charge(L, length);
      put_tag(e, 's');
      put_text(e, text, length);
      break;
    }
    case LUA_TTABLE: encode_table(e, index, depth); break;
    case LUA_TLIGHTUSERDATA:
      if (lua_touserdata(L, index) == &mp_key_null) {
        put_tag(e, 'n');
        break;
      }
      luaL_error(L, "a value of the engine's own cannot be passed on");
      break;
    case LUA_TUSERDATA: {
      mp_node *node = mp_to_node(L, index);
      if (node) {
        put_tag(e, 'N');
        put(e, &node->document, sizeof node->document);
        put(e, &node->node, sizeof node->node);
        break;
      }
    }  // fall through
    default: luaL_error(L, "a %s cannot be passed on", luaL_typename(L, index));
  }
}

void mp_encode(lua_State *L, int index, mp_buffer *buffer) {
  encoder e = {.L = L, .buffer = buffer};
  encode_value(&e, lua_absindex(L, index), 0);
}

// MARK: From the host

typedef struct {
  lua_State *L;
  const uint8_t *bytes;
  size_t count, position;
} decoder;

static void take(decoder *d, void *into, size_t count) {
  if (d->count - d->position < count) luaL_error(d->L, "truncated value");
  memcpy(into, d->bytes + d->position, count);
  d->position += count;
}

static uint32_t take_count(decoder *d) {
  uint32_t count;
  take(d, &count, sizeof count);
  return count;
}

static void push_text(decoder *d) {
  uint32_t length = take_count(d);
  if (d->count - d->position < length) luaL_error(d->L, "truncated value");
  lua_pushlstring(d->L, (const char *)d->bytes + d->position, length);
  d->position += length;
}

static void decode_value(decoder *d, int depth, bool inside) {
  lua_State *L = d->L;
  if (depth > 2 * MAX_DEPTH) luaL_error(L, "value is nested too deep");
  if (!lua_checkstack(L, 8)) luaL_error(L, "not enough memory");
  char tag;
  take(d, &tag, 1);
  switch (tag) {
    case 'n':
      if (inside) lua_pushlightuserdata(L, &mp_key_null);
      else lua_pushnil(L);
      break;
    case 't': lua_pushboolean(L, 1); break;
    case 'f': lua_pushboolean(L, 0); break;
    case 'i': {
      int64_t integer;
      take(d, &integer, sizeof integer);
      lua_pushinteger(L, integer);
      break;
    }
    case 'd': {
      double number;
      take(d, &number, sizeof number);
      lua_pushnumber(L, number);
      break;
    }
    case 's': push_text(d); break;
    case 'a': {
      uint32_t count = take_count(d);
      lua_createtable(L, count < 4096 ? (int)count : 4096, 0);
      for (uint32_t position = 1; position <= count; position++) {
        decode_value(d, depth + 1, true);
        lua_rawseti(L, -2, position);
      }
      if (count == 0) {
        lua_pushboolean(L, 1);
        lua_rawsetp(L, -2, &mp_key_array);
      }
      break;
    }
    case 'o': {
      uint32_t count = take_count(d);
      lua_createtable(L, 0, count < 4096 ? (int)count : 4096);
      for (uint32_t position = 0; position < count; position++) {
        push_text(d);
        decode_value(d, depth + 1, false);  // a null member is an absent one
        lua_rawset(L, -3);
      }
      break;
    }
    case 'N': {
      mp_node node;
      take(d, &node.document, sizeof node.document);
      take(d, &node.node, sizeof node.node);
      mp_push_node(L, node.document, node.node);
      break;
    }
    default: luaL_error(L, "unknown tag %d in a value", tag);
  }
}

size_t mp_decode(lua_State *L, const uint8_t *bytes, size_t count, size_t position) {
  decoder d = {L, bytes, count, position};
  decode_value(&d, 0, false);
  return d.position;
}

int mp_decode_all(lua_State *L, const uint8_t *bytes, size_t count) {
  decoder d = {L, bytes, count, 0};
  int values = 0;
  while (d.position < d.count) {
    decode_value(&d, 0, false);
    values++;
  }
  return values;
}
