// fork(2) by the plain system call.
#pragma once
#include <sys/types.h>

// A child that is a copy of the caller: its pid, 0 in the child, or -errno. Unlike fork(3) nothing of libc runs in
// between; the caller has one thread.
pid_t cl_fork(void);
