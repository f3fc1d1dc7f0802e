#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// sendmsg/recvmsg with SCM_RIGHTS, whose CMSG_* macros Swift cannot see (cmsg(3)).

// Sends one message with `count` descriptors (at most 250). Returns bytes sent or -errno; never raises SIGPIPE.
ssize_t clinux_send_descriptors(int socket, const void *bytes, size_t length, const int *descriptors, size_t count,
                                int flags);

// Receives one message. `*count` holds the room in `descriptors` on entry and what came on return; all are
// close-on-exec. Returns the bytes received or -errno; -EMSGSIZE when bytes or descriptors were cut off (those that
// came are closed).
ssize_t clinux_receive_descriptors(int socket, void *bytes, size_t length, int *descriptors, size_t *count, int flags);

// Length of the next message without taking it, or -errno.
ssize_t clinux_next_message_length(int socket, int flags);

// memfd_create(2) with MFD_CLOEXEC | MFD_ALLOW_SEALING, or -errno.
int clinux_message_memory(const char *name);

// Seals a memfd against every change, or -errno.
int clinux_seal(int descriptor);
