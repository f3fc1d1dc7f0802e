#define _GNU_SOURCE  // memmem
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

// The string library for scripts. Pattern matching follows Lua 5.4's lstrlib.c (Copyright © 1994–2022 Lua.org,
// PUC-Rio; MIT licence) with one difference: every step is charged to the call's budget, because the library's
// own matcher runs outside the count hook and some patterns need exponential time.

enum { MAX_RESULTS = 8000, MAX_MATCH_DEPTH = 200, MAX_CAPTURES = 32, STEPS_PER_CHARGE = 1024 };
enum { CAPTURE_OPEN = -1, CAPTURE_POSITION = -2 };
static const char ESCAPE = '%';

typedef struct {
  const char *source, *source_end, *pattern_end;
  lua_State *L;
  int depth;
  unsigned steps;
  unsigned char level;
  struct {
    const char *start;
    ptrdiff_t length;
  } capture[MAX_CAPTURES];
} matcher;

static const char *match(matcher *m, const char *s, const char *p);

static inline void step(matcher *m) {
  if (++m->steps % STEPS_PER_CHARGE == 0) mp_charge(m->L, 4 * STEPS_PER_CHARGE);
}

static int check_capture(matcher *m, int letter) {
  letter -= '1';
  if (letter < 0 || letter >= m->level || m->capture[letter].length == CAPTURE_OPEN) {
    return luaL_error(m->L, "invalid capture index %%%d", letter + 1);
  }
  return letter;
}

static int capture_to_close(matcher *m) {
  int level = m->level;
  for (level--; level >= 0; level--) {
    if (m->capture[level].length == CAPTURE_OPEN) return level;
  }
  return luaL_error(m->L, "invalid pattern capture");
}

static const char *class_end(matcher *m, const char *p) {
  if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
  switch (*p++) {
    case '%':
      if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (ends with '%%')");
      return p + 1;
    case '[':
      if (*p == '^') p++;
      do {
        if (p == m->pattern_end) luaL_error(m->L, "malformed pattern (missing ']')");
        if (*(p++) == ESCAPE && p < m->pattern_end) p++;
      } while (*p != ']');
      return p + 1;
    default: return p;
  }
}

static bool match_class(int c, int class) {
  bool result;
  switch (tolower(class)) {
    case 'a': result = isalpha(c); break;
    case 'c': result = iscntrl(c); break;
    case 'd': result = isdigit(c); break;
    case 'g': result = isgraph(c); break;
    case 'l': result = islower(c); break;
    case 'p': result = ispunct(c); break;
    case 's': result = isspace(c); break;
    case 'u': result = isupper(c); break;
    case 'w': result = isalnum(c); break;
    case 'x': result = isxdigit(c); break;
    default: return class == c;
  }
  return isupper(class) ? !result : result;
}

static bool match_set(matcher *m, int c, const char *p, const char *end) {
  bool positive = true;
  if (*(p + 1) == '^') {
    positive = false;
    p++;
  }
  while (++p < end) {
    step(m);
    if (*p == ESCAPE) {
      p++;
      if (match_class(c, (unsigned char)*p)) return positive;
    } else if (*(p + 1) == '-' && p + 2 < end) {
      p += 2;
      if ((unsigned char)*(p - 2) <= c && c <= (unsigned char)*p) return positive;
    } else if ((unsigned char)*p == c) {
      return positive;
    }
  }
  return !positive;
}

static bool single_match(matcher *m, const char *s, const char *p, const char *end) {
  step(m);
  if (s >= m->source_end) return false;
  int c = (unsigned char)*s;
  switch (*p) {
    case '.': return true;
    case '%': return match_class(c, (unsigned char)*(p + 1));
    case '[': return match_set(m, c, p, end - 1);
    default: return (unsigned char)*p == c;
  }
}

static const char *match_balance(matcher *m, const char *s, const char *p) {
  if (p >= m->pattern_end - 1) luaL_error(m->L, "malformed pattern (missing arguments to '%%b')");
  if (s >= m->source_end || *s != *p) return NULL;
  int open = *p, close = *(p + 1), depth = 1;
  while (++s < m->source_end) {
    step(m);
    if (*s == close) {
      if (--depth == 0) return s + 1;
    } else if (*s == open) {
      depth++;
    }
  }
  return NULL;
}

