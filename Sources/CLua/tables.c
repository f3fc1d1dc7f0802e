#include "internal.h"

// The table library for scripts: every loop is bounded and charged, and event tables are accepted where tables are.
// sort is written in Lua (Sandbox), so that a comparison may yield and be stopped.

enum { MAX_ELEMENTS = 1 << 22, MAX_RESULTS = 8000 };

static lua_Integer length_of(lua_State *L, int index) {
  mp_check_table(L, index);
  lua_Integer length = luaL_len(L, index);
  if (length > MAX_ELEMENTS) return luaL_error(L, "table is too long (%d elements are the limit)", MAX_ELEMENTS);
  return length < 0 ? 0 : length;
}

static int table_insert(lua_State *L) {
  lua_Integer end = length_of(L, 1) + 1, position;
  switch (lua_gettop(L)) {
    case 2: position = end; break;
    case 3:
      position = luaL_checkinteger(L, 2);
      luaL_argcheck(L, position >= 1 && position <= end, 2, "position out of bounds");
      for (lua_Integer index = end; index > position; index--) {
        mp_charge(L, 16);
        lua_geti(L, 1, index - 1);
        lua_seti(L, 1, index);
      }
      break;
    default: return luaL_error(L, "wrong number of arguments to 'insert'");
  }
  lua_seti(L, 1, position);
  return 0;
}

static int table_remove(lua_State *L) {
  lua_Integer size = length_of(L, 1), position = luaL_optinteger(L, 2, size);
  if (lua_gettop(L) >= 2) {
    luaL_argcheck(L, position >= 1 && position <= size + 1, 2, "position out of bounds");
  }
  lua_geti(L, 1, position);
  for (; position < size; position++) {
    mp_charge(L, 16);
    lua_geti(L, 1, position + 1);
    lua_seti(L, 1, position);
  }
  if (position <= size) {
    lua_pushnil(L);
    lua_seti(L, 1, position);
  }
  return 1;
}

static int table_move(lua_State *L) {
  lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3), target = luaL_checkinteger(L, 4);
  int to = lua_isnoneornil(L, 5) ? 1 : 5;
  mp_check_table(L, 1);
  mp_check_table(L, to);
  if (last >= first) {
    luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
    lua_Integer count = last - first + 1;
    luaL_argcheck(L, count <= MAX_ELEMENTS, 3, "too many elements to move");
    luaL_argcheck(L, target <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
    bool forward = target > last || target <= first || (to != 1 && !lua_compare(L, 1, to, LUA_OPEQ));
    for (lua_Integer step = 0; step < count; step++) {
      lua_Integer offset = forward ? step : count - 1 - step;
      mp_charge(L, 16);
      lua_geti(L, 1, first + offset);
      lua_seti(L, to, target + offset);
    }
  }
  lua_pushvalue(L, to);
  return 1;
}

static int table_concat(lua_State *L) {
  mp_state *state = mp_of(L);
  size_t separator_length, total = 0;
  lua_Integer last = length_of(L, 1);
  const char *separator = luaL_optlstring(L, 2, "", &separator_length);
  lua_Integer index = luaL_optinteger(L, 3, 1);
  last = luaL_optinteger(L, 4, last);
  luaL_Buffer result;
  luaL_buffinit(L, &result);
  for (; index <= last; index++) {
    lua_geti(L, 1, index);
    if (!lua_isstring(L, -1)) {
      return luaL_error(L, "invalid value (at index %I) in table for 'concat'", (LUAI_UACINT)index);
    }
    size_t length = lua_rawlen(L, -1) + separator_length;
    total += length;
    mp_charge(L, 16 + length);
    if (total > state->string_limit) return luaL_error(L, "resulting string too large");
    luaL_addvalue(&result);
    if (index == last) break;
    luaL_addlstring(&result, separator, separator_length);
  }
  luaL_pushresult(&result);
  return 1;
}

static int table_unpack(lua_State *L) {
  lua_Integer first = luaL_optinteger(L, 2, 1);
  lua_Integer last = lua_isnoneornil(L, 3) ? length_of(L, 1) : luaL_checkinteger(L, 3);
  if (first > last) return 0;
  lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
  if (count >= MAX_RESULTS || !lua_checkstack(L, (int)++count)) return luaL_error(L, "too many results to unpack");
  for (lua_Unsigned offset = 0; offset < count; offset++) lua_geti(L, 1, (lua_Integer)((lua_Unsigned)first + offset));
  return (int)count;
}

static int table_pack(lua_State *L) {
  int count = lua_gettop(L);
  lua_createtable(L, count, 1);
  lua_insert(L, 1);
  for (int index = count; index >= 1; index--) lua_seti(L, 1, index);
  lua_pushinteger(L, count);
  lua_setfield(L, 1, "n");
  return 1;
}

void mp_open_tables(lua_State *L) {
  static const luaL_Reg functions[] = {
      {"insert", table_insert}, {"remove", table_remove}, {"move", table_move}, {"concat", table_concat},
      {"unpack", table_unpack}, {"pack", table_pack},     {NULL, NULL},
  };
  luaL_newlib(L, functions);
  lua_setfield(L, -2, LUA_TABLIBNAME);
}
