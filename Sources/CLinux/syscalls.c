#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define RESULT(call)                    \
  do {                                  \
    long result_ = (long)(call);        \
    return result_ < 0 ? -errno : result_; \
  } while (0)

const char *cl_error_name(int number) {
  const char *name = strerrorname_np(number);
  return name ? name : "E?";
}

const char *cl_error_text(int number) {
  const char *text = strerrordesc_np(number);
  return text ? text : "unknown error";
}

long cl_clone3(uint64_t flags, int *pidfd, int exit_signal, int cgroup) {
  struct {
    uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid, set_tid_size, cgroup;
  } arguments = {.flags = flags, .exit_signal = (uint64_t)exit_signal};
  if (pidfd) {
    arguments.flags |= CLONE_PIDFD;
    arguments.pidfd = (uint64_t)(uintptr_t)pidfd;
  }
  if (cgroup >= 0) {
    arguments.flags |= 0x200000000ULL;
    arguments.cgroup = (uint64_t)cgroup;
  }
  RESULT(syscall(435, &arguments, sizeof arguments));
}

int cl_pidfd_open(pid_t pid, unsigned flags) { RESULT(syscall(434, pid, flags)); }
int cl_pidfd_send_signal(int pidfd, int signal) { RESULT(syscall(424, pidfd, signal, NULL, 0)); }
int cl_pidfd_getfd(int pidfd, int target) { RESULT(syscall(438, pidfd, target, 0)); }
int cl_kill(pid_t pid, int signal) { RESULT(syscall(SYS_kill, pid, signal)); }
pid_t cl_getpid(void) { return (pid_t)syscall(SYS_getpid); }
pid_t cl_getppid(void) { return (pid_t)syscall(SYS_getppid); }
pid_t cl_waitpid(pid_t pid, int *status, int options) { RESULT(waitpid(pid, status, options)); }

int cl_wait_exit(int kind, int id, bool block, bool keep, struct cl_wait *result) {
  siginfo_t info = {0};
  struct rusage usage = {0};
  int options = WEXITED | (block ? 0 : WNOHANG) | (keep ? WNOWAIT : 0);
  memset(result, 0, sizeof *result);
  if (syscall(SYS_waitid, kind, id, &info, options, &usage) < 0) return -errno;
  if (info.si_pid == 0) return 0;
  result->pid = info.si_pid;
  result->exited = info.si_code == CLD_EXITED;
  result->core = info.si_code == CLD_DUMPED;
  result->value = info.si_status;
  result->user_microseconds = (uint64_t)usage.ru_utime.tv_sec * 1000000 + (uint64_t)usage.ru_utime.tv_usec;
  result->system_microseconds = (uint64_t)usage.ru_stime.tv_sec * 1000000 + (uint64_t)usage.ru_stime.tv_usec;
  result->max_rss_kib = (uint64_t)usage.ru_maxrss;
  return 0;
}

int cl_execveat(int directory, const char *path, char *const argv[], char *const envp[], int flags) {
  RESULT(syscall(SYS_execveat, directory, path, argv, envp, flags));
}
int cl_execve(const char *path, char *const argv[], char *const envp[]) { RESULT(execve(path, argv, envp)); }
_Noreturn void cl_exit(int code) {
  for (;;) syscall(SYS_exit_group, code);
}
int cl_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
  RESULT(prctl(option, a, b, c, d));
}
int cl_setns(int descriptor, int kinds) { RESULT(setns(descriptor, kinds)); }
int cl_unshare(int kinds) { RESULT(unshare(kinds)); }
int cl_setsid(void) { RESULT(syscall(SYS_setsid)); }
int cl_sethostname(const char *name, size_t length) { RESULT(sethostname(name, length)); }
int cl_setdomainname(const char *name, size_t length) { RESULT(setdomainname(name, length)); }

// The raw calls: glibc's versions signal every thread it believes to exist.
int cl_setgroups(size_t count, const uint32_t *groups) { RESULT(syscall(SYS_setgroups, count, groups)); }
int cl_setresuid(uint32_t real, uint32_t effective, uint32_t saved) {
  RESULT(syscall(SYS_setresuid, real, effective, saved));
}
int cl_setresgid(uint32_t real, uint32_t effective, uint32_t saved) {
  RESULT(syscall(SYS_setresgid, real, effective, saved));
}

