// Copying between files within the kernel.
#pragma once
#include <stdint.h>

// Copies `length` bytes from `offset` of one file to the same place of another: shared extents where the file system
// can, copy_file_range(2) or sendfile(2) otherwise. 0 or -errno.
int cl_copy_range(int from, int to, int64_t offset, int64_t length);
