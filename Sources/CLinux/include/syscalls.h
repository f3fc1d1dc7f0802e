// System calls and macros that glibc or Swift's importer hide. Every function returns what the call returns,
// or -errno: no caller reads `errno`, which Swift cannot see reliably and which a raw clone may share.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// errno texts: constant strings, safe from any thread.
const char *cl_error_name(int number);
const char *cl_error_text(int number);

// Processes.
long cl_clone3(uint64_t flags, int *pidfd, int exit_signal, int cgroup);
int cl_pidfd_open(pid_t pid, unsigned flags);
int cl_pidfd_send_signal(int pidfd, int signal);
int cl_pidfd_getfd(int pidfd, int target);
int cl_kill(pid_t pid, int signal);
pid_t cl_getpid(void);
pid_t cl_getppid(void);
pid_t cl_waitpid(pid_t pid, int *status, int options);
struct cl_wait {
  pid_t pid;  // 0: nothing to report yet (WNOHANG)
  int exited;  // 1: `value` is an exit code; 0: `value` is a signal
  int value;
  int core;
  uint64_t user_microseconds;
  uint64_t system_microseconds;
  uint64_t max_rss_kib;
};
// waitid(2) for exited children: kind P_ALL 0, P_PID 1, P_PIDFD 3; 0 or -errno. With `keep` the zombie stays.
int cl_wait_exit(int kind, int id, bool block, bool keep, struct cl_wait *result);
int cl_execveat(int directory, const char *path, char *const argv[], char *const envp[], int flags);
int cl_execve(const char *path, char *const argv[], char *const envp[]);
_Noreturn void cl_exit(int code);
int cl_prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d);
int cl_setns(int descriptor, int kinds);
int cl_unshare(int kinds);
int cl_setsid(void);
int cl_sethostname(const char *name, size_t length);
int cl_setdomainname(const char *name, size_t length);
int cl_setgroups(size_t count, const uint32_t *groups);
int cl_setresuid(uint32_t real, uint32_t effective, uint32_t saved);
int cl_setresgid(uint32_t real, uint32_t effective, uint32_t saved);
int cl_capget(pid_t pid, uint64_t *effective, uint64_t *permitted, uint64_t *inheritable);
int cl_capset(uint64_t effective, uint64_t permitted, uint64_t inheritable);
int cl_seccomp_install(unsigned flags, const void *instructions, size_t bytes);
int cl_join_session_keyring(const char *name);
int cl_prlimit(pid_t pid, int resource, const uint64_t *soft_hard, uint64_t *old_soft_hard);
int cl_personality(unsigned long persona);
int cl_ioprio_set(int klass, int priority);
int cl_sched_setattr(
  unsigned policy, uint64_t flags, int nice, unsigned priority, uint64_t runtime, uint64_t deadline, uint64_t period);
int cl_reset_signals(void);  // all handlers default, nothing blocked
int cl_block_signals(const int *signals, size_t count);  // adds them to the mask
int cl_block_all_signals(void);
int cl_unblock_all_signals(void);
int cl_signalfd(const int *signals, size_t count);  // non-blocking, close-on-exec
int cl_ignore_signal(int signal);

// Wait status as of waitpid(2).
bool cl_wifexited(int status);
int cl_wexitstatus(int status);
bool cl_wifsignaled(int status);
int cl_wtermsig(int status);

// Files.
int cl_open(int directory, const char *path, int flags, unsigned mode);
int cl_openat2(int directory, const char *path, uint64_t flags, uint64_t mode, uint64_t resolve);
int cl_close(int descriptor);
int cl_close_range(unsigned first, unsigned last, unsigned flags);
ssize_t cl_read(int descriptor, void *buffer, size_t count);
ssize_t cl_write(int descriptor, const void *buffer, size_t count);
int cl_fcntl(int descriptor, int command, long argument);
int cl_dup3(int from, int to, int flags);
int cl_dup_above(int descriptor, int minimum);  // F_DUPFD_CLOEXEC
int cl_fchdir(int descriptor);
int cl_chdir(const char *path);
int cl_chroot(const char *path);
int cl_getcwd(char *buffer, size_t size);
int cl_mkdirat(int directory, const char *path, unsigned mode);
int cl_mknodat(int directory, const char *path, unsigned mode, uint64_t device);
int cl_unlinkat(int directory, const char *path, int flags);
int cl_renameat2(int from_directory, const char *from, int to_directory, const char *to, unsigned flags);
int cl_symlinkat(const char *target, int directory, const char *path);
int cl_linkat(int from_directory, const char *from, int to_directory, const char *to, int flags);
int cl_readlinkat(int directory, const char *path, char *buffer, size_t size);
int cl_fchmod(int descriptor, unsigned mode);
int cl_fchmodat(int directory, const char *path, unsigned mode);
int cl_fchownat(int directory, const char *path, uint32_t uid, uint32_t gid, int flags);
int cl_ftruncate(int descriptor, int64_t size);
int cl_fsync(int descriptor);
int cl_fdatasync(int descriptor);
int cl_flock(int descriptor, int operation);
int cl_memfd_create(const char *name, unsigned flags);
int cl_eventfd(unsigned value, int flags);
int cl_pipe2(int descriptors[2], int flags);
struct cl_stat {
  uint64_t device, inode, links, special_device;
  int64_t size, blocks;
  int64_t modified_seconds, modified_nanoseconds, changed_seconds, changed_nanoseconds;
  uint32_t mode, uid, gid;
};
int cl_fstatat(int directory, const char *path, int flags, struct cl_stat *result);
int64_t cl_statfs_type(int directory, const char *path);
struct cl_statfs {
  int64_t type;
  uint64_t block_size, blocks, free_blocks, available_blocks, files, free_files, flags;
};
int cl_fstatfs(int descriptor, struct cl_statfs *result);
// Calls `entry` for each name but "." and ".."; stops when it returns false. 0 or -errno.
int cl_list_directory(int descriptor, bool (*entry)(void *context, const char *name, unsigned char type), void *context);
uint64_t cl_makedev(unsigned major, unsigned minor);
unsigned cl_major(uint64_t device);
unsigned cl_minor(uint64_t device);
unsigned cl_umask(unsigned mask);
// Sends `count` bytes from one descriptor to another in the kernel.
ssize_t cl_sendfile(int to, int from, size_t count);