int cl_capget(pid_t pid, uint64_t *effective, uint64_t *permitted, uint64_t *inheritable) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = pid};
  struct __user_cap_data_struct data[2] = {{0}};
  if (syscall(SYS_capget, &header, data) < 0) return -errno;
  *effective = (uint64_t)data[1].effective << 32 | data[0].effective;
  *permitted = (uint64_t)data[1].permitted << 32 | data[0].permitted;
  *inheritable = (uint64_t)data[1].inheritable << 32 | data[0].inheritable;
  return 0;
}

int cl_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  struct __user_cap_data_struct data[2] = {
    {.effective = (uint32_t)effective, .permitted = (uint32_t)permitted, .inheritable = (uint32_t)inheritable},
    {.effective = (uint32_t)(effective >> 32),
     .permitted = (uint32_t)(permitted >> 32),
     .inheritable = (uint32_t)(inheritable >> 32)},
  };
  RESULT(syscall(SYS_capset, &header, data));
}

int cl_seccomp_install(unsigned flags, const void *instructions, size_t bytes) {
  if (bytes == 0 || bytes % sizeof(struct sock_filter) != 0) return -EINVAL;
  struct sock_fprog program = {
    .len = (unsigned short)(bytes / sizeof(struct sock_filter)),
    .filter = (struct sock_filter *)instructions,
  };
  RESULT(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program));
}

int cl_join_session_keyring(const char *name) { RESULT(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, name)); }
int cl_prlimit(pid_t pid, int resource, const uint64_t *soft_hard, uint64_t *old_soft_hard) {
  RESULT(syscall(SYS_prlimit64, pid, resource, soft_hard, old_soft_hard));
}
int cl_personality(unsigned long persona) { RESULT(syscall(SYS_personality, persona)); }
int cl_ioprio_set(int klass, int priority) { RESULT(syscall(SYS_ioprio_set, 1, 0, klass << 13 | priority)); }

int cl_sched_setattr(
  unsigned policy, uint64_t flags, int nice, unsigned priority, uint64_t runtime, uint64_t deadline, uint64_t period) {
  struct {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime, deadline, period;
  } attributes = {48, policy, flags, nice, priority, runtime, deadline, period};
  RESULT(syscall(SYS_sched_setattr, 0, &attributes, 0));
}

struct kernel_sigaction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)(void);
  uint64_t mask;
};

int cl_reset_signals(void) {
  struct kernel_sigaction action = {.handler = SIG_DFL};
  for (int signal = 1; signal <= 64; signal++) syscall(SYS_rt_sigaction, signal, &action, NULL, 8);
  return cl_unblock_all_signals();
}
int cl_unblock_all_signals(void) {
  uint64_t none = 0;
  RESULT(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8));
}
int cl_block_all_signals(void) {
  uint64_t all = ~0ULL;
  RESULT(syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8));
}
static uint64_t signal_mask(const int *signals, size_t count) {
  uint64_t mask = 0;
  for (size_t i = 0; i < count; i++)
    if (signals[i] > 0 && signals[i] <= 64) mask |= 1ULL << (signals[i] - 1);
  return mask;
}
int cl_block_signals(const int *signals, size_t count) {
  uint64_t mask = signal_mask(signals, count);
  RESULT(syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, 8));
}
int cl_signalfd(const int *signals, size_t count) {
  uint64_t mask = signal_mask(signals, count);
  RESULT(syscall(SYS_signalfd4, -1, &mask, 8, SFD_CLOEXEC | SFD_NONBLOCK));
}
int cl_ignore_signal(int number) { RESULT(signal(number, SIG_IGN) == SIG_ERR ? -1 : 0); }

bool cl_wifexited(int status) { return WIFEXITED(status); }
int cl_wexitstatus(int status) { return WEXITSTATUS(status); }
bool cl_wifsignaled(int status) { return WIFSIGNALED(status); }
int cl_wtermsig(int status) { return WTERMSIG(status); }

