// What the cgroup module needs besides files.
#pragma once
#include <stddef.h>
#include <stdint.h>

// poll(2) of one descriptor (-1: only the timeout): its revents, 0 after the timeout, or -errno.
int cl_poll_one(int descriptor, short events, int timeout_milliseconds);

// Loads a BPF_PROG_TYPE_CGROUP_DEVICE program and makes it the only one of ours on the group: attached beside what is
// there (BPF_F_ALLOW_MULTI), then those that were there before are detached. 0 or -errno.
int cl_bpf_device_program(int cgroup, const void *instructions, size_t count);
