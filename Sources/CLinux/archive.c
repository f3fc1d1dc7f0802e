#define _GNU_SOURCE
#include "include/archive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define RESULT(call)                       \
  do {                                     \
    __typeof__(call) result = (call);      \
    return result < 0 ? -errno : result;   \
  } while (0)

ssize_t cl_pread(int descriptor, void *buffer, size_t count, int64_t offset) {
  ssize_t result;
  do result = pread(descriptor, buffer, count, offset);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

ssize_t cl_pwrite(int descriptor, const void *buffer, size_t count, int64_t offset) {
  ssize_t result;
  do result = pwrite(descriptor, buffer, count, offset);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

int cl_fchown(int descriptor, uint32_t uid, uint32_t gid) { RESULT(fchown(descriptor, uid, gid)); }

int cl_syncfs(int descriptor) { RESULT(syncfs(descriptor)); }

int cl_futimens(int descriptor, int64_t seconds, int64_t nanoseconds) {
  struct timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
  RESULT(futimens(descriptor, times));
}

int cl_utimensat(int directory, const char *path, int64_t seconds, int64_t nanoseconds, int flags) {
  struct timespec times[2] = {{seconds, nanoseconds}, {seconds, nanoseconds}};
  RESULT(utimensat(directory, path, times, flags));
}

int cl_fsetxattr(int descriptor, const char *name, const void *value, size_t size) {
  RESULT(fsetxattr(descriptor, name, value, size, 0));
}

int cl_setxattr(const char *path, const char *name, const void *value, size_t size) {
  RESULT(setxattr(path, name, value, size, 0));
}

int cl_lsetxattr(const char *path, const char *name, const void *value, size_t size) {
  RESULT(lsetxattr(path, name, value, size, 0));
}

ssize_t cl_lgetxattr(const char *path, const char *name, void *value, size_t size) {
  RESULT(lgetxattr(path, name, value, size));
}

ssize_t cl_llistxattr(const char *path, char *names, size_t size) { RESULT(llistxattr(path, names, size)); }

int64_t cl_seek_data(int descriptor, int64_t offset) { RESULT(lseek(descriptor, offset, SEEK_DATA)); }

int64_t cl_seek_hole(int descriptor, int64_t offset) { RESULT(lseek(descriptor, offset, SEEK_HOLE)); }

static int remove_entry(int directory, const char *name, dev_t device) {
  if (unlinkat(directory, name, 0) == 0 || errno == ENOENT) return 0;
  if (errno != EISDIR && errno != EPERM) return -errno;
  int unlink_error = errno;
  int descriptor = openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return errno == ENOENT ? 0 : errno == ENOTDIR ? -unlink_error : -errno;
  struct stat status;
  if (fstat(descriptor, &status) < 0) {
    int error = errno;
    close(descriptor);
    return -error;
  }
  if (status.st_dev != device) {
    close(descriptor);
    return -EBUSY;
  }
  DIR *stream = fdopendir(descriptor);
  if (stream == NULL) {
    int error = errno;
    close(descriptor);
    return -error;
  }
  int result = 0;
  struct dirent *entry;
  while (errno = 0, (entry = readdir(stream)) != NULL) {
    const char *child = entry->d_name;
    if (child[0] == '.' && (child[1] == 0 || (child[1] == '.' && child[2] == 0))) continue;
    int removed = remove_entry(dirfd(stream), child, device);
    if (removed < 0 && result == 0) result = removed;
  }
  if (errno != 0 && result == 0) result = -errno;
  closedir(stream);
  if (result < 0) return result;
  if (unlinkat(directory, name, AT_REMOVEDIR) == 0 || errno == ENOENT) return 0;
  return -errno;
}

int cl_remove_tree(int directory, const char *name) {
  struct stat status;
  if (fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) < 0) return errno == ENOENT ? 0 : -errno;
  return remove_entry(directory, name, status.st_dev);
}

int cl_current_umask(void) {
  char text[512];
  int descriptor = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return -errno;
  ssize_t count = read(descriptor, text, sizeof text - 1);
  int error = errno;
  close(descriptor);
  if (count < 0) return -error;
  text[count] = 0;
  char *line = strstr(text, "Umask:");
  if (line == NULL) return -ENODATA;
  return (int)strtol(line + 6, NULL, 8);
}