// Terminals.
int cl_open_pty(int *master, int *slave, const char *devpts);  // `devpts`: path of ptmx
int cl_pty_number(int master);
int cl_set_controlling_terminal(int slave);
int cl_set_window_size(int terminal, unsigned short rows, unsigned short columns);
int cl_get_window_size(int terminal, unsigned short *rows, unsigned short *columns);
int cl_terminal_raw(int terminal, void *saved, size_t saved_size);  // saves the old state, then cfmakeraw
int cl_terminal_restore(int terminal, const void *saved);
size_t cl_terminal_state_size(void);
bool cl_isatty(int descriptor);
int cl_bytes_readable(int descriptor);  // FIONREAD

// Sockets.
int cl_socketpair(int type, int descriptors[2]);  // AF_UNIX, close-on-exec
int cl_unix_socket(int type);
int cl_unix_bind(int socket, const char *path);
int cl_unix_connect(int socket, const char *path);
int cl_listen(int socket, int backlog);
int cl_accept(int socket, int flags);
int cl_inet_socket(int type);
int cl_inet_bind(int socket, uint32_t address, uint16_t port);  // both in host order
int cl_inet_port(int socket);
int cl_netlink_socket(int protocol, unsigned groups);
int cl_shutdown(int socket, int how);
int cl_peer_credentials(int socket, pid_t *pid, uint32_t *uid, uint32_t *gid);
int cl_socket_error(int socket);
int cl_set_buffer_sizes(int socket, int send_bytes, int receive_bytes);
// One message with descriptors (SCM_RIGHTS). Send: bytes or -errno. Receive: descriptors are close-on-exec; a message
// or a list of descriptors that did not fit is -EMSGSIZE, everything received is closed then.
ssize_t cl_send_message(
  int socket, const void *bytes, size_t length, const int *descriptors, size_t descriptor_count, int flags);
ssize_t cl_receive_message(
  int socket, void *bytes, size_t capacity, int *descriptors, size_t descriptor_capacity, size_t *descriptor_count,
  int flags);

// epoll with plain values instead of a union.
int cl_epoll_create(void);
int cl_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t data);
struct cl_event {
  uint64_t data;
  uint32_t events;
};
int cl_epoll_wait(int epoll, struct cl_event *events, int capacity, int timeout_milliseconds);
int cl_timerfd(void);  // CLOCK_MONOTONIC, non-blocking
int cl_timerfd_set(int timer, uint64_t nanoseconds);  // once, from now; 0 disarms
uint64_t cl_monotonic_nanoseconds(void);
void cl_realtime(int64_t *seconds, int64_t *nanoseconds);
int cl_loopback_up(void);  // brings up `lo` of the caller's network namespace
int cl_pty_peer(int master);  // unlocks the terminal and opens its other end, by the master and not by a path
int cl_signalfd_blocking(const int *signals, size_t count);
int cl_signalfd_read(int descriptor);  // number of the next signal, waiting for it
int cl_setpgid(pid_t pid, pid_t group);
int cl_tcsetpgrp(int terminal, pid_t group);
int cl_execve_inherit(const char *path, char *const argv[]);  // with the caller's environment
int cl_poll_readable(int descriptor, int timeout_milliseconds);  // 1, 0 after the time, or -errno
ssize_t cl_fgetxattr(int descriptor, const char *name, void *value, size_t size);  // of an O_PATH descriptor too