int cl_open(int directory, const char *path, int flags, unsigned mode) { RESULT(openat(directory, path, flags, mode)); }
int cl_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve) {
  uint64_t how[3] = {flags, mode, resolve};
  // EAGAIN: a rename or mount elsewhere raced with the walk inside the root; the walk is simply repeated.
  for (int attempt = 0;; attempt++) {
    long result = syscall(437, directory, path, how, sizeof how);
    if (result >= 0) return (int)result;
    if ((errno == EAGAIN || errno == EINTR) && attempt < 64) continue;
    return -errno;
  }
}
int cl_close(int descriptor) { RESULT(close(descriptor)); }
int cl_close_range(unsigned first, unsigned last, unsigned flags) { RESULT(syscall(436, first, last, flags)); }
ssize_t cl_read(int descriptor, void *buffer, size_t count) {
  ssize_t result;
  do result = read(descriptor, buffer, count);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}
ssize_t cl_write(int descriptor, const void *buffer, size_t count) {
  ssize_t result;
  do result = write(descriptor, buffer, count);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}
int cl_fcntl(int descriptor, int command, long argument) { RESULT(fcntl(descriptor, command, argument)); }
int cl_dup3(int from, int to, int flags) { RESULT(dup3(from, to, flags)); }
int cl_dup_above(int descriptor, int minimum) { RESULT(fcntl(descriptor, F_DUPFD_CLOEXEC, minimum)); }
int cl_fchdir(int descriptor) { RESULT(fchdir(descriptor)); }
int cl_chdir(const char *path) { RESULT(chdir(path)); }
int cl_chroot(const char *path) { RESULT(chroot(path)); }
int cl_getcwd(char *buffer, size_t size) { RESULT(syscall(SYS_getcwd, buffer, size)); }
int cl_mkdirat(int directory, const char *path, unsigned mode) { RESULT(mkdirat(directory, path, mode)); }
int cl_mknodat(int directory, const char *path, unsigned mode, uint64_t device) {
  RESULT(mknodat(directory, path, mode, device));
}
int cl_unlinkat(int directory, const char *path, int flags) { RESULT(unlinkat(directory, path, flags)); }
int cl_renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags) {
  RESULT(syscall(SYS_renameat2, from_directory, from, to_directory, to, flags));
}
int cl_symlinkat(const char *target, int directory, const char *path) { RESULT(symlinkat(target, directory, path)); }
int cl_linkat(int from_directory, const char *from, int to_directory, const char *to, int flags) {
  RESULT(linkat(from_directory, from, to_directory, to, flags));
}
int cl_readlinkat(int directory, const char *path, char *buffer, size_t size) {
  RESULT(readlinkat(directory, path, buffer, size));
}
int cl_fchmod(int descriptor, unsigned mode) { RESULT(fchmod(descriptor, mode)); }
int cl_fchmodat(int directory, const char *path, unsigned mode) { RESULT(fchmodat(directory, path, mode, 0)); }
int cl_fchownat(int directory, const char *path, uint32_t uid, uint32_t gid, int flags) {
  RESULT(fchownat(directory, path, uid, gid, flags));
}
int cl_ftruncate(int descriptor, int64_t size) { RESULT(ftruncate(descriptor, size)); }
int cl_fsync(int descriptor) { RESULT(fsync(descriptor)); }
int cl_fdatasync(int descriptor) { RESULT(fdatasync(descriptor)); }
int cl_flock(int descriptor, int operation) { RESULT(flock(descriptor, operation)); }
int cl_memfd_create(const char *name, unsigned flags) { RESULT(syscall(SYS_memfd_create, name, flags)); }
int cl_eventfd(unsigned value, int flags) { RESULT(eventfd(value, flags)); }
int cl_pipe2(int descriptors[2], int flags) { RESULT(pipe2(descriptors, flags)); }

