#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
// After netinet/in.h: the kernel's header then leaves out what glibc has defined.
#include <linux/netfilter_ipv4/ip_tables.h>

int cl_netlink_options(int socket) {
  int on = 1;
  struct timeval limit = {.tv_sec = 10};
  if (setsockopt(socket, SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on) < 0) return -errno;
  if (setsockopt(socket, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on) < 0) return -errno;
  setsockopt(socket, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  if (setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) < 0) return -errno;
  return 0;
}

int cl_bound_socket(int type, int protocol, const uint8_t *address, size_t length, uint16_t port, int reuse) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } name;
  socklen_t name_length;
  memset(&name, 0, sizeof name);
  if (length == 4) {
    name.v4.sin_family = AF_INET;
    name.v4.sin_port = htons(port);
    memcpy(&name.v4.sin_addr, address, 4);
    name_length = sizeof name.v4;
  } else if (length == 16) {
    name.v6.sin6_family = AF_INET6;
    name.v6.sin6_port = htons(port);
    memcpy(&name.v6.sin6_addr, address, 16);
    name_length = sizeof name.v6;
  } else {
    return -EAFNOSUPPORT;
  }
  int descriptor = socket(name.any.sa_family, type | SOCK_CLOEXEC, protocol);
  if (descriptor < 0) return -errno;
  int on = 1;
  int failed = 0;
  if (length == 16) failed |= setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (reuse) failed |= setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (failed || bind(descriptor, &name.any, name_length) < 0) {
    int failure = errno;
    close(descriptor);
    return -failure;
  }
  return descriptor;
}

int cl_bound_port(int socket) {
  union {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
  } name;
  socklen_t length = sizeof name;
  if (getsockname(socket, &name.any, &length) < 0) return -errno;
  return ntohs(name.any.sa_family == AF_INET ? name.v4.sin_port : name.v6.sin6_port);
}

int cl_legacy_filter_exists(void) {
  int descriptor = open("/proc/thread-self/net/ip_tables_names", O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return 0;
  char names[512] = {0};
  ssize_t length = read(descriptor, names, sizeof names - 1);
  close(descriptor);
  for (char *name = names; length > 0 && *name;) {
    size_t size = strcspn(name, "\n");
    if (size == 6 && memcmp(name, "filter", 6) == 0) return 1;
    name += size + (name[size] == '\n');
  }
  return 0;
}

int cl_legacy_forward_policy(void) {
  int descriptor = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
  if (descriptor < 0) return -errno;
  struct ipt_getinfo info = {.name = "filter"};
  socklen_t length = sizeof info;
  int result;
  struct ipt_get_entries *entries = NULL;
  if (getsockopt(descriptor, IPPROTO_IP, IPT_SO_GET_INFO, &info, &length) < 0) goto failed;
  length = sizeof *entries + info.size;
  entries = calloc(1, length);
  if (!entries) goto failed;
  strcpy(entries->name, "filter");
  entries->size = info.size;
  if (getsockopt(descriptor, IPPROTO_IP, IPT_SO_GET_ENTRIES, entries, &length) < 0) goto failed;
  unsigned offset = info.underflow[NF_INET_FORWARD];
  if (offset + sizeof(struct ipt_entry) > info.size) {
    result = -EINVAL;
    goto done;
  }
  struct ipt_entry *policy = (struct ipt_entry *)((char *)entries->entrytable + offset);
  struct xt_standard_target *target = (struct xt_standard_target *)((char *)policy + policy->target_offset);
  result = target->verdict == -NF_ACCEPT - 1;
  goto done;
failed:
  result = -errno;
done:
  free(entries);
  close(descriptor);
  return result;
}
