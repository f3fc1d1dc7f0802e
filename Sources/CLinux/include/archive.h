// What unpacking and packing of file trees needs beyond syscalls.h. Results are the call's, or -errno.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

ssize_t cl_pread(int descriptor, void *buffer, size_t count, int64_t offset);
ssize_t cl_pwrite(int descriptor, const void *buffer, size_t count, int64_t offset);
int cl_fchown(int descriptor, uint32_t uid, uint32_t gid);
int cl_syncfs(int descriptor);
// Sets access and modification time alike.
int cl_futimens(int descriptor, int64_t seconds, int64_t nanoseconds);
int cl_utimensat(int directory, const char *path, int64_t seconds, int64_t nanoseconds, int flags);
int cl_fsetxattr(int descriptor, const char *name, const void *value, size_t size);
int cl_setxattr(const char *path, const char *name, const void *value, size_t size);
int cl_lsetxattr(const char *path, const char *name, const void *value, size_t size);
ssize_t cl_lgetxattr(const char *path, const char *name, void *value, size_t size);
ssize_t cl_llistxattr(const char *path, char *names, size_t size);
// SEEK_DATA / SEEK_HOLE from `offset`; -ENXIO when there is none behind it.
int64_t cl_seek_data(int descriptor, int64_t offset);
int64_t cl_seek_hole(int descriptor, int64_t offset);
// Removes what `name` is in `directory`, a whole tree too: by descriptors, never following a symbolic link, never
// into another file system. What is absent is fine.
int cl_remove_tree(int directory, const char *name);
// The calling thread's file mode creation mask, without changing it; -errno when /proc does not say.
int cl_current_umask(void);
