// What netlink sockets and reserved ports need beyond sockets.
#pragma once
#include <stdint.h>
#include <stddef.h>

// Extended acknowledgements, without the request's copy in them, and strict dumps; answers later than ten seconds are
// an error instead of a hang. 0 or -errno.
int cl_netlink_options(int socket);
// A bound socket, close-on-exec, for AF_INET (4 bytes) or AF_INET6 (16 bytes, V6ONLY); its descriptor or -errno.
// `type` is SOCK_STREAM or SOCK_DGRAM, `protocol` 0 or IPPROTO_*; `port` in host order, 0 for a free one.
int cl_bound_socket(int type, int protocol, const uint8_t *address, size_t length, uint16_t port, int reuse);
// The port a socket is bound to, host order, or -errno.
int cl_bound_port(int socket);
// Whether iptables-legacy has a filter table in this network namespace: 1 or 0. Loads no module.
int cl_legacy_filter_exists(void);
// Policy of FORWARD in iptables-legacy's filter table: 1 accept, 0 drop, -errno (ENOENT, ENOPROTOOPT: no such table).
int cl_legacy_forward_policy(void);
