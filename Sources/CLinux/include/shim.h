// What the shim needs besides: memory that can be given back, and the inner loop of the log.
#pragma once
#include <stddef.h>
#include <stdint.h>

// Anonymous memory, or NULL.
void *cl_map_memory(size_t size);
// Gives the pages back to the kernel; the addresses stay and read as zero.
void cl_release_memory(void *memory, size_t size);
// Gives free heap back to the kernel.
void cl_trim_heap(void);

// How many bytes from the start stand for themselves in a JSON string as Docker writes it: ASCII without controls,
// quote, backslash and <, >, &.
size_t cl_json_plain_prefix(const uint8_t *bytes, size_t count);
// Index of the first newline, or `count`.
size_t cl_find_newline(const uint8_t *bytes, size_t count);
// Gives back the stack below the caller, which a deep call has left behind.
void cl_release_stack(void);
