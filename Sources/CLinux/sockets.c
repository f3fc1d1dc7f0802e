#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define RESULT(call)                       \
  do {                                     \
    long result_ = (long)(call);           \
    return result_ < 0 ? -errno : result_; \
  } while (0)

enum { MAX_DESCRIPTORS = 253 };  // SCM_MAX_FD

int cl_socketpair(int type, int descriptors[2]) {
  RESULT(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, descriptors));
}
int cl_unix_socket(int type) { RESULT(socket(AF_UNIX, type | SOCK_CLOEXEC, 0)); }

static int unix_address(const char *path, struct sockaddr_un *address) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  size_t length = strlen(path);
  if (length >= sizeof address->sun_path) return -ENAMETOOLONG;
  memcpy(address->sun_path, path, length + 1);
  return 0;
}
int cl_unix_bind(int socket, const char *path) {
  struct sockaddr_un address;
  int failure = unix_address(path, &address);
  if (failure) return failure;
  RESULT(bind(socket, (struct sockaddr *)&address, sizeof address));
}
int cl_unix_connect(int socket, const char *path) {
  struct sockaddr_un address;
  int failure = unix_address(path, &address);
  if (failure) return failure;
  RESULT(connect(socket, (struct sockaddr *)&address, sizeof address));
}
int cl_listen(int socket, int backlog) { RESULT(listen(socket, backlog)); }
int cl_accept(int socket, int flags) {
  int result;
  do result = accept4(socket, NULL, NULL, flags | SOCK_CLOEXEC);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}
int cl_inet_socket(int type) { RESULT(socket(AF_INET, type | SOCK_CLOEXEC, 0)); }
int cl_inet_bind(int socket, uint32_t address, uint16_t port) {
  struct sockaddr_in name = {
    .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {.s_addr = htonl(address)}};
  RESULT(bind(socket, (struct sockaddr *)&name, sizeof name));
}
int cl_inet_port(int socket) {
  struct sockaddr_in name = {0};
  socklen_t length = sizeof name;
  if (getsockname(socket, (struct sockaddr *)&name, &length) < 0) return -errno;
  return ntohs(name.sin_port);
}
int cl_netlink_socket(int protocol, unsigned groups) {
  int descriptor = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (descriptor < 0) return -errno;
  struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = groups};
  if (bind(descriptor, (struct sockaddr *)&address, sizeof address) < 0) {
    int failure = errno;
    close(descriptor);
    return -failure;
  }
  return descriptor;
}
int cl_shutdown(int socket, int how) { RESULT(shutdown(socket, how)); }
int cl_peer_credentials(int socket, pid_t *pid, uint32_t *uid, uint32_t *gid) {
  struct ucred credentials;
  socklen_t length = sizeof credentials;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) < 0) return -errno;
  *pid = credentials.pid;
  *uid = credentials.uid;
  *gid = credentials.gid;
  return 0;
}
int cl_socket_error(int socket) {
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return -errno;
  return -error;
}
int cl_set_buffer_sizes(int socket, int send_bytes, int receive_bytes) {
  // The forced forms need CAP_NET_ADMIN; without it the system's maximum applies.
  if (setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &send_bytes, sizeof send_bytes) < 0)
    setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &send_bytes, sizeof send_bytes);
  if (setsockopt(socket, SOL_SOCKET, SO_RCVBUFFORCE, &receive_bytes, sizeof receive_bytes) < 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVBUF, &receive_bytes, sizeof receive_bytes);
  return 0;
}

ssize_t cl_send_message(
  int socket, const void *bytes, size_t length, const int *descriptors, size_t descriptor_count, int flags) {
  if (descriptor_count > MAX_DESCRIPTORS) return -EINVAL;
  union {
    char bytes[CMSG_SPACE(sizeof(int) * MAX_DESCRIPTORS)];
    struct cmsghdr aligned;
  } control;
  struct iovec vector = {.iov_base = (void *)bytes, .iov_len = length};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  if (descriptor_count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * descriptor_count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * descriptor_count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * descriptor_count);
  }
  ssize_t result;
  do result = sendmsg(socket, &message, flags | MSG_NOSIGNAL);
  while (result < 0 && errno == EINTR);
  return result < 0 ? -errno : result;
}

ssize_t cl_receive_message(
  int socket, void *bytes, size_t capacity, int *descriptors, size_t descriptor_capacity, size_t *descriptor_count,
  int flags) {
  union {
    char bytes[CMSG_SPACE(sizeof(int) * MAX_DESCRIPTORS)];
    struct cmsghdr aligned;
  } control;
  struct iovec vector = {.iov_base = bytes, .iov_len = capacity};
  struct msghdr message = {
    .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  *descriptor_count = 0;
  ssize_t result;
  do result = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
  while (result < 0 && errno == EINTR);
  if (result < 0) return -errno;
  bool overflow = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
      int descriptor;
      memcpy(&descriptor, CMSG_DATA(header) + i * sizeof(int), sizeof(int));
      if (*descriptor_count < descriptor_capacity)
        descriptors[(*descriptor_count)++] = descriptor;
      else {
        close(descriptor);
        overflow = true;
      }
    }
  }
  if (!overflow) return result;
  for (size_t i = 0; i < *descriptor_count; i++) close(descriptors[i]);
  *descriptor_count = 0;
  return -EMSGSIZE;
}

int cl_epoll_create(void) { RESULT(epoll_create1(EPOLL_CLOEXEC)); }
int cl_epoll_control(int epoll, int operation, int descriptor, uint32_t events, uint64_t data) {
  struct epoll_event event = {.events = events, .data = {.u64 = data}};
  RESULT(epoll_ctl(epoll, operation, descriptor, &event));
}
int cl_epoll_wait(int epoll, struct cl_event *events, int capacity, int timeout_milliseconds) {
  struct epoll_event ready[64];
  if (capacity > 64) capacity = 64;
  int count = epoll_wait(epoll, ready, capacity, timeout_milliseconds);
  if (count < 0) return errno == EINTR ? 0 : -errno;
  for (int i = 0; i < count; i++) events[i] = (struct cl_event){.data = ready[i].data.u64, .events = ready[i].events};
  return count;
}
int cl_timerfd(void) { RESULT(timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK)); }
int cl_timerfd_set(int timer, uint64_t nanoseconds) {
  struct itimerspec value = {
    .it_value = {.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)}};
  RESULT(timerfd_settime(timer, 0, &value, NULL));
}
uint64_t cl_monotonic_nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}
void cl_realtime(int64_t *seconds, int64_t *nanoseconds) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  *seconds = now.tv_sec;
  *nanoseconds = now.tv_nsec;
}

int cl_loopback_up(void) {
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  struct ifreq request = {.ifr_name = "lo"};
  int result = ioctl(descriptor, SIOCGIFFLAGS, &request);
  if (result == 0 && !(request.ifr_flags & IFF_UP)) {
    request.ifr_flags |= IFF_UP;
    result = ioctl(descriptor, SIOCSIFFLAGS, &request);
  }
  int failure = result < 0 ? errno : 0;
  close(descriptor);
  return -failure;
}
