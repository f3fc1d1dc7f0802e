#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#define RESULT(call)                       \
  do {                                     \
    long result_ = (long)(call);           \
    return result_ < 0 ? -errno : result_; \
  } while (0)

int cl_open_pty(int *master, int *slave, const char *devpts) {
  int opened = open(devpts, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (opened < 0) return -errno;
  int unlock = 0;
  int peer = -1;
  // TIOCGPTPEER opens the peer by the master, not by a path that a container could have replaced.
  if (ioctl(opened, TIOCSPTLCK, &unlock) < 0 ||
      (peer = ioctl(opened, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
    int failure = errno;
    close(opened);
    return -failure;
  }
  *master = opened;
  *slave = peer;
  return 0;
}
int cl_pty_number(int master) {
  unsigned number = 0;
  if (ioctl(master, TIOCGPTN, &number) < 0) return -errno;
  return (int)number;
}
int cl_set_controlling_terminal(int slave) { RESULT(ioctl(slave, TIOCSCTTY, 0)); }
int cl_set_window_size(int terminal, unsigned short rows, unsigned short columns) {
  struct winsize size = {.ws_row = rows, .ws_col = columns};
  RESULT(ioctl(terminal, TIOCSWINSZ, &size));
}
int cl_get_window_size(int terminal, unsigned short *rows, unsigned short *columns) {
  struct winsize size = {0};
  if (ioctl(terminal, TIOCGWINSZ, &size) < 0) return -errno;
  *rows = size.ws_row;
  *columns = size.ws_col;
  return 0;
}
int cl_terminal_raw(int terminal, void *saved, size_t saved_size) {
  struct termios state;
  if (saved_size < sizeof state) return -EINVAL;
  if (tcgetattr(terminal, &state) < 0) return -errno;
  memcpy(saved, &state, sizeof state);
  cfmakeraw(&state);
  RESULT(tcsetattr(terminal, TCSANOW, &state));
}
int cl_terminal_restore(int terminal, const void *saved) {
  struct termios state;
  memcpy(&state, saved, sizeof state);
  RESULT(tcsetattr(terminal, TCSANOW, &state));
}
size_t cl_terminal_state_size(void) { return sizeof(struct termios); }
bool cl_isatty(int descriptor) { return isatty(descriptor) == 1; }
int cl_bytes_readable(int descriptor) {
  int count = 0;
  if (ioctl(descriptor, FIONREAD, &count) < 0) return -errno;
  return count;
}
int cl_pty_peer(int master) {
  int unlock = 0;
  if (ioctl(master, TIOCSPTLCK, &unlock) < 0) return -errno;
  RESULT(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
}
