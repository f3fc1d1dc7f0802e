#include "include/inotify.h"

#include <errno.h>
#include <sys/inotify.h>

int cl_inotify(void) {
  int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  return descriptor < 0 ? -errno : descriptor;
}

int cl_inotify_watch(int descriptor, const char *directory) {
  int watch = inotify_add_watch(
      descriptor, directory,
      IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF |
          IN_ONLYDIR);
  return watch < 0 ? -errno : watch;
}
