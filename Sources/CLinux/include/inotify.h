#pragma once

// Non-blocking, closed on exec; -errno.
int cl_inotify(void);
// Watches a directory for what changes its files; the same directory again is no error. -errno.
int cl_inotify_watch(int descriptor, const char *directory);
