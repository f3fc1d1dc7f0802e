// Mounts: the old call and the new API (since Linux 5.2, mount_setattr 5.12), by number: older glibc has no wrappers.
#pragma once
#include <stddef.h>
#include <stdint.h>

int cl_mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data);
int cl_umount2(const char *target, int flags);
int cl_pivot_root(const char *new_root, const char *put_old);
int cl_open_tree(int directory, const char *path, unsigned flags);
int cl_move_mount(int from_directory, const char *from, int to_directory, const char *to, unsigned flags);
int cl_fsopen(const char *type, unsigned flags);
int cl_fsconfig(int context, unsigned command, const char *key, const void *value, int aux);
int cl_fsmount(int context, unsigned flags, unsigned attributes);
int cl_mount_setattr(
  int directory, const char *path, unsigned flags, uint64_t set, uint64_t clear, uint64_t propagation, int user_namespace);

enum {
  CL_FSOPEN_CLOEXEC = 1,
  CL_FSMOUNT_CLOEXEC = 1,
  CL_FSCONFIG_SET_FLAG = 0,
  CL_FSCONFIG_SET_STRING = 1,
  CL_FSCONFIG_SET_FD = 5,
  CL_FSCONFIG_CMD_CREATE = 6,
  CL_OPEN_TREE_CLONE = 1,
  CL_OPEN_TREE_CLOEXEC = 02000000,
  CL_MOVE_MOUNT_F_EMPTY_PATH = 0x04,
  CL_MOVE_MOUNT_T_EMPTY_PATH = 0x40,
  CL_AT_RECURSIVE = 0x8000,
  CL_AT_EMPTY_PATH = 0x1000,
  CL_MOUNT_ATTR_RDONLY = 0x1,
  CL_MOUNT_ATTR_NOSUID = 0x2,
  CL_MOUNT_ATTR_NODEV = 0x4,
  CL_MOUNT_ATTR_NOEXEC = 0x8,
  CL_MOUNT_ATTR_ATIME = 0x70,
  CL_MOUNT_ATTR_NOATIME = 0x10,
  CL_MOUNT_ATTR_STRICTATIME = 0x20,
  CL_MOUNT_ATTR_NODIRATIME = 0x80,
  CL_MOUNT_ATTR_IDMAP = 0x100000,
  CL_MOUNT_ATTR_NOSYMFOLLOW = 0x200000,
  CL_RESOLVE_NO_XDEV = 0x01,
  CL_RESOLVE_NO_MAGICLINKS = 0x02,
  CL_RESOLVE_NO_SYMLINKS = 0x04,
  CL_RESOLVE_BENEATH = 0x08,
  CL_RESOLVE_IN_ROOT = 0x10,
};
