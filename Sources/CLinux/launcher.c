#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STACK_BYTES = 32 * 1024, MAX_MAPPINGS = 64 };

struct launch {
  const char *path;
  char *const *argv;
  char *const *envp;
  const struct cl_descriptor_mapping *mappings;
  size_t mapping_count;
  const char *directory;
  char *program_stack_top;
  // Written by the children, who share our memory, while we are suspended.
  volatile pid_t pid;
  volatile int failure;
};

static int fail(struct launch *launch) {
  launch->failure = errno ? errno : EIO;
  return 127;
}

// Closes everything but the targets, whose list is small: each gap between two of them is one close_range.
static int close_others(const struct launch *launch) {
  unsigned next = 0;
  for (;;) {
    unsigned lowest = ~0U;
    for (size_t i = 0; i < launch->mapping_count; i++) {
      unsigned target = (unsigned)launch->mappings[i].target;
      if (target >= next && target < lowest) lowest = target;
    }
    if (lowest == ~0U) return (int)syscall(436, next, ~0U, 0);
    if (lowest > next && syscall(436, next, lowest - 1, 0) < 0) return -1;
    next = lowest + 1;
  }
}

static int program(void *argument) {
  struct launch *launch = argument;
  if (syscall(SYS_setsid) < 0) return fail(launch);
  // Sources first move above every target, so that no target overwrites a source still needed.
  int floor = 3;
  for (size_t i = 0; i < launch->mapping_count; i++)
    if (launch->mappings[i].target >= floor) floor = launch->mappings[i].target + 1;
  int moved[MAX_MAPPINGS];
  for (size_t i = 0; i < launch->mapping_count; i++)
    if ((moved[i] = fcntl(launch->mappings[i].source, F_DUPFD_CLOEXEC, floor)) < 0) return fail(launch);
  for (size_t i = 0; i < launch->mapping_count; i++)
    if (dup3(moved[i], launch->mappings[i].target, 0) < 0) return fail(launch);
  if (close_others(launch) < 0) return fail(launch);
  if (launch->directory && chdir(launch->directory) < 0) return fail(launch);
  cl_reset_signals();
  execve(launch->path, launch->argv, launch->envp);
  return fail(launch);
}

static int intermediate(void *argument) {
  struct launch *launch = argument;
  pid_t pid = clone(program, launch->program_stack_top, CLONE_VM | CLONE_VFORK | SIGCHLD, launch);
  if (pid < 0) return fail(launch);
  launch->pid = pid;
  return 0;
}

pid_t cl_launch(
  const char *path, char *const argv[], char *const envp[], const struct cl_descriptor_mapping *mappings,
  size_t mapping_count, const char *directory) {
  if (mapping_count > MAX_MAPPINGS) return -EINVAL;
  char *stacks = mmap(NULL, 2 * STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (stacks == MAP_FAILED) return -errno;
  struct launch launch = {
    .path = path,
    .argv = argv,
    .envp = envp,
    .mappings = mappings,
    .mapping_count = mapping_count,
    .directory = directory,
    .program_stack_top = stacks + 2 * STACK_BYTES,
  };
  // No handler of ours may run in a child that shares our memory.
  uint64_t all = ~0ULL, old = 0;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &old, 8);
  int saved = errno;
  // Exit signal 0: no SIGCHLD for the caller, and no other thread's waitpid(-1) takes it.
  pid_t child = clone(intermediate, stacks + STACK_BYTES, CLONE_VM | CLONE_VFORK, &launch);
  int failure = child < 0 ? errno : launch.failure;
  if (child > 0)
    while (waitpid(child, NULL, __WALL) < 0 && errno == EINTR) {}
  errno = saved;
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &old, NULL, 8);
  munmap(stacks, 2 * STACK_BYTES);
  return failure ? -failure : launch.pid;
}
