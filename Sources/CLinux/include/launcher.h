// Starts programs that outlive their starter.
#pragma once
#include <stddef.h>
#include <sys/types.h>

struct cl_descriptor_mapping {
  int source;  // in the caller
  int target;  // in the program
};

// Starts `path` so that it is no child of the caller: a program in a session of its own whose parent is init (or the
// nearest subreaper), with exactly the mapped descriptors, default signal handlers and an empty signal mask.
//
// Safe from any thread of a multithreaded program: nothing but system calls runs between clone and exec
// (CLONE_VM|CLONE_VFORK: no copy of page tables either), no other thread's descriptor can leak into the program.
// Returns the program's pid once it has been executed, or -errno of the step that failed. The caller gets no SIGCHLD.
pid_t cl_launch(
  const char *path, char *const argv[], char *const envp[], const struct cl_descriptor_mapping *mappings,
  size_t mapping_count, const char *directory);