static const char *max_expand(matcher *m, const char *s, const char *p, const char *end) {
  ptrdiff_t count = 0;
  while (single_match(m, s + count, p, end)) count++;
  for (; count >= 0; count--) {
    const char *result = match(m, s + count, end + 1);
    if (result) return result;
  }
  return NULL;
}

static const char *min_expand(matcher *m, const char *s, const char *p, const char *end) {
  for (;;) {
    const char *result = match(m, s, end + 1);
    if (result) return result;
    if (!single_match(m, s, p, end)) return NULL;
    s++;
  }
}

static const char *start_capture(matcher *m, const char *s, const char *p, int what) {
  if (m->level >= MAX_CAPTURES) luaL_error(m->L, "too many captures");
  m->capture[m->level].start = s;
  m->capture[m->level].length = what;
  m->level++;
  const char *result = match(m, s, p);
  if (!result) m->level--;
  return result;
}

static const char *end_capture(matcher *m, const char *s, const char *p) {
  int level = capture_to_close(m);
  m->capture[level].length = s - m->capture[level].start;
  const char *result = match(m, s, p);
  if (!result) m->capture[level].length = CAPTURE_OPEN;
  return result;
}

static const char *match_capture(matcher *m, const char *s, int letter) {
  letter = check_capture(m, letter);
  size_t length = (size_t)m->capture[letter].length;
  mp_charge(m->L, length);
  if ((size_t)(m->source_end - s) >= length && memcmp(m->capture[letter].start, s, length) == 0) return s + length;
  return NULL;
}

static const char *match(matcher *m, const char *s, const char *p) {
  if (m->depth-- == 0) luaL_error(m->L, "pattern too complex");
  for (;;) {
    step(m);
    if (p == m->pattern_end) break;
    switch (*p) {
      case '(':
        s = *(p + 1) == ')' ? start_capture(m, s, p + 2, CAPTURE_POSITION) : start_capture(m, s, p + 1, CAPTURE_OPEN);
        goto done;
      case ')': s = end_capture(m, s, p + 1); goto done;
      case '$':
        if (p + 1 != m->pattern_end) break;
        s = s == m->source_end ? s : NULL;
        goto done;
      case '%':
        switch (p + 1 < m->pattern_end ? *(p + 1) : '\0') {
          case 'b':
            s = match_balance(m, s, p + 2);
            if (!s) goto done;
            p += 4;
            continue;
          case 'f': {
            p += 2;
            if (p >= m->pattern_end || *p != '[') luaL_error(m->L, "missing '[' after '%%f' in pattern");
            const char *end = class_end(m, p);
            int previous = s == m->source ? '\0' : (unsigned char)*(s - 1);
            int current = s < m->source_end ? (unsigned char)*s : '\0';
            if (match_set(m, previous, p, end - 1) || !match_set(m, current, p, end - 1)) {
              s = NULL;
              goto done;
            }
            p = end;
            continue;
          }
          case '0': case '1': case '2': case '3': case '4':
          case '5': case '6': case '7': case '8': case '9':
            s = match_capture(m, s, (unsigned char)*(p + 1));
            if (!s) goto done;
            p += 2;
            continue;
          default: break;
        }
        break;
      default: break;
    }
    const char *end = class_end(m, p);
    char suffix = end < m->pattern_end ? *end : '\0';
    if (suffix == '*') {
      s = max_expand(m, s, p, end);
      goto done;
    }
    if (suffix == '-') {
      s = min_expand(m, s, p, end);
      goto done;
    }
    if (!single_match(m, s, p, end)) {
      if (suffix != '?') {
        s = NULL;
        goto done;
      }
      p = end + 1;
      continue;
    }
    switch (suffix) {
      case '?': {
        const char *result = match(m, s + 1, end + 1);
        if (result) {
          s = result;
          goto done;
        }
        p = end + 1;
        continue;
      }
      case '+': s = max_expand(m, s + 1, p, end); goto done;
      default:
        s++;
        p = end;
        continue;
    }
  }
done:
  m->depth++;
  return s;
}

