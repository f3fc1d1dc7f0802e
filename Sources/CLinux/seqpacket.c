#define _GNU_SOURCE
#include "include/seqpacket.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { maximum_descriptors = 250 };

union control {
  struct cmsghdr header;
  char space[CMSG_SPACE(sizeof(int) * maximum_descriptors)];
};

ssize_t clinux_send_descriptors(int socket, const void *bytes, size_t length, const int *descriptors, size_t count,
                                int flags) {
  if (count > maximum_descriptors) return -EINVAL;
  struct iovec vector = {.iov_base = (void *)bytes, .iov_len = length};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  union control control;
  if (count > 0) {
    memset(&control, 0, CMSG_SPACE(sizeof(int) * count));
    message.msg_control = &control;
    message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), descriptors, sizeof(int) * count);
  }
  ssize_t sent;
  do {
    sent = sendmsg(socket, &message, flags | MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

ssize_t clinux_receive_descriptors(int socket, void *bytes, size_t length, int *descriptors, size_t *count,
                                   int flags) {
  size_t room = *count;
  *count = 0;
  if (room > maximum_descriptors) return -EINVAL;
  struct iovec vector = {.iov_base = bytes, .iov_len = length};
  union control control;
  struct msghdr message = {
      .msg_iov = &vector, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
  ssize_t received;
  do {
    received = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return -errno;

  int truncated = (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t n = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    const unsigned char *data = CMSG_DATA(header);
    for (size_t i = 0; i < n; i++) {
      int descriptor;
      memcpy(&descriptor, data + i * sizeof(int), sizeof(int));
      if (*count < room) {
        descriptors[(*count)++] = descriptor;
      } else {
        close(descriptor);
        truncated = 1;
      }
    }
  }
  if (truncated) {
    for (size_t i = 0; i < *count; i++) close(descriptors[i]);
    *count = 0;
    return -EMSGSIZE;
  }
  return received;
}

ssize_t clinux_next_message_length(int socket, int flags) {
  ssize_t length;
  char byte;
  do {
    length = recv(socket, &byte, 1, flags | MSG_PEEK | MSG_TRUNC);
  } while (length < 0 && errno == EINTR);
  return length < 0 ? -errno : length;
}

int clinux_message_memory(const char *name) {
  int descriptor = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  return descriptor < 0 ? -errno : descriptor;
}

int clinux_seal(int descriptor) {
  return fcntl(descriptor, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) < 0 ? -errno : 0;
}
