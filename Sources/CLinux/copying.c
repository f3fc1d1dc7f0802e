#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <sys/sendfile.h>
#include <unistd.h>

int cl_copy_range(int from, int to, int64_t offset, int64_t length) {
  off_t in = offset, out = offset;
  while (length > 0) {
    ssize_t count = copy_file_range(from, &in, to, &out, (size_t)length, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    if (count == 0) return 0;  // the file has become shorter
    length -= count;
  }
  if (length == 0) return 0;
  if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return -errno;
  if (lseek(to, out, SEEK_SET) < 0) return -errno;
  while (length > 0) {
    ssize_t count = sendfile(to, from, &in, (size_t)length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -errno;
    if (count == 0) return 0;
    length -= count;
  }
  return 0;
}