static void prepare(matcher *m, lua_State *L, const char *s, size_t length, const char *p, size_t pattern_length) {
  m->L = L;
  m->source = s;
  m->source_end = s + length;
  m->pattern_end = p + pattern_length;
  m->steps = 0;
}

static void restart(matcher *m) {
  m->level = 0;
  m->depth = MAX_MATCH_DEPTH;
}

static void push_capture(matcher *m, int index, const char *s, const char *e) {
  if (index >= m->level) {
    if (index != 0) luaL_error(m->L, "invalid capture index %%%d", index + 1);
    lua_pushlstring(m->L, s, (size_t)(e - s));
    return;
  }
  ptrdiff_t length = m->capture[index].length;
  if (length == CAPTURE_OPEN) luaL_error(m->L, "unfinished capture");
  if (length == CAPTURE_POSITION) lua_pushinteger(m->L, m->capture[index].start - m->source + 1);
  else lua_pushlstring(m->L, m->capture[index].start, (size_t)length);
}

static int push_captures(matcher *m, const char *s, const char *e) {
  int count = m->level == 0 && s ? 1 : m->level;
  luaL_checkstack(m->L, count, "too many captures");
  for (int index = 0; index < count; index++) push_capture(m, index, s, e);
  return count;
}

static size_t start_position(lua_Integer position, size_t length) {
  if (position > 0) return (size_t)position;
  if (position == 0) return 1;
  if (position < -(lua_Integer)length) return 1;
  return length + (size_t)position + 1;
}

static bool has_no_specials(const char *p, size_t length) {
  for (size_t index = 0; index < length; index++) {
    if (p[index] != '\0' && strchr("^$*+?.([%-", p[index])) return false;
  }
  return true;
}

static int find_or_match(lua_State *L, bool find) {
  size_t length, pattern_length;
  const char *s = luaL_checklstring(L, 1, &length), *p = luaL_checklstring(L, 2, &pattern_length);
  size_t init = start_position(luaL_optinteger(L, 3, 1), length) - 1;
  if (init > length) {
    lua_pushnil(L);
    return 1;
  }
  if (find && (lua_toboolean(L, 4) || has_no_specials(p, pattern_length))) {
    mp_charge(L, length - init + pattern_length);
    // memmem takes linear time whatever the strings.
    const char *found = memmem(s + init, length - init, p, pattern_length);
    if (!found) {
      lua_pushnil(L);
      return 1;
    }
    lua_pushinteger(L, found - s + 1);
    lua_pushinteger(L, found - s + (lua_Integer)pattern_length);
    return 2;
  }
  matcher m;
  bool anchor = pattern_length > 0 && *p == '^';
  if (anchor) p++, pattern_length--;
  prepare(&m, L, s, length, p, pattern_length);
  const char *from = s + init;
  do {
    restart(&m);
    const char *end = match(&m, from, p);
    if (end) {
      if (!find) return push_captures(&m, from, end);
      lua_pushinteger(L, from - s + 1);
      lua_pushinteger(L, end - s);
      return push_captures(&m, NULL, NULL) + 2;
    }
  } while (from++ < m.source_end && !anchor);
  lua_pushnil(L);
  return 1;
}

static int string_find(lua_State *L) { return find_or_match(L, true); }
static int string_match(lua_State *L) { return find_or_match(L, false); }

// next_match(s, pattern, from, last end) → start, end, captures…: where gmatch and gsub go on. Positions count
// from 0; nil when there is no further match.
static int next_match(lua_State *L) {
  size_t length, pattern_length;
  const char *s = luaL_checklstring(L, 1, &length), *p = luaL_checklstring(L, 2, &pattern_length);
  lua_Integer from = luaL_checkinteger(L, 3), last = luaL_checkinteger(L, 4);
  bool anchor = lua_toboolean(L, 5);
  if (anchor) p++, pattern_length--;
  matcher m;
  prepare(&m, L, s, length, p, pattern_length);
  for (; from <= (lua_Integer)length; from++) {
    restart(&m);
    const char *start = s + from, *end = match(&m, start, p);
    if (end && end - s != last) {
      lua_pushinteger(L, from);
      lua_pushinteger(L, end - s);
      return push_captures(&m, start, end) + 2;
    }
    if (anchor) break;
  }
  lua_pushnil(L);
  return 1;
}

