#define _GNU_SOURCE
#include "include/cgroups.h"

#include <errno.h>
#include <linux/bpf.h>
#include <poll.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int cl_poll_one(int descriptor, short events, int timeout_milliseconds) {
  struct pollfd entry = {.fd = descriptor, .events = events};
  int result = poll(&entry, 1, timeout_milliseconds);
  if (result < 0) return -errno;
  return result == 0 ? 0 : entry.revents;
}

static int bpf(int command, union bpf_attr *attributes) {
  long result = syscall(SYS_bpf, command, attributes, sizeof *attributes);
  return result < 0 ? -errno : (int)result;
}

int cl_bpf_device_program(int cgroup, const void *instructions, size_t count) {
  uint32_t previous[64];
  union bpf_attr query;
  memset(&query, 0, sizeof query);
  query.query.target_fd = (uint32_t)cgroup;
  query.query.attach_type = BPF_CGROUP_DEVICE;
  query.query.prog_ids = (uint64_t)(uintptr_t)previous;
  query.query.prog_cnt = sizeof previous / sizeof previous[0];
  int result = bpf(BPF_PROG_QUERY, &query);
  if (result < 0) return result;
  uint32_t previous_count = query.query.prog_cnt;

  union bpf_attr load;
  memset(&load, 0, sizeof load);
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = (uint64_t)(uintptr_t)instructions;
  load.insn_cnt = (uint32_t)count;
  load.license = (uint64_t)(uintptr_t)"Apache";
  memcpy(load.prog_name, "moonpool_dev", sizeof "moonpool_dev");
  int program = bpf(BPF_PROG_LOAD, &load);
  if (program < 0) return program;

  union bpf_attr attach;
  memset(&attach, 0, sizeof attach);
  attach.target_fd = (uint32_t)cgroup;
  attach.attach_bpf_fd = (uint32_t)program;
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;
  result = bpf(BPF_PROG_ATTACH, &attach);
  close(program);
  if (result < 0) return result;

  for (uint32_t i = 0; i < previous_count; i++) {
    union bpf_attr find;
    memset(&find, 0, sizeof find);
    find.prog_id = previous[i];
    int old = bpf(BPF_PROG_GET_FD_BY_ID, &find);
    if (old < 0) continue;
    union bpf_attr detach;
    memset(&detach, 0, sizeof detach);
    detach.target_fd = (uint32_t)cgroup;
    detach.attach_bpf_fd = (uint32_t)old;
    detach.attach_type = BPF_CGROUP_DEVICE;
    bpf(BPF_PROG_DETACH, &detach);
    close(old);
  }
  return 0;
}
