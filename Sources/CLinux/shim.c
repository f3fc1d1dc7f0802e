#define _GNU_SOURCE
#include "include/shim.h"

#include <malloc.h>
#include <string.h>
#include <sys/mman.h>

void *cl_map_memory(size_t size) {
  void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  return memory == MAP_FAILED ? NULL : memory;
}

void cl_release_memory(void *memory, size_t size) { madvise(memory, size, MADV_DONTNEED); }

void cl_trim_heap(void) { malloc_trim(0); }

// Compiled to SSE2, NEON or whatever vectors the target has at the least.
typedef uint8_t vector __attribute__((vector_size(32), aligned(1)));
typedef uint64_t words __attribute__((vector_size(32)));

static const uint8_t special[256] = {
    ['"'] = 1, ['\\'] = 1, ['<'] = 1, ['>'] = 1, ['&'] = 1,
};

size_t cl_json_plain_prefix(const uint8_t *bytes, size_t count) {
  size_t index = 0;
  while (index + sizeof(vector) <= count) {
    vector v = *(const vector *)(bytes + index);
    // Controls and bytes above ASCII in one comparison: both are outside 0x20…0x7f.
    words hit = (words)((v - 0x20 >= 0x60) | (v == '"') | (v == '\\') | (v == '<') | (v == '>') | (v == '&'));
    if ((hit[0] | hit[1] | hit[2] | hit[3]) != 0) break;
    index += sizeof(vector);
  }
  while (index < count && bytes[index] >= 0x20 && bytes[index] < 0x80 && !special[bytes[index]]) index++;
  return index;
}

size_t cl_find_newline(const uint8_t *bytes, size_t count) {
  const uint8_t *found = memchr(bytes, '\n', count);
  return found ? (size_t)(found - bytes) : count;
}

void cl_release_stack(void) {
  const uintptr_t page = 4096;
  // Well below this frame and the red zone. Where the range is beyond the mapping the kernel says ENOMEM, after it has
  // done the rest.
  uintptr_t end = ((uintptr_t)__builtin_frame_address(0) - 4 * page) & ~(page - 1);
  uintptr_t start = end - 256 * page;
  madvise((void *)start, end - start, MADV_DONTNEED);
}