static int gmatch_step(lua_State *L) {
  size_t length, pattern_length;
  const char *s = lua_tolstring(L, lua_upvalueindex(1), &length);
  const char *p = lua_tolstring(L, lua_upvalueindex(2), &pattern_length);
  lua_Integer from = lua_tointeger(L, lua_upvalueindex(3)), last = lua_tointeger(L, lua_upvalueindex(4));
  matcher m;
  prepare(&m, L, s, length, p, pattern_length);
  for (; from <= (lua_Integer)length; from++) {
    restart(&m);
    const char *end = match(&m, s + from, p);
    if (end && end - s != last) {
      lua_pushinteger(L, end - s);
      lua_copy(L, -1, lua_upvalueindex(3));
      lua_replace(L, lua_upvalueindex(4));
      return push_captures(&m, s + from, end);
    }
  }
  return 0;
}

static int string_gmatch(lua_State *L) {
  size_t length;
  luaL_checklstring(L, 1, &length);
  luaL_checkstring(L, 2);
  size_t init = start_position(luaL_optinteger(L, 3, 1), length) - 1;
  if (init > length) init = length + 1;
  lua_settop(L, 2);
  lua_pushinteger(L, (lua_Integer)init);
  lua_pushinteger(L, -1);
  lua_pushcclosure(L, gmatch_step, 4);
  return 1;
}

// gsub with a string as the replacement; functions and tables are our prelude's affair.
static int plain_gsub(lua_State *L) {
  mp_state *state = mp_of(L);
  size_t length, pattern_length, replacement_length;
  const char *s = luaL_checklstring(L, 1, &length), *p = luaL_checklstring(L, 2, &pattern_length);
  const char *replacement = luaL_checklstring(L, 3, &replacement_length);
  lua_Integer limit = luaL_optinteger(L, 4, (lua_Integer)length + 1), count = 0;
  bool anchor = pattern_length > 0 && *p == '^';
  if (anchor) p++, pattern_length--;
  matcher m;
  prepare(&m, L, s, length, p, pattern_length);
  luaL_Buffer result;
  luaL_buffinit(L, &result);
  const char *from = s, *last = NULL;
  while (count < limit) {
    restart(&m);
    const char *end = match(&m, from, p);
    if (end && end != last) {
      count++;
      for (size_t index = 0; index < replacement_length; index++) {
        char c = replacement[index];
        if (c != ESCAPE) {
          luaL_addchar(&result, c);
          continue;
        }
        if (++index == replacement_length) return luaL_error(L, "invalid use of '%%' in replacement string");
        c = replacement[index];
        if (c == ESCAPE) {
          luaL_addchar(&result, c);
        } else if (c == '0') {
          luaL_addlstring(&result, from, (size_t)(end - from));
        } else if (isdigit((unsigned char)c)) {
          push_capture(&m, c - '1', from, end);
          luaL_tolstring(L, -1, NULL);
          lua_remove(L, -2);
          luaL_addvalue(&result);
        } else {
          return luaL_error(L, "invalid use of '%%' in replacement string");
        }
        if (luaL_bufflen(&result) > state->string_limit) return luaL_error(L, "resulting string too large");
      }
      mp_charge(L, replacement_length + 16);
      from = last = end;
    } else if (from < m.source_end) {
      luaL_addchar(&result, *from++);
    } else {
      break;
    }
    if (luaL_bufflen(&result) > state->string_limit) return luaL_error(L, "resulting string too large");
    if (anchor) break;
  }
  luaL_addlstring(&result, from, (size_t)(m.source_end - from));
  luaL_pushresult(&result);
  lua_pushinteger(L, count);
  return 2;
}

