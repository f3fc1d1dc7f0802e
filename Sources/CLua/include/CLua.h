#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Lua states for scripts that are not trusted, behind an interface that never raises.
//
// Every function declared here may be called from Swift: what can raise a Lua error runs inside a protected
// call in C. In the other direction a C trampoline calls the host (`mp_host`), the host returns a status, and the
// trampoline raises or yields after the host has returned: no longjmp crosses a Swift frame.

typedef struct mp_state mp_state;
typedef struct mp_call mp_call;

// Growable memory that belongs to a state; values travel through it in the format of value.c.
typedef struct {
  uint8_t *bytes;
  size_t count;
  size_t capacity;
} mp_buffer;

// What the host says to a call or an access.
enum {
  MP_REPLY_VALUES = 0,  // the reply buffer holds the results
  MP_REPLY_RAISE = 1,   // the reply buffer holds the text of the error
  MP_REPLY_WAIT = 2,    // the result comes later: the script yields to the host
};

// One scalar or container read from an event.
enum { MP_OUT_NIL, MP_OUT_BOOLEAN, MP_OUT_INTEGER, MP_OUT_NUMBER, MP_OUT_STRING, MP_OUT_NODE };
typedef struct {
  int kind;
  int64_t integer;  // also the boolean, and the number of the node
  double number;
} mp_out;  // a string stands in the reply buffer

// A key with which an event table is indexed.
typedef struct {
  const char *text;  // NULL for an integer
  size_t length;
  int64_t integer;
} mp_key;

typedef struct {
  void *context;
  // A host function: arguments encoded, `can_wait` false where the script could not yield.
  int (*call)(void *context, const uint8_t *arguments, size_t count, bool can_wait);
  // The answer to a call that had to wait.
  int (*resume)(void *context);
  // The text of a chunk: a value, or MP_REPLY_RAISE with the reason.
  int (*source)(void *context, const char *name, size_t length);
  int (*node_get)(void *context, uint64_t document, int64_t node, mp_key key, mp_out *out);
  int (*node_set)(void *context, uint64_t document, int64_t node, mp_key key, const uint8_t *value, size_t count);
  int64_t (*node_length)(void *context, uint64_t document, int64_t node);
  // The member at a position from 0: MP_OUT_NIL in `key` ends the iteration. The key's text is in `key_text`.
  int (*node_member)(
      void *context, uint64_t document, int64_t node, int64_t position, mp_out *key, mp_buffer *key_text, mp_out *value);
  int (*node_text)(void *context, uint64_t document, int64_t node);
} mp_host;

enum {
  MP_KILLED_CPU = 1,
  MP_KILLED_WALL = 2,
  MP_KILLED_MEMORY = 3,
  MP_KILLED_STRING = 4,
};

enum {
  MP_RUN_DONE = 0,   // results in the reply buffer
  MP_RUN_SLICE = 1,  // used up its slice; run again
  MP_RUN_WAIT = 2,   // waits for the host's answer; run again when it is there
  MP_RUN_ERROR = 3,  // text of the error in the reply buffer
  MP_RUN_KILLED = 4, // see mp_call_killed
};

// A state whose heap never exceeds `memory` bytes and none of whose strings exceeds `string` bytes.
// NULL when there is no memory for it.
mp_state *mp_state_new(mp_host host, size_t memory, size_t string);
void mp_state_free(mp_state *state);
size_t mp_state_used(const mp_state *state);
mp_buffer *mp_state_reply(mp_state *state);

// Runs a chunk of our own with a table of privileged primitives as its argument; it adds to the scripts' globals and to
// the entries that mp_call_run knows. False: the error is in the reply buffer.
bool mp_state_prelude(mp_state *state, const char *name, const char *text, size_t length);
// From now on scripts cannot assign globals.
void mp_state_freeze(mp_state *state);

// A call of an entry. Limits in nanoseconds. NULL when there is no memory for it.
mp_call *mp_call_new(uint64_t cpu, uint64_t wall, uint64_t slice);
void mp_call_free(mp_state *state, mp_call *call);
// Arguments: a sequence of encoded values with its count before.
int mp_call_run(mp_state *state, mp_call *call, const char *entry, const uint8_t *arguments, size_t count);
int mp_call_killed(const mp_call *call);
uint64_t mp_call_cpu(const mp_call *call);
// Nanoseconds of the monotonic clock after which the call is killed.
uint64_t mp_call_deadline(const mp_call *call);
// Kills the call when it runs next.
void mp_call_kill(mp_call *call, int reason);

bool mp_buffer_append(mp_buffer *buffer, const void *bytes, size_t count);
uint64_t mp_monotonic(void);
// At most 15 bytes; shown by ps and top.
void mp_name_thread(const char *name);