int cl_fstatat(int directory, const char *path, int flags, struct cl_stat *result) {
  struct stat status;
  if (fstatat(directory, path, &status, flags) < 0) return -errno;
  *result = (struct cl_stat){
    .device = status.st_dev,
    .inode = status.st_ino,
    .links = status.st_nlink,
    .special_device = status.st_rdev,
    .size = status.st_size,
    .blocks = status.st_blocks,
    .modified_seconds = status.st_mtim.tv_sec,
    .modified_nanoseconds = status.st_mtim.tv_nsec,
    .changed_seconds = status.st_ctim.tv_sec,
    .changed_nanoseconds = status.st_ctim.tv_nsec,
    .mode = status.st_mode,
    .uid = status.st_uid,
    .gid = status.st_gid,
  };
  return 0;
}

int64_t cl_statfs_type(int directory, const char *path) {
  int descriptor = openat(directory, path, O_PATH | O_CLOEXEC);
  if (descriptor < 0) return -errno;
  struct statfs status;
  int64_t result = fstatfs(descriptor, &status) < 0 ? -errno : (int64_t)(uint32_t)status.f_type;
  close(descriptor);
  return result;
}

int cl_fstatfs(int descriptor, struct cl_statfs *result) {
  struct statfs status;
  if (fstatfs(descriptor, &status) < 0) return -errno;
  *result = (struct cl_statfs){
    .type = (int64_t)(uint32_t)status.f_type,
    .block_size = (uint64_t)status.f_bsize,
    .blocks = status.f_blocks,
    .free_blocks = status.f_bfree,
    .available_blocks = status.f_bavail,
    .files = status.f_files,
    .free_files = status.f_ffree,
    .flags = (uint64_t)status.f_flags,
  };
  return 0;
}

int cl_list_directory(
  int descriptor, bool (*entry)(void *context, const char *name, unsigned char type), void *context) {
  int copy = openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (copy < 0) return -errno;
  DIR *directory = fdopendir(copy);
  if (!directory) {
    int failure = errno;
    close(copy);
    return -failure;
  }
  int result = 0;
  for (;;) {
    errno = 0;
    struct dirent *item = readdir(directory);
    if (!item) {
      result = -errno;
      break;
    }
    if (strcmp(item->d_name, ".") == 0 || strcmp(item->d_name, "..") == 0) continue;
    if (!entry(context, item->d_name, item->d_type)) break;
  }
  closedir(directory);
  return result;
}

uint64_t cl_makedev(unsigned major, unsigned minor) { return makedev(major, minor); }
unsigned cl_major(uint64_t device) { return major(device); }
unsigned cl_minor(uint64_t device) { return minor(device); }
unsigned cl_umask(unsigned mask) { return (unsigned)syscall(SYS_umask, mask); }
ssize_t cl_sendfile(int to, int from, size_t count) { RESULT(sendfile(to, from, NULL, count)); }
int cl_signalfd_blocking(const int *signals, size_t count) {
  uint64_t mask = signal_mask(signals, count);
  RESULT(syscall(SYS_signalfd4, -1, &mask, 8, SFD_CLOEXEC));
}
int cl_signalfd_read(int descriptor) {
  struct signalfd_siginfo info;
  ssize_t result = cl_read(descriptor, &info, sizeof info);
  return result == sizeof info ? (int)info.ssi_signo : -EIO;
}
int cl_setpgid(pid_t pid, pid_t group) { RESULT(setpgid(pid, group)); }
int cl_tcsetpgrp(int terminal, pid_t group) { RESULT(tcsetpgrp(terminal, group)); }
int cl_execve_inherit(const char *path, char *const argv[]) { RESULT(execve(path, argv, environ)); }
int cl_poll_readable(int descriptor, int timeout_milliseconds) {
  struct pollfd item = {.fd = descriptor, .events = POLLIN};
  int result;
  do result = poll(&item, 1, timeout_milliseconds);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result > 0;
}
ssize_t cl_fgetxattr(int descriptor, const char *name, void *value, size_t size) {
  ssize_t result = fgetxattr(descriptor, name, value, size);
  if (result < 0 && errno == EBADF) {
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", descriptor);
    result = getxattr(path, name, value, size);
  }
  return result < 0 ? -errno : result;
}