static int string_rep(lua_State *L) {
  size_t length, separator_length;
  const char *s = luaL_checklstring(L, 1, &length);
  lua_Integer count = luaL_checkinteger(L, 2);
  const char *separator = luaL_optlstring(L, 3, "", &separator_length);
  size_t unit = length + separator_length;
  if (count <= 0 || unit == 0) {
    lua_pushliteral(L, "");
    return 1;
  }
  if ((size_t)count > mp_of(L)->string_limit / unit + 1) return luaL_error(L, "resulting string too large");
  mp_charge(L, unit * (size_t)count);
  luaL_Buffer result;
  luaL_buffinitsize(L, &result, unit * (size_t)count);
  for (lua_Integer index = 0; index < count; index++) {
    luaL_addlstring(&result, s, length);
    if (index + 1 < count) luaL_addlstring(&result, separator, separator_length);
  }
  luaL_pushresult(&result);
  return 1;
}

static int string_byte(lua_State *L) {
  size_t length;
  const char *s = luaL_checklstring(L, 1, &length);
  lua_Integer first = luaL_optinteger(L, 2, 1);
  size_t start = start_position(first, length);
  lua_Integer last = luaL_optinteger(L, 3, (lua_Integer)start);
  size_t end = last > (lua_Integer)length ? length
               : last >= 0               ? (size_t)last
               : last < -(lua_Integer)length ? 0
                                             : length + (size_t)last + 1;
  if (start > end) return 0;
  if (end - start >= MAX_RESULTS) return luaL_error(L, "string slice too long");
  int count = (int)(end - start) + 1;
  luaL_checkstack(L, count, "string slice too long");
  for (int index = 0; index < count; index++) lua_pushinteger(L, (unsigned char)s[start - 1 + (size_t)index]);
  return count;
}

// A library function whose time grows with the length of its strings.
static int charged(lua_State *L) {
  size_t work = 64;
  for (int index = lua_gettop(L); index > 0; index--) {
    if (lua_type(L, index) == LUA_TSTRING) work += lua_rawlen(L, index);
  }
  mp_charge(L, work);
  return lua_tocfunction(L, lua_upvalueindex(1))(L);
}

static int limited_codepoint(lua_State *L) {
  lua_Integer first = luaL_optinteger(L, 2, 1), last = luaL_optinteger(L, 3, first);
  lua_Integer length = (lua_Integer)lua_rawlen(L, 1);
  if (first < 0) first += length + 1;
  if (last < 0) last += length + 1;
  if (last > length) last = length;
  if (last - first >= MAX_RESULTS) return luaL_error(L, "string slice too long");
  return charged(L);
}

static void wrap(lua_State *L, const char *const *names, lua_CFunction wrapper) {
  for (; *names; names++) {
    lua_getfield(L, -1, *names);
    lua_pushcclosure(L, wrapper, 1);
    lua_setfield(L, -2, *names);
  }
}

void mp_open_strings(lua_State *L) {
  static const char *const charged_names[] = {"upper", "lower", "reverse", "sub", "format", "pack", "unpack", "len",
                                              "char", "packsize", NULL};
  static const char *const charged_utf8[] = {"len", "offset", "char", NULL};
  static const char *const limited_utf8[] = {"codepoint", NULL};
  static const luaL_Reg own[] = {
      {"find", string_find}, {"match", string_match}, {"gmatch", string_gmatch}, {"rep", string_rep},
      {"byte", string_byte}, {"gsub", plain_gsub},    {"next_match", next_match}, {NULL, NULL},
  };
  int globals = lua_gettop(L);
  luaL_requiref(L, LUA_STRLIBNAME, luaopen_string, 0);
  lua_pushnil(L);
  lua_setfield(L, -2, "dump");
  wrap(L, charged_names, charged);
  luaL_setfuncs(L, own, 0);

  // The metatable that all strings share is out of reach.
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_pushboolean(L, 0);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 2);
  lua_setfield(L, globals, LUA_STRLIBNAME);

  luaL_requiref(L, LUA_UTF8LIBNAME, luaopen_utf8, 0);
  wrap(L, charged_utf8, charged);
  wrap(L, limited_utf8, limited_codepoint);
  lua_setfield(L, globals, LUA_UTF8LIBNAME);
}
