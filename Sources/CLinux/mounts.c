#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define RESULT(call)                       \
  do {                                     \
    long result_ = (long)(call);           \
    return result_ < 0 ? -errno : result_; \
  } while (0)

int cl_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data) {
  RESULT(syscall(SYS_mount, source, target, type, flags, data));
}
int cl_umount2(const char *target, int flags) { RESULT(umount2(target, flags)); }
int cl_pivot_root(const char *new_root, const char *put_old) { RESULT(syscall(SYS_pivot_root, new_root, put_old)); }

// Numbers shared by all architectures, as every call since Linux 5.1.
int cl_open_tree(int directory, const char *path, unsigned flags) { RESULT(syscall(428, directory, path, flags)); }
int cl_move_mount(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
  RESULT(syscall(429, from_directory, from, to_directory, to, flags));
}
int cl_fsopen(const char *type, unsigned flags) { RESULT(syscall(430, type, flags)); }
int cl_fsconfig(int context, unsigned command, const char *key, const void *value, int aux) {
  RESULT(syscall(431, context, command, key, value, aux));
}
int cl_fsmount(int context, unsigned flags, unsigned attributes) { RESULT(syscall(432, context, flags, attributes)); }
int cl_mount_setattr(
  int directory, const char *path, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation,
  int user_namespace) {
  uint64_t attributes[4] = {set, clear, propagation, user_namespace >= 0 ? (uint64_t)user_namespace : 0};
  RESULT(syscall(442, directory, path, flags, attributes, sizeof attributes));
}
